/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of neighbour_kernels.h, written so that a compiler makes vectors of them: a file for each instruction
 * set includes this text and puts the functions into its table, so all of them do the same arithmetic. Whole
 * numbers are exact, and floats keep the order that is written here.
 */
#ifndef KERNELS_NEIGHBOUR_LOOPS_H
#define KERNELS_NEIGHBOUR_LOOPS_H

#include "kernels/grey.h"
#include "kernels/neighbour_kernels.h"

#include <math.h>
#include <string.h>

/* ---- boxes ---- */

static void loops_turn(
	uint8_t *restrict to, const uint8_t *restrict from, size_t stride, size_t columns)
{
	for (int r = 0; r < NEIGHBOUR_STRIP; r++, from += stride)
		for (size_t i = 0; i < columns; i++)
			to[i * NEIGHBOUR_STRIP + r] = from[i];
}

static void loops_turn_back(
	uint8_t *restrict to, size_t stride, const uint8_t *restrict from, size_t columns)
{
	for (int r = 0; r < NEIGHBOUR_STRIP; r++, to += stride)
		for (size_t i = 0; i < columns; i++)
			to[i] = from[i * NEIGHBOUR_STRIP + r];
}

/* The window just before the first sample: the first line once more than the radius, and what follows it. */
static void loops_box_begin(uint32_t *restrict sum, const uint8_t *restrict from, uint32_t lines,
	size_t lanes, uint32_t radius)
{
	uint32_t inside = radius < lines ? radius : lines;
	const uint8_t *last = from + (lines - 1) * lanes;

	for (size_t i = 0; i < lanes; i++)
		sum[i] = from[i] * (radius + 1) + last[i] * (radius - inside);
	for (uint32_t x = 0; x < inside; x++)
		for (size_t i = 0; i < lanes; i++)
			sum[i] += from[x * lanes + i];
}

static void loops_box_line(uint8_t *restrict to, uint32_t *restrict sum, const uint8_t *gone,
	const uint8_t *come, const uint8_t *next, size_t lanes, uint32_t whole, uint32_t end)
{
	for (size_t i = 0; i < lanes; i++) {
		uint32_t s = sum[i] + come[i] - gone[i];

		sum[i] = s;
		to[i] = (uint8_t)((s * whole + ((uint32_t)gone[i] + next[i]) * end + (1u << 23)) >>
			24);
	}
}

static void loops_box(uint8_t *to, const uint8_t *from, uint32_t lines, size_t lanes,
	const struct box *box, uint32_t *sum)
{
	int64_t last = (int64_t)lines - 1, radius = box->radius;

	loops_box_begin(sum, from, lines, lanes, box->radius);
	for (int64_t x = 0; x <= last; x++, to += lanes) {
		int64_t left = x - radius - 1, right = x + radius;

		left = left < 0 ? 0 : left;
		loops_box_line(to, sum, from + (size_t)left * lanes,
			from + (size_t)(right < last ? right : last) * lanes,
			from + (size_t)(right + 1 < last ? right + 1 : last) * lanes, lanes,
			box->whole, box->end);
	}
}

/* Below 2^18 a float holds the product, and half a hundredth keeps it off whole numbers by more than it rounds. */
static void loops_unsharp(uint8_t *restrict to, const uint8_t *restrict from, size_t samples,
	uint32_t percent, uint32_t threshold)
{
	for (size_t i = 0; i < samples; i++) {
		int32_t v = from[i], d = v - to[i], size = d < 0 ? -d : d;
		int32_t more = (int32_t)(((float)(size * (int32_t)percent) + 0.5f) * 0.01f);

		more &= -(int32_t)(size > (int32_t)threshold);
		v += d < 0 ? -more : more;
		v = v < 0 ? 0 : v;
		to[i] = (uint8_t)(v > 255 ? 255 : v);
	}
}

/* ---- symmetric kernels ---- */

