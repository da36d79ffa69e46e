/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows around one row, each with a border at both sides, for kernels that look at neighbours: a ring of copies
 * that moves down an image and reads each of its rows once.
 */
#ifndef KERNELS_LINES_H
#define KERNELS_LINES_H

#include "image/image.h"
#include "kernels/border.h"

struct lines {
	const struct image *in; /* borrowed */
	uint32_t above, side; /* rows on either side, pixels of border */
	enum border_mode mode; /* not constant */
	size_t size; /* bytes from one copy to the next */
	unsigned char *room; /* 2 above + 1 copies */
	uint32_t *held; /* the row that each copy is of */
	const void **
		row; /* what lines_move() shows: row[above] is the row itself, from its border on */
};

size_t lines_memory(const struct shape *shape, uint32_t above, uint32_t side);
/* memory holds lines_memory() bytes, aligned to 64. */
void lines_init(struct lines *lines, const struct image *in, uint32_t above, uint32_t side,
	enum border_mode mode, void *memory);
/* To row y. */
void lines_move(struct lines *lines, uint32_t y);

#endif
