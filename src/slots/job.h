/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: one input's way through the engines. Private to the parent process, so that no worker can
 * rewrite a path or a size.
 *
 * Exactly one party holds a job at any time; handing it over ends your right to touch it:
 *
 *	scheduler ─READ─► I/O engine ─► scheduler ─WORK─► CPU engine ─► scheduler ─WRITE─► I/O engine ─► scheduler
 *	         (client fills it)             (NEED, MORE, a death: again)                (client takes it back)
 *
 * Engines hand jobs back through the completion queue and keep what they need besides in arrays of their
 * own, indexed by job->slot.
 */
#ifndef SLOTS_JOB_H
#define SLOTS_JOB_H

#include "slots/task.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum job_phase { JOB_READ, JOB_WORK, JOB_WRITE };

/* Writes of one phase at most: each output of a reply, its mask, its labels and its sidecar. */
enum { JOB_WRITES_MAX = 4 * TASK_OUTPUTS_MAX };

#define JOB_NO_WORKER UINT32_MAX

/* One input to read. */
struct job_read {
	/* Filled by the client. */
	int dir; /* directory that path is relative to, or AT_FDCWD; borrowed while the job lives */
	const char *path; /* borrowed while the job lives */
	uint64_t offset; /* where in the file the input begins: 0 for a file of its own */
	uint64_t length; /* bytes; 0: to the end of the file */
	uint64_t most; /* bytes; a longer input is oversize; 0: as many as there is room for */
	bool follow; /* a symbolic link at the end of path is followed; else it is E_OPEN */
	/* Filled by the I/O engine. */
	struct extent got; /* where in the slot the bytes lie */
	uint64_t size; /* of the file, by fstat before reading */
	struct timespec mtime; /* likewise */
	bool oversize; /* larger than `most` or the room: only the head was read, 64 KiB at most */
	uint64_t us; /* wall time, open to close */
};

/* One output to write: temp is created exclusively, written, closed, renamed to path. */
struct job_write {
	/* Filled by the client once the work is done. */
	int dir; /* both paths are relative to it; borrowed while the job lives */
	const char *temp, *path; /* borrowed while the job lives; one file system */
	struct extent bytes; /* where in the slot */
	const uint8_t
		*text; /* not NULL: bytes.length of these instead; borrowed while the job lives */
	mode_t mode; /* permission bits before the umask */
	bool replace; /* may replace a file at path; else one there is E_EXISTS */
	bool start; /* tell the disk to begin with it, so that it is soon done when somebody syncs it */
	bool sync; /* fsync before the rename */
	bool set_mtime; /* give the file `mtime` */
	struct timespec mtime;
	/* Filled by the I/O engine. */
	struct timespec written; /* the new file's mtime, by fstat */
	uint64_t us; /* wall time, open to rename */
};

struct job {
	struct job *next; /* the holder's, for lists */
	uint64_t seq; /* place in the run: what an ordered sink sorts by */
	enum job_phase phase;
	uint32_t slot; /* index */
	uint8_t *bytes; /* the slot's bytes in this process */
	void *user; /* the client's; engines leave it alone */
	bool alone; /* a second try after a death: no other job may wait behind it on its worker */

	struct job_read read[TASK_INPUTS_MAX];
	uint32_t read_count;
	uint32_t read_done; /* how many of them are read: of a failed READ, the one that failed */
	struct task_request request;
	struct task_reply reply;
	struct job_write write[JOB_WRITES_MAX];
	uint32_t write_count;
	uint32_t written; /* how many of them are complete under their final names */

	/* What it took. */
	struct spent_io io; /* READ and WRITE: filled by the I/O engine; zeros: it had not begun */
	uint32_t
		worker; /* WORK: who had it, from 0: filled by the CPU engine; JOB_NO_WORKER: nobody yet */
	uint64_t worked_from_ns,
		worked_to_ns; /* WORK: when a worker had it in hand, as far as it is believed; zeros: unknown */
	struct spent_job spent; /* the scheduler's sums of all phases so far */

	/* The phase's outcome, filled by the engine that hands it back. */
	int code; /* 0, or E_NOT_REGULAR, E_VANISHED, E_OPEN, E_READ, E_CHANGED, E_SYSTEM; E_CRASH, E_TIMEOUT; E_WRITE, E_EXISTS; E_CANCELED */
	int error; /* errno behind it, or 0; a worker's signal number behind E_CRASH */
};

/* The bytes that a write is to put into its file. slot: job->bytes. */
static inline const uint8_t *job_write_bytes(const struct job_write *write, const uint8_t *slot)
{
	return write->text ? write->text : slot + write->bytes.offset;
}

#endif