/* Samples whose sums are kept at once; the last block of a row is shorter. */
enum { LOOPS_BLOCK = 128 };

#define LOOPS_INLINE static inline __attribute__((always_inline))

/* n is a constant but for the last block. */
LOOPS_INLINE void loops_gauss_down_block(int16_t *restrict to, const uint8_t *const *rows,
	size_t at, const size_t n, const struct gauss *gauss)
{
	int shift = (int)gauss->bits - GAUSS_LINE_BITS;
	const uint8_t *centre = rows[gauss->reach] + at;
	int32_t sum[LOOPS_BLOCK];

	for (size_t i = 0; i < n; i++)
		sum[i] = (int16_t)centre[i] * gauss->weight[0] + (1 << (shift - 1));
	for (uint32_t k = 1; k <= gauss->reach; k++) {
		const uint8_t *a = rows[gauss->reach - k] + at, *b = rows[gauss->reach + k] + at;
		int16_t weight = gauss->weight[k];

		for (size_t i = 0; i < n; i++)
			sum[i] += (int16_t)(a[i] + b[i]) * weight;
	}
	for (size_t i = 0; i < n; i++)
		to[i] = (int16_t)(sum[i] >> shift);
}

/* From sample `at` on. */
static void loops_gauss_down_from(int16_t *to, const uint8_t *const *rows, size_t at,
	size_t samples, const struct gauss *gauss)
{
	for (; at + LOOPS_BLOCK <= samples; at += LOOPS_BLOCK)
		loops_gauss_down_block(to + at, rows, at, LOOPS_BLOCK, gauss);
	if (at < samples)
		loops_gauss_down_block(to + at, rows, at, samples - at, gauss);
}

LOOPS_INLINE void loops_gauss_across_block(uint8_t *restrict to, const int16_t *centre, size_t step,
	const size_t n, const struct gauss *gauss)
{
	int shift = (int)gauss->bits + GAUSS_LINE_BITS;
	int32_t sum[LOOPS_BLOCK];

	for (size_t i = 0; i < n; i++)
		sum[i] = centre[i] * gauss->weight[0] + (1 << (shift - 1));
	for (uint32_t k = 1; k <= gauss->reach; k++) {
		const int16_t *a = centre - k * step, *b = centre + k * step;
		int16_t weight = gauss->weight[k];

		for (size_t i = 0; i < n; i++)
			sum[i] += (int16_t)(a[i] + b[i]) * weight;
	}
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(sum[i] >> shift);
}

static void loops_gauss_across(
	uint8_t *to, const int16_t *line, size_t samples, size_t step, const struct gauss *gauss)
{
	const int16_t *centre = line + gauss->reach * step;
	size_t at = 0;

	for (; at + LOOPS_BLOCK <= samples; at += LOOPS_BLOCK)
		loops_gauss_across_block(to + at, centre + at, step, LOOPS_BLOCK, gauss);
	if (at < samples)
		loops_gauss_across_block(to + at, centre + at, step, samples - at, gauss);
}

/* ---- medians ---- */

#define LOW(a, b) ((a) < (b) ? (a) : (b))
#define HIGH(a, b) ((a) < (b) ? (b) : (a))
/* a becomes the lower, b the higher. */
#define SORT(a, b)                                                                                 \
	do {                                                                                       \
		uint8_t low_ = LOW(a, b);                                                          \
		b = HIGH(a, b);                                                                    \
		a = low_;                                                                          \
	} while (0)

