/* SPDX-License-Identifier: Apache-2.0 */
/* What an instruction set provides for premultiplying: the usual case, rows of 8-bit colour with alpha. */
#ifndef KERNELS_ALPHA_KERNELS_H
#define KERNELS_ALPHA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of RGBA; see alpha.h for the arithmetic. to and from may be the same row. */
struct alpha_kernels {
	void (*multiply)(uint8_t *to, const uint8_t *from, size_t pixels);
	void (*divide)(uint8_t *to, const uint8_t *from, size_t pixels);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct alpha_kernels alpha_u8_c, alpha_u8_avx2;

#endif
