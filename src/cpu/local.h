/* SPDX-License-Identifier: Apache-2.0 */
/* Running a job's work in this process: what serial, threads and openmp share. */
#ifndef CPU_LOCAL_H
#define CPU_LOCAL_H

#include "cpu/cpu.h"

/*
 * Runs the task on the calling thread and fills job->reply, code and error. An answer that task_reply_check
 * refuses is E_CRASH, as it is for a worker process, so that verdicts do not depend on the engine.
 */
void cpu_run_local(const struct cpu_settings *settings, void *worker, uint32_t number,
	struct job *job, const struct parallel *parallel);

/* Hands a list of jobs (linked by next) back with one code. */
void cpu_return_all(struct queue *done, struct job *first, int code);

#endif
