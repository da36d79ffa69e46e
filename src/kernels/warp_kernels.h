/* SPDX-License-Identifier: Apache-2.0 */
/* What an instruction set provides for warping: see warp.h for the arithmetic, which is the same to the bit in all. */
#ifndef KERNELS_WARP_KERNELS_H
#define KERNELS_WARP_KERNELS_H

#include "image/image.h"

#include <stdbool.h>
#include <stdint.h>

/* For an output pixel at (x, y), the place (u, v) in the source that it shows; pixel centres lie at halves. */
struct warp_map {
	/*
	 * u = (m0 x + m1 y + m2) / w and v = (m3 x + m4 y + m5) / w with w = m6 x + m7 y + 1, sums from the left. Flat
	 * (affine) ones divide by nothing and have no m6 and m7.
	 */
	double m[8];
	bool flat;
};

/* Output pixels are warped so many at a time, and some more may be computed. */
enum { WARP_BLOCK = 64, WARP_BEYOND = 4 };

struct warp_places {
	double u[WARP_BLOCK + WARP_BEYOND], v[WARP_BLOCK + WARP_BEYOND];
};

/* Takes count source pixels to `to`; every place lies within the source: 0 <= u < width, 0 <= v < height. */
typedef void warp_sample_fn(
	void *to, const struct image *in, const double *u, const double *v, unsigned count);

struct warp_kernels {
	/*
	 * Places of output pixels (x + 0.5, y + 0.5), (x + 1.5, y + 0.5), ..., count of them (at most WARP_BLOCK). Bit i
	 * is set where place i lies within a source of this shape; higher bits are clear.
	 */
	uint64_t (*places)(const struct warp_map *map, const struct shape *in, uint32_t x,
		uint32_t y, unsigned count, struct warp_places *places);
	warp_sample_fn *nearest, *bilinear, *bicubic;
	/*
	 * count source pixels at (u >> 16, v >> 16), which then move by (du, dv), modulo 2^32. All lie within the source.
	 */
	void (*fixed)(void *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
		uint32_t dv, uint32_t count);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct warp_kernels warp_u8_c, warp_u8_avx2, warp_u8_avx512, warp_u16_c;

/* What AVX-512 takes from AVX2. */
uint64_t warp_places_avx2(const struct warp_map *map, const struct shape *in, uint32_t x,
	uint32_t y, unsigned count, struct warp_places *places);
warp_sample_fn warp_nearest_u8_avx2, warp_bilinear_u8_avx2, warp_bicubic_u8_avx2;
void warp_fixed_u8_avx2(void *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
	uint32_t dv, uint32_t count);

#endif