/* Columns sorted, the median is that of the highest low, the middle middle and the lowest high. */
static void loops_median3(
	uint8_t *restrict to, const uint8_t *const *rows, size_t samples, size_t step)
{
	const uint8_t *a = rows[0], *b = rows[1], *c = rows[2];

	for (size_t i = 0; i < samples; i++) {
		uint8_t a0 = a[i], a1 = a[i + step], a2 = a[i + 2 * step];
		uint8_t b0 = b[i], b1 = b[i + step], b2 = b[i + 2 * step];
		uint8_t c0 = c[i], c1 = c[i + step], c2 = c[i + 2 * step];
		uint8_t low, middle, high;

		SORT(a0, b0);
		SORT(b0, c0);
		SORT(a0, b0);
		SORT(a1, b1);
		SORT(b1, c1);
		SORT(a1, b1);
		SORT(a2, b2);
		SORT(b2, c2);
		SORT(a2, b2);
		low = HIGH(HIGH(a0, a1), a2);
		high = LOW(LOW(c0, c1), c2);
		SORT(b0, b1);
		middle = HIGH(b0, LOW(b1, b2));
		SORT(low, middle);
		middle = LOW(middle, high);
		to[i] = HIGH(low, middle);
	}
}

/* Each column's five, sorted: nine exchanges. */
static void loops_columns5(uint8_t (*restrict to)[LOOPS_BLOCK * 2], const uint8_t *const *rows,
	size_t at, size_t samples)
{
	const uint8_t *p = rows[0] + at, *q = rows[1] + at, *r = rows[2] + at, *s = rows[3] + at,
		      *t = rows[4] + at;

	for (size_t i = 0; i < samples; i++) {
		uint8_t a = p[i], b = q[i], c = r[i], d = s[i], e = t[i];

		SORT(a, b);
		SORT(d, e);
		SORT(c, e);
		SORT(c, d);
		SORT(a, d);
		SORT(a, c);
		SORT(b, e);
		SORT(b, d);
		SORT(b, c);
		to[0][i] = a;
		to[1][i] = b;
		to[2][i] = c;
		to[3][i] = d;
		to[4][i] = e;
	}
}

/* Each leaves its lowest in the first argument and its highest in the last. */
#define SPREAD4(a, b, c, d)                                                                        \
	do {                                                                                       \
		SORT(a, b);                                                                        \
		SORT(c, d);                                                                        \
		SORT(a, c);                                                                        \
		SORT(b, d);                                                                        \
	} while (0)
#define SPREAD5(a, b, c, d, e)                                                                     \
	do {                                                                                       \
		SPREAD4(a, b, c, d);                                                               \
		SORT(a, e);                                                                        \
		SORT(d, e);                                                                        \
	} while (0)
#define SPREAD6(a, b, c, d, e, f)                                                                  \
	do {                                                                                       \
		SORT(e, f);                                                                        \
		SPREAD4(a, b, c, d);                                                               \
		SORT(a, e);                                                                        \
		SORT(d, f);                                                                        \
	} while (0)
#define SPREAD7(a, b, c, d, e, f, g)                                                               \
	do {                                                                                       \
		SPREAD6(a, b, c, d, e, f);                                                         \
		SORT(a, g);                                                                        \
		SORT(f, g);                                                                        \
	} while (0)
#define SPREAD8(a, b, c, d, e, f, g, h)                                                            \
	do {                                                                                       \
		SORT(g, h);                                                                        \
		SPREAD6(a, b, c, d, e, f);                                                         \
		SORT(a, g);                                                                        \
		SORT(f, h);                                                                        \
	} while (0)

/*
 * Of five sorted columns each row is sorted as far as it matters: whatever has 13 others below or above it for sure
 * cannot be the median of 25. Of the 13 that are left (the two highest of the lows, the three highest of the next
 * row, three in the middle, and so on) the lowest and the highest are dropped until one remains.
 */
