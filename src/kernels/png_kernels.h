/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG's filters (PNG specification, third edition, section 9): what an instruction set provides for them.
 *
 * A filter replaces each byte by its difference from a prediction made of three neighbours one pixel away:
 *
 *	c b    the row above, `prior`: zeros above the first
 *	a x    this row: zeros before the first pixel
 *
 * bpp is the distance in bytes between a byte and its neighbour, 1 to 8; size, a multiple of it, the bytes of a
 * row without the one that names the filter. Any alignment; nothing outside [0, size) is touched. Any thread.
 */
#ifndef KERNELS_PNG_KERNELS_H
#define KERNELS_PNG_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum png_filter { PNG_NONE, PNG_SUB, PNG_UP, PNG_AVERAGE, PNG_PAETH, PNG_FILTERS };

enum { PNG_TOGETHER = 4 }; /* rows of unfilter_four() */

struct png_kernels {
	const char *name;
	/* For each filter, what it makes of the row: the sum of absolute values, bytes taken as -128 .. 127. */
	void (*score)(const uint8_t *row, const uint8_t *prior, size_t size, unsigned bpp,
		uint64_t sums[PNG_FILTERS]);
	/* Row to differences. out overlaps neither. */
	void (*filter)(enum png_filter type, const uint8_t *row, const uint8_t *prior, size_t size,
		unsigned bpp, uint8_t *out);
	/* Differences to row. out may be raw itself, and overlaps it in no other way, nor prior. */
	void (*unfilter)(enum png_filter type, const uint8_t *raw, const uint8_t *prior,
		size_t size, unsigned bpp, uint8_t *out);
	/*
	 * PNG_TOGETHER rows, each below the one before, of any filters, at once: where one waits for the pixel before, the
	 * others can go on. As unfilter() of each with the one before as prior; out[i] may be raw[i].
	 */
	void (*unfilter_four)(const uint8_t types[PNG_TOGETHER],
		const uint8_t *const raw[PNG_TOGETHER], const uint8_t *prior, size_t size,
		unsigned bpp, uint8_t *const out[PNG_TOGETHER]);
};

/* That of another instruction set is there where sets_x86.c is compiled. */
extern const struct png_kernels png_kernels_c, png_kernels_avx2;

/* png_four_avx2.c, for png_kernels_avx2. */
void png_unfilter_four_avx2(const uint8_t types[PNG_TOGETHER],
	const uint8_t *const raw[PNG_TOGETHER], const uint8_t *prior, size_t size, unsigned bpp,
	uint8_t *const out[PNG_TOGETHER]);

#endif
