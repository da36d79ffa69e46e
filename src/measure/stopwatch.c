/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/stopwatch.h"

#include "base/clock.h"

#include <string.h>
#include <sys/resource.h>

/* Wall time between two looks at CPU time: a system call of some 0.3 us then costs a thousandth. */
enum { CPU_EVERY_NS = 300000 };

enum { KINDS = SPENT_STAGES + SPENT_OPERATIONS };

/* Divides the CPU time since the last look among the laps since. It may pass their wall time by a clock's grain. */
static void read_cpu(struct stopwatch *watch, uint64_t now_ns)
{
	uint64_t cpu_ns = clock_thread_ns(), used = cpu_ns - watch->read_cpu_ns;
	uint64_t wall = now_ns - watch->read_ns;
	struct spent_work *spent = &watch->spent;

	for (unsigned i = 0; i < SPENT_STAGES + spent->operation_count && wall; i++) {
		uint64_t part = (uint64_t)((double)used * ((double)watch->since[i] / (double)wall));

		if (i < SPENT_STAGES)
			spent->stage[i].cpu_ns += part;
		else
			spent->operation[i - SPENT_STAGES].spent.cpu_ns += part;
		spent->cpu_ns += part;
		watch->since[i] = 0;
	}
	watch->read_ns = now_ns;
	watch->read_cpu_ns = cpu_ns;
}

static void read_faults(struct stopwatch *watch)
{
	struct spent_work *spent = &watch->spent;
	struct rusage usage;
	uint64_t minor, major;

	if (getrusage(RUSAGE_THREAD, &usage))
		return;
	minor = (uint64_t)usage.ru_minflt;
	major = (uint64_t)usage.ru_majflt;
	/* A thread's counts begin anew in a forked worker. */
	if (watch->faults_known && minor >= watch->minor_faults && major >= watch->major_faults) {
		spent->minor_faults = (uint32_t)(minor - watch->minor_faults);
		spent->major_faults = (uint32_t)(major - watch->major_faults);
	}
	watch->faults_known = true;
	watch->minor_faults = minor;
	watch->major_faults = major;
}

void stopwatch_start(struct stopwatch *watch, bool off)
{
	watch->running = !off;
	if (off)
		return;
	if (!watch->faults_known)
		read_faults(watch);
	memset(watch->since, 0, sizeof watch->since);
	memset(&watch->spent, 0, sizeof watch->spent);
	watch->read_cpu_ns = clock_thread_ns();
	watch->lap_ns = watch->read_ns = watch->spent.begun_ns = clock_ns();
}

static void lap(struct stopwatch *watch, unsigned kind, struct spent *spent)
{
	uint64_t now = clock_ns(), wall = now - watch->lap_ns;

	spent->wall_ns += wall;
	watch->since[kind] += wall;
	watch->lap_ns = now;
	if (now - watch->read_ns >= CPU_EVERY_NS)
		read_cpu(watch, now);
}

void stopwatch_lap(struct stopwatch *watch, enum spent_stage stage)
{
	if (watch->running)
		lap(watch, stage, &watch->spent.stage[stage]);
}

void stopwatch_lap_operation(struct stopwatch *watch, uint32_t op, uint32_t count)
{
	struct spent_operation *operation;

	if (!watch->running)
		return;
	operation = spent_operation_of(&watch->spent, op);
	operation->count += count;
	lap(watch, SPENT_STAGES + (unsigned)(operation - watch->spent.operation),
		&operation->spent);
}

void stopwatch_stop(struct stopwatch *watch, enum spent_stage stage, struct spent_work *spent)
{
	if (!watch->running)
		return;
	stopwatch_lap(watch, stage);
	read_cpu(watch, watch->lap_ns);
	read_faults(watch);
	watch->spent.ended_ns = watch->lap_ns;
	watch->running = false;
	*spent = watch->spent;
}
