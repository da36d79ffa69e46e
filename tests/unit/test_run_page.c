/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the page about a run: bounded whatever comes, counts exact, its samples the same in whatever order images end,
 * and no name, detail or recipe that becomes markup.
 */
#include "measure/histogram.h"
#include "report/run_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct imgbatch_summary summary = {
	.seconds = 12, .cpu_seconds = 20, .io = "sync", .cpu = "serial", .workers = 1};

static char out_value[] = "out", quality_value[] = "90";
static struct run_page_option options[] = {
	{"out", "output", out_value, true}, {"quality", "output", quality_value, false}};

static void print(struct gather *gather, struct str *out, int code)
{
	const struct run_page page = {.gather = gather,
		.summary = &summary,
		.code = code,
		.detail = "",
		.in = "in",
		.out = "out",
		.folder = "/",
		.command = "imgbatch",
		.recipe = "hflip 0.5",
		.notes = "",
		.random = true,
		.option = options,
		.option_count = 2,
		.build = "imgbatch 1",
		.machine = "Linux"};

	assert_false(gather->out_of_memory);
	run_page_print(out, &page);
	assert_false(out->failed);
}

static void holds(const struct str *page, const char *text)
{
	if (!strstr(str_text(page), text))
		fail_msg("no \"%s\" on the page", text);
}

static unsigned count_of(const struct str *page, const char *text)
{
	unsigned count = 0;

	for (const char *at = str_text(page); (at = strstr(at, text)); at++)
		count++;
	return count;
}

enum { NAME_SIZE = 1000 };

/* Long names, of which each byte takes four on the page. */
static void long_name(char name[NAME_SIZE], unsigned number)
{
	memset(name, '\xfe', NAME_SIZE - 1);
	for (int i = 200; i < NAME_SIZE - 1; i += 200)
		name[i] = '/';
	snprintf(name + NAME_SIZE - 11, 11, "%010u", number);
}

/* The same image once more, skipped. */
static void feed_skipped(struct gather *gather, const struct imgbatch_image *like,
	const struct imgbatch_output *output)
{
	struct imgbatch_image image = {.name = like->name, .status = IMGBATCH_IMAGE_SKIPPED};
	uint64_t which;

	if (gather_wants_there(gather, image.name, &which))
		gather_there(gather, &image, output, 4);
	gather_image(gather, &image, NULL, 4);
}

static void feed_long(struct gather *gather, unsigned number)
{
	static const int codes[] = {0, 0, 0, IMGBATCH_E_TRUNCATED, IMGBATCH_E_CORRUPT,
		IMGBATCH_E_EMPTY, IMGBATCH_E_CRASH, IMGBATCH_E_NOT_IMAGE, -500, 7};
	static char name[NAME_SIZE], recipe[65536], detail[4096];
	struct imgbatch_output output = {.path = name, .recipe = recipe, .width = 1, .bytes = 1};
	struct imgbatch_image image = {.name = name,
		.code = codes[number % 10],
		.stage = "decode",
		.detail = detail,
		.work_ms = number % 1000,
		.warnings = number % 7 ? 0 : 0xffffffff,
		.bytes_in = 1,
		.outputs = &output};

	if (!recipe[0]) {
		memset(recipe, '<', sizeof recipe - 1);
		memset(detail, '&', sizeof detail - 1);
	}
	long_name(name, number);
	image.status = image.code ? IMGBATCH_IMAGE_FAILED : IMGBATCH_IMAGE_OK;
	if (image.code == IMGBATCH_E_NOT_IMAGE)
		image.status = IMGBATCH_IMAGE_IGNORED;
	if (number % 10 == 2)
		image.status = IMGBATCH_IMAGE_DAMAGED;
	image.output_count = !image.code;
	gather_image(gather, &image, &(struct kept_place){3, name, false}, 4);
	feed_skipped(gather, &image, &output);
}

