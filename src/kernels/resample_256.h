/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two passes in 256-bit registers, for the variants that differ in how they split weights and multiply.
 * Included by a variant, behind its struct sums, weights and turn and their functions.
 *
 * A register is two lanes of four slots; each lane has a window of 16 bytes:
 *
 *	packed    one or two channels: four or two outputs a lane, where their windows fit 16 bytes together
 *	single    one output a lane, four taps a turn
 *	deep      one channel: one output a lane, 16 taps a turn, the four slots summed at the end
 *
 * Across, four rows share a turn: one line.
 */
#ifndef KERNELS_RESAMPLE_256_H
#define KERNELS_RESAMPLE_256_H

#include "kernels/resample_kernels.h"
#include "kernels/resample_slots.h"

#include <immintrin.h>

enum { ROWS = 4, REGISTER = 32, WINDOW = 16, BLOCK = 32 };

/* Four registers of totals, shifted and clipped to bytes: in each 16-byte lane a's four, b's, c's, d's. */
SLOTS_INLINE __m256i narrow(__m256i a, __m256i b, __m256i c, __m256i d)
{
	a = _mm256_packs_epi32(_mm256_srai_epi32(a, AXIS_BITS), _mm256_srai_epi32(b, AXIS_BITS));
	c = _mm256_packs_epi32(_mm256_srai_epi32(c, AXIS_BITS), _mm256_srai_epi32(d, AXIS_BITS));
	return _mm256_packus_epi16(a, c);
}

/* Sums the four slots of each lane, for four rows: one slot a row. */
SLOTS_INLINE __m256i fold(__m256i a, __m256i b, __m256i c, __m256i d)
{
	a = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
	c = _mm256_add_epi32(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
	return _mm256_add_epi32(_mm256_unpacklo_epi64(a, c), _mm256_unpackhi_epi64(a, c));
}

SLOTS_INLINE __m256i load_two(const uint8_t *row, const uint32_t *base)
{
	__m128i low = _mm_loadu_si128((const __m128i *)(row + base[0]));
	__m128i high = _mm_loadu_si128((const __m128i *)(row + base[1]));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* A group's samples of four rows, woven: the second lane's follow the first's after half a step. */
SLOTS_INLINE void store(
	uint8_t *line, size_t half, __m256i a, __m256i b, __m256i c, __m256i d, const bool deep)
{
	const __m256i weave = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
	__m256i v;

	if (deep) {
		v = fold(a, b, c, d);
		v = narrow(v, v, v, v); /* a lane's one output is its first four bytes */
	} else {
		v = _mm256_shuffle_epi8(narrow(a, b, c, d), weave);
	}
	_mm_storeu_si128((__m128i *)line, _mm256_castsi256_si128(v));
	_mm_storeu_si128((__m128i *)(line + half), _mm256_extracti128_si256(v, 1));
}

SLOTS_INLINE void across(const struct slots *slots, const uint8_t *const *rows, uint8_t *line,
	const bool deep, const uint32_t turns)
{
	const __m256i start = _mm256_set1_epi32(deep ? SLOTS_ROUND / 4 : SLOTS_ROUND);
	const unsigned char *turn = slots->turn;
	const uint32_t *base = slots->base;
	const uint8_t *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];

	for (uint32_t g = 0; g < slots->groups; g++) {
		/* Not an array: gcc 12 would keep one in memory. */
		struct sums s0 = sums_start(start), s1 = s0, s2 = s0, s3 = s0;

		for (uint32_t t = 0; t < turns; t++) {
			const struct turn now = turn_load(turn);

			turn_add(&s0, load_two(r0, base), &now);
			turn_add(&s1, load_two(r1, base), &now);
			turn_add(&s2, load_two(r2, base), &now);
			turn_add(&s3, load_two(r3, base), &now);
			turn += (INDICES + WEIGHTS) * REGISTER;
			base += 2;
		}
		store(line, slots->step / 2, sums_total(&s0), sums_total(&s1), sums_total(&s2),
			sums_total(&s3), deep);
		line += slots->step;
	}
}

static void h(const struct axis *x, unsigned channels, const void *const *rows, void *const *lines,
	void *scratch)
{
	const struct slots *slots = x->table[channels];
	const void *copies[ROWS];
	const uint8_t *const *from;

	slots_widen(x, channels, WINDOW, ROWS, &rows, copies, scratch);
	from = (const uint8_t *const *)rows;
	if (channels == 1 && slots->way > 0)
		across(slots, from, lines[0], true, slots->turns);
	else if (slots->turns == 1)
		across(slots, from, lines[0], false, 1);
	else if (slots->turns == 2)
		across(slots, from, lines[0], false, 2);
	else
		across(slots, from, lines[0], false, slots->turns);
}

static void v(const struct axis *y, uint32_t o, unsigned skip, const void *const *line,
	size_t samples, void *out, void *scratch)
{
	const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	const size_t lines = slots_down(y, o, skip, &form, scratch);

	for (size_t s = 0; s < samples; s += BLOCK) {
		struct sums a = sums_start(_mm256_set1_epi32(SLOTS_ROUND)), b = a, c = a, d = a;
		const int32_t *word = scratch;
		uint8_t end[BLOCK];
		__m256i all;

		for (size_t i = 0; i < lines; i++, word += WEIGHTS) {
			const uint8_t *bytes = (const uint8_t *)line[i] + s * SLOTS_WEAVE;
			const __m256i_u *p = (const __m256i_u *)bytes;
			const struct weights w = weights_spread(word);

			line_add(&a, p[0], &w);
			line_add(&b, p[1], &w);
			line_add(&c, p[2], &w);
			line_add(&d, p[3], &w);
		}
		all = narrow(sums_total(&a), sums_total(&b), sums_total(&c), sums_total(&d));
		all = _mm256_permutevar8x32_epi32(all, order);
		if (samples - s >= BLOCK) {
			_mm256_storeu_si256((__m256i *)((uint8_t *)out + s), all);
		} else {
			_mm256_storeu_si256((__m256i *)end, all);
			memcpy((uint8_t *)out + s, end, samples - s);
		}
	}
}

static void *table(const struct axis *x, unsigned channels)
{
	static const struct slots_way one[] = {{2, WINDOW, 4, 4}, {2, WINDOW, 1, 16}};
	static const struct slots_way two[] = {{2, WINDOW, 2, 4}, {2, WINDOW, 1, 4}};
	static const struct slots_way more[] = {{2, WINDOW, 1, 4}};

	if (channels > 2)
		return slots_new(x, channels, more, 1, &form);
	return slots_new(x, channels, channels == 1 ? one : two, 2, &form);
}

static size_t line_size(size_t samples)
{
	return slots_line_size(samples, BLOCK, REGISTER);
}

static size_t scratch_size(const struct axis *x, const struct axis *y, unsigned channels)
{
	size_t down = slots_down_size(y, WEIGHTS);

	(void)x;
	(void)channels;
	return down > ROWS * WINDOW ? down : ROWS * WINDOW;
}

#define RESAMPLE_256(variant)                                                                      \
	{                                                                                          \
		.name = (variant), .rows = ROWS, .weave = SLOTS_WEAVE, .line_size = line_size,     \
		.scratch = scratch_size, .table = table, .h = h, .v = v,                           \
	}

#endif
