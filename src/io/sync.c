/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes inside submit, one job at a time: the oracle that the other engines are held against. */
#include "base/clock.h"
#include "io/file.h"
#include "io/io.h"

#include <stdlib.h>

struct io {
	struct io_settings settings;
	struct file_hand hand;
};

static int sync_open(struct io **out, const struct io_settings *settings, struct fault *fault)
{
	struct io *io = calloc(1, sizeof *io);

	*out = io;
	if (!io)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for an I/O engine");
	io->settings = *settings;
	return 0;
}

static unsigned sync_capacity(const struct io *io)
{
	(void)io;
	return 1;
}

static void sync_submit(struct io *io, struct job *job)
{
	if (io->settings.reading)
		io->hand.charged_ns = clock_thread_ns(); /* this thread does everything else, too */
	file_do(job, &io->settings, &io->hand);
	queue_push(io->settings.done, job);
}

static void sync_close(struct io *io)
{
	free(io);
}

const struct io_engine io_sync = {
	.name = "sync",
	.summary = "plain calls, one file at a time, in the thread that schedules",
	.open = sync_open,
	.capacity = sync_capacity,
	.submit = sync_submit,
	.close = sync_close,
};
