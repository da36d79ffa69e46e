/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 8-bit rows with AVX-VNNI: weights in three signed bytes, four taps a slot and instruction, in
 * 256-bit registers. For CPUs that have these instructions but not AVX-512's.
 */
#include "kernels/resample_kernels.h"
#include "kernels/resample_slots.h"

#include <immintrin.h>

enum { INDICES = 1, WEIGHTS = 3 };

static const struct slots_form form = {
	.size = sizeof(__m256i),
	.indices = INDICES,
	.weights = WEIGHTS,
	.point = slots_point_bytes,
	.weigh = slots_weigh_bytes,
};

struct weights {
	__m256i low, middle, high;
};

struct sums {
	__m256i low, middle, high;
};

SLOTS_INLINE struct sums sums_start(__m256i low)
{
	return (struct sums){low, _mm256_setzero_si256(), _mm256_setzero_si256()};
}

/*
 * What _mm256_dpbusd_avx_epi32 does, but in place: gcc 12 copies the accumulator before and after that one. The
 * weights may stay in memory, where registers are short.
 */
SLOTS_INLINE void dot(__m256i *sum, __m256i bytes, const __m256i *digits)
{
	__asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(*sum) : "x"(bytes), "xm"(*digits));
}

SLOTS_INLINE void line_add(struct sums *s, __m256i bytes, const struct weights *w)
{
	dot(&s->low, bytes, &w->low);
	dot(&s->middle, bytes, &w->middle);
	dot(&s->high, bytes, &w->high);
}

SLOTS_INLINE __m256i sums_total(const struct sums *s)
{
	return _mm256_add_epi32(_mm256_add_epi32(s->low, _mm256_slli_epi32(s->middle, 8)),
		_mm256_slli_epi32(s->high, 16));
}

/* A turn across, for one row: two windows, gathered by the index. */
struct turn {
	__m256i index;
	struct weights weights;
};

SLOTS_INLINE struct turn turn_load(const unsigned char *at)
{
	const __m256i *p = (const __m256i *)at;

	return (struct turn){p[0], {p[1], p[2], p[3]}};
}

SLOTS_INLINE void turn_add(struct sums *s, __m256i windows, const struct turn *turn)
{
	line_add(s, _mm256_shuffle_epi8(windows, turn->index), &turn->weights);
}

SLOTS_INLINE struct weights weights_spread(const int32_t *word)
{
	return (struct weights){
		_mm256_set1_epi32(word[0]), _mm256_set1_epi32(word[1]), _mm256_set1_epi32(word[2])};
}

#include "kernels/resample_256.h"

const struct resample_kernels resample_u8_avxvnni = RESAMPLE_256("avxvnni");
