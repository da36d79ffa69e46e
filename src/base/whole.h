/* SPDX-License-Identifier: Apache-2.0 */
/* One file read whole into memory, for the calls that look at single files. */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct whole {
	uint8_t *bytes; /* owned, with a NUL behind them */
	size_t size;
	int64_t mtime_ns; /* by fstat, before reading */
};

/*
 * Reads a regular file of up to `most` bytes; never blocks on a FIFO. dir: what path is relative to, or AT_FDCWD.
 * follow: a symbolic link at its end is followed. E_VANISHED, E_OPEN, E_NOT_REGULAR, E_LIMIT_FILE, E_READ, E_NOMEM.
 */
int whole_read(struct whole *whole, int dir, const char *path, bool follow, uint64_t most,
	struct fault *fault);
void whole_release(struct whole *whole);

#endif
