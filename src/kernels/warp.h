/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warping: every output pixel shows the source at a place that an affine or perspective map says.
 *
 *	output (x, y) ── map ──► source (u, v) ── outside: the fill
 *	                                       └─ inside: one pixel (nearest), 2 x 2 (bilinear) or 4 x 4 (bicubic)
 *
 * Source: Pillow 9.4 (Geometry.c), exact for 8 bits; 16-bit samples by the same formulas. A place is inside when
 * 0 <= u < width and 0 <= v < height; neighbours past an edge repeat it.
 *
 *   nearest, flat  In 16.16 fixed point when all corners of the output map below 32768 in magnitude: F(t) =
 *                  floor(65536 t + 0.5), from F(m2 + m0 / 2 + m1 / 2) on by steps of F(m0) and F(m1); else the place
 *                  is a double to which m0 is added for each column, and m1 for each row.
 *   nearest        else: u and v truncated.
 *   bilinear       u - 0.5 and v - 0.5, floors and remainders; across first, then down, a + (b - a) d in double;
 *                  truncated.
 *   bicubic        likewise four by four: b + d (c - a + d (2 (a - b) + c - e + d (-a + b - c + e))), which is the
 *                  kernel with a = -1; clipped, then truncated.
 *
 * Where a map divides zero by zero there is no place: such pixels are outside.
 */
#ifndef KERNELS_WARP_H
#define KERNELS_WARP_H

#include "image/image.h"
#include "kernels/warp_kernels.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a map only scales and shifts: then `nearest` is nearest.h's, by the sums of its positions. */
bool warp_only_scales(const struct warp_map *map);

/*
 * Output rows y .. y + rows - 1 (out is the whole image, u8 or u16; other rows are not touched, so rows may be shared
 * out). filter is FILTER_NEAREST, FILTER_BILINEAR or FILTER_BICUBIC (filter.h); colour that has alpha must be
 * premultiplied but for nearest. fill is one pixel. The images do not overlap.
 */
void warp_rows(const struct warp_map *map, uint8_t filter, const struct image *out,
	const struct image *in, const void *fill, uint32_t y, uint32_t rows);

#endif
