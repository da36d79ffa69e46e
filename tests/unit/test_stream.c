/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends decoding into the first resize: whatever the planner leaves undecoded, and however rows flow, the output
 * is byte for byte what decoding everything, turning it upright and running the steps one by one gives. Random images,
 * orientations and recipes; also that the memory foretold by the estimate is enough.
 */
#include "codec/codec.h"
#include "codec/exif.h"
#include "slots/task.h"
#include "work/config.h"
#include "work/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 800, SIDE_MAX = 400, SLOT = 8 << 20, INPUT = 2 << 20 };

static uint8_t slot[SLOT];
static unsigned seed;

static unsigned below(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

/* Soft shapes with some noise: what a JPEG of a photo has in its coefficients. */
static void paint(uint8_t *pixels, unsigned width, unsigned height, unsigned channels)
{
	unsigned phase = below(1000);

	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++)
			for (unsigned c = 0; c < channels; c++)
				*pixels++ = (uint8_t)(((x * (c + 2) + phase) ^ (y * (5 - c))) / 2 +
					below(16));
}

/* An image of random size and kind, encoded into the slot. */
static size_t make_input(bool *png)
{
	static uint8_t pixels[SIDE_MAX * SIDE_MAX * 4];
	static const uint16_t subsamplings[] = {444, 422, 420};
	struct encode_settings settings = encode_default_settings;
	const struct codec *codec = below(3) ? &codec_jpeg : &codec_png;
	uint8_t exif[EXIF_MINIMAL];
	struct metadata metadata = {.exif = {exif, sizeof exif}};
	struct image image = {.data = pixels};
	struct encoder *encoder = codec->encoder_new();
	size_t size = 0;

	*png = codec == &codec_png;
	image.shape = (struct shape){1 + below(SIDE_MAX), 1 + below(SIDE_MAX),
		(uint8_t)(*png             ? 1 + below(4)
				: below(5) ? 3
					   : 1),
		SAMPLE_U8, false};
	image.stride = shape_row_size(&image.shape);
	paint(pixels, image.shape.width, image.shape.height, image.shape.channels);
	settings.subsampling = subsamplings[below(3)];
	settings.quality = (uint8_t)(60 + below(40));
	settings.progressive = !below(8);
	settings.png_level = 1;
	exif_minimal(exif, below(2) ? 1 : 1 + (int)below(8));
	assert_int_equal(
		codec->encode(encoder, &image, &settings, &metadata, slot, INPUT, &size, NULL), 0);
	codec->encoder_free(encoder);
	return size;
}

static void make_recipe(char *text, size_t room)
{
	static const char *const filters[] = {
		"box", "bilinear", "hamming", "bicubic", "lanczos", "nearest"};
	char crop[64] = "", resize[96], cut[64] = "";

	if (below(2))
		snprintf(crop, sizeof crop, "crop %ux%u%+d%+d;", 1 + below(200), 1 + below(200),
			(int)below(120) - 20, (int)below(120) - 20);
	if (below(3))
		snprintf(resize, sizeof resize, "resize %ux%u%s filter=%s;", 1 + below(200),
			1 + below(200), below(2) ? "!" : "^", filters[below(6)]);
	else
		snprintf(resize, sizeof resize, "short-edge %u%s;", 1 + below(150),
			below(3) ? "" : " linear");
	if (below(2))
		snprintf(cut, sizeof cut, "crop %ux%u;", 1 + below(100), 1 + below(100));
	snprintf(text, room, "%s %s %s", crop, resize, cut);
}

/* The output's bytes behind the input room; replies with NEED are granted exactly what they ask. */
static void run(const char *recipe, size_t size, uint32_t flags, struct task_reply *reply)
{
	struct work_config *config = work_config_new(recipe, strlen(recipe));
	struct task_request request = {.input_count = 1,
		.input = {{0, size}},
		.flags = flags,
		.room = {INPUT, SLOT - INPUT},
		.granted = 1};
	struct fault fault = {0};
	void *worker = work_task.open(config, config->size, &fault);

	assert_non_null(worker);
	work_task.run(worker, &request, slot, SLOT, NULL, reply);
	if (reply->status == TASK_NEED) {
		request.granted = reply->need;
		work_task.run(worker, &request, slot, SLOT, NULL, reply);
		if (reply->status == TASK_NEED)
			fail_msg("asked for %llu bytes and then for %llu (%s)",
				(unsigned long long)request.granted,
				(unsigned long long)reply->need, recipe);
	}
	work_task.close(worker);
	free(config);
}

static void compare_ways(unsigned round)
{
	static uint8_t flowed[SLOT];
	struct task_reply a, b;
	char recipe[256];
	bool png;
	size_t size = make_input(&png);

	make_recipe(recipe, sizeof recipe);
	run(recipe, size, 0, &a);
	memcpy(flowed, slot, sizeof slot);
	run(recipe, size, TASK_WHOLE, &b);
	if (a.status != b.status || a.code != b.code || a.warnings != b.warnings)
		fail_msg("round %u: %s: %u %d, whole %u %d (%s)", round, recipe, a.status, a.code,
			b.status, b.code, b.detail);
	if (a.status != TASK_DONE)
		return;
	assert_int_equal(a.output[0].bytes.length, b.output[0].bytes.length);
	if (memcmp(flowed + INPUT, slot + INPUT, b.output[0].bytes.length))
		fail_msg("round %u: %s of %ux%u %s differs from the whole way", round, recipe,
			b.width, b.height, png ? "PNG" : "JPEG");
}

static void test_flowing_equals_whole(void **state)
{
	(void)state;
	seed = 20240;
	print_message("seed %u\n", seed);
	for (unsigned round = 0; round < ROUNDS; round++)
		compare_ways(round);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_flowing_equals_whole)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
