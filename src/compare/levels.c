/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every level of a channel became another one, always the same: gamma, brightness, contrast, inversion. The mean and the
 * spread of what each expected level became tell whether that holds; then the curve is given a name, if one fits.
 */
#include "base/number.h"
#include "compare/picture.h"
#include "compare/signs.h"
#include "report/numbers.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 256, LEAST_PIXELS = 256, SPARSE = 32, MOST_LEFT = 4 /* a part of what moved */ };

/* Of one channel, in levels of 8 bits. */
struct curve {
	double count[LEVELS], sum[LEVELS], squares[LEVELS];
	double moved; /* the sum of squares by which levels changed */
};

/* The same in whole numbers, of the images' own levels; `kept`: pixels of 8 bits that are equal. */
struct tally {
	uint64_t count[LEVELS], kept[LEVELS], sum[LEVELS], squares[LEVELS];
	uint64_t moved;
};

static inline void tally_pixel(struct tally *t, uint32_t level, uint32_t became, uint32_t scale)
{
	int64_t d = (int64_t)level - became;

	t->count[level / scale]++;
	t->sum[level / scale] += became;
	t->squares[level / scale] += (uint64_t)became * became;
	t->moved += (uint64_t)(d * d);
}

static void tally_row_u8(
	struct tally *t, const uint8_t *a, const uint8_t *b, size_t samples, size_t step)
{
	for (size_t i = 0; i < samples; i += step)
		if (a[i] == b[i])
			t->kept[a[i]]++;
		else
			tally_pixel(t, a[i], b[i], 1);
}

static void tally_row_u16(
	struct tally *t, const uint16_t *a, const uint16_t *b, size_t samples, size_t step)
{
	for (size_t i = 0; i < samples; i += step)
		tally_pixel(t, a[i], b[i], 257);
}

static void tally_add_kept(struct tally *t)
{
	for (uint64_t level = 0; level < LEVELS; level++) {
		t->count[level] += t->kept[level];
		t->sum[level] += t->kept[level] * level;
		t->squares[level] += t->kept[level] * level * level;
	}
}

/* Rows of the grid in which pixels are looked at; of those that are the same every `sparse`th. */
static void tally_image(
	struct tally *t, const struct comparison *c, unsigned channel, uint32_t sparse)
{
	const struct shape *shape = &c->a.shape;
	uint32_t step = sign_step(shape->width, shape->height);
	size_t samples = (size_t)shape->width * shape->channels, stride = step * shape->channels;

	for (uint32_t y = 0; y < shape->height; y += step) {
		const void *a = expected_row(c, y), *b = actual_row(c, y);

		if (c->same[y] && y / step % sparse)
			continue;
		if (shape->sample == SAMPLE_U8)
			tally_row_u8(t, (const uint8_t *)a + channel, (const uint8_t *)b + channel,
				samples - channel, stride);
		else
			tally_row_u16(t, (const uint16_t *)a + channel,
				(const uint16_t *)b + channel, samples - channel, stride);
	}
	tally_add_kept(t);
}

/*
 * The spread that some of the pixels leave, in the square of the images' own levels. More pixels of a level that became
 * something can only add to the squares that are left around their mean, so it is never more than that of all.
 */
static double tally_spread(const struct tally *t)
{
	double left = 0;

	for (int i = 0; i < LEVELS; i++)
		if (t->count[i])
			left += (double)t->squares[i] -
				(double)t->sum[i] * (double)t->sum[i] / (double)t->count[i];
	return left;
}

/* Most differences leave most rows as they were: all of what moved and some of what did not often tell enough. */
static bool ruled_out(const struct comparison *c, int channels)
{
	double left = 0, moved = 0;

	for (int k = 0; k < channels; k++) {
		struct tally tally = {0};

		tally_image(&tally, c, (unsigned)k, SPARSE);
		left += tally_spread(&tally);
		moved += (double)tally.moved;
	}
	return left > 1.01 * moved / (MOST_LEFT * MOST_LEFT);
}

static void curve_make(struct curve *curve, const struct comparison *c, unsigned channel)
{
	double scale = picture_peak(&c->a.shape) / 255;
	struct tally tally = {0};

	tally_image(&tally, c, channel, 1);
	for (int i = 0; i < LEVELS; i++) {
		curve->count[i] = (double)tally.count[i];
		curve->sum[i] = (double)tally.sum[i] / scale;
		curve->squares[i] = (double)tally.squares[i] / (scale * scale);
	}
	curve->moved = (double)tally.moved / (scale * scale);
}

/* The sum of squares that the means leave. */
static double spread(const struct curve *curve, double *pixels)
{
	double left = 0;

	for (int i = 0; i < LEVELS; i++) {
		if (curve->count[i] < 1)
			continue;
		left += curve->squares[i] - curve->sum[i] * curve->sum[i] / curve->count[i];
		*pixels += curve->count[i];
	}
	return left;
}

/* -- names ------------------------------------------------------------------------------------------------- */

enum model { MODEL_INVERSE, MODEL_OFFSET, MODEL_FACTOR, MODEL_GAMMA, MODEL_LINE, MODELS };

struct fit {
	enum model model;
	double slope, offset; /* GAMMA: the exponent is the slope */
	double error; /* rms in levels */
};

