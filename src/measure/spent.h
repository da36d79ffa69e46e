/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image cost, as it travels: from a worker in its reply, from an I/O engine in the job. Plain numbers without
 * pointers. Moments are clock_ns(), which all processes of a machine share.
 */
#ifndef MEASURE_SPENT_H
#define MEASURE_SPENT_H

#include <stdint.h>

/* Of one stage, or one operation. */
struct spent {
	uint64_t wall_ns, cpu_ns;
};

/* A worker's stages that are no operations. */
enum spent_stage { SPENT_PLAN, SPENT_DECODE, SPENT_ENCODE };
enum { SPENT_STAGES = 3 };

/* Kinds of operations of one image that are told apart; the times of further ones go to the last. */
enum { SPENT_OPERATIONS = 24 };

struct spent_operation {
	uint32_t op; /* its number, the task's to define */
	uint32_t count; /* times that it ran */
	struct spent spent;
};

/* One time that a worker had an image in hand. Zeros: nothing was measured. */
struct spent_work {
	uint64_t begun_ns, ended_ns;
	uint64_t cpu_ns;
	uint32_t minor_faults, major_faults;
	struct spent stage[SPENT_STAGES];
	uint32_t operation_count;
	struct spent_operation operation[SPENT_OPERATIONS];
};

/* One time that an I/O engine had it. */
struct spent_io {
	uint64_t begun_ns, ended_ns;
	uint64_t cpu_ns;
	uint32_t minor_faults, major_faults;
	uint32_t row; /* of a thread, or of a place in flight, from 0 */
};

/* An image's whole way: what every time it was with an engine came to. */
struct spent_job {
	uint64_t taken_ns; /* when the scheduler took it */
	uint64_t queue_ns; /* waiting for an engine to begin with it */
	struct spent read, write;
	struct spent_work work;
	uint32_t io_minor_faults, io_major_faults;
	uint32_t worker; /* that had it last */
};

/*
 * Whether such numbers can be: it ended after it began, and the parts' wall times are no more than the whole. ops: the
 * operations' numbers are below this; 0: not said. For replies from a process that decodes hostile bytes.
 */
int spent_work_check(const struct spent_work *work, uint32_t ops);
/* The entry of an operation: its own, a new one, or the last one where there is no room. */
struct spent_operation *spent_operation_of(struct spent_work *work, uint32_t op);
/* The wall time of all its parts. */
uint64_t spent_work_wall(const struct spent_work *work);
/* Adds another time that the same image was in hand: moments stay those of the first and the last. */
void spent_work_add(struct spent_work *sum, const struct spent_work *more);

#endif
