/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The median of a square of pixels, each channel by itself, edges repeated. 3 x 3 and 5 x 5 of 8 bits by a network
 * of exchanges; other sizes by a histogram that slides along the row with its median (Huang, Yang and Tang,
 * "A fast two-dimensional median filtering algorithm", 1979).
 *
 * Source: Pillow 9.4 (MedianFilter), exact.
 */
#ifndef KERNELS_MEDIAN_H
#define KERNELS_MEDIAN_H

#include "image/image.h"

enum { MEDIAN_MAX = 255 }; /* so a count fits 16 bits */

/* size: of a side, odd, 1 to MEDIAN_MAX. Bytes that a share takes. */
size_t median_memory(const struct shape *shape, uint32_t size);
/* Rows from .. to - 1 of out. The images do not overlap. */
void median_rows(const struct image *out, const struct image *in, uint32_t size, uint32_t from,
	uint32_t to, void *memory);

#endif
