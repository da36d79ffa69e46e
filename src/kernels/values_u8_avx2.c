/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of 8 bits with AVX2, eight pixels at a time; what is left over is done by portable C. */
#include "kernels/pixels_256.h"
#include "kernels/values_kernels.h"

#include <string.h>

/* There is nothing to gain: portable C's. */
static void count(
	const void *from, size_t pixels, int channels, uint32_t counts[COUNT_TURNS][3][256])
{
	values_u8_c.count(from, pixels, channels, counts);
}

/* Two 16-bit factors side by side, for madd. */
PIXELS_INLINE __m256i factors(int low, int high)
{
	return _mm256_set1_epi32((int)(((uint32_t)high << 16) | ((uint32_t)low & 0xffff)));
}

/* grey_of: green's 38470 is beyond a signed factor; 65536 of it are added as a shift. */
PIXELS_INLINE __m256i grey(__m256i r, __m256i g, __m256i b)
{
	__m256i green = _mm256_slli_epi32(g, 16);
	__m256i sum = _mm256_madd_epi16(_mm256_or_si256(r, green), factors(19595, 38470 - 65536));

	sum = _mm256_add_epi32(sum, green);
	sum = _mm256_add_epi32(sum,
		_mm256_madd_epi16(
			_mm256_or_si256(b, _mm256_set1_epi32(2 << 16)), factors(7471, 16384)));
	return _mm256_srli_epi32(sum, 16);
}

/* blend_level, all of eight. */
PIXELS_INLINE __m256i blend(__m256i from, __m256i to, __m256 factor)
{
	__m256 way = _mm256_cvtepi32_ps(_mm256_sub_epi32(to, from));
	__m256 level = _mm256_add_ps(_mm256_cvtepi32_ps(from), _mm256_mul_ps(factor, way));

	return _mm256_cvttps_epi32(level);
}

PIXELS_INLINE __m256i clip(__m256i level)
{
	return _mm256_min_epi32(
		_mm256_max_epi32(level, _mm256_setzero_si256()), _mm256_set1_epi32(255));
}

enum { SUM_MAX = 1 << 20 }; /* pixels whose grey a register's lanes hold */

PIXELS_INLINE uint64_t grey_sum_loop(const uint8_t *from, size_t pixels, const int channels)
{
	__m256i sum = _mm256_setzero_si256();
	uint32_t lane[PIXELS_ONCE];
	uint64_t total = 0;

	for (size_t i = 0; i < pixels; i += PIXELS_ONCE, from += PIXELS_ONCE * channels) {
		__m256i v = pixels_load(from, channels);

		sum = _mm256_add_epi32(
			sum, grey(pixels_color(v, 0), pixels_color(v, 1), pixels_color(v, 2)));
	}
	_mm256_storeu_si256((__m256i *)lane, sum);
	for (int i = 0; i < PIXELS_ONCE; i++)
		total += lane[i];
	return total;
}

static uint64_t grey_sum(const void *from, size_t pixels, int channels)
{
	const uint8_t *row = from;
	size_t some = channels < 3 ? 0 : pixels_in_eights(pixels, channels);
	uint64_t sum = 0;

	for (size_t at = 0; at < some; at += SUM_MAX, row += SUM_MAX * channels) {
		size_t count = some - at < SUM_MAX ? some - at : SUM_MAX;

		sum += channels == 3 ? grey_sum_loop(row, count, 3) : grey_sum_loop(row, count, 4);
	}
	row = (const uint8_t *)from + some * (size_t)channels;
	return sum + values_u8_c.grey_sum(row, pixels - some, channels);
}

/* The lowest byte or two of each pixel, side by side. */
PIXELS_INLINE void store_lowest(uint8_t *to, __m256i v, const int bytes)
{
	const __m256i singles = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	const __m256i pairs = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1));

	v = _mm256_shuffle_epi8(v, bytes == 1 ? singles : pairs);
	if (bytes == 1) {
		v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
		_mm_storel_epi64((__m128i *)to, _mm256_castsi256_si128(v));
	} else {
		v = _mm256_permute4x64_epi64(v, 0x08);
		_mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(v));
	}
}

PIXELS_INLINE void grey_loop(
	uint8_t *to, const int out, const uint8_t *from, size_t pixels, const int in)
{
	for (size_t i = 0; i < pixels;
		i += PIXELS_ONCE, to += PIXELS_ONCE * out, from += PIXELS_ONCE * in) {
		__m256i v = pixels_load(from, in);
		__m256i l = grey(pixels_color(v, 0), pixels_color(v, 1), pixels_color(v, 2));

		if (out == 1)
			store_lowest(to, l, 1);
		else if (out == 2)
			store_lowest(to,
				_mm256_or_si256(l, _mm256_slli_epi32(_mm256_srli_epi32(v, 24), 8)),
				2);
		else
			pixels_store(to, pixels_join(l, l, l, v), out);
	}
}

