/* SPDX-License-Identifier: Apache-2.0 */
/* One event-loop thread on io_uring. */
#include "io/io.h"

static int event_open(struct io **io, const struct io_settings *settings, struct fault *fault)
{
	(void)settings;
	*io = NULL;
	return fault_set(fault, IMGBATCH_E_ENGINE, "not in this build yet");
}

const struct io_engine io_event = {
	.name = "event",
	.summary = "one thread on io_uring, many files in flight",
	.open = event_open,
};
