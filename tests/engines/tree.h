/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of small inputs, a client that runs it through a scheduler, and what came of it. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include "sched/sched.h"
#include "synthetic.h"

#include <stdbool.h>

enum { TREE_MAX = 400 };

struct verdict {
	int code;
	enum task_stage stage;
	char detail[FAULT_DETAIL_MAX];
	uint32_t outputs;
	unsigned finished; /* times; 1 is right */
};

struct tree {
	char root[64]; /* a folder in memory or under /tmp: in and out-NAME are below */
	int in; /* descriptor of in/ */
	unsigned count;
	char name[TREE_MAX][48];
	struct verdict verdict[TREE_MAX];
};

struct tree_run {
	const struct io_engine *io;
	const struct cpu_engine *cpu;
	unsigned workers, timeout_ms, io_jobs;
	uint64_t memory;
	uint32_t slots;
	bool replace, sync;
	int host; /* synthetic_config.host */
	unsigned spin_us;
	const char *helper; /* NULL: the synthetic one */
	bool refuse; /* the task's open fails */
	int stillborn; /* a signal that worker processes raise as they are forked; 0: none */
	enum cpu_sandbox sandbox;
	struct slow *slow; /* borrowed; NULL: none */
	unsigned stop_after; /* sched_stop once so many have finished; 0: never */
	unsigned stop_tick; /* likewise, at this tick */
	void (*on_tick)(struct tree_run *run); /* every 5 ms */
	unsigned io_most; /* sched_settings of these names */
	const struct io_engine *io_far;
	struct sched *sched; /* out: while it runs */
	unsigned ticks, done; /* out: so far */
	struct sched_stats stats; /* out */
	struct fault fault; /* out */
};

/* Inputs of every kind that harm nobody; `verbs` more, one file each, named after it. */
void tree_make(struct tree *tree, unsigned seed, const char *verbs);
void tree_remove(struct tree *tree);
void tree_file(struct tree *tree, const char *name, int verb, unsigned size);
/* Runs it into out-NAME. Returns sched_run's code, or sched_open's. Fills verdicts. */
int tree_run(struct tree *tree, const char *out, struct tree_run *run);
/* Whether this machine lets an engine run at all; says why not. Containers often refuse io_uring. */
bool tree_io_runs(const struct io_engine *engine);
/* A hash over all names and bytes below out-NAME; asserts that nothing temporary is left. */
uint64_t tree_hash(const struct tree *tree, const char *out, unsigned *files);

#endif
