/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 8-bit rows with AVX2: weights in two signed 16-bit digits, k = low + 2^16 high. Exact: the same
 * sums modulo 2^32 as the portable variant's.
 *
 * Bytes become 16 bits wide, zero above, two taps of a slot at a time: the first and third, then the
 * second and fourth. That is what masking and shifting make of a line, and what an index can make of
 * a row all the same.
 *
 *	slot      p0 p1 p2 p3
 *	even      p0  0 p2  0    x  (low of k0, low of k2), (high of k0, high of k2)
 *	odd       p1  0 p3  0    x  (low of k1, low of k3), (high of k1, high of k3)
 */
#include "kernels/resample_kernels.h"
#include "kernels/resample_slots.h"

#include <immintrin.h>

enum { INDICES = 2, WEIGHTS = 4 };

SLOTS_INLINE void point(uint32_t *words, unsigned at, unsigned step)
{
	words[0] = 0x80008000u | at | (at + 2 * step) << 16;
	words[1] = 0x80008000u | (at + step) | (at + 3 * step) << 16;
}

SLOTS_INLINE void weigh(uint32_t *words, const int32_t *weight)
{
	for (int i = 0; i < 2; i++) {
		uint32_t a = (uint32_t)weight[i], b = (uint32_t)weight[i + 2];

		words[2 * i] = (a & 0xffff) | b << 16;
		words[2 * i + 1] = (a + 0x8000) >> 16 | ((b + 0x8000) & 0xffff0000u);
	}
}

static const struct slots_form form = {
	.size = sizeof(__m256i),
	.indices = INDICES,
	.weights = WEIGHTS,
	.point = point,
	.weigh = weigh,
};

struct weights {
	__m256i even_low, even_high, odd_low, odd_high;
};

struct sums {
	__m256i low, high;
};

SLOTS_INLINE struct sums sums_start(__m256i low)
{
	return (struct sums){low, _mm256_setzero_si256()};
}

SLOTS_INLINE void sums_add(struct sums *s, __m256i even, __m256i odd, const struct weights *w)
{
	s->low = _mm256_add_epi32(s->low, _mm256_madd_epi16(even, w->even_low));
	s->high = _mm256_add_epi32(s->high, _mm256_madd_epi16(even, w->even_high));
	s->low = _mm256_add_epi32(s->low, _mm256_madd_epi16(odd, w->odd_low));
	s->high = _mm256_add_epi32(s->high, _mm256_madd_epi16(odd, w->odd_high));
}

SLOTS_INLINE __m256i sums_total(const struct sums *s)
{
	return _mm256_add_epi32(s->low, _mm256_slli_epi32(s->high, 16));
}

/* A turn across, for one row: two windows, gathered by the index. */
struct turn {
	__m256i index[INDICES];
	struct weights weights;
};

SLOTS_INLINE struct turn turn_load(const unsigned char *at)
{
	const __m256i *p = (const __m256i *)at;

	return (struct turn){{p[0], p[1]}, {p[2], p[3], p[4], p[5]}};
}

SLOTS_INLINE void turn_add(struct sums *s, __m256i windows, const struct turn *turn)
{
	sums_add(s, _mm256_shuffle_epi8(windows, turn->index[0]),
		_mm256_shuffle_epi8(windows, turn->index[1]), &turn->weights);
}

SLOTS_INLINE struct weights weights_spread(const int32_t *word)
{
	return (struct weights){_mm256_set1_epi32(word[0]), _mm256_set1_epi32(word[1]),
		_mm256_set1_epi32(word[2]), _mm256_set1_epi32(word[3])};
}

SLOTS_INLINE void line_add(struct sums *s, __m256i bytes, const struct weights *w)
{
	sums_add(s, _mm256_and_si256(bytes, _mm256_set1_epi16(0x00ff)), _mm256_srli_epi16(bytes, 8),
		w);
}

#include "kernels/resample_256.h"

const struct resample_kernels resample_u8_avx2 = RESAMPLE_256("avx2");
