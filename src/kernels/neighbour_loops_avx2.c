/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours and noise with AVX2: the common loops, but for those that a compiler makes little of. */
#include "kernels/neighbour_loops.h"

#include <immintrin.h>

/* ---- boxes: 32 rows of 16 columns turned in registers ---- */

enum { COLUMNS = 16 };

/* In each half of the registers 16 rows of 16 bytes become columns: four perfect shuffles. */
static inline __attribute__((always_inline)) void transpose(__m256i x[COLUMNS])
{
	for (int step = 0; step < 4; step++) {
		__m256i t[COLUMNS];

		for (int k = 0; k < COLUMNS / 2; k++) {
			t[2 * k] = _mm256_unpacklo_epi8(x[k], x[k + COLUMNS / 2]);
			t[2 * k + 1] = _mm256_unpackhi_epi8(x[k], x[k + COLUMNS / 2]);
		}
		for (int k = 0; k < COLUMNS; k++)
			x[k] = t[k];
	}
}

static inline __m128i load16(const uint8_t *from)
{
	return _mm_loadu_si128((const __m128i *)from);
}

static inline __m256i wide(const uint8_t *from)
{
	return _mm256_cvtepu8_epi16(load16(from));
}

static void turn(uint8_t *to, const uint8_t *from, size_t stride, size_t columns)
{
	for (; columns >= COLUMNS; columns -= COLUMNS, from += COLUMNS) {
		__m256i x[COLUMNS];

		for (size_t r = 0; r < COLUMNS; r++)
			x[r] = _mm256_set_m128i(
				load16(from + (r + COLUMNS) * stride), load16(from + r * stride));
		transpose(x);
		for (int i = 0; i < COLUMNS; i++, to += NEIGHBOUR_STRIP)
			_mm256_storeu_si256((__m256i *)to, x[i]);
	}
	loops_turn(to, from, stride, columns);
}

static void turn_back(uint8_t *to, size_t stride, const uint8_t *from, size_t columns)
{
	for (; columns >= COLUMNS; columns -= COLUMNS, to += COLUMNS) {
		__m256i x[COLUMNS];

		for (int i = 0; i < COLUMNS; i++, from += NEIGHBOUR_STRIP)
			x[i] = _mm256_loadu_si256((const __m256i *)from);
		transpose(x);
		for (size_t r = 0; r < COLUMNS; r++) {
			_mm_storeu_si128(
				(__m128i *)(to + r * stride), _mm256_castsi256_si128(x[r]));
			_mm_storeu_si128((__m128i *)(to + (r + COLUMNS) * stride),
				_mm256_extracti128_si256(x[r], 1));
		}
	}
	loops_turn_back(to, stride, from, columns);
}

/* ---- boxes: sums of 32 lanes stay in registers ---- */

/* Sums of larger radii need more than 15 bits. */
enum { RADIUS_MAX = 63, PART_BITS = 12 };

/* A box's weights in two parts of 12 bits, each beside the same part of its ends' weight. */
struct parts {
	__m256i low, high;
};

static __m256i part_pair(uint32_t whole, uint32_t end)
{
	return _mm256_set1_epi32((int32_t)(whole | end << 16));
}

static struct parts parts_of(const struct box *box)
{
	const uint32_t mask = (1u << PART_BITS) - 1;

	return (struct parts){part_pair(box->whole & mask, box->end & mask),
		part_pair(box->whole >> PART_BITS, box->end >> PART_BITS)};
}

/* Eight rounded means of pairs of a sum and its ends; exact modulo 2^32, below which they are. */
static inline __m256i weigh(__m256i pairs, struct parts parts)
{
	__m256i high = _mm256_slli_epi32(_mm256_madd_epi16(pairs, parts.high), PART_BITS);
	__m256i low = _mm256_madd_epi16(pairs, parts.low);

	low = _mm256_add_epi32(low, _mm256_set1_epi32(1 << 23));
	return _mm256_srli_epi32(_mm256_add_epi32(low, high), 24);
}

static inline __m256i weigh_all(__m256i sums, __m256i ends, struct parts parts)
{
	return _mm256_packus_epi32(weigh(_mm256_unpacklo_epi16(sums, ends), parts),
		weigh(_mm256_unpackhi_epi16(sums, ends), parts));
}

