/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the bench's own arithmetic and texts: quartiles, the best and what is within its noise; a sample of which every beginning is
 * like the whole, found under its own names as often as a run wants; a matrix, JSON and a page that say what the figures are.
 */
#include "bench/bench.h"
#include "bench/system.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* -- figures --- */

static void quartiles(void **state)
{
	double one[] = {7}, three[] = {30, 10, 20}, five[] = {5, 4, 1, 3, 2}, four[] = {4, 3, 2, 1};
	struct quartiles q = quartiles_of(one, 1);

	(void)state;
	assert_true(q.low == 7 && q.median == 7 && q.high == 7);
	q = quartiles_of(three, 3);
	assert_true(q.low == 15 && q.median == 20 && q.high == 25);
	q = quartiles_of(five, 5);
	assert_true(q.low == 2 && q.median == 3 && q.high == 4);
	q = quartiles_of(four, 4);
	assert_true(q.low == 1.75 && q.median == 2.5 && q.high == 3.25);
}

static void add_run(struct cell *cell, double rate)
{
	struct imgbatch_summary summary = {.ok = 90, .failed = 10, .bytes_in = 5000000};

	summary.seconds = 100 / rate;
	summary.cpu_seconds = 0.3;
	assert_int_equal(cell_add(cell, &summary), 0);
}

static void add_cell(struct cells *cells, const char *io, enum imgbatch_bench_store store,
	double low, double median, double high)
{
	struct cell *cell;

	cells->cell = realloc(cells->cell, (cells->count + 1) * sizeof *cells->cell);
	cell = &cells->cell[cells->count++];
	*cell = (struct cell){.active = true,
		.rank = (unsigned)cells->count,
		.is = {.io = io, .cpu = io, .workers = 2, .store = store}};
	for (int i = 0; median > 0 && i < 5; i++)
		add_run(cell, i < 2 ? low : i == 2 ? median : high);
}

static void the_best_of_each_store_and_what_is_close(void **state)
{
	struct cells cells = {0};

	(void)state;
	add_cell(&cells, "slow", IMGBATCH_BENCH_WARM, 50, 60, 79);
	add_cell(&cells, "best", IMGBATCH_BENCH_WARM, 80, 100, 120);
	add_cell(&cells, "near", IMGBATCH_BENCH_WARM, 70, 79, 81);
	add_cell(&cells, "auto", IMGBATCH_BENCH_WARM, 90, 300, 310);
	add_cell(&cells, "cold", IMGBATCH_BENCH_COLD, 8, 9, 10);
	add_cell(&cells, "none", IMGBATCH_BENCH_COLD, 0, 0, 0);
	figures_fill(&cells);
	assert_true(fabs(cells.cell[1].is.median - 100) < 1e-9);
	assert_true(fabs(cells.cell[1].is.low - 80) < 1e-9);
	assert_true(fabs(cells.cell[1].is.high - 120) < 1e-9);
	assert_true(fabs(cells.cell[1].is.cpu_ms - 3) < 1e-9);
	assert_true(fabs(cells.cell[1].is.megabytes - 5) < 1e-9);
	assert_int_equal(cells.cell[1].is.failed, 10);
	for (size_t i = 0; i < cells.count; i++) {
		assert_int_equal(cells.cell[i].is.best, i == 1 || i == 4);
		assert_int_equal(cells.cell[i].is.close, i == 2 || i == 3);
	}
	cells_release(&cells);
}

static void the_least_wanted_falls_first(void **state)
{
	struct cells cells = {0};

	(void)state;
	add_cell(&cells, "a", IMGBATCH_BENCH_WARM, 1, 1, 1);
	add_cell(&cells, "b", IMGBATCH_BENCH_WARM, 1, 1, 1);
	assert_int_equal(cells_active(&cells), 2);
	assert_true(cells_drop_one(&cells, "no time"));
	assert_false(cells.cell[1].active);
	assert_int_equal(cells.cell[1].is.rounds, 0);
	assert_string_equal(cells.cell[1].is.reason, "no time");
	assert_false(cells_drop_one(&cells, "no time"));
	assert_true(cells.cell[0].active);
	cells_release(&cells);
}

