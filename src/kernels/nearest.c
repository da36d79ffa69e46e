/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/nearest.h"

#include <string.h>

void nearest_positions(uint32_t in, float from, float to, uint32_t out, uint32_t first,
	uint32_t count, uint32_t *position)
{
	float width = to - from; /* in float32: part of the contract */
	double step = (double)width / out, at = from + step * 0.5;

	/* Every step is added even where no output is wanted: the sum's rounding is part of the result. */
	for (uint32_t i = 0; i < first + count; i++) {
		if (i >= first)
			position[i - first] = at >= 0 && at < in ? (uint32_t)at : NEAREST_OUTSIDE;
		at += step;
	}
}

/* One row, its pixels copied as one value of their size where there is such a type. */
#define GATHER_LOOP(type)                                                                          \
	do {                                                                                       \
		const type *p = from;                                                              \
		type *q = to;                                                                      \
		for (uint32_t x = 0; x < width; x++)                                               \
			q[x] = xs[x] == NEAREST_OUTSIDE ? (type)0 : p[xs[x]];                      \
	} while (0)

static void gather_row(void *to, const void *from, const uint32_t *xs, uint32_t width, size_t size)
{
	if (size == 1) {
		GATHER_LOOP(uint8_t);
	} else if (size == 2) {
		GATHER_LOOP(uint16_t);
	} else {
		unsigned char *q = to;

		for (uint32_t x = 0; x < width; x++, q += size) {
			if (xs[x] == NEAREST_OUTSIDE)
				memset(q, 0, size);
			else
				memcpy(q, (const unsigned char *)from + xs[x] * size, size);
		}
	}
}

void nearest_gather(
	const struct image *out, const struct image *in, const uint32_t *xs, const uint32_t *ys)
{
	size_t size = shape_pixel_size(&in->shape), row = size * out->shape.width;

	for (uint32_t y = 0; y < out->shape.height; y++) {
		if (ys[y] == NEAREST_OUTSIDE)
			memset(image_row(out, y), 0, row);
		else if (y && ys[y] == ys[y - 1])
			memcpy(image_row(out, y), image_row(out, y - 1), row);
		else
			gather_row(image_row(out, y), image_row(in, ys[y]), xs, out->shape.width,
				size);
	}
}
