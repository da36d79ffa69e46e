/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion queue.
 *
 *	engine threads ──push──► [ list under the lock ] ──take (all of it)──► scheduler
 *	                          └─ eventfd, written only when `sleeping` ─┘
 *
 * The taker announces that it will sleep while it holds the lock, after having seen the list empty; whoever
 * pushes next sees the flag, clears it and writes the eventfd. Pushes in between cost no system call.
 * A wake from a signal handler cannot take the lock, so it writes the eventfd always.
 */
#include "slots/queue.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t lock; /* guards first, last and sleeping */
	struct job *first, **last;
	bool sleeping;
	int event; /* eventfd, non-blocking */
};

struct queue *queue_new(void)
{
	struct queue *queue = calloc(1, sizeof *queue);

	if (!queue)
		return NULL;
	queue->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->event < 0) {
		free(queue);
		return NULL;
	}
	pthread_mutex_init(&queue->lock, NULL);
	queue->last = &queue->first;
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	close(queue->event);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

void queue_wake(struct queue *queue)
{
	uint64_t one = 1;

	/* It can only fail when the counter is full, and then the sleeper wakes anyway. */
	ssize_t ignored = write(queue->event, &one, sizeof one);
	(void)ignored;
}

void queue_push(struct queue *queue, struct job *job)
{
	bool wake;

	job->next = NULL;
	pthread_mutex_lock(&queue->lock);
	*queue->last = job;
	queue->last = &job->next;
	wake = queue->sleeping;
	queue->sleeping = false;
	pthread_mutex_unlock(&queue->lock);
	if (wake)
		queue_wake(queue);
}

/* Takes the list; when there is none, announces a sleep if the caller means to. */
static struct job *take_all(struct queue *queue, bool will_sleep)
{
	struct job *first;

	pthread_mutex_lock(&queue->lock);
	first = queue->first;
	queue->first = NULL;
	queue->last = &queue->first;
	queue->sleeping = will_sleep && !first;
	pthread_mutex_unlock(&queue->lock);
	return first;
}

struct job *queue_take(struct queue *queue, int timeout_ms)
{
	struct pollfd ready = {.fd = queue->event, .events = POLLIN};
	struct job *first = take_all(queue, timeout_ms != 0);
	uint64_t count;

	if (first || timeout_ms == 0)
		return first;
	/* A signal's EINTR ends the wait as a wake would: callers loop. */
	if (poll(&ready, 1, timeout_ms) > 0) {
		ssize_t ignored = read(queue->event, &count, sizeof count);
		(void)ignored;
	}
	return take_all(queue, false);
}
