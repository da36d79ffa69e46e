/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling 16-bit rows: double weights, double sums in the order of the taps, rounded half away from zero and
 * clipped after each pass. That is the definition; a faster variant must keep the order.
 */
#include "kernels/resample_kernels.h"

enum { LANES = 8 };

/* Half away from zero: negative sums are cut to 0 whatever their rounding. */
static inline uint16_t clip(double sum)
{
	sum += 0.5;
	return sum < 0 ? 0 : sum >= 65535 ? 65535 : (uint16_t)sum;
}

static inline __attribute__((always_inline)) void across(
	const struct axis *x, const int channels, const uint16_t *row, uint16_t *line)
{
	for (uint32_t o = 0; o < x->key.count; o++, line += channels) {
		const struct span *span = &x->span[o];
		const double *weight = x->weight_deep + (size_t)o * x->stride;
		const uint16_t *p = row + (size_t)span->first * channels;
		double sum[4] = {0, 0, 0, 0};

		for (uint32_t i = 0; i < span->count; i++, p += channels)
			for (int c = 0; c < channels; c++)
				sum[c] += p[c] * weight[i];
		for (int c = 0; c < channels; c++)
			line[c] = clip(sum[c]);
	}
}

static void h(const struct axis *x, unsigned channels, const void *const *rows, void *const *lines,
	void *scratch)
{
	(void)scratch;
	if (channels == 1)
		across(x, 1, rows[0], lines[0]);
	else if (channels == 2)
		across(x, 2, rows[0], lines[0]);
	else if (channels == 3)
		across(x, 3, rows[0], lines[0]);
	else
		across(x, 4, rows[0], lines[0]);
}

static void v(const struct axis *y, uint32_t o, unsigned skip, const void *const *line,
	size_t samples, void *out, void *scratch)
{
	const double *weight = y->weight_deep + (size_t)o * y->stride;
	uint32_t count = y->span[o].count;
	uint16_t *to = out;

	(void)skip;
	(void)scratch;
	for (size_t s = 0; s < samples; s += LANES) {
		size_t n = samples - s < LANES ? samples - s : LANES;
		double sum[LANES] = {0};

		for (uint32_t i = 0; i < count; i++) {
			const uint16_t *p = (const uint16_t *)line[i] + s;

			for (int j = 0; j < LANES; j++)
				sum[j] += p[j] * weight[i];
		}
		for (size_t j = 0; j < n; j++)
			to[s + j] = clip(sum[j]);
	}
}

static size_t line_size(size_t samples)
{
	return (samples + LANES) * sizeof(uint16_t);
}

static size_t scratch_size(const struct axis *x, const struct axis *y, unsigned channels)
{
	(void)x;
	(void)y;
	(void)channels;
	return 0;
}

const struct resample_kernels resample_u16_c = {
	.name = "c",
	.rows = 1,
	.weave = 1,
	.line_size = line_size,
	.scratch = scratch_size,
	.h = h,
	.v = v,
};
