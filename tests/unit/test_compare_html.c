/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the page of failed pairs: worst first, bounded whatever comes, whole or not there. tests/browser looks at it.
 */
#include "codec/codec.h"
#include "compare/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_compare_html.XXXXXX", path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/page.html", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

/* The page, to be freed. */
static char *read_page(size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	text = calloc(*size + 1, 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, *size, file), *size);
	fclose(file);
	return text;
}

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	while ((text = strstr(text, word))) {
		found++;
		text += strlen(word);
	}
	return found;
}

/* A square PNG of noise that depends on step. */
static struct bytes picture(uint32_t side, uint32_t step)
{
	struct encoder *encoder = codec_png.encoder_new();
	uint8_t *rgb = malloc((size_t)side * side * 3), *out;
	struct image image = {{side, side, 3, SAMPLE_U8, false}, (size_t)side * 3, rgb};
	size_t room = codec_png.encode_bound(&image.shape, NULL), size;
	uint32_t noise = 1;

	out = malloc(room);
	assert_true(encoder && rgb && out);
	for (size_t i = 0; i < (size_t)side * side * 3; i++)
		rgb[i] = (uint8_t)((noise = noise * 1664525 + step) >> 24);
	assert_int_equal(codec_png.encode(encoder, &image, &encode_default_settings, NULL, out,
				 room, &size, NULL),
		0);
	codec_png.encoder_free(encoder);
	free(rgb);
	return (struct bytes){out, size};
}

static struct imgbatch_side side_of(const char *file, const struct bytes *png, uint32_t side)
{
	return (struct imgbatch_side){file, side, side, 3, 8, "png", png->size, png->data};
}

static struct imgbatch_pair different(const char *name, double rms)
{
	return (struct imgbatch_pair){
		.name = name,
		.verdict = IMGBATCH_PAIR_DIFFERENT,
		.failed = true,
		.expected = {.format = ""},
		.actual = {.format = ""},
		.measured = true,
		.measures = {.pixels = 100,
			.unequal = 7,
			.differing = 7,
			.peak = 255,
			.largest = 9,
			.channel = 'R',
			.rms = rms,
			.ssim = -1},
		.exceeded = IMGBATCH_LIMIT_PIXELS,
		.rule = "*.png",
		.facts = "",
		.explanation = "off <by> one",
		.cause = IMGBATCH_CAUSE_OFF_BY_ONE,
	};
}

static void add(void *report, struct imgbatch_compare_summary *summary, struct imgbatch_pair pair)
{
	assert_int_equal(compare_html.add(report, &pair, NULL), 0);
	summary->pairs++;
	summary->failed += pair.failed;
	summary->different += pair.verdict == IMGBATCH_PAIR_DIFFERENT;
	summary->equal += pair.verdict == IMGBATCH_PAIR_EQUAL;
}

static void the_worst_come_first(void **state)
{
	void *report = compare_html.open(path, NULL);
	struct imgbatch_compare_summary summary = {0};
	struct imgbatch_pair pair = different("slight.png", 0.25);
	const char *broken, *sizes, *bad, *slight, *gone, *fine;
	size_t size;
	char *page;

	(void)state;
	assert_non_null(report);
	add(report, &summary,
		(struct imgbatch_pair){
			.name = "fine.png", .rule = "", .facts = "", .explanation = ""});
	add(report, &summary, pair);
	add(report, &summary, different("bad.png", 80));
	pair.name = "gone.png";
	pair.measured = false;
	pair.verdict = IMGBATCH_PAIR_MISSING;
	add(report, &summary, pair);
	pair.name = "sizes.png";
	pair.verdict = IMGBATCH_PAIR_DIFFERENT;
	add(report, &summary, pair);
	pair.name = "broken.png";
	pair.verdict = IMGBATCH_PAIR_BROKEN;
	pair.code = IMGBATCH_E_CORRUPT;
	pair.detail = "actual: <bytes>";
	add(report, &summary, pair);
	assert_int_equal(compare_html.close(report, &summary, NULL), 0);
	page = read_page(&size);
	broken = strstr(page, ">broken.png<");
	sizes = strstr(page, ">sizes.png<");
	bad = strstr(page, ">bad.png<");
	slight = strstr(page, ">slight.png<");
	gone = strstr(page, ">gone.png<");
	fine = strstr(page, ">fine.png<");
	assert_true(broken && broken < sizes && sizes < bad && bad < slight && slight < gone &&
		gone < fine);
	assert_non_null(strstr(page, "<h1>5 of 6 pairs failed</h1>"));
	assert_non_null(strstr(page, "off &lt;by&gt; one"));
	assert_non_null(strstr(page, "actual: &lt;bytes&gt;"));
	assert_non_null(strstr(page, "7 of 100 pixels (7%), largest difference 9"));
	free(page);
}

