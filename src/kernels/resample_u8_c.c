/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 8-bit rows in portable C: the oracle of every faster variant.
 *
 * Sums are modulo 2^32, which the true sums fit, so their order is free. Across, sixteen rows are turned so
 * that the samples of one column lie side by side: the inner loop then runs over rows with one weight, which
 * a compiler can vectorise for any channel count and any window.
 *
 * A weight is split into k = low + 65536 x high, both 16 bits wide. Then u8 x low is a 16 x 16 to 32 bit
 * product, and of u8 x high only the low 16 bits matter: both are cheap where a 32-bit multiplication is not.
 */
#include "kernels/resample_kernels.h"

#include <string.h>

enum { LANES = 16, ROUND = 1 << (AXIS_BITS - 1) };

static inline uint8_t clip(int32_t sum)
{
	sum >>= AXIS_BITS;
	return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

/* Sums of LANES samples: low 32 bits of the low half's products, low 16 of the high half's. */
struct sums {
	uint32_t low[LANES];
	uint16_t high[LANES];
};

static inline void sums_add(struct sums *s, const uint8_t *restrict p, int32_t weight)
{
	uint16_t low = (uint16_t)weight, high = (uint16_t)((uint32_t)weight >> 16);

	for (int i = 0; i < LANES; i++) {
		uint16_t v = p[i];

		s->low[i] += (uint32_t)v * low;
		s->high[i] = (uint16_t)(s->high[i] + v * high);
	}
}

static inline void sums_zero(struct sums *s)
{
	for (int i = 0; i < LANES; i++) {
		s->low[i] = ROUND;
		s->high[i] = 0;
	}
}

static inline void sums_clip(const struct sums *s, uint8_t *restrict out)
{
	for (int i = 0; i < LANES; i++)
		out[i] = clip((int32_t)(s->low[i] + ((uint32_t)s->high[i] << 16)));
}

/* Sixteen rows of bytes into a column of sixteens. */
static void turn(const void *const *rows, uint8_t *restrict turned, size_t bytes)
{
	for (int r = 0; r < LANES; r++) {
		const uint8_t *restrict row = rows[r];

		for (size_t i = 0; i < bytes; i++)
			turned[i * LANES + r] = row[i];
	}
}

static inline __attribute__((always_inline)) void across(const struct axis *x, const int channels,
	const uint8_t *restrict turned, void *const *lines)
{
	for (uint32_t o = 0; o < x->key.count; o++) {
		const struct span *span = &x->span[o];
		const int32_t *weight = x->weight + (size_t)o * x->stride;

		for (int c = 0; c < channels; c++) {
			const uint8_t *p = turned + ((size_t)span->first * channels + c) * LANES;
			struct sums sums;
			uint8_t out[LANES];

			sums_zero(&sums);
			for (uint32_t i = 0; i < span->count; i++, p += channels * LANES)
				sums_add(&sums, p, weight[i]);
			sums_clip(&sums, out);
			for (int r = 0; r < LANES; r++)
				((uint8_t *)lines[r])[(size_t)o * channels + c] = out[r];
		}
	}
}

static void h(const struct axis *x, unsigned channels, const void *const *rows, void *const *lines,
	void *scratch)
{
	turn(rows, scratch, (size_t)(x->high - x->low) * channels);
	if (channels == 1)
		across(x, 1, scratch, lines);
	else if (channels == 2)
		across(x, 2, scratch, lines);
	else if (channels == 3)
		across(x, 3, scratch, lines);
	else
		across(x, 4, scratch, lines);
}

/* Lines are padded to whole LANES; the output row is not, so its end goes through a buffer. */
static void v(const struct axis *y, uint32_t o, unsigned skip, const void *const *line, size_t samples,
	void *out, void *scratch)
{
	const int32_t *weight = y->weight + (size_t)o * y->stride;
	uint32_t count = y->span[o].count;

	(void)skip;
	(void)scratch;
	if (count == 1 && weight[0] == 1 << AXIS_BITS) {
		memcpy(out, line[0], samples);
		return;
	}
	for (size_t s = 0; s < samples; s += LANES) {
		struct sums sums;
		uint8_t end[LANES];

		sums_zero(&sums);
		for (uint32_t i = 0; i < count; i++)
			sums_add(&sums, (const uint8_t *)line[i] + s, weight[i]);
		if (samples - s >= LANES) {
			sums_clip(&sums, (uint8_t *)out + s);
		} else {
			sums_clip(&sums, end);
			memcpy((uint8_t *)out + s, end, samples - s);
		}
	}
}

static size_t line_size(size_t samples)
{
	return samples + LANES;
}

static size_t scratch_size(const struct axis *x, const struct axis *y, unsigned channels)
{
	(void)y;
	return (size_t)(x->high - x->low) * channels * LANES;
}

const struct resample_kernels resample_u8_c = {
	.name = "c",
	.rows = LANES,
	.weave = 1,
	.line_size = line_size,
	.scratch = scratch_size,
	.h = h,
	.v = v,
};
