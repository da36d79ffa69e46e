/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends imgbatch_process and the work behind it: one image in memory, the same image every time, errors as
 * codes, nothing kept that an option changed.
 */
#include "codec/codec.h"
#include "slots/task.h"
#include "work/config.h"
#include "work/work.h"

#include <imgbatch/imgbatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 60, HEIGHT = 40 };

static uint8_t input[64 << 10];
static size_t input_size;

/* A colour gradient as PNG. */
static int setup(void **state)
{
	static uint8_t pixels[WIDTH * HEIGHT * 3];
	struct image image = {{WIDTH, HEIGHT, 3, SAMPLE_U8, false}, WIDTH * 3, pixels};
	struct encoder *encoder = codec_png.encoder_new();
	int code;

	(void)state;
	for (int i = 0; i < WIDTH * HEIGHT; i++) {
		pixels[3 * i] = (uint8_t)(i % WIDTH * 4);
		pixels[3 * i + 1] = (uint8_t)(i / WIDTH * 6);
		pixels[3 * i + 2] = (uint8_t)(i * 7);
	}
	code = codec_png.encode(encoder, &image, &encode_default_settings, NULL, input,
		sizeof input, &input_size, NULL);
	codec_png.encoder_free(encoder);
	return code;
}

static struct imgbatch *batch_of(const char *recipe)
{
	struct imgbatch *batch = imgbatch_new();

	assert_int_equal(imgbatch_recipe_parse(batch, recipe, NULL), 0);
	return batch;
}

/* A mask whose levels tell the column. */
static size_t make_mask(uint8_t *out, size_t room)
{
	static uint8_t levels[WIDTH * HEIGHT];
	const struct image image = {{WIDTH, HEIGHT, 1, SAMPLE_U8, false}, WIDTH, levels};
	struct encoder *encoder = codec_png.encoder_new();
	size_t size = 0;

	for (int i = 0; i < WIDTH * HEIGHT; i++)
		levels[i] = (uint8_t)(i % WIDTH * 4);
	assert_int_equal(codec_png.encode(encoder, &image, &encode_default_settings, NULL, out,
				 room, &size, NULL),
		0);
	codec_png.encoder_free(encoder);
	return size;
}

static void test_company_follows(void **state)
{
	static uint8_t mask[1 << 16];
	struct imgbatch *batch = batch_of("flip h; crop 20x10+3+4; brightness 0.5");
	double boxes[3][4] = {{0, 0, 1, 1}, {WIDTH - 10, 2, WIDTH - 5, 9}, {0, 0, WIDTH, HEIGHT}};
	struct imgbatch_beside beside = {.mask = mask,
		.mask_size = make_mask(mask, sizeof mask),
		.boxes = boxes,
		.box_count = 3};
	struct imgbatch_result result;
	struct imgbatch_fault fault;

	(void)state;
	assert_int_equal(
		imgbatch_process_beside(batch, input, input_size, "a", 0, &beside, &result, &fault),
		0);
	assert_non_null(result.mask);
	assert_true(result.mask_size > 8 && !memcmp((const uint8_t *)result.mask + 1, "PNG", 3));
	assert_string_equal(
		result.recipe, "flip h\ncrop 20x10+3+4 fill=#00000000\nbrightness 0.5\n");
	assert_true(!boxes[0][2] && !boxes[0][3]);
	assert_true(boxes[1][0] == 2 && boxes[1][1] == 0 && boxes[1][2] == 7 && boxes[1][3] == 5);
	assert_true(boxes[2][2] == 20 && boxes[2][3] == 10);
	/* Without company the same batch does as before. */
	assert_int_equal(imgbatch_process(batch, input, input_size, "a", 0, &result, &fault), 0);
	assert_null(result.mask);
	beside.mask_size = 20;
	assert_int_equal(
		imgbatch_process_beside(batch, input, input_size, "a", 0, &beside, &result, &fault),
		IMGBATCH_E_MASK);
	imgbatch_free(batch);
}

static void test_draws_by_boxes_need_them(void **state)
{
	struct imgbatch *batch = batch_of("box-safe-crop");
	double boxes[1][4] = {{0, 0, WIDTH, HEIGHT}};
	struct imgbatch_beside beside = {.boxes = boxes, .box_count = 1};
	struct imgbatch_result result;

	(void)state;
	assert_int_equal(imgbatch_process(batch, input, input_size, "a", 0, &result, NULL),
		IMGBATCH_E_OPERATION);
	assert_int_equal(
		imgbatch_process_beside(batch, input, input_size, "a", 0, &beside, &result, NULL),
		0);
	assert_int_equal(result.width, WIDTH);
	imgbatch_free(batch);
}

