/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I/O engines move bytes between storage and slots. They know locators and bytes, and never look inside
 * a file. One file and one table row each.
 *
 * A job handed to submit comes back exactly once on the completion queue, with job->code set: in phase JOB_READ all
 * of job->read was tried, in order, stopping at the first failure; in JOB_WRITE all of job->write likewise, and
 * job->written counts what is complete. No temporary file is left behind by a failure.
 *
 * Writing: missing directories above temp and path are made. E_WRITE is the disk's refusal and ends a run; E_EXISTS and
 * E_OPEN (a name that this file system does not take) are one image's.
 *
 * Reading: open with O_NONBLOCK | O_NOCTTY | O_CLOEXEC, fstat (not regular: E_NOT_REGULAR), read up to the
 * slot's input room, fstat again (size or mtime differ: E_CHANGED), close. Inputs are read, never mapped.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "base/fault.h"
#include "io/slow.h"
#include "measure/meter.h"
#include "slots/job.h"
#include "slots/queue.h"
#include "slots/slots.h"

#include <stdbool.h>

struct io_settings {
	unsigned jobs; /* reads and writes in flight at most; 0: the engine's own choice */
	const struct slots *slots; /* borrowed until close */
	struct queue *done; /* borrowed until close */
	struct slow *
		slow; /* what reads have to wait for; borrowed until close; NULL: nothing. io_null has no store */
	struct meter *reading,
		*writing; /* told what is in flight; borrowed until close; NULL: nobody asks */
	const void *null_bytes; /* null: what every read answers; borrowed until close */
	size_t null_size;
};

struct io; /* each engine's own */

struct io_engine {
	const char *name; /* the value of --io */
	const char *summary; /* one line, for `imgbatch engines` */
	/* E_ENGINE with the reason when it cannot run here. */
	int (*open)(struct io **io, const struct io_settings *settings, struct fault *fault);
	unsigned (*capacity)(const struct io *io); /* jobs it has a use for at once */
	/* Wants a use for so many at once, never for fewer than before: capacity says what came of it. NULL: as opened. */
	void (*stretch)(struct io *io, unsigned jobs);
	void (*submit)(struct io *io,
		struct job *job); /* never blocks, but for engines that work inside it */
	void (*flush)(struct io *io); /* start what was submitted; NULL: submit does */
	void (*cancel)(
		struct io *io); /* jobs not begun come back soon with E_CANCELED; NULL: none wait */
	void (*close)(struct io *io); /* after every job came back; NULL io is fine */
};

/* The table, in the order of --help; auto picks from it. io_null answers from memory and is for benchmarks. */
extern const struct io_engine io_sync, io_threads, io_event, io_null;
enum { IO_ENGINE_COUNT = 3 };
extern const struct io_engine *const io_engines[IO_ENGINE_COUNT];
const struct io_engine *io_engine_by_name(const char *name); /* NULL: none */

#endif
