/* SPDX-License-Identifier: Apache-2.0 */
/* What an instruction set provides for laying an image otherwise. Pixels are `size` bytes, 1 to 8; nothing overlaps. */
#ifndef KERNELS_MOVE_KERNELS_H
#define KERNELS_MOVE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

struct move_kernels {
	/* A row, its last pixel first. */
	void (*mirror)(uint8_t *to, const uint8_t *from, size_t pixels, size_t size);
	/*
	 * columns by rows pixels of an output, whose pixel (x, y) is pixel (y, x) of from. Strides are bytes from row to
	 * row, of either sign.
	 */
	void (*transpose)(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from,
		ptrdiff_t from_stride, uint32_t columns, uint32_t rows, size_t size);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct move_kernels move_c, move_avx2;

#endif
