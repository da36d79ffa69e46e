/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight pixels of 8-bit colour in a 256-bit register, four bytes each, red lowest, whether they have three channels or
 * four: colours are then one mask or shift away. `channels` is a constant wherever these are inlined.
 */
#ifndef KERNELS_PIXELS_256_H
#define KERNELS_PIXELS_256_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define PIXELS_INLINE static inline __attribute__((always_inline))

enum {
	PIXELS_ONCE = 8,
	PIXELS_READ = 32, /* bytes that are read at once, even of three channels */
};

/* How many pixels can be taken in eights from a row without reading behind it. */
PIXELS_INLINE size_t pixels_in_eights(size_t pixels, int channels)
{
	size_t spare = channels == 3 ? (PIXELS_READ - 3 * PIXELS_ONCE + 2) / 3 : 0;

	return pixels < spare ? 0 : (pixels - spare) / PIXELS_ONCE * PIXELS_ONCE;
}

PIXELS_INLINE __m256i pixels_load(const uint8_t *from, const int channels)
{
	const __m256i spread = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
	__m256i v = _mm256_loadu_si256((const __m256i *)from);

	if (channels == 4)
		return v;
	v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6));
	return _mm256_shuffle_epi8(v, spread);
}

PIXELS_INLINE void pixels_store(uint8_t *to, __m256i v, const int channels)
{
	const __m256i gather = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));

	if (channels == 4) {
		_mm256_storeu_si256((__m256i *)to, v);
		return;
	}
	v = _mm256_shuffle_epi8(v, gather);
	v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
	_mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(v));
	_mm_storel_epi64((__m128i *)(to + 16), _mm256_extracti128_si256(v, 1));
}

/* Colour c of each pixel, a whole number of 32 bits. */
PIXELS_INLINE __m256i pixels_color(__m256i pixels, const int c)
{
	return _mm256_and_si256(_mm256_srli_epi32(pixels, 8 * c), _mm256_set1_epi32(255));
}

PIXELS_INLINE __m256i pixels_join(__m256i r, __m256i g, __m256i b, __m256i pixels)
{
	const __m256i alpha = _mm256_set1_epi32((int)0xff000000);
	__m256i rg = _mm256_or_si256(r, _mm256_slli_epi32(g, 8));

	return _mm256_or_si256(
		_mm256_or_si256(rg, _mm256_slli_epi32(b, 16)), _mm256_and_si256(pixels, alpha));
}

#endif
