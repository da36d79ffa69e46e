/* SPDX-License-Identifier: Apache-2.0 */
/* The trace that --trace asks for: what the scheduler tells of each job, handed to report/trace.h. */
#ifndef RUN_TRACE_H
#define RUN_TRACE_H

#include "run/run.h"

/* Makes the file. 0 where none is asked for. */
int run_trace_open(struct run *run);
/* The scheduler's `passed`. */
void run_trace_passed(void *ctx, const struct job *job);
/* Ends the file, with the parts of the run. E_WRITE with run->fault's text in *fault. */
int run_trace_close(struct run *run, struct fault *fault);

#endif
