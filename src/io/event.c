/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread and one ring: many files wait for storage at once, and nobody else waits for them.
 *
 *	scheduler ── submit: inbox (lock) ── flush: eventfd ──► loop ── submissions ──► kernel
 *	scheduler ◄──────────── done queue ◄──────────────────── loop ◄─ completions ───┘
 *
 * Here is the engine's face: the thread, and the inbox. event_inner.h says what the loop is made of.
 */
#include "io/event_inner.h"

#include "slots/crew.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { JOBS_DEFAULT = 32, JOBS_MAX = 1024 };

static void *event_main(void *arg)
{
	struct io *io = arg;
	struct fault fault = {0};
	int code = event_ring_open(
		io, &fault); /* here, since a ring of one issuer belongs to its thread */

	pthread_mutex_lock(&io->lock);
	io->state = code ? -1 : 1;
	io->fault = fault;
	pthread_cond_broadcast(&io->opened);
	pthread_mutex_unlock(&io->lock);
	if (code)
		return NULL;
	event_loop(io);
	event_ring_close(io);
	return NULL;
}

static void event_free(struct io *io)
{
	if (io->event >= 0)
		close(io->event);
	pthread_cond_destroy(&io->opened);
	pthread_mutex_destroy(&io->lock);
	free(io->flights);
	free(io);
}

/* Each holds a descriptor; the host and the other engine need some too. */
static unsigned jobs_in_flight(unsigned wanted)
{
	unsigned jobs = wanted ? wanted : JOBS_DEFAULT;
	struct rlimit limit;

	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 4 < jobs)
		jobs = (unsigned)(limit.rlim_cur / 4);
	return jobs ? jobs : 1;
}

static struct io *event_new(const struct io_settings *settings)
{
	struct io *io = calloc(1, sizeof *io);

	if (!io)
		return NULL;
	io->settings = *settings;
	io->jobs = jobs_in_flight(settings->jobs);
	pthread_mutex_init(&io->lock, NULL);
	pthread_cond_init(&io->opened, NULL);
	io->inbox_last = &io->inbox;
	io->event = eventfd(0, EFD_CLOEXEC);
	io->flights = calloc(io->jobs, sizeof *io->flights);
	if (!io->flights || io->event < 0) {
		event_free(io);
		return NULL;
	}
	for (unsigned i = io->jobs; i-- > 0;) { /* low rows are used first */
		io->flights[i].next_free = io->free;
		io->free = &io->flights[i];
	}
	return io;
}

static int event_open(struct io **out, const struct io_settings *settings, struct fault *fault)
{
	struct io *io = event_new(settings);
	int error;

	*out = NULL;
	if (!io)
		return fault_set(
			fault, IMGBATCH_E_NOMEM, "no memory or descriptor for an I/O engine");
	error = thread_start(&io->thread, event_main, io);
	if (error) {
		event_free(io);
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot start a thread: %s",
			strerrordesc_np(error));
	}
	pthread_mutex_lock(&io->lock);
	while (!io->state)
		pthread_cond_wait(&io->opened, &io->lock);
	pthread_mutex_unlock(&io->lock);
	if (io->state < 0) {
		pthread_join(io->thread, NULL);
		fault_set(fault, IMGBATCH_E_ENGINE, "%s", io->fault.detail);
		event_free(io);
		return IMGBATCH_E_ENGINE;
	}
	*out = io;
	return 0;
}

static unsigned event_capacity(const struct io *io)
{
	return io->jobs;
}

static void event_submit(struct io *io, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&io->lock);
	*io->inbox_last = job;
	io->inbox_last = &job->next;
	pthread_mutex_unlock(&io->lock);
}

static void event_wake(struct io *io)
{
	uint64_t one = 1;
	ssize_t ignored = write(io->event, &one, sizeof one);

	(void)ignored;
}

static void event_flush(struct io *io)
{
	bool wake;

	pthread_mutex_lock(&io->lock);
	wake = io->inbox && io->sleeping;
	if (wake)
		io->sleeping = false;
	pthread_mutex_unlock(&io->lock);
	if (wake)
		event_wake(io);
}

static void event_cancel(struct io *io)
{
	struct job *next, *job;

	pthread_mutex_lock(&io->lock);
	job = io->inbox;
	io->inbox = NULL;
	io->inbox_last = &io->inbox;
	pthread_mutex_unlock(&io->lock);
	for (; job; job = next) {
		next = job->next;
		job->code = IMGBATCH_E_CANCELED;
		queue_push(io->settings.done, job);
	}
}

static void event_close(struct io *io)
{
	if (!io)
		return;
	pthread_mutex_lock(&io->lock);
	io->closing = true;
	pthread_mutex_unlock(&io->lock);
	event_wake(io);
	pthread_join(io->thread, NULL);
	event_free(io);
}

const struct io_engine io_event = {
	.name = "event",
	.summary = "one thread on io_uring, many files in flight",
	.open = event_open,
	.capacity = event_capacity,
	.submit = event_submit,
	.flush = event_flush,
	.cancel = event_cancel,
	.close = event_close,
};
