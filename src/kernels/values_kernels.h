/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for colours that depend on one another or on their neighbours.
 *
 * Rows are of u8 or of u16 samples, as the table says that the functions stand in. Alpha (the last of 2 or 4
 * channels) is copied. to and from may be the same row, except where neighbours are read.
 */
#ifndef KERNELS_VALUES_KERNELS_H
#define KERNELS_VALUES_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Bits behind the point of the coefficients of mix(): 16 bits hold 0.999. */
enum { MIX_BITS = 15 };

/*
 * Neighbours are often of one level, and an addition waits for the one before to the same place: pixels take turns in so
 * many sets of counts.
 */
enum { COUNT_TURNS = 4 };

struct value_kernels {
	/* u8 only, NULL for u16; any channel count. Adds to the counts of each colour's levels; which turn is free. */
	void (*count)(
		const void *from, size_t pixels, int channels, uint32_t count[COUNT_TURNS][3][256]);
	/* The sum of the pixels' grey (grey.h); any channel count. */
	uint64_t (*grey_sum)(const void *from, size_t pixels, int channels);

	/*
	 * The pixels' grey in every colour of to, which has 1 or 3 of them, and alpha like from. to may be from where both
	 * have as many channels.
	 */
	void (*grey)(void *to, int to_channels, const void *from, size_t pixels, int channels);
	/* 3 or 4 channels. blend_level (blend.h) between each pixel's grey and its colours. */
	void (*saturate)(void *to, const void *from, size_t pixels, int channels, float factor);
	/*
	 * 3 or 4 channels. Each new colour is the sum of the three old ones times a row of three coefficients, which
	 * are not negative, rounded half up, at most full.
	 */
	void (*mix)(void *to, const void *from, size_t pixels, int channels,
		const int16_t coefficient[3][3]);
	/* 3 or 4 channels. New colour c is old colour order[c]. */
	void (*reorder)(
		void *to, const void *from, size_t pixels, int channels, const uint8_t order[3]);
	/* 3 or 4 channels of u8; NULL for u16. To 8-bit HSV, hue plus shift modulo 256, and back: hue.h. */
	void (*turn_hue)(void *to, const void *from, size_t pixels, int channels, uint8_t shift);

	/*
	 * Any channel count. rows: above, this, below. blend_level between the pixel smoothed by its eight neighbours,
	 * (2 S + 13) / 26 with S their sum and five times itself, and the pixel. The row's first and last pixels are copied.
	 */
	void (*sharpen)(
		void *to, const void *const rows[3], size_t pixels, int channels, float factor);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct value_kernels values_u8_c, values_u16_c, values_u8_avx2;
/* turn_hue of the last. */
void values_turn_hue_avx2(void *to, const void *from, size_t pixels, int channels, uint8_t shift);

#endif
