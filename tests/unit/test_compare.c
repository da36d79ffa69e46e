/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls of a comparison, as a program uses them: in memory, again and again, and over two files. */
#include <imgbatch/imgbatch.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const grey = TEST_TESTDATA "/good/png/grey8.png";
static const char *const interlaced = TEST_TESTDATA "/good/png/grey8-interlaced.png";
static const char *const colour = TEST_TESTDATA "/good/png/rgb8.png";

struct file {
	uint8_t bytes[1 << 20];
	size_t size;
};

static void read_file(struct file *file, const char *path)
{
	FILE *from = fopen(path, "rb");

	assert_non_null(from);
	file->size = fread(file->bytes, 1, sizeof file->bytes, from);
	fclose(from);
	assert_true(file->size > 0);
}

/* The image by another recipe, as a PNG; the caller frees the batch, which holds it. */
static struct imgbatch *changed(
	const struct file *file, const char *recipe, struct imgbatch_result *result)
{
	struct imgbatch *batch = imgbatch_new();

	assert_int_equal(imgbatch_recipe_parse(batch, recipe, NULL), 0);
	assert_int_equal(
		imgbatch_process(batch, file->bytes, file->size, NULL, 0, result, NULL), 0);
	return batch;
}

static void compares_in_memory(void **state)
{
	struct imgbatch_comparison *comparison = imgbatch_comparison_new();
	static struct file file;
	const struct imgbatch_pair *pair;
	struct imgbatch_result result;
	struct imgbatch *batch;

	(void)state;
	read_file(&file, colour);
	batch = changed(&file, "flip h", &result);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(imgbatch_compare_memory(comparison, "a", file.bytes, file.size,
					 file.bytes, file.size, &pair, NULL),
			0);
		assert_int_equal(pair->verdict, IMGBATCH_PAIR_EQUAL);
		assert_int_equal(imgbatch_compare_memory(comparison, "a", file.bytes, file.size,
					 result.data, result.size, &pair, NULL),
			0);
		assert_int_equal(pair->verdict, IMGBATCH_PAIR_DIFFERENT);
		assert_int_equal(pair->cause, IMGBATCH_CAUSE_MOVED);
		assert_non_null(strstr(pair->explanation, "left to right"));
		assert_int_equal(pair->diff_data != NULL, again);
		/* An option holds from the next call on. */
		assert_int_equal(
			imgbatch_comparison_set(comparison, "keep", again ? "no" : NULL, NULL), 0);
	}
	assert_int_equal(imgbatch_comparison_set(comparison, "keep", NULL, NULL), 0);
	assert_int_equal(imgbatch_compare_memory(comparison, "a", file.bytes, file.size,
				 result.data, result.size, &pair, NULL),
		0);
	assert_memory_equal(pair->actual.data, result.data, result.size);
	assert_memory_equal(pair->diff_data, "\x89PNG", 4);
	imgbatch_comparison_free(comparison);
	imgbatch_free(batch);
}

static void broken_bytes_are_a_verdict(void **state)
{
	struct imgbatch_comparison *comparison = imgbatch_comparison_new();
	static struct file file;
	const struct imgbatch_pair *pair;

	(void)state;
	read_file(&file, colour);
	assert_int_equal(imgbatch_compare_memory(comparison, NULL, file.bytes, file.size,
				 file.bytes, file.size / 2, &pair, NULL),
		0);
	assert_int_equal(pair->verdict, IMGBATCH_PAIR_BROKEN);
	assert_true(pair->code < 0 && pair->failed);
	imgbatch_comparison_free(comparison);
}

static void tell(void *ctx, const struct imgbatch_pair *pair)
{
	char *line = imgbatch_pair_line(pair), *json = imgbatch_pair_json(pair);

	++*(int *)ctx;
	assert_non_null(strstr(line, "\"rgb8.png\": different"));
	assert_non_null(strstr(json, "\"verdict\":\"different\""));
	imgbatch_free_text(line);
	imgbatch_free_text(json);
}

static void compares_files(void **state)
{
	struct imgbatch_comparison *comparison = imgbatch_comparison_new();
	struct imgbatch_compare_summary summary;
	struct imgbatch_fault fault;
	int pairs = 0;
	struct imgbatch_compare_callbacks callbacks = {.ctx = &pairs, .pair = tell};

	(void)state;
	assert_int_equal(imgbatch_compare(comparison, grey, interlaced, NULL, &summary, &fault), 0);
	assert_int_equal(imgbatch_compare_status(0, &summary), 0);
	assert_int_equal(
		imgbatch_compare(comparison, grey, colour, &callbacks, &summary, &fault), 0);
	assert_int_equal(summary.different, 1);
	assert_int_equal(imgbatch_compare_status(0, &summary), 1);
	assert_int_equal(pairs, 1);
	assert_int_equal(imgbatch_compare(comparison, grey, "/nowhere", NULL, &summary, &fault),
		IMGBATCH_E_USAGE);
	assert_int_equal(imgbatch_compare_status(fault.code, &summary), 2);
	imgbatch_comparison_free(comparison);
}

static void options_are_checked(void **state)
{
	struct imgbatch_comparison *comparison = imgbatch_comparison_new();
	const struct imgbatch_option_info *info;
	struct imgbatch_fault fault;

	(void)state;
	assert_int_equal(
		imgbatch_comparison_set(comparison, "threshold", "many", &fault), IMGBATCH_E_USAGE);
	assert_non_null(strstr(fault.detail, "--threshold takes 0..255, not \"many\""));
	assert_int_equal(
		imgbatch_comparison_set(comparison, "nothing", NULL, &fault), IMGBATCH_E_USAGE);
	/* Whatever takes a value refuses to have none. */
	for (size_t i = 0; (info = imgbatch_comparison_option_info(i)); i++)
		assert_int_equal(imgbatch_comparison_set(comparison, info->name, NULL, &fault),
			info->value && info->value[0] != '[' ? IMGBATCH_E_USAGE : 0);
	imgbatch_comparison_free(comparison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_in_memory),
		cmocka_unit_test(broken_bytes_are_a_verdict),
		cmocka_unit_test(compares_files),
		cmocka_unit_test(options_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