static void loops_rows5(uint8_t *restrict to, uint8_t (*restrict from)[LOOPS_BLOCK * 2],
	size_t samples, size_t step)
{
	const uint8_t *p = from[0], *q = from[1], *r = from[2], *s = from[3], *t = from[4];

	for (size_t i = 0; i < samples; i++) {
		size_t i1 = i + step, i2 = i1 + step, i3 = i2 + step, i4 = i3 + step;
		uint8_t a0 = p[i], a1 = p[i1], a2 = p[i2], a3 = p[i3], a4 = p[i4];
		uint8_t b0 = q[i], b1 = q[i1], b2 = q[i2], b3 = q[i3], b4 = q[i4];
		uint8_t c0 = r[i], c1 = r[i1], c2 = r[i2], c3 = r[i3], c4 = r[i4];
		uint8_t d0 = s[i], d1 = s[i1], d2 = s[i2], d3 = s[i3], d4 = s[i4];
		uint8_t e0 = t[i], e1 = t[i1], e2 = t[i2], e3 = t[i3], e4 = t[i4];

		SPREAD4(a0, a1, a2, a3); /* leaves a3 and a4 */
		a4 = HIGH(HIGH(a1, a2), a4);
		SPREAD4(b0, b1, b2, b3); /* leaves b2, b3 and b4 */
		SORT(b1, b2);
		b4 = HIGH(b1, b4);
		SPREAD5(c0, c1, c2, c3, c4); /* leaves c1, c2 and c3 */
		SPREAD4(d0, d1, d2, d3); /* leaves d0, d1 and d4 */
		SORT(d1, d2);
		d4 = LOW(d2, d4);
		SPREAD4(e0, e1, e2, e3); /* leaves e0 and e4 */
		e4 = LOW(LOW(e1, e2), e4);

		SPREAD8(a3, a4, b2, b3, c1, c2, d0, d1);
		SPREAD7(a4, b2, b3, c1, c2, d0, b4);
		SPREAD6(b2, b3, c1, c2, d0, c3);
		SPREAD5(b3, c1, c2, d0, d4);
		SPREAD4(c1, c2, d0, e0);
		SORT(c2, d0);
		d0 = LOW(d0, e4);
		to[i] = HIGH(c2, d0);
	}
}

static void loops_median5(uint8_t *to, const uint8_t *const *rows, size_t samples, size_t step)
{
	uint8_t columns[5][LOOPS_BLOCK * 2];

	for (size_t at = 0; at < samples; at += LOOPS_BLOCK) {
		size_t n = samples - at < LOOPS_BLOCK ? samples - at : LOOPS_BLOCK;

		loops_columns5(columns, rows, at, n + 4 * step);
		loops_rows5(to + at, columns, n, step);
	}
}

#undef SPREAD8
#undef SPREAD7
#undef SPREAD6
#undef SPREAD5
#undef SPREAD4
#undef SORT
#undef HIGH
#undef LOW

/* ---- means ---- */

/* A sum of at most 255 samples fits 16 bits; count is odd, so half of it may be rounded down. */
LOOPS_INLINE void loops_mean_block(
	uint8_t *restrict to, const uint8_t *const *rows, size_t at, const size_t n, uint32_t count)
{
	float scale = 1.0f / (float)count;
	uint16_t sum[LOOPS_BLOCK];

	for (size_t i = 0; i < n; i++)
		sum[i] = (uint16_t)(count / 2);
	for (uint32_t k = 0; k < count; k++) {
		const uint8_t *row = rows[k] + at;

		for (size_t i = 0; i < n; i++)
			sum[i] = (uint16_t)(sum[i] + row[i]);
	}
	/* Half a sum above, no rounding of the product reaches a whole number. */
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(int32_t)(((float)sum[i] + 0.5f) * scale);
}

/* From sample `at` on. */
static void loops_mean_from(
	uint8_t *to, const uint8_t *const *rows, size_t at, size_t samples, uint32_t count)
{
	for (; at + LOOPS_BLOCK <= samples; at += LOOPS_BLOCK)
		loops_mean_block(to + at, rows, at, LOOPS_BLOCK, count);
	if (at < samples)
		loops_mean_block(to + at, rows, at, samples - at, count);
}

/* ---- noise ---- */

enum { LOOPS_BLOCKS = 64 };