/* As many bytes of pictures as a run makes at most. */
static void add_pictures(struct few *few, size_t *left)
{
	for (size_t i = 0; i < few->count; i++) {
		size_t size = *left < 48 << 10 ? *left : 48 << 10;

		few->kept[i].picture = calloc(1, size + 1);
		few->kept[i].picture_size = size;
		few->kept[i].type = "jpeg";
		*left -= size;
	}
}

static void a_million_images_stay_in_bounds(void **state)
{
	size_t left = 2 << 20;
	struct str page = STR_INIT;
	struct gather gather;

	(void)state;
	gather_init(&gather);
	for (unsigned i = 0; i < 1000000; i++)
		feed_long(&gather, i);
	add_pictures(&gather.outputs.few, &left);
	for (size_t i = 0; i < GATHER_KINDS; i++)
		add_pictures(&gather.failed[i].few, &left);
	add_pictures(&gather.there.few, &left);
	assert_int_equal(left, 0);
	assert_int_equal(gather.there.count, 1000000);
	assert_int_equal(gather.outputs.count, 300000);
	assert_int_equal(gather.failed[0].count, 100000);
	assert_int_equal(gather.failed[GATHER_KINDS - 1].count, 200000);
	assert_int_equal(gather.ignored.count, 100000);
	summary.listed = 1000000;
	summary.ok = 300000;
	summary.failed = 600000;
	summary.ignored = 100000;
	print(&gather, &page, 0);
	print_message("a page of %zu bytes\n", page.length);
	assert_true(page.length < RUN_PAGE_MOST);
	holds(&page, "300,000 of 900,000 images done, 600,000 failed");
	holds(&page, "48 of 300,000 images");
	holds(&page, "and 99,988 more");
	assert_int_equal(count_of(&page, "<li class=\"row\">"), 6 * 12);
	assert_int_equal(count_of(&page, "<figure>"), 48 + 24);
	holds(&page, "24 of 1,000,000 skipped images");
	assert_int_equal(count_of(&page, "<section id="), count_of(&page, "<a href=\"#"));
	str_release(&page);
	gather_release(&gather);
}

static void feed_short(struct gather *gather, unsigned number)
{
	char name[32], out[32];
	struct imgbatch_output output = {.path = out, .recipe = "flip h", .width = number};
	struct imgbatch_image image = {.name = name,
		.code = number % 3 ? 0 : IMGBATCH_E_CORRUPT,
		.status = number % 3 ? IMGBATCH_IMAGE_OK : IMGBATCH_IMAGE_FAILED,
		.stage = "op",
		.detail = "odd",
		.warnings = number % 5 ? 0 : IMGBATCH_W_EXT,
		.outputs = &output,
		.output_count = number % 3 ? 1 : 0};

	snprintf(name, sizeof name, "in/%u.png", number);
	snprintf(out, sizeof out, "out/%u.png", number);
	gather_image(gather, &image, NULL, 4);
	feed_skipped(gather, &image, &output);
}

static void the_order_of_images_does_not_matter(void **state)
{
	enum { COUNT = 5003 };
	struct str page[3] = {0};

	(void)state;
	for (unsigned order = 0; order < 3; order++) {
		const unsigned step[] = {1, 5002, 1234}; /* prime to 5003 */
		struct gather gather;

		gather_init(&gather);
		for (unsigned i = 0; i < COUNT; i++)
			feed_short(&gather, i * step[order] % COUNT);
		print(&gather, &page[order], 0);
		gather_release(&gather);
	}
	assert_string_equal(str_text(&page[0]), str_text(&page[1]));
	assert_string_equal(str_text(&page[0]), str_text(&page[2]));
	assert_int_equal(count_of(&page[0], "<figure>"), 48 + 24);
	for (int i = 0; i < 3; i++)
		str_release(&page[i]);
}

