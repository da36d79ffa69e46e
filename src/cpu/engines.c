/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU engines' table. */
#include "cpu/cpu.h"

#include <string.h>

const struct cpu_engine *const cpu_engines[CPU_ENGINE_COUNT] = {
	&cpu_serial,
	&cpu_threads,
	&cpu_openmp,
	&cpu_processes,
};

const struct cpu_engine *cpu_engine_by_name(const char *name)
{
	for (int i = 0; i < CPU_ENGINE_COUNT; i++)
		if (strcmp(cpu_engines[i]->name, name) == 0)
			return cpu_engines[i];
	return NULL;
}