static void grey_row(void *to, int to_channels, const void *from, size_t pixels, int channels)
{
	size_t some = channels < 3 ? 0 : pixels_in_eights(pixels, channels);

	if (some && channels == 3 && to_channels == 1)
		grey_loop(to, 1, from, some, 3);
	else if (some && channels == 3)
		grey_loop(to, 3, from, some, 3);
	else if (some && to_channels == 2)
		grey_loop(to, 2, from, some, 4);
	else if (some)
		grey_loop(to, 4, from, some, 4);
	values_u8_c.grey((uint8_t *)to + some * (size_t)to_channels, to_channels,
		(const uint8_t *)from + some * (size_t)channels, pixels - some, channels);
}

PIXELS_INLINE void saturate_loop(
	uint8_t *to, const uint8_t *from, size_t pixels, const int channels, float factor)
{
	const __m256 f = _mm256_set1_ps(factor);

	for (size_t i = 0; i < pixels;
		i += PIXELS_ONCE, to += PIXELS_ONCE * channels, from += PIXELS_ONCE * channels) {
		__m256i v = pixels_load(from, channels);
		__m256i r = pixels_color(v, 0), g = pixels_color(v, 1), b = pixels_color(v, 2),
			l = grey(r, g, b);

		r = clip(blend(l, r, f));
		g = clip(blend(l, g, f));
		b = clip(blend(l, b, f));
		pixels_store(to, pixels_join(r, g, b, v), channels);
	}
}

static void saturate(void *to, const void *from, size_t pixels, int channels, float factor)
{
	size_t some = pixels_in_eights(pixels, channels), bytes = some * (size_t)channels;

	if (channels == 3)
		saturate_loop(to, from, some, 3, factor);
	else
		saturate_loop(to, from, some, 4, factor);
	values_u8_c.saturate((uint8_t *)to + bytes, (const uint8_t *)from + bytes, pixels - some,
		channels, factor);
}

/* One new colour of eight pixels: red and green side by side, blue beside a 1 for the half that rounds. */
PIXELS_INLINE __m256i mixed(__m256i rg, __m256i b1, const int16_t k[3])
{
	__m256i sum = _mm256_add_epi32(_mm256_madd_epi16(rg, factors(k[0], k[1])),
		_mm256_madd_epi16(b1, factors(k[2], 1 << (MIX_BITS - 1))));

	return _mm256_min_epi32(_mm256_srli_epi32(sum, MIX_BITS), _mm256_set1_epi32(255));
}

PIXELS_INLINE void mix_loop(
	uint8_t *to, const uint8_t *from, size_t pixels, const int channels, const int16_t k[3][3])
{
	for (size_t i = 0; i < pixels;
		i += PIXELS_ONCE, to += PIXELS_ONCE * channels, from += PIXELS_ONCE * channels) {
		__m256i v = pixels_load(from, channels);
		__m256i rg = _mm256_or_si256(
			pixels_color(v, 0), _mm256_slli_epi32(pixels_color(v, 1), 16));
		__m256i b1 = _mm256_or_si256(pixels_color(v, 2), _mm256_set1_epi32(1 << 16));

		pixels_store(to,
			pixels_join(
				mixed(rg, b1, k[0]), mixed(rg, b1, k[1]), mixed(rg, b1, k[2]), v),
			channels);
	}
}

static void mix(
	void *to, const void *from, size_t pixels, int channels, const int16_t coefficient[3][3])
{
	size_t some = pixels_in_eights(pixels, channels), bytes = some * (size_t)channels;

	if (channels == 3)
		mix_loop(to, from, some, 3, coefficient);
	else
		mix_loop(to, from, some, 4, coefficient);
	values_u8_c.mix((uint8_t *)to + bytes, (const uint8_t *)from + bytes, pixels - some,
		channels, coefficient);
}

