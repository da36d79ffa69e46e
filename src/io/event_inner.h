/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the event engine share: one thread and one ring, and many files in flight.
 *
 *	event.c        the engine's face: the thread, and the inbox that it is given jobs by
 *	event_loop.c   the loop: jobs into flights, completions to whoever waits for them
 *	event_ring.c   the ring: opened, and asked for one operation
 *	event_read.c   the way of an input
 *	event_write.c  the way of an output
 *
 * Each job in flight has one operation in the ring at a time, and names the function that is told what came of it: a small
 * state machine whose state is that function.
 *
 * The ring carries what may wait for storage. fstat, futimens and closing what was only read are plain calls: they
 * answer from memory, and statx on a ring is always passed to a kernel thread. Rare ways (making directories, a file
 * system without RENAME_NOREPLACE) are plain calls too. Files are ordinary descriptors, since a ring's own cannot be
 * fstat'ed; short reads and writes are continued by hand, for they would sever a chain of linked operations.
 */
#ifndef IO_EVENT_INNER_H
#define IO_EVENT_INNER_H

#include "base/fault.h"
#include "io/io.h"
#include "slots/job.h"

#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct flight;
/* What comes after an operation: its result, as the ring gave it. */
typedef void flight_then(struct io *io, struct flight *flight, int result);

/* A job in the ring. */
struct flight {
	struct job *job; /* NULL: a free one */
	struct flight *next_free;
	flight_then *then; /* of the operation in the ring */
	uint32_t index; /* which of its inputs or outputs */
	int fd;
	uint64_t done; /* bytes of it */
	unsigned retries; /* of creating the temporary file, after something was put right */
	uint64_t begun_us;
	uint64_t due_ns; /* when the slow store has answered, or is through with the bytes */
	struct __kernel_timespec until; /* of the timeout in the ring */
};

struct io {
	struct io_settings settings;
	unsigned jobs;
	pthread_t thread;
	int event; /* eventfd: there is something in the inbox */

	/* The loop's own. */
	struct io_uring ring;
	uint64_t event_count; /* where the ring reads the eventfd into */
	struct flight *flights, *free;
	unsigned flying;
	uint64_t charged_ns; /* CPU time of this thread that jobs have been charged with */
	unsigned tries; /* opens in a row for which there was no descriptor */

	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t opened;
	struct job *inbox, **inbox_last;
	bool sleeping; /* the loop may be waiting, and an event must tell it of a new job */
	bool closing;
	int state; /* 0: starting, 1: running, -1: failed */
	struct fault fault;
};

/* The loop's thread only, all that follows. */

/* E_ENGINE with the reason. The ring belongs to the thread that opens it. */
int event_ring_open(struct io *io, struct fault *fault);
void event_ring_close(struct io *io);
/* Room for one operation, which there always is: to be filled by io_uring_prep_..., then handed to event_ring_await(). */
struct io_uring_sqe *event_ring_get(struct io *io);
/* It goes to the kernel with the next submission; then `then` is told what came of it. */
void event_ring_await(struct io_uring_sqe *sqe, struct flight *flight, flight_then *then);
/* A read of the eventfd: new jobs. It comes back from the ring without a flight. */
void event_ring_watch(struct io *io);

/* Until the engine is closed and nothing is in flight. */
void event_loop(struct io *io);
/* A new flight's first input or output, of which there is at least one. */
void event_read_begin(struct io *io, struct flight *flight);
void event_write_begin(struct io *io, struct flight *flight);
/* Its job is over, with code and error set: it goes back, and the flight is free. */
void event_flight_end(struct io *io, struct flight *flight);
/* Whether an open that came to `result` is to be tried again. */
bool event_open_again(struct io *io, int result);

#endif
