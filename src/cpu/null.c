/* SPDX-License-Identifier: Apache-2.0 */
/* Answers DONE at once, without outputs. For benchmarks of all the rest. */
#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

struct cpu {
	struct cpu_settings settings;
};

static int null_open(struct cpu **out, const struct cpu_settings *settings, struct fault *fault)
{
	struct cpu *cpu = calloc(1, sizeof *cpu);

	*out = cpu;
	if (!cpu)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a CPU engine");
	cpu->settings = *settings;
	return 0;
}

static unsigned null_capacity(const struct cpu *cpu)
{
	return cpu->settings.workers * 2;
}

static void null_submit(struct cpu *cpu, struct job *job)
{
	memset(&job->reply, 0, sizeof job->reply);
	job->reply.seq = job->request.seq;
	job->reply.slot = job->request.slot;
	job->reply.status = TASK_DONE;
	job->worker = JOB_NO_WORKER;
	job->code = 0;
	job->error = 0;
	queue_push(cpu->settings.done, job);
}

static void null_close(struct cpu *cpu)
{
	free(cpu);
}

const struct cpu_engine cpu_null = {
	.name = "null",
	.summary = "answers at once, for benchmarks",
	.open = null_open,
	.capacity = null_capacity,
	.submit = null_submit,
	.close = null_close,
};
