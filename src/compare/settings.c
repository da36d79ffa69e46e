/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a comparison: one table for setting, help and completion. Rows of reports follow by themselves. */
#include "base/number.h"
#include "compare/compare.h"
#include "compare/limits.h"

#include <stdlib.h>
#include <string.h>

typedef int set_fn(struct compare_settings *settings, const char *value);

/* 0, or -1: not what the option takes; or IMGBATCH_E_NOMEM. */
static int set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return IMGBATCH_E_NOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int add_word(struct compare_words *words, const char *value)
{
	char **grown = realloc(words->word, (words->count + 1) * sizeof *grown);

	if (!grown)
		return IMGBATCH_E_NOMEM;
	words->word = grown;
	grown[words->count] = strdup(value);
	if (!grown[words->count])
		return IMGBATCH_E_NOMEM;
	words->count++;
	return 0;
}

static int set_ignore(struct compare_settings *s, const char *value)
{
	return limits_add_rect(&s->ignore, value);
}

static int set_mask(struct compare_settings *s, const char *value)
{
	return set_text(&s->mask, value);
}

static int set_tolerances(struct compare_settings *s, const char *value)
{
	return set_text(&s->tolerances, value);
}

static int set_hashes(struct compare_settings *s, const char *value)
{
	return set_text(&s->hashes, value);
}

static int set_diff_dir(struct compare_settings *s, const char *value)
{
	return set_text(&s->diff_dir, value);
}

static int set_include(struct compare_settings *s, const char *value)
{
	return add_word(&s->include, value);
}

static int set_exclude(struct compare_settings *s, const char *value)
{
	return add_word(&s->exclude, value);
}

static int read_switch(bool *on, const char *value)
{
	if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return -1;
	*on = !value || strcmp(value, "yes") == 0;
	return 0;
}

static int set_metadata(struct compare_settings *s, const char *value)
{
	return read_switch(&s->metadata, value);
}

static int set_allow_missing(struct compare_settings *s, const char *value)
{
	return read_switch(&s->allow_missing, value);
}

static int set_allow_extra(struct compare_settings *s, const char *value)
{
	return read_switch(&s->allow_extra, value);
}

static int set_keep(struct compare_settings *s, const char *value)
{
	return read_switch(&s->keep, value);
}

static int set_force(struct compare_settings *s, const char *value)
{
	return read_switch(&s->force, value);
}

/* A switch, or the names that it holds for. */
static int set_update(struct compare_settings *s, const char *value)
{
	if (read_switch(&s->update, value) == 0)
		return 0;
	s->update = true;
	return set_text(&s->update_glob, value);
}

static int set_jobs(struct compare_settings *s, const char *value)
{
	if (strcmp(value, "auto") == 0) {
		s->jobs = 0;
		return 0;
	}
	return number_parse_whole(value, strlen(value), &s->jobs) && s->jobs >= 1 && s->jobs <= 1024
		? 0
		: -1;
}

static int set_max_pixels(struct compare_settings *s, const char *value)
{
	size_t length = strlen(value);
	uint64_t unit = 1;

	if (length && strchr("KMG", value[length - 1])) {
		unit = value[length - 1] == 'K'    ? 1000
			: value[length - 1] == 'M' ? 1000000
						   : 1000000000;
		length--;
	}
	if (!number_parse_whole(value, length, &s->max_pixels) ||
		__builtin_mul_overflow(s->max_pixels, unit, &s->max_pixels))
		return -1;
	return 0;
}