/* 16 lanes' sums before the first line: see loops_box_begin. */
static __m256i first_sums(const uint8_t *from, uint32_t lines, size_t lanes, uint32_t radius)
{
	uint32_t inside = radius < lines ? radius : lines;
	__m256i last = wide(from + (lines - 1) * lanes);
	__m256i sums = _mm256_mullo_epi16(wide(from), _mm256_set1_epi16((int16_t)(radius + 1)));

	last = _mm256_mullo_epi16(last, _mm256_set1_epi16((int16_t)(radius - inside)));
	sums = _mm256_add_epi16(sums, last);
	for (uint32_t x = 0; x < inside; x++)
		sums = _mm256_add_epi16(sums, wide(from + x * lanes));
	return sums;
}

/* 32 lanes. */
static void box_lanes(
	uint8_t *to, const uint8_t *from, uint32_t lines, size_t lanes, const struct box *box)
{
	int64_t last = (int64_t)lines - 1, radius = box->radius;
	__m256i a = first_sums(from, lines, lanes, box->radius);
	__m256i b = first_sums(from + 16, lines, lanes, box->radius);
	struct parts parts = parts_of(box);

	for (int64_t x = 0; x <= last; x++, to += lanes) {
		int64_t left = x - radius - 1, right = x + radius;
		const uint8_t *gone = from + (size_t)(left < 0 ? 0 : left) * lanes;
		const uint8_t *come = from + (size_t)(right < last ? right : last) * lanes;
		const uint8_t *next = from + (size_t)(right + 1 < last ? right + 1 : last) * lanes;
		__m256i gone_a = wide(gone), gone_b = wide(gone + 16), made;

		a = _mm256_add_epi16(a, _mm256_sub_epi16(wide(come), gone_a));
		b = _mm256_add_epi16(b, _mm256_sub_epi16(wide(come + 16), gone_b));
		made = _mm256_packus_epi16(
			weigh_all(a, _mm256_add_epi16(gone_a, wide(next)), parts),
			weigh_all(b, _mm256_add_epi16(gone_b, wide(next + 16)), parts));
		_mm256_storeu_si256((__m256i *)to, _mm256_permute4x64_epi64(made, 0xd8));
	}
}

static void box(uint8_t *to, const uint8_t *from, uint32_t lines, size_t lanes,
	const struct box *by, uint32_t *sum)
{
	if (by->radius > RADIUS_MAX) {
		loops_box(to, from, lines, lanes, by, sum);
		return;
	}
	for (size_t at = 0; at < lanes; at += 32)
		box_lanes(to + at, from + at, lines, lanes, by);
}

/* ---- symmetric kernels: two taps a multiplication ---- */

static inline __m256i load(const int16_t *from)
{
	return _mm256_loadu_si256((const __m256i *)from);
}

/* Sums of 16 samples, the even and odd quads of which stand apart as unpacking leaves them. */
struct sums {
	__m256i low, high;
};

/* Adds taps a and b times a pair of weights. */
static inline struct sums add_taps(struct sums s, __m256i a, __m256i b, __m256i weights)
{
	s.low = _mm256_add_epi32(s.low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights));
	s.high = _mm256_add_epi32(s.high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights));
	return s;
}

/* weight[k] and weight[k + 1]. */
static inline __m256i weight_pair(const struct gauss *gauss, uint32_t k)
{
	int32_t pair;

	memcpy(&pair, gauss->weight + k, sizeof pair);
	return _mm256_set1_epi32(pair);
}

static inline __m256i shift_sums(struct sums s, int shift)
{
	__m128i by = _mm_cvtsi32_si128(shift);

	return _mm256_packs_epi32(_mm256_sra_epi32(s.low, by), _mm256_sra_epi32(s.high, by));
}

/* Both sides of tap k; behind the last there is a weight of 0. */
static inline __m256i both_down(const uint8_t *const *rows, size_t at, uint32_t k, uint32_t reach)
{
	if (k > reach)
		return _mm256_setzero_si256();
	return _mm256_add_epi16(wide(rows[reach - k] + at), wide(rows[reach + k] + at));
}

static inline __m256i both_across(const int16_t *centre, size_t step, uint32_t k, uint32_t reach)
{
	if (k > reach)
		return _mm256_setzero_si256();
	return _mm256_add_epi16(load(centre - k * step), load(centre + k * step));
}

