/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crew: threads of this process that take jobs from one list. What a job means is the caller's.
 *
 * Threads start with every asynchronous signal blocked, so that the host's handlers run on the host's threads.
 */
#ifndef SLOTS_CREW_H
#define SLOTS_CREW_H

#include "base/fault.h"
#include "base/parallel.h"
#include "slots/job.h"

#include <pthread.h>
#include <stdbool.h>

struct crew;

struct crew_settings {
	unsigned threads; /* wanted, at least 1 */
	unsigned most; /* that crew_grow may be asked for; below `threads`: those */
	void *ctx; /* borrowed until close */
	/* Makes one thread's state, on that thread, before its first job. NULL on failure. May be NULL: no state. */
	void *(*enter)(void *ctx, struct fault *fault);
	void (*leave)(void *state); /* on that thread, after its last job; NULL is fine */
	/* This thread has helped with parts of another's job for so long. NULL: nobody asks. */
	void (*helped)(void *state, uint64_t ns);
	/* Does a job and hands it on. parallel: threads that have nothing else to do can help; NULL when none will. */
	void (*run)(void *ctx, void *state, struct job *job, const struct parallel *parallel);
};

/*
 * Starts the threads and waits until each has entered. Where the system grants fewer threads, at least one, it takes
 * those. E_ENGINE with the reason when none starts or one cannot enter.
 */
int crew_open(struct crew **crew, const struct crew_settings *settings, struct fault *fault);
unsigned crew_size(const struct crew *crew);
/* Starts more, up to so many in all, as far as the system grants them; who cannot enter leaves again. One thread at a time. */
void crew_grow(struct crew *crew, unsigned threads);
/* The threads as a parallel-for for one thread beside them, whose part is counted in its width. Borrowed until close. */
struct parallel crew_lend(struct crew *crew);
/* Hands a job over. Urgent ones are begun before others; else in order. Any thread. */
void crew_add(struct crew *crew, struct job *job, bool urgent);
/*
 * A sleeping thread is woken for a job only when more than `jobs` wait for each thread that is awake; 0, as it is at first:
 * always. For jobs so short that waking a thread costs more than they do. Any thread.
 */
void crew_patience(struct crew *crew, unsigned jobs);
/* Takes back the jobs that no thread has begun, linked by job->next. */
struct job *crew_withdraw(struct crew *crew);
/* After every job was handed on. NULL is fine. */
void crew_close(struct crew *crew);

/* pthread_create with every asynchronous signal blocked in the new thread. 0 or an errno. */
int thread_start(pthread_t *thread, void *(*main)(void *arg), void *arg);

#endif
