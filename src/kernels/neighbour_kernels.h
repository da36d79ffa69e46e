/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for operations that look at neighbours, and for noise: loops over 8-bit
 * samples, interleaved as they lie, whatever the channel count. box.h, gauss.h, median.h, streak.h, noise.h and
 * clahe.h drive them.
 */
#ifndef KERNELS_NEIGHBOUR_KERNELS_H
#define KERNELS_NEIGHBOUR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* One box: the window's whole samples and the two at its ends count so much, in 2^-24. */
struct box {
	uint32_t radius; /* whole samples on either side */
	uint32_t whole, end;
};

enum { NEIGHBOUR_STRIP = 32 }; /* rows that are turned at once */

/* Taps of a symmetric kernel in 2^-bits: weight[0] is the centre's, weight[k] that of both at distance k. */
enum { GAUSS_REACH_MAX = 250, GAUSS_BITS_MAX = 17, GAUSS_LINE_BITS = 6 };

struct gauss {
	uint32_t reach; /* taps on either side */
	uint32_t bits;
	int16_t weight[GAUSS_REACH_MAX +
		2]; /* sum, both sides counted, 2^bits; a zero behind the last */
};

struct neighbour_kernels {
	/* to[i x STRIP + r] = from[r x stride + i]: so many columns of STRIP rows become lines. And back. */
	void (*turn)(uint8_t *to, const uint8_t *from, size_t stride, size_t columns);
	void (*turn_back)(uint8_t *to, size_t stride, const uint8_t *from, size_t columns);
	/*
	 * One box blur along `lines` lines of `lanes` samples each (a multiple of 32), the first and last line
	 * repeated beyond. sum: room for lanes of them.
	 */
	void (*box)(uint8_t *to, const uint8_t *from, uint32_t lines, size_t lanes,
		const struct box *box, uint32_t *sum);
	/* to = from + percent of (from - to) where the two differ by more than threshold, else from; clipped. */
	void (*unsharp)(uint8_t *to, const uint8_t *from, size_t samples, uint32_t percent,
		uint32_t threshold);
	/*
	 * A symmetric kernel down 2 reach + 1 rows, into samples of 8 + GAUSS_LINE_BITS bits; and across such a
	 * line, which begins reach pixels of `step` samples before the first output.
	 */
	void (*gauss_down)(
		int16_t *to, const uint8_t *const *rows, size_t samples, const struct gauss *gauss);
	void (*gauss_across)(uint8_t *to, const int16_t *line, size_t samples, size_t step,
		const struct gauss *gauss);
	/* The median of 3 x 3 and 5 x 5: rows begin one and two pixels of `step` samples before the first output. */
	void (*median3)(uint8_t *to, const uint8_t *const *rows, size_t samples, size_t step);
	void (*median5)(uint8_t *to, const uint8_t *const *rows, size_t samples, size_t step);
	/* The mean of `count` rows, an odd number up to 255, rounded to the nearest. */
	void (*mean)(uint8_t *to, const uint8_t *const *rows, size_t samples, uint32_t count);
	/* 4 x blocks random words: Philox (base/philox.h) of the counters (0, y, 0, 0), (1, y, 0, 0), ... */
	void (*words)(uint32_t *to, size_t blocks, uint32_t y, const uint32_t key[2]);
	/* The same made normally distributed: each pair of words becomes a pair of numbers. */
	void (*normals)(float *to, size_t blocks, uint32_t y, const uint32_t key[2]);
	/* to = from + sigma x normal, rounded half up, clipped. */
	void (*add_noise)(
		uint8_t *to, const uint8_t *from, const float *normal, size_t samples, float sigma);
	/*
	 * One row of clahe.h: four equalized levels lie in table[cell[x] x 256 + level[x]], of the tiles above left,
	 * above right, below left, below right in ascending bytes; right[x] and below are the weights, of 1, of what is
	 * right and what is below.
	 */
	void (*clahe)(uint8_t *to, const uint8_t *level, size_t pixels, const uint32_t *table,
		const uint32_t *cell, const float *right, float below);
	/* Grey (grey.h) of pixels of `step` samples, 3 or 4; and their colours moved by how it changed, clipped. */
	void (*luma)(uint8_t *to, const uint8_t *from, size_t pixels, size_t step);
	void (*move_color)(uint8_t *to, const uint8_t *from, const uint8_t *was, const uint8_t *is,
		size_t pixels, size_t step);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct neighbour_kernels neighbour_c, neighbour_avx2;

#endif
