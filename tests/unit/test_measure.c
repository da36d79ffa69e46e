/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring: a quantile is not further off than promised, a stopwatch gives every moment to one stage, a worker's account has
 * no gap and counts no moment twice whatever it is told, and no reply can claim more than its time.
 */
#include "base/clock.h"
#include "measure/account.h"
#include "measure/histogram.h"
#include "measure/meter.h"
#include "measure/stopwatch.h"
#include "measure/tally.h"
#include "measure/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../seed.h"

static void buckets_are_in_order_and_narrow(void **unused)
{
	(void)unused;
	assert_int_equal(histogram_bucket(0), 0);
	for (unsigned i = 0; i + 1 < IMGBATCH_BUCKETS; i++) {
		uint64_t low = histogram_low(i), next = histogram_low(i + 1);

		assert_int_equal(histogram_bucket(low), i);
		assert_int_equal(histogram_bucket(next - 1), i);
		assert_true(next > low);
		assert_true(low < 4 || (next - low) * 4 <= low);
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), IMGBATCH_BUCKETS - 1);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void quantiles_are_near(void **unused)
{
	enum { COUNT = 1000 };
	static struct imgbatch_histogram histogram;
	static uint64_t values[COUNT];
	static const double shares[] = {0.01, 0.5, 0.9, 0.99, 1};

	(void)unused;
	assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
	for (unsigned i = 0; i < COUNT; i++) {
		values[i] = 1000 + below(1u << below(31));
		histogram_add(&histogram, values[i]);
	}
	qsort(values, COUNT, sizeof *values, compare_u64);
	for (unsigned i = 0; i < sizeof shares / sizeof *shares; i++) {
		uint64_t exact = values[(unsigned)(shares[i] * COUNT) - 1];
		uint64_t said = histogram_quantile(&histogram, shares[i]);

		assert_true(said * 4 >= exact * 3 && said * 4 <= exact * 5);
	}
	assert_int_equal(histogram.most, values[COUNT - 1]);
	assert_true(histogram_quantile(&histogram, 1) <= histogram.most);
}

static void burn(uint64_t ns)
{
	uint64_t end = clock_ns() + ns;

	while (clock_ns() < end)
		;
}

static uint64_t parts_cpu(const struct spent_work *work)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < SPENT_STAGES; i++)
		sum += work->stage[i].cpu_ns;
	for (unsigned i = 0; i < work->operation_count; i++)
		sum += work->operation[i].spent.cpu_ns;
	return sum;
}

static void stopwatch_leaves_nothing_out(void **unused)
{
	struct stopwatch watch = {0};
	struct spent_work work = {0};
	volatile char *fresh;

	(void)unused;
	stopwatch_start(&watch, false);
	burn(400000);
	stopwatch_lap(&watch, SPENT_PLAN);
	for (int strip = 0; strip < 3; strip++) {
		burn(100000);
		stopwatch_lap(&watch, SPENT_DECODE);
		burn(200000);
		stopwatch_lap_operation(&watch, 7, strip == 2);
	}
	fresh = malloc(1 << 22);
	for (size_t i = 0; i < 1 << 22; i += 4096)
		fresh[i] = 1;
	stopwatch_lap_operation(&watch, 3, 1);
	free((void *)fresh);
	stopwatch_stop(&watch, SPENT_ENCODE, &work);

	assert_int_equal(spent_work_check(&work, 8), 0);
	assert_int_equal(spent_work_check(&work, 7), -1);
	assert_int_equal(spent_work_wall(&work), work.ended_ns - work.begun_ns);
	assert_true(work.stage[SPENT_PLAN].wall_ns >= 400000);
	assert_true(work.stage[SPENT_DECODE].wall_ns >= 300000);
	assert_int_equal(work.operation_count, 2);
	assert_int_equal(work.operation[0].op, 7);
	assert_int_equal(work.operation[0].count, 1);
	assert_true(work.operation[0].spent.wall_ns >= 600000);
	assert_int_equal(parts_cpu(&work), work.cpu_ns);
	assert_true(work.cpu_ns > 0);
	assert_true(work.minor_faults > 0);
}

static void stopwatch_can_be_off(void **unused)
{
	struct stopwatch watch = {0};
	struct spent_work work = {.cpu_ns = 5};

	(void)unused;
	stopwatch_start(&watch, true);
	stopwatch_lap(&watch, SPENT_PLAN);
	stopwatch_lap_operation(&watch, 3, 1);
	stopwatch_stop(&watch, SPENT_ENCODE, &work);
	assert_int_equal(work.cpu_ns, 5);
	assert_int_equal(work.begun_ns, 0);
}

