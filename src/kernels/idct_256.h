/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse DCT (idct_kernels.h) in 256-bit registers, as text: each of its three includers defines dot(), products of words by
 * factors added up in pairs and to a sum, which instruction sets have in one instruction or in two.
 *
 * It is Loeffler's, Ligtenberg's and Moschytz' with 11 multiplications ("Practical fast 1-D DCT algorithms with 11
 * multiplications", 1989), in fixed point of 13 bits, columns first:
 *
 *	row r of 2 blocks    | block 0, row r    | block 1, row r    |    8 words each
 *	x its row of quant         vector r, of 8; these go through pass 1
 *	transposed           | block 0, column c | block 1, column c |    within each 16 bytes
 *	                           vector c, of 8; these go through pass 2
 *	packed, transposed   | row r of 2 blocks | row r + 1 of them |    bytes
 *
 * What makes it libjpeg-turbo's to the bit, on data that no encoder writes, too: coefficients times quant, and the sums of
 * two inputs, are taken modulo 2^16; sums of products modulo 2^32, so their order does not matter; between the passes and
 * at the end values are clipped to 16 bits, and then to 8. And one thing more: a block that has nothing in its rows 1 to 7 skips
 * pass 1, and its row 0 is shifted instead, modulo 2^16. That shows where it would have been clipped.
 */
#ifndef KERNELS_IDCT_256_H
#define KERNELS_IDCT_256_H

#include "kernels/idct_kernels.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i dot(__m256i sum, __m256i words, __m256i factors);

enum { BLOCKS = 2 /* at a time */ };

enum { SCALE_BITS = 13, /* of the factors */ EXTRA_BITS = 2 /* that pass 1 leaves for pass 2 */ };

/* Constants of the paper, times 2^13. */
enum {
	F_0_298 = 2446,
	F_0_390 = 3196,
	F_0_541 = 4433,
	F_0_765 = 6270,
	F_0_899 = 7373,
	F_1_175 = 9633,
	F_1_501 = 12299,
	F_1_847 = 15137,
	F_1_961 = 16069,
	F_2_053 = 16819,
	F_2_562 = 20995,
	F_3_072 = 25172,
};

/* How a pass rounds and shifts. The rounding is bias_word * bias_factor: a product among the others. */
struct descale {
	int16_t bias_word, bias_factor;
	int shift;
};

static const struct descale pass_1 = {
	1, 1 << (SCALE_BITS - EXTRA_BITS - 1), SCALE_BITS - EXTRA_BITS};
static const struct descale pass_2 = {16, 1 << SCALE_BITS, SCALE_BITS + EXTRA_BITS + 3};

/* A row of both blocks. */
INLINE __m256i load_row(const int16_t (*blocks)[64], int row)
{
	__m128i first = _mm_loadu_si128((const __m128i *)(blocks[0] + 8 * row));
	__m128i second = _mm_loadu_si128((const __m128i *)(blocks[1] + 8 * row));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

/* Eight words, once for each block. */
INLINE __m256i spread(const uint16_t *words)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)words));
}

/* Whether a word is, in size, above a limit. (That of -2^15 is right as an unsigned one.) */
INLINE bool beyond(__m256i words, int limit)
{
	__m256i over = _mm256_subs_epu16(_mm256_abs_epi16(words), _mm256_set1_epi16((short)limit));

	return !_mm256_testz_si256(over, over);
}

/* Two rows of `count` blocks, from as many 16 bytes of which the first half is of the first row. */
INLINE void store_two(__m256i rows, uint8_t *first, uint8_t *second, unsigned count)
{
	__m256i apart = _mm256_permute4x64_epi64(rows, 0xd8); /* quarters 0, 2, 1, 3 */
	__m128i one = _mm256_castsi256_si128(apart), other = _mm256_extracti128_si256(apart, 1);

	if (count == 1) {
		_mm_storel_epi64((__m128i *)first, one);
		_mm_storel_epi64((__m128i *)second, other);
	} else {
		_mm_storeu_si128((__m128i *)first, one);
		_mm_storeu_si128((__m128i *)second, other);
	}
}

/* Two factors, for words that stand side by side. */
INLINE __m256i factors(int a, int b)
{
	return _mm256_set1_epi32((int)((uint32_t)(uint16_t)a | (uint32_t)b << 16));
}