/* Pictures that do not compress, worse and worse: the last ones are whole, the first ones have given theirs up. */
static void pictures_are_bounded(void **state)
{
	enum { SIDE = 200, PAIRS = 160 };
	void *report = compare_html.open(path, NULL);
	struct bytes expected = picture(SIDE, 1013904223), actual = picture(SIDE, 12345);
	struct imgbatch_compare_summary summary = {0};
	size_t size, kept;
	char *page;

	(void)state;
	assert_non_null(report);
	for (int i = 0; i < PAIRS; i++) {
		char name[32];
		struct imgbatch_pair pair;

		snprintf(name, sizeof name, "%03d.png", i);
		pair = different(name, i);
		pair.expected = side_of("golden/x.png", &expected, SIDE);
		pair.actual = side_of("actual/x.png", &actual, SIDE);
		add(report, &summary, pair);
	}
	assert_int_equal(compare_html.close(report, &summary, NULL), 0);
	page = read_page(&size);
	kept = count(page, "width=\"200\" height=\"200\"");
	assert_in_range(size, 24 << 20, 75 << 20);
	assert_in_range(kept, 80, 200); /* 24 MiB of two pictures, 160 KB each as text */
	assert_non_null(strstr(strstr(page, ">159.png<"), "width=\"200\" height=\"200\""));
	assert_true(strstr(page, ">159.png<") < strstr(page, ">000.png<"));
	assert_int_equal(count(page, "width=\"64\" height=\"64\"") + kept, 2 * PAIRS);
	free(page);
	free((void *)expected.data);
	free((void *)actual.data);
}

/* Far more failures than have a place of their own are still named, up to a bound. */
static void names_are_bounded(void **state)
{
	enum { PAIRS = 23000, OWN = 2000, NAMED = 20000 };
	void *report = compare_html.open(path, NULL);
	struct imgbatch_compare_summary summary = {0};
	size_t size;
	char *page;

	(void)state;
	assert_non_null(report);
	for (int i = 0; i < PAIRS; i++) {
		char name[32];

		snprintf(name, sizeof name, "%05d.png", i);
		add(report, &summary, different(name, (i * 7919) % PAIRS));
	}
	assert_int_equal(compare_html.close(report, &summary, NULL), 0);
	page = read_page(&size);
	assert_int_equal(count(page, "<details class=\"pair\""), OWN);
	assert_int_equal(count(page, "<li data-verdict=\"different\""), NAMED);
	assert_non_null(strstr(page, "21,000 more failed"));
	assert_non_null(strstr(page, "and 1,000 more"));
	free(page);
}

/* A run that failed leaves no page. */
static void nothing_is_left_of_a_failed_run(void **state)
{
	void *report = compare_html.open(path, NULL);
	struct imgbatch_compare_summary summary = {0};

	(void)state;
	unlink(path);
	assert_non_null(report);
	add(report, &summary, different("a.png", 1));
	assert_int_equal(compare_html.close(report, NULL, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_page_that_cannot_be_written_is_told(void **state)
{
	void *report = compare_html.open("/proc/nowhere/page.html", NULL);
	struct imgbatch_compare_summary summary = {.pairs = 1, .equal = 1};
	struct fault fault = {0};

	(void)state;
	assert_non_null(report);
	assert_int_equal(compare_html.close(report, &summary, &fault), IMGBATCH_E_WRITE);
	assert_non_null(strstr(fault.detail, "/proc/nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_come_first),
		cmocka_unit_test(pictures_are_bounded),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(nothing_is_left_of_a_failed_run),
		cmocka_unit_test(a_page_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
