/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for the inverse DCT of 8-bit JPEG: libjpeg-turbo's "islow", to the bit, of many blocks
 * that stand side by side.
 */
#ifndef KERNELS_IDCT_KERNELS_H
#define KERNELS_IDCT_KERNELS_H

#include <stdint.h>

enum { IDCT_ROWS = 8, IDCT_GROUP = 2 /* blocks are read by so many */ };

struct idct_kernels {
	const char *name;
	/*
	 * Blocks of coefficients, in natural order, to samples: block b's 8 x 8 of them begin at rows[0 .. 7] + 8 * b. quant is the
	 * quantisation table in natural order. Behind the last block, up to a multiple of IDCT_GROUP, there must be memory that
	 * can be read, whatever it holds; behind the last sample nothing is written.
	 */
	void (*islow)(const int16_t (*blocks)[64], unsigned count, const uint16_t quant[64],
		uint8_t *const rows[IDCT_ROWS]);
};

/* There where sets_x86.c is compiled. No portable one: libjpeg-turbo's own is as good. */
extern const struct idct_kernels idct_avx2, idct_avxvnni, idct_avx512;

#endif