/* The inputs of one half of a register's words, side by side two by two. */
struct pairs {
	__m256i sum, difference; /* 0 + 4 and 0 - 4, beside the bias */
	__m256i even; /* 2, 6 */
	__m256i cross; /* 7 + 3, 5 + 1 */
	__m256i outer, inner; /* 7, 1 and 5, 3 */
};

/* 32-bit results 0 .. 7. */
INLINE void transform(const struct pairs *x, const struct descale *d, __m256i out[8])
{
	__m256i one = factors(1 << SCALE_BITS, d->bias_factor);
	__m256i sum = _mm256_madd_epi16(x->sum, one),
		difference = _mm256_madd_epi16(x->difference, one);
	__m256i a = _mm256_madd_epi16(x->cross, factors(F_1_175 - F_1_961, F_1_175));
	__m256i b = _mm256_madd_epi16(x->cross, factors(F_1_175, F_1_175 - F_0_390));
	__m256i even[4], odd[4];

	even[0] = dot(sum, x->even, factors(F_0_541 + F_0_765, F_0_541));
	even[3] = dot(sum, x->even, factors(-F_0_541 - F_0_765, -F_0_541));
	even[1] = dot(difference, x->even, factors(F_0_541, F_0_541 - F_1_847));
	even[2] = dot(difference, x->even, factors(-F_0_541, F_1_847 - F_0_541));
	odd[0] = dot(b, x->outer, factors(-F_0_899, F_1_501 - F_0_899));
	odd[1] = dot(a, x->inner, factors(-F_2_562, F_3_072 - F_2_562));
	odd[2] = dot(b, x->inner, factors(F_2_053 - F_2_562, -F_2_562));
	odd[3] = dot(a, x->outer, factors(F_0_298 - F_0_899, -F_0_899));
	for (int i = 0; i < 4; i++) {
		out[i] = _mm256_srai_epi32(_mm256_add_epi32(even[i], odd[i]), d->shift);
		out[7 - i] = _mm256_srai_epi32(_mm256_sub_epi32(even[i], odd[i]), d->shift);
	}
}

INLINE void pass(__m256i v[8], const struct descale *d)
{
	__m256i sum = _mm256_add_epi16(v[0], v[4]), difference = _mm256_sub_epi16(v[0], v[4]);
	__m256i z3 = _mm256_add_epi16(v[7], v[3]), z4 = _mm256_add_epi16(v[5], v[1]);
	__m256i bias = _mm256_set1_epi16(d->bias_word);
	struct pairs low = {_mm256_unpacklo_epi16(sum, bias),
		_mm256_unpacklo_epi16(difference, bias), _mm256_unpacklo_epi16(v[2], v[6]),
		_mm256_unpacklo_epi16(z3, z4), _mm256_unpacklo_epi16(v[7], v[1]),
		_mm256_unpacklo_epi16(v[5], v[3])};
	struct pairs high = {_mm256_unpackhi_epi16(sum, bias),
		_mm256_unpackhi_epi16(difference, bias), _mm256_unpackhi_epi16(v[2], v[6]),
		_mm256_unpackhi_epi16(z3, z4), _mm256_unpackhi_epi16(v[7], v[1]),
		_mm256_unpackhi_epi16(v[5], v[3])};
	__m256i lows[8], highs[8];

	transform(&low, d, lows);
	transform(&high, d, highs);
	for (int i = 0; i < 8; i++)
		v[i] = _mm256_packs_epi32(lows[i], highs[i]);
}

/* 8 x 8 words of each block: what was in row r and column c goes to row c and column r. */
INLINE void transpose(__m256i v[8])
{
	__m256i pairs[8], fours[8];

	for (int i = 0; i < 4; i++) {
		pairs[i] = _mm256_unpacklo_epi16(v[2 * i], v[2 * i + 1]);
		pairs[4 + i] = _mm256_unpackhi_epi16(v[2 * i], v[2 * i + 1]);
	}
	for (int i = 0; i < 8; i += 4) { /* columns 0 to 3, 4 to 7 */
		fours[i] = _mm256_unpacklo_epi32(pairs[i], pairs[i + 1]);
		fours[i + 1] = _mm256_unpackhi_epi32(pairs[i], pairs[i + 1]);
		fours[i + 2] = _mm256_unpacklo_epi32(pairs[i + 2], pairs[i + 3]);
		fours[i + 3] = _mm256_unpackhi_epi32(pairs[i + 2], pairs[i + 3]);
	}
	for (int i = 0; i < 8; i += 4) {
		v[i] = _mm256_unpacklo_epi64(fours[i], fours[i + 2]);
		v[i + 1] = _mm256_unpackhi_epi64(fours[i], fours[i + 2]);
		v[i + 2] = _mm256_unpacklo_epi64(fours[i + 1], fours[i + 3]);
		v[i + 3] = _mm256_unpackhi_epi64(fours[i + 1], fours[i + 3]);
	}
}

