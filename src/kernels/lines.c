/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/lines.h"

#include <string.h>

static size_t line_size(const struct shape *shape, uint32_t side)
{
	size_t bytes = (shape->width + 2 * (size_t)side) * shape_pixel_size(shape);

	return (bytes + 63) & ~(size_t)63;
}

size_t lines_memory(const struct shape *shape, uint32_t above, uint32_t side)
{
	size_t rows = 2 * (size_t)above + 1;

	return rows * (line_size(shape, side) + sizeof(void *) + sizeof(uint32_t));
}

void lines_init(struct lines *lines, const struct image *in, uint32_t above, uint32_t side,
	enum border_mode mode, void *memory)
{
	size_t rows = 2 * (size_t)above + 1;

	*lines = (struct lines){.in = in, .above = above, .side = side, .mode = mode};
	lines->size = line_size(&in->shape, side);
	lines->room = memory;
	lines->row = (const void **)(lines->room + rows * lines->size);
	lines->held = (uint32_t *)(lines->row + rows);
	for (size_t i = 0; i < rows; i++)
		lines->held[i] = UINT32_MAX;
}

static void copy_row(const struct lines *lines, unsigned char *to, uint32_t y)
{
	const struct shape *shape = &lines->in->shape;
	const unsigned char *from = image_row(lines->in, y);
	size_t size = shape_pixel_size(shape);
	unsigned char *first = to + lines->side * size;

	memcpy(first, from, shape_row_size(shape));
	for (uint32_t k = 1; k <= lines->side; k++) {
		memcpy(first - k * size,
			from + border_index(-(int64_t)k, shape->width, lines->mode) * size, size);
		memcpy(first + (shape->width - 1 + k) * size,
			from +
				border_index(
					(int64_t)shape->width - 1 + k, shape->width, lines->mode) *
					size,
			size);
	}
}

/* Whatever border there is, the rows shown lie within a span as long as the ring: none takes another's place. */
void lines_move(struct lines *lines, uint32_t y)
{
	uint32_t rows = 2 * lines->above + 1;

	for (uint32_t i = 0; i < rows; i++) {
		uint32_t from = border_index(
			(int64_t)y + i - lines->above, lines->in->shape.height, lines->mode);
		uint32_t place = from % rows;
		unsigned char *copy = lines->room + place * lines->size;

		if (lines->held[place] != from)
			copy_row(lines, copy, from);
		lines->held[place] = from;
		lines->row[i] = copy;
	}
}
