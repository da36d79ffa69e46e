/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling by the nearest sample: for masks, and where asked for.
 *
 * Source: Pillow 9.4 (Geometry.c, ImagingScaleAffine): the position starts at half a step and is accumulated
 * in double, output by output; truncated, it is the input's index. Exact.
 */
#ifndef KERNELS_NEAREST_H
#define KERNELS_NEAREST_H

#include "image/image.h"

#include <stdint.h>

/* An output outside of the input: where positions lead there, or accumulated errors leave it. */
#define NEAREST_OUTSIDE UINT32_MAX

/*
 * Input indices of outputs first .. first + count - 1 of `out` in all, for window [from, to) of `in` inputs.
 */
void nearest_positions(uint32_t in, float from, float to, uint32_t out, uint32_t first,
	uint32_t count, uint32_t *position);
/* The same of positions that start at `at` (of output 0) and grow by step, which may be below 0. */
void nearest_steps(
	double at, double step, uint32_t in, uint32_t first, uint32_t count, uint32_t *position);

/*
 * out(x, y) = in(xs[x], ys[y]) for any sample type and channel count; where either is outside, the pixel `outside`.
 * Positions go one way, so that what is inside is a run.
 */
void nearest_gather(const struct image *out, const struct image *in, const uint32_t *xs,
	const uint32_t *ys, const void *outside);

#endif