static double model_at(const struct fit *fit, double level)
{
	double made = fit->model == MODEL_GAMMA ? 255 * pow(level / 255, fit->slope)
						: fit->slope * level + fit->offset;

	return made < 0 ? 0 : made > 255 ? 255 : made;
}

static void fit_error(struct fit *fit, const struct curve *curve, int channels)
{
	double sum = 0, count = 0;

	for (int c = 0; c < channels; c++)
		for (int i = 0; i < LEVELS; i++) {
			double d;

			if (curve[c].count[i] < 1)
				continue;
			d = curve[c].sum[i] / curve[c].count[i] - model_at(fit, i);
			sum += d * d * curve[c].count[i];
			count += curve[c].count[i];
		}
	fit->error = sqrt(sum / count);
}

/* Sums for lines through what is not clipped, and through its logarithms. */
struct line_sums {
	double n, x, y, xx, xy;
};

static void line_add(struct line_sums *s, double weight, double x, double y)
{
	s->n += weight;
	s->x += weight * x;
	s->y += weight * y;
	s->xx += weight * x * x;
	s->xy += weight * x * y;
}

static void sum_lines(
	const struct curve *curve, int channels, struct line_sums *plain, struct line_sums *logs)
{
	for (int c = 0; c < channels; c++)
		for (int i = 0; i < LEVELS; i++) {
			double made = curve[c].count[i] < 1 ? 0
							    : curve[c].sum[i] / curve[c].count[i];

			if (curve[c].count[i] < 1 || made < 1 || made > 254)
				continue;
			line_add(plain, curve[c].count[i], i, made);
			if (i > 0 && i < 255)
				line_add(logs, curve[c].count[i], log(i / 255.0), log(made / 255));
		}
}

static struct fit fit_best(const struct curve *curve, int channels)
{
	struct line_sums p = {0}, l = {0};
	struct fit fit[MODELS] = {{MODEL_INVERSE, -1, 255, 0}, {MODEL_OFFSET, 1, 0, 0},
		{MODEL_FACTOR, 1, 0, 0}, {MODEL_GAMMA, 1, 0, 0}, {MODEL_LINE, 1, 0, 0}};
	struct fit best;
	double d;

	sum_lines(curve, channels, &p, &l);
	fit[MODEL_OFFSET].offset = p.n > 0 ? round((p.y - p.x) / p.n) : 0;
	fit[MODEL_FACTOR].slope = p.xx > 0 ? p.xy / p.xx : 1;
	fit[MODEL_GAMMA].slope = l.xx > 0 ? l.xy / l.xx : 1;
	d = p.n * p.xx - p.x * p.x;
	if (d > 0) {
		fit[MODEL_LINE].slope = (p.n * p.xy - p.x * p.y) / d;
		fit[MODEL_LINE].offset = (p.y - fit[MODEL_LINE].slope * p.x) / p.n;
	}
	for (int i = 0; i < MODELS; i++)
		fit_error(&fit[i], curve, channels);
	best = fit[0];
	/* A line has a number more to please with: it has to be clearly better. */
	for (int i = 1; i < MODELS; i++)
		if (fit[i].error < best.error - (i == MODEL_LINE ? 0.3 : 0))
			best = fit[i];
	return best;
}

static void add_number(struct str *out, double value)
{
	char text[NUMBER_TEXT_MAX];

	number_print(text, round(value * 1000) / 1000);
	str_add(out, text);
}

static void say_fit(struct str *out, const struct fit *fit)
{
	switch (fit->model) {
	case MODEL_INVERSE:
		str_add(out, "inverted: levels are 255 minus the expected ones");
		break;
	case MODEL_OFFSET:
		str_add(out, "brightness: levels are the expected ones plus ");
		add_number(out, fit->offset);
		break;
	case MODEL_FACTOR:
		str_add(out, "brightness: levels are the expected ones times ");
		add_number(out, fit->slope);
		break;
	case MODEL_GAMMA:
		str_add(out, "gamma: levels are the expected ones to the power of ");
		add_number(out, fit->slope);
		break;
	case MODEL_LINE:
	case MODELS:
		str_add(out, "contrast: levels are the expected ones times ");
		add_number(out, fit->slope);
		str_add(out, fit->offset < 0 ? " minus " : " plus ");
		add_number(out, fabs(fit->offset));
	}
}

bool sign_levels(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out)
{
	struct curve curve[3];
	int channels = c->a.shape.channels < 3 ? 1 : 3;
	double rms = 0, left = 0, pixels = 0;
	struct fit fit;
	bool named;

	if (measures->pixels < LEAST_PIXELS || ruled_out(c, channels))
		return false;
	for (int k = 0; k < channels; k++) {
		curve_make(&curve[k], c, (unsigned)k);
		left += spread(&curve[k], &pixels);
		rms += curve[k].moved;
	}
	left = sqrt(left / pixels);
	rms = sqrt(rms / pixels);
	if (left > 1.5 || left * MOST_LEFT > rms)
		return false;
	fit = fit_best(curve, channels);
	named = fit.error < 1.5 && fit.error * 3 < rms;
	if (named)
		say_fit(out, &fit);
	else
		str_add(out, "each level became another one, by no curve that has a name here");
	str_add(out, "; what is left differs by ");
	number_add_fine(out, named ? sqrt(fit.error * fit.error + left * left) : left);
	str_add(out, " levels (RMS)");
	return true;
}
