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

/* One row of pixels of constant size: the compiler turns each copy into one or two moves. */
static inline __attribute__((always_inline)) void gather(unsigned char *to,
	const unsigned char *from, const uint32_t *xs, uint32_t width, const void *outside,
	const size_t size)
{
	for (uint32_t x = 0; x < width; x++, to += size)
		memcpy(to, xs[x] == NEAREST_OUTSIDE ? outside : from + xs[x] * size, size);
}

static void gather_row(void *to, const void *from, const uint32_t *xs, uint32_t width,
	const void *outside, size_t size)
{
	switch (size) {
	case 1:
		gather(to, from, xs, width, outside, 1);
		break;
	case 2:
		gather(to, from, xs, width, outside, 2);
		break;
	case 3:
		gather(to, from, xs, width, outside, 3);
		break;
	case 4:
		gather(to, from, xs, width, outside, 4);
		break;
	default:
		gather(to, from, xs, width, outside, size);
	}
}

static void fill_row(unsigned char *to, uint32_t width, const void *pixel, size_t size)
{
	for (uint32_t x = 0; x < width; x++, to += size)
		memcpy(to, pixel, size);
}

void nearest_gather(const struct image *out, const struct image *in, const uint32_t *xs,
	const uint32_t *ys, const void *outside)
{
	size_t size = shape_pixel_size(&in->shape), row = size * out->shape.width;

	for (uint32_t y = 0; y < out->shape.height; y++) {
		if (y && ys[y] == ys[y - 1])
			memcpy(image_row(out, y), image_row(out, y - 1), row);
		else if (ys[y] == NEAREST_OUTSIDE)
			fill_row(image_row(out, y), out->shape.width, outside, size);
		else
			gather_row(image_row(out, y), image_row(in, ys[y]), xs, out->shape.width,
				outside, size);
	}
}
