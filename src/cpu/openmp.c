/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/cpu.h"

static int openmp_open(struct cpu **cpu, const struct cpu_settings *settings, struct fault *fault)
{
	(void)settings;
	*cpu = NULL;
	return fault_set(fault, IMGBATCH_E_ENGINE, "not in this build yet");
}

const struct cpu_engine cpu_openmp = {
	.name = "openmp",
	.summary = "not in this build yet",
	.open = openmp_open,
};