/* Ten rounds of base/philox.h over many counters at once. */
static void loops_philox(
	uint32_t (*restrict c)[LOOPS_BLOCKS], size_t first, uint32_t y, const uint32_t key[2])
{
	uint32_t k0 = key[0], k1 = key[1];

	for (int i = 0; i < LOOPS_BLOCKS; i++) {
		c[0][i] = (uint32_t)(first + (size_t)i);
		c[1][i] = y;
		c[2][i] = c[3][i] = 0;
	}
	for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
		for (int i = 0; i < LOOPS_BLOCKS; i++) {
			uint64_t p = (uint64_t)0xD2511F53u * c[0][i];
			uint64_t q = (uint64_t)0xCD9E8D57u * c[2][i];
			uint32_t c1 = c[1][i], c3 = c[3][i];

			c[0][i] = (uint32_t)(q >> 32) ^ c1 ^ k0;
			c[1][i] = (uint32_t)q;
			c[2][i] = (uint32_t)(p >> 32) ^ c3 ^ k1;
			c[3][i] = (uint32_t)p;
		}
	}
}

/* -2 ln u of u = (bits + 1/2) / 2^31: exponent and mantissa parted, atanh's series for the latter. */
static inline float loops_minus_two_ln(uint32_t bits)
{
	float u = (float)(int32_t)(bits >> 1) + 0.5f, m, t, s;
	uint32_t word, part;
	int32_t exponent;

	memcpy(&word, &u, sizeof word);
	/* The mantissa within sqrt(1/2) .. sqrt(2). */
	part = word - 0x3f3504f3u;
	exponent = (int32_t)part >> 23;
	word = (part & 0x7fffffu) + 0x3f3504f3u;
	memcpy(&m, &word, sizeof m);
	t = (m - 1.0f) / (m + 1.0f);
	s = t * t;
	s = t * (2.0f + s * (0.66666667f + s * (0.4f + s * (0.28571429f + s * 0.22222222f))));
	return -2.0f * (s + (float)(exponent - 31) * 0.69314718f);
}

/* Box and Muller's transform: two uniform words become two normal numbers. */
static inline void loops_two_normals(float *a, float *b, uint32_t u, uint32_t v)
{
	float radius = sqrtf(loops_minus_two_ln(u));
	/* An angle within half a quadrant, and how many quadrants to turn it. */
	float x = ((float)(int32_t)(v & 0x3fffffffu) - 536870912.0f) * 1.4629180792671596e-9f;
	float s = x * x;
	float sine = x * (1.0f + s * (-0.16666667f + s * (8.3333333e-3f + s * -1.9841270e-4f)));
	float cosine = 1.0f +
		s * (-0.5f + s * (4.1666667e-2f + s * (-1.3888889e-3f + s * 2.4801587e-5f)));
	uint32_t turned = v >> 30;
	float p = turned & 1 ? -sine : cosine, q = turned & 1 ? cosine : sine;

	radius = turned & 2 ? -radius : radius;
	*a = radius * p;
	*b = radius * q;
}

static void loops_words(uint32_t *restrict to, size_t blocks, uint32_t y, const uint32_t key[2])
{
	for (size_t at = 0; at < blocks; at += LOOPS_BLOCKS, to += 4 * LOOPS_BLOCKS) {
		size_t n = blocks - at < LOOPS_BLOCKS ? blocks - at : LOOPS_BLOCKS;
		uint32_t c[4][LOOPS_BLOCKS];

		loops_philox(c, at, y, key);
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < 4; k++)
				to[4 * i + k] = c[k][i];
	}
}

