/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Predictions of a PNG's bytes, one at a time: all that portable C does, and what vector kernels do at the ends
 * of a row.
 */
#ifndef KERNELS_PNG_PREDICT_H
#define KERNELS_PNG_PREDICT_H

#include "kernels/png_kernels.h"

/*
 * The neighbour that is nearest to a + b - c; a before b before c where they are equally near. With a and b
 * sorted, lo is nearest when 2c - lo >= 2 hi - c, hi when 2c - hi <= 2 lo - c: two comparisons of
 * 3c - a - b, and nothing to branch on.
 */
static inline unsigned png_paeth(unsigned a, unsigned b, unsigned c)
{
	int lo = a < b ? (int)a : (int)b, hi = a < b ? (int)b : (int)a;
	int middle = 3 * (int)c - lo - hi;
	int above = hi <= middle ? lo : (int)c;

	return (unsigned)(middle <= lo ? hi : above);
}

static inline unsigned png_predict(enum png_filter type, unsigned a, unsigned b, unsigned c)
{
	switch (type) {
	case PNG_SUB:
		return a;
	case PNG_UP:
		return b;
	case PNG_AVERAGE:
		return (a + b) >> 1;
	case PNG_PAETH:
		return png_paeth(a, b, c);
	default:
		return 0;
	}
}

static inline unsigned png_magnitude(uint8_t difference)
{
	return difference < 128 ? difference : 256u - difference;
}

/* score() of bytes [from, to), added to sums. */
static inline void png_score_part(const uint8_t *row, const uint8_t *prior, size_t from, size_t to,
	unsigned bpp, uint64_t sums[PNG_FILTERS])
{
	for (size_t x = from; x < to; x++) {
		unsigned a = x < bpp ? 0 : row[x - bpp], b = prior[x],
			 c = x < bpp ? 0 : prior[x - bpp];

		for (int type = PNG_NONE; type < PNG_FILTERS; type++)
			sums[type] += png_magnitude((uint8_t)(row[x] - png_predict(type, a, b, c)));
	}
}

static inline void png_filter_part(enum png_filter type, const uint8_t *row, const uint8_t *prior,
	size_t from, size_t to, unsigned bpp, uint8_t *out)
{
	for (size_t x = from; x < to; x++) {
		unsigned a = x < bpp ? 0 : row[x - bpp], b = prior[x],
			 c = x < bpp ? 0 : prior[x - bpp];

		out[x] = (uint8_t)(row[x] - png_predict(type, a, b, c));
	}
}

static inline void png_unfilter_part(enum png_filter type, const uint8_t *raw, const uint8_t *prior,
	size_t from, size_t to, unsigned bpp, uint8_t *out)
{
	for (size_t x = from; x < to; x++) {
		unsigned a = x < bpp ? 0 : out[x - bpp], b = prior[x],
			 c = x < bpp ? 0 : prior[x - bpp];

		out[x] = (uint8_t)(raw[x] + png_predict(type, a, b, c));
	}
}

/* unfilter_four() as its definition has it: a row after the other. */
static inline void png_unfilter_each(const struct png_kernels *png,
	const uint8_t types[PNG_TOGETHER], const uint8_t *const raw[PNG_TOGETHER],
	const uint8_t *prior, size_t size, unsigned bpp, uint8_t *const out[PNG_TOGETHER])
{
	for (int i = 0; i < PNG_TOGETHER; i++) {
		png->unfilter((enum png_filter)types[i], raw[i], prior, size, bpp, out[i]);
		prior = out[i];
	}
}

#endif
