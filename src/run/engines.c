/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which engines run, and how large everything is. An engine named by the user either runs or ends the run with its
 * reason; only `auto` chooses another.
 *
 * --cpu auto: worker processes, since they confine a crash to one image at the price of a few microseconds; threads where
 * they cannot run. --io auto: a few threads at first; the scheduler counts how long workers starve for input, and begins
 * more reads, by the event engine where they become many, as long as that helps (sched/tuner.h).
 */
#include "base/machine.h"
#include "run/run.h"
#include "work/work.h"

#include <imgbatch/imgbatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INPUT_ALIGN = 64, /* a further input begins at a multiple of this */
	BOXES_ROOM = 4 << 20, /* 131,071 boxes */
	IO_FIRST = 4, /* auto: threads that read and write at first */
	IO_MOST =
		256, /* auto: reads in flight; 16 workers of 1 ms an image keep busy behind 16 ms */
};

/* Room for outputs where --max-pixels sets no bound. */
static const uint64_t unbounded_room = (uint64_t)4 << 30;

/* Bytes that outputs of one image may take in its slot: one of the largest size, incompressible, and its company. */
static uint64_t output_room(const struct options *options)
{
	/* The image's bytes, and those of a mask, which may be of any PNG's kind. */
	uint64_t pixel = (options->keep_depth ? 8 : 4) + (options->masks ? 8 : 0);
	uint64_t pixels = options->max_pixels;

	if (!pixels || pixels > unbounded_room / pixel)
		return unbounded_room;
	return pixels * pixel + pixels / 16 + (16 << 20);
}

static uint64_t input_room(const struct run *run)
{
	uint64_t room = run->options->max_file_size;

	if (run->masks.suffix)
		room += INPUT_ALIGN + run->options->max_file_size;
	if (run->draws_by_boxes)
		room += INPUT_ALIGN + BOXES_ROOM;
	return room;
}

uint64_t run_memory(const struct options *options)
{
	return options->memory ? options->memory : machine_memory() / 2;
}

/* What holds, in a word. Static text. */
static const char *locks_name(uint32_t held)
{
	static const char *const names[] = {"none", "seccomp", "landlock", "seccomp+landlock"};

	return names[held & (CPU_LOCK_SECCOMP | CPU_LOCK_LANDLOCK)];
}

static void tell_sandbox(struct run *run, const struct cpu_locks *locks)
{
	run->summary->sandbox = locks_name(locks->held);
	if (locks->missing[0])
		run_message(run, 0, "--sandbox auto: workers are not wholly locked in here: %s",
			locks->missing);
	run_message(run, 1, "sandbox of the workers: %s", run->summary->sandbox);
}

/* Few reads in flight at first, and more where that helps. */
static void adapt_io(const struct options *options, struct sched_settings *settings)
{
	unsigned most = options->io_jobs ? (unsigned)options->io_jobs : IO_MOST;

	settings->io_jobs = most < IO_FIRST ? most : IO_FIRST;
	settings->io_most = most < IO_MOST ? most : IO_MOST;
	settings->io_far = &io_event;
}

/*
 * Fewer images than workers: each gets a process, and the workers that would have none become threads in these, which split
 * what can be split.
 */
static void share_workers(struct run *run, struct sched_settings *settings)
{
	unsigned workers = settings->workers;
	struct ledger_counts counts = {0};
	struct fault ignored;

	settings->inner = 1;
	if (ledger_counts(run->ledger, &counts, &ignored) || !counts.planned ||
		counts.planned >= workers)
		return;
	settings->workers = (unsigned)counts.planned;
	settings->inner = workers / settings->workers;
	if (settings->inner > 1)
		run_message(run, 1,
			"fewer images than workers: %u processes of %u threads, which share "
			"what can be split",
			settings->workers, settings->inner);
}

static int open_pair(struct run *run, const struct io_engine *io, const struct cpu_engine *cpu)
{
	const struct options *options = run->options;
	struct sched_settings settings = {
		.io = io,
		.cpu = cpu,
		.io_jobs = (unsigned)options->io_jobs,
		.workers = options->jobs ? (unsigned)options->jobs : machine_cpus(),
		.input_room = input_room(run),
		.output_room = output_room(options),
		.memory = run_memory(options),
		.profile = run->profile,
		.timeout_ms = (unsigned)(options->timeout * 1000),
		.task = &work_task,
		.config = run->config,
		.config_size = run->config->size,
		.helper = options->worker,
		.slow = run->slow,
		.sandbox = (enum cpu_sandbox)options->sandbox,
	};
	int code;

	if (!options->io)
		adapt_io(options, &settings);
	if (cpu == &cpu_processes)
		share_workers(run, &settings);
	code = sched_open(&run->sched, &settings, &run->fault);
	if (code)
		return code;
	run->summary->io = io->name;
	run->summary->cpu = cpu->name;
	return 0;
}

static int open_auto_cpu(struct run *run, const struct io_engine *io)
{
	int code = open_pair(run, io, &cpu_processes);

	if (code != IMGBATCH_E_ENGINE || run->options->sandbox == CPU_SANDBOX_REQUIRE) {
		if (!code)
			run_message(run, 1,
				"--cpu auto: processes, so that a crash costs one image at most");
		return code;
	}
	run_message(run, 0, "--cpu auto: threads, since worker processes cannot run here: %s",
		run->fault.detail);
	return open_pair(run, io, &cpu_threads);
}

