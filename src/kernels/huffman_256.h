/* SPDX-License-Identifier: Apache-2.0 */
/* Stuffing taken out in 256-bit registers: for the two sets of kernels that have them. */
#ifndef KERNELS_HUFFMAN_256_H
#define KERNELS_HUFFMAN_256_H

#include "kernels/huffman_scan_loops.h"

#include <immintrin.h>

/* 32 bytes at a time, or up to the first FF among them and over it. */
static uint8_t *unstuff(
	const uint8_t **from, const uint8_t *source_end, uint8_t *to, uint8_t *room_end, bool *more)
{
	const uint8_t *s = *from;

	while (source_end - s > 32 && room_end - to >= HUFFMAN_SLACK) {
		__m256i bytes = _mm256_loadu_si256((const __m256i *)s);
		unsigned ff = (unsigned)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(-1)));
		unsigned plain = _tzcnt_u32(ff); /* 32 where there is none */

		_mm256_storeu_si256((__m256i *)to, bytes);
		s += plain;
		to += plain;
		if (!ff)
			continue;
		if (s[1] != 0) {
			*from = s;
			*more = false;
			return to;
		}
		s += 2;
		to += 1;
	}
	*from = s;
	return unstuff_bytes(from, source_end, to, room_end, more);
}

#endif
