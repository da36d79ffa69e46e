/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left out of a comparison: actual pixels are made equal to the expected ones there, so that no measure need know
 * of it, and counted.
 */
#ifndef COMPARE_IGNORE_H
#define COMPARE_IGNORE_H

#include "compare/compare.h"
#include "compare/measure.h"

/* A picture of one channel of 8 bits; 0: left out. */
struct ignore_mask {
	struct image image; /* data owned; NULL: no mask */
};

/* Reads --mask: black or wholly transparent pixels are left out. E_USAGE where it is no picture. */
int ignore_mask_read(struct ignore_mask *mask, const char *path, struct fault *fault);
void ignore_mask_release(struct ignore_mask *mask);
/*
 * Leaves out rectangles and mask (NULL: none): writes c->b. *count: how many pixels. E_MASK when the mask is of another
 * size.
 */
int ignore_apply(const struct comparison *c, const struct compare_rects *all,
	const struct compare_rects *own, const struct ignore_mask *mask, uint64_t *count,
	struct fault *fault);

#endif
