/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/values.h"

#include "kernels/dispatch.h"

#include <assert.h>
#include <string.h>

static const struct value_kernels *kernels_for(const struct image *image)
{
	return image->shape.sample == SAMPLE_U8 ? kernels()->values_u8 : kernels()->values_u16;
}

static void look_up_u16(const struct image *out, const struct image *in, uint32_t y,
	const uint16_t *table, bool each)
{
	const unsigned channels = in->shape.channels, colors = values_colors(&in->shape);
	const uint16_t *from = image_row(in, y);
	uint16_t *to = image_row(out, y);

	for (uint32_t x = 0; x < in->shape.width; x++, to += channels, from += channels) {
		for (unsigned c = 0; c < colors; c++)
			to[c] = table[(each ? 65536 * c : 0) + from[c]];
		if (channels > colors)
			to[colors] = from[colors];
	}
}

static void narrow(uint8_t to[3][256], const uint16_t *table, unsigned tables)
{
	for (unsigned c = 0; c < tables; c++)
		for (int i = 0; i < 256; i++)
			to[c][i] = (uint8_t)table[256 * c + i];
}

void values_look_up(
	const struct image *out, const struct image *in, const uint16_t *table, bool each)
{
	const struct lut_kernels *lut = kernels()->lut;
	const int channels = in->shape.channels;
	uint8_t small[3][256];

	each = each && channels > 2;
	if (in->shape.sample == SAMPLE_U8)
		narrow(small, table, each ? 3 : 1);
	for (uint32_t y = 0; y < in->shape.height; y++) {
		if (in->shape.sample != SAMPLE_U8)
			look_up_u16(out, in, y, table, each);
		else if (each)
			lut->each(image_row(out, y), image_row(in, y), in->shape.width, channels,
				small);
		else
			lut->one(image_row(out, y), image_row(in, y), in->shape.width, channels,
				small[0]);
	}
}

static void count_u8(const struct image *in, uint32_t *count)
{
	uint32_t turns[COUNT_TURNS][3][256] = {0};

	for (uint32_t y = 0; y < in->shape.height; y++)
		kernels()->values_u8->count(
			image_row(in, y), in->shape.width, in->shape.channels, turns);
	for (unsigned c = 0; c < values_colors(&in->shape); c++)
		for (int i = 0; i < 256; i++)
			count[256 * c + i] = turns[0][c][i] + turns[1][c][i] + turns[2][c][i] +
				turns[3][c][i];
}

static void count_u16(const struct image *in, uint32_t *count)
{
	const unsigned channels = in->shape.channels, colors = values_colors(&in->shape);

	memset(count, 0, sizeof *count * 65536 * colors);
	for (uint32_t y = 0; y < in->shape.height; y++) {
		const uint16_t *row = image_row(in, y);

		for (uint32_t x = 0; x < in->shape.width; x++, row += channels)
			for (unsigned c = 0; c < colors; c++)
				count[65536 * c + row[c]]++;
	}
}

void values_count(const struct image *in, uint32_t *count)
{
	if (in->shape.sample == SAMPLE_U8)
		count_u8(in, count);
	else
		count_u16(in, count);
}

uint32_t values_grey_mean(const struct image *in)
{
	const struct value_kernels *k = kernels_for(in);
	uint64_t pixels = (uint64_t)in->shape.width * in->shape.height, sum = 0;

	for (uint32_t y = 0; y < in->shape.height; y++)
		sum += k->grey_sum(image_row(in, y), in->shape.width, in->shape.channels);
	return (uint32_t)((2 * sum + pixels) / (2 * pixels));
}

void values_saturate(const struct image *out, const struct image *in, float factor)
{
	const struct value_kernels *k = kernels_for(in);

	for (uint32_t y = 0; y < in->shape.height; y++)
		k->saturate(image_row(out, y), image_row(in, y), in->shape.width,
			in->shape.channels, factor);
}

void values_mix(const struct image *out, const struct image *in, const int16_t coefficient[3][3])
{
	const struct value_kernels *k = kernels_for(in);

	for (uint32_t y = 0; y < in->shape.height; y++)
		k->mix(image_row(out, y), image_row(in, y), in->shape.width, in->shape.channels,
			coefficient);
}

void values_reorder(const struct image *out, const struct image *in, const uint8_t order[3])
{
	const struct value_kernels *k = kernels_for(in);

	for (uint32_t y = 0; y < in->shape.height; y++)
		k->reorder(image_row(out, y), image_row(in, y), in->shape.width, in->shape.channels,
			order);
}

void values_turn_hue(const struct image *out, const struct image *in, uint8_t shift)
{
	const struct value_kernels *k = kernels_for(in);

	assert(k->turn_hue);
	for (uint32_t y = 0; y < in->shape.height; y++)
		k->turn_hue(image_row(out, y), image_row(in, y), in->shape.width,
			in->shape.channels, shift);
}

void values_sharpen(const struct image *out, const struct image *in, float factor)
{
	const struct value_kernels *k = kernels_for(in);
	const uint32_t height = in->shape.height;

	if (in->shape.width < 3 || height < 3) {
		image_copy(out, in);
		return;
	}
	for (uint32_t y = 0; y < height; y++) {
		const void *rows[3];

		if (y == 0 || y == height - 1) {
			memcpy(image_row(out, y), image_row(in, y), shape_row_size(&in->shape));
			continue;
		}
		for (uint32_t i = 0; i < 3; i++)
			rows[i] = image_row(in, y + i - 1);
		k->sharpen(image_row(out, y), rows, in->shape.width, in->shape.channels, factor);
	}
}
