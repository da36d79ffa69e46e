/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU engines run opaque work on a slot. They never see a path. One file and one table row each.
 *
 * A job handed to submit (phase JOB_WORK, job->request filled) comes back exactly once on the completion
 * queue: job->code is 0 and job->reply filled, or job->code is E_CRASH (job->error: the signal; 0: it exited, or
 * its answer was unusable), E_MEMORY, E_TIMEOUT, E_CANCELED, or E_ENGINE when the engine itself is lost (reply.detail says
 * why). An engine never runs a job twice: only the scheduler resubmits.
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "base/fault.h"
#include "slots/job.h"
#include "slots/queue.h"
#include "slots/slots.h"

/*
 * Jobs that an engine takes for each worker: one in hand and some in store, so that completions may gather before the
 * scheduler wakes for them (sched.c) and no worker runs dry meanwhile.
 */
enum { CPU_JOBS_EACH = 4 };

/* Whether worker processes are locked in: as far as the system allows, wholly or the engine fails to open, not at all. */
enum cpu_sandbox { CPU_SANDBOX_AUTO, CPU_SANDBOX_REQUIRE, CPU_SANDBOX_OFF };

/* What locks a worker process in: helper/sandbox.h. */
enum cpu_lock { CPU_LOCK_SECCOMP = 1, CPU_LOCK_LANDLOCK = 2 };
enum { CPU_LOCK_COUNT = 2 };

struct cpu_locks {
	uint32_t held; /* enum cpu_lock bits */
	char missing
		[FAULT_DETAIL_MAX]; /* what could not be had, and why; "": nothing was missing, or asked for */
};

struct cpu_settings {
	unsigned workers; /* at least 1 */
	const struct slots *slots; /* borrowed until close */
	struct queue *done; /* borrowed until close */
	const struct task *task; /* what to run; engines in this process call it directly */
	const void *config; /* the task's settings, a flat block; borrowed until close */
	size_t config_size;
	unsigned
		inner; /* processes: threads that share one image's work, where it can be split; 0: one */
	const char *helper; /* processes: path of the worker helper; NULL: looked for */
	unsigned timeout_ms; /* processes: wall clock an image; 0: none */
	enum cpu_sandbox sandbox; /* processes */
	uint64_t memory; /* processes, locked in: bytes that no worker may pass; 0: no bound */
};

struct cpu;

struct cpu_engine {
	const char *name; /* the value of --cpu */
	const char *summary;
	int (*open)(struct cpu **cpu, const struct cpu_settings *settings, struct fault *fault);
	unsigned (*capacity)(const struct cpu *cpu); /* jobs it has a use for at once */
	void (*submit)(struct cpu *cpu, struct job *job);
	void (*flush)(struct cpu *cpu); /* NULL: submit starts them */
	void (*cancel)(struct cpu *cpu); /* NULL: none wait */
	void (*locks)(struct cpu *cpu, struct cpu_locks *locks); /* NULL: has no processes */
	/* Nanoseconds that a worker has helped with parts of others' images so far. NULL: none helps. */
	uint64_t (*helped)(struct cpu *cpu, uint32_t worker);
	void (*close)(struct cpu *cpu);
};

extern const struct cpu_engine cpu_serial, cpu_threads, cpu_openmp, cpu_processes, cpu_null;
enum { CPU_ENGINE_COUNT = 4 };
extern const struct cpu_engine *const cpu_engines[CPU_ENGINE_COUNT];
const struct cpu_engine *cpu_engine_by_name(const char *name);

#endif
