/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the table of options: every default is a value that the option itself takes, every value is checked,
 * a wrong one names option and value, and what is printed of one is what it was set to.
 */
#include "run/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_defaults_are_values(void **state)
{
	const struct imgbatch_option_info *info;
	struct imgbatch *batch = imgbatch_new();
	struct imgbatch_fault fault;

	(void)state;
	for (size_t i = 0; (info = imgbatch_option_info(i)); i++) {
		if (!info->initial[0] || !strcmp(info->initial, "none"))
			continue;
		if (imgbatch_set(batch, info->name, info->initial, &fault))
			fail_msg("%s=%s: %s", info->name, info->initial, fault.detail);
	}
	struct options fresh;
	options_init(&fresh);
	assert_int_equal(batch->options.quality, fresh.quality);
	assert_int_equal(batch->options.subsampling, fresh.subsampling);
	assert_int_equal(batch->options.max_pixels, fresh.max_pixels);
	assert_int_equal(batch->options.max_file_size, fresh.max_file_size);
	assert_int_equal(batch->options.png_level, fresh.png_level);
	assert_int_equal(batch->options.metadata, fresh.metadata);
	assert_int_equal(batch->options.format, fresh.format);
	assert_int_equal(batch->options.auto_orient, fresh.auto_orient);
	assert_int_equal(batch->options.jobs, fresh.jobs);
	assert_int_equal(batch->options.memory, fresh.memory);
	assert_true(batch->options.timeout == fresh.timeout);
	imgbatch_free(batch);
}

static void test_every_option_has_help(void **state)
{
	const struct imgbatch_option_info *info;

	(void)state;
	for (size_t i = 0; (info = imgbatch_option_info(i)); i++) {
		assert_true(info->help && strlen(info->help) > 10 && strlen(info->help) < 80);
		assert_non_null(info->group);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(imgbatch_option_info(j)->name, info->name);
	}
	assert_null(imgbatch_option_info(10000));
}

static void refused(struct imgbatch *batch, const char *option, const char *value)
{
	struct imgbatch_fault fault;

	if (imgbatch_set(batch, option, value, &fault) != IMGBATCH_E_USAGE)
		fail_msg("--%s %s was taken", option, value ? value : "(nothing)");
	assert_int_equal(fault.code, IMGBATCH_E_USAGE);
	assert_non_null(strstr(fault.detail, option));
	if (value && value[0])
		assert_non_null(strstr(fault.detail, value));
}

static void test_wrong_values(void **state)
{
	static const char *const wrong[][2] = {{"quality", "0"}, {"quality", "101"},
		{"quality", "9x"}, {"quality", ""}, {"quality", "-1"}, {"quality", " 5"},
		{"subsampling", "421"}, {"format", "gif"}, {"format", ""}, {"depth", "16"},
		{"metadata", "al"}, {"copies", "0"}, {"io", "thread"}, {"cpu", "sync"},
		{"jobs", "0"}, {"memory", "1K"}, {"memory", "1Q"},
		{"memory", "99999999999999999999"}, {"memory", "20000000T"}, {"max-pixels", "1MM"},
		{"timeout", "-1"}, {"timeout", "nan"}, {"timeout", "1s"}, {"check", "half"},
		{"follow", "maybe"}, {"png-level", "10"}, {"seed", "18446744073709551616"},
		{"quality", NULL}, {"in", NULL}, {"no-such-option", NULL}};
	struct imgbatch *batch = imgbatch_new();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		refused(batch, wrong[i][0], wrong[i][1]);
	imgbatch_free(batch);
}

static void test_units(void **state)
{
	struct imgbatch *batch = imgbatch_new();

	(void)state;
	assert_int_equal(imgbatch_set(batch, "memory", "2G", NULL), 0);
	assert_int_equal(batch->options.memory, (uint64_t)2 << 30);
	assert_int_equal(imgbatch_set(batch, "max-pixels", "3M", NULL), 0);
	assert_int_equal(batch->options.max_pixels, 3000000);
	assert_int_equal(imgbatch_set(batch, "max-file-size", "5k", NULL), 0);
	assert_int_equal(batch->options.max_file_size, 5120);
	assert_int_equal(imgbatch_set(batch, "seed", "18446744073709551615", NULL), 0);
	assert_true(batch->options.seed == UINT64_MAX);
	assert_int_equal(imgbatch_set(batch, "follow", NULL, NULL), 0);
	assert_true(batch->options.follow);
	assert_int_equal(imgbatch_set(batch, "follow", "no", NULL), 0);
	assert_false(batch->options.follow);
	imgbatch_free(batch);
}

static void test_values_are_collected(void **state)
{
	struct imgbatch *batch = imgbatch_new();

	(void)state;
	assert_int_equal(imgbatch_set(batch, "in", "a", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "in", "b", NULL), 0);
	assert_int_equal(batch->options.in.count, 2);
	assert_string_equal(batch->options.in.word[1], "b");
	assert_int_equal(imgbatch_set(batch, "out", "x", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "out", "y", NULL), 0);
	assert_string_equal(batch->options.out, "y");
	assert_int_equal(imgbatch_set(batch, "cpu", "serial", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "cpu", "auto", NULL), 0);
	assert_null(batch->options.cpu);
	imgbatch_free(batch);
}

