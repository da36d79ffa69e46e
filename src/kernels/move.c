/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All eight moves are one walk: output pixel (0, 0) has a source address, and a step right and a step down in
 * the output are constant steps there. Turning moves walk in tiles, so that the source rows a tile
 * touches stay in cache.
 */
#include "kernels/move.h"

#include <assert.h>
#include <string.h>

enum { TILE = 32 };

struct walk {
	const unsigned char *start; /* the source of output (0, 0) */
	ptrdiff_t right, down;
};

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

static struct walk walk_of(enum move move, const struct image *in)
{
	ptrdiff_t pixel = (ptrdiff_t)shape_pixel_size(&in->shape), stride = (ptrdiff_t)in->stride;
	bool right = source_right(move), bottom = source_bottom(move);
	ptrdiff_t along = right ? -pixel : pixel, across = bottom ? -stride : stride;
	struct walk walk = {.start = in->data};

	if (right)
		walk.start += pixel * (ptrdiff_t)(in->shape.width - 1);
	if (bottom)
		walk.start += stride * (ptrdiff_t)(in->shape.height - 1);
	walk.right = move_turns(move) ? across : along;
	walk.down = move_turns(move) ? along : across;
	return walk;
}

/* A row of pixels of constant size: the compiler turns each copy into one or two moves. */
static inline __attribute__((always_inline)) void walk_row(unsigned char *to,
	const unsigned char *from, ptrdiff_t step, uint32_t pixels, const size_t size)
{
	for (uint32_t x = 0; x < pixels; x++, to += size, from += step)
		memcpy(to, from, size);
}

static void copy_row(
	unsigned char *to, const unsigned char *from, ptrdiff_t step, uint32_t pixels, size_t size)
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

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Columns x .. x + columns of output rows y .. y + rows. */
static void walk_tile(const struct walk *walk, const struct image *out, uint32_t x,
	uint32_t columns, uint32_t y, uint32_t rows)
{
	size_t size = shape_pixel_size(&out->shape);

	for (uint32_t i = y; i < y + rows; i++)
		copy_row((unsigned char *)image_row(out, i) + x * size,
			walk->start + walk->down * (ptrdiff_t)i + walk->right * (ptrdiff_t)x,
			walk->right, columns, size);
}

void move_rows(
	enum move move, const struct image *out, const struct image *in, uint32_t y, uint32_t rows)
{
	struct walk walk = walk_of(move, in);
	uint32_t width = out->shape.width, end = y + rows;
	size_t row = shape_row_size(&out->shape);

	assert(end <= out->shape.height);
	if (move == MOVE_NONE || move == MOVE_FLIP_V) {
		for (; y < end; y++)
			memcpy(image_row(out, y), walk.start + walk.down * (ptrdiff_t)y, row);
	} else if (!move_turns(move)) {
		walk_tile(&walk, out, 0, width, y, rows);
	} else {
		for (; y < end; y += TILE)
			for (uint32_t x = 0; x < width; x += TILE)
				walk_tile(&walk, out, x, least(TILE, width - x), y,
					least(TILE, end - y));
	}
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
