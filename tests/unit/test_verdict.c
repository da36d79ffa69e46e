/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict on made-up runs: each bound is told from its evidence, in words that name it and the numbers behind it; what is
 * mixed, or too little to say, is said to be.
 */
#include "measure/diagnosis.h"
#include "measure/histogram.h"
#include "report/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORKERS = 4, IMAGES = 1000 };
static const uint64_t second = 1000000000;

/* What a made-up run was like: shares of the workers' time. */
struct story {
	double busy, idle[IMGBATCH_IDLE_COUNT];
	double on_cpu;
	unsigned images; /* 0: IMAGES */
	double run_s; /* 0: 10 */
};

struct made {
	struct imgbatch_profile *profile;
	struct diagnosis diagnosis;
	struct str text;
};

static void fill_work(struct imgbatch_profile *p, const struct story *story, double run_s)
{
	static const double parts[IMGBATCH_STAGE_COUNT] = {[IMGBATCH_STAGE_PLAN] = 0.05,
		[IMGBATCH_STAGE_DECODE] = 0.6,
		[IMGBATCH_STAGE_OPERATIONS] = 0.2,
		[IMGBATCH_STAGE_ENCODE] = 0.15};
	double whole = run_s * WORKERS * (double)second;

	for (unsigned i = IMGBATCH_STAGE_PLAN; i <= IMGBATCH_STAGE_ENCODE; i++) {
		double sum = whole * story->busy * parts[i];

		for (unsigned n = 0; n < p->images; n++)
			histogram_add(&p->stage[i].wall_ns, (uint64_t)(sum / (double)p->images));
		p->stage[i].cpu_ns = (uint64_t)(sum * story->on_cpu);
		for (unsigned w = 0; w < WORKERS; w++)
			p->worker[w].stage_ns[i] = (uint64_t)(sum / WORKERS);
	}
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		for (unsigned w = 0; w < WORKERS; w++)
			p->worker[w].idle_ns[i] = (uint64_t)(whole / WORKERS * story->idle[i]);
	p->workers_cpu_s = story->busy * story->on_cpu * run_s * WORKERS;
}

static void fill_io(struct imgbatch_storage_profile *storage, unsigned images, double busy_s)
{
	storage->files = images;
	storage->bytes = (uint64_t)images * 50000;
	storage->busy_ns = (uint64_t)(busy_s * (double)second);
	storage->flight_ns = storage->busy_ns * 4;
	for (unsigned n = 0; n < images; n++)
		histogram_add(&storage->size, 50000);
}

static void make(struct made *made, const struct story *story)
{
	struct imgbatch_profile *p = calloc(1, sizeof *p);

	p->worker = calloc(WORKERS, sizeof *p->worker);
	p->workers = p->cpus = WORKERS;
	p->io_jobs = 8;
	p->memory = 100000000;
	p->images = story->images ? story->images : IMAGES;
	p->run_s = story->run_s > 0 ? story->run_s : 10;
	p->plan_s = p->open_s = p->end_s = 0.05;
	fill_work(p, story, p->run_s);
	fill_io(&p->reading, (unsigned)p->images, p->run_s * 0.95);
	fill_io(&p->writing, (unsigned)p->images, p->run_s * 0.5);
	p->slowest[0] = (struct imgbatch_slow){.name = "slow.jpg", .work_ns = second / 10};
	p->slowest_count = 1;
	*made = (struct made){.profile = p};
}

static void judge(struct made *made)
{
	diagnose(made->profile, &made->diagnosis);
	str_clear(&made->text);
	report_verdict(&made->text, made->profile, &made->diagnosis);
	print_message("%s\n", str_text(&made->text));
	assert_true(made->text.length > 40 && made->text.length < sizeof made->profile->verdict);
	assert_null(strchr(str_text(&made->text), '\n'));
}

static void drop(struct made *made)
{
	free(made->profile->worker);
	free(made->profile);
	str_release(&made->text);
}

static void says(const struct made *made, const char *words)
{
	if (!strstr(str_text(&made->text), words))
		fail_msg("\"%s\" is missing in: %s", words, str_text(&made->text));
}

static void hides(const struct made *made, const char *words)
{
	if (strstr(str_text(&made->text), words))
		fail_msg("\"%s\" stands in: %s", words, str_text(&made->text));
}

/* Time between reads that is as long as their bytes, or the same for all, or their bytes are all one. */
static void pace(
	struct imgbatch_storage_profile *storage, double per_byte, double fixed, bool varied)
{
	storage->pace = (struct imgbatch_line){0};
	for (unsigned i = 0; i < 100; i++) {
		double x = varied ? 10000 + i * 1000 : 50000, y = fixed + x * per_byte;

		storage->pace.count++;
		storage->pace.x += x;
		storage->pace.y += y;
		storage->pace.xx += x * x;
		storage->pace.xy += x * y;
	}
}

static void cpu(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){
			.busy = 0.96, .idle = {[IMGBATCH_IDLE_HANDOFF] = 0.04}, .on_cpu = 0.99});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_CPU);
	says(&made, "Bound by the CPU: the 4 workers had an image in hand 96% of the time");
	says(&made, "60% decoding");
	hides(&made, "shared");
	/* 1,000 images in 10 s; decoding took 60% of 96% of 4 workers, and 99% of that on a CPU. */
	assert_true(made.diagnosis.limit > 175 && made.diagnosis.limit < 176);
	says(&made, "175 images/s; this run made 100 images/s, 57% of it");
	made.profile->workers = 2;
	made.profile->workers_cpu_s /= 2;
	judge(&made);
	says(&made, "as many workers as CPUs (--jobs 4)");
	drop(&made);
}