/* Columns to samples: of each block, rows 2 i and 2 i + 1 in out[i]. */
INLINE void to_samples(const __m256i v[8], __m256i out[4])
{
	__m256i bytes[4], pairs[4], fours[4];
	__m256i middle = _mm256_set1_epi8(-128);

	for (int i = 0; i < 4; i++) /* columns i, i + 4 */
		bytes[i] = _mm256_xor_si256(_mm256_packs_epi16(v[i], v[i + 4]), middle);
	pairs[0] = _mm256_unpacklo_epi8(bytes[0], bytes[1]);
	pairs[1] = _mm256_unpacklo_epi8(bytes[2], bytes[3]);
	pairs[2] = _mm256_unpackhi_epi8(bytes[0], bytes[1]);
	pairs[3] = _mm256_unpackhi_epi8(bytes[2], bytes[3]);
	fours[0] = _mm256_unpacklo_epi16(pairs[0], pairs[1]); /* rows 0 to 3 of columns 0 to 3 */
	fours[1] = _mm256_unpacklo_epi16(pairs[2], pairs[3]); /* of 4 to 7 */
	fours[2] = _mm256_unpackhi_epi16(pairs[0], pairs[1]);
	fours[3] = _mm256_unpackhi_epi16(pairs[2], pairs[3]);
	for (int i = 0; i < 4; i += 2) {
		out[i] = _mm256_unpacklo_epi32(fours[i], fours[i + 1]);
		out[i + 1] = _mm256_unpackhi_epi32(fours[i], fours[i + 1]);
	}
}

/* Pass 1 of those blocks whose `raw` coefficients have nothing in rows 1 to 7, as libjpeg-turbo does it. */
static __attribute__((noinline)) void shift_flat(
	const int16_t (*raw)[64], const uint16_t *quant, __m256i *v)
{
	static const int16_t none[56];
	int16_t words[8][BLOCKS][8];

	memcpy(words, v, sizeof words);
	for (int b = 0; b < BLOCKS; b++) {
		if (memcmp(raw[b] + 8, none, sizeof none))
			continue;
		for (int i = 0; i < 64; i++)
			words[i / 8][b][i % 8] = (int16_t)((uint32_t)raw[b][i % 8] * quant[i % 8]
				<< EXTRA_BITS);
	}
	memcpy(v, words, sizeof words);
}

INLINE void store_rows(const __m256i out[4], uint8_t *const rows[8], unsigned at, unsigned count)
{
	for (unsigned i = 0; i < 4; i++)
		store_two(out[i], rows[2 * i] + at, rows[2 * i + 1] + at, count);
}

INLINE void group(
	const int16_t (*blocks)[64], const __m256i quant[8], const uint16_t *table, __m256i out[4])
{
	__m256i v[8];

	for (int r = 0; r < 8; r++)
		v[r] = _mm256_mullo_epi16(load_row(blocks, r), quant[r]);
	if (__builtin_expect(beyond(v[0], (1 << (15 - EXTRA_BITS)) - 1), false)) {
		pass(v, &pass_1);
		shift_flat(blocks, table, v);
	} else {
		pass(v, &pass_1);
	}
	transpose(v);
	pass(v, &pass_2);
	to_samples(v, out);
}

static void islow(
	const int16_t (*blocks)[64], unsigned count, const uint16_t *quant, uint8_t *const rows[8])
{
	__m256i table[8], out[4];

	for (int r = 0; r < 8; r++)
		table[r] = spread(quant + 8 * r);
	for (unsigned b = 0; b < count; b += BLOCKS) {
		group(blocks + b, table, quant, out);
		store_rows(out, rows, 8 * b, count - b < BLOCKS ? count - b : BLOCKS);
	}
}

#endif
