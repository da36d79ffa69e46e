/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of an output, with one operation in the ring at a time (⟲: until all is there; [ ]: where it is asked for):
 *
 *	CREATE ─► WRITE ⟲ ─► [START] ─► [FSYNC] ─ times, fstat ─► CLOSE ─► RENAME ─► next output
 *
 * START begins to write back: the ring hands it to a kernel thread, since a full queue to the disk waits.
 */
#include "io/event_inner.h"
#include "io/file.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* What is told of each operation, in the order of the way. */
static flight_then write_created, write_went, write_started, write_synced, write_closed,
	write_renamed;

static struct job_write *writing(struct flight *flight)
{
	return &flight->job->write[flight->index];
}

static void write_create(struct io *io, struct flight *flight)
{
	struct job_write *write = writing(flight);
	struct io_uring_sqe *sqe = event_ring_get(io);

	io_uring_prep_openat(sqe, write->dir, write->temp, file_write_flags(), write->mode);
	event_ring_await(sqe, flight, write_created);
}

static void write_over(struct io *io, struct flight *flight, int code, int error);

void event_write_begin(struct io *io, struct flight *flight)
{
	int error = 0;
	int code = file_write_allowed(writing(flight), &error);

	flight->begun_us = clock_us();
	flight->done = 0;
	flight->retries = 0;
	if (code)
		write_over(io, flight, code, error);
	else
		write_create(io, flight);
}

/* This output is over: the next one, or the job's end. */
static void write_over(struct io *io, struct flight *flight, int code, int error)
{
	struct job *job = flight->job;

	writing(flight)->us = clock_us() - flight->begun_us;
	job->code = code;
	job->error = error;
	if (!code)
		job->written++;
	if (!code && ++flight->index < job->write_count)
		event_write_begin(io, flight);
	else
		event_flight_end(io, flight);
}

static void write_fail(struct io *io, struct flight *flight, int code, int error)
{
	struct job_write *write = writing(flight);

	if (flight->fd >= 0)
		close(flight->fd);
	flight->fd = -1;
	unlinkat(write->dir, write->temp, 0);
	write_over(io, flight, code, error);
}

static void write_close(struct io *io, struct flight *flight)
{
	int error = 0;
	int code = file_write_end(flight->fd, writing(flight), false, &error);
	struct io_uring_sqe *sqe;

	if (code) {
		write_fail(io, flight, code, error);
		return;
	}
	sqe = event_ring_get(io);
	io_uring_prep_close(sqe, flight->fd);
	event_ring_await(sqe, flight, write_closed);
}

static void write_sync(struct io *io, struct flight *flight)
{
	struct io_uring_sqe *sqe;

	if (!writing(flight)->sync) {
		write_close(io, flight);
		return;
	}
	sqe = event_ring_get(io);
	io_uring_prep_fsync(sqe, flight->fd, 0);
	event_ring_await(sqe, flight, write_synced);
}

static void write_more(struct io *io, struct flight *flight)
{
	struct job_write *write = writing(flight);
	uint64_t left = write->bytes.length - flight->done;
	struct io_uring_sqe *sqe;

	if (left) {
		sqe = event_ring_get(io);
		io_uring_prep_write(sqe, flight->fd,
			job_write_bytes(write, flight->job->bytes) + flight->done,
			left < FILE_CHUNK ? (unsigned)left : FILE_CHUNK, flight->done);
		event_ring_await(sqe, flight, write_went);
	} else if (write->start) {
		sqe = event_ring_get(io);
		io_uring_prep_sync_file_range(sqe, flight->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		event_ring_await(sqe, flight, write_started);
	} else {
		write_sync(io, flight);
	}
}

/* Whether what stood in the way of the temporary file could be put right. */
static bool temp_cleared(const struct job_write *write, int error)
{
	if (error == ENOENT)
		return file_make_parents(write->dir, write->temp) == 0;
	return error == EEXIST && unlinkat(write->dir, write->temp, 0) == 0;
}

static void write_created(struct io *io, struct flight *flight, int result)
{
	if (result >= 0) {
		io->tries = 0;
		flight->fd = result;
		write_more(io, flight);
	} else if (event_open_again(io, result) ||
		(flight->retries++ < 2 && temp_cleared(writing(flight), -result))) {
		write_create(io, flight);
	} else {
		flight->fd = -1;
		write_over(io, flight, file_write_refused(-result), -result);
	}
}

static void write_went(struct io *io, struct flight *flight, int result)
{
	if (result == -EINTR || result == -EAGAIN) {
		write_more(io, flight);
	} else if (result <= 0) {
		write_fail(io, flight, IMGBATCH_E_WRITE, result ? -result : EIO);
	} else {
		flight->done += (uint64_t)result;
		write_more(io, flight);
	}
}

/* What went wrong is told by a later sync. */
static void write_started(struct io *io, struct flight *flight, int result)
{
	(void)result;
	write_sync(io, flight);
}

static void write_synced(struct io *io, struct flight *flight, int result)
{
	if (result < 0)
		write_fail(io, flight, IMGBATCH_E_WRITE, -result);
	else
		write_close(io, flight);
}

static void write_closed(struct io *io, struct flight *flight, int result)
{
	struct job_write *write = writing(flight);
	struct io_uring_sqe *sqe;

	flight->fd = -1;
	if (result < 0 && result != -EINTR) {
		write_fail(io, flight, IMGBATCH_E_WRITE, -result);
		return;
	}
	sqe = event_ring_get(io);
	io_uring_prep_renameat(sqe, write->dir, write->temp, write->dir, write->path,
		write->replace ? 0 : RENAME_NOREPLACE);
	event_ring_await(sqe, flight, write_renamed);
}

/* Whatever kept the rename from happening, the plain way knows what to do about it. */
static void write_renamed(struct io *io, struct flight *flight, int result)
{
	int error = 0, code = 0;

	if (result < 0)
		code = file_publish(writing(flight), &error);
	write_over(io, flight, code, error);
}
