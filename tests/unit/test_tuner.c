/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends how many reads are put in flight: as many as workers need where storage answers many at once, no more where it
 * does not, less while memory is short, and again more when storage becomes slower in the middle of a run.
 *
 * Storage and workers are made up: a latency, a bound on what comes in together, and what an image costs a worker.
 */
#include "sched/tuner.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum { FIRST = 8, MOST = 256, MS = 1000000 };

struct model {
	double latency_s, cost_s; /* of a read; of an image's work */
	double most_rate; /* reads a second, however many are in flight; 0: no bound */
	unsigned workers;
	unsigned room; /* reads that memory has room for; 0: any number */
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static unsigned in_flight(const struct model *model, const struct tuner *tuner)
{
	return model->room && model->room < tuner->limit ? model->room : tuner->limit;
}

/* Reads a second when that many are in flight. */
static double rate(const struct model *model, unsigned flying)
{
	double rate = least(flying / model->latency_s, model->workers / model->cost_s);

	return model->most_rate > 0 ? least(rate, model->most_rate) : rate;
}

static double starving(const struct model *model, unsigned flying)
{
	return 1 - rate(model, flying) * model->cost_s / model->workers;
}

/* One judgement, as soon as enough was seen for it. True: the limit has changed. */
static bool window(struct tuner *tuner, const struct model *model)
{
	unsigned flying = in_flight(model, tuner);
	struct tuner_seen seen = {.in_flight = flying, .short_of_memory = flying < tuner->limit};

	for (uint64_t ms = 1; !tuner_enough(tuner, &seen); ms++) {
		assert_true(ms < 10000);
		seen.ns = ms * MS;
		seen.reads = (unsigned)(rate(model, flying) * (double)ms / 1e3);
		seen.read_us = (uint64_t)(seen.reads * model->latency_s * 1e6);
		seen.starved_ns = (uint64_t)(starving(model, flying) * model->workers *
			(double)seen.ns);
	}
	return tuner_judge(tuner, &seen);
}

static unsigned windows(struct tuner *tuner, const struct model *model, unsigned count)
{
	unsigned changes = 0;

	while (count--)
		changes += window(tuner, model);
	return changes;
}

static void quick_storage_changes_nothing(void **state)
{
	struct model warm = {.latency_s = 20e-6, .cost_s = 1e-3, .workers = 2};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	assert_int_equal(tuner.limit, FIRST);
	assert_false(tuner_waited(&tuner, 2 * MS));
	assert_int_equal(windows(&tuner, &warm, 100), 0);
	assert_int_equal(tuner.limit, FIRST);
	assert_int_equal(tuner.raised + tuner.refused, 0);
}

static void silence_begins_more(void **state)
{
	struct tuner tuner;
	struct model far = {.latency_s = 20e-3, .cost_s = 1e-3, .workers = 2};

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	assert_false(tuner_waited(&tuner, 2 * MS));
	assert_true(tuner_waited(&tuner, 10 * MS));
	assert_int_equal(tuner.limit, 40);
	assert_false(tuner_waited(&tuner, 10 * MS));
	assert_true(tuner_waited(&tuner, 20 * MS));
	assert_int_equal(tuner.limit, 80);
	windows(&tuner, &far, 50);
	assert_int_equal(tuner.limit, 80); /* twice what these two workers need behind 20 ms */
	assert_int_equal(tuner.paced, 80);
	assert_false(
		tuner_waited(&tuner, 1000 * (uint64_t)MS)); /* something came back: that is over */

	tuner_init(&tuner, 16, FIRST, MOST);
	assert_true(tuner_waited(&tuner, 60000 * (uint64_t)MS));
	assert_int_equal(tuner.limit, MOST);
}

/* From a start that saw nothing of it: the first reads were in the page cache. */
static void starving_raises_until_it_ends(void **state)
{
	(void)state;
	for (unsigned latency_ms = 5; latency_ms <= 100; latency_ms += 5) {
		struct model far = {.latency_s = latency_ms / 1e3, .cost_s = 1e-3, .workers = 2};
		unsigned needed = 2 * latency_ms;
		struct tuner tuner;

		tuner_init(&tuner, 2, FIRST, MOST);
		windows(&tuner, &far, 12);
		assert_true(starving(&far, tuner.limit) < 0.02);
		assert_true(tuner.limit <= needed * 3 / 2 + FIRST);
		assert_int_equal(tuner.refused, 0);
		if (needed > FIRST + 1)
			assert_int_equal(tuner.worst.limit, FIRST);
		assert_int_equal(windows(&tuner, &far, 100), 0);
	}
}

static void the_most_is_the_most(void **state)
{
	struct model far = {.latency_s = 1, .cost_s = 1e-3, .workers = 2};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 2, FIRST, 50);
	windows(&tuner, &far, 100);
	assert_int_equal(tuner.limit, 50);
}

