/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of an input, with one operation in the ring at a time (⟲: until all is there; [ ]: where the store is slow):
 *
 *	[ANSWER ⟲] ─► OPEN ─ fstat ─► [TRANSFER ⟲] ─► READ ⟲ ─ fstat ─ close ─► next input
 */
#include "io/event_inner.h"
#include "io/file.h"

#include "base/clock.h"

#include <unistd.h>

/* What is told of each operation, in the order of the way. */
static flight_then read_answered, read_opened, read_transferred, read_came;

static struct job_read *reading(struct flight *flight)
{
	return &flight->job->read[flight->index];
}

/* Whether there is more to wait for; then it is waited for in the ring, so that others go on meanwhile. */
static bool read_wait(struct io *io, struct flight *flight, flight_then *then)
{
	uint64_t until = slow_until(io->settings.slow, flight->due_ns);
	struct io_uring_sqe *sqe;

	if (!until)
		return false;
	sqe = event_ring_get(io);
	flight->until.tv_sec = (int64_t)(until / 1000000000);
	flight->until.tv_nsec = (long long)(until % 1000000000);
	io_uring_prep_timeout(sqe, &flight->until, 0, IORING_TIMEOUT_ABS);
	event_ring_await(sqe, flight, then);
	return true;
}

static void read_open(struct io *io, struct flight *flight)
{
	struct job_read *read = reading(flight);
	struct io_uring_sqe *sqe = event_ring_get(io);

	io_uring_prep_openat(sqe, read->dir, read->path, file_read_flags(read), 0);
	event_ring_await(sqe, flight, read_opened);
}

static void read_answered(struct io *io, struct flight *flight, int result)
{
	(void)result;
	if (!read_wait(io, flight, read_answered))
		read_open(io, flight);
}

void event_read_begin(struct io *io, struct flight *flight)
{
	flight->begun_us = clock_us();
	flight->done = 0;
	flight->due_ns = slow_answer(io->settings.slow);
	read_answered(io, flight, 0);
}

static void read_more(struct io *io, struct flight *flight)
{
	struct job_read *read = reading(flight);
	uint64_t left = read->got.length - flight->done;
	struct io_uring_sqe *sqe = event_ring_get(io);

	io_uring_prep_read(sqe, flight->fd, flight->job->bytes + read->got.offset + flight->done,
		left < FILE_CHUNK ? (unsigned)left : FILE_CHUNK, read->offset + flight->done);
	event_ring_await(sqe, flight, read_came);
}

/* This input is over: the next one, or the job's end. */
static void read_over(struct io *io, struct flight *flight, int code, int error)
{
	struct job *job = flight->job;

	reading(flight)->us = clock_us() - flight->begun_us;
	job->code = code;
	job->error = error;
	if (!code)
		job->read_done++;
	if (!code && ++flight->index < job->read_count)
		event_read_begin(io, flight);
	else
		event_flight_end(io, flight);
}

static void read_close(struct io *io, struct flight *flight, int code, int error)
{
	close(flight->fd);
	read_over(io, flight, code, error);
}

static void read_all_there(struct io *io, struct flight *flight)
{
	int error = 0;

	reading(flight)->got.length = flight->done;
	int code = file_read_end(flight->fd, reading(flight), &error);
	read_close(io, flight, code, error);
}

static void read_transferred(struct io *io, struct flight *flight, int result)
{
	(void)result;
	if (read_wait(io, flight, read_transferred))
		return;
	if (reading(flight)->got.length)
		read_more(io, flight);
	else
		read_all_there(io, flight);
}

static void read_opened(struct io *io, struct flight *flight, int result)
{
	struct job_read *read = reading(flight);
	int code, error = 0;

	if (event_open_again(io, result)) {
		read_open(io, flight);
		return;
	}
	if (result < 0) {
		read_over(io, flight, file_read_refused(-result), -result);
		return;
	}
	flight->fd = result;
	code = file_read_begin(
		result, read, file_place(flight->job, flight->index, io->settings.slots), &error);
	if (code) {
		read_close(io, flight, code, error);
		return;
	}
	flight->due_ns = slow_transfer(io->settings.slow, read->got.length);
	read_transferred(io, flight, 0);
}

static void read_came(struct io *io, struct flight *flight, int result)
{
	if (result < 0 && file_again(flight->fd, -result)) {
		read_more(io, flight);
		return;
	}
	if (result < 0) {
		read_close(io, flight, IMGBATCH_E_READ, -result);
		return;
	}
	flight->done += (uint64_t)result;
	if (result > 0 && flight->done < reading(flight)->got.length)
		read_more(io, flight);
	else
		read_all_there(io, flight);
}
