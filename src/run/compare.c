/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls of <imgbatch/compare.h>: a comparison is its options and what a comparison in memory keeps. */
#include "compare/compare.h"

#include "compare/pair.h"
#include "run/batch.h"

#include <stdlib.h>

struct imgbatch_comparison {
	struct compare_settings settings;
	/* imgbatch_compare_memory: one worker, made when first used, and its last outcome. */
	struct pair_worker worker;
	struct tolerances *tolerances;
	struct ignore_mask mask;
	bool ready;
	struct str name;
	struct pair_outcome outcome;
};

struct imgbatch_comparison *imgbatch_comparison_new(void)
{
	struct imgbatch_comparison *comparison = calloc(1, sizeof *comparison);

	if (comparison)
		compare_settings_init(&comparison->settings);
	return comparison;
}

/* What was made for comparisons in memory: options may have changed. */
static void drop(struct imgbatch_comparison *comparison)
{
	pair_outcome_release(&comparison->outcome);
	str_release(&comparison->name);
	if (!comparison->ready)
		return;
	comparison->ready = false;
	pair_worker_release(&comparison->worker);
	tolerances_free(comparison->tolerances);
	ignore_mask_release(&comparison->mask);
	comparison->tolerances = NULL;
}

void imgbatch_comparison_free(struct imgbatch_comparison *comparison)
{
	if (!comparison)
		return;
	drop(comparison);
	compare_settings_release(&comparison->settings);
	free(comparison);
}

int imgbatch_comparison_set(struct imgbatch_comparison *comparison, const char *option,
	const char *value, struct imgbatch_fault *to)
{
	struct fault fault = {0};

	drop(comparison);
	return fault_report(
		to, &fault, compare_settings_set(&comparison->settings, option, value, &fault));
}

const struct imgbatch_option_info *imgbatch_comparison_option_info(size_t index)
{
	return compare_option_info(index);
}

int imgbatch_compare(struct imgbatch_comparison *comparison, const char *expected,
	const char *actual, const struct imgbatch_compare_callbacks *callbacks,
	struct imgbatch_compare_summary *summary, struct imgbatch_fault *to)
{
	struct imgbatch_compare_summary unwanted;
	struct fault fault = {0};
	int code = compare_run(&comparison->settings, expected, actual, callbacks,
		summary ? summary : &unwanted, &fault);

	return fault_report(to, &fault, code);
}

static int make_ready(struct imgbatch_comparison *comparison, struct fault *fault)
{
	const struct compare_settings *settings = &comparison->settings;
	int code = 0;

	if (comparison->ready)
		return 0;
	if (settings->hashes || settings->update)
		return fault_set(fault, IMGBATCH_E_USAGE,
			"--hashes and --update are for files, not for memory");
	comparison->ready = true;
	code = pair_worker_init(&comparison->worker, settings->max_pixels, fault);
	if (!code && settings->tolerances)
		code = tolerances_read(&comparison->tolerances, settings->tolerances, true, fault);
	if (!code && settings->mask)
		code = ignore_mask_read(&comparison->mask, settings->mask, fault);
	if (code)
		drop(comparison);
	return code;
}

int imgbatch_compare_memory(struct imgbatch_comparison *comparison, const char *name,
	const void *expected, size_t expected_size, const void *actual, size_t actual_size,
	const struct imgbatch_pair **pair, struct imgbatch_fault *to)
{
	struct fault fault = {0};
	int code = make_ready(comparison, &fault);

	if (code)
		return fault_report(to, &fault, code);
	pair_outcome_release(&comparison->outcome);
	str_clear(&comparison->name);
	str_add(&comparison->name, name ? name : "");
	struct pair_context context = {.settings = &comparison->settings,
		.tolerances = comparison->tolerances,
		.mask = &comparison->mask,
		.keep = comparison->settings.keep,
		.told = true};
	struct pair_task task = {.name = str_text(&comparison->name),
		.given = {{expected, expected_size}, {actual, actual_size}}};

	pair_compare(&comparison->worker, &context, &task, NULL, &comparison->outcome);
	*pair = &comparison->outcome.pair;
	return 0;
}

int imgbatch_compare_status(int code, const struct imgbatch_compare_summary *summary)
{
	switch (code) {
	case 0:
		return summary->broken ? 2 : summary->failed ? 1 : 0;
	case IMGBATCH_E_USAGE:
	case IMGBATCH_E_NOTHING:
		return 2;
	default:
		return 3;
	}
}

const char *imgbatch_verdict_name(enum imgbatch_verdict verdict)
{
	return compare_verdict_name(verdict);
}

const char *imgbatch_cause_name(enum imgbatch_cause cause)
{
	return compare_cause_name(cause);
}

static char *finish(struct str *text)
{
	if (text->failed) {
		str_release(text);
		return NULL;
	}
	if (text->length)
		text->text[--text->length] = '\0';
	return text->text;
}

char *imgbatch_pair_json(const struct imgbatch_pair *pair)
{
	struct str text = STR_INIT;

	compare_pair_json(&text, pair);
	return finish(&text);
}

char *imgbatch_pair_line(const struct imgbatch_pair *pair)
{
	struct str text = STR_INIT;

	compare_pair_line(&text, pair);
	return finish(&text);
}

char *imgbatch_compare_summary_json(const struct imgbatch_compare_summary *summary)
{
	struct str text = STR_INIT;

	compare_summary_json(&text, summary);
	return finish(&text);
}

char *imgbatch_compare_summary_text(const struct imgbatch_compare_summary *summary)
{
	struct str text = STR_INIT;

	compare_summary_text(&text, summary);
	return finish(&text);
}
