/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file: how an input is read into a slot and an output written from it. The blocking engines call the
 * whole; the event loop calls the pieces between its waits, so that the rules stand in one place.
 *
 * Functions return 0 or a job's code (E_OPEN, E_CHANGED, E_WRITE, ...), with errno in *error.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "io/io.h"
#include "slots/job.h"
#include "slots/slots.h"

#include <stdbool.h>

enum {
	FILE_HEAD = 64 * 1024, /* of an input that does not fit: enough to say what it is */
	FILE_CHUNK = 1
		<< 30, /* one read or write asks for at most this: the kernel caps a call just below 2 GiB */
};

/* A thread that moves files: the engine's `row`, and how much of its CPU time jobs have been charged with. */
struct file_hand {
	uint32_t row;
	uint64_t charged_ns;
};

/*
 * All of job->read, or all of job->write: the whole phase, on the calling thread, which is `hand`. Fills job->code and
 * error; job->io where the settings have a meter for the phase. A thread charges a job with all its CPU time since the job
 * before. Returns how often the thread gave up its CPU meanwhile, to wait for something.
 */
long file_do(struct job *job, const struct io_settings *settings, struct file_hand *hand);

/* Reading, in pieces. */

/* Where the next input goes: behind those already read, aligned; its length is the room left. */
struct extent file_place(const struct job *job, uint32_t index, const struct slots *slots);
int file_read_flags(const struct job_read *read);
/*
 * Whether a failed open is worth trying again: always after EINTR; for want of descriptors, which other jobs may give
 * back, after a short sleep, some dozen times in a row. *tries: 0 at first.
 */
bool file_open_again(int error, unsigned *tries);
/* What a failed open means. E_SYSTEM: there are no descriptors, which is no file's fault. */
int file_read_refused(int error);
/* After open: checks the kind, notes size and mtime. got becomes what is to be read. */
int file_read_begin(int fd, struct job_read *read, struct extent place, int *error);
/* Whether a failed read is worth trying again. */
bool file_again(int fd, int error);
/* After the last read, got.length being what came: whether the file stood still. */
int file_read_end(int fd, const struct job_read *read, int *error);

/* Writing, in pieces. */

/* For the temporary file; with `mode` of the write. */
int file_write_flags(void);
/* Before open: would it pass RLIMIT_FSIZE? Writing would raise SIGXFSZ, so that is asked first. */
int file_write_allowed(const struct job_write *write, int *error);
/* Makes the directories above path. 0 or -1 with errno. */
int file_make_parents(int dir, const char *path);
/* What a failed open, write, close or rename means. */
int file_write_refused(int error);
/* Once the bytes are written, and write->start: begins to write them back. What goes wrong is told by a later sync. */
void file_write_start(int fd);
/* Then: times, durability, and the mtime that came of it. fsync only when `sync`. */
int file_write_end(int fd, struct job_write *write, bool sync, int *error);
/* Gives temp its final name, making parents where they are missing. temp is gone afterwards in any case. */
int file_publish(const struct job_write *write, int *error);

#endif
