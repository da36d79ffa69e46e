/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are cut into runs of pixels that are all inside or all outside, so that kernels test nothing. In fixed point
 * the run of a row follows from integer division; else places are made a block at a time, with a bit for each that
 * is inside.
 */
#include "kernels/warp.h"

#include "kernels/dispatch.h"
#include "kernels/filter.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	PIXEL_MAX = 8, /* bytes: four samples of 16 bits */
	TILE_ROWS = 32, /* of output: see placed_rows */
};

struct warp {
	const struct warp_map *map;
	const struct warp_kernels *kernels;
	warp_sample_fn *sample;
	const struct image *out, *in;
	size_t pixel; /* its size */
	unsigned char fill[WARP_BLOCK * PIXEL_MAX]; /* a block of it */
};

static void fill_run(const struct warp *w, unsigned char *to, uint32_t count)
{
	for (; count > WARP_BLOCK; count -= WARP_BLOCK, to += WARP_BLOCK * w->pixel)
		memcpy(to, w->fill, WARP_BLOCK * w->pixel);
	memcpy(to, w->fill, count * w->pixel);
}

/* How many bits from bit i on are as bit i is. */
static unsigned run_of(uint64_t bits, unsigned i, unsigned count)
{
	uint64_t other = (bits >> i & 1 ? ~bits : bits) >> i;
	unsigned run = other ? (unsigned)__builtin_ctzll(other) : count - i;

	return run < count - i ? run : count - i;
}

static void paint_block(const struct warp *w, unsigned char *to, const struct warp_places *places,
	uint64_t inside, unsigned count)
{
	for (unsigned i = 0, run; i < count; i += run) {
		run = run_of(inside, i, count);
		if (inside >> i & 1)
			w->sample(to + i * w->pixel, w->in, places->u + i, places->v + i, run);
		else
			fill_run(w, to + i * w->pixel, run);
	}
}

static unsigned block_at(const struct warp *w, uint32_t x)
{
	uint32_t rest = w->out->shape.width - x;

	return rest < WARP_BLOCK ? rest : WARP_BLOCK;
}

static void placed_block(const struct warp *w, uint32_t x, uint32_t y)
{
	unsigned count = block_at(w, x);
	struct warp_places places;
	uint64_t inside = w->kernels->places(w->map, &w->in->shape, x, y, count, &places);

	paint_block(
		w, (unsigned char *)image_row(w->out, y) + x * w->pixel, &places, inside, count);
}

/*
 * In tiles: a row of output may cross as many source rows as it has pixels, and they would be out of cache, and their
 * pages out of mind, before the next row of output comes back to them.
 */
static void placed_rows(const struct warp *w, uint32_t y, uint32_t rows)
{
	for (uint32_t end = y + rows; y < end; y += TILE_ROWS) {
		uint32_t stop = end - y < TILE_ROWS ? end : y + TILE_ROWS;

		for (uint32_t x = 0; x < w->out->shape.width; x += WARP_BLOCK)
			for (uint32_t row = y; row < stop; row++)
				placed_block(w, x, row);
	}
}

/* One row of places that are added up: the sums' rounding is part of the result. */
static void summed_row(const struct warp *w, unsigned char *to, double u, double v)
{
	struct warp_places places;

	for (uint32_t x = 0, count; x < w->out->shape.width; x += count) {
		uint64_t inside = 0;

		count = block_at(w, x);
		for (unsigned i = 0; i < count; i++, u += w->map->m[0], v += w->map->m[3]) {
			places.u[i] = u;
			places.v[i] = v;
			if (u >= 0 && u < w->in->shape.width && v >= 0 && v < w->in->shape.height)
				inside |= (uint64_t)1 << i;
		}
		paint_block(w, to + x * w->pixel, &places, inside, count);
	}
}

static void summed_rows(const struct warp *w, uint32_t y, uint32_t rows)
{
	const double *m = w->map->m;
	double u = m[2] + m[0] * 0.5 + m[1] * 0.5, v = m[5] + m[3] * 0.5 + m[4] * 0.5;

	for (uint32_t row = 0; row < y + rows; row++, u += m[1], v += m[4])
		if (row >= y)
			summed_row(w, image_row(w->out, row), u, v);
}

static bool fits(const double *m, double x, double y)
{
	return fabs(m[0] * x + m[1] * y + m[2]) < 32768 && fabs(m[3] * x + m[4] * y + m[5]) < 32768;
}

