/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels moved one by one, in portable C. */
#include "kernels/move_kernels.h"

#include <string.h>

/* A row of pixels of constant size: the compiler turns each copy into one or two moves. */
static inline __attribute__((always_inline)) void walk_row(
	uint8_t *to, const uint8_t *from, ptrdiff_t step, size_t pixels, const size_t size)
{
	for (size_t x = 0; x < pixels; x++, to += size, from += step)
		memcpy(to, from, size);
}

static void copy_row(uint8_t *to, const uint8_t *from, ptrdiff_t step, size_t pixels, size_t size)
{
	switch (size) {
	case 1:
		walk_row(to, from, step, pixels, 1);
		break;
	case 2:
		walk_row(to, from, step, pixels, 2);
		break;
	case 3:
		walk_row(to, from, step, pixels, 3);
		break;
	case 4:
		walk_row(to, from, step, pixels, 4);
		break;
	case 6:
		walk_row(to, from, step, pixels, 6);
		break;
	case 8:
		walk_row(to, from, step, pixels, 8);
		break;
	default:
		walk_row(to, from, step, pixels, size);
	}
}

static void mirror(uint8_t *to, const uint8_t *from, size_t pixels, size_t size)
{
	if (pixels)
		copy_row(to, from + (pixels - 1) * size, -(ptrdiff_t)size, pixels, size);
}

static void transpose(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t from_stride,
	uint32_t columns, uint32_t rows, size_t size)
{
	for (uint32_t y = 0; y < rows; y++, to += to_stride, from += size)
		copy_row(to, from, from_stride, columns, size);
}

const struct move_kernels move_c = {
	.mirror = mirror,
	.transpose = transpose,
};
