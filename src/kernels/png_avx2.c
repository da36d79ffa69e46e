/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG's filters with AVX2. Filtering knows all its neighbours: 32 bytes a turn. Unfiltering has to wait for the
 * pixel before: one pixel a turn, and what counts is how few instructions lie between one and the next; four rows at
 * once (png_four_avx2.c) wait less. What has
 * no vector form here (averages and Paeth of single bytes, pixels of 16-bit samples) is left to portable C.
 */
#include "kernels/png_predict.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define PNG_INLINE static inline __attribute__((always_inline))

PNG_INLINE __m256i load(const uint8_t *from)
{
	return _mm256_loadu_si256((const __m256i *)from);
}

PNG_INLINE __m256i distance(__m256i a, __m256i b)
{
	return _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
}

/*
 * On bytes: with p = a + b - c, |p - a| = |b - c| and |p - b| = |a - c|, and |p - c| is their sum when b and a lie
 * on one side of c (then c is never the nearest, and a saturated sum will do), else their distance.
 */
PNG_INLINE __m256i paeth(__m256i a, __m256i b, __m256i c)
{
	const __m256i pa = distance(b, c), pb = distance(a, c);
	const __m256i a_low = _mm256_cmpeq_epi8(_mm256_max_epu8(a, c), c);
	const __m256i b_low = _mm256_cmpeq_epi8(_mm256_max_epu8(b, c), c);
	const __m256i pc = _mm256_blendv_epi8(
		_mm256_adds_epu8(pa, pb), distance(pa, pb), _mm256_xor_si256(a_low, b_low));
	const __m256i least = _mm256_min_epu8(_mm256_min_epu8(pa, pb), pc);
	const __m256i b_or_c = _mm256_blendv_epi8(c, b, _mm256_cmpeq_epi8(pb, least));

	return _mm256_blendv_epi8(b_or_c, a, _mm256_cmpeq_epi8(pa, least));
}

/* The mean rounded down, of an instruction that rounds up. */
PNG_INLINE __m256i average(__m256i a, __m256i b)
{
	const __m256i odd = _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_set1_epi8(1));

	return _mm256_sub_epi8(_mm256_avg_epu8(a, b), odd);
}

PNG_INLINE __m256i magnitudes(__m256i sums, __m256i difference)
{
	return _mm256_add_epi64(
		sums, _mm256_sad_epu8(_mm256_abs_epi8(difference), _mm256_setzero_si256()));
}

PNG_INLINE uint64_t total(__m256i sums)
{
	const __m128i two = _mm_add_epi64(
		_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));

	return (uint64_t)_mm_cvtsi128_si64(two) + (uint64_t)_mm_extract_epi64(two, 1);
}

static void score(const uint8_t *row, const uint8_t *prior, size_t size, unsigned bpp,
	uint64_t sums[PNG_FILTERS])
{
	__m256i none = _mm256_setzero_si256(), sub = none, up = none, mean = none, nearest = none;
	size_t x = bpp;

	memset(sums, 0, PNG_FILTERS * sizeof *sums);
	png_score_part(row, prior, 0, bpp, bpp, sums);
	for (; x + 32 <= size; x += 32) {
		const __m256i now = load(row + x), a = load(row + x - bpp);
		const __m256i b = load(prior + x), c = load(prior + x - bpp);

		none = magnitudes(none, now);
		sub = magnitudes(sub, _mm256_sub_epi8(now, a));
		up = magnitudes(up, _mm256_sub_epi8(now, b));
		mean = magnitudes(mean, _mm256_sub_epi8(now, average(a, b)));
		nearest = magnitudes(nearest, _mm256_sub_epi8(now, paeth(a, b, c)));
	}
	png_score_part(row, prior, x, size, bpp, sums);
	sums[PNG_NONE] += total(none);
	sums[PNG_SUB] += total(sub);
	sums[PNG_UP] += total(up);
	sums[PNG_AVERAGE] += total(mean);
	sums[PNG_PAETH] += total(nearest);
}

PNG_INLINE __m256i predict(
	const enum png_filter type, const uint8_t *row, const uint8_t *prior, unsigned bpp)
{
	switch (type) {
	case PNG_SUB:
		return load(row - bpp);
	case PNG_UP:
		return load(prior);
	case PNG_AVERAGE:
		return average(load(row - bpp), load(prior));
	default:
		return paeth(load(row - bpp), load(prior), load(prior - bpp));
	}
}

