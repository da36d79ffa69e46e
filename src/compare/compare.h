/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden images: what the public calls of <imgbatch/compare.h> rest on. The structs that say what became of a
 * pair are the public ones, so that a report sees what a caller sees.
 *
 *	pairs: two trees merged by name ─► crew: read ─► decode ─► ignore ─► measure ─► judge ─► explain ─► picture
 *	                                    │                                                             │
 *	                                    └─ a window of pairs in flight, handed on in order of names ◄─┘
 *	                                                    │
 *	                                reports (junit, ...) and the caller: one pair at a time
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "base/fault.h"
#include "base/str.h"
#include "image/image.h"

#include <imgbatch/imgbatch.h>

enum { COMPARE_REPORTS_MAX = 8 };

/* A growing list of words, each owned. */
struct compare_words {
	char **word;
	size_t count;
};

/* What to leave out; a list of rectangles, which may stick out of an image. */
struct compare_rects {
	struct rect *rect; /* owned */
	size_t count;
};

/* Everything that the options say. */
struct compare_settings {
	struct imgbatch_budget budget;
	struct compare_rects ignore;
	char *mask, *tolerances, *hashes, *diff_dir; /* owned; NULL: not set */
	struct compare_words include, exclude;
	bool metadata, allow_missing, allow_extra, keep;
	bool update, force;
	char *update_glob; /* owned; NULL: all */
	char *report[COMPARE_REPORTS_MAX]; /* owned; the files of compare_reports[] */
	uint64_t jobs; /* 0: the CPUs that this process may use */
	uint64_t max_pixels;
};

void compare_settings_init(struct compare_settings *settings);
void compare_settings_release(struct compare_settings *settings);
/* The rows of options; NULL behind their end. */
const struct imgbatch_option_info *compare_option_info(size_t index);
/* Sets one by its name. E_USAGE names option and value. */
int compare_settings_set(struct compare_settings *settings, const char *option, const char *value,
	struct fault *fault);

/* Runs it: imgbatch_compare() says the rest. expected NULL: hashes. */
int compare_run(const struct compare_settings *settings, const char *expected, const char *actual,
	const struct imgbatch_compare_callbacks *callbacks,
	struct imgbatch_compare_summary *summary, struct fault *fault);

/* -- Reports ------------------------------------------------------------------------------------------- */

/* What a failed pair looks like, while it is in hand. */
struct compare_shown {
	/* Expected, actual, their differences (heat.h). NULL: not decoded, or nothing was measured. */
	const struct image *image[3];
	const void *file
		[2]; /* expected and actual, as many bytes as the pair's sides say; NULL: there is none */
};

/* A report is a file that is fed pair by pair, in order, from one thread, and ended once. */
struct compare_report {
	const char *option; /* the option that names its file: "junit" */
	const char *help;
	/* NULL with a fault. path, borrowed until close, is where it goes once it is whole. */
	void *(*open)(const char *path, struct fault *fault);
	/*
	 * Makes of a failed pair what takes long, where it was compared: several threads at once, beside add(). *prepared is
	 * given to add(), then to discard(). Both NULL: there is nothing of the kind.
	 */
	int (*prepare)(void *report, const struct imgbatch_pair *pair,
		const struct compare_shown *shown, void **prepared, struct fault *fault);
	void (*discard)(void *prepared); /* NULL is fine */
	/* Everything in a pair is borrowed for the call; what is prepared may be taken out of it, or is NULL. */
	int (*add)(void *report, const struct imgbatch_pair *pair, void *prepared,
		struct fault *fault);
	/* summary NULL: the run failed, nothing is to be left. Frees the report in any case. */
	int (*close)(
		void *report, const struct imgbatch_compare_summary *summary, struct fault *fault);
};

/* All of them, ended by NULL; a report is one file in this folder and one row in reports.c. */
extern const struct compare_report *const compare_reports[];
extern const struct compare_report compare_html, compare_junit;

/* -- Texts ------------------------------------------------------------------------------------------------ */

const char *compare_verdict_name(enum imgbatch_verdict verdict);
const char *compare_cause_name(enum imgbatch_cause cause);
/* The option that sets a limit: "max-diff-pixels". */
const char *compare_limit_name(enum imgbatch_limit limit);
/* {"type":"pair",..}, {"type":"summary",..}, each with a newline. */
void compare_pair_json(struct str *out, const struct imgbatch_pair *pair);
void compare_summary_json(struct str *out, const struct imgbatch_compare_summary *summary);
/* `"a.png": different: 12 of 4,096 pixels (0.29%), ...; off by one level ...` and a newline. */
void compare_pair_line(struct str *out, const struct imgbatch_pair *pair);
/* What happened to a pair without its name, on one line without a newline. */
void compare_pair_text(struct str *out, const struct imgbatch_pair *pair);
void compare_summary_text(struct str *out, const struct imgbatch_compare_summary *summary);

#endif
