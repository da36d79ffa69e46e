/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread and one ring: many files wait for storage at once, and nobody else waits for them.
 *
 *	scheduler ── submit: inbox (lock) ── flush: eventfd ──► loop ── submissions ──► kernel
 *	scheduler ◄──────────── done queue ◄──────────────────── loop ◄─ completions ───┘
 *
 * Each job in flight is a small state machine with one operation in the ring at a time:
 *
 *	[ANSWER ⟲] ─► OPEN ─ fstat ─► [TRANSFER ⟲] ─► READ ⟲ ─ fstat ─ close ─► next input     (⟲: until all is there)
 *	CREATE ─► WRITE ⟲ ─► [START] ─► [FSYNC] ─ times, fstat ─► CLOSE ─► RENAME ─► next output
 *
 * The ring carries what may wait for storage. fstat, futimens and closing what was only read are plain calls: they
 * answer from memory, and statx on a ring is always passed to a kernel thread. Rare ways (making directories, a file
 * system without RENAME_NOREPLACE) are plain calls too. Files are ordinary descriptors, since a ring's own cannot be
 * fstat'ed; short reads and writes are continued by hand, for they would sever a chain of linked operations.
 */
#include "io/file.h"
#include "io/io.h"

#include "base/clock.h"
#include "slots/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	JOBS_DEFAULT = 32,
	JOBS_MAX = 1024,
	KERNEL_THREADS = 16, /* that the kernel may start for operations it cannot begin at once, */
	JOBS_A_THREAD = 2, /* or one for so many jobs, when that is more */
};

enum step {
	STEP_ANSWER, /* a slow store: a timeout, so that others go on meanwhile */
	STEP_OPEN,
	STEP_TRANSFER, /* likewise */
	STEP_READ,
	STEP_CREATE,
	STEP_WRITE,
	STEP_START, /* of writing back: io_uring hands it to a kernel thread, since a full queue to the disk waits */
	STEP_FSYNC,
	STEP_CLOSE,
	STEP_RENAME
};

/* A job in the ring. */
struct flight {
	struct job *job; /* NULL: a free one */
	struct flight *next_free;
	uint32_t index; /* which of its inputs or outputs */
	enum step step;
	int fd;
	uint64_t done; /* bytes of it */
	unsigned retries; /* of CREATE and RENAME, after something was put right */
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

/* The ring */

/* Each flight has at most one operation that is not yet submitted, and the ring has room for all and the eventfd. */
static struct io_uring_sqe *sqe_get(struct io *io, struct flight *flight, enum step step)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&io->ring);

	flight->step = step;
	return sqe;
}

/* After the operation is prepared: some versions of prep clear it. */
static void sqe_for(struct io_uring_sqe *sqe, struct flight *flight)
{
	io_uring_sqe_set_data(sqe, flight);
}

