/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion queue: engines push jobs from any thread, the scheduler takes them all at once.
 *
 * The lock guards the list and the `sleeping` flag; the eventfd is written only when the scheduler sleeps,
 * so a busy run makes no system call for a completion.
 */
#ifndef SLOTS_QUEUE_H
#define SLOTS_QUEUE_H

#include "slots/job.h"

struct queue;

struct queue *queue_new(void); /* NULL when out of memory or descriptors */
void queue_free(struct queue *queue); /* NULL is fine; no job may be on it */
/* Hands a job over. Any thread. */
void queue_push(struct queue *queue, struct job *job);
/*
 * All jobs pushed so far, oldest first, linked by job->next; NULL: none. Waits up to timeout_ms (0: does not wait; -1: for
 * ever) until there are `wanted` of them, at least 1, or until queue_wake. One thread only.
 */
struct job *queue_take(struct queue *queue, unsigned wanted, int timeout_ms);
/* Makes a queue_take that waits, or the next one, return. Any thread, and async-signal-safe. */
void queue_wake(struct queue *queue);

#endif
