/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler joins an I/O engine, a CPU engine and the work. It is the one place that waits.
 *
 * A client feeds it jobs and takes them back; all client calls come from the thread in sched_run, one at a
 * time. READ, WORK and WRITE of different jobs overlap; the number of slots bounds how many jobs live at once,
 * and a budget of memory bounds how much they may need together.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "cpu/cpu.h"
#include "io/io.h"

#include <imgbatch/profile.h>
#include <stdbool.h>

struct sched_outcome;

struct sched_client {
	void *ctx;
	/* Fills job->seq, read, read_count, user and request.key for the next input. 1: filled, 0: there is none. */
	int (*next)(void *ctx, struct job *job);
	/*
	 * All inputs are read. The client may add some of its own making, in `room` of the slot, which is aligned: it fills
	 * request.input and input_count. Negative: this image fails with that code (stage read). NULL is fine.
	 */
	int (*ready)(void *ctx, struct job *job, struct extent room, struct fault *fault);
	/*
	 * The work answered DONE or MORE: fill job->write and write_count from job->reply. 0: write them;
	 * negative: this image fails with that code (stage write) and nothing is written. NULL: nothing is ever written.
	 */
	int (*plan_writes)(void *ctx, struct job *job, struct fault *fault);
	/* Part of a MORE job's outputs are complete; the job goes on. NULL is fine. */
	void (*wrote)(void *ctx, struct job *job);
	/*
	 * The job ended: outcome->code 0 and all outputs written, or the failure. Exactly once a job
	 * that next filled. Return nonzero to stop the run (no further next; what is in flight ends).
	 */
	int (*finished)(void *ctx, struct job *job, const struct sched_outcome *outcome);
	/* Called now and then, at least every interval_ms, for progress. NULL is fine. */
	void (*tick)(void *ctx);
	unsigned interval_ms;
	/* What was decided while running, in a sentence. NULL is fine. */
	void (*told)(void *ctx, const char *sentence);
	/*
	 * A phase is over and measured, however it went: job->phase, and job->io or job->reply.spent with worked_from_ns and
	 * worked_to_ns (a death: without reply). NULL is fine.
	 */
	void (*passed)(void *ctx, const struct job *job);
};

struct sched_outcome {
	int code; /* 0; a per-image code; E_CANCELED for one that was stopped; E_WRITE: the run must end */
	enum task_stage stage;
	const char *detail; /* borrowed for the call */
	int error; /* errno, or a signal number behind E_CRASH */
};

struct sched_settings {
	const struct io_engine *io;
	const struct cpu_engine *cpu;
	unsigned io_jobs; /* 0: the engine's choice */
	/*
	 * Not 0: how many reads are in flight is decided while running: at first what `io` has a use for, at most so many. Where
	 * they become many they go to io_far, if that can run here; NULL: to `io`.
	 */
	unsigned io_most;
	const struct io_engine *io_far;
	unsigned workers;
	unsigned inner; /* cpu_settings.inner: what runs at once is at most workers x inner */
	uint32_t slots; /* 0: enough to keep both engines busy */
	uint64_t input_room, output_room; /* bytes a slot */
	uint64_t
		memory; /* bytes for the workers' private memory and the slots' pages together; 0: no limit */
	unsigned timeout_ms;
	enum cpu_sandbox sandbox;
	const struct task *task;
	const void *config;
	size_t config_size;
	const char *helper;
	struct slow *slow; /* what reads have to wait for; borrowed until close; NULL: nothing */
	struct imgbatch_profile *
		profile; /* filled as the run goes on; borrowed until close; NULL: nothing is measured */
	const void *null_bytes; /* io_null: what every read answers */
	size_t null_size;
};

struct sched_stats {
	uint64_t jobs, retries, needs, mores, deaths;
	unsigned workers, slots,
		io_capacity; /* what the I/O engine has a use for at once, as used last */
	const char *io; /* its name */
	uint64_t share; /* bytes of private memory a worker may use without asking */
	struct cpu_locks locks; /* of worker processes */
};

/* What goes on at this moment, for those who decide about it. */
struct sched_now {
	unsigned reading, ready, working, finished,
		writing; /* images; as in struct imgbatch_levels */
	unsigned starving; /* workers for which there is no image with the CPU engine */
	bool exhausted; /* all inputs are taken */
	enum imgbatch_idle
		blocked; /* why no further image is taken: INPUT, OUTPUT, MEMORY, HANDOFF (enough are) */
};

struct sched;

/*
 * Opens both engines. E_ENGINE, with the reason, when one cannot run here. Open, run and close on one thread: with
 * `serial` that thread decodes, and codec objects belong to the thread that made them.
 */
int sched_open(struct sched **sched, const struct sched_settings *settings, struct fault *fault);
/*
 * Once. Runs until next() has no more and every job ended, or until stopped. Returns 0, E_CANCELED after
 * sched_stop, or the code that ended the run.
 */
int sched_run(struct sched *sched, const struct sched_client *client, struct fault *fault);
/* Asks sched_run to end soon: running images are given up, nothing half-written stays. Async-signal-safe, any thread. */
void sched_stop(struct sched *sched);
void sched_stats(const struct sched *sched, struct sched_stats *stats);
/* From the thread in sched_run, such as in a client's tick. */
void sched_now(const struct sched *sched, struct sched_now *now);
void sched_close(struct sched *sched); /* NULL is fine */

#endif
