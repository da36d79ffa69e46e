/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse DCT (idct_kernels.h), as text, for registers of 32 and of 64 bytes. Before it stand V (the register), BLOCKS
 * (how many blocks it has room for, at 16 bytes each), OP (an intrinsic by its short name), and
 *
 *	dot		sum + products of words by factors, added up in pairs
 *	load_row	a row of BLOCKS blocks
 *	spread		8 words, once for each block
 *	beyond		whether a word is, in size, above a limit
 *	store_two	two rows of `count` blocks, from as many 16 bytes of which the first half is the first row's
 *
 * It is Loeffler's, Ligtenberg's and Moschytz' with 11 multiplications ("Practical fast 1-D DCT algorithms with 11
 * multiplications", 1989), in fixed point of 13 bits, columns first:
 *
 *	a row of 4 blocks    | block 0, r | block 1, r | block 2, r | block 3, r |    16 bytes each
 *	x its row of quant          vector r, of 8; these go through pass 1
 *	transposed           | block 0, column c | block 1, column c | ...            within its 16 bytes
 *	                            vector c, of 8; these go through pass 2
 *	packed, transposed   | row 0 of 4 blocks | row 1 of 4 blocks |                bytes
 *
 * What makes it libjpeg-turbo's to the bit, on data that no encoder writes, too: coefficients times quant, and the sums of
 * two inputs, are taken modulo 2^16; sums of products modulo 2^32, so their order does not matter; between the passes and
 * at the end values are clipped to 16 bits, and then to 8. And one thing more: a block that has nothing in its rows 1 to 7 skips
 * pass 1, and its row 0 is shifted instead, modulo 2^16. That shows where it would have been clipped.
 */
#include "kernels/idct_kernels.h"

#include <string.h>

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

/* Two factors, for words that stand side by side. */
INLINE V factors(int a, int b)
{
	return OP(set1_epi32)((int)((uint32_t)(uint16_t)a | (uint32_t)b << 16));
}

/* The inputs of one half of a register's words, side by side two by two. */
struct pairs {
	V sum, difference; /* 0 + 4 and 0 - 4, beside the bias */
	V even; /* 2, 6 */
	V cross; /* 7 + 3, 5 + 1 */
	V outer, inner; /* 7, 1 and 5, 3 */
};

/* 32-bit results 0 .. 7. */
INLINE void transform(const struct pairs *x, const struct descale *d, V out[8])
{
	V one = factors(1 << SCALE_BITS, d->bias_factor);
	V sum = OP(madd_epi16)(x->sum, one), difference = OP(madd_epi16)(x->difference, one);
	V a = OP(madd_epi16)(x->cross, factors(F_1_175 - F_1_961, F_1_175));
	V b = OP(madd_epi16)(x->cross, factors(F_1_175, F_1_175 - F_0_390));
	V even[4], odd[4];

	even[0] = dot(sum, x->even, factors(F_0_541 + F_0_765, F_0_541));
	even[3] = dot(sum, x->even, factors(-F_0_541 - F_0_765, -F_0_541));
	even[1] = dot(difference, x->even, factors(F_0_541, F_0_541 - F_1_847));
	even[2] = dot(difference, x->even, factors(-F_0_541, F_1_847 - F_0_541));
	odd[0] = dot(b, x->outer, factors(-F_0_899, F_1_501 - F_0_899));
	odd[1] = dot(a, x->inner, factors(-F_2_562, F_3_072 - F_2_562));
	odd[2] = dot(b, x->inner, factors(F_2_053 - F_2_562, -F_2_562));
	odd[3] = dot(a, x->outer, factors(F_0_298 - F_0_899, -F_0_899));
	for (int i = 0; i < 4; i++) {
		out[i] = OP(srai_epi32)(OP(add_epi32)(even[i], odd[i]), d->shift);
		out[7 - i] = OP(srai_epi32)(OP(sub_epi32)(even[i], odd[i]), d->shift);
	}
}

INLINE void pass(V v[8], const struct descale *d)
{
	V sum = OP(add_epi16)(v[0], v[4]), difference = OP(sub_epi16)(v[0], v[4]);
	V z3 = OP(add_epi16)(v[7], v[3]), z4 = OP(add_epi16)(v[5], v[1]);
	V bias = OP(set1_epi16)(d->bias_word);
	struct pairs low = {OP(unpacklo_epi16)(sum, bias), OP(unpacklo_epi16)(difference, bias),
		OP(unpacklo_epi16)(v[2], v[6]), OP(unpacklo_epi16)(z3, z4),
		OP(unpacklo_epi16)(v[7], v[1]), OP(unpacklo_epi16)(v[5], v[3])};
	struct pairs high = {OP(unpackhi_epi16)(sum, bias), OP(unpackhi_epi16)(difference, bias),
		OP(unpackhi_epi16)(v[2], v[6]), OP(unpackhi_epi16)(z3, z4),
		OP(unpackhi_epi16)(v[7], v[1]), OP(unpackhi_epi16)(v[5], v[3])};
	V lows[8], highs[8];

	transform(&low, d, lows);
	transform(&high, d, highs);
	for (int i = 0; i < 8; i++)
		v[i] = OP(packs_epi32)(lows[i], highs[i]);
}

