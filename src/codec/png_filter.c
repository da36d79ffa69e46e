/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/png_filter.h"

#include "kernels/dispatch.h"

#include <string.h>

static bool is_packed(uint8_t bits)
{
	return bits && bits < 8;
}

/* Bytes of a row in the file, without its filter. */
static size_t stored_row_size(const struct shape *shape, uint8_t bits)
{
	return is_packed(bits) ? ((size_t)shape->width * bits + 7) / 8 : shape_row_size(shape);
}

uint64_t png_filtered_size(const struct shape *shape, uint8_t bits)
{
	return (stored_row_size(shape, bits) + 1) * (uint64_t)shape->height;
}

uint64_t png_filter_scratch(const struct shape *shape)
{
	return 2 * (uint64_t)shape_row_size(shape);
}

/* The least sum's filter; of equal ones the first. */
static enum png_filter choose(const struct png_kernels *kernels, enum png_strategy strategy,
	const uint8_t *row, const uint8_t *prior, size_t size, unsigned bpp)
{
	uint64_t sums[PNG_FILTERS];
	enum png_filter best = PNG_NONE;

	if (strategy != PNG_STRATEGY_LEAST)
		return strategy == PNG_STRATEGY_PAETH ? PNG_PAETH : PNG_NONE;
	kernels->score(row, prior, size, bpp, sums);
	for (int type = PNG_SUB; type < PNG_FILTERS; type++)
		best = sums[type] < sums[best] ? (enum png_filter)type : best;
	return best;
}

static void high_byte_first(const uint16_t *from, size_t size, uint8_t *to)
{
	for (size_t i = 0; i < size / 2; i++) {
		to[2 * i] = (uint8_t)(from[i] >> 8);
		to[2 * i + 1] = (uint8_t)from[i];
	}
}

/* The first sample in the highest bits. */
static void pack(const uint8_t *from, uint32_t width, uint8_t bits, uint8_t *to)
{
	unsigned byte = 0, used = 0;

	for (uint32_t x = 0; x < width; x++) {
		byte = byte << bits | from[x];
		used += bits;
		if (used < 8)
			continue;
		*to++ = (uint8_t)byte;
		byte = used = 0;
	}
	if (used)
		*to = (uint8_t)(byte << (8 - used));
}

/* Row y as it lies in the file: where it lies, or made in `to`. */
static const uint8_t *stored_row(
	const struct image *image, uint32_t y, uint8_t bits, size_t size, uint8_t *to)
{
	const void *row = image_row(image, y);

	if (is_packed(bits))
		pack(row, image->shape.width, bits, to);
	else if (image->shape.sample == SAMPLE_U16)
		high_byte_first(row, size, to);
	else
		return row;
	return to;
}

void png_filter_image(const struct image *image, uint8_t bits, enum png_strategy strategy,
	uint8_t *out, uint8_t *scratch)
{
	const struct png_kernels *png = kernels()->png;
	const size_t size = stored_row_size(&image->shape, bits);
	const unsigned bpp = (unsigned)shape_pixel_size(&image->shape);
	const uint8_t *prior = scratch + size;

	memset(scratch + size, 0, size);
	for (uint32_t y = 0; y < image->shape.height; y++, out += size + 1) {
		const uint8_t *row = stored_row(image, y, bits, size, scratch + (y & 1) * size);
		enum png_filter type;

		type = choose(png, strategy, row, prior, size, bpp);
		out[0] = (uint8_t)type;
		png->filter(type, row, prior, size, bpp, out + 1);
		prior = row;
	}
}
