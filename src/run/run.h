/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run, as its files share it: plan.c lists and plans, engines.c opens the engines, feed.c hands jobs to
 * the scheduler and takes them back, run.c tells the story from beginning to end.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "boxes/boxes.h"
#include "io/durable.h"
#include "ledger/ledger.h"
#include "run/batch.h"
#include "run/beside.h"
#include "sched/sched.h"
#include "sink/names.h"
#include "sink/sink.h"
#include "source/source.h"

struct run {
	struct imgbatch *batch;
	const struct options *options; /* batch's */
	const struct imgbatch_callbacks *callbacks; /* never NULL; its functions may be */
	struct imgbatch_summary *summary;
	struct imgbatch_profile *profile; /* the batch's; NULL: nothing is measured */
	uint64_t part_ns; /* when the part of the run began that is in hand, for profile */
	struct fault fault;

	struct source_settings inputs; /* source borrows it */
	struct source *source;
	struct sink *sink; /* NULL in a dry run */
	int out_dir; /* of OUT; -1 in a dry run on an OUT that does not exist */
	struct ledger *ledger;
	struct slow *slow; /* --simulate-..; NULL: none */
	struct sched *sched;
	struct work_config *config; /* owned; borrowed by the engines */

	struct name_template template;
	struct ledger_names names; /* scratch */
	struct str name; /* scratch */
	/* Of each image: copies x fan. Files beside output i are the ledger's outputs mask_at + i, labels_at + i, .. */
	uint32_t outputs, mask_at, labels_at, sidecar_at;
	struct beside masks, labels; /* labels: a file for each image */
	struct boxes *boxes; /* --boxes; NULL: none */
	bool draws_by_boxes; /* the recipe has operations that do */
	struct labels read; /* scratch: an image's */
	struct str settings; /* settings_print(): for the ledger and for sidecars */

	struct trace *trace; /* --trace; NULL: not wanted */
	struct run_html *html; /* --html; NULL: not wanted */
	struct item *free_items; /* feed.c's */
	uint64_t done, failed; /* images that ended, for progress */
	uint64_t started_ns, committed_ns, told_ns;
	struct durable *durable; /* NULL: --durability none, or a dry run */
	size_t in_hand; /* of the ledger's pending results: those whose files are being made durable */
	int ended_by; /* a per-run code found inside a callback of the scheduler, or 0 */
};

/* Lists every input, plans its outputs and settles collisions. Nothing has been written when it fails. */
int run_plan(struct run *run);
/* The name of one output. ext: the output's extension. late may be NULL until size and bytes are known. */
struct late_values {
	uint32_t width, height;
	uint64_t hash;
};
int run_output_name(struct run *run, const char *name, size_t name_size, uint64_t seq,
	uint32_t copy, unsigned number, const struct codec *codec, const struct late_values *late,
	struct str *out);

/* Makes the name of an output that of its sidecar. E_USAGE: that is too long for a name. */
int run_sidecar_name(struct run *run, struct str *name);
/* labels.c. Opens --masks and --boxes. Nothing is written. */
int run_open_labels(struct run *run);
/* Makes where they go, once OUT is open. */
int run_open_labels_out(struct run *run);
void run_close_labels(struct run *run);
/* Appends the settings that only label files depend on, to those of settings_print(). */
void run_labels_settings(const struct run *run, struct str *out);
/* What an image's outputs depend on beside it: fills input->beside and also. */
void run_beside(struct run *run, const char *name, size_t size, struct ledger_input *input);
/* Once all images are done, and the ledger is not ended yet: boxes that are all in one file; what is to be said. */
int run_finish_labels(struct run *run);

/* Opens scheduler and engines; `auto` chooses here and says so. */
int run_open_engines(struct run *run);
/* The bytes that the run may use. */
uint64_t run_memory(const struct options *options);
/* Once it has run: the engines as used at last, into the summary. */
void run_engines_used(struct run *run);
/* Feeds the scheduler until every image ended. */
int run_feed(struct run *run);
void run_free_items(struct run *run);

/* Before the first file: what was planned is made durable, as --durability asks. */
int commit_open(struct run *run);
/* Whether results still go into the ledger. Once they do not, the run is left as if it had been killed. */
bool commit_wanted(const struct run *run);
/* A file stands under its final name. Its result may follow to the ledger. */
int commit_file(struct run *run, const char *path);
/* For ledger_prune(), ctx is the run: a file is gone; all that are gone stay so, whatever happens to power. */
int commit_removed(void *ctx, const char *path);
int commit_removals(void *ctx, struct fault *fault);
/* A name that was claimed just now is durable before its file is. */
int commit_claim(struct run *run);
/* Results into the ledger, those of durable files. Cheap unless it is time. */
int commit_now_and_then(struct run *run);
/* All that is left, however long it takes. */
int commit_rest(struct run *run);

/*
 * html.c: the page that --html asks for. From open on every image is remembered as far as the page tells of it; write
 * makes the page, whatever became of the run: code is its outcome, run->fault goes with it.
 */
int run_html_open(struct run *run); /* E_WRITE: there is something that a page cannot replace */
struct kept_place;
void run_html_image(
	struct run *run, const struct imgbatch_image *image, const struct kept_place *place);
/* Before that, for an image of the ledger that was skipped. */
void run_html_skipped(struct run *run, const struct ledger_image *row);
void run_html_note(const struct run *run, const char *text); /* one that run_message() tells */
int run_html_write(struct run *run, int code, struct fault *fault);
void run_html_close(struct run *run);

/* Tells the caller something; printf-like. level as in struct imgbatch_callbacks. */
void run_message(const struct run *run, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Calls back about progress, and passes a wish to stop on. Cheap. */
void run_progress(struct run *run, bool planning);

#endif