PNG_INLINE void filter_as(const enum png_filter type, const uint8_t *row, const uint8_t *prior,
	size_t size, unsigned bpp, uint8_t *out)
{
	size_t x = bpp;

	png_filter_part(type, row, prior, 0, bpp, bpp, out);
	for (; x + 32 <= size; x += 32)
		_mm256_storeu_si256((__m256i *)(out + x),
			_mm256_sub_epi8(load(row + x), predict(type, row + x, prior + x, bpp)));
	png_filter_part(type, row, prior, x, size, bpp, out);
}

static void filter(enum png_filter type, const uint8_t *row, const uint8_t *prior, size_t size,
	unsigned bpp, uint8_t *out)
{
	switch (type) {
	case PNG_SUB:
		filter_as(PNG_SUB, row, prior, size, bpp, out);
		return;
	case PNG_UP:
		filter_as(PNG_UP, row, prior, size, bpp, out);
		return;
	case PNG_AVERAGE:
		filter_as(PNG_AVERAGE, row, prior, size, bpp, out);
		return;
	case PNG_PAETH:
		filter_as(PNG_PAETH, row, prior, size, bpp, out);
		return;
	default:
		memcpy(out, row, size);
	}
}

/* A pixel's bytes; `wide`: four may be read, whatever bpp is. */
PNG_INLINE __m128i load_pixel(const uint8_t *from, const unsigned bpp, const bool wide)
{
	uint32_t pixel = 0;

	memcpy(&pixel, from, wide ? 4 : bpp);
	return _mm_cvtsi32_si128((int)pixel);
}

PNG_INLINE void store_pixel(uint8_t *to, __m128i pixel, const unsigned bpp)
{
	uint32_t bytes = (uint32_t)_mm_cvtsi128_si32(pixel);

	if (bpp == 3) {
		memcpy(to, &bytes, 2);
		to[2] = (uint8_t)(bytes >> 16);
	} else {
		memcpy(to, &bytes, bpp);
	}
}

PNG_INLINE __m128i turn_sub(
	const uint8_t *raw, uint8_t *out, __m128i a, const unsigned bpp, const bool wide)
{
	a = _mm_add_epi8(a, load_pixel(raw, bpp, wide));
	store_pixel(out, a, bpp);
	return a;
}

/*
 * The mean rounded down is the complement of the complements' mean rounded up. With n = ~a the next n is
 * ~(raw + ~mean(n, ~b)), which is mean(n, ~b) - raw: two instructions from pixel to pixel.
 */
PNG_INLINE __m128i turn_average(const uint8_t *raw, const uint8_t *prior, uint8_t *out, __m128i n,
	const unsigned bpp, const bool wide)
{
	const __m128i ones = _mm_set1_epi8(-1);
	const __m128i not_b = _mm_xor_si128(load_pixel(prior, bpp, wide), ones);

	n = _mm_sub_epi8(_mm_avg_epu8(n, not_b), load_pixel(raw, bpp, wide));
	store_pixel(out, _mm_xor_si128(n, ones), bpp);
	return n;
}

/* png_paeth() on words; the pixel before, a, and the one above it, c, are kept between turns. */
struct corner {
	__m128i a, c;
};

/* b: the pixel above, in words. */
PNG_INLINE struct corner turn_paeth(const uint8_t *raw, __m128i b, uint8_t *out, struct corner k,
	const unsigned bpp, const bool wide)
{
	const __m128i now = _mm_cvtepu8_epi16(load_pixel(raw, bpp, wide));
	const __m128i above = _mm_sub_epi16(_mm_add_epi16(k.c, _mm_add_epi16(k.c, k.c)), b);
	const __m128i middle = _mm_sub_epi16(above, k.a);
	const __m128i lo = _mm_min_epi16(k.a, b), hi = _mm_max_epi16(k.a, b);
	const __m128i lo_or_c = _mm_blendv_epi8(lo, k.c, _mm_cmpgt_epi16(hi, middle));
	const __m128i nearest = _mm_blendv_epi8(hi, lo_or_c, _mm_cmpgt_epi16(middle, lo));

	k.a = _mm_add_epi8(now, nearest); /* the words' high bytes stay 0 */
	k.c = b;
	store_pixel(out, _mm_packus_epi16(k.a, k.a), bpp);
	return k;
}

PNG_INLINE __m128i load_words(const uint8_t *from, const unsigned bpp, const bool wide)
{
	return _mm_cvtepu8_epi16(load_pixel(from, bpp, wide));
}

/* Where four bytes may still be read at x. */
#define WIDE(x, size) ((x) + 4 <= (size))

