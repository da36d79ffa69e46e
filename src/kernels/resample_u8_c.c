/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 8-bit rows in portable C: the oracle of every faster variant.
 *
 * Many machines multiply vectors of floats, but not of 32-bit integers. So a weight of 22 bits and a sign is split
 * into two digits, weight = low + 2^11 x high with low in -1024 .. 1023, and each digit's sum is made in float:
 *
 *	|u8 x low| <= 255 x 1024, so 64 of them stay below 2^24, where floats are exact;
 *	|sum of u8 x high| <= 255 x 2^11 x (sum of |weight| / 2^22, below 2) + 255 x 64 / 2, below 2^21.
 *
 * All sums are whole numbers within float's exact range, so their order is free and nothing is ever rounded.
 *
 * Across, eight rows are turned so that the samples of one column lie side by side: the inner loop then
 * runs over rows with one weight, for any channel count and any window. Lines and turned rows hold floats, since
 * widening bytes costs as much as multiplying them.
 */
#include "kernels/quad.h"
#include "kernels/resample_kernels.h"

#include <stdlib.h>
#include <string.h>

enum {
	LANES = 8,
	RUN = 64, /* taps whose low digits' sum is exact */
	DIGIT = 11,
	ROUND = 1 << (AXIS_BITS - 1),
	TURN = 64, /* columns turned at once, in buffers that stay in cache */
};

/* The two digits of a weight. */
struct digits {
	float low, high;
};

static void split(struct digits *to, const int32_t *weight, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int32_t high = (weight[i] + (1 << (DIGIT - 1))) >> DIGIT;

		to[i] = (struct digits){(float)(weight[i] - high * (1 << DIGIT)), (float)high};
	}
}

/*
 * The samples of so many sums. A shifted sum has ten bits, so it is clipped as a 16-bit number: of those even the
 * oldest vector units have a minimum and a maximum.
 */
static inline void clip(uint8_t *restrict to, const int32_t *restrict sum, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int16_t v = (int16_t)(sum[i] >> AXIS_BITS);

		v = v < 0 ? 0 : v;
		to[i] = (uint8_t)(v > 255 ? 255 : v);
	}
}

/* Sums of LANES samples, low and high digits. */
struct sums {
	quad low[2], high[2];
};

static inline void sums_zero(struct sums *s)
{
	s->low[0] = s->low[1] = s->high[0] = s->high[1] = quad_all(0);
}

static inline void sums_add(struct sums *s, const float *p, struct digits weight)
{
	quad a = quad_load(p), b = quad_load(p + 4);
	quad low = quad_all(weight.low), high = quad_all(weight.high);

	s->low[0] = quad_add_product(s->low[0], a, low);
	s->low[1] = quad_add_product(s->low[1], b, low);
	s->high[0] = quad_add_product(s->high[0], a, high);
	s->high[1] = quad_add_product(s->high[1], b, high);
}

static inline void sums_add_to(const struct sums *s, int32_t *total)
{
	quad_add_to(total, s->low[0], 0);
	quad_add_to(total + 4, s->low[1], 0);
	quad_add_to(total, s->high[0], DIGIT);
	quad_add_to(total + 4, s->high[1], DIGIT);
}

static inline void total_zero(int32_t *total)
{
	for (int i = 0; i < LANES; i++)
		total[i] = ROUND;
}

/* out[2i], out[2i + 1] = a[i], b[i] */
static inline void interleave(
	uint8_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b, int count)
{
	for (int i = 0; i < count; i++) {
		out[2 * i] = a[i];
		out[2 * i + 1] = b[i];
	}
}

/* TURN columns of eight rows: rows r and r + 4, then what is two apart, then one. */
static void turn_block(const uint8_t *const *rows, size_t at, float *restrict turned)
{
	uint8_t a[4][2 * TURN], b[2][4 * TURN], c[8 * TURN];

	for (int r = 0; r < 4; r++)
		interleave(a[r], rows[r] + at, rows[r + 4] + at, TURN);
	for (int r = 0; r < 2; r++)
		interleave(b[r], a[r], a[r + 2], 2 * TURN);
	interleave(c, b[0], b[1], 4 * TURN);
	for (int i = 0; i < 8 * TURN; i++)
		turned[i] = c[i];
}

