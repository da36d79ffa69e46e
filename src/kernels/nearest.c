/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/nearest.h"

#include <string.h>

void nearest_steps(
	double at, double step, uint32_t in, uint32_t first, uint32_t count, uint32_t *position)
{
	/* Every step is added even where no output is wanted: the sum's rounding is part of the result. */
	for (uint32_t i = 0; i < first + count; i++) {
		if (i >= first)
			position[i - first] = at >= 0 && at < in ? (uint32_t)at : NEAREST_OUTSIDE;
		at += step;
	}
}

void nearest_positions(uint32_t in, float from, float to, uint32_t out, uint32_t first,
	uint32_t count, uint32_t *position)
{
	float width = to - from; /* in float32: part of the contract */
	double step = (double)width / out;

	nearest_steps(from + step * 0.5, step, in, first, count, position);
}

/* The columns that are inside, a run as positions go one way; and those of them before the last source column. */
struct columns {
	uint32_t from, to, wide_to;
};

static struct columns columns_of(const uint32_t *xs, uint32_t width, uint32_t last)
{
	struct columns c = {0, width, 0};

	while (c.to && xs[c.to - 1] == NEAREST_OUTSIDE)
		c.to--;
	while (c.from < c.to && xs[c.from] == NEAREST_OUTSIDE)
		c.from++;
	for (c.wide_to = c.from; c.wide_to < c.to && xs[c.wide_to] < last;)
		c.wide_to++;
	return c;
}

/*
 * Pixels of constant size: the compiler turns each copy into one move, of `moved` bytes: a pixel, or a little more
 * where the next pixel, of source and of output, lies behind.
 */
static inline __attribute__((always_inline)) void gather(unsigned char *to,
	const unsigned char *from, const uint32_t *xs, uint32_t x, uint32_t end, const size_t size,
	const size_t moved)
{
	for (; x < end; x++)
		memcpy(to + x * size, from + xs[x] * size, moved);
}

static void gather_row(unsigned char *to, const unsigned char *from, const uint32_t *xs,
	const struct columns *c, size_t size)
{
	switch (size) {
	case 1:
		gather(to, from, xs, c->from, c->to, 1, 1);
		break;
	case 2:
		gather(to, from, xs, c->from, c->to, 2, 2);
		break;
	case 3:
		if (c->wide_to > c->from)
			gather(to, from, xs, c->from, c->wide_to - 1, 3, 4);
		gather(to, from, xs, c->wide_to > c->from ? c->wide_to - 1 : c->from, c->to, 3, 3);
		break;
	case 4:
		gather(to, from, xs, c->from, c->to, 4, 4);
		break;
	default:
		gather(to, from, xs, c->from, c->to, size, size);
	}
}

/* The first pixel, then what there is so far, again and again. */
static void fill(unsigned char *to, uint32_t pixels, const void *pixel, size_t size)
{
	size_t all = pixels * size, done = size;

	if (!pixels)
		return;
	memcpy(to, pixel, size);
	for (; done < all; done *= 2)
		memcpy(to + done, to, done < all - done ? done : all - done);
}

void nearest_gather(const struct image *out, const struct image *in, const uint32_t *xs,
	const uint32_t *ys, const void *outside)
{
	size_t size = shape_pixel_size(&in->shape);
	uint32_t width = out->shape.width;
	struct columns c = columns_of(xs, width, in->shape.width - 1);

	for (uint32_t y = 0; y < out->shape.height; y++) {
		unsigned char *to = image_row(out, y), *before = y ? image_row(out, y - 1) : to;

		if (y && ys[y] == ys[y - 1]) {
			memcpy(to, before, size * width);
			continue;
		}
		if (!y || ys[y] == NEAREST_OUTSIDE) {
			fill(to, width, outside, size);
		} else { /* what is outside is so in every row */
			memcpy(to, before, size * c.from);
			memcpy(to + size * c.to, before + size * c.to, size * (width - c.to));
		}
		if (ys[y] != NEAREST_OUTSIDE)
			gather_row(to, image_row(in, ys[y]), xs, &c, size);
	}
}
