/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All eight moves come down to three: rows copied, rows mirrored, and a transpose, each with rows taken or laid from the
 * bottom up where a side changes places. Transposes go in tiles, so that the source rows a tile touches stay in cache.
 */
#include "kernels/move.h"

#include "kernels/dispatch.h"

#include <assert.h>
#include <string.h>

enum { TILE = 64 };

struct shape move_shape(enum move move, const struct shape *in)
{
	struct shape out = *in;

	if (move_turns(move)) {
		out.width = in->height;
		out.height = in->width;
	}
	return out;
}

/* Which source corner becomes the top left one: whether one on the right, whether one at the bottom. */
static bool source_right(enum move move)
{
	return move == MOVE_FLIP_H || move == MOVE_ROTATE_180 || move == MOVE_TRANSVERSE ||
		move == MOVE_ROTATE_CCW;
}

static bool source_bottom(enum move move)
{
	return move == MOVE_FLIP_V || move == MOVE_ROTATE_180 || move == MOVE_TRANSVERSE ||
		move == MOVE_ROTATE_CW;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Columns x .. x + columns of output rows y .. y + rows. Source rows are read rightwards: rows may go up instead. */
static void transpose_tile(enum move move, const struct image *out, const struct image *in,
	uint32_t x, uint32_t columns, uint32_t y, uint32_t rows)
{
	const size_t size = shape_pixel_size(&out->shape);
	const bool right = source_right(move), bottom = source_bottom(move);
	const uint32_t column = right ? in->shape.width - y - rows : y;
	const uint32_t row = bottom ? in->shape.height - 1 - x : x;
	const ptrdiff_t to_stride = (ptrdiff_t)out->stride, from_stride = (ptrdiff_t)in->stride;
	uint8_t *to = (uint8_t *)image_row(out, right ? y + rows - 1 : y) + size * x;
	const uint8_t *from = (const uint8_t *)image_row(in, row) + size * column;

	kernels()->move->transpose(to, right ? -to_stride : to_stride, from,
		bottom ? -from_stride : from_stride, columns, rows, size);
}

static void move_row(enum move move, const struct image *out, const struct image *in, uint32_t y)
{
	const void *from = image_row(in, source_bottom(move) ? in->shape.height - 1 - y : y);

	if (source_right(move))
		kernels()->move->mirror(
			image_row(out, y), from, out->shape.width, shape_pixel_size(&out->shape));
	else
		memcpy(image_row(out, y), from, shape_row_size(&out->shape));
}

void move_rows(
	enum move move, const struct image *out, const struct image *in, uint32_t y, uint32_t rows)
{
	uint32_t width = out->shape.width, end = y + rows;

	assert(end <= out->shape.height);
	if (!move_turns(move)) {
		for (; y < end; y++)
			move_row(move, out, in, y);
		return;
	}
	for (; y < end; y += TILE)
		for (uint32_t x = 0; x < width; x += TILE)
			transpose_tile(
				move, out, in, x, least(TILE, width - x), y, least(TILE, end - y));
}

void move_image(enum move move, const struct image *out, const struct image *in)
{
	assert(out->shape.width == (move_turns(move) ? in->shape.height : in->shape.width));
	assert(out->shape.height == (move_turns(move) ? in->shape.width : in->shape.height));
	move_rows(move, out, in, 0, out->shape.height);
}

void move_point(enum move move, const struct shape *in, double xy[2])
{
	double x = xy[0], y = xy[1];

	if (source_right(move))
		x = in->width - x;
	if (source_bottom(move))
		y = in->height - y;
	xy[0] = move_turns(move) ? y : x;
	xy[1] = move_turns(move) ? x : y;
}

struct rect move_source(enum move move, const struct shape *in, const struct rect *rect)
{
	struct rect r = *rect;

	if (move_turns(move))
		r = (struct rect){rect->y, rect->x, rect->height, rect->width};
	if (source_right(move))
		r.x = in->width - r.x - r.width;
	if (source_bottom(move))
		r.y = in->height - r.y - r.height;
	return r;
}
