/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends engines that change while a run goes on: whatever number of reads is in flight and whichever engine has them,
 * the same bytes and verdicts come out, every job comes back once, and a stop in the middle of a change leaves nothing
 * half-written. The oracle is sync x serial.
 *
 * Changes are forced, many more than a run would ever make by itself; another test lets storage be slow and sees what the
 * scheduler makes of it.
 */
#include "sched/inner.h"
#include "tree.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 20261126, MEMORY = 1 << 30, MOST = 40, FEW = 3, MORE = 150 };

static struct tree tree;
static struct verdict oracle[TREE_MAX];
static uint64_t oracle_hash;

static int oracle_make(void **state)
{
	static char verbs[MORE + 1];
	struct tree_run run = {.io = &io_sync,
		.cpu = &cpu_serial,
		.workers = 1,
		.memory = MEMORY,
		.host = getpid()};
	unsigned files;

	(void)state;
	memset(verbs, 'c', MORE);
	tree_make(&tree, SEED, verbs);
	if (tree_run(&tree, "oracle", &run))
		return -1;
	oracle_hash = tree_hash(&tree, "oracle", &files);
	memcpy(oracle, tree.verdict, sizeof oracle);
	return 0;
}

static int oracle_end(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

/* The other engine at each tick, with another number of reads. Runs on the scheduler's thread, as its own changes do. */
static void change(struct tree_run *run)
{
	struct tuner *tuner = &run->sched->adapt.tuner;

	tuner->limit = run->ticks % 2 ? MOST - run->ticks % 7 : FEW + run->ticks % 5;
	adapt_apply(run->sched);
}

static struct tree_run changing(const struct io_engine *far, const struct cpu_engine *cpu)
{
	return (struct tree_run){.io = &io_threads,
		.io_jobs = 2,
		.io_most = MOST,
		.io_far = far,
		.cpu = cpu,
		.workers = 2,
		.memory = MEMORY,
		.spin_us = 1000,
		.replace = true,
		.on_tick = change,
		.host = getpid()};
}

static void expect_oracle(const char *name)
{
	unsigned files;

	for (unsigned i = 0; i < tree.count; i++) {
		const struct verdict *v = &tree.verdict[i];

		if (v->code != oracle[i].code || v->outputs != oracle[i].outputs ||
			v->finished != 1 || strcmp(v->detail, oracle[i].detail))
			fail_msg("%s: \"%s\": %s \"%s\" finished %u", name, tree.name[i],
				code_name(v->code), v->detail, v->finished);
	}
	if (tree_hash(&tree, name, &files) != oracle_hash)
		fail_msg("%s: the outputs differ", name);
}

static void changes_do_no_harm(void **state)
{
	static const struct io_engine *const far[] = {&io_event, &io_threads, &io_sync, NULL};
	static const struct cpu_engine *const cpus[] = {&cpu_processes, &cpu_threads};
	char name[64];

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int c = 0; c < 2; c++) {
			struct tree_run run = changing(far[i], cpus[c]);

			snprintf(name, sizeof name, "%s-%s", far[i] ? far[i]->name : "none",
				cpus[c]->name);
			int code = tree_run(&tree, name, &run);
			if (code)
				fail_msg("%s: %s: %s", name, code_name(code), run.fault.detail);
			assert_true(run.ticks > 10);
			expect_oracle(name);
		}
}

static void stops_in_the_middle(void **state)
{
	(void)state;
	for (unsigned tick = 1; tick < 10; tick++) {
		struct tree_run run = changing(&io_event, tick % 2 ? &cpu_threads : &cpu_processes);
		unsigned files, outputs = 0, done = 0;
		char name[32];

		run.stop_tick = tick;
		run.spin_us = 3000;
		snprintf(name, sizeof name, "stop-%u", tick);
		assert_int_equal(tree_run(&tree, name, &run), IMGBATCH_E_CANCELED);
		for (unsigned i = 0; i < tree.count; i++) {
			const struct verdict *v = &tree.verdict[i];

			assert_true(v->finished <= 1);
			if (v->finished && v->code != IMGBATCH_E_CANCELED)
				assert_int_equal(v->code, oracle[i].code);
			outputs += v->outputs;
			done += v->finished;
		}
		assert_true(done < tree.count);
		tree_hash(&tree, name, &files); /* nothing temporary is left */
		assert_true(files >= outputs);
	}
}

/* An engine that cannot run here: the other goes on, and nobody asks it twice. */
static unsigned opens;

static int no_open(struct io **io, const struct io_settings *settings, struct fault *fault)
{
	(void)io;
	(void)settings;
	opens++;
	return fault_set(fault, IMGBATCH_E_ENGINE, "not here");
}

static void an_engine_that_is_refused_is_done_without(void **state)
{
	static const struct io_engine none = {.name = "none", .open = no_open};
	struct tree_run run = changing(&none, &cpu_threads);

	(void)state;
	assert_int_equal(tree_run(&tree, "refused", &run), 0);
	assert_int_equal(opens, 1);
	assert_string_equal(run.stats.io, "threads");
	expect_oracle("refused");
}

/*
 * Storage answers after 60 ms. Whether that shows as silence at first or as starving later depends on the machine's
 * mood; that it comes to more reads than threads are made for does not.
 */
static void slow_storage_gets_many_reads(void **state)
{
	struct slow *slow = slow_new(&(struct slow_settings){60, 0, NULL});
	struct tree_run run = changing(&io_event, &cpu_threads);

	(void)state;
	run.on_tick = NULL;
	run.spin_us = 0;
	run.slow = slow;
	assert_int_equal(tree_run(&tree, "slow", &run), 0);
	expect_oracle("slow");
	assert_true(run.stats.io_capacity > 16);
	slow_free(slow);
}

/* Seats for few: not more are read ahead than memory has room for. */
static void memory_bounds_what_is_wished_for(void **state)
{
	struct tree_run run = changing(&io_event, &cpu_threads);
	unsigned seats;

	(void)state;
	if (!tree_io_runs(&io_event))
		skip(); /* threads are stretched to what is wished, whatever that is */
	run.memory = 100 << 20; /* an eighth: 12 slots */
	int code = tree_run(&tree, "tight", &run);
	seats = run.stats.slots;
	assert_int_equal(code, 0);
	assert_in_range(seats, 3, 12);
	assert_true(run.stats.io_capacity <= seats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_do_no_harm),
		cmocka_unit_test(stops_in_the_middle),
		cmocka_unit_test(an_engine_that_is_refused_is_done_without),
		cmocka_unit_test(slow_storage_gets_many_reads),
		cmocka_unit_test(memory_bounds_what_is_wished_for),
	};

	return cmocka_run_group_tests(tests, oracle_make, oracle_end);
}
