/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSIM over all windows that lie wholly inside, as struct imgbatch_measures says. A band of rows keeps the blurred maps of
 * the last eleven rows; where those rows are equal in both images, every window over them is exactly 1.
 */
#include "compare/measure.h"

#include "compare/picture.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

static const double sigma = 1.5, k1 = 0.01, k2 = 0.03;

enum { BAND_ROWS = 64 };

struct ssim {
	const struct comparison *c;
	const struct compare_kernels *kernels;
	struct ssim_window across, down;
	uint32_t rows; /* of windows */
	size_t samples; /* of a row of windows */
	unsigned bands, turns; /* bands i, i + turns, ... share a piece of scratch */
	double c1, c2;
	double *sum; /* one a row of windows */
	double *scratch; /* one piece a turn */
	size_t piece; /* doubles */
};

/* Eleven taps, or the largest odd number of them that fits. */
static struct ssim_window window_for(uint32_t length)
{
	struct ssim_window window = {.reach = length >= SSIM_TAPS ? SSIM_REACH : (length - 1) / 2};
	double total = 0;

	for (uint32_t k = 0; k <= window.reach; k++) {
		window.weight[k] = exp(-(double)(k * k) / (2 * sigma * sigma));
		total += k ? 2 * window.weight[k] : window.weight[k];
	}
	for (uint32_t k = 0; k <= window.reach; k++)
		window.weight[k] /= total;
	return window;
}

/* Four lanes, so that an addition does not wait for the one before. */
static double row_sum(const double *value, size_t count)
{
	double lane[4] = {0};
	size_t i = 0;

	for (; i + 4 <= count; i += 4)
		for (int k = 0; k < 4; k++)
			lane[k] += value[i + (size_t)k];
	for (; i < count; i++)
		lane[0] += value[i];
	return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

/* What a band works with: rings of blurred rows, a line to blur from, a row of results. */
struct band {
	double *ring; /* SSIM_TAPS times SSIM_MAPS rows */
	double *line, *result;
	bool equal[SSIM_TAPS];
};

static double *ring_row(const struct ssim *s, const struct band *band, uint32_t y, int map)
{
	return band->ring + ((size_t)(y % SSIM_TAPS) * SSIM_MAPS + (size_t)map) * s->samples;
}

static void blur_row(const struct ssim *s, struct band *band, uint32_t y)
{
	const void *a = image_row(&s->c->a, y), *b = image_row(&s->c->b, y);
	const struct shape *shape = &s->c->a.shape;
	double *to[SSIM_MAPS];

	band->equal[y % SSIM_TAPS] = memcmp(a, b, shape_row_size(shape)) == 0;
	for (int map = 0; map < SSIM_MAPS; map++)
		to[map] = ring_row(s, band, y, map);
	s->kernels->ssim_across(to, a, b, s->samples, shape->channels, &s->across, band->line);
}

/* The windows whose first row is y. */
static double windows_sum(const struct ssim *s, const struct band *band, uint32_t y)
{
	const double *rows[SSIM_TAPS][SSIM_MAPS];
	uint32_t taps = 2 * s->down.reach + 1;
	bool equal = true;

	for (uint32_t k = 0; k < taps; k++) {
		equal = equal && band->equal[(y + k) % SSIM_TAPS];
		for (int map = 0; map < SSIM_MAPS; map++)
			rows[k][map] = ring_row(s, band, y + k, map);
	}
	if (equal)
		return (double)s->samples;
	kernels()->ssim_down(band->result, (const double *const(*)[SSIM_MAPS])rows, s->samples,
		&s->down, s->c1, s->c2);
	return row_sum(band->result, s->samples);
}

/* Whether all rows of images that a band of windows sees are equal. */
static bool all_equal(const struct ssim *s, uint32_t first, uint32_t end)
{
	for (uint32_t y = first; y < end; y++)
		if (memcmp(image_row(&s->c->a, y), image_row(&s->c->b, y),
			    shape_row_size(&s->c->a.shape)) != 0)
			return false;
	return true;
}

static void ssim_band(const struct ssim *s, double *piece, unsigned i)
{
	uint32_t first = i * BAND_ROWS;
	uint32_t end = s->rows - first < BAND_ROWS ? s->rows : first + BAND_ROWS;
	uint32_t taps = 2 * s->down.reach + 1;
	struct band band = {.ring = piece};

	band.result = band.ring + SSIM_TAPS * SSIM_MAPS * s->samples;
	band.line = band.result + s->samples;
	if (all_equal(s, first, end + taps - 1)) {
		for (uint32_t y = first; y < end; y++)
			s->sum[y] = (double)s->samples;
		return;
	}
	for (uint32_t y = first; y < first + taps - 1; y++)
		blur_row(s, &band, y);
	for (uint32_t y = first; y < end; y++) {
		blur_row(s, &band, y + taps - 1);
		s->sum[y] = windows_sum(s, &band, y);
	}
}

static void ssim_turn(void *arg, unsigned i)
{
	const struct ssim *s = arg;

	for (unsigned band = i; band < s->bands; band += s->turns)
		ssim_band(s, s->scratch + i * s->piece, band);
}

static void ssim_prepare(struct ssim *s, const struct comparison *c)
{
	const struct shape *shape = &c->a.shape;
	double peak = picture_peak(shape);

	*s = (struct ssim){
		.c = c,
		.kernels = shape->sample == SAMPLE_U8 ? kernels()->compare_u8
						      : kernels()->compare_u16,
		.across = window_for(shape->width),
		.down = window_for(shape->height),
		.c1 = k1 * peak * (k1 * peak),
		.c2 = k2 * peak * (k2 * peak),
	};
	s->rows = shape->height - 2 * s->down.reach;
	s->samples = (size_t)(shape->width - 2 * s->across.reach) * shape->channels;
	s->bands = (s->rows + BAND_ROWS - 1) / BAND_ROWS;
	s->turns = c->parallel ? c->parallel->width : 1;
	s->turns = s->turns < s->bands ? s->turns : s->bands;
	s->piece = (SSIM_TAPS * SSIM_MAPS + 1) * s->samples +
		SSIM_MAPS * (size_t)shape->width * shape->channels;
}

int measure_ssim(const struct comparison *c, double *ssim, struct fault *fault)
{
	struct ssim s;
	double total = 0;

	ssim_prepare(&s, c);
	s.sum = pool_take(c->pool, s.rows * sizeof *s.sum);
	s.scratch = pool_take(c->pool, s.turns * s.piece * sizeof *s.scratch);
	if (!s.sum || !s.scratch)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for SSIM");
	parallel_for(c->parallel, s.turns, ssim_turn, &s);
	for (uint32_t y = 0; y < s.rows; y++)
		total += s.sum[y];
	*ssim = total / ((double)s.rows * (double)s.samples);
	return 0;
}
