/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O engines' table. */
#include "io/io.h"

#include <string.h>

const struct io_engine *const io_engines[IO_ENGINE_COUNT] = {&io_sync, &io_threads, &io_event};

const struct io_engine *io_engine_by_name(const char *name)
{
	for (int i = 0; i < IO_ENGINE_COUNT; i++)
		if (strcmp(io_engines[i]->name, name) == 0)
			return io_engines[i];
	return NULL;
}
