/* SPDX-License-Identifier: Apache-2.0 */
/* PNG's filters in portable C, and the oracle of the others. Each case is a loop of its own to the compiler. */
#include "kernels/png_predict.h"

#include <string.h>

static void score(const uint8_t *row, const uint8_t *prior, size_t size, unsigned bpp,
	uint64_t sums[PNG_FILTERS])
{
	memset(sums, 0, PNG_FILTERS * sizeof *sums);
	png_score_part(row, prior, 0, bpp, bpp, sums);
	png_score_part(row, prior, bpp, size, bpp, sums);
}

static void filter(enum png_filter type, const uint8_t *row, const uint8_t *prior, size_t size,
	unsigned bpp, uint8_t *out)
{
	png_filter_part(type, row, prior, 0, bpp, bpp, out);
	switch (type) {
	case PNG_SUB:
		png_filter_part(PNG_SUB, row, prior, bpp, size, bpp, out);
		return;
	case PNG_UP:
		png_filter_part(PNG_UP, row, prior, bpp, size, bpp, out);
		return;
	case PNG_AVERAGE:
		png_filter_part(PNG_AVERAGE, row, prior, bpp, size, bpp, out);
		return;
	case PNG_PAETH:
		png_filter_part(PNG_PAETH, row, prior, bpp, size, bpp, out);
		return;
	default:
		memcpy(out, row, size);
	}
}

static void unfilter(enum png_filter type, const uint8_t *raw, const uint8_t *prior, size_t size,
	unsigned bpp, uint8_t *out)
{
	png_unfilter_part(type, raw, prior, 0, bpp, bpp, out);
	switch (type) {
	case PNG_SUB:
		png_unfilter_part(PNG_SUB, raw, prior, bpp, size, bpp, out);
		return;
	case PNG_UP:
		png_unfilter_part(PNG_UP, raw, prior, bpp, size, bpp, out);
		return;
	case PNG_AVERAGE:
		png_unfilter_part(PNG_AVERAGE, raw, prior, bpp, size, bpp, out);
		return;
	case PNG_PAETH:
		png_unfilter_part(PNG_PAETH, raw, prior, bpp, size, bpp, out);
		return;
	default:
		if (out != raw)
			memcpy(out, raw, size);
	}
}

/* Bytes that depend on each other leave a scalar unit busy enough. */
static void unfilter_four(const uint8_t types[PNG_TOGETHER], const uint8_t *const raw[PNG_TOGETHER],
	const uint8_t *prior, size_t size, unsigned bpp, uint8_t *const out[PNG_TOGETHER])
{
	png_unfilter_each(&png_kernels_c, types, raw, prior, size, bpp, out);
}

const struct png_kernels png_kernels_c = {
	.name = "c",
	.score = score,
	.filter = filter,
	.unfilter = unfilter,
	.unfilter_four = unfilter_four,
};
