/* SPDX-License-Identifier: Apache-2.0 */
/* Premultiplication of RGBA rows with AVX2, eight pixels at a time; what is left over is done by portable C. */
#include "kernels/alpha_kernels.h"

#include <immintrin.h>

enum { PIXELS = 8 };

static inline __m256i load(const uint8_t *from)
{
	return _mm256_loadu_si256((const __m256i *)from);
}

static inline void store(uint8_t *to, __m256i v)
{
	_mm256_storeu_si256((__m256i *)to, v);
}

/* Four 16-bit pixels times their factors: t = c x a + 128, ((t >> 8) + t) >> 8, all below 2^16. */
static inline __m256i times(__m256i colour, __m256i factor)
{
	__m256i t = _mm256_mullo_epi16(colour, factor);

	t = _mm256_add_epi16(t, _mm256_set1_epi16(128));
	t = _mm256_add_epi16(t, _mm256_srli_epi16(t, 8));
	return _mm256_srli_epi16(t, 8);
}

/* Alpha's own factor is 255, which leaves it as it is. */
static inline __m256i multiply_eight(__m256i v)
{
	const __m256i zero = _mm256_setzero_si256();
	const __m256i own = _mm256_set1_epi64x(0x00ff000000000000);
	const __m256i low = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(3, -1, 3, -1, 3, -1, -1, -1, 7, -1, 7, -1, 7, -1, -1, -1));
	const __m256i high = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(11, -1, 11, -1, 11, -1, -1, -1, 15, -1, 15, -1, 15, -1, -1, -1));
	__m256i a = _mm256_or_si256(_mm256_shuffle_epi8(v, low), own);
	__m256i b = _mm256_or_si256(_mm256_shuffle_epi8(v, high), own);

	return _mm256_packus_epi16(
		times(_mm256_unpacklo_epi8(v, zero), a), times(_mm256_unpackhi_epi8(v, zero), b));
}

static void multiply(uint8_t *to, const uint8_t *from, size_t pixels)
{
	for (; pixels >= PIXELS; pixels -= PIXELS, to += 4 * PIXELS, from += 4 * PIXELS)
		store(to, multiply_eight(load(from)));
	alpha_u8_c.multiply(to, from, pixels);
}

/*
 * min(255, 255 p / a) of the channel at bit `shift`, in its place. A quotient below a whole number is so by 1/a at
 * least, and a float's rounding errs by less: 255 p is below 2^24.
 */
static inline __m256i over(__m256i v, __m256 alpha, int shift)
{
	__m256i p = _mm256_and_si256(_mm256_srli_epi32(v, shift), _mm256_set1_epi32(255));
	__m256 c = _mm256_div_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(p), _mm256_set1_ps(255)), alpha);
	__m256i whole = _mm256_min_epi32(_mm256_cvttps_epi32(c), _mm256_set1_epi32(255));

	return _mm256_slli_epi32(whole, shift);
}

/* Where alpha is 0 or 255 the pixel stays, whatever the quotients say. */
static inline __m256i divide_eight(__m256i v)
{
	const __m256i full = _mm256_set1_epi32(255);
	__m256i a = _mm256_srli_epi32(v, 24), stays, c;
	__m256 alpha = _mm256_cvtepi32_ps(a);

	stays = _mm256_or_si256(
		_mm256_cmpeq_epi32(a, full), _mm256_cmpeq_epi32(a, _mm256_setzero_si256()));
	c = _mm256_or_si256(over(v, alpha, 0), over(v, alpha, 8));
	c = _mm256_or_si256(c, over(v, alpha, 16));
	c = _mm256_or_si256(c, _mm256_slli_epi32(a, 24));
	return _mm256_blendv_epi8(c, v, stays);
}

static void divide(uint8_t *to, const uint8_t *from, size_t pixels)
{
	for (; pixels >= PIXELS; pixels -= PIXELS, to += 4 * PIXELS, from += 4 * PIXELS)
		store(to, divide_eight(load(from)));
	alpha_u8_c.divide(to, from, pixels);
}

const struct alpha_kernels alpha_u8_avx2 = {
	.multiply = multiply,
	.divide = divide,
};
