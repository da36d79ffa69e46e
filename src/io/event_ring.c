/* SPDX-License-Identifier: Apache-2.0 */
/* The ring: what the kernel has to know for it, and one operation asked for. */
#include "io/event_inner.h"

#include <errno.h>
#include <string.h>

enum {
	KERNEL_THREADS = 16, /* that the kernel may start for operations it cannot begin at once, */
	JOBS_A_THREAD = 2, /* or one for so many jobs, when that is more */
};

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

int event_ring_open(struct io *io, struct fault *fault)
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
		event_ring_close(io);
	else
		io_uring_register_iowq_max_workers(&io->ring, limits);
	return code;
}

void event_ring_close(struct io *io)
{
	io_uring_queue_exit(&io->ring);
}

/* Each flight has at most one operation that is not yet submitted, and the ring has room for all and the eventfd. */
struct io_uring_sqe *event_ring_get(struct io *io)
{
	return io_uring_get_sqe(&io->ring);
}

/* Once the operation is prepared: some versions of prep clear the data. */
void event_ring_await(struct io_uring_sqe *sqe, struct flight *flight, flight_then *then)
{
	flight->then = then;
	io_uring_sqe_set_data(sqe, flight);
}

void event_ring_watch(struct io *io)
{
	struct io_uring_sqe *sqe = event_ring_get(io);

	io_uring_prep_read(sqe, io->event, &io->event_count, sizeof io->event_count, 0);
	io_uring_sqe_set_data(sqe, NULL);
}