/* What is kept are those of the smallest ranks, each once, and ties do not push out what is there. */
static void the_few_are_those_of_the_smallest_ranks(void **state)
{
	static const uint64_t ranks[] = {9, 3, 7, 3, UINT64_MAX, 1, 8, 2};
	struct few few = {.most = 3};
	struct imgbatch_image image = {.name = "a"};

	(void)state;
	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
		if (few_wants(&few, ranks[i]))
			assert_true(few_keep(&few, ranks[i], &image, NULL, NULL));
	assert_int_equal(few.count, 3);
	assert_int_equal(few.kept[0].rank, 1);
	assert_int_equal(few.kept[1].rank, 2);
	assert_int_equal(few.kept[2].rank, 3);
	assert_false(few_wants(&few, 3));
	assert_true(few_wants(&few, 0));
	few_release(&few);
	assert_false(few_wants(&(struct few){.most = 0}, 0));
}

static void nothing_becomes_markup(void **state)
{
	static const char evil[] = "\"><script>alert(1)</script><img src=x>'&\n\xff/x";
	struct imgbatch_output output = {.path = evil, .recipe = evil};
	struct imgbatch_image made = {
		.name = evil, .outputs = &output, .output_count = 1, .warnings = ~0u, .work_ms = 1};
	struct imgbatch_image failed = {.name = evil,
		.status = IMGBATCH_IMAGE_FAILED,
		.code = IMGBATCH_E_CORRUPT,
		.detail = evil,
		.stage = "decode",
		.work_ms = 1};
	struct run_page_option option = {"in", "input", (char *)evil, true};
	struct run_page page = {.summary = &summary,
		.code = IMGBATCH_E_WRITE,
		.detail = evil,
		.in = evil,
		.out = evil,
		.folder = evil,
		.command = evil,
		.recipe = evil,
		.notes = evil,
		.random = true,
		.option = &option,
		.option_count = 1,
		.build = evil,
		.machine = evil};
	struct str out = STR_INIT;
	struct gather gather;

	(void)state;
	gather_init(&gather);
	gather_image(&gather, &made, NULL, -1);
	gather_image(&gather, &failed, NULL, -1);
	gather_there(&gather, &made, &output, -1);
	page.gather = &gather;
	run_page_print(&out, &page);
	assert_false(out.failed);
	assert_null(strstr(str_text(&out), "<script"));
	assert_null(strstr(str_text(&out), "<img"));
	assert_null(strchr(str_text(&out), '\xff'));
	assert_true(count_of(&out, "&lt;script&gt;") >= 12);
	str_release(&out);
	gather_release(&gather);
}

static void endings_are_told(void **state)
{
	static const struct {
		struct imgbatch_summary summary;
		int code;
		const char *text;
	} cases[] = {
		{{.listed = 3, .skipped = 3}, 0, "<h1>Nothing to do: all is up to date</h1>"},
		{{.listed = 1, .ok = 1}, 0, "<h1>1 image done</h1>"},
		{{.listed = 4, .ok = 2, .ignored = 1, .failed = 1}, 0,
			"<h1>2 of 3 images done, 1 failed</h1>"},
		{{.listed = 4, .ok = 1, .not_attempted = 3}, IMGBATCH_E_CANCELED,
			"<h1>Stopped: 1 of 4 images done</h1>"},
		{{.listed = 4, .ok = 1, .not_attempted = 3}, IMGBATCH_E_WRITE,
			"<code>E_WRITE</code>"},
		{{.listed = 2, .ok = 2, .dry_run = true}, 0, "<h1>2 images would be done</h1>"},
	};
	const struct imgbatch_summary before = summary;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str page = STR_INIT;
		struct gather gather;

		gather_init(&gather);
		summary = cases[i].summary;
		print(&gather, &page, cases[i].code);
		holds(&page, cases[i].text);
		assert_int_equal(count_of(&page, "same command goes on"), cases[i].code != 0);
		str_release(&page);
		gather_release(&gather);
	}
	summary = before;
}

