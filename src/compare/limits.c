/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/limits.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

/* pixelmatch's own default. */
static const char default_perceptual[] = "0.1";

void limits_init(struct imgbatch_budget *budget)
{
	*budget = (struct imgbatch_budget){.max_percent = 100};
}

static int read_number(double *number, const char *value, double low, double high)
{
	double parsed;

	if (!value || !number_parse(value, strlen(value), &parsed) || parsed < low || parsed > high)
		return -1;
	*number = parsed;
	return 0;
}

static int set_threshold(struct imgbatch_budget *budget, const char *value)
{
	uint64_t levels;

	if (!value || !number_parse_whole(value, strlen(value), &levels) || levels > 255)
		return -1;
	budget->threshold = (uint32_t)levels;
	budget->perceptual = 0;
	budget->aa = false;
	budget->asked &= ~(unsigned)IMGBATCH_LIMIT_PERCEPTUAL;
	return 0;
}

static int set_pixels(struct imgbatch_budget *budget, const char *value)
{
	return value && number_parse_whole(value, strlen(value), &budget->max_pixels) ? 0 : -1;
}

static int set_percent(struct imgbatch_budget *budget, const char *value)
{
	return read_number(&budget->max_percent, value, 0, 100);
}

static int set_psnr(struct imgbatch_budget *budget, const char *value)
{
	return read_number(&budget->min_psnr, value, 0, 1000);
}

static int set_ssim(struct imgbatch_budget *budget, const char *value)
{
	return read_number(&budget->min_ssim, value, -1, 1);
}

static int set_perceptual(struct imgbatch_budget *budget, const char *value)
{
	if (read_number(&budget->perceptual, value, 0, 1))
		return -1;
	budget->threshold = 0;
	budget->asked &= ~(unsigned)IMGBATCH_LIMIT_THRESHOLD;
	return 0;
}

static int set_aa(struct imgbatch_budget *budget, const char *value)
{
	if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return -1;
	budget->aa = !value || strcmp(value, "yes") == 0;
	if (budget->aa && !(budget->asked & IMGBATCH_LIMIT_PERCEPTUAL))
		return limits_set(budget, "perceptual", default_perceptual);
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct imgbatch_budget *budget, const char *value);
	unsigned asked;
} rows[] = {
	{"threshold", set_threshold, IMGBATCH_LIMIT_THRESHOLD},
	{"max-diff-pixels", set_pixels, IMGBATCH_LIMIT_PIXELS},
	{"max-diff-percent", set_percent, IMGBATCH_LIMIT_PERCENT},
	{"min-psnr", set_psnr, IMGBATCH_LIMIT_PSNR},
	{"min-ssim", set_ssim, IMGBATCH_LIMIT_SSIM},
	{"perceptual", set_perceptual, IMGBATCH_LIMIT_PERCEPTUAL},
	{"aa", set_aa, 0},
};

enum { ROWS = sizeof rows / sizeof *rows };

int limits_set(struct imgbatch_budget *budget, const char *name, const char *value)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		if (rows[i].set(budget, value))
			return -1;
		budget->asked |= rows[i].asked;
		return 0;
	}
	return -1;
}

const char *compare_limit_name(enum imgbatch_limit limit)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].asked == (unsigned)limit)
			return rows[i].name;
	return "";
}

int limits_add_rect(struct compare_rects *rects, const char *text)
{
	uint64_t number[4];
	struct rect *grown;

	for (int i = 0; i < 4; i++) {
		size_t length = text ? strcspn(text, ",") : 0;

		if (!length || (text[length] == ',') != (i < 3) ||
			!number_parse_whole(text, length, &number[i]) || number[i] > UINT32_MAX / 2)
			return -1;
		text += length + (i < 3);
	}
	grown = realloc(rects->rect, (rects->count + 1) * sizeof *grown);
	if (!grown)
		return IMGBATCH_E_NOMEM;
	rects->rect = grown;
	grown[rects->count++] = (struct rect){
		(uint32_t)number[0], (uint32_t)number[1], (uint32_t)number[2], (uint32_t)number[3]};
	return 0;
}

/* The count of differing pixels is a matter of the verdict when something about it was asked, or nothing at all was. */
static bool counts(const struct imgbatch_budget *budget)
{
	const unsigned others = IMGBATCH_LIMIT_PSNR | IMGBATCH_LIMIT_SSIM;

	return (budget->asked & ~others) || !(budget->asked & others);
}

static unsigned count_exceeded(
	const struct imgbatch_budget *budget, const struct imgbatch_measures *m)
{
	bool percent = budget->asked & IMGBATCH_LIMIT_PERCENT;
	unsigned exceeded = 0;

	if (percent && (double)m->differing * 100 > budget->max_percent * (double)m->pixels)
		exceeded |= IMGBATCH_LIMIT_PERCENT;
	if ((!percent || (budget->asked & IMGBATCH_LIMIT_PIXELS)) &&
		m->differing > budget->max_pixels)
		exceeded |= IMGBATCH_LIMIT_PIXELS;
	return exceeded;
}

unsigned limits_exceeded(
	const struct imgbatch_budget *budget, const struct imgbatch_measures *measures)
{
	unsigned exceeded = counts(budget) ? count_exceeded(budget, measures) : 0;

	if ((budget->asked & IMGBATCH_LIMIT_PSNR) && measures->psnr < budget->min_psnr)
		exceeded |= IMGBATCH_LIMIT_PSNR;
	if ((budget->asked & IMGBATCH_LIMIT_SSIM) && measures->ssim < budget->min_ssim)
		exceeded |= IMGBATCH_LIMIT_SSIM;
	return exceeded;
}