/* More kinds of operations than are told apart: the sums stay whole. */
static void many_operations_share_the_last_place(void **unused)
{
	struct stopwatch watch = {0};
	struct spent_work work = {0}, sum = {0};

	(void)unused;
	stopwatch_start(&watch, false);
	for (uint32_t op = 0; op < SPENT_OPERATIONS + 20; op++)
		stopwatch_lap_operation(&watch, op, 1);
	stopwatch_stop(&watch, SPENT_PLAN, &work);
	assert_int_equal(work.operation_count, SPENT_OPERATIONS);
	assert_int_equal(work.operation[SPENT_OPERATIONS - 1].count, 21);
	assert_int_equal(spent_work_wall(&work), work.ended_ns - work.begun_ns);
	spent_work_add(&sum, &work);
	spent_work_add(&sum, &work);
	assert_int_equal(sum.operation_count, SPENT_OPERATIONS);
	assert_int_equal(spent_work_wall(&sum), 2 * spent_work_wall(&work));
	assert_int_equal(sum.operation[0].count, 2);
}

static void replies_cannot_claim_more_than_their_time(void **unused)
{
	const struct spent_work good = {.begun_ns = 1000,
		.ended_ns = 2000,
		.cpu_ns = 900,
		.stage = {{100, 100}, {300, 300}, {100, 100}},
		.operation_count = 1,
		.operation = {{.op = 4, .count = 1, .spent = {500, 400}}}};
	struct spent_work bad;

	(void)unused;
	assert_int_equal(spent_work_check(&good, 5), 0);
	assert_int_equal(spent_work_check(&good, 0), 0);
	assert_int_equal(spent_work_check(&(struct spent_work){0}, 5), 0);
	bad = good;
	bad.begun_ns = 2001;
	assert_int_equal(spent_work_check(&bad, 5), -1);
	bad = good;
	bad.stage[SPENT_DECODE].wall_ns++;
	assert_int_equal(spent_work_check(&bad, 5), -1);
	bad = good;
	bad.stage[SPENT_DECODE].wall_ns = UINT64_MAX - 200; /* the sum must not wrap */
	assert_int_equal(spent_work_check(&bad, 5), -1);
	bad = good;
	bad.operation[0].spent.cpu_ns++;
	assert_int_equal(spent_work_check(&bad, 5), -1);
	bad = good;
	bad.operation_count = SPENT_OPERATIONS + 1;
	assert_int_equal(spent_work_check(&bad, 5), -1);
}

static uint64_t row_sum(const struct imgbatch_worker_profile *row)
{
	uint64_t sum = row->help_ns;

	for (unsigned i = 0; i < IMGBATCH_STAGE_COUNT; i++)
		sum += row->stage_ns[i];
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		sum += row->idle_ns[i];
	return sum;
}

static const struct account_way way = {.blocked = IMGBATCH_IDLE_OUTPUT,
	.before = IMGBATCH_IDLE_INPUT,
	.held = IMGBATCH_IDLE_MEMORY,
	.taken_ns = 1100,
	.ready_ns = 1400,
	.submitted_ns = 1500};

static void waiting_is_told_by_the_image_that_came(void **unused)
{
	struct imgbatch_worker_profile row = {0};
	struct account account;
	struct spent_work work = {.begun_ns = 1520,
		.ended_ns = 1720,
		.stage = {{20, 0}, {100, 0}, {30, 0}},
		.operation_count = 1,
		.operation = {{.spent = {40, 0}}}};

	(void)unused;
	account_init(&account, 1000);
	account_work(&account, &row, &way, &work, 0, 1800);
	assert_int_equal(row.images, 1);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_OUTPUT], 100);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_INPUT], 300);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_MEMORY], 100);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_HANDOFF], 20);
	assert_int_equal(row.stage_ns[IMGBATCH_STAGE_PLAN], 20 + 10); /* 10 that no stage claimed */
	assert_int_equal(row.stage_ns[IMGBATCH_STAGE_DECODE], 100);
	assert_int_equal(row.stage_ns[IMGBATCH_STAGE_OPERATIONS], 40);
	assert_int_equal(row.stage_ns[IMGBATCH_STAGE_ENCODE], 30);
	/* The next one was there all the time. */
	work.begun_ns = 1725;
	work.ended_ns = 1925;
	account_work(&account, &row, &way, &work, 0, 2000);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_HANDOFF], 25);
	/* It helps with 50; one is read until 2000, by others worked on until 2100, written until 2150. */
	account_end(&account, &row, 50, &(struct account_close){2000, 2100, 2150});
	assert_int_equal(row.help_ns, 50);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_INPUT], 300 + 25);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_TAIL], 100);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_END], 50);
	assert_int_equal(row_sum(&row), 1150);
}

static void a_death_costs_its_time(void **unused)
{
	struct imgbatch_worker_profile row = {0};
	struct account account;

	(void)unused;
	account_init(&account, 1000);
	account_lost(&account, &row, &way, 5000);
	assert_int_equal(row.idle_ns[IMGBATCH_IDLE_LOST], 3500);
	assert_int_equal(row_sum(&row), 4000);
}