/* Eight rows of bytes into a column of eight floats a sample. */
static void turn(const void *const *rows, float *restrict turned, size_t samples)
{
	const uint8_t *row[LANES];
	size_t i = 0;

	for (int r = 0; r < LANES; r++)
		row[r] = rows[r];
	for (; i + TURN <= samples; i += TURN)
		turn_block(row, i, turned + i * LANES);
	for (; i < samples; i++)
		for (int r = 0; r < LANES; r++)
			turned[i * LANES + r] = row[r][i];
}

static inline __attribute__((always_inline)) void across(
	const struct axis *x, const int channels, const float *turned, void *const *lines)
{
	const struct digits *weights = x->table[channels];

	for (uint32_t o = 0; o < x->key.count; o++, weights += x->stride) {
		uint32_t first = x->span[o].first, count = x->span[o].count;

		for (int c = 0; c < channels; c++) {
			const float *p = turned + ((size_t)first * channels + c) * LANES;
			int32_t total[LANES];
			uint8_t sample[LANES];

			total_zero(total);
			for (uint32_t i = 0; i < count;) {
				uint32_t end = count - i < RUN ? count : i + RUN;
				struct sums sums;

				sums_zero(&sums);
				for (; i < end; i++, p += channels * LANES)
					sums_add(&sums, p, weights[i]);
				sums_add_to(&sums, total);
			}
			clip(sample, total, LANES);
			for (int r = 0; r < LANES; r++)
				((float *)lines[r])[(size_t)o * channels + c] = sample[r];
		}
	}
}

static void h(const struct axis *x, unsigned channels, const void *const *rows, void *const *lines,
	void *scratch)
{
	turn(rows, scratch, (size_t)(x->high - x->low) * channels);
	/* What pads a line is summed too, and must be a number. */
	for (int r = 0; r < LANES; r++)
		memset((float *)lines[r] + (size_t)x->key.count * channels, 0,
			LANES * sizeof(float));
	if (channels == 1)
		across(x, 1, scratch, lines);
	else if (channels == 2)
		across(x, 2, scratch, lines);
	else if (channels == 3)
		across(x, 3, scratch, lines);
	else
		across(x, 4, scratch, lines);
}

/* Lines are padded to whole LANES; the output row is not. */
static void v(const struct axis *y, uint32_t o, unsigned skip, const void *const *line,
	size_t samples, void *out, void *scratch)
{
	struct digits *weights = scratch;
	uint32_t count = y->span[o].count;
	uint8_t *to = out;

	(void)skip;
	split(weights, y->weight + (size_t)o * y->stride, count);
	for (size_t s = 0; s < samples; s += LANES) {
		size_t n = samples - s < LANES ? samples - s : LANES;
		int32_t total[LANES];

		total_zero(total);
		for (uint32_t i = 0; i < count;) {
			uint32_t end = count - i < RUN ? count : i + RUN;
			struct sums sums;

			sums_zero(&sums);
			for (; i < end; i++)
				sums_add(&sums, (const float *)line[i] + s, weights[i]);
			sums_add_to(&sums, total);
		}
		if (n == LANES) /* a constant count: unrolled */
			clip(to + s, total, LANES);
		else
			clip(to + s, total, n);
	}
}

static void *table(const struct axis *x, unsigned channels)
{
	size_t count = (size_t)x->key.count * x->stride;
	struct digits *weights = malloc(count * sizeof *weights);

	(void)channels;
	if (weights)
		split(weights, x->weight, count);
	return weights;
}

static size_t line_size(size_t samples)
{
	return (samples + LANES) * sizeof(float);
}

static size_t scratch_size(const struct axis *x, const struct axis *y, unsigned channels)
{
	size_t across = (size_t)(x->high - x->low) * channels * LANES * sizeof(float);
	size_t down = y->reach * sizeof(struct digits);

	return across > down ? across : down;
}

const struct resample_kernels resample_u8_c = {
	.name = "c",
	.rows = LANES,
	.weave = 1,
	.line_size = line_size,
	.scratch = scratch_size,
	.table = table,
	.h = h,
	.v = v,
};