/* A run of ten seconds in spans of 4 s, of which the last is not used up. */
static void fill_profile(struct imgbatch_profile *p, struct imgbatch_worker_profile *worker)
{
	*p = (struct imgbatch_profile){.run_s = 10,
		.workers = 2,
		.images = 100,
		.worker = worker,
		.operation_count = 1,
		.operation = {{"resize", 300, 6000000000, 5000000000}},
		.reading = {.files = 100,
			.bytes = 80000000,
			.busy_ns = 4000000000,
			.flight_ns = 8000000000},
		.verdict = "Bound by <storage>."};
	p->stage[IMGBATCH_STAGE_DECODE].cpu_ns = 4000000000;
	for (int i = 0; i < 100; i++)
		histogram_add(&p->stage[IMGBATCH_STAGE_DECODE].wall_ns, 50000000);
	for (int i = 0; i < 2; i++) {
		worker[i].stage_ns[IMGBATCH_STAGE_DECODE] = 2500000000;
		worker[i].stage_ns[IMGBATCH_STAGE_OPERATIONS] = 3000000000;
		worker[i].idle_ns[IMGBATCH_IDLE_INPUT] = 4000000000;
		worker[i].idle_ns[IMGBATCH_IDLE_TAIL] = 500000000;
	}
	p->slowest_count = 3;
	p->slowest[0] = (struct imgbatch_slow){
		"<huge>.jpg", 2000000000, 5000000, 4000, 3000, 30000000, 7000000};
	p->slowest[1] = (struct imgbatch_slow){.name = "b.jpg", .work_ns = 60000000};
	memset(p->slowest[2].name, 'c', sizeof p->slowest[2].name - 1);
	p->levels.slots = (struct imgbatch_level){0, 9, 25};
	p->timeline.span_ns = 4000000000;
	p->timeline.count = 3;
	p->timeline.span[0] = (struct imgbatch_span){40, 40000000, 0, 4000000000};
	p->timeline.span[1] = (struct imgbatch_span){44, 32000000, 0, 8000000000};
	p->timeline.span[2] = (struct imgbatch_span){16, 8000000, 0, 2000000000};
}

static void time_is_told_as_it_was_measured(void **state)
{
	struct imgbatch_worker_profile worker[2] = {0};
	struct imgbatch_profile profile;
	struct gather gather;
	struct str page = STR_INIT;

	(void)state;
	fill_profile(&profile, worker);
	gather_init(&gather);
	summary.profile = &profile;
	print(&gather, &page, 0);
	summary.profile = NULL;
	holds(&page, "<p class=\"verdict\">Bound by &lt;storage&gt;.</p>");
	/* 40 images in 4 s, 44 in 4 s, 16 in the last 2 s. */
	holds(&page,
		"<td>2</td><td>10</td></tr>\n<tr><td>6</td><td>11</td></tr>\n<tr><td>9</td><td>8</"
		"td>");
	holds(&page, "<td>2</td><td>1</td><td>2</td></tr>\n<tr><td>6</td><td>2</td>");
	holds(&page, "<td>2</td><td>10</td><td>0.00</td></tr>"); /* MB/s */
	/* Decoding took 5 of the workers' 20 seconds. */
	holds(&page,
		"<tr><td>decoding</td><td class=\"number\">46 ms</td>"); /* a bucket's middle */
	holds(&page,
		"<td class=\"number\">5.0 s</td><td class=\"number\">25%</td><td "
		"class=\"number\">4.0 s</td>");
	holds(&page,
		"<code>resize</code></td><td class=\"number\">300</td><td class=\"number\">20 "
		"ms</td>");
	holds(&page,
		"<td>slots in use</td><td class=\"number\">2.5</td><td class=\"number\">9</td>");
	holds(&page,
		"<td class=\"number\">80 MB</td><td class=\"number\">20 MB/s</td><td "
		"class=\"number\">2.0</td>");
	holds(&page, "mean of all");
	holds(&page,
		"<td><span class=\"name\">&lt;huge&gt;.jpg</span></td><td>4000\u00D73000, 5.0 "
		"MB</td>"
		"<td class=\"number\">30 ms</td><td class=\"number\">2.0 s</td><td "
		"class=\"number\">7.0 ms</td>");
	assert_true(strstr(str_text(&page), "b.jpg") > strstr(str_text(&page), "huge"));
	holds(&page, "c</span>\u2026</td>"); /* there is more of the name */
	str_release(&page);
	gather_release(&gather);
}

