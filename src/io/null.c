/* SPDX-License-Identifier: Apache-2.0 */
/* Answers from memory: every input is the same bytes, every output vanishes. For benchmarks of all the rest. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

struct io {
	struct io_settings settings;
};

static int null_open(struct io **out, const struct io_settings *settings, struct fault *fault)
{
	struct io *io = calloc(1, sizeof *io);

	*out = io;
	if (!io)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for an I/O engine");
	io->settings = *settings;
	return 0;
}

static unsigned null_capacity(const struct io *io)
{
	return io->settings.jobs ? io->settings.jobs : 32;
}

static void null_read(const struct io_settings *settings, struct job *job)
{
	uint64_t length = settings->null_size;

	if (length > settings->slots->input_room)
		length = settings->slots->input_room;
	if (length)
		memcpy(job->bytes, settings->null_bytes, length);
	for (uint32_t i = 0; i < job->read_count; i++) {
		job->read[i].got = (struct extent){0, length};
		job->read[i].size = length;
		job->read[i].oversize = false;
		job->read[i].us = 0;
	}
	job->read_done = job->read_count;
}

static void null_submit(struct io *io, struct job *job)
{
	job->code = 0;
	job->error = 0;
	if (job->phase == JOB_READ)
		null_read(&io->settings, job);
	else
		job->written = job->write_count;
	queue_push(io->settings.done, job);
}

static void null_close(struct io *io)
{
	free(io);
}

const struct io_engine io_null = {
	.name = "null",
	.summary = "answers from memory, for benchmarks",
	.open = null_open,
	.capacity = null_capacity,
	.submit = null_submit,
	.close = null_close,
};
