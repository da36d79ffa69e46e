/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples looked up 64 at a time with AVX-512 VBMI: one instruction looks up in 128 entries. It leaves samples as they are
 * where its mask says so, and tables of several channels follow one another: what one has answered, the next leave.
 */
#include "kernels/lut_kernels.h"

#include <immintrin.h>

enum { VECTOR = 64 };

struct parts {
	__m512i part[4];
};

static inline struct parts split(const uint8_t table[256])
{
	struct parts parts;

	for (int i = 0; i < 4; i++)
		parts.part[i] = _mm512_loadu_si512(table + VECTOR * i);
	return parts;
}

/* The samples that `wanted` has; high: those above 127. */
static inline __m512i look_up(const struct parts *t, __m512i v, __mmask64 wanted, __mmask64 high)
{
	v = _mm512_mask2_permutex2var_epi8(t->part[0], v, wanted & ~high, t->part[1]);
	return _mm512_mask2_permutex2var_epi8(t->part[2], v, wanted & high, t->part[3]);
}

/* The first so many bytes of a vector, at most all. */
static inline __mmask64 first(size_t bytes)
{
	return bytes >= VECTOR ? ~(__mmask64)0 : ((__mmask64)1 << bytes) - 1;
}

static void one(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[256])
{
	const __mmask64 color = channels == 2 ? 0x5555555555555555
		: channels == 4               ? 0x7777777777777777
					      : ~(__mmask64)0;
	const size_t bytes = pixels * (size_t)channels;
	const struct parts parts = split(table);

	for (size_t at = 0; at < bytes; at += VECTOR) {
		__mmask64 there = first(bytes - at);
		__m512i v = _mm512_maskz_loadu_epi8(there, from + at);

		v = look_up(&parts, v, color, _mm512_movepi8_mask(v));
		_mm512_mask_storeu_epi8(to + at, there, v);
	}
}

/* Every third byte from `phase` on, or every fourth. */
static __mmask64 every(int step, int phase)
{
	__mmask64 mask = 0;

	for (int i = phase; i < VECTOR; i += step)
		mask |= (__mmask64)1 << i;
	return mask;
}

static void each(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[3][256])
{
	const struct parts r = split(table[0]), g = split(table[1]), b = split(table[2]);
	const size_t bytes = pixels * (size_t)channels;
	__mmask64 from_byte[4];
	int phase = 0; /* the byte of the vector that is red first */

	for (int i = 0; i < channels; i++)
		from_byte[i] = every(channels, i);
	for (size_t at = 0; at < bytes; at += VECTOR) {
		__mmask64 there = first(bytes - at);
		__m512i v = _mm512_maskz_loadu_epi8(there, from + at);
		__mmask64 high = _mm512_movepi8_mask(v);

		v = look_up(&r, v, from_byte[phase], high);
		v = look_up(&g, v, from_byte[(phase + 1) % channels], high);
		v = look_up(&b, v, from_byte[(phase + 2) % channels], high);
		_mm512_mask_storeu_epi8(to + at, there, v);
		phase = (phase + channels - VECTOR % channels) % channels;
	}
}

const struct lut_kernels lut_avx512 = {
	.one = one,
	.each = each,
};