/* -- the sample --- */

enum { FILES = 60 };

static char root[64];

/* Sizes 1000, 2000 .. in an order that is not theirs; two folders. */
static int make_files(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/imgbatch-bench-unit-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	for (int i = 0; i < FILES; i++) {
		char path[128];
		FILE *file;

		snprintf(path, sizeof path, "%s/%s", root, i % 2 ? "odd" : "even");
		mkdir(path, 0755);
		snprintf(path, sizeof path, "%s/%s/%02d.jpg", root, i % 2 ? "odd" : "even", i);
		file = fopen(path, "w");
		if (!file || ftruncate(fileno(file), 1000 * (1 + i * 7 % FILES)))
			return -1;
		fclose(file);
	}
	return 0;
}

static int remove_files(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", root);
	return system(command);
}

static struct imgbatch *batch_of(const char *in)
{
	struct imgbatch *batch = imgbatch_new();

	assert_non_null(batch);
	assert_int_equal(imgbatch_set(batch, "in", in, NULL), 0);
	return batch;
}

static void every_beginning_is_like_the_whole(void **state)
{
	struct imgbatch *batch = batch_of(root);
	struct bench_sample sample;
	struct fault fault = {0};
	double all = 0;

	(void)state;
	assert_int_equal(sample_open(&sample, batch, NULL, &fault), 0);
	assert_int_equal(sample.count, FILES);
	assert_int_equal(sample.listed, FILES);
	assert_int_equal(sample.bytes, 1000 * FILES * (FILES + 1) / 2);
	for (size_t i = 0; i < FILES; i++) {
		double mean = (double)sample.bytes / FILES;

		all += (double)sample.files[i].bytes;
		if (i >= 3)
			assert_true(fabs(all / (double)(i + 1) - mean) < 0.2 * mean);
	}
	sample_release(&sample);
	imgbatch_free(batch);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void a_list_goes_through_all_as_often_as_it_has_to(void **state)
{
	struct imgbatch *batch = batch_of(root);
	struct bench_sample sample;
	struct fault fault = {0};
	char scratch[80], name[256], path[400];
	size_t listed = 0, again = 0;
	struct stat st;
	FILE *list;

	(void)state;
	snprintf(scratch, sizeof scratch, "%s-scratch", root);
	assert_int_equal(mkdir(scratch, 0755), 0);
	assert_int_equal(sample_open(&sample, batch, scratch, &fault), 0);
	assert_true(sample_most(&sample) > 2 * FILES);
	assert_int_equal(sample_list(&sample, 2 * FILES + 5, &fault), 0);
	list = fopen(sample.list, "r");
	for (int c, at = 0; (c = getc(list)) != EOF;) {
		name[at++] = (char)c;
		if (c)
			continue;
		at = 0;
		listed++;
		again += !strncmp(name, "again-3/", 8);
		snprintf(path, sizeof path, "%s/%s", sample.root, name);
		assert_int_equal(stat(path, &st), 0);
		assert_true(S_ISREG(st.st_mode) && st.st_size >= 1000);
	}
	fclose(list);
	assert_int_equal(listed, 2 * FILES + 5);
	assert_int_equal(again, 5);
	assert_int_equal(entries(scratch), 1);
	sample_release(&sample);
	assert_int_equal(entries(scratch), 0); /* and nothing was followed into the inputs: */
	snprintf(path, sizeof path, "%s/odd", root);
	assert_int_equal(entries(path), FILES / 2);
	rmdir(scratch);
	imgbatch_free(batch);
}

static void labels_keep_names_as_they_are(void **state)
{
	struct imgbatch *batch = batch_of(root);
	struct bench_sample sample;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(imgbatch_set(batch, "masks", root, NULL), 0);
	assert_int_equal(sample_open(&sample, batch, NULL, &fault), 0);
	assert_int_equal(sample_most(&sample), FILES);
	sample_release(&sample);
	imgbatch_free(batch);
}

static void a_sample_that_cannot_be(void **state)
{
	struct imgbatch *batch = batch_of(root), *empty;
	struct bench_sample sample;
	struct fault fault = {0};
	char path[100];

	(void)state;
	assert_int_equal(
		sample_open(&sample, batch, "/nonexistent/folder", &fault), IMGBATCH_E_USAGE);
	sample_release(&sample);
	snprintf(path, sizeof path, "%s-empty", root);
	mkdir(path, 0755);
	empty = batch_of(path);
	assert_int_equal(sample_open(&sample, empty, NULL, &fault), IMGBATCH_E_NOTHING);
	sample_release(&sample);
	rmdir(path);
	imgbatch_free(batch);
	imgbatch_free(empty);
}

static void what_is_read_again_is_in_the_cache(void **state)
{
	struct imgbatch *batch = batch_of(root);
	struct bench_sample sample;
	struct fault fault = {0};

	(void)state;
	assert_int_equal(sample_open(&sample, batch, NULL, &fault), 0);
	assert_in_range((uintmax_t)(cache_drop(&sample, FILES) * 1000), 0, 1000);
	cache_fill(&sample, 0, FILES + 100);
	cache_fill(&sample, FILES, FILES + 100);
	sample_release(&sample);
	imgbatch_free(batch);
}

/* -- texts --- */

static const struct imgbatch_bench_cell figures[] = {
	{.io = "sync",
		.cpu = "serial",
		.chose_io = "sync",
		.chose_cpu = "serial",
		.workers = 1,
		.store = IMGBATCH_BENCH_WARM,
		.rounds = 3,
		.images = 50,
		.median = 100,
		.low = 98,
		.high = 102,
		.cpu_ms = 9.5,
		.megabytes = 7},
	{.io = "event",
		.cpu = "threads",
		.chose_io = "event",
		.chose_cpu = "threads",
		.workers = 1,
		.store = IMGBATCH_BENCH_WARM,
		.rounds = 3,
		.images = 50,
		.median = 101,
		.low = 99,
		.high = 103,
		.cpu_ms = 9.6,
		.megabytes = 7},
	{.io = "event",
		.cpu = "threads",
		.chose_io = "event",
		.chose_cpu = "threads",
		.workers = 4,
		.store = IMGBATCH_BENCH_WARM,
		.rounds = 3,
		.images = 50,
		.median = 303,
		.low = 295,
		.high = 310,
		.cpu_ms = 9.7,
		.megabytes = 21,
		.best = true},
	{.io = "auto",
		.cpu = "auto",
		.workers = 4,
		.store = IMGBATCH_BENCH_WARM,
		.rounds = 3,
		.chose_io = "event",
		.chose_cpu = "threads",
		.images = 50,
		.median = 300,
		.low = 290,
		.high = 305,
		.cpu_ms = 9.7,
		.megabytes = 21,
		.close = true},
	{.io = "sync",
		.cpu = "serial",
		.chose_io = "sync",
		.chose_cpu = "serial",
		.workers = 1,
		.store = IMGBATCH_BENCH_SLOW,
		.rounds = 3,
		.images = 50,
		.failed = 1,
		.median = 25,
		.low = 24.5,
		.high = 25.5,
		.cpu_ms = 9.5,
		.megabytes = 2,
		.best = true},
	{.io = "event",
		.cpu = "threads",
		.chose_io = "event",
		.chose_cpu = "threads",
		.workers = 4,
		.store = IMGBATCH_BENCH_SLOW,
		.reason = "no time <for> it"},
};

static const char *const notes[] = {"1 of 50 images failed & counts."};

static struct imgbatch_bench_result the_result(void)
{
	return (struct imgbatch_bench_result){.cells = figures,
		.cell_count = sizeof figures / sizeof *figures,
		.files = 50,
		.listed = 1000,
		.bytes = 3500000,
		.cpus = 4,
		.rounds = 3,
		.seconds = 12,
		.latency_ms = 20,
		.recipe = "text \"</script><b>\"",
		.system = "a machine",
		.notes = notes,
		.note_count = 1};
}

static void expect(char *text, const char *const *words)
{
	assert_non_null(text);
	for (; *words; words++)
		if (!strstr(text, *words))
			fail_msg("no \"%s\" in\n%s", *words, text);
	imgbatch_free_text(text);
}

static void a_matrix_for_terminals(void **state)
{
	static const char *const words[] = {"sample: 50 of 1000 files", "\nwarm cache, images/s",
		"serial x 1", "threads x 4", "303 (295..310) *", "  auto",
		"300 (290..305) =", "event x threads: 99% of the best",
		"--io event --cpu threads -j 4", "\nslow store (20 ms a file)", "25 (24.5..25.5) *",
		"  sync     25%", "event x threads     101            303 (75%)",
		"1 of 50 images failed & counts.\n", NULL};
	struct imgbatch_bench_result result = the_result();

	(void)state;
	expect(imgbatch_bench_text(&result), words);
}

static void json(void **state)
{
	static const char *const words[] = {"{\"type\":\"bench\",\"schema\":1,",
		"\"latency_ms\":20.000,", "\"recipe\":\"text \\\"</script><b>\\\"\",",
		"\"median\":303.000,", "\"best\":true,\"close\":false},",
		"\"rounds\":0,\"reason\":\"no time <for> it\"}]}",
		"\"notes\":[\"1 of 50 images failed & counts.\"],", NULL};
	struct imgbatch_bench_result result = the_result();

	(void)state;
	expect(imgbatch_bench_json(&result), words);
}

static void a_page(void **state)
{
	static const char *const words[] = {"<!doctype html>",
		"text &quot;&lt;/script&gt;&lt;b&gt;&quot;", "1 of 50 images failed &amp; counts.",
		"no time &lt;for&gt; it", "class=\"ideal\"", "<b>303</b>", "25% of warm", NULL};
	struct imgbatch_bench_result result = the_result();
	char *page = imgbatch_bench_html(&result);

	(void)state;
	assert_null(strstr(page, "</script><b>"));
	assert_null(strstr(page, "src=\"http"));
	expect(page, words);
}

static void nothing_measured(void **state)
{
	static const char *const none[] = {"sample: 0 of 0 files", NULL};
	static const char *const cells[] = {"\"cells\":[]}", NULL};
	static const char *const page[] = {"All cells", NULL};
	struct imgbatch_bench_result result = {.recipe = "", .system = ""};

	(void)state;
	expect(imgbatch_bench_text(&result), none);
	expect(imgbatch_bench_json(&result), cells);
	expect(imgbatch_bench_html(&result), page);
}

static void the_machine(void **state)
{
	static const char *const words[] = {"CPU", "outputs in /tmp", NULL};

	(void)state;
	expect(system_text("/tmp/imgbatch-x"), words);
	assert_true(system_load().own >= 0);
	assert_true(system_others(&(struct system_load){0, 0}, 1) == 0);
	assert_true(system_others(&(struct system_load){1e-9, 1e9}, 1e-9) <= 1);
	assert_true(system_others(&(struct system_load){1e12, 0}, 1) == 0);
}

static void wishes_that_cannot_be(void **state)
{
	static const struct imgbatch_bench_settings wrong[] = {{0, IMGBATCH_BENCH_WARM, NULL},
		{NAN, IMGBATCH_BENCH_WARM, NULL}, {60, 0, NULL}, {60, 64, NULL},
		{60, IMGBATCH_BENCH_SLOW, NULL}};
	struct imgbatch *batch = batch_of(root);
	struct imgbatch_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_null(imgbatch_bench(batch, &wrong[i], NULL, &fault));
		assert_int_equal(fault.code, IMGBATCH_E_USAGE);
	}
	imgbatch_free(batch);
	imgbatch_bench_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quartiles),
		cmocka_unit_test(the_best_of_each_store_and_what_is_close),
		cmocka_unit_test(the_least_wanted_falls_first),
		cmocka_unit_test(every_beginning_is_like_the_whole),
		cmocka_unit_test(a_list_goes_through_all_as_often_as_it_has_to),
		cmocka_unit_test(labels_keep_names_as_they_are),
		cmocka_unit_test(a_sample_that_cannot_be),
		cmocka_unit_test(what_is_read_again_is_in_the_cache),
		cmocka_unit_test(a_matrix_for_terminals),
		cmocka_unit_test(json),
		cmocka_unit_test(a_page),
		cmocka_unit_test(nothing_measured),
		cmocka_unit_test(the_machine),
		cmocka_unit_test(wishes_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