PIXELS_INLINE void reorder_loop(
	uint8_t *to, const uint8_t *from, size_t pixels, const int channels, const uint8_t order[3])
{
	const __m256i own = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 0, 0, 3, 4, 4, 4, 7, 8, 8, 8, 11, 12, 12, 12, 15));
	const __m256i by = _mm256_add_epi8(
		own, _mm256_set1_epi32(order[0] | order[1] << 8 | order[2] << 16));

	for (size_t i = 0; i < pixels;
		i += PIXELS_ONCE, to += PIXELS_ONCE * channels, from += PIXELS_ONCE * channels)
		pixels_store(to, _mm256_shuffle_epi8(pixels_load(from, channels), by), channels);
}

static void reorder(void *to, const void *from, size_t pixels, int channels, const uint8_t order[3])
{
	size_t some = pixels_in_eights(pixels, channels), bytes = some * (size_t)channels;

	if (channels == 3)
		reorder_loop(to, from, some, 3, order);
	else
		reorder_loop(to, from, some, 4, order);
	values_u8_c.reorder((uint8_t *)to + bytes, (const uint8_t *)from + bytes, pixels - some,
		channels, order);
}

/* Sixteen samples as 16-bit numbers. */
PIXELS_INLINE __m256i wide(const uint8_t *from)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)from));
}

/* Three neighbours in a row, n bytes apart. */
PIXELS_INLINE __m256i three(const uint8_t *middle, size_t n)
{
	return _mm256_add_epi16(_mm256_add_epi16(wide(middle - n), wide(middle + n)), wide(middle));
}

/* (2 sum + 13) / 26 for sums up to 13 x 255: the quotient is the product with 2^19 / 26, checked for every sum. */
PIXELS_INLINE __m256i smoothed(__m256i sum)
{
	__m256i twice = _mm256_add_epi16(_mm256_add_epi16(sum, sum), _mm256_set1_epi16(13));

	return _mm256_srli_epi16(_mm256_mulhi_epu16(twice, _mm256_set1_epi16(20165)), 3);
}

PIXELS_INLINE __m128i sharpened(__m256i smooth, __m256i middle, __m256 factor)
{
	__m256i low = blend(_mm256_cvtepi16_epi32(_mm256_castsi256_si128(smooth)),
		_mm256_cvtepi16_epi32(_mm256_castsi256_si128(middle)), factor);
	__m256i high = blend(_mm256_cvtepi16_epi32(_mm256_extracti128_si256(smooth, 1)),
		_mm256_cvtepi16_epi32(_mm256_extracti128_si256(middle, 1)), factor);
	__m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);

	return _mm_packus_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
}

/* Which of 16 samples from a pixel's first on are alpha. */
static __m128i alpha_mask(int channels)
{
	return channels == 2    ? _mm_set1_epi16((short)0xff00)
		: channels == 4 ? _mm_set1_epi32((int)0xff000000)
				: _mm_setzero_si128();
}

/* From the second pixel on as many samples as vectors cover without reading behind the last pixel's neighbours. */
static void sharpen(
	void *to_row, const void *const rows[3], size_t pixels, int channels, float factor)
{
	const uint8_t *row[3] = {rows[0], rows[1], rows[2]};
	const size_t n = (size_t)channels, end = (pixels - 1) * n;
	const __m128i alpha = alpha_mask(channels);
	const __m256 f = _mm256_set1_ps(factor);
	const void *rest[3];
	uint8_t *to = to_row, done[4];
	size_t at = n;

	for (; at + 16 <= end; at += 16) {
		__m256i middle = wide(row[1] + at);
		__m256i sum = _mm256_add_epi16(three(row[0] + at, n), three(row[2] + at, n));
		__m128i sharp;

		sum = _mm256_add_epi16(sum, three(row[1] + at, n));
		sum = _mm256_add_epi16(sum, _mm256_slli_epi16(middle, 2));
		sharp = sharpened(smoothed(sum), middle, f);
		sharp = _mm_blendv_epi8(
			sharp, _mm_loadu_si128((const __m128i *)(row[1] + at)), alpha);
		_mm_storeu_si128((__m128i *)(to + at), sharp);
	}
	memcpy(to, row[1], n);
	/* The rest is a narrower row; its first pixel, which C copies, is done already. */
	at = (at / n - 1) * n;
	for (int i = 0; i < 3; i++)
		rest[i] = row[i] + at;
	memcpy(done, to + at, n);
	values_u8_c.sharpen(to + at, rest, pixels - at / n, channels, factor);
	memcpy(to + at, done, n);
}

const struct value_kernels values_u8_avx2 = {
	.count = count,
	.grey_sum = grey_sum,
	.grey = grey_row,
	.saturate = saturate,
	.mix = mix,
	.reorder = reorder,
	.turn_hue = values_turn_hue_avx2,
	.sharpen = sharpen,
};