static void test_shape_and_repeat(void **state)
{
	struct imgbatch *batch = batch_of("resize 30x20!");
	struct imgbatch_result result;
	struct imgbatch_fault fault;
	void *first;
	size_t size;

	(void)state;
	assert_int_equal(imgbatch_process(batch, input, input_size, "a", 0, &result, &fault), 0);
	assert_int_equal(result.width, 30);
	assert_int_equal(result.height, 20);
	assert_string_equal(result.format, "png");
	assert_non_null(strstr(result.recipe, "resize"));
	size = result.size;
	first = malloc(size);
	memcpy(first, result.data, size);
	assert_int_equal(imgbatch_process(batch, input, input_size, "b", 0, &result, &fault), 0);
	assert_int_equal(result.size, size);
	assert_memory_equal(result.data, first, size);
	free(first);
	imgbatch_free(batch);
}

static void test_option_changes_take_effect(void **state)
{
	struct imgbatch *batch = batch_of("");
	struct imgbatch_result result;

	(void)state;
	assert_int_equal(imgbatch_process(batch, input, input_size, NULL, 0, &result, NULL), 0);
	assert_string_equal(result.format, "png");
	assert_int_equal(imgbatch_set(batch, "format", "jpeg", NULL), 0);
	assert_int_equal(imgbatch_process(batch, input, input_size, NULL, 0, &result, NULL), 0);
	assert_string_equal(result.format, "jpeg");
	assert_int_equal(imgbatch_recipe_parse(batch, "crop 8x8", NULL), 0);
	assert_int_equal(imgbatch_process(batch, input, input_size, NULL, 0, &result, NULL), 0);
	assert_int_equal(result.width, 8);
	imgbatch_free(batch);
}

static void test_copies_draw_differently(void **state)
{
	struct imgbatch *batch = batch_of("random-crop 20");
	struct imgbatch_result result;
	char recipes[2][256];

	(void)state;
	assert_int_equal(imgbatch_set(batch, "copies", "2", NULL), 0);
	for (unsigned copy = 0; copy < 2; copy++) {
		assert_int_equal(
			imgbatch_process(batch, input, input_size, "a", copy, &result, NULL), 0);
		snprintf(recipes[copy], sizeof recipes[copy], "%s", result.recipe);
	}
	assert_string_not_equal(recipes[0], recipes[1]);
	assert_int_equal(imgbatch_process(batch, input, input_size, "a", 2, &result, NULL),
		IMGBATCH_E_USAGE);
	assert_int_equal(imgbatch_process(batch, input, input_size, "a.png", 0, &result, NULL), 0);
	assert_string_equal(result.recipe, recipes[0]); /* the extension plays no part */
	assert_int_equal(imgbatch_process(batch, input, input_size, "other", 0, &result, NULL), 0);
	assert_string_not_equal(result.recipe, recipes[0]);
	imgbatch_free(batch);
}

static void test_drawn_recipe_replays(void **state)
{
	struct imgbatch *batch = batch_of("random-resized-crop 24; hflip 0.5"),
			*again = imgbatch_new();
	struct imgbatch_result result, replayed;

	(void)state;
	assert_int_equal(imgbatch_process(batch, input, input_size, "x", 0, &result, NULL), 0);
	assert_int_equal(imgbatch_recipe_parse(again, result.recipe, NULL), 0);
	assert_int_equal(imgbatch_process(again, input, input_size, "y", 0, &replayed, NULL), 0);
	assert_int_equal(replayed.size, result.size);
	assert_memory_equal(replayed.data, result.data, result.size);
	imgbatch_free(batch);
	imgbatch_free(again);
}

/* The size and a sum of output `copy` of a JPEG that is much larger than its target. */
static uint64_t large_jpeg(const char *copies, const char *decode, unsigned copy)
{
	static uint8_t pixels[400 * 400], file[256 << 10];
	struct image image = {{400, 400, 1, SAMPLE_U8, false}, 400, pixels};
	struct encoder *encoder = codec_jpeg.encoder_new();
	struct imgbatch *batch = batch_of("resize 40x40!");
	struct imgbatch_result result;
	uint64_t sum = 0;
	size_t size;

	for (int i = 0; i < 400 * 400; i++)
		pixels[i] = (uint8_t)((i % 400 / 3 * 37) ^ (i / 400 / 5 * 11));
	assert_int_equal(codec_jpeg.encode(encoder, &image, &encode_default_settings, NULL, file,
				 sizeof file, &size, NULL),
		0);
	codec_jpeg.encoder_free(encoder);
	assert_int_equal(imgbatch_set(batch, "copies", copies, NULL), 0);
	assert_int_equal(imgbatch_set(batch, "decode", decode, NULL), 0);
	assert_int_equal(imgbatch_process(batch, file, size, "a", copy, &result, NULL), 0);
	for (size_t i = 0; i < result.size; i++)
		sum = sum * 31 + ((uint8_t *)result.data)[i];
	imgbatch_free(batch);
	return sum;
}

