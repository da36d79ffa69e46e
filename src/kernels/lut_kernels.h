/* SPDX-License-Identifier: Apache-2.0 */
/* What an instruction set provides for looking 8-bit samples up in tables of 256. */
#ifndef KERNELS_LUT_KERNELS_H
#define KERNELS_LUT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of pixels with 1 to 4 channels; alpha (the last of 2 or 4) is copied. to and from may be the same row. */
struct lut_kernels {
	/* All colours by one table. */
	void (*one)(uint8_t *to, const uint8_t *from, size_t pixels, int channels,
		const uint8_t table[256]);
	/* 3 or 4 channels: red, green and blue each by a table of its own. */
	void (*each)(uint8_t *to, const uint8_t *from, size_t pixels, int channels,
		const uint8_t table[3][256]);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct lut_kernels lut_c, lut_avx2, lut_avx512;

#endif
