/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for resampling: two passes over rows. The driver (resample.c) owns rings,
 * order and alpha; a variant owns the layout of a line and the arithmetic.
 *
 * A line holds `weave` neighbouring source rows, already resampled across: sample s of all of them, then
 * sample s + 1, so that the pass down can load taps side by side. The portable one weaves nothing.
 */
#ifndef KERNELS_RESAMPLE_KERNELS_H
#define KERNELS_RESAMPLE_KERNELS_H

#include "kernels/axis.h"

#include <stddef.h>
#include <stdint.h>

struct resample_kernels {
	const char *name;
	unsigned
		rows; /* source rows that h takes at once: a multiple of weave, RESAMPLE_BLOCK_MAX at most */
	unsigned weave; /* rows a line; a power of two, 8 at most */

	/* Bytes of a line of so many samples a row, what a kernel may write behind it included. */
	size_t (*line_size)(size_t samples);
	/* Scratch bytes that h or v needs, whichever is more. */
	size_t (*scratch)(const struct axis *x, const struct axis *y, unsigned channels);
	/* Tables for axis->table[channels]; free() takes them. NULL when out of memory. NULL: none needed. */
	void *(*table)(const struct axis *x, unsigned channels);

	/*
	 * Across: `rows` source rows into rows / weave lines. Each row pointer stands at source column x->low
	 * and x->high - x->low pixels may be read. Rows may repeat; lines do not overlap them.
	 */
	void (*h)(const struct axis *x, unsigned channels, const void *const *rows,
		void *const *lines, void *scratch);
	/*
	 * Down: one output row. Output `o` of the plan; its first tap is row `skip` (below weave) of line[0].
	 * Every line that the span touches is given.
	 */
	void (*v)(const struct axis *y, uint32_t o, unsigned skip, const void *const *line,
		size_t samples, void *out, void *scratch);
};

/* Those of other instruction sets are there where sets_x86.c is compiled. */
extern const struct resample_kernels resample_u8_c, resample_u16_c;
extern const struct resample_kernels resample_u8_avx2, resample_u8_avxvnni, resample_u8_avx512;

#endif
