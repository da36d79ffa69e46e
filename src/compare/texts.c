/* SPDX-License-Identifier: Apache-2.0 */
/* A pair and a summary as JSON and as lines for a person. */
#include "base/number.h"
#include "compare/compare.h"
#include "report/numbers.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

const char *compare_verdict_name(enum imgbatch_verdict verdict)
{
	static const char *const names[] = {
		[IMGBATCH_PAIR_EQUAL] = "equal",
		[IMGBATCH_PAIR_WITHIN] = "within",
		[IMGBATCH_PAIR_DIFFERENT] = "different",
		[IMGBATCH_PAIR_MISSING] = "missing",
		[IMGBATCH_PAIR_EXTRA] = "extra",
		[IMGBATCH_PAIR_BROKEN] = "broken",
	};

	return (size_t)verdict < sizeof names / sizeof *names ? names[verdict] : "unknown";
}

const char *compare_cause_name(enum imgbatch_cause cause)
{
	static const char *const names[] = {
		[IMGBATCH_CAUSE_NONE] = "none",
		[IMGBATCH_CAUSE_UNKNOWN] = "unknown",
		[IMGBATCH_CAUSE_SIZE] = "size",
		[IMGBATCH_CAUSE_FORM] = "form",
		[IMGBATCH_CAUSE_OFF_BY_ONE] = "off-by-one",
		[IMGBATCH_CAUSE_SHIFTED] = "shifted",
		[IMGBATCH_CAUSE_MOVED] = "moved",
		[IMGBATCH_CAUSE_LEVELS] = "levels",
		[IMGBATCH_CAUSE_PREMULTIPLIED] = "premultiplied",
		[IMGBATCH_CAUSE_REENCODED] = "reencoded",
		[IMGBATCH_CAUSE_REGION] = "region",
		[IMGBATCH_CAUSE_METADATA] = "metadata",
		[IMGBATCH_CAUSE_HASH] = "hash",
	};

	return (size_t)cause < sizeof names / sizeof *names ? names[cause] : "unknown";
}

/* -- JSON ------------------------------------------------------------------------------------------------- */

/* ,"key":number; what is not finite is null. */
static void add_double(struct str *out, const char *key, double value)
{
	char text[NUMBER_TEXT_MAX] = "null";

	if (isfinite(value))
		number_print(text, value);
	str_addf(out, ",\"%s\":%s", key, text);
}

