/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task without images, for engine tests: its input's first byte says what to do.
 *
 *	'c' copy   'r' reverse bytes   'nX' needs X MiB, then copies   'm' five outputs, two a round
 *	'f' fails with E_CORRUPT   's' SIGSEGV   'k' SIGKILL   'x' exits   't' sleeps for ever
 *	'bN' answers the Nth kind of nonsense   'g' asks for a byte more, for ever
 *	'hN' does attempt N of attempts.h and tells what came of it
 *	'HN' does it on another thread that the engine lends, if there is one
 *	'p' sums in a parallel-for   's', 'k', 'x' and 't' copy instead where config says that this process is the test's
 */
#ifndef TESTS_SYNTHETIC_H
#define TESTS_SYNTHETIC_H

#include "slots/task.h"

#include <stdbool.h>

struct synthetic_config {
	int host; /* the test's process id: deadly inputs do no harm there */
	bool refuse; /* open fails */
	int stillborn; /* a signal: processes that are forked after open raise it at once */
	bool null; /* answers DONE without looking at the input */
	unsigned spin_us; /* burns this long an input */
};

extern const struct task synthetic_task;

#endif
