/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engines cost around the work: null inputs through the scheduler and each CPU engine, with a task that does
 * nothing. Prints wall and CPU microseconds an image; CPU counts the workers' processes too.
 *
 *	bench-sched [IMAGES [WORKERS]]
 */
#include "sched/sched.h"
#include "synthetic.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct bench {
	unsigned images, begun;
};

static int bench_next(void *ctx, struct job *job)
{
	struct bench *bench = ctx;

	if (bench->begun == bench->images)
		return 0;
	job->seq = bench->begun++;
	job->read_count = 1;
	return 1;
}

static int bench_plan(void *ctx, struct job *job, struct fault *fault)
{
	(void)ctx;
	(void)fault;
	job->write_count = 1;
	return 0;
}

static int bench_finished(void *ctx, struct job *job, const struct sched_outcome *outcome)
{
	(void)ctx;
	(void)job;
	return outcome->code;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_seconds(void)
{
	static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double sum = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		getrusage(who[i], &usage);
		sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
	}
	return sum;
}

static int bench_engine(
	const struct cpu_engine *cpu, unsigned images, unsigned workers, unsigned spin_us)
{
	struct synthetic_config config = {.null = spin_us == 0, .spin_us = spin_us};
	struct sched_settings settings = {
		.io = &io_null,
		.cpu = cpu,
		.workers = workers,
		.input_room = 1 << 20,
		.output_room = 1 << 20,
		.task = &synthetic_task,
		.config = &config,
		.config_size = sizeof config,
		.helper = TEST_SYNTHETIC_HELPER,
		.null_bytes = "c",
		.null_size = 1,
	};
	struct bench bench = {.images = images};
	struct sched_client client = {.ctx = &bench,
		.next = bench_next,
		.plan_writes = bench_plan,
		.finished = bench_finished};
	struct fault fault = {0};
	struct sched *sched;
	double cpu_before = cpu_seconds();
	uint64_t start = clock_us();

	int code = sched_open(&sched, &settings, &fault);
	if (!code) {
		code = sched_run(sched, &client, &fault);
		sched_close(sched);
	}
	if (code) {
		fprintf(stderr, "%s: %s: %s\n", cpu->name, code_name(code), fault.detail);
		return 1;
	}
	printf("%-10s %7u workers %6u us of work: %8.2f us wall, %8.2f us CPU an image\n",
		cpu->name, workers, spin_us, (double)(clock_us() - start) / images,
		(cpu_seconds() - cpu_before) * 1e6 / images);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct cpu_engine *const engines[] = {
		&cpu_null, &cpu_serial, &cpu_threads, &cpu_openmp, &cpu_processes};
	unsigned images = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;
	unsigned workers = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
	int failed = 0;

	for (unsigned spin_us = 0; spin_us <= 1000; spin_us += 1000)
		for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
			if (!spin_us || i)
				failed |= bench_engine(engines[i], spin_us ? images / 100 : images,
					workers, spin_us);
	return failed;
}