/* set NULL: a limit of limits.h by this name. */
static const struct option {
	struct imgbatch_option_info info;
	set_fn *set;
} table[] = {
	{{"threshold", "0..255", "0", "budgets",
		 "levels (of 8 bits) by which a pixel may differ without counting", false},
		NULL},
	{{"max-diff-pixels", "N", "0", "budgets", "so many pixels may differ", false}, NULL},
	{{"max-diff-percent", "P", "", "budgets", "so many of 100 pixels may differ", false}, NULL},
	{{"min-psnr", "DB", "", "budgets", "the PSNR must be this or better", false}, NULL},
	{{"min-ssim", "0..1", "", "budgets", "the SSIM must be this or better", false}, NULL},
	{{"perceptual", "0..1", "", "budgets",
		 "pixels count that are farther apart than this in YIQ, as pixelmatch's threshold",
		 false},
		NULL},
	{{"aa", NULL, "no", "budgets",
		 "anti-aliased pixels do not count (perceptual 0.1, unless that is given)", false},
		NULL},
	{{"tolerances", "FILE", "EXPECTED/tolerances", "budgets",
		 "budgets by file name, a pattern a line; the last match wins", false},
		set_tolerances},
	{{"ignore", "X,Y,W,H", "", "what is compared", "leave this rectangle out", true},
		set_ignore},
	{{"mask", "FILE", "", "what is compared",
		 "leave out what is black in this picture, which is as large as those compared",
		 false},
		set_mask},
	{{"metadata", NULL, "no", "what is compared",
		 "profile, orientation, text and density must be equal too", false},
		set_metadata},
	{{"include", "GLOB", "", "what is compared", "only files whose name or path matches", true},
		set_include},
	{{"exclude", "GLOB", "", "what is compared", "not what matches", true}, set_exclude},
	{{"allow-missing", NULL, "no", "what is compared",
		 "an expected file without an actual one is no failure", false},
		set_allow_missing},
	{{"allow-extra", NULL, "no", "what is compared",
		 "an actual file without an expected one is no failure", false},
		set_allow_extra},
	{{"hashes", "FILE", "", "goldens",
		 "compare with pixel hashes in FILE instead of with EXPECTED", false},
		set_hashes},
	{{"update", "[GLOB]", "no", "goldens",
		 "make what differs golden (files that match GLOB); not where CI is set", false},
		set_update},
	{{"force", NULL, "no", "goldens", "update under CI, too", false}, set_force},
	{{"jobs", "N", "auto", "limits", "threads; auto: the CPUs that this process may use",
		 false},
		set_jobs},
	{{"max-pixels", "N", "100M", "limits", "images of more pixels are refused; 0: no bound",
		 false},
		set_max_pixels},
	{{"diff-dir", "DIR", "", "reports",
		 "write a picture of the differences of each failed pair", false},
		set_diff_dir},
	{{"keep", NULL, "no", "reports",
		 "a library's caller gets the files of failed pairs, and that picture, in memory",
		 false},
		set_keep},
};

enum { OPTIONS = sizeof table / sizeof *table };

static size_t report_count(void)
{
	size_t count = 0;

	while (compare_reports[count])
		count++;
	return count;
}

/* Rows of reports, in the form of options. Filled from a constant table: the same bytes whoever comes first. */
static const struct imgbatch_option_info *report_row(size_t index)
{
	static struct imgbatch_option_info rows[COMPARE_REPORTS_MAX];

	if (index >= report_count())
		return NULL;
	rows[index] = (struct imgbatch_option_info){compare_reports[index]->option, "FILE", "",
		"reports", compare_reports[index]->help, false};
	return &rows[index];
}

const struct imgbatch_option_info *compare_option_info(size_t index)
{
	return index < OPTIONS ? &table[index].info : report_row(index - OPTIONS);
}

void compare_settings_init(struct compare_settings *settings)
{
	*settings = (struct compare_settings){.max_pixels = 100000000};
	limits_init(&settings->budget);
}

static void words_release(struct compare_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
}

void compare_settings_release(struct compare_settings *settings)
{
	free(settings->ignore.rect);
	free(settings->mask);
	free(settings->tolerances);
	free(settings->hashes);
	free(settings->diff_dir);
	free(settings->update_glob);
	words_release(&settings->include);
	words_release(&settings->exclude);
	for (size_t i = 0; i < COMPARE_REPORTS_MAX; i++)
		free(settings->report[i]);
	*settings = (struct compare_settings){0};
}

static int set_row(
	struct compare_settings *settings, const struct option *option, const char *value)
{
	if (option->info.value && option->info.value[0] != '[' && !value)
		return -1;
	return option->set ? option->set(settings, value)
			   : limits_set(&settings->budget, option->info.name, value);
}

/* 1: there is no such option. */
static int set_any(struct compare_settings *settings, const char *name, const char *value,
	const struct imgbatch_option_info **info)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(table[i].info.name, name) == 0) {
			*info = &table[i].info;
			return set_row(settings, &table[i], value);
		}
	for (size_t i = 0; i < report_count(); i++)
		if (strcmp(compare_reports[i]->option, name) == 0) {
			*info = report_row(i);
			return value ? set_text(&settings->report[i], value) : -1;
		}
	return 1;
}

int compare_settings_set(struct compare_settings *settings, const char *option, const char *value,
	struct fault *fault)
{
	const struct imgbatch_option_info *info = NULL;
	struct str said = STR_INIT;
	int code = set_any(settings, option, value, &info);

	if (code == 1)
		return fault_set(fault, IMGBATCH_E_USAGE, "compare has no option --%.60s", option);
	if (code == IMGBATCH_E_NOMEM)
		return fault_set(fault, code, "no memory for --%s", option);
	if (!code)
		return 0;
	if (!value)
		return fault_set(
			fault, IMGBATCH_E_USAGE, "--%s needs a value: %s", info->name, info->value);
	str_add_escaped(&said, value, strnlen(value, 80));
	code = fault_set(fault, IMGBATCH_E_USAGE, "--%s takes %s, not \"%s\"", info->name,
		info->value ? info->value : "yes or no", str_text(&said));
	str_release(&said);
	return code;
}