/* As many workers, spans and operations as there can be: the drawings stay small. */
static void large_profiles_stay_in_bounds(void **state)
{
	enum { WORKERS = 1024 };
	struct imgbatch_worker_profile *worker = calloc(WORKERS, sizeof *worker);
	struct imgbatch_profile *profile = calloc(1, sizeof *profile);
	struct gather gather;
	struct str page = STR_INIT;

	(void)state;
	fill_profile(profile, worker);
	profile->images = 1000000;
	profile->workers = WORKERS;
	profile->operation_count = IMGBATCH_OPERATIONS_MAX;
	for (int i = 0; i < IMGBATCH_OPERATIONS_MAX; i++)
		profile->operation[i] = profile->operation[0];
	for (int i = 0; i < WORKERS; i++)
		worker[i] = worker[0];
	profile->timeline.count = IMGBATCH_SPANS;
	profile->run_s = 4.0 * IMGBATCH_SPANS;
	for (int i = 0; i < IMGBATCH_SPANS; i++)
		profile->timeline.span[i] = (struct imgbatch_span){
			UINT32_MAX, UINT64_MAX / 1024, UINT64_MAX / 1024, UINT64_MAX / 1024};
	gather_init(&gather);
	summary.profile = profile;
	print(&gather, &page, 0);
	summary.profile = NULL;
	holds(&page, "The first 16 of 1024 workers.");
	assert_true(page.length < 200000);
	str_release(&page);
	gather_release(&gather);
	free(profile);
	free(worker);
}

/* Sizes are counted where they are known; skipped and ignored images have none of this run's. */
static void sizes_are_counted(void **state)
{
	struct imgbatch_output output = {.path = "a", .recipe = "", .bytes = 3000};
	struct imgbatch_image image = {.name = "a",
		.width = 1000,
		.height = 500,
		.bytes_in = 64000,
		.work_ms = 20,
		.outputs = &output,
		.output_count = 1};
	struct str page = STR_INIT;
	struct gather gather;

	(void)state;
	gather_init(&gather);
	print(&gather, &page, 0);
	assert_null(strstr(str_text(&page), "id=\"sizes\""));
	str_clear(&page);
	for (int i = 0; i < 7; i++)
		gather_image(&gather, &image, NULL, -1);
	image.status = IMGBATCH_IMAGE_SKIPPED;
	image.output_count = 0;
	image.bytes_in = 1000000;
	gather_image(&gather, &image, NULL, -1);
	assert_int_equal(gather.bytes_in.count, 7);
	assert_int_equal(gather.bytes_out.count, 7);
	print(&gather, &page, 0);
	holds(&page, "<td>Input files</td><td class=\"number\">61 kB</td>"); /* a bucket's middle */
	holds(&page,
		"<td class=\"number\">64 kB</td><td class=\"number\">64 kB</td></tr>"); /* most, mean */
	holds(&page, "<td class=\"number\">500,000</td><td class=\"number\">500,000</td></tr>");
	holds(&page, "<td class=\"number\">20 ms</td><td class=\"number\">20 ms</td></tr>");
	assert_int_equal(count_of(&page, "median 0.492 megapixels") +
			count_of(&page, "median 0.5 megapixels"),
		1);
	str_release(&page);
	gather_release(&gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_images_stay_in_bounds),
		cmocka_unit_test(the_order_of_images_does_not_matter),
		cmocka_unit_test(the_few_are_those_of_the_smallest_ranks),
		cmocka_unit_test(nothing_becomes_markup),
		cmocka_unit_test(endings_are_told),
		cmocka_unit_test(time_is_told_as_it_was_measured),
		cmocka_unit_test(large_profiles_stay_in_bounds),
		cmocka_unit_test(sizes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