static void watch_event(struct io *io)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&io->ring);

	io_uring_prep_read(sqe, io->event, &io->event_count, sizeof io->event_count, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

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

static void flight_end(struct io *io, struct flight *flight)
{
	struct job *job = flight->job;

	charge(io, meter_of(io, job), &job->io);
	flight->job = NULL;
	flight->next_free = io->free;
	io->free = flight;
	io->flying--;
	queue_push(io->settings.done, job);
}

/* Reading */

static struct job_read *reading(struct flight *flight)
{
	return &flight->job->read[flight->index];
}

/* Whether there is more to wait for; then it is waited for in the ring. */
static bool read_wait(struct io *io, struct flight *flight, enum step step)
{
	uint64_t until = slow_until(io->settings.slow, flight->due_ns);
	struct io_uring_sqe *sqe;

	if (!until)
		return false;
	sqe = sqe_get(io, flight, step);
	flight->until.tv_sec = (int64_t)(until / 1000000000);
	flight->until.tv_nsec = (long long)(until % 1000000000);
	io_uring_prep_timeout(sqe, &flight->until, 0, IORING_TIMEOUT_ABS);
	sqe_for(sqe, flight);
	return true;
}

static void read_open(struct io *io, struct flight *flight)
{
	struct job_read *read = reading(flight);
	struct io_uring_sqe *sqe = sqe_get(io, flight, STEP_OPEN);

	io_uring_prep_openat(sqe, read->dir, read->path, file_read_flags(read), 0);
	sqe_for(sqe, flight);
}

static void read_answered(struct io *io, struct flight *flight)
{
	if (!read_wait(io, flight, STEP_ANSWER))
		read_open(io, flight);
}

static void read_begin(struct io *io, struct flight *flight)
{
	flight->begun_us = clock_us();
	flight->done = 0;
	flight->due_ns = slow_answer(io->settings.slow);
	read_answered(io, flight);
}

static void read_more(struct io *io, struct flight *flight)
{
	struct job_read *read = reading(flight);
	uint64_t left = read->got.length - flight->done;
	struct io_uring_sqe *sqe = sqe_get(io, flight, STEP_READ);

	io_uring_prep_read(sqe, flight->fd, flight->job->bytes + read->got.offset + flight->done,
		left < FILE_CHUNK ? (unsigned)left : FILE_CHUNK, read->offset + flight->done);
	sqe_for(sqe, flight);
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
		read_begin(io, flight);
	else
		flight_end(io, flight);
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

static void read_transferred(struct io *io, struct flight *flight)
{
	if (read_wait(io, flight, STEP_TRANSFER))
		return;
	if (reading(flight)->got.length)
		read_more(io, flight);
	else
		read_all_there(io, flight);
}

/* A sleep here holds up all flights, but those that have a descriptor are what is waited for, and it is short. */
static bool open_again(struct io *io, int result)
{
	if (result >= 0)
		io->tries = 0;
	return result == -EAGAIN || (result < 0 && file_open_again(-result, &io->tries));
}

static void read_opened(struct io *io, struct flight *flight, int result)
{
	struct job_read *read = reading(flight);
	int code, error = 0;

	if (open_again(io, result)) {
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
	read_transferred(io, flight);
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

/* Writing */

static struct job_write *writing(struct flight *flight)
{
	return &flight->job->write[flight->index];
}

static void write_create(struct io *io, struct flight *flight)
{
	struct job_write *write = writing(flight);
	struct io_uring_sqe *sqe = sqe_get(io, flight, STEP_CREATE);

	io_uring_prep_openat(sqe, write->dir, write->temp, file_write_flags(), write->mode);
	sqe_for(sqe, flight);
}

static void write_over(struct io *io, struct flight *flight, int code, int error);

static void write_begin(struct io *io, struct flight *flight)
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
		write_begin(io, flight);
	else
		flight_end(io, flight);
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
	sqe = sqe_get(io, flight, STEP_CLOSE);
	io_uring_prep_close(sqe, flight->fd);
	sqe_for(sqe, flight);
}

static void write_sync(struct io *io, struct flight *flight)
{
	struct io_uring_sqe *sqe;

	if (!writing(flight)->sync) {
		write_close(io, flight);
		return;
	}
	sqe = sqe_get(io, flight, STEP_FSYNC);
	io_uring_prep_fsync(sqe, flight->fd, 0);
	sqe_for(sqe, flight);
}

static void write_more(struct io *io, struct flight *flight)
{
	struct job_write *write = writing(flight);
	uint64_t left = write->bytes.length - flight->done;
	struct io_uring_sqe *sqe;

	if (left) {
		sqe = sqe_get(io, flight, STEP_WRITE);
		io_uring_prep_write(sqe, flight->fd,
			job_write_bytes(write, flight->job->bytes) + flight->done,
			left < FILE_CHUNK ? (unsigned)left : FILE_CHUNK, flight->done);
		sqe_for(sqe, flight);
	} else if (write->start) {
		sqe = sqe_get(io, flight, STEP_START);
		io_uring_prep_sync_file_range(sqe, flight->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		sqe_for(sqe, flight);
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
	} else if (open_again(io, result)) {
		write_create(io, flight);
	} else if (flight->retries++ < 2 && temp_cleared(writing(flight), -result)) {
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
	sqe = sqe_get(io, flight, STEP_RENAME);
	io_uring_prep_renameat(sqe, write->dir, write->temp, write->dir, write->path,
		write->replace ? 0 : RENAME_NOREPLACE);
	sqe_for(sqe, flight);
}

/* Whatever kept the rename from happening, the plain way knows what to do about it. */
static void write_renamed(struct io *io, struct flight *flight, int result)
{
	int error = 0, code = 0;

	if (result < 0)
		code = file_publish(writing(flight), &error);
	write_over(io, flight, code, error);
}

/* The loop */

static void flight_step(struct io *io, struct flight *flight, int result)
{
	switch (flight->step) {
	case STEP_ANSWER:
		read_answered(io, flight);
		return;
	case STEP_TRANSFER:
		read_transferred(io, flight);
		return;
	case STEP_OPEN:
		read_opened(io, flight, result);
		return;
	case STEP_READ:
		read_came(io, flight, result);
		return;
	case STEP_CREATE:
		write_created(io, flight, result);
		return;
	case STEP_WRITE:
		write_went(io, flight, result);
		return;
	case STEP_START: /* what went wrong is told by a later sync */
		write_sync(io, flight);
		return;
	case STEP_FSYNC:
		write_synced(io, flight, result);
		return;
	case STEP_CLOSE:
		write_closed(io, flight, result);
		return;
	case STEP_RENAME:
		write_renamed(io, flight, result);
		return;
	}
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
		flight_end(io, flight);
	else if (job->phase == JOB_READ)
		read_begin(io, flight);
	else
		write_begin(io, flight);
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
			flight_step(io, flight, cqe->res);
		else
			watch_event(io);
	}
	io_uring_cq_advance(&io->ring, count);
}

static void loop(struct io *io)
{
	bool closing = false;

	watch_event(io);
	for (;;) {
		inbox_take(io, &closing);
		if (closing && !io->flying)
			return;
		/* EINTR, EAGAIN and EBUSY pass: what was not submitted stays in the ring. */
		io_uring_submit_and_wait(&io->ring, 1);
		completions_take(io);
	}
}

/* Opening */

static int ring_probe(struct io *io, struct fault *fault)
{
	static const struct {
		int op;
		const char *name;
	} needed[] = {{IORING_OP_OPENAT, "openat"}, {IORING_OP_READ, "read"},
		{IORING_OP_WRITE, "write"}, {IORING_OP_SYNC_FILE_RANGE, "sync_file_range"},
		{IORING_OP_FSYNC, "fsync"}, {IORING_OP_CLOSE, "close"},
		{IORING_OP_RENAMEAT, "renameat"}, {IORING_OP_TIMEOUT, "timeout"}};
	struct io_uring_probe *probe = io_uring_get_probe_ring(&io->ring);
	int code = 0;

	if (!probe)
		return fault_set(fault, IMGBATCH_E_ENGINE, "io_uring cannot say what it supports");
	for (size_t i = 0; i < sizeof needed / sizeof *needed && !code; i++)
		if (!io_uring_opcode_supported(probe, needed[i].op))
			code = fault_set(fault, IMGBATCH_E_ENGINE,
				"this kernel's io_uring lacks %s", needed[i].name);
	io_uring_free_probe(probe);
	return code;
}

static int ring_open(struct io *io, struct fault *fault)
{
	unsigned many = io->jobs / JOBS_A_THREAD > KERNEL_THREADS ? io->jobs / JOBS_A_THREAD
								  : KERNEL_THREADS;
	unsigned limits[2] = {many, many};
	/* One thread submits, and completions need no interrupt of their own: cheaper where the kernel knows how. */
	unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;
	int error = io_uring_queue_init(io->jobs + 2, &io->ring, flags);

	if (error == -EINVAL)
		error = io_uring_queue_init(io->jobs + 2, &io->ring, 0);
	if (error)
		return fault_set(fault, IMGBATCH_E_ENGINE, "io_uring is refused: %s",
			strerrordesc_np(-error));
	int code = ring_probe(io, fault);
	if (code)
		io_uring_queue_exit(&io->ring);
	else
		io_uring_register_iowq_max_workers(&io->ring, limits);
	return code;
}

static void *event_main(void *arg)
{
	struct io *io = arg;
	struct fault fault = {0};
	int code = ring_open(
		io, &fault); /* here, since a ring of one issuer belongs to its thread */

	pthread_mutex_lock(&io->lock);
	io->state = code ? -1 : 1;
	io->fault = fault;
	pthread_cond_broadcast(&io->opened);
	pthread_mutex_unlock(&io->lock);
	if (code)
		return NULL;
	loop(io);
	io_uring_queue_exit(&io->ring);
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
