/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Gaussian, cut and normalized: out = sum of w(dx) w(dy) in, borders mirrored without the edge, and as often as
 * the kernel is wider than the image. Down first, row by row: the sums of 2 reach + 1 source rows become one
 * line that stays in cache, then the line becomes a row.
 *
 * 8 bits: weights in 2^-15 to 2^-17, lines in 14 bits, whole numbers throughout, within 1 of the rounded exact
 * sum. 16 bits: doubles, added from the centre outwards, rounded once.
 */
#ifndef KERNELS_GAUSS_H
#define KERNELS_GAUSS_H

#include "image/image.h"
#include "kernels/neighbour_kernels.h"

struct gauss_plan {
	struct gauss whole; /* its reach may be shorter: where weights become 0 */
	uint32_t reach;
	double weight[GAUSS_REACH_MAX + 1]; /* one side and the centre; sum of all 1 */
};

/* Weights exp(-k^2 / (2 sigma^2)) for |k| <= reach; sigma above 0, reach at most GAUSS_REACH_MAX. */
void gauss_plan_init(struct gauss_plan *plan, double sigma, uint32_t reach);
/* Bytes that a share takes. */
size_t gauss_memory(const struct gauss_plan *plan, const struct shape *shape);
/* Rows from .. to - 1 of out. The images do not overlap. */
void gauss_rows(const struct image *out, const struct image *in, const struct gauss_plan *plan,
	uint32_t from, uint32_t to, void *memory);

#endif
