/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSIM over all windows that lie wholly inside, as struct imgbatch_measures says. A window over equal pixels is exactly 1, so
 * only those are worked out that see one of the columns and rows in which a band differs. A band of rows keeps the blurred
 * maps of the last eleven rows.
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
	uint32_t held[SSIM_TAPS]; /* which row a place of the ring holds, plus 1; 0: none */
	size_t from, samples; /* of a row of windows: those that may be less than 1 */
};

static double *ring_row(const struct ssim *s, const struct band *band, uint32_t y, int map)
{
	return band->ring + ((size_t)(y % SSIM_TAPS) * SSIM_MAPS + (size_t)map) * s->samples;
}

/* Row y into the ring, where it is not there already. */
static void blur_row(const struct ssim *s, struct band *band, uint32_t y)
{
	const struct shape *shape = &s->c->a.shape;
	size_t offset = band->from * sample_size(shape->sample);
	const uint8_t *a = expected_row(s->c, y), *b = actual_row(s->c, y);
	double *to[SSIM_MAPS];

	if (band->held[y % SSIM_TAPS] == y + 1)
		return;
	band->held[y % SSIM_TAPS] = y + 1;
	for (int map = 0; map < SSIM_MAPS; map++)
		to[map] = ring_row(s, band, y, map);
	s->kernels->ssim_across(
		to, a + offset, b + offset, band->samples, shape->channels, &s->across, band->line);
}

static bool all_same(const struct ssim *s, uint32_t first, uint32_t end)
{
	return !memchr(s->c->same + first, 0, end - first);
}

/* The windows whose first row is y. */
static double windows_sum(const struct ssim *s, struct band *band, uint32_t y)
{
	const double *rows[SSIM_TAPS][SSIM_MAPS];
	uint32_t taps = 2 * s->down.reach + 1;

	if (all_same(s, y, y + taps))
		return (double)s->samples;
	for (uint32_t k = 0; k < taps; k++) {
		blur_row(s, band, y + k);
		for (int map = 0; map < SSIM_MAPS; map++)
			rows[k][map] = ring_row(s, band, y + k, map);
	}
	kernels()->ssim_down(band->result, (const double *const(*)[SSIM_MAPS])rows, band->samples,
		&s->down, s->c1, s->c2);
	return (double)(s->samples - band->samples) + row_sum(band->result, band->samples);
}

/* The windows that see one of the columns that differ in these rows. False: there are none. */
static bool find_columns(const struct ssim *s, struct band *band, uint32_t first, uint32_t end)
{
	const struct shape *shape = &s->c->a.shape;
	uint32_t windows = shape->width - 2 * s->across.reach;
	uint32_t from = UINT32_MAX, to = 0;

	for (uint32_t y = first; y < end; y++) {
		uint32_t left, right;

		if (!measure_span(s->c, y, &left, &right))
			continue;
		from = left < from ? left : from;
		to = right > to ? right : to;
	}
	if (!to)
		return false;
	from = from > 2 * s->across.reach ? from - 2 * s->across.reach : 0;
	to = to < windows ? to : windows;
	band->from = (size_t)from * shape->channels;
	band->samples = (size_t)(to - from) * shape->channels;
	return true;
}

static void ssim_band(const struct ssim *s, double *piece, unsigned i)
{
	uint32_t first = i * BAND_ROWS;
	uint32_t end = s->rows - first < BAND_ROWS ? s->rows : first + BAND_ROWS;
	struct band band = {.ring = piece};
	bool differs = find_columns(s, &band, first, end + 2 * s->down.reach);

	band.result = band.ring + SSIM_TAPS * SSIM_MAPS * s->samples;
	band.line = band.result + s->samples;
	for (uint32_t y = first; y < end; y++)
		s->sum[y] = differs ? windows_sum(s, &band, y) : (double)s->samples;
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
