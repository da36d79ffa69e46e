/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/clahe.h"

#include "kernels/border.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 256 };

static size_t tables_size(uint32_t tiles)
{
	return (size_t)tiles * tiles * LEVELS +
		(size_t)(tiles + 1) * (tiles + 1) * LEVELS * sizeof(uint32_t);
}

size_t clahe_memory(const struct shape *shape, uint32_t tiles)
{
	return tables_size(tiles) + shape->width * (sizeof(uint32_t) + sizeof(float));
}

/* A row's levels, before and after. */
size_t clahe_share_memory(const struct shape *shape)
{
	return 2 * (size_t)shape->width;
}

/* For each pixel of a row, the tiles left and right of it, and how far it is towards the right one. */
static void plan_columns(struct clahe *c, uint32_t pixels)
{
	float inverse = 1.0f / (float)c->width;

	for (uint32_t x = 0; x < pixels; x++) {
		float at = (float)x * inverse - 0.5f, left = floorf(at);

		c->column[x] = (uint32_t)((int32_t)left + 1);
		c->right[x] = at - left;
	}
}

void clahe_init(struct clahe *c, const struct image *out, const struct image *in, double limit,
	uint32_t tiles, void *memory)
{
	const struct shape *shape = &in->shape;
	uint32_t width = shape->width, height = shape->height, area;

	if (width % tiles || height % tiles) {
		width += tiles - width % tiles;
		height += tiles - height % tiles;
	}
	*c = (struct clahe){.out = out, .in = in, .tiles = tiles};
	c->width = width / tiles;
	c->height = height / tiles;
	area = c->width * c->height;
	c->scale = (float)(LEVELS - 1) / (float)(int32_t)area;
	if (limit > 0)
		c->most = (int32_t)fmin(fmax(limit * area / LEVELS, 1), INT32_MAX);
	c->table = memory;
	c->lut = (uint8_t *)(c->table + (size_t)(tiles + 1) * (tiles + 1) * LEVELS);
	c->column = (uint32_t *)(c->lut + (size_t)tiles * tiles * LEVELS);
	c->right = (float *)(c->column + shape->width);
	plan_columns(c, shape->width);
}

/* The levels of a row: its own samples where it is grey and nothing else. */
static const uint8_t *levels_of(const struct image *in, uint32_t y, uint8_t *room)
{
	const uint8_t *row = image_row(in, y);
	size_t step = in->shape.channels;

	if (step == 1)
		return row;
	if (step == 2)
		for (uint32_t x = 0; x < in->shape.width; x++)
			room[x] = row[2 * x];
	else
		kernels()->neighbour->luma(room, row, in->shape.width, step);
	return room;
}

static void count_row(const struct clahe *c, const uint8_t *level, int32_t (*histogram)[LEVELS])
{
	uint32_t pixels = c->in->shape.width, x = 0;

	for (uint32_t tile = 0; tile < c->tiles; tile++)
		for (uint32_t end = (tile + 1) * c->width; x < end; x++)
			histogram[tile]
				 [level[x < pixels ? x
						   : border_index(x, pixels, BORDER_REFLECT)]]++;
}

/* What exceeds the limit is cut, dealt to all levels alike, and what is left of it to evenly spaced ones. */
static void limit(int32_t *histogram, int32_t most)
{
	int32_t cut = 0, left;

	for (int i = 0; i < LEVELS; i++) {
		int32_t over = histogram[i] > most ? histogram[i] - most : 0;

		cut += over;
		histogram[i] -= over;
	}
	for (int i = 0; i < LEVELS; i++)
		histogram[i] += cut / LEVELS;
	left = cut % LEVELS;
	for (int i = 0, step = left ? LEVELS / left : 1; i < LEVELS && left; i += step, left--)
		histogram[i]++;
}

static void make_lut(const struct clahe *c, int32_t *histogram, uint8_t *lut)
{
	int32_t sum = 0;

	if (c->most)
		limit(histogram, c->most);
	for (int i = 0; i < LEVELS; i++) {
		float level;

		sum += histogram[i];
		level = rintf((float)sum * c->scale);
		lut[i] = level < 255 ? (uint8_t)level : 255;
	}
}

void clahe_tiles(struct clahe *c, uint32_t from, uint32_t to, void *share)
{
	int32_t histogram[CLAHE_TILES_MAX][LEVELS];

	for (uint32_t tile = from; tile < to; tile++) {
		memset(histogram, 0, sizeof *histogram * c->tiles);
		for (uint32_t y = tile * c->height; y < (tile + 1) * c->height; y++)
			count_row(c,
				levels_of(c->in,
					border_index(y, c->in->shape.height, BORDER_REFLECT),
					share),
				histogram);
		for (uint32_t x = 0; x < c->tiles; x++)
			make_lut(c, histogram[x], c->lut + ((size_t)tile * c->tiles + x) * LEVELS);
	}
}

/* The tile before or behind a border between tiles: at the image's edges the only one there is. */
static const uint8_t *lut_at(const struct clahe *c, uint32_t x, uint32_t y, bool right, bool below)
{
	x = right ? (x < c->tiles ? x : c->tiles - 1) : x ? x - 1 : 0;
	y = below ? (y < c->tiles ? y : c->tiles - 1) : y ? y - 1 : 0;
	return c->lut + ((size_t)y * c->tiles + x) * LEVELS;
}

void clahe_join(struct clahe *c)
{
	uint32_t *to = c->table;

	for (uint32_t y = 0; y <= c->tiles; y++) {
		for (uint32_t x = 0; x <= c->tiles; x++, to += LEVELS) {
			const uint8_t *a = lut_at(c, x, y, false, false),
				      *b = lut_at(c, x, y, true, false),
				      *d = lut_at(c, x, y, false, true),
				      *e = lut_at(c, x, y, true, true);

			for (int i = 0; i < LEVELS; i++)
				to[i] = a[i] | (uint32_t)b[i] << 8 | (uint32_t)d[i] << 16 |
					(uint32_t)e[i] << 24;
		}
	}
}

/* A row's colours moved by what its luma was; grey is what it became. */
static void put_row(const struct clahe *c, uint32_t y, const uint8_t *was, const uint8_t *is)
{
	const uint8_t *from = image_row(c->in, y);
	uint8_t *to = image_row(c->out, y);
	size_t step = c->in->shape.channels, pixels = c->in->shape.width;

	if (step > 2) {
		kernels()->neighbour->move_color(to, from, was, is, pixels, step);
		return;
	}
	for (size_t x = 0; x < pixels; x++) {
		to[2 * x] = is[x];
		to[2 * x + 1] = from[2 * x + 1];
	}
}

void clahe_rows(struct clahe *c, uint32_t from, uint32_t to, void *share)
{
	const struct shape *shape = &c->in->shape;
	float inverse = 1.0f / (float)c->height;
	uint8_t *room = share, *made = room + shape->width;

	for (uint32_t y = from; y < to; y++) {
		float at = (float)y * inverse - 0.5f, above = floorf(at);
		const uint32_t *table = c->table +
			(size_t)((int32_t)above + 1) * (c->tiles + 1) * LEVELS;
		const uint8_t *level = levels_of(c->in, y, room);
		uint8_t *row = shape->channels == 1 ? image_row(c->out, y) : made;

		kernels()->neighbour->clahe(
			row, level, shape->width, table, c->column, c->right, at - above);
		if (shape->channels > 1)
			put_row(c, y, level, made);
	}
}