/* A disk that gives 100 files a second, however many are asked for. */
static void what_does_not_help_is_taken_back(void **state)
{
	struct model disk = {.latency_s = 10e-3, .cost_s = 1e-3, .most_rate = 100, .workers = 2};
	struct tuner tuner;
	unsigned judged = 0, tries;

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	while (tuner.refused == 0 && judged++ < 20)
		window(&tuner, &disk);
	assert_int_equal(tuner.limit, FIRST);
	assert_int_equal(tuner.refused, 1);
	/* Each further try waits longer than the one before. */
	windows(&tuner, &disk, 100);
	tries = tuner.refused;
	assert_in_range(tries, 2, 5);
	windows(&tuner, &disk, 1000);
	assert_in_range(tuner.refused, tries + 1, tries + 8);
	assert_int_equal(tuner.raised, 0);
}

/* Up to the line's end more helps, and no further. */
static void a_plateau_ends_the_climb(void **state)
{
	struct model line = {.latency_s = 20e-3, .cost_s = 1e-3, .most_rate = 1000, .workers = 2};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	while (tuner.refused == 0)
		window(&tuner, &line);
	assert_in_range(tuner.limit, 20, 40); /* 20 fill the line */
	assert_true(tuner.raised >= 1);
}

static void storage_that_becomes_slow_is_answered(void **state)
{
	struct model model = {.latency_s = 1e-3, .cost_s = 1e-3, .workers = 4};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 4, FIRST, MOST);
	windows(&tuner, &model, 50);
	assert_int_equal(tuner.limit, FIRST);
	model.latency_s = 30e-3;
	windows(&tuner, &model, 12);
	assert_true(starving(&model, tuner.limit) < 0.02);

	/* Also while it rests from tries that were of no use. */
	model = (struct model){.latency_s = 1e-3, .cost_s = 1e-3, .most_rate = 500, .workers = 4};
	tuner_init(&tuner, 4, FIRST, MOST);
	windows(&tuner, &model, 400);
	assert_true(tuner.refused >= 3);
	assert_true(tuner.calm > 20 || tuner.state == TUNER_TRY);
	while (tuner.calm <= 20)
		window(&tuner, &model);
	model = (struct model){.latency_s = 30e-3, .cost_s = 1e-3, .workers = 4};
	windows(&tuner, &model, 16);
	assert_true(starving(&model, tuner.limit) < 0.02);
}

static void shortage_of_memory_lowers(void **state)
{
	struct model model = {.latency_s = 50e-3, .cost_s = 1e-3, .workers = 2};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	windows(&tuner, &model, 20);
	assert_true(tuner.limit >= 96);
	model.room = 30; /* files have become large */
	windows(&tuner, &model, 3);
	assert_int_equal(tuner.limit, 30);
	assert_int_equal(tuner.lowered, 1);
	model.room = 1; /* not below what was open at first */
	windows(&tuner, &model, 3);
	assert_int_equal(tuner.limit, FIRST);
}

/* Few large files: a judgement needs few of them when time has passed. */
static void large_files_are_judged_too(void **state)
{
	struct tuner_seen seen = {.ns = 499 * (uint64_t)MS, .reads = 3};
	struct tuner tuner;

	(void)state;
	tuner_init(&tuner, 2, FIRST, MOST);
	assert_false(tuner_enough(&tuner, &seen));
	seen.ns = 500 * (uint64_t)MS;
	assert_true(tuner_enough(&tuner, &seen));
	seen.reads = 0;
	assert_false(tuner_enough(&tuner, &seen));
	seen = (struct tuner_seen){.ns = 19 * (uint64_t)MS, .reads = 1000};
	assert_false(tuner_enough(&tuner, &seen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_storage_changes_nothing),
		cmocka_unit_test(silence_begins_more),
		cmocka_unit_test(starving_raises_until_it_ends),
		cmocka_unit_test(the_most_is_the_most),
		cmocka_unit_test(what_does_not_help_is_taken_back),
		cmocka_unit_test(a_plateau_ends_the_climb),
		cmocka_unit_test(storage_that_becomes_slow_is_answered),
		cmocka_unit_test(shortage_of_memory_lowers),
		cmocka_unit_test(large_files_are_judged_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