/* 8 x 8 words of each block: what was in row r and column c goes to row c and column r. */
INLINE void transpose(V v[8])
{
	V pairs[8], fours[8];

	for (int i = 0; i < 4; i++) {
		pairs[i] = OP(unpacklo_epi16)(v[2 * i], v[2 * i + 1]);
		pairs[4 + i] = OP(unpackhi_epi16)(v[2 * i], v[2 * i + 1]);
	}
	for (int i = 0; i < 8; i += 4) { /* columns 0 to 3, 4 to 7 */
		fours[i] = OP(unpacklo_epi32)(pairs[i], pairs[i + 1]);
		fours[i + 1] = OP(unpackhi_epi32)(pairs[i], pairs[i + 1]);
		fours[i + 2] = OP(unpacklo_epi32)(pairs[i + 2], pairs[i + 3]);
		fours[i + 3] = OP(unpackhi_epi32)(pairs[i + 2], pairs[i + 3]);
	}
	for (int i = 0; i < 8; i += 4) {
		v[i] = OP(unpacklo_epi64)(fours[i], fours[i + 2]);
		v[i + 1] = OP(unpackhi_epi64)(fours[i], fours[i + 2]);
		v[i + 2] = OP(unpacklo_epi64)(fours[i + 1], fours[i + 3]);
		v[i + 3] = OP(unpackhi_epi64)(fours[i + 1], fours[i + 3]);
	}
}

/* Columns to samples: of each block, rows 2 i and 2 i + 1 in out[i]. */
INLINE void to_samples(const V v[8], V out[4])
{
	V bytes[4], pairs[4], fours[4];
	V middle = OP(set1_epi8)(-128);

	for (int i = 0; i < 4; i++) /* columns i, i + 4 */
		bytes[i] = OP(xor_)(OP(packs_epi16)(v[i], v[i + 4]), middle);
	pairs[0] = OP(unpacklo_epi8)(bytes[0], bytes[1]);
	pairs[1] = OP(unpacklo_epi8)(bytes[2], bytes[3]);
	pairs[2] = OP(unpackhi_epi8)(bytes[0], bytes[1]);
	pairs[3] = OP(unpackhi_epi8)(bytes[2], bytes[3]);
	fours[0] = OP(unpacklo_epi16)(pairs[0], pairs[1]); /* rows 0 to 3 of columns 0 to 3 */
	fours[1] = OP(unpacklo_epi16)(pairs[2], pairs[3]); /* of 4 to 7 */
	fours[2] = OP(unpackhi_epi16)(pairs[0], pairs[1]);
	fours[3] = OP(unpackhi_epi16)(pairs[2], pairs[3]);
	for (int i = 0; i < 4; i += 2) {
		out[i] = OP(unpacklo_epi32)(fours[i], fours[i + 1]);
		out[i + 1] = OP(unpackhi_epi32)(fours[i], fours[i + 1]);
	}
}

/* Pass 1 of those blocks whose `raw` coefficients have nothing in rows 1 to 7, as libjpeg-turbo does it. */
static __attribute__((noinline)) void shift_flat(
	const int16_t (*raw)[64], const uint16_t *quant, V *v)
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

INLINE void store_rows(const V out[4], uint8_t *const rows[8], unsigned at, unsigned count)
{
	for (unsigned i = 0; i < 4; i++)
		store_two(out[i], rows[2 * i] + at, rows[2 * i + 1] + at, count);
}

INLINE void group(const int16_t (*blocks)[64], const V quant[8], const uint16_t *table, V out[4])
{
	V v[8];

	for (int r = 0; r < 8; r++)
		v[r] = OP(mullo_epi16)(load_row(blocks, r), quant[r]);
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
	V table[8], out[4];

	for (int r = 0; r < 8; r++)
		table[r] = spread(quant + 8 * r);
	for (unsigned b = 0; b < count; b += BLOCKS) {
		group(blocks + b, table, quant, out);
		store_rows(out, rows, 8 * b, count - b < BLOCKS ? count - b : BLOCKS);
	}
}