PNG_INLINE void undo_sub(const uint8_t *raw, size_t size, const unsigned bpp, uint8_t *out)
{
	__m128i a = _mm_setzero_si128();
	size_t x = 0;

	for (; WIDE(x, size); x += bpp)
		a = turn_sub(raw + x, out + x, a, bpp, true);
	for (; x < size; x += bpp)
		a = turn_sub(raw + x, out + x, a, bpp, false);
}

PNG_INLINE void undo_average(
	const uint8_t *raw, const uint8_t *prior, size_t size, const unsigned bpp, uint8_t *out)
{
	__m128i n = _mm_set1_epi8(-1);
	size_t x = 0;

	for (; WIDE(x, size); x += bpp)
		n = turn_average(raw + x, prior + x, out + x, n, bpp, true);
	for (; x < size; x += bpp)
		n = turn_average(raw + x, prior + x, out + x, n, bpp, false);
}

PNG_INLINE void undo_paeth(
	const uint8_t *raw, const uint8_t *prior, size_t size, const unsigned bpp, uint8_t *out)
{
	struct corner k = {_mm_setzero_si128(), _mm_setzero_si128()};
	size_t x = 0;

	for (; WIDE(x, size); x += bpp)
		k = turn_paeth(raw + x, load_words(prior + x, bpp, true), out + x, k, bpp, true);
	for (; x < size; x += bpp)
		k = turn_paeth(raw + x, load_words(prior + x, bpp, false), out + x, k, bpp, false);
}

static void undo_up(const uint8_t *raw, const uint8_t *prior, size_t size, uint8_t *out)
{
	size_t x = 0;

	for (; x + 32 <= size; x += 32)
		_mm256_storeu_si256(
			(__m256i *)(out + x), _mm256_add_epi8(load(raw + x), load(prior + x)));
	png_unfilter_part(PNG_UP, raw, prior, x, size, 1, out);
}

/* Sums of 16 bytes in four steps; the last one is carried on. */
static void undo_sub_bytes(const uint8_t *raw, size_t size, uint8_t *out)
{
	__m128i last = _mm_setzero_si128();
	size_t x = 0;

	for (; x + 16 <= size; x += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(raw + x));

		v = _mm_add_epi8(v, _mm_slli_si128(v, 1));
		v = _mm_add_epi8(v, _mm_slli_si128(v, 2));
		v = _mm_add_epi8(v, _mm_slli_si128(v, 4));
		v = _mm_add_epi8(v, _mm_slli_si128(v, 8));
		v = _mm_add_epi8(v, last);
		last = _mm_shuffle_epi8(v, _mm_set1_epi8(15));
		_mm_storeu_si128((__m128i *)(out + x), v);
	}
	png_unfilter_part(PNG_SUB, raw, raw, x, size, 1, out);
}

/* For pixels of 2 to 4 bytes. */
PNG_INLINE void undo(const enum png_filter type, const uint8_t *raw, const uint8_t *prior,
	size_t size, const unsigned bpp, uint8_t *out)
{
	if (type == PNG_SUB)
		undo_sub(raw, size, bpp, out);
	else if (type == PNG_AVERAGE)
		undo_average(raw, prior, size, bpp, out);
	else
		undo_paeth(raw, prior, size, bpp, out);
}

PNG_INLINE void undo_pixels(const enum png_filter type, const uint8_t *raw, const uint8_t *prior,
	size_t size, unsigned bpp, uint8_t *out)
{
	if (bpp == 2)
		undo(type, raw, prior, size, 2, out);
	else if (bpp == 3)
		undo(type, raw, prior, size, 3, out);
	else if (bpp == 4)
		undo(type, raw, prior, size, 4, out);
	else if (bpp == 1 && type == PNG_SUB)
		undo_sub_bytes(raw, size, out);
	else
		png_kernels_c.unfilter(type, raw, prior, size, bpp, out);
}

static void unfilter(enum png_filter type, const uint8_t *raw, const uint8_t *prior, size_t size,
	unsigned bpp, uint8_t *out)
{
	switch (type) {
	case PNG_SUB:
		undo_pixels(PNG_SUB, raw, prior, size, bpp, out);
		return;
	case PNG_UP:
		undo_up(raw, prior, size, out);
		return;
	case PNG_AVERAGE:
		undo_pixels(PNG_AVERAGE, raw, prior, size, bpp, out);
		return;
	case PNG_PAETH:
		undo_pixels(PNG_PAETH, raw, prior, size, bpp, out);
		return;
	default:
		if (out != raw)
			memcpy(out, raw, size);
	}
}

const struct png_kernels png_kernels_avx2 = {
	.name = "avx2",
	.score = score,
	.filter = filter,
	.unfilter = unfilter,
	.unfilter_four = png_unfilter_four_avx2,
};
