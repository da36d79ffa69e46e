/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parallel-for that an engine lends to the work it runs: the work splits one huge image without
 * knowing which engine it runs on. Where there is none the pointer is NULL, and parallel_for is a loop.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

struct parallel {
	void *ctx; /* the engine's */
	unsigned width; /* how many may run at once, the caller among them; 2 or more */
	/* Calls fn(arg, 0) .. fn(arg, n - 1), in any order and at once, and returns when all are done. */
	void (*run)(void *ctx, unsigned n, void (*fn)(void *arg, unsigned i), void *arg);
};

static inline void parallel_for(
	const struct parallel *parallel, unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	if (parallel && n > 1) {
		parallel->run(parallel->ctx, n, fn, arg);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		fn(arg, i);
}

#endif
