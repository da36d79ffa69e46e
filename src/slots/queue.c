/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion queue.
 *
 *	engine threads ──push──► [ list under the lock ] ──take (all of it)──► scheduler
 *	                          └─ eventfd, written only when `sleeping` ─┘
 *
 * The taker announces that it will sleep while it holds the lock, after having seen that the list is too short; whoever
 * makes it long enough sees the flag, clears it and writes the eventfd. Other pushes cost no system call.
 * A wake from a signal handler cannot take the lock, so it writes the eventfd always.
 */
#include "slots/queue.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t lock; /* guards everything but event */
	struct job *first, **last;
	unsigned count; /* jobs in the list */
	unsigned wanted; /* jobs that the sleeper waits for */
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
	queue->count++;
	wake = queue->sleeping && queue->count >= queue->wanted;
	if (wake)
		queue->sleeping = false;
	pthread_mutex_unlock(&queue->lock);
	if (wake)
		queue_wake(queue);
}

/* Called with the lock held. */
static struct job *take_all(struct queue *queue)
{
	struct job *first = queue->first;

	queue->first = NULL;
	queue->last = &queue->first;
	queue->count = 0;
	queue->sleeping = false;
	return first;
}

/* Takes the list if it is long enough; else announces a sleep. */
static bool take_or_sleep(struct queue *queue, unsigned wanted, struct job **first)
{
	bool enough;

	pthread_mutex_lock(&queue->lock);
	enough = queue->count >= wanted;
	if (enough)
		*first = take_all(queue);
	queue->wanted = wanted;
	queue->sleeping = !enough;
	pthread_mutex_unlock(&queue->lock);
	return enough;
}

struct job *queue_take(struct queue *queue, unsigned wanted, int timeout_ms)
{
	struct pollfd ready = {.fd = queue->event, .events = POLLIN};
	struct job *first;
	uint64_t count;

	if (timeout_ms != 0) {
		if (take_or_sleep(queue, wanted, &first))
			return first;
		/* A signal's EINTR ends the wait as a wake would: callers loop. */
		if (poll(&ready, 1, timeout_ms) > 0) {
			ssize_t ignored = read(queue->event, &count, sizeof count);
			(void)ignored;
		}
	}
	pthread_mutex_lock(&queue->lock);
	first = take_all(queue);
	pthread_mutex_unlock(&queue->lock);
	return first;
}