static void cpu_that_others_use(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){
			.busy = 0.7, .idle = {[IMGBATCH_IDLE_HANDOFF] = 0.3}, .on_cpu = 0.4});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_CPU);
	says(&made, "which had to be shared");
	says(&made, "Only 40% of that they were on a CPU");
	made.profile->cpus = 2;
	judge(&made);
	says(&made, "more workers than the 2 CPUs");
	/* Whoever waits for a CPU does so anywhere: stages are weighed by what they used of it. */
	made.profile->stage[IMGBATCH_STAGE_DECODE].cpu_ns /= 20;
	made.profile->stage[IMGBATCH_STAGE_OPERATIONS].cpu_ns /= 20;
	judge(&made);
	assert_int_equal(made.diagnosis.heaviest, IMGBATCH_STAGE_ENCODE);
	says(&made, "most of it is encoding");
	drop(&made);
}

static const struct story starved = {.busy = 0.2,
	.idle = {[IMGBATCH_IDLE_INPUT] = 0.75, [IMGBATCH_IDLE_HANDOFF] = 0.05},
	.on_cpu = 0.99};

static void storage(void **unused)
{
	struct made made;

	(void)unused;
	make(&made, &starved);
	pace(&made.profile->reading, 0, 4000000, true);
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_LATENCY);
	says(&made, "how long it takes to answer");
	says(&made, "75% for images to be read");
	says(&made, "--io-jobs above 8");
	pace(&made.profile->reading, 80, 100000, true);
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_BANDWIDTH);
	says(&made, "how many bytes a second");
	says(&made, "more reads at once will not help");
	says(&made, "5.3 MB/s");
	says(&made, "105 images/s; this run made 100 images/s, 95% of it");
	pace(&made.profile->reading, 80, 100000, false); /* one size: nothing can be told */
	judge(&made);
	says(&made, "Bound by storage, by reading");
	says(&made, "too much of one size to tell");
	drop(&made);
}

static void writing(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){.busy = 0.3,
			.idle = {[IMGBATCH_IDLE_OUTPUT] = 0.5, [IMGBATCH_IDLE_END] = 0.2},
			.on_cpu = 0.99});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_WRITING);
	says(&made, "Bound by writing");
	says(&made, "50% for outputs to be written");
	assert_true(made.diagnosis.limit > 199 && made.diagnosis.limit < 201);
	drop(&made);
}

static void memory(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){.busy = 0.4,
			.idle = {[IMGBATCH_IDLE_MEMORY] = 0.55, [IMGBATCH_IDLE_HANDOFF] = 0.05},
			.on_cpu = 0.99});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_MEMORY);
	says(&made, "a budget of 100 MB");
	says(&made, "--memory");
	assert_true(made.diagnosis.limit > 249 && made.diagnosis.limit < 251);
	drop(&made);
}

static void straggler(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){.busy = 0.6, .idle = {[IMGBATCH_IDLE_TAIL] = 0.4}, .on_cpu = 0.99});
	strcpy(made.profile->slowest[0].name, "huge\n.jpg");
	made.profile->slowest[0].work_ns = 5 * second;
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_STRAGGLER);
	says(&made, "\"huge\\x0A.jpg\"");
	says(&made, "up to 4.0 s of 10");
	/* The same tail, but no image is to blame. */
	made.profile->slowest[0].work_ns = second / 100;
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_MIXED);
	drop(&made);
}

static void too_little(void **unused)
{
	struct made made;

	(void)unused;
	make(&made, &(struct story){.busy = 0.96, .on_cpu = 0.99, .images = 5, .run_s = 1});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_UNKNOWN);
	says(&made, "Too little was done");
	hides(&made, "Bound by");
	made.profile->images = 0;
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_UNKNOWN);
	says(&made, "Nothing was worked on");
	drop(&made);
}

static void beginning_and_ending(void **unused)
{
	struct made made;

	(void)unused;
	make(&made, &(struct story){.busy = 0.96, .on_cpu = 0.99, .images = 50, .run_s = 0.5});
	made.profile->plan_s = 0.9;
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_OVERHEAD);
	says(&made, "more images in one run");
	made.profile->end_s = 2;
	judge(&made);
	says(&made, "--durability");
	drop(&made);
}

static void mixed(void **unused)
{
	struct made made;

	(void)unused;
	make(&made,
		&(struct story){.busy = 0.5,
			.idle = {[IMGBATCH_IDLE_INPUT] = 0.25, [IMGBATCH_IDLE_OUTPUT] = 0.25},
			.on_cpu = 0.99});
	judge(&made);
	assert_int_equal(made.diagnosis.bound, IMGBATCH_BOUND_MIXED);
	says(&made, "Bound by no one thing");
	says(&made, "25% for images to be read, 25% for outputs to be written");
	drop(&made);
}

/* A profile of zeros, and one that no run can have: some text, no division by zero. */
static void nonsense_is_survived(void **unused)
{
	struct made made;
	struct story story = {.busy = 1};

	(void)unused;
	make(&made, &story);
	memset(made.profile->worker, 0, WORKERS * sizeof *made.profile->worker);
	made.profile->process_cpu_s = made.profile->workers_cpu_s = 0;
	judge(&made);
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		for (unsigned w = 0; w < WORKERS; w++)
			made.profile->worker[w].idle_ns[i] = UINT64_MAX;
	judge(&made);
	made.profile->workers = made.profile->cpus = 0;
	made.profile->run_s = 0;
	judge(&made);
	drop(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu),
		cmocka_unit_test(cpu_that_others_use),
		cmocka_unit_test(storage),
		cmocka_unit_test(writing),
		cmocka_unit_test(memory),
		cmocka_unit_test(straggler),
		cmocka_unit_test(too_little),
		cmocka_unit_test(beginning_and_ending),
		cmocka_unit_test(mixed),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
