/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the table of options: every default is a value that the option itself takes, every value is checked,
 * and a wrong one names option and value.
 */
#include "run/batch.h"

#include <setjmp.h>
#include <stdarg.h>
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
		cmocka_unit_test(test_failed_recipe_leaves_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
