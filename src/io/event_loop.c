/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: takes jobs from the inbox, each into a free flight, waits in the ring, and tells each flight what came of its
 * operation. It is the only place that waits.
 */
#include "io/event_inner.h"

#include "base/clock.h"
#include "io/file.h"

#include <errno.h>

static struct meter *meter_of(const struct io *io, const struct job *job)
{
	return job->phase == JOB_READ ? io->settings.reading : io->settings.writing;
}

/* Only what is asked for is measured. */
static void charge_begin(const struct io *io, const struct flight *flight)
{
	struct job *job = flight->job;
	struct meter *meter = meter_of(io, job);

	if (!meter)
		return;
	job->io = (struct spent_io){
		.begun_ns = clock_ns(), .row = (uint32_t)(flight - io->flights)};
	meter_enter(meter, job->io.begun_ns);
}

/* All flights share a thread: whoever ends is charged with its CPU time since the last one did. */
static void charge(struct io *io, struct meter *meter, struct spent_io *spent)
{
	uint64_t cpu_ns;

	if (!meter)
		return;
	cpu_ns = clock_thread_ns();
	spent->ended_ns = clock_ns();
	meter_leave(meter, spent->ended_ns);
	spent->cpu_ns = cpu_ns - io->charged_ns;
	io->charged_ns = cpu_ns;
}

void event_flight_end(struct io *io, struct flight *flight)
{
	struct job *job = flight->job;

	charge(io, meter_of(io, job), &job->io);
	flight->job = NULL;
	flight->next_free = io->free;
	io->free = flight;
	io->flying--;
	queue_push(io->settings.done, job);
}

/* A sleep here holds up all flights, but those that have a descriptor are what is waited for, and it is short. */
bool event_open_again(struct io *io, int result)
{
	if (result >= 0)
		io->tries = 0;
	return result == -EAGAIN || (result < 0 && file_open_again(-result, &io->tries));
}

static void flight_begin(struct io *io, struct job *job)
{
	struct flight *flight = io->free;

	io->free = flight->next_free;
	io->flying++;
	*flight = (struct flight){.job = job, .fd = -1};
	job->code = 0;
	job->error = 0;
	job->written = 0;
	charge_begin(io, flight);
	if (job->phase == JOB_READ)
		job->read_done = 0;
	if (job->phase == JOB_READ ? !job->read_count : !job->write_count)
		event_flight_end(io, flight);
	else if (job->phase == JOB_READ)
		event_read_begin(io, flight);
	else
		event_write_begin(io, flight);
}

/* Takes from the inbox what there is room for. What stays there is looked at when a flight ends. */
static void inbox_take(struct io *io, bool *closing)
{
	pthread_mutex_lock(&io->lock);
	while (io->inbox && io->free) {
		struct job *job = io->inbox;

		io->inbox = job->next;
		if (!io->inbox)
			io->inbox_last = &io->inbox;
		pthread_mutex_unlock(&io->lock);
		flight_begin(io, job);
		pthread_mutex_lock(&io->lock);
	}
	*closing = io->closing;
	io->sleeping = !io->inbox;
	pthread_mutex_unlock(&io->lock);
}

static void completions_take(struct io *io)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;

	io_uring_for_each_cqe(&io->ring, head, cqe)
	{
		struct flight *flight = io_uring_cqe_get_data(cqe);

		count++;
		if (flight)
			flight->then(io, flight, cqe->res);
		else
			event_ring_watch(io);
	}
	io_uring_cq_advance(&io->ring, count);
}

void event_loop(struct io *io)
{
	bool closing = false;

	event_ring_watch(io);
	for (;;) {
		inbox_take(io, &closing);
		if (closing && !io->flying)
			return;
		/* EINTR, EAGAIN and EBUSY pass: what was not submitted stays in the ring. */
		io_uring_submit_and_wait(&io->ring, 1);
		completions_take(io);
	}
}