static void add_whole(struct str *out, const char *key, uint64_t value)
{
	str_addf(out, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void add_text(struct str *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	str_addf(out, ",\"%s\":", key);
	str_add_json(out, text, strlen(text));
}

static void add_side(struct str *out, const char *key, const struct imgbatch_side *side)
{
	str_addf(out, ",\"%s\":{", key);
	if (side->path)
		report_add_name(out, "path", side->path, strlen(side->path));
	else
		str_add(out, "\"path\":null");
	if (side->width)
		str_addf(out, ",\"width\":%u,\"height\":%u,\"channels\":%u,\"bits\":%u",
			side->width, side->height, side->channels, side->bits);
	add_text(out, "format", side->format);
	if (side->bytes)
		add_whole(out, "bytes", side->bytes);
	str_add_char(out, '}');
}

static void add_measures(struct str *out, const struct imgbatch_measures *m)
{
	str_addf(out, ",\"measures\":{\"pixels\":%llu", (unsigned long long)m->pixels);
	add_whole(out, "ignored", m->ignored);
	add_whole(out, "unequal", m->unequal);
	add_whole(out, "differing", m->differing);
	add_whole(out, "antialiased", m->antialiased);
	add_double(
		out, "percent", m->pixels ? 100.0 * (double)m->differing / (double)m->pixels : 0);
	add_whole(out, "peak", m->peak);
	add_whole(out, "largest", m->largest);
	if (m->largest)
		str_addf(out,
			",\"at\":{\"x\":%u,\"y\":%u,\"channel\":\"%c\",\"expected\":%u,\"actual\":"
			"%u}",
			m->x, m->y, m->channel, m->expected, m->actual);
	add_double(out, "mean", m->mean);
	add_double(out, "rms", m->rms);
	add_double(out, "psnr", m->psnr);
	add_double(out, "ssim", m->ssim > -1 ? m->ssim : NAN);
	str_add_char(out, '}');
}

static void add_budget(struct str *out, const struct imgbatch_pair *pair)
{
	const struct imgbatch_budget *b = &pair->budget;

	str_add(out, ",\"budget\":{");
	if (b->asked & IMGBATCH_LIMIT_PERCEPTUAL) {
		char text[NUMBER_TEXT_MAX];

		number_print(text, b->perceptual);
		str_addf(out, "\"perceptual\":%s,\"aa\":%s", text, b->aa ? "true" : "false");
	} else {
		str_addf(out, "\"threshold\":%u", b->threshold);
	}
	if (b->asked & IMGBATCH_LIMIT_PIXELS)
		add_whole(out, "max-diff-pixels", b->max_pixels);
	if (b->asked & IMGBATCH_LIMIT_PERCENT)
		add_double(out, "max-diff-percent", b->max_percent);
	if (b->asked & IMGBATCH_LIMIT_PSNR)
		add_double(out, "min-psnr", b->min_psnr);
	if (b->asked & IMGBATCH_LIMIT_SSIM)
		add_double(out, "min-ssim", b->min_ssim);
	add_text(out, "rule", pair->rule);
	str_add_char(out, '}');
}

static void add_exceeded(struct str *out, unsigned exceeded)
{
	const char *between = "";

	str_add(out, ",\"exceeded\":[");
	for (unsigned limit = 1; limit <= IMGBATCH_LIMIT_PERCEPTUAL; limit <<= 1) {
		if (!(exceeded & limit))
			continue;
		str_addf(out, "%s\"%s\"", between, compare_limit_name((enum imgbatch_limit)limit));
		between = ",";
	}
	str_add_char(out, ']');
}

void compare_pair_json(struct str *out, const struct imgbatch_pair *pair)
{
	str_add(out, "{\"type\":\"pair\",");
	report_add_name(out, "name", pair->name, strlen(pair->name));
	str_addf(out, ",\"verdict\":\"%s\",\"failed\":%s", compare_verdict_name(pair->verdict),
		pair->failed ? "true" : "false");
	if (pair->updated)
		str_add(out, ",\"updated\":true");
	add_side(out, "expected", &pair->expected);
	add_side(out, "actual", &pair->actual);
	if (pair->measured)
		add_measures(out, &pair->measures);
	add_budget(out, pair);
	add_exceeded(out, pair->exceeded);
	if (pair->form)
		str_add(out, ",\"form\":true");
	add_text(out, "facts", pair->facts);
	if (pair->cause != IMGBATCH_CAUSE_NONE)
		add_text(out, "cause", compare_cause_name(pair->cause));
	add_text(out, "explanation", pair->explanation);
	if (pair->code)
		add_text(out, "code", code_name(pair->code));
	add_text(out, "detail", pair->detail);
	if (pair->diff) {
		str_add_char(out, ',');
		report_add_name(out, "diff", pair->diff, strlen(pair->diff));
	}
	str_add(out, ",\"ms\":");
	number_add_milli(out, number_milli(pair->ms));
	str_add(out, "}\n");
}

void compare_summary_json(struct str *out, const struct imgbatch_compare_summary *s)
{
	str_addf(out, "{\"type\":\"summary\",\"schema\":1,\"pairs\":%llu",
		(unsigned long long)s->pairs);
	add_whole(out, "equal", s->equal);
	add_whole(out, "within", s->within);
	add_whole(out, "different", s->different);
	add_whole(out, "missing", s->missing);
	add_whole(out, "extra", s->extra);
	add_whole(out, "broken", s->broken);
	add_whole(out, "failed", s->failed);
	add_whole(out, "updated", s->updated);
	add_whole(out, "ignored", s->ignored);
	str_add(out, ",\"seconds\":");
	number_add_milli(out, number_milli(s->seconds));
	str_add(out, ",\"cpu_seconds\":");
	number_add_milli(out, number_milli(s->cpu_seconds));
	add_whole(out, "workers", s->workers);
	str_add(out, "}\n");
}

/* -- for a person ------------------------------------------------------------------------------------------- */

static void say_measures(struct str *out, const struct imgbatch_measures *m)
{
	str_add(out, ": ");
	number_add_grouped(out, m->differing);
	str_add(out, " of ");
	number_add_grouped(out, m->pixels);
	str_add(out, " pixels differ");
	if (m->differing) {
		str_add(out, " (");
		number_add_fine(out, 100.0 * (double)m->differing / (double)m->pixels);
		str_add(out, "%)");
	}
	if (m->antialiased) {
		str_add(out, ", ");
		number_add_grouped(out, m->antialiased);
		str_add(out, " more are anti-aliased");
	}
	if (m->largest)
		str_addf(out, "; by at most %u, at %u,%u in %c: %u became %u", m->largest, m->x,
			m->y, m->channel, m->expected, m->actual);
	if (isfinite(m->psnr)) {
		str_add(out, "; PSNR ");
		number_add_fine(out, m->psnr);
		str_add(out, " dB");
	}
	if (m->ssim > -1) {
		char text[NUMBER_TEXT_MAX];

		number_print(text, floor(m->ssim * 10000) / 10000);
		str_addf(out, ", SSIM %s", text);
	}
}

void compare_pair_text(struct str *out, const struct imgbatch_pair *pair)
{
	str_add(out, compare_verdict_name(pair->verdict));
	if (pair->verdict == IMGBATCH_PAIR_BROKEN) {
		str_addf(out, ": %s: %s", code_name(pair->code), pair->detail);
		return;
	}
	if (pair->measured && pair->measures.unequal)
		say_measures(out, &pair->measures);
	if (pair->facts[0])
		str_addf(out, "; %s", pair->facts);
	if (pair->explanation[0])
		str_addf(out, "; %s", pair->explanation);
}

void compare_pair_line(struct str *out, const struct imgbatch_pair *pair)
{
	str_add_char(out, '"');
	str_add_escaped(out, pair->name, strlen(pair->name));
	str_add(out, "\": ");
	compare_pair_text(out, pair);
	if (pair->updated)
		str_add(out, "; now golden");
	str_add_char(out, '\n');
}

static void say_count(struct str *out, uint64_t count, const char *what)
{
	if (!count)
		return;
	if (out->length)
		str_add(out, ", ");
	number_add_grouped(out, count);
	str_addf(out, " %s", what);
}

void compare_summary_text(struct str *out, const struct imgbatch_compare_summary *s)
{
	struct str text = STR_INIT;

	say_count(&text, s->equal, "equal");
	say_count(&text, s->within, "within their budgets");
	say_count(&text, s->different, "different");
	say_count(&text, s->missing, "missing");
	say_count(&text, s->extra, "extra");
	say_count(&text, s->broken, "broken");
	str_addf(out, "%s: ", text.length ? str_text(&text) : "nothing compared");
	number_add_grouped(out, s->pairs);
	str_add(out, s->pairs == 1 ? " pair" : " pairs");
	if (s->updated) {
		str_add(out, ", ");
		number_add_grouped(out, s->updated);
		str_add(out, " now golden");
	}
	str_add(out, " in ");
	number_add_duration(out, s->seconds);
	str_add_char(out, '\n');
	str_release(&text);
}
