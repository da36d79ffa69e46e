/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the page of failed pairs: worst first, bounded whatever comes, whole or not there. tests/browser looks at it.
 */
#include "compare/compare.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
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

/* A square of noise that depends on step; data to be freed. */
static struct image picture(uint32_t side, uint32_t step)
{
	struct image image = {{side, side, 3, SAMPLE_U8, false}, (size_t)side * 3, NULL};
	uint8_t *rgb = malloc((size_t)side * side * 3);
	uint32_t noise = 1;

	assert_non_null(rgb);
	for (size_t i = 0; i < (size_t)side * side * 3; i++)
		rgb[i] = (uint8_t)((noise = noise * 1664525 + step) >> 24);
	image.data = rgb;
	return image;
}

static struct imgbatch_side side_of(const char *file, const struct image *image)
{
	const struct shape *shape = &image->shape;

	return (struct imgbatch_side){file, shape->width, shape->height, 3, 8, "png", 1, NULL};
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

static void *prepare(void *report, const struct imgbatch_pair *pair, const struct image images[2])
{
	struct compare_shown shown = {.image = {&images[0], &images[1]}};
	void *prepared = NULL;

	assert_int_equal(compare_html.prepare(report, pair, &shown, &prepared, NULL), 0);
	return prepared;
}

static void add_prepared(void *report, struct imgbatch_compare_summary *summary,
	struct imgbatch_pair pair, void *prepared)
{
	assert_int_equal(compare_html.add(report, &pair, prepared, NULL), 0);
	compare_html.discard(prepared);
	summary->pairs++;
	summary->failed += pair.failed;
	summary->different += pair.verdict == IMGBATCH_PAIR_DIFFERENT;
	summary->equal += pair.verdict == IMGBATCH_PAIR_EQUAL;
}

static void add(void *report, struct imgbatch_compare_summary *summary, struct imgbatch_pair pair)
{
	add_prepared(report, summary, pair, NULL);
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

enum { SIDE = 200, PAIRS = 160, THREADS = 4 };

/* Pairs with pictures that do not compress, worse and worse, and what is prepared of them. */
struct noise {
	void *report;
	struct image image[2];
	char name[PAIRS][16];
	struct imgbatch_pair pair[PAIRS];
	void *prepared[PAIRS];
	atomic_int next;
};

static void make_noise(struct noise *noise, void *report)
{
	noise->report = report;
	noise->image[0] = picture(SIDE, 1013904223);
	noise->image[1] = picture(SIDE, 12345);
	atomic_init(&noise->next, 0);
	for (int i = 0; i < PAIRS; i++) {
		snprintf(noise->name[i], sizeof noise->name[i], "%03d.png", i);
		noise->pair[i] = different(noise->name[i], i);
		noise->pair[i].expected = side_of("golden/x.png", &noise->image[0]);
		noise->pair[i].actual = side_of("actual/x.png", &noise->image[1]);
	}
}

static void free_noise(struct noise *noise)
{
	free(noise->image[0].data);
	free(noise->image[1].data);
}

/* The last ones are whole, the first ones have given theirs up. */
static void pictures_are_bounded(void **state)
{
	static struct noise noise;
	struct imgbatch_compare_summary summary = {0};
	size_t size, kept;
	char *page;

	(void)state;
	make_noise(&noise, compare_html.open(path, NULL));
	for (int i = 0; i < PAIRS; i++)
		add_prepared(noise.report, &summary, noise.pair[i],
			prepare(noise.report, &noise.pair[i], noise.image));
	assert_int_equal(compare_html.close(noise.report, &summary, NULL), 0);
	page = read_page(&size);
	kept = count(page, "width=\"200\" height=\"200\"");
	assert_in_range(size, 24 << 20, 75 << 20);
	assert_in_range(kept, 80, 200); /* 24 MiB of two pictures, 160 KB each as text */
	assert_non_null(strstr(strstr(page, ">159.png<"), "width=\"200\" height=\"200\""));
	assert_true(strstr(page, ">159.png<") < strstr(page, ">000.png<"));
	assert_int_equal(count(page, "width=\"64\" height=\"64\"") + kept, 2 * PAIRS);
	free(page);
	free_noise(&noise);
}

static void *prepare_some(void *arg)
{
	struct noise *noise = arg;
	int i;

	while ((i = atomic_fetch_add(&noise->next, 1)) < PAIRS)
		noise->prepared[i] = prepare(noise->report, &noise->pair[i], noise->image);
	return NULL;
}

/* Threads that run ahead make what is no longer wanted when its turn comes: the page is the same. */
static void threads_prepare_what_is_added(void **state)
{
	static struct noise noise;
	struct imgbatch_compare_summary summary = {0};
	size_t alone, together;
	char *first, *second;
	pthread_t thread[THREADS];

	(void)state;
	first = read_page(&alone); /* of pictures_are_bounded */
	make_noise(&noise, compare_html.open(path, NULL));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, prepare_some, &noise), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < PAIRS; i++)
		add_prepared(noise.report, &summary, noise.pair[i], noise.prepared[i]);
	assert_int_equal(compare_html.close(noise.report, &summary, NULL), 0);
	second = read_page(&together);
	assert_int_equal(together, alone);
	assert_memory_equal(second, first, alone);
	free(first);
	free(second);
	free_noise(&noise);
}

/* Far more failures than have a place of their own are still named, up to a bound. */
static void names_are_bounded(void **state)
{
	enum { MANY = 23000, OWN = 2000, NAMED = 20000 };
	void *report = compare_html.open(path, NULL);
	struct imgbatch_compare_summary summary = {0};
	size_t size;
	char *page;

	(void)state;
	assert_non_null(report);
	for (int i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof name, "%05d.png", i);
		add(report, &summary, different(name, (i * 7919) % MANY));
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
		cmocka_unit_test(threads_prepare_what_is_added),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(nothing_is_left_of_a_failed_run),
		cmocka_unit_test(a_page_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
