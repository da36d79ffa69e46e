/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four rows of a PNG unfiltered at once with AVX2, each one pixel behind the row above it:
 *
 *	row 0    . . . x          at each step a register holds a pixel of each row, a byte in a word; what they make is
 *	row 1    . . x            the next step's pixel to the left of each row and, one row further down, the pixel
 *	row 2    . x              above, whose last value is the one above on the left
 *	row 3    x
 *
 * A filter is Paeth's with some neighbours taken as zeros: none of them for None, the left one alone for Sub, the one
 * above alone for Up. Only the average has to be chosen beside it.
 */
#include "kernels/png_predict.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define PNG_INLINE static inline __attribute__((always_inline))

enum {
	ROWS = PNG_TOGETHER,
	SIZE_MIN = 64 /* bytes; shorter rows are not worth a beginning and an end */
};

struct rows {
	const uint8_t *raw[ROWS], *prior;
	uint8_t *out[ROWS];
	size_t pixels;
	__m256i left, above, corner,
		average; /* rows that look there, or take the average: all ones */
};

/* What goes from step to step, in words: the pixels just made, and those above them. */
struct state {
	__m256i a, b;
};

PNG_INLINE uint32_t pixel_at(const uint8_t *row, size_t x, const unsigned bpp, const bool wide)
{
	uint32_t pixel = 0;

	memcpy(&pixel, row + x * bpp, wide ? 4 : bpp);
	return pixel;
}

/* Row k's pixel at step - k. */
PNG_INLINE __m256i gather(const struct rows *r, size_t step, const unsigned bpp)
{
	__m128i four = _mm_cvtsi32_si128((int)pixel_at(r->raw[0], step, bpp, true));

	four = _mm_insert_epi32(four, (int)pixel_at(r->raw[1], step - 1, bpp, true), 1);
	four = _mm_insert_epi32(four, (int)pixel_at(r->raw[2], step - 2, bpp, true), 2);
	four = _mm_insert_epi32(four, (int)pixel_at(r->raw[3], step - 3, bpp, true), 3);
	return _mm256_cvtepu8_epi16(four);
}

/* The prediction as png_paeth() has it; `mixed`: other filters than that, too; `average`: that among them. */
PNG_INLINE struct state turn(const struct rows *r, struct state s, __m256i raw, uint32_t prior,
	const bool mixed, const bool average)
{
	const __m256i first = _mm256_castsi128_si256(
		_mm_cvtepu8_epi16(_mm_cvtsi32_si128((int)prior)));
	const __m256i moved = _mm256_permute4x64_epi64(s.a, _MM_SHUFFLE(2, 1, 0, 0));
	const __m256i up = _mm256_blend_epi32(moved, first, 3);
	const __m256i a = mixed ? _mm256_and_si256(s.a, r->left) : s.a;
	const __m256i b = mixed ? _mm256_and_si256(up, r->above) : up;
	const __m256i c = mixed ? _mm256_and_si256(s.b, r->corner) : s.b;
	const __m256i thrice = _mm256_add_epi16(c, _mm256_add_epi16(c, c));
	const __m256i lo = _mm256_min_epi16(a, b), hi = _mm256_max_epi16(a, b);
	const __m256i middle = _mm256_sub_epi16(_mm256_sub_epi16(thrice, b), a);
	const __m256i lo_or_c = _mm256_blendv_epi8(lo, c, _mm256_cmpgt_epi16(hi, middle));
	__m256i guess = _mm256_blendv_epi8(hi, lo_or_c, _mm256_cmpgt_epi16(middle, lo));

	if (average)
		guess = _mm256_blendv_epi8(
			guess, _mm256_srli_epi16(_mm256_add_epi16(a, b), 1), r->average);
	return (struct state){_mm256_add_epi8(raw, guess), up}; /* the words' high bytes stay 0 */
}

PNG_INLINE void pack(__m256i words, uint32_t pixel[ROWS])
{
	const __m256i bytes = _mm256_packus_epi16(words, words);
	const __m128i low = _mm256_castsi256_si128(bytes),
		      high = _mm256_extracti128_si256(bytes, 1);

	pixel[0] = (uint32_t)_mm_cvtsi128_si32(low);
	pixel[1] = (uint32_t)_mm_extract_epi32(low, 1);
	pixel[2] = (uint32_t)_mm_cvtsi128_si32(high);
	pixel[3] = (uint32_t)_mm_extract_epi32(high, 1);
}

static bool inside(const struct rows *r, size_t step, unsigned k)
{
	return step >= k && step - k < r->pixels;
}

