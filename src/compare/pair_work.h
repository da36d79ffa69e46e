/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a pair share: pair.c, its way from bytes to verdict; pair_pixels.c, pixels against pixels. */
#ifndef COMPARE_PAIR_WORK_H
#define COMPARE_PAIR_WORK_H

#include "base/whole.h"
#include "compare/measure.h"
#include "compare/pair.h"

/* One pair in hand. */
struct work {
	struct pair_worker *worker;
	const struct pair_context *context;
	const struct pair_task *task;
	const struct parallel *parallel;
	struct pair_outcome *outcome;
	struct imgbatch_pair *pair; /* of outcome */
	const struct compare_rects *ignore; /* of its tolerances */

	struct whole file[SIDES];
	struct bytes bytes[SIDES];
	struct picture picture[SIDES];
	struct fault fault[SIDES]; /* a side's own */
	int code[SIDES];
	enum reading reading; /* what is wanted of them */
	struct comparison comparison; /* once both were decoded */
	struct image heat; /* the picture of the differences; data NULL: none is wanted */
};

static inline struct imgbatch_side *pair_side(struct imgbatch_pair *pair, int side)
{
	return side == SIDE_EXPECTED ? &pair->expected : &pair->actual;
}

/* Both files were read as READING_STORED; from there to the verdict, the explanation and the picture of differences. */
int pair_judge_pixels(struct work *w, struct fault *fault);

#endif
