/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's stopwatch: while it has an image in hand, each moment belongs to one stage or operation.
 *
 *	start ── lap(plan) ── lap(decode) ── lap(resize) ── lap(decode) ── ... ── lap(encode) ── stop
 *
 * A lap ends the span that began with the last one and says what it was for. Wall time is read at each lap, which costs
 * some 25 ns. CPU time costs a system call, so it is read only once enough wall time has passed, and then divided among
 * the laps since by their wall time. Of one thread.
 */
#ifndef MEASURE_STOPWATCH_H
#define MEASURE_STOPWATCH_H

#include "measure/spent.h"

#include <stdbool.h>

struct stopwatch {
	bool running;
	uint64_t lap_ns; /* when the last lap ended */
	uint64_t read_ns, read_cpu_ns; /* when CPU time was read last, and what it said */
	uint64_t since[SPENT_STAGES +
		SPENT_OPERATIONS]; /* wall time of each lap's kind since then */
	bool faults_known;
	uint64_t minor_faults, major_faults; /* of this thread, when they were read last */
	struct spent_work spent; /* so far */
};

/* Zeroed before its first start. off: nothing is measured until the next start. */
void stopwatch_start(struct stopwatch *watch, bool off);
void stopwatch_lap(struct stopwatch *watch, enum spent_stage stage);
/* The same for an operation; count: 1 when it has run, 0 for a part of it. */
void stopwatch_lap_operation(struct stopwatch *watch, uint32_t op, uint32_t count);
/* Ends with a lap for `stage`, and tells all. */
void stopwatch_stop(struct stopwatch *watch, enum spent_stage stage, struct spent_work *spent);

#endif
