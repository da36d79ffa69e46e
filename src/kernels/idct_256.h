/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse DCT, two blocks at a time, in 256-bit registers. Before it stands dot() of idct_loops.h. */
#ifndef KERNELS_IDCT_256_H
#define KERNELS_IDCT_256_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define V __m256i
#define BLOCKS 2
#define OP(name) _mm256_##name
#define _mm256_xor_ _mm256_xor_si256

INLINE V dot(V sum, V words, V factors);

INLINE V load_row(const int16_t (*blocks)[64], int row)
{
	__m128i first = _mm_loadu_si128((const __m128i *)(blocks[0] + 8 * row));
	__m128i second = _mm_loadu_si128((const __m128i *)(blocks[1] + 8 * row));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

INLINE V spread(const uint16_t *words)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)words));
}

/* The size of -2^15, 2^15, is beyond every limit as an unsigned word, and as a difference that is clipped to 0. */
INLINE bool beyond(V words, int limit)
{
	V over = _mm256_subs_epu16(_mm256_abs_epi16(words), _mm256_set1_epi16((short)limit));

	return !_mm256_testz_si256(over, over);
}

INLINE void store_two(V rows, uint8_t *first, uint8_t *second, unsigned count)
{
	V apart = _mm256_permute4x64_epi64(rows, 0xd8); /* quarters 0, 2, 1, 3 */
	__m128i one = _mm256_castsi256_si128(apart), other = _mm256_extracti128_si256(apart, 1);

	if (count == 1) {
		_mm_storel_epi64((__m128i *)first, one);
		_mm_storel_epi64((__m128i *)second, other);
	} else {
		_mm_storeu_si128((__m128i *)first, one);
		_mm_storeu_si128((__m128i *)second, other);
	}
}

#include "kernels/idct_loops.h"

#endif