static uint64_t anything(void)
{
	return below(4) ? below(20000) : (uint64_t)below(UINT32_MAX) << below(33);
}

/* A worker that lies about its time may spoil its own numbers, but the sum is what the parent's clock says. */
static void lies_leave_no_gap(void **unused)
{
	struct imgbatch_worker_profile row = {0};
	struct account account;
	uint64_t now = 1000;

	(void)unused;
	account_init(&account, now);
	for (unsigned i = 0; i < 20000; i++) {
		struct account_way some = {
			.blocked = (enum imgbatch_idle)below(IMGBATCH_IDLE_COUNT),
			.before = (enum imgbatch_idle)below(IMGBATCH_IDLE_COUNT),
			.held = (enum imgbatch_idle)below(IMGBATCH_IDLE_COUNT),
			.taken_ns = now - below(500),
			.ready_ns = now - below(500),
			.submitted_ns = now - below(500)};
		struct spent_work work = {.begun_ns = anything(),
			.ended_ns = anything(),
			.stage = {{anything(), 0}, {anything(), 0}, {anything(), 0}},
			.operation_count = 1,
			.operation = {{.spent = {anything(), 0}}}};

		now += below(1000);
		if (below(10))
			account_work(&account, &row, &some, &work, anything(), now);
		else
			account_lost(&account, &row, &some, now);
		assert_true(account.until_ns <= now);
	}
	account_end(&account, &row, anything(), &(struct account_close){now, now + 100, now + 200});
	assert_int_equal(row_sum(&row), now + 200 - 1000);
}

static void meter_counts_overlaps_once(void **unused)
{
	struct meter meter;

	(void)unused;
	meter_init(&meter);
	meter_enter(&meter, 100);
	meter_enter(&meter, 150);
	meter_leave(&meter, 200);
	assert_int_equal(meter_busy(&meter, 230), 130);
	meter_leave(&meter, 250);
	meter_enter(&meter, 400);
	meter_leave(&meter, 410);
	assert_int_equal(meter_busy(&meter, 1000), 160);
	meter_enter(NULL, 1);
	meter_leave(NULL, 2);
	meter_release(&meter);
}

static void timeline_widens_and_loses_nothing(void **unused)
{
	static struct imgbatch_timeline timeline;
	uint64_t busy = 0, images = 0, last = 0, sum = 0, count = 0;

	(void)unused;
	timeline_init(&timeline);
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t begin = (uint64_t)below(1u << (20 + below(12))) * 10;
		uint64_t end = begin + below(100000000);

		timeline_busy(&timeline, begin, end);
		timeline_at(&timeline, end)->images++;
		busy += end - begin;
		images++;
		last = end > last ? end : last;
	}
	for (unsigned i = 0; i < IMGBATCH_SPANS; i++) {
		sum += timeline.span[i].busy_ns;
		count += timeline.span[i].images;
		assert_true(i < timeline.count || !timeline.span[i].busy_ns);
	}
	assert_int_equal(sum, busy);
	assert_int_equal(count, images);
	assert_int_equal(timeline.count, last / timeline.span_ns + 1);
	assert_true(timeline.span_ns > 10000000);
}

static void levels_are_integrals(void **unused)
{
	struct imgbatch_profile *profile = calloc(1, sizeof *profile);
	struct tally tally;

	(void)unused;
	tally_init(&tally, profile);
	assert_int_equal(tally_workers(&tally, 2), 0);
	tally_begin(&tally, 1000000000);
	level_set(&profile->levels.ready, 3);
	tally_levels(&tally, 3000000000);
	level_set(&profile->levels.ready, 1);
	tally_end(&tally, 4000000000, NULL, NULL);
	assert_true(profile->levels.ready.area_s == 7);
	assert_int_equal(profile->levels.ready.most, 3);
	assert_true(profile->run_s == 3);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(row_sum(&profile->worker[i]), 3000000000);
	tally_release(&tally);
	free(profile->worker);
	free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_are_in_order_and_narrow),
		cmocka_unit_test(quantiles_are_near),
		cmocka_unit_test(stopwatch_leaves_nothing_out),
		cmocka_unit_test(stopwatch_can_be_off),
		cmocka_unit_test(many_operations_share_the_last_place),
		cmocka_unit_test(replies_cannot_claim_more_than_their_time),
		cmocka_unit_test(waiting_is_told_by_the_image_that_came),
		cmocka_unit_test(a_death_costs_its_time),
		cmocka_unit_test(lies_leave_no_gap),
		cmocka_unit_test(meter_counts_overlaps_once),
		cmocka_unit_test(timeline_widens_and_loses_nothing),
		cmocka_unit_test(levels_are_integrals),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
