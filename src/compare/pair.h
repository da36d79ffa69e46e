/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pair's way:
 *
 *	read both ─► the same bytes? header only ─► decode both, or one and what the other has of its own ─► one form ─┐
 *	                                                      judge ◄─ measure ◄─ leave out ◄──────────────────────────┘
 *	                                                        └ failed: explain ─► picture of differences
 *
 * A worker belongs to one thread; two of its parts work at once where the engine lends a second thread.
 */
#ifndef COMPARE_PAIR_H
#define COMPARE_PAIR_H

#include "base/hash.h"
#include "base/parallel.h"
#include "compare/hashes.h"
#include "compare/ignore.h"
#include "compare/limits.h"
#include "compare/pairs.h"
#include "compare/picture.h"

/* What all pairs share; nothing of it changes while they are compared. */
struct pair_context {
	const struct compare_settings *settings;
	const struct tolerances *tolerances; /* NULL: none */
	const struct ignore_mask *mask;
	const struct hashes *hashes; /* NULL: pixels are compared with pixels */
	bool keep; /* failed pairs bring their files and the picture of differences */
	bool told; /* someone is: what only words are made of is worked out */
	bool drawn; /* a report wants to be shown failed pairs */
	void *const *report; /* those of compare_reports[] that are open; NULL: none */
};

struct pair_worker {
	struct reader reader[SIDES];
	struct pool *pool;
	struct hasher *hasher;
};

/* What is to be compared; borrowed until the outcome was released. */
struct pair_task {
	const char *name;
	const char *path[SIDES]; /* NULL: there is none, or its bytes are given */
	struct bytes given[SIDES];
	int code; /* not 0: it was listed, and cannot be read */
};

/* What became of it: a pair, and the storage behind it. */
struct pair_outcome {
	struct imgbatch_pair pair; /* points into what follows, and into the task */
	unsigned ignored; /* files that are no images: there is no pair then */
	bool is_pair;
	struct str facts, explanation, detail, diff;
	void *kept[SIDES], *diff_data; /* owned; NULL: not kept */
	void *prepared[COMPARE_REPORTS_MAX]; /* owned: for the reports */
	struct hash_entry hash; /* of the actual pixels, where hashes are compared */
};

int pair_worker_init(struct pair_worker *worker, uint64_t max_pixels, struct fault *fault);
void pair_worker_release(struct pair_worker *worker);
/* Fills an outcome, which is zeroed or was released. Never fails otherwise: a broken pair is an outcome. */
void pair_compare(struct pair_worker *worker, const struct pair_context *context,
	const struct pair_task *task, const struct parallel *parallel,
	struct pair_outcome *outcome);
void pair_outcome_release(struct pair_outcome *outcome);

#endif
