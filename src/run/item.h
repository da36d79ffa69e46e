/* SPDX-License-Identifier: Apache-2.0 */
/* What the run remembers of a job while the scheduler has it: job->user. */
#ifndef RUN_ITEM_H
#define RUN_ITEM_H

#include "report/few.h"
#include "run/run.h"

enum item_kind { ITEM_IMAGE, ITEM_MASK, ITEM_LABELS, ITEM_SIDECAR };

/* What is being written: a final and a temporary name while their job lives. */
struct item_output {
	char *path; /* owned */
	enum item_kind kind;
	struct str text; /* of labels and sidecars, which do not lie in the slot */
	char temp[SINK_TEMP_MAX];
	uint32_t index; /* its number among the image's outputs in the ledger */
	uint32_t reply; /* its place in the reply */
};

/* What the run remembers of a job. Kept on a free list, with the room of its strings. */
struct item {
	struct item *next;
	uint64_t seq;
	struct str path, name, mask; /* mask: its path below --masks */
	unsigned number;
	struct item_output
		output[JOB_WRITES_MAX]; /* being written: element w goes with job->write[w] */
	struct imgbatch_output *made; /* owned; all that were written so far, for the event */
	size_t made_count, made_room;
	uint64_t write_us;
	bool hashed; /* input_hash is known: of the input's bytes, for sidecars */
	uint64_t input_hash;
	uint64_t labels_side; /* of its labels, as they were read first; 0: not yet */
};

/* An empty one; NULL when out of memory. */
struct item *item_take(struct run *run);
void item_put(struct run *run, struct item *item);
/* Drops the names of the reply in hand. */
void item_forget_reply(struct item *item);
/* Room for one more event about an output of this image; NULL when out of memory. */
struct imgbatch_output *item_add_made(struct item *item);

/* results.c: the scheduler's callbacks behind the work. */
void results_wrote(void *ctx, struct job *job);
int results_finished(void *ctx, struct job *job, const struct sched_outcome *outcome);
/* labels.c: the boxes of a job's image, as an input of the work that draws by them. */
int run_add_boxes(struct run *run, struct job *job, struct extent room);
/* Whether the image of a job that was worked on has labels: E_BOXES. They are left in run->read. */
int run_check_labels(struct run *run, struct job *job);
/* Behind that: the text of the label file of the reply's output i, which goes to `path`. */
int run_print_labels(
	struct run *run, const struct job *job, uint32_t i, const char *path, struct str *text);
/* Hands an event to the caller of imgbatch_run, and to the page about the run. place: where the input is. */
void results_tell(
	struct run *run, const struct imgbatch_image *image, const struct kept_place *place);

#endif
