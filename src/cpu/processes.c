/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/cpu.h"

static int processes_open(struct cpu **cpu, const struct cpu_settings *settings, struct fault *fault)
{
	(void)settings;
	*cpu = NULL;
	return fault_set(fault, IMGBATCH_E_ENGINE, "not in this build yet");
}

const struct cpu_engine cpu_processes = {
	.name = "processes",
	.summary = "not in this build yet",
	.open = processes_open,
};

int cpu_fork_server(int control, const struct task *task)
{
	(void)control;
	(void)task;
	return 2;
}
