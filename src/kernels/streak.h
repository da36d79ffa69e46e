/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mean along a line of pixels, as a moving camera or thing leaves a streak: `length` taps of equal weight, one a
 * column of a flat line, one a row of a steep one. Borders are mirrored without the edge. Halves are rounded up.
 */
#ifndef KERNELS_STREAK_H
#define KERNELS_STREAK_H

#include "image/image.h"

enum { STREAK_MAX = 255 }; /* so the sum of 8-bit samples fits 16 bits */

struct streak {
	uint32_t length; /* odd, 1 to STREAK_MAX */
	uint32_t above, side; /* how far taps lie from the centre */
	int16_t x[STREAK_MAX], y[STREAK_MAX]; /* where taps lie */
};

/* Degrees, counter-clockwise from the right. */
void streak_init(struct streak *streak, uint32_t length, double angle);
/* Bytes that a share takes. */
size_t streak_memory(const struct streak *streak, const struct shape *shape);
/* Rows from .. to - 1 of out. The images do not overlap. */
void streak_rows(const struct image *out, const struct image *in, const struct streak *streak,
	uint32_t from, uint32_t to, void *memory);

#endif
