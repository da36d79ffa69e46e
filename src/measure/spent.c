/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/spent.h"

/* Adds part to *sum unless that would pass `most`. */
static int take_part(uint64_t *sum, uint64_t part, uint64_t most)
{
	if (part > most - *sum)
		return -1;
	*sum += part;
	return 0;
}

int spent_work_check(const struct spent_work *work, uint32_t ops)
{
	uint64_t whole = work->ended_ns - work->begun_ns, wall = 0, cpu = 0;

	if (work->ended_ns < work->begun_ns || work->operation_count > SPENT_OPERATIONS)
		return -1;
	for (unsigned i = 0; i < SPENT_STAGES; i++)
		if (take_part(&wall, work->stage[i].wall_ns, whole) ||
			take_part(&cpu, work->stage[i].cpu_ns, work->cpu_ns))
			return -1;
	for (unsigned i = 0; i < work->operation_count; i++)
		if ((ops && work->operation[i].op >= ops) ||
			take_part(&wall, work->operation[i].spent.wall_ns, whole) ||
			take_part(&cpu, work->operation[i].spent.cpu_ns, work->cpu_ns))
			return -1;
	return 0;
}

static void add(struct spent *sum, const struct spent *more)
{
	sum->wall_ns += more->wall_ns;
	sum->cpu_ns += more->cpu_ns;
}

struct spent_operation *spent_operation_of(struct spent_work *work, uint32_t op)
{
	for (unsigned i = 0; i < work->operation_count; i++)
		if (work->operation[i].op == op)
			return &work->operation[i];
	if (work->operation_count == SPENT_OPERATIONS)
		return &work->operation[SPENT_OPERATIONS - 1];
	work->operation[work->operation_count] = (struct spent_operation){.op = op};
	return &work->operation[work->operation_count++];
}

void spent_work_add(struct spent_work *sum, const struct spent_work *more)
{
	if (!sum->begun_ns)
		sum->begun_ns = more->begun_ns;
	sum->ended_ns = more->ended_ns;
	sum->cpu_ns += more->cpu_ns;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	for (unsigned i = 0; i < SPENT_STAGES; i++)
		add(&sum->stage[i], &more->stage[i]);
	for (unsigned i = 0; i < more->operation_count; i++) {
		struct spent_operation *operation = spent_operation_of(sum, more->operation[i].op);

		operation->count += more->operation[i].count;
		add(&operation->spent, &more->operation[i].spent);
	}
}

uint64_t spent_work_wall(const struct spent_work *work)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < SPENT_STAGES; i++)
		sum += work->stage[i].wall_ns;
	for (unsigned i = 0; i < work->operation_count; i++)
		sum += work->operation[i].spent.wall_ns;
	return sum;
}
