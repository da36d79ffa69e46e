/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 8-bit rows with AVX-512 (VBMI, VNNI): weights in three signed bytes, four taps a slot and
 * instruction. Exact: the same sums modulo 2^32 as the portable variant's.
 *
 * Across, eight rows share a turn's index and weights. Narrow windows are gathered by one permutation over
 * 64 or 128 bytes, whatever lies in them (RGB: five outputs, fifteen slots); wide ones are put together
 * from four loads of 16 bytes:
 *
 *	64     |<------------------------ one load, vpermb ------------------------>|   16 slots
 *	128    |<------------ a load ----------->|<---- the next one, vpermi2b ---->|   16 slots
 *	far    |<- 16 ->|  ...  |<- 16 ->|  ...  |<- 16 ->|  ...  |<- 16 ->|  vpshufb   an output a load
 *	deep   the same for one channel: 16 taps of an output a load, four slots summed at the end
 */
#include "kernels/resample_kernels.h"
#include "kernels/resample_slots.h"

#include <immintrin.h>

enum { ROWS = 8, REGISTER = 64, WEIGHTS = 3, BLOCK = 64, WIDE = 128, AHEAD_ROW = 4096 };

enum way { WAY_64, WAY_128, WAY_FAR, WAY_DEEP };

static const struct slots_form form = {
	.size = REGISTER,
	.indices = 1,
	.weights = WEIGHTS,
	.point = slots_point_bytes,
	.weigh = slots_weigh_bytes,
};

/* A turn's weights, or a line's. */
struct weights {
	__m512i low, middle, high;
};

/* The sums of one register of slots, by digit. */
struct sums {
	__m512i low, middle, high;
};

SLOTS_INLINE struct sums sums_start(__m512i low)
{
	return (struct sums){low, _mm512_setzero_si512(), _mm512_setzero_si512()};
}

/*
 * What _mm512_dpbusd_epi32 does, but in place: gcc 12 copies the accumulator before and after that one, which
 * costs a loop of nothing else up to half of its speed.
 */
SLOTS_INLINE void dot(__m512i *sum, __m512i bytes, __m512i digits)
{
	__asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(bytes), "v"(digits));
}

SLOTS_INLINE void sums_add(struct sums *s, __m512i bytes, const struct weights *w)
{
	dot(&s->low, bytes, w->low);
	dot(&s->middle, bytes, w->middle);
	dot(&s->high, bytes, w->high);
}

SLOTS_INLINE __m512i sums_total(const struct sums *s)
{
	return _mm512_add_epi32(_mm512_add_epi32(s->low, _mm512_slli_epi32(s->middle, 8)),
		_mm512_slli_epi32(s->high, 16));
}

/* Four registers of totals, shifted and clipped to bytes: in each 16-byte lane a's four, b's, c's, d's. */
SLOTS_INLINE __m512i narrow(__m512i a, __m512i b, __m512i c, __m512i d)
{
	a = _mm512_packs_epi32(_mm512_srai_epi32(a, AXIS_BITS), _mm512_srai_epi32(b, AXIS_BITS));
	c = _mm512_packs_epi32(_mm512_srai_epi32(c, AXIS_BITS), _mm512_srai_epi32(d, AXIS_BITS));
	return _mm512_packus_epi16(a, c);
}

SLOTS_INLINE __m512i load_far(const uint8_t *row, const uint32_t *base)
{
	__m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(row + base[0])));

	v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(row + base[1])), 1);
	v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(row + base[2])), 2);
	return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(row + base[3])), 3);
}

SLOTS_INLINE __m512i gather(
	const uint8_t *row, const uint32_t *base, __m512i index, const enum way way)
{
	if (way == WAY_64)
		return _mm512_permutexvar_epi8(index, _mm512_loadu_si512(row + *base));
	if (way == WAY_128)
		return _mm512_permutex2var_epi8(_mm512_loadu_si512(row + *base), index,
			_mm512_loadu_si512(row + *base + REGISTER));
	return _mm512_shuffle_epi8(load_far(row, base), index);
}

/* Sums the four slots of each lane, for four rows: one slot a row. */
SLOTS_INLINE __m512i fold(__m512i a, __m512i b, __m512i c, __m512i d)
{
	a = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
	c = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
	return _mm512_add_epi32(_mm512_unpacklo_epi64(a, c), _mm512_unpackhi_epi64(a, c));
}

