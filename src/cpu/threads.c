/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pthread pool. Each thread opens its own task state, so nothing that decodes is ever shared; when the
 * run's tail leaves threads without an image, they help to split the large ones that are left.
 */
#include "cpu/local.h"
#include "slots/crew.h"

#include <stdatomic.h>
#include <stdlib.h>

struct cpu {
	struct cpu_settings settings;
	struct crew *crew;
	atomic_uint numbers; /* given out to threads */
	atomic_uint_least64_t *helped_ns; /* of each; owned */
};

/* A thread's state: the crew's leave() sees nothing else, so the task's close comes along. */
struct hand {
	const struct task *task;
	atomic_uint_least64_t *helped_ns; /* the engine's */
	void *worker;
	uint32_t number;
};

static void *hand_enter(void *ctx, struct fault *fault)
{
	struct cpu *cpu = ctx;
	struct hand *hand = calloc(1, sizeof *hand);

	if (!hand) {
		fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a worker");
		return NULL;
	}
	hand->task = cpu->settings.task;
	hand->number = atomic_fetch_add_explicit(&cpu->numbers, 1, memory_order_relaxed);
	hand->helped_ns = &cpu->helped_ns[hand->number];
	hand->worker = hand->task->open(cpu->settings.config, cpu->settings.config_size, fault);
	if (!hand->worker) {
		free(hand);
		return NULL;
	}
	return hand;
}

static void hand_leave(void *state)
{
	struct hand *hand = state;

	hand->task->close(hand->worker);
	free(hand);
}

static void hand_helped(void *state, uint64_t ns)
{
	struct hand *hand = state;

	atomic_fetch_add_explicit(hand->helped_ns, ns, memory_order_relaxed);
}

static uint64_t threads_helped(struct cpu *cpu, uint32_t worker)
{
	return atomic_load_explicit(&cpu->helped_ns[worker], memory_order_relaxed);
}

static void hand_run(void *ctx, void *state, struct job *job, const struct parallel *parallel)
{
	struct cpu *cpu = ctx;
	struct hand *hand = state;

	cpu_run_local(&cpu->settings, hand->worker, hand->number, job, parallel);
	queue_push(cpu->settings.done, job);
}

static int threads_open(struct cpu **out, const struct cpu_settings *settings, struct fault *fault)
{
	struct cpu *cpu = calloc(1, sizeof *cpu);
	struct crew_settings crew = {
		.threads = settings->workers,
		.ctx = cpu,
		.enter = hand_enter,
		.leave = hand_leave,
		.run = hand_run,
		.helped = hand_helped,
	};
	int code;

	*out = NULL;
	if (cpu)
		cpu->helped_ns = calloc(settings->workers, sizeof *cpu->helped_ns);
	if (!cpu || !cpu->helped_ns) {
		free(cpu);
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a CPU engine");
	}
	cpu->settings = *settings;
	code = crew_open(&cpu->crew, &crew, fault);
	if (code) {
		free(cpu->helped_ns);
		free(cpu);
		return code;
	}
	*out = cpu;
	return 0;
}

static unsigned threads_capacity(const struct cpu *cpu)
{
	return crew_size(cpu->crew) * CPU_JOBS_EACH;
}

static void threads_submit(struct cpu *cpu, struct job *job)
{
	crew_add(cpu->crew, job, false);
}

static void threads_cancel(struct cpu *cpu)
{
	cpu_return_all(cpu->settings.done, crew_withdraw(cpu->crew), IMGBATCH_E_CANCELED);
}

static void threads_close(struct cpu *cpu)
{
	if (!cpu)
		return;
	crew_close(cpu->crew);
	free(cpu->helped_ns);
	free(cpu);
}

const struct cpu_engine cpu_threads = {
	.name = "threads",
	.summary = "a pool of threads",
	.open = threads_open,
	.capacity = threads_capacity,
	.submit = threads_submit,
	.cancel = threads_cancel,
	.helped = threads_helped,
	.close = threads_close,
};
