/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "compare/html.h"
#include "report/numbers.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

static void add_text(struct str *out, const char *text)
{
	page_add_text(out, text, strlen(text));
}

/* A number with at most so many decimals, a point whatever the locale. */
static void add_rounded(struct str *out, double value, int decimals)
{
	char text[NUMBER_TEXT_MAX];
	double scale = pow(10, decimals);

	number_print(text, round(value * scale) / scale);
	str_add(out, text);
}

/* What is small is rounded to digits that matter: 0.00012%. */
static void add_percent(struct str *out, double percent)
{
	int decimals = percent > 0 && percent < 1 ? 1 - (int)floor(log10(percent)) : 1;

	add_rounded(out, percent, decimals < 12 ? decimals : 12);
	str_add_char(out, '%');
}

void html_add_badge(struct str *out, const struct imgbatch_pair *pair)
{
	const char *name = pair->updated ? "updated" : compare_verdict_name(pair->verdict);

	str_addf(out, "<span class=\"badge %s\">%s</span>", name, name);
}

static const char *channels_name(unsigned channels)
{
	static const char *const names[] = {"", "grey", "grey + alpha", "RGB", "RGBA"};

	return channels < sizeof names / sizeof *names ? names[channels] : "";
}

static void add_form(struct str *out, const struct imgbatch_side *side)
{
	str_addf(out, "%u\u00D7%u %s, %u bits", side->width, side->height,
		channels_name(side->channels), side->bits);
}

static double share_of(const struct imgbatch_measures *measures)
{
	return measures->pixels ? 100.0 * (double)measures->differing / (double)measures->pixels
				: 0;
}

static void add_counts(struct str *out, const struct imgbatch_measures *measures)
{
	number_add_grouped(out, measures->differing);
	str_add(out, " of ");
	number_add_grouped(out, measures->pixels);
	str_add(out, " pixels (");
	add_percent(out, share_of(measures));
	str_add(out, ")");
}

void html_add_figures(struct str *out, const struct imgbatch_pair *pair)
{
	if (pair->measured) {
		add_counts(out, &pair->measures);
		str_addf(out, ", largest difference %u", pair->measures.largest);
	} else if (pair->code) {
		add_text(out, pair->detail ? pair->detail : code_text(pair->code));
	} else if (pair->expected.width && pair->actual.width) {
		add_form(out, &pair->expected);
		str_add(out, " expected, ");
		add_form(out, &pair->actual);
		str_add(out, " actual");
	} else if (pair->expected.width || pair->actual.width) {
		add_form(out, pair->expected.width ? &pair->expected : &pair->actual);
	}
}

/* -- all that is known -------------------------------------------------------------------------------- */

static void begin_fact(struct str *out, const char *term)
{
	str_addf(out, "<div><dt>%s</dt><dd>", term);
}

static void end_fact(struct str *out)
{
	str_add(out, "</dd></div>\n");
}

static void add_side(struct str *out, const char *term, const struct imgbatch_side *side)
{
	if (!side->path)
		return;
	begin_fact(out, term);
	str_add(out, "<code>");
	page_add_name(out, side->path, strlen(side->path));
	str_add(out, "</code> ");
	if (side->width) {
		add_form(out, side);
		str_addf(out, ", %s, ", side->format ? side->format : "");
	}
	number_add_grouped(out, side->bytes);
	str_add(out, " bytes");
	end_fact(out);
}

static void add_largest(struct str *out, const struct imgbatch_measures *m)
{
	begin_fact(out, "Largest");
	str_addf(out, "%u of %u at x %u, y %u", m->largest, m->peak, m->x, m->y);
	if (m->largest)
		str_addf(out, ", %c: %u expected, %u actual", m->channel, m->expected, m->actual);
	end_fact(out);
}

static void add_pixels(struct str *out, const struct imgbatch_measures *m)
{
	begin_fact(out, "Pixels");
	add_counts(out, m);
	if (m->unequal != m->differing) {
		str_add(out, "; not equal ");
		number_add_grouped(out, m->unequal);
	}
	if (m->antialiased) {
		str_add(out, "; anti-aliased ");
		number_add_grouped(out, m->antialiased);
	}
	if (m->ignored) {
		str_add(out, "; ignored ");
		number_add_grouped(out, m->ignored);
	}
	end_fact(out);
}

static void add_averages(struct str *out, const struct imgbatch_measures *m)
{
	begin_fact(out, "Averages");
	str_add(out, "mean ");
	add_rounded(out, m->mean, 4);
	str_add(out, ", RMS ");
	add_rounded(out, m->rms, 4);
	if (isfinite(m->psnr)) {
		str_add(out, ", PSNR ");
		add_rounded(out, m->psnr, 2);
		str_add(out, " dB");
	}
	if (m->ssim >= 0) {
		str_add(out, ", SSIM ");
		add_rounded(out, m->ssim, 6);
	}
	end_fact(out);
}

/* One limit of the budget; those that were exceeded stand out. */
static void add_limit(struct str *out, const struct imgbatch_pair *pair, unsigned limit,
	const char *name, double value)
{
	bool broken = pair->exceeded & limit;

	if (!(pair->budget.asked & limit) && !broken)
		return;
	str_add(out, broken ? "<strong>" : "<span>");
	str_addf(out, "%s ", name);
	add_rounded(out, value, 12);
	str_add(out, broken ? " (exceeded)</strong>" : "</span>");
}

static void add_limits(struct str *out, const struct imgbatch_pair *pair)
{
	const struct imgbatch_budget *budget = &pair->budget;

	begin_fact(out, "Limits");
	str_add(out, "<span class=\"limits\">");
	add_limit(out, pair, IMGBATCH_LIMIT_THRESHOLD, "threshold", budget->threshold);
	add_limit(out, pair, IMGBATCH_LIMIT_PERCEPTUAL, "perceptual", budget->perceptual);
	add_limit(out, pair, IMGBATCH_LIMIT_PIXELS, "pixels", (double)budget->max_pixels);
	add_limit(out, pair, IMGBATCH_LIMIT_PERCENT, "percent", budget->max_percent);
	add_limit(out, pair, IMGBATCH_LIMIT_PSNR, "PSNR at least", budget->min_psnr);
	add_limit(out, pair, IMGBATCH_LIMIT_SSIM, "SSIM at least", budget->min_ssim);
	str_add(out, "</span>");
	if (pair->rule && *pair->rule) {
		str_add(out, " by <code>");
		add_text(out, pair->rule);
		str_add(out, "</code>");
	}
	end_fact(out);
}

void html_add_facts(struct str *out, const struct imgbatch_pair *pair)
{
	str_add(out, "<dl>\n");
	if (pair->measured) {
		add_pixels(out, &pair->measures);
		add_largest(out, &pair->measures);
		add_averages(out, &pair->measures);
		add_limits(out, pair);
	}
	if (pair->facts && *pair->facts) {
		begin_fact(out, "Beside pixels");
		add_text(out, pair->facts);
		end_fact(out);
	}
	add_side(out, "Expected", &pair->expected);
	add_side(out, "Actual", &pair->actual);
	if (pair->diff) {
		begin_fact(out, "Written");
		str_add(out, "<code>");
		page_add_name(out, pair->diff, strlen(pair->diff));
		str_add(out, "</code>");
		end_fact(out);
	}
	str_add(out, "</dl>\n");
}