/* A group's samples of four rows, woven. Far: `order` closes the gaps of slots that hold nothing. */
SLOTS_INLINE void store(uint8_t *line, const struct sums *a, const struct sums *b,
	const struct sums *c, const struct sums *d, __m512i order, const enum way way)
{
	const __m512i weave = _mm512_broadcast_i32x4(
		_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
	__m512i ta = sums_total(a), tb = sums_total(b), tc = sums_total(c), td = sums_total(d), v;

	if (way == WAY_DEEP) {
		v = _mm512_srai_epi32(fold(ta, tb, tc, td), AXIS_BITS);
		v = _mm512_max_epi32(v, _mm512_setzero_si512());
		_mm_storeu_si128((__m128i *)line, _mm512_cvtusepi32_epi8(v));
		return;
	}
	v = _mm512_shuffle_epi8(narrow(ta, tb, tc, td), weave);
	if (way == WAY_FAR)
		v = _mm512_permutexvar_epi32(order, v);
	_mm512_storeu_si512(line, v);
}

/* Of each lane's four slots the first `channels` hold something. */
static __m512i far_order(unsigned channels)
{
	uint32_t order[16] = {0};

	for (unsigned i = 0; i < 4 * channels; i++)
		order[i] = i / channels * 4 + i % channels;
	return _mm512_loadu_si512(order);
}

/*
 * How far apart the rows lie, when they are so long that the next block's may not be in cache; else 0. Only a
 * guess: rows may lie anywhere.
 */
static uintptr_t far_apart(const struct axis *x, unsigned channels, const uint8_t *const *rows)
{
	size_t row = (size_t)(x->high - x->low) * channels;

	return row < AHEAD_ROW ? 0 : (uintptr_t)rows[ROWS - 1] - (uintptr_t)rows[ROWS - 2];
}

/* Asks for what the next block will load here, so that it comes while this one is computed. */
SLOTS_INLINE void fetch_ahead(const uint8_t *last, uintptr_t apart, const enum way way)
{
	uintptr_t at = (uintptr_t)last;

	for (int i = 0; i < ROWS; i++) {
		at += apart;
		_mm_prefetch((const char *)at, _MM_HINT_T0);
		if (way != WAY_64)
			_mm_prefetch((const char *)(at + 64), _MM_HINT_T0);
	}
}

SLOTS_INLINE void across(const struct slots *slots, const uint8_t *const *rows, void *const *lines,
	unsigned channels, uintptr_t apart, const enum way way, const uint32_t turns)
{
	const __m512i start = _mm512_set1_epi32(way == WAY_DEEP ? SLOTS_ROUND / 4 : SLOTS_ROUND);
	const __m512i order = far_order(channels);
	const unsigned char *turn = slots->turn;
	const uint32_t *base = slots->base;
	const uint8_t *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
	const uint8_t *r4 = rows[4], *r5 = rows[5], *r6 = rows[6], *r7 = rows[7];
	uint8_t *line0 = lines[0], *line1 = lines[1];

	for (uint32_t g = 0; g < slots->groups; g++) {
		/* Not an array: gcc 12 would keep one in memory. */
		struct sums s0 = sums_start(start), s1 = s0, s2 = s0, s3 = s0;
		struct sums s4 = s0, s5 = s0, s6 = s0, s7 = s0;

		if (apart)
			fetch_ahead(r7 + *base, apart, way);
		for (uint32_t t = 0; t < turns; t++) {
			const __m512i index = _mm512_load_si512(turn);
			const struct weights w = {_mm512_load_si512(turn + REGISTER),
				_mm512_load_si512(turn + 2 * REGISTER),
				_mm512_load_si512(turn + 3 * REGISTER)};

			sums_add(&s0, gather(r0, base, index, way), &w);
			sums_add(&s1, gather(r1, base, index, way), &w);
			sums_add(&s2, gather(r2, base, index, way), &w);
			sums_add(&s3, gather(r3, base, index, way), &w);
			sums_add(&s4, gather(r4, base, index, way), &w);
			sums_add(&s5, gather(r5, base, index, way), &w);
			sums_add(&s6, gather(r6, base, index, way), &w);
			sums_add(&s7, gather(r7, base, index, way), &w);
			turn += (1 + WEIGHTS) * REGISTER;
			base += way >= WAY_FAR ? 4 : 1;
		}
		store(line0, &s0, &s1, &s2, &s3, order, way);
		store(line1, &s4, &s5, &s6, &s7, order, way);
		line0 += slots->step;
		line1 += slots->step;
	}
}

/* The same with the number of turns known, which small scales have few of. */
SLOTS_INLINE void across_turns(const struct slots *slots, const uint8_t *const *rows,
	void *const *lines, unsigned channels, uintptr_t apart, const enum way way)
{
	if (slots->turns == 1)
		across(slots, rows, lines, channels, apart, way, 1);
	else if (slots->turns == 2)
		across(slots, rows, lines, channels, apart, way, 2);
	else
		across(slots, rows, lines, channels, apart, way, slots->turns);
}

static void h(const struct axis *x, unsigned channels, const void *const *rows, void *const *lines,
	void *scratch)
{
	const struct slots *slots = x->table[channels];
	const void *copies[ROWS];
	const uint8_t *const *from;
	uintptr_t apart;

	slots_widen(x, channels, WIDE, ROWS, &rows, copies, scratch);
	from = (const uint8_t *const *)rows;
	apart = far_apart(x, channels, from);
	if (slots->way == WAY_64)
		across_turns(slots, from, lines, channels, apart, WAY_64);
	else if (slots->way == WAY_128)
		across_turns(slots, from, lines, channels, apart, WAY_128);
	else if (channels > 1)
		across(slots, from, lines, channels, apart, WAY_FAR, slots->turns);
	else
		across(slots, from, lines, channels, apart, WAY_DEEP, slots->turns);
}

static void v(const struct axis *y, uint32_t o, unsigned skip, const void *const *line,
	size_t samples, void *out, void *scratch)
{
	const __m512i order = _mm512_setr_epi32(
		0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	const size_t lines = slots_down(y, o, skip, &form, scratch);

	for (size_t s = 0; s < samples; s += BLOCK) {
		struct sums a = sums_start(_mm512_set1_epi32(SLOTS_ROUND)), b = a, c = a, d = a;
		const int32_t *word = scratch;
		size_t left = samples - s;
		__m512i all;

		for (size_t i = 0; i < lines; i++, word += WEIGHTS) {
			const uint8_t *p = (const uint8_t *)line[i] + s * SLOTS_WEAVE;
			const struct weights w = {_mm512_set1_epi32(word[0]),
				_mm512_set1_epi32(word[1]), _mm512_set1_epi32(word[2])};

			sums_add(&a, _mm512_loadu_si512(p), &w);
			sums_add(&b, _mm512_loadu_si512(p + REGISTER), &w);
			sums_add(&c, _mm512_loadu_si512(p + 2 * REGISTER), &w);
			sums_add(&d, _mm512_loadu_si512(p + 3 * REGISTER), &w);
		}
		all = narrow(sums_total(&a), sums_total(&b), sums_total(&c), sums_total(&d));
		all = _mm512_permutexvar_epi32(order, all);
		_mm512_mask_storeu_epi8((uint8_t *)out + s,
			left >= BLOCK ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1, all);
	}
}

static void *table(const struct axis *x, unsigned channels)
{
	static const struct slots_way one[] = {{1, 64, 16, 4}, {1, 128, 16, 4}, {4, 16, 1, 16}};
	static const struct slots_way two[] = {{1, 64, 8, 4}, {1, 128, 8, 4}, {4, 16, 1, 4}};
	static const struct slots_way three[] = {{1, 64, 5, 4}, {1, 128, 5, 4}, {4, 16, 1, 4}};
	static const struct slots_way four[] = {{1, 64, 4, 4}, {1, 128, 4, 4}, {4, 16, 1, 4}};
	static const struct slots_way *const ways[] = {NULL, one, two, three, four};

	return slots_new(x, channels, ways[channels], 3, &form);
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
	return down > ROWS * WIDE ? down : ROWS * WIDE;
}

const struct resample_kernels resample_u8_avx512 = {
	.name = "avx512",
	.rows = ROWS,
	.weave = SLOTS_WEAVE,
	.line_size = line_size,
	.scratch = scratch_size,
	.table = table,
	.h = h,
	.v = v,
};
