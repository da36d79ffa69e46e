/* SPDX-License-Identifier: Apache-2.0 */
/* Works inside submit, one job at a time: the oracle that the other engines are held against. */
#include "cpu/local.h"

#include <stdlib.h>

struct cpu {
	struct cpu_settings settings;
	void *worker; /* the task's state */
};

static void serial_close(struct cpu *cpu)
{
	if (!cpu)
		return;
	if (cpu->worker)
		cpu->settings.task->close(cpu->worker);
	free(cpu);
}

static int serial_open(struct cpu **out, const struct cpu_settings *settings, struct fault *fault)
{
	struct cpu *cpu = calloc(1, sizeof *cpu);
	struct fault why = {0};

	*out = NULL;
	if (!cpu)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a CPU engine");
	cpu->settings = *settings;
	cpu->worker = settings->task->open(settings->config, settings->config_size, &why);
	if (!cpu->worker) {
		serial_close(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "%s", why.detail);
	}
	*out = cpu;
	return 0;
}

static unsigned serial_capacity(const struct cpu *cpu)
{
	(void)cpu;
	return 1;
}

static void serial_submit(struct cpu *cpu, struct job *job)
{
	cpu_run_local(&cpu->settings, cpu->worker, 0, job, NULL);
	queue_push(cpu->settings.done, job);
}

const struct cpu_engine cpu_serial = {
	.name = "serial",
	.summary = "one image at a time, in the thread that schedules",
	.open = serial_open,
	.capacity = serial_capacity,
	.submit = serial_submit,
	.close = serial_close,
};