static void loops_normals(float *restrict to, size_t blocks, uint32_t y, const uint32_t key[2])
{
	for (size_t at = 0; at < blocks; at += LOOPS_BLOCKS, to += 4 * LOOPS_BLOCKS) {
		size_t n = blocks - at < LOOPS_BLOCKS ? blocks - at : LOOPS_BLOCKS;
		uint32_t c[4][LOOPS_BLOCKS];
		float z[4][LOOPS_BLOCKS];

		loops_philox(c, at, y, key);
		for (int i = 0; i < LOOPS_BLOCKS; i++)
			loops_two_normals(&z[0][i], &z[1][i], c[0][i], c[1][i]);
		for (int i = 0; i < LOOPS_BLOCKS; i++)
			loops_two_normals(&z[2][i], &z[3][i], c[2][i], c[3][i]);
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < 4; k++)
				to[4 * i + k] = z[k][i];
	}
}

static void loops_add_noise(uint8_t *restrict to, const uint8_t *restrict from,
	const float *restrict normal, size_t samples, float sigma)
{
	for (size_t i = 0; i < samples; i++) {
		float v = (float)from[i] + sigma * normal[i] + 0.5f;

		v = v > 0.0f ? v : 0.0f;
		v = v < 255.0f ? v : 255.0f;
		to[i] = (uint8_t)(int32_t)v;
	}
}

/* ---- equalizing ---- */

/* To the nearest whole number, halves to even, of what lies in 0 .. 255. */
static inline uint8_t loops_nearest_even(float v)
{
	/* There a float has no fraction: the addition rounds. */
	return (uint8_t)(int32_t)(v + 12582912.0f - 12582912.0f);
}

static void loops_clahe(uint8_t *restrict to, const uint8_t *restrict level, size_t pixels,
	const uint32_t *restrict table, const uint32_t *restrict cell, const float *restrict right,
	float below)
{
	float above = 1.0f - below;

	for (size_t i = 0; i < pixels; i++) {
		uint32_t four = table[cell[i] * 256 + level[i]];
		float x = right[i], w = 1.0f - x;
		float a = (float)(int32_t)(four & 255) * w + (float)(int32_t)(four >> 8 & 255) * x;
		float b = (float)(int32_t)(four >> 16 & 255) * w + (float)(int32_t)(four >> 24) * x;

		to[i] = loops_nearest_even(a * above + b * below);
	}
}

LOOPS_INLINE void loops_luma_of(
	uint8_t *restrict to, const uint8_t *restrict from, size_t pixels, const size_t step)
{
	for (size_t i = 0; i < pixels; i++)
		to[i] = (uint8_t)grey_of(from[i * step], from[i * step + 1], from[i * step + 2]);
}

static void loops_luma(uint8_t *to, const uint8_t *from, size_t pixels, size_t step)
{
	if (step == 3)
		loops_luma_of(to, from, pixels, 3);
	else
		loops_luma_of(to, from, pixels, 4);
}

static inline uint8_t loops_moved(uint8_t level, int16_t by)
{
	int16_t v = (int16_t)(level + by);

	v = v < 0 ? 0 : v;
	return (uint8_t)(v > 255 ? 255 : v);
}

static void loops_move_color(uint8_t *restrict to, const uint8_t *restrict from,
	const uint8_t *restrict was, const uint8_t *restrict is, size_t pixels, size_t step)
{
	for (size_t i = 0; i < pixels && step == 3; i++)
		for (size_t c = 0; c < 3; c++)
			to[i * 3 + c] = loops_moved(from[i * 3 + c], (int16_t)(is[i] - was[i]));
	for (size_t i = 0; i < pixels && step == 4; i++) {
		for (size_t c = 0; c < 3; c++)
			to[i * 4 + c] = loops_moved(from[i * 4 + c], (int16_t)(is[i] - was[i]));
		to[i * 4 + 3] = from[i * 4 + 3];
	}
}

/* What every instruction set takes from here. The rest is replaced by some, and serves them for what is left over. */
#define LOOPS_TABLE                                                                                \
	.unsharp = loops_unsharp, .median3 = loops_median3, .median5 = loops_median5,              \
	.words = loops_words, .normals = loops_normals, .add_noise = loops_add_noise,              \
	.clahe = loops_clahe, .luma = loops_luma, .move_color = loops_move_color

#endif