static bool fits_fixed(const struct warp_map *map, const struct shape *out)
{
	double w = out->width, h = out->height;

	return fits(map->m, 0, 0) && fits(map->m, w, h) && fits(map->m, 0, h) && fits(map->m, w, 0);
}

/* 16.16; steps between corners that fit are below 2^32, wherever they are used. */
static int64_t fixed(double value)
{
	return (int64_t)floor(value * 65536 + 0.5);
}

struct columns {
	int64_t from, to;
};

/* a / b, rounded up; b above 0. */
static int64_t over_up(int64_t a, int64_t b)
{
	return a > 0 ? (a - 1) / b + 1 : -(-a / b);
}

/* Cuts run to the columns x for which 0 <= at + x step < limit. */
static void cut_columns(struct columns *run, int64_t at, int64_t step, int64_t limit)
{
	int64_t from = run->from, to = run->to;

	if (step > 0) {
		from = over_up(-at, step);
		to = over_up(limit - at, step);
	} else if (step < 0) {
		from = over_up(at - limit + 1, -step);
		to = over_up(at + 1, -step);
	} else if (at < 0 || at >= limit) {
		to = from;
	}
	run->from = from > run->from ? from : run->from;
	run->to = to < run->to ? to : run->to;
	if (run->to < run->from)
		run->from = run->to = 0;
}

/* The end of an axis in fixed point; what lies beyond 32 bits counts as before the start. */
static int64_t fixed_limit(uint32_t size)
{
	return size < 32768 ? (int64_t)size << 16 : (int64_t)1 << 31;
}

/* Rows as they come: a step is so cheap that tiles, which end in shorter runs, gain nothing. */
static void fixed_rows(const struct warp *w, uint32_t y, uint32_t rows)
{
	const double *m = w->map->m;
	int64_t du = fixed(m[0]), dv = fixed(m[3]);
	int64_t u = fixed(m[2] + m[0] * 0.5 + m[1] * 0.5) + y * fixed(m[1]);
	int64_t v = fixed(m[5] + m[3] * 0.5 + m[4] * 0.5) + y * fixed(m[4]);

	for (uint32_t end = y + rows; y < end; y++, u += fixed(m[1]), v += fixed(m[4])) {
		unsigned char *to = image_row(w->out, y);
		struct columns run = {0, w->out->shape.width};

		cut_columns(&run, u, du, fixed_limit(w->in->shape.width));
		cut_columns(&run, v, dv, fixed_limit(w->in->shape.height));
		fill_run(w, to, (uint32_t)run.from);
		if (run.from < run.to)
			w->kernels->fixed(to + (size_t)run.from * w->pixel, w->in,
				(uint32_t)(u + run.from * du), (uint32_t)(v + run.from * dv),
				(uint32_t)du, (uint32_t)dv, (uint32_t)(run.to - run.from));
		fill_run(w, to + (size_t)run.to * w->pixel, w->out->shape.width - (uint32_t)run.to);
	}
}

bool warp_only_scales(const struct warp_map *map)
{
	return map->flat && map->m[1] == 0 && map->m[3] == 0;
}

static void warp_init(struct warp *w, uint8_t filter, const void *fill)
{
	bool deep = w->in->shape.sample == SAMPLE_U16;

	w->kernels = deep ? kernels()->warp_u16 : kernels()->warp_u8;
	w->sample = filter == FILTER_NEAREST ? w->kernels->nearest
		: filter == FILTER_BILINEAR  ? w->kernels->bilinear
					     : w->kernels->bicubic;
	w->pixel = shape_pixel_size(&w->in->shape);
	assert(w->pixel <= PIXEL_MAX);
	for (unsigned i = 0; i < WARP_BLOCK; i++)
		memcpy(w->fill + i * w->pixel, fill, w->pixel);
}

void warp_rows(const struct warp_map *map, uint8_t filter, const struct image *out,
	const struct image *in, const void *fill, uint32_t y, uint32_t rows)
{
	struct warp w = {.map = map, .out = out, .in = in};

	warp_init(&w, filter, fill);
	if (filter != FILTER_NEAREST || !map->flat)
		placed_rows(&w, y, rows);
	else if (fits_fixed(map, &out->shape))
		fixed_rows(&w, y, rows);
	else
		summed_rows(&w, y, rows);
}
