/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few threads with blocking calls. Each takes writes before reads: a finished write frees a slot, while a
 * read that comes early only waits for a worker.
 *
 * A file in the page cache costs some ten microseconds, about as much as waking a thread for it, and the thread that
 * wakes takes a CPU from a worker. So while calls return without having slept, one thread does what several
 * could; once storage makes them sleep, each job gets a thread of its own again.
 */
#include "io/file.h"
#include "io/io.h"
#include "slots/crew.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Warm files need one thread, cold ones as many as the storage answers at once; workers take the CPUs. */
enum { THREADS_DEFAULT = 4, THREADS_MOST = 256 };
enum {
	JOBS_EACH = 2
}; /* one in hand and one in reach, so that no thread waits for the scheduler */

/* A moving average over about SLEEP_SPAN jobs: SLEEP_ALWAYS when every one slept. Storage is slow above one in eight. */
enum { SLEEP_ALWAYS = 256, SLEEP_SPAN = 16, SLEEP_SLOW = SLEEP_ALWAYS / 8 };
enum { PATIENCE = 4 }; /* jobs that wait for an awake thread while storage is quick */

struct io {
	struct io_settings settings;
	struct crew *crew;
	atomic_uint rows; /* given out */
	unsigned capacity;
	atomic_int sleeps; /* the average; a lost update does no harm */
};

static void *hand_enter(void *ctx, struct fault *fault)
{
	struct io *io = ctx;
	struct file_hand *hand = calloc(1, sizeof *hand);

	if (hand)
		hand->row = atomic_fetch_add_explicit(&io->rows, 1, memory_order_relaxed);
	else
		fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a thread");
	return hand;
}

static void learn(struct io *io, bool slept)
{
	int before = atomic_load_explicit(&io->sleeps, memory_order_relaxed);
	int now = before + ((slept ? SLEEP_ALWAYS : 0) - before) / SLEEP_SPAN;

	atomic_store_explicit(&io->sleeps, now, memory_order_relaxed);
	if ((before > SLEEP_SLOW) != (now > SLEEP_SLOW))
		crew_patience(io->crew, now > SLEEP_SLOW ? 0 : PATIENCE);
}

static void threads_run(void *ctx, void *state, struct job *job, const struct parallel *parallel)
{
	struct io *io = ctx;
	struct file_hand *hand = state;

	(void)parallel;
	learn(io, file_do(job, &io->settings, hand) > 0);
	queue_push(io->settings.done, job);
}

static int threads_open(struct io **out, const struct io_settings *settings, struct fault *fault)
{
	struct io *io = calloc(1, sizeof *io);
	struct crew_settings crew = {
		.threads = settings->jobs ? settings->jobs : THREADS_DEFAULT,
		.most = THREADS_MOST,
		.ctx = io,
		.enter = hand_enter,
		.leave = free,
		.run = threads_run,
	};
	int code;

	*out = NULL;
	if (!io)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for an I/O engine");
	io->settings = *settings;
	atomic_init(&io->sleeps, SLEEP_ALWAYS);
	code = crew_open(&io->crew, &crew, fault);
	if (code) {
		free(io);
		return code;
	}
	io->capacity = crew_size(io->crew) * JOBS_EACH;
	*out = io;
	return 0;
}

static unsigned threads_capacity(const struct io *io)
{
	return io->capacity;
}

/* Asked for because storage is slow: then what is only in reach helps nobody, and each gets a thread. */
static void threads_stretch(struct io *io, unsigned jobs)
{
	crew_grow(io->crew, jobs);
	if (crew_size(io->crew) > io->capacity)
		io->capacity = crew_size(io->crew);
}

static void threads_submit(struct io *io, struct job *job)
{
	crew_add(io->crew, job, job->phase == JOB_WRITE);
}

static void threads_cancel(struct io *io)
{
	struct job *next;

	for (struct job *job = crew_withdraw(io->crew); job; job = next) {
		next = job->next;
		job->code = IMGBATCH_E_CANCELED;
		queue_push(io->settings.done, job);
	}
}

static void threads_close(struct io *io)
{
	if (!io)
		return;
	crew_close(io->crew);
	free(io);
}

const struct io_engine io_threads = {
	.name = "threads",
	.summary = "a pool of threads with blocking calls",
	.open = threads_open,
	.capacity = threads_capacity,
	.stretch = threads_stretch,
	.submit = threads_submit,
	.cancel = threads_cancel,
	.close = threads_close,
};
