/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/png_filter.h"

#include "kernels/dispatch.h"

#include <string.h>

uint64_t png_filtered_size(const struct shape *shape)
{
	return (shape_row_size(shape) + 1) * (uint64_t)shape->height;
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

void png_filter_image(
	const struct image *image, enum png_strategy strategy, uint8_t *out, uint8_t *scratch)
{
	const struct png_kernels *png = kernels()->png;
	const size_t size = shape_row_size(&image->shape);
	const unsigned bpp = (unsigned)shape_pixel_size(&image->shape);
	const uint8_t *prior = scratch + size;

	memset(scratch + size, 0, size);
	for (uint32_t y = 0; y < image->shape.height; y++, out += size + 1) {
		const uint8_t *row = image_row(image, y);
		enum png_filter type;

		if (image->shape.sample == SAMPLE_U16) {
			uint8_t *turned = scratch + (y & 1) * size;

			high_byte_first(image_row(image, y), size, turned);
			row = turned;
		}
		type = choose(png, strategy, row, prior, size, bpp);
		out[0] = (uint8_t)type;
		png->filter(type, row, prior, size, bpp, out + 1);
		prior = row;
	}
}