static void gauss_down(
	int16_t *to, const uint8_t *const *rows, size_t samples, const struct gauss *gauss)
{
	int shift = (int)gauss->bits - GAUSS_LINE_BITS;
	__m256i half = _mm256_set1_epi32(1 << (shift - 1));
	uint32_t reach = gauss->reach;
	size_t at = 0;

	for (; at + 16 <= samples; at += 16) {
		struct sums s = {half, half};

		s = add_taps(s, wide(rows[reach] + at), both_down(rows, at, 1, reach),
			weight_pair(gauss, 0));
		for (uint32_t k = 2; k <= reach; k += 2)
			s = add_taps(s, both_down(rows, at, k, reach),
				both_down(rows, at, k + 1, reach), weight_pair(gauss, k));
		_mm256_storeu_si256((__m256i *)(to + at), shift_sums(s, shift));
	}
	loops_gauss_down_from(to, rows, at, samples, gauss);
}

static void gauss_across(
	uint8_t *to, const int16_t *line, size_t samples, size_t step, const struct gauss *gauss)
{
	int shift = (int)gauss->bits + GAUSS_LINE_BITS;
	__m256i half = _mm256_set1_epi32(1 << (shift - 1));
	uint32_t reach = gauss->reach;
	size_t at = 0;

	for (; at + 16 <= samples; at += 16) {
		const int16_t *centre = line + reach * step + at;
		struct sums s = {half, half};
		__m256i made;

		s = add_taps(s, load(centre), both_across(centre, step, 1, reach),
			weight_pair(gauss, 0));
		for (uint32_t k = 2; k <= reach; k += 2)
			s = add_taps(s, both_across(centre, step, k, reach),
				both_across(centre, step, k + 1, reach), weight_pair(gauss, k));
		made = shift_sums(s, shift);
		made = _mm256_permute4x64_epi64(_mm256_packus_epi16(made, made), 0x08);
		_mm_storeu_si128((__m128i *)(to + at), _mm256_castsi256_si128(made));
	}
	loops_gauss_across(to + at, line + at, samples - at, step, gauss);
}

/* ---- means: 64 sums stay in registers ---- */

/* 16 sums' means: see loops_mean. */
static inline __m256i mean_of(__m256i sums, __m256 scale)
{
	const __m256 half = _mm256_set1_ps(0.5f);
	__m256i a = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(sums));
	__m256i b = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(sums, 1));

	a = _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_add_ps(_mm256_cvtepi32_ps(a), half), scale));
	b = _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_add_ps(_mm256_cvtepi32_ps(b), half), scale));
	return _mm256_permute4x64_epi64(_mm256_packus_epi32(a, b), 0xd8);
}

static void mean(uint8_t *to, const uint8_t *const *rows, size_t samples, uint32_t count)
{
	__m256 scale = _mm256_set1_ps(1.0f / (float)count);
	size_t at = 0;

	for (; at + 64 <= samples; at += 64) {
		__m256i a = _mm256_set1_epi16((int16_t)(count / 2)), b = a, c = a, d = a;

		for (uint32_t k = 0; k < count; k++) {
			const uint8_t *row = rows[k] + at;

			a = _mm256_add_epi16(a, wide(row));
			b = _mm256_add_epi16(b, wide(row + 16));
			c = _mm256_add_epi16(c, wide(row + 32));
			d = _mm256_add_epi16(d, wide(row + 48));
		}
		a = _mm256_packus_epi16(mean_of(a, scale), mean_of(b, scale));
		c = _mm256_packus_epi16(mean_of(c, scale), mean_of(d, scale));
		_mm256_storeu_si256((__m256i *)(to + at), _mm256_permute4x64_epi64(a, 0xd8));
		_mm256_storeu_si256((__m256i *)(to + at + 32), _mm256_permute4x64_epi64(c, 0xd8));
	}
	loops_mean_from(to, rows, at, samples, count);
}

const struct neighbour_kernels neighbour_avx2 = {
	LOOPS_TABLE,
	.turn = turn,
	.turn_back = turn_back,
	.box = box,
	.gauss_down = gauss_down,
	.gauss_across = gauss_across,
	.mean = mean,
};