/* A step at the rows' beginning or end, where not all rows have a pixel. raw may differ from what lies there. */
PNG_INLINE struct state edge(const struct rows *r, struct state s, size_t step, __m256i raw,
	const unsigned bpp, const bool mixed, const bool average)
{
	uint32_t prior = step < r->pixels ? pixel_at(r->prior, step, bpp, false) : 0;
	uint32_t pixel[ROWS];
	uint64_t active[ROWS];

	s = turn(r, s, raw, prior, mixed, average);
	pack(s.a, pixel);
	for (unsigned k = 0; k < ROWS; k++) {
		active[k] = inside(r, step, k) ? UINT64_MAX : 0;
		if (active[k])
			memcpy(r->out[k] + (step - k) * bpp, &pixel[k], bpp);
	}
	/* To the left of a row's beginning there are zeros. */
	s.a = _mm256_and_si256(s.a, _mm256_loadu_si256((const __m256i *)active));
	return s;
}

PNG_INLINE __m256i gather_edge(const struct rows *r, size_t step, const unsigned bpp)
{
	uint32_t pixel[ROWS];

	for (unsigned k = 0; k < ROWS; k++)
		pixel[k] = inside(r, step, k) ? pixel_at(r->raw[k], step - k, bpp, false) : 0;
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)pixel));
}

/*
 * Four bytes are stored where a pixel has two or three: the next one is read before it is overwritten, as rows may be
 * unfiltered in place.
 */
PNG_INLINE void undo_four(
	const struct rows *r, const unsigned bpp, const bool mixed, const bool average)
{
	struct state s = {_mm256_setzero_si256(), _mm256_setzero_si256()};
	size_t step = 0;
	__m256i raw;

	for (; step < ROWS - 1; step++)
		s = edge(r, s, step, gather_edge(r, step, bpp), bpp, mixed, average);
	raw = gather(r, step, bpp);
	for (; step + 2 < r->pixels; step++) {
		const __m256i next = gather(r, step + 1, bpp);
		uint32_t pixel[ROWS];

		s = turn(r, s, raw, pixel_at(r->prior, step, bpp, true), mixed, average);
		pack(s.a, pixel);
		for (unsigned k = 0; k < ROWS; k++)
			memcpy(r->out[k] + (step - k) * bpp, &pixel[k], 4);
		raw = next;
	}
	for (; step < r->pixels + ROWS - 1; step++) {
		s = edge(r, s, step, raw, bpp, mixed, average);
		raw = gather_edge(r, step + 1, bpp);
	}
}

PNG_INLINE void undo_four_as(
	const struct rows *r, const unsigned bpp, const bool mixed, const bool average)
{
	if (average)
		undo_four(r, bpp, true, true);
	else if (mixed)
		undo_four(r, bpp, true, false);
	else
		undo_four(r, bpp, false, false);
}

static __m256i rows_where(const bool is[ROWS])
{
	return _mm256_setr_epi64x(
		-(int64_t)is[0], -(int64_t)is[1], -(int64_t)is[2], -(int64_t)is[3]);
}

void png_unfilter_four_avx2(const uint8_t types[ROWS], const uint8_t *const raw[ROWS],
	const uint8_t *prior, size_t size, unsigned bpp, uint8_t *const out[ROWS])
{
	struct rows r = {.prior = prior, .pixels = size / bpp};
	bool left[ROWS], above[ROWS], corner[ROWS], average[ROWS], mixed = false, averages = false;

	if (size < SIZE_MIN || bpp < 2 || bpp > 4) {
		png_unfilter_each(&png_kernels_avx2, types, raw, prior, size, bpp, out);
		return;
	}
	for (unsigned k = 0; k < ROWS; k++) {
		r.raw[k] = raw[k];
		r.out[k] = out[k];
		left[k] = types[k] != PNG_NONE && types[k] != PNG_UP;
		above[k] = types[k] != PNG_NONE && types[k] != PNG_SUB;
		corner[k] = types[k] == PNG_PAETH;
		average[k] = types[k] == PNG_AVERAGE;
		mixed = mixed || !corner[k];
		averages = averages || average[k];
	}
	r.left = rows_where(left);
	r.above = rows_where(above);
	r.corner = rows_where(corner);
	r.average = rows_where(average);
	if (bpp == 2)
		undo_four_as(&r, 2, mixed, averages);
	else if (bpp == 3)
		undo_four_as(&r, 3, mixed, averages);
	else
		undo_four_as(&r, 4, mixed, averages);
}
