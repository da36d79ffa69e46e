/* SPDX-License-Identifier: Apache-2.0 */
/* Rows are laid one by one: the inside is one copy, the sides are one pixel repeated or looked up one by one. */
#include "kernels/border.h"

#include <string.h>

/* What is there already is copied behind itself, twice as much each time. */
static void repeat(unsigned char *to, const void *pixel, size_t size, uint32_t count)
{
	size_t whole = size * count;

	if (!count)
		return;
	memcpy(to, pixel, size);
	for (size_t done = size, more; done < whole; done += more) {
		more = done < whole - done ? done : whole - done;
		memcpy(to + done, to, more);
	}
}

void border_fill(const struct image *image, const void *pixel)
{
	repeat(image->data, pixel, shape_pixel_size(&image->shape), image->shape.width);
	for (uint32_t y = 1; y < image->shape.height; y++)
		memcpy(image_row(image, y), image->data, shape_row_size(&image->shape));
}

uint32_t border_index(int64_t at, uint32_t in, enum border_mode mode)
{
	int64_t period = mode == BORDER_REFLECT ? 2 * ((int64_t)in - 1) : 2 * (int64_t)in;

	if (at >= 0 && at < in)
		return (uint32_t)at;
	if (mode == BORDER_EDGE)
		return at < 0 ? 0 : in - 1;
	if (in == 1)
		return 0;
	at %= period;
	if (at < 0)
		at += period;
	if (at >= in)
		at = mode == BORDER_REFLECT ? period - at : period - 1 - at;
	return (uint32_t)at;
}

/* The columns of out that show in: from .. to - 1. */
struct inside {
	uint32_t from, to;
};

static struct inside inside_of(int64_t start, uint32_t out, uint32_t in)
{
	int64_t from = -start, to = (int64_t)in - start;

	if (from < 0)
		from = 0;
	if (to > out)
		to = out;
	if (from >= to)
		return (struct inside){out, out};
	return (struct inside){(uint32_t)from, (uint32_t)to};
}

/* Columns from .. to - 1 of one row, all outside. */
static void lay_side(unsigned char *to, const unsigned char *row, struct inside side, int64_t left,
	const struct image *in, enum border_mode mode, const void *pixel)
{
	size_t size = shape_pixel_size(&in->shape);

	if (mode == BORDER_CONSTANT) {
		repeat(to + side.from * size, pixel, size, side.to - side.from);
		return;
	}
	for (uint32_t x = side.from; x < side.to; x++)
		memcpy(to + x * size, row + border_index(x + left, in->shape.width, mode) * size,
			size);
}

static void lay_row(const struct image *out, uint32_t y, const struct image *in, uint32_t from,
	int64_t left, enum border_mode mode, const void *pixel)
{
	uint32_t width = out->shape.width;
	struct inside in_x = inside_of(left, width, in->shape.width);
	const unsigned char *row = image_row(in, from);
	size_t size = shape_pixel_size(&in->shape);
	unsigned char *to = image_row(out, y);

	lay_side(to, row, (struct inside){0, in_x.from}, left, in, mode, pixel);
	if (in_x.from < in_x.to)
		memcpy(to + in_x.from * size, row + ((int64_t)in_x.from + left) * (int64_t)size,
			(in_x.to - in_x.from) * size);
	lay_side(to, row, (struct inside){in_x.to, width}, left, in, mode, pixel);
}

void border_lay(const struct image *out, const struct image *in, int64_t left, int64_t top,
	enum border_mode mode, const void *pixel)
{
	for (uint32_t y = 0; y < out->shape.height; y++) {
		int64_t at = y + top;

		if (mode == BORDER_CONSTANT && (at < 0 || at >= in->shape.height))
			repeat(image_row(out, y), pixel, shape_pixel_size(&out->shape),
				out->shape.width);
		else
			lay_row(out, y, in, border_index(at, in->shape.height, mode), left, mode,
				pixel);
	}
}