static const struct option *row_of(const char *name)
{
	const struct option *row = NULL;

	for (size_t i = 0; (row = option_row(i)) && strcmp(row->info.name, name) != 0; i++)
		;
	assert_non_null(row);
	return row;
}

/* Every option's default is printed as the table says it, and counts as not set. */
static void test_defaults_are_printed(void **state)
{
	struct imgbatch *batch = imgbatch_new();
	const struct option *row;

	(void)state;
	for (size_t i = 0; (row = option_row(i)); i++) {
		struct str value = STR_INIT;
		bool there = option_print(row, &batch->options, 0, &value);

		assert_int_equal(there, row->info.initial[0] != '\0');
		assert_string_equal(str_text(&value), row->info.initial);
		assert_false(option_is_set(row, &batch->options));
		str_release(&value);
	}
	imgbatch_free(batch);
}

/* Every word of each choice, and values of all kinds. */
static void prints_as_set(const char *name, const char *value)
{
	struct imgbatch *batch = imgbatch_new();
	const struct option *row = row_of(name);
	struct str printed = STR_INIT;

	assert_int_equal(imgbatch_set(batch, name, value, NULL), 0);
	assert_true(option_print(row, &batch->options, 0, &printed));
	assert_string_equal(str_text(&printed), value);
	assert_false(option_print(row, &batch->options, 1, &printed));
	if (strcmp(value, row->info.initial) != 0 && !option_is_set(row, &batch->options))
		fail_msg("--%s %s counts as not set", name, value);
	str_release(&printed);
	imgbatch_free(batch);
}

static void test_values_are_printed_as_set(void **state)
{
	static const char *const values[][2] = {{"in", "a b"}, {"out", "x"}, {"memory", "3G"},
		{"memory", "20971521"}, {"max-pixels", "3M"}, {"max-pixels", "0"},
		{"max-pixels", "1234567"}, {"max-file-size", "5K"}, {"timeout", "0.25"},
		{"seed", "18446744073709551615"}, {"max-failures", "0"}, {"jobs", "3"},
		{"verify-decode", "0.001"}, {"follow", "yes"}, {"auto-orient", "no"}};
	const struct option *row;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		prints_as_set(values[i][0], values[i][1]);
	for (size_t i = 0; (row = option_row(i)); i++) {
		const char *words = row->info.value;

		while (words && strchr(row->info.value, '|') && *words) {
			size_t length = strcspn(words, "|");
			char word[64];

			snprintf(word, sizeof word, "%.*s", (int)length, words);
			if (!strcmp(word,
				    word + strspn(word, "0123456789abcdefghijklmnopqrstuvwxyz")))
				break; /* upper case: no choice, a name */
			if (row->kind != KIND_TEXT)
				prints_as_set(row->info.name, word);
			words += length + (words[length] == '|');
		}
	}
}

static void test_commands_are_quoted(void **state)
{
	static const char *const wanted =
		"imgbatch --in 'it'\\''s here' --in $'new\\012line\\\\\\377' --follow --out=-x "
		"--quality 80 --no-auto-orient --crop '20x30 gravity=north fill=#000000ff' "
		"--rotate180";
	struct imgbatch *batch = imgbatch_new();
	struct str command = STR_INIT;

	(void)state;
	assert_int_equal(imgbatch_set(batch, "in", "it's here", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "in", "new\nline\\\xff", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "out", "-x", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "follow", NULL, NULL), 0);
	assert_int_equal(imgbatch_set(batch, "quality", "80", NULL), 0);
	assert_int_equal(imgbatch_set(batch, "auto-orient", "no", NULL), 0);
	assert_int_equal(
		imgbatch_recipe_parse(batch, "crop 20x30 gravity=north fill=#000; rotate180", NULL),
		0);
	options_print_command(batch, &command);
	assert_string_equal(str_text(&command), wanted);
	str_release(&command);
	imgbatch_free(batch);
}

static void test_failed_recipe_leaves_the_old_one(void **state)
{
	struct imgbatch *batch = imgbatch_new();
	struct imgbatch_fault fault;
	char *before, *after;

	(void)state;
	assert_int_equal(imgbatch_recipe_parse(batch, "flip h", &fault), 0);
	before = imgbatch_recipe_text(batch);
	assert_int_equal(imgbatch_recipe_parse(batch, "flop h", &fault), IMGBATCH_E_RECIPE);
	assert_non_null(strstr(fault.detail, "flop"));
	after = imgbatch_recipe_text(batch);
	assert_string_equal(before, after);
	assert_int_equal(imgbatch_recipe_parse(batch, "rotate180", &fault), 0);
	imgbatch_free_text(after);
	after = imgbatch_recipe_text(batch);
	assert_non_null(strstr(after, "flip"));
	assert_non_null(strstr(after, "rotate180"));
	imgbatch_free_text(before);
	imgbatch_free_text(after);
	imgbatch_free(batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_are_values),
		cmocka_unit_test(test_every_option_has_help),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_values_are_collected),
		cmocka_unit_test(test_defaults_are_printed),
		cmocka_unit_test(test_values_are_printed_as_set),
		cmocka_unit_test(test_commands_are_quoted),
		cmocka_unit_test(test_failed_recipe_leaves_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