/* A smaller decode is close, not the same; so it must not depend on how many outputs share one decode. */
static void test_scaled_decode_is_for_single_outputs(void **state)
{
	(void)state;
	assert_true(large_jpeg("1", "scaled", 0) != large_jpeg("1", "full", 0));
	assert_true(large_jpeg("17", "scaled", 0) == large_jpeg("17", "full", 0));
	assert_true(large_jpeg("17", "scaled", 16) == large_jpeg("17", "full", 16));
}

static void test_errors_are_codes(void **state)
{
	struct imgbatch *batch = batch_of("flip h");
	struct imgbatch_result result;
	struct imgbatch_fault fault;

	(void)state;
	assert_int_equal(
		imgbatch_process(batch, "", 0, NULL, 0, &result, &fault), IMGBATCH_E_EMPTY);
	assert_int_equal(
		imgbatch_process(batch, "text", 4, NULL, 0, &result, &fault), IMGBATCH_E_NOT_IMAGE);
	assert_int_equal(imgbatch_process(batch, input, input_size / 2, NULL, 0, &result, &fault),
		IMGBATCH_E_TRUNCATED);
	assert_int_equal(imgbatch_recipe_parse(batch, "random-crop 100", &fault), 0);
	assert_int_equal(imgbatch_process(batch, input, input_size, NULL, 0, &result, &fault),
		IMGBATCH_E_OPERATION);
	assert_true(fault.detail[0] != '\0');
	assert_int_equal(imgbatch_set(batch, "max-pixels", "100", NULL), 0);
	assert_int_equal(imgbatch_process(batch, input, input_size, NULL, 0, &result, &fault),
		IMGBATCH_E_LIMIT_PIXELS);
	imgbatch_free(batch);
}

/* The task's own contract: NEED when the grant is too small, MORE when outputs outgrow one reply. */
static void test_need_and_more(void **state)
{
	static uint8_t slot[4 << 20];
	static const char recipe[] = "random-crop 20";
	struct work_config *config = work_config_new(recipe, strlen(recipe));
	struct task_request request = {.seq = 9, .input_count = 1};
	struct task_reply reply;
	struct fault fault;
	uint32_t outputs = 0, replies = 0;
	void *worker;

	(void)state;
	config->copies = TASK_OUTPUTS_MAX + 3;
	worker = work_task.open(config, config->size, &fault);
	assert_non_null(worker);
	memcpy(slot, input, input_size);
	request.input[0].length = input_size;
	request.room = (struct extent){1 << 20, 3 << 20};
	request.granted = 1;
	work_task.run(worker, &request, slot, sizeof slot, NULL, &reply);
	assert_int_equal(reply.status, TASK_NEED);
	assert_int_equal(reply.seq, 9);
	assert_true(reply.need > 1);
	request.granted = reply.need;
	do {
		work_task.run(worker, &request, slot, sizeof slot, NULL, &reply);
		assert_int_equal(task_reply_check(&reply, &request), 0);
		assert_true(reply.status == TASK_MORE || reply.status == TASK_DONE);
		outputs += reply.output_count;
		replies++;
		request.from = reply.next;
	} while (reply.status == TASK_MORE);
	assert_int_equal(outputs, TASK_OUTPUTS_MAX + 3);
	assert_int_equal(replies, 2);
	work_task.close(worker);
	free(config);
}

static void test_damaged_settings_are_refused(void **state)
{
	struct work_config *config = work_config_new("flip h", 6);
	struct fault fault = {0};

	(void)state;
	assert_null(work_task.open(config, config->size - 1, &fault));
	config->copies = 0;
	assert_null(work_task.open(config, config->size, &fault));
	assert_int_equal(fault.code, IMGBATCH_E_SYSTEM);
	free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape_and_repeat),
		cmocka_unit_test(test_company_follows),
		cmocka_unit_test(test_draws_by_boxes_need_them),
		cmocka_unit_test(test_option_changes_take_effect),
		cmocka_unit_test(test_copies_draw_differently),
		cmocka_unit_test(test_drawn_recipe_replays),
		cmocka_unit_test(test_scaled_decode_is_for_single_outputs),
		cmocka_unit_test(test_errors_are_codes),
		cmocka_unit_test(test_need_and_more),
		cmocka_unit_test(test_damaged_settings_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