static int open_slow(struct run *run)
{
	const struct options *options = run->options;
	struct slow_settings settings = {
		options->simulate_latency, options->simulate_bandwidth, &run->batch->stopped};

	if (options->simulate_latency == 0 && options->simulate_bandwidth == 0)
		return 0;
	run->slow = slow_new(&settings);
	if (!run->slow)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a slow store");
	run_message(run, 1,
		"reading is slowed down, as --simulate-latency and --simulate-bandwidth say");
	return 0;
}

void run_engines_used(struct run *run)
{
	struct sched_stats stats;

	sched_stats(run->sched, &stats);
	run->summary->io = stats.io;
	run->summary->io_jobs = stats.io_capacity;
	run->summary->workers = stats.workers;
	if (run->profile)
		run->profile->io_jobs = stats.io_capacity;
}

int run_open_engines(struct run *run)
{
	const struct options *options = run->options;
	const struct io_engine *io = options->io ? io_engine_by_name(options->io) : &io_threads;
	const struct cpu_engine *cpu = options->cpu ? cpu_engine_by_name(options->cpu) : NULL;
	struct sched_stats stats;
	int code;

	run->config = batch_config(run->batch, run_memory(options));
	if (!run->config)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for the settings");
	if (open_slow(run))
		return IMGBATCH_E_NOMEM;
	code = cpu ? open_pair(run, io, cpu) : open_auto_cpu(run, io);
	if (code)
		return code;
	sched_stats(run->sched, &stats);
	run_engines_used(run);
	if (run->profile) {
		run->profile->slots = stats.slots;
		run->profile->memory = run_memory(options);
	}
	run_message(run, 1,
		"io %s (%u in flight), cpu %s (%u workers), %u slots, %llu MiB of memory (%llu MiB "
		"a worker)",
		run->summary->io, stats.io_capacity, run->summary->cpu, stats.workers, stats.slots,
		(unsigned long long)(run_memory(options) >> 20),
		(unsigned long long)(stats.share >> 20));
	if (cpu_engine_by_name(run->summary->cpu)->locks)
		tell_sandbox(run, &stats.locks);
	return 0;
}

/* -- the table for `imgbatch engines` ----------------------------------------------------------------- */

static int try_io(const struct io_engine *engine, struct fault *fault)
{
	struct slots slots;
	struct queue *queue = queue_new();
	struct io_settings settings = {.jobs = 1, .slots = &slots, .done = queue};
	struct io *io = NULL;
	int code = queue ? slots_open(&slots, 1, 4096, 4096, fault) : IMGBATCH_E_NOMEM;

	if (!code) {
		code = engine->open(&io, &settings, fault);
		if (!code)
			engine->close(io);
		slots_close(&slots);
	}
	queue_free(queue);
	return code;
}

static void say_locks(const struct cpu_locks *locks, struct imgbatch_engine_info *info)
{
	snprintf(info->sandbox, sizeof info->sandbox, "%s%s%s%s", locks_name(locks->held),
		locks->missing[0] ? " (" : "", locks->missing, locks->missing[0] ? ")" : "");
}

static int try_cpu(
	const struct cpu_engine *engine, struct imgbatch_engine_info *info, struct fault *fault)
{
	struct slots slots;
	struct queue *queue = queue_new();
	struct work_config *config = work_config_new("", 0);
	struct cpu_settings settings = {
		.workers = 1, .slots = &slots, .done = queue, .task = &work_task, .config = config};
	struct cpu *cpu = NULL;
	int code = queue && config ? slots_open(&slots, 1, 4096, 4096, fault) : IMGBATCH_E_NOMEM;

	if (!code) {
		settings.config_size = config->size;
		code = engine->open(&cpu, &settings, fault);
		if (!code && engine->locks) {
			struct cpu_locks locks;

			engine->locks(cpu, &locks);
			say_locks(&locks, info);
		}
		if (!code)
			engine->close(cpu);
		slots_close(&slots);
	}
	free(config);
	queue_free(queue);
	return code;
}

int imgbatch_engine_info(size_t index, struct imgbatch_engine_info *info)
{
	struct fault fault = {0};
	int code;

	*info = (struct imgbatch_engine_info){0};
	if (index < IO_ENGINE_COUNT) {
		info->kind = "io";
		info->name = io_engines[index]->name;
		info->summary = io_engines[index]->summary;
		code = try_io(io_engines[index], &fault);
	} else if (index < IO_ENGINE_COUNT + CPU_ENGINE_COUNT) {
		index -= IO_ENGINE_COUNT;
		info->kind = "cpu";
		info->name = cpu_engines[index]->name;
		info->summary = cpu_engines[index]->summary;
		code = try_cpu(cpu_engines[index], info, &fault);
	} else {
		return IMGBATCH_E_NOTHING;
	}
	info->available = !code;
	memcpy(info->reason, fault.detail, sizeof info->reason);
	return 0;
}
