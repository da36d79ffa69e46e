/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder that outputs go to, held for one run.
 *
 *	OUT/                      made when absent; locked by flock on OUT/.imgbatch/lock
 *	OUT/.imgbatch/tmp/        temporary names; emptied when a run begins and when it ends
 *	OUT/.imgbatch/ledger.sqlite
 *
 * One thread at a time, but for sink_temp_name().
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SINK_PRIVATE ".imgbatch"
#define SINK_LEDGER SINK_PRIVATE "/ledger.sqlite"
#define SINK_LEDGER_LOG SINK_LEDGER "-wal" /* SQLite's, while the ledger is open */

enum { SINK_TEMP_MAX = 48 };

struct sink;

/*
 * Makes OUT with its parents, locks it, removes what an earlier run left in tmp/. E_LOCKED says who holds it
 * ("process 123 on HOST since ..."); E_WRITE when OUT cannot be made or written; E_USAGE when it is not a folder.
 */
int sink_open(struct sink **sink, const char *out, struct fault *fault);
/* Empties and removes tmp/, unlocks. A folder OUT that this sink made and that is still empty goes. NULL is fine. */
void sink_close(struct sink *sink);

/* The names of OUT and of folders on the way to it, where this sink made them, become durable as far as that is allowed. */
int sink_settle(const struct sink *sink, struct fault *fault);

int sink_dir(const struct sink *sink); /* of OUT: what names are relative to; borrowed */
/* Real, absolute path of OUT. */
const char *sink_path(const struct sink *sink);
/* Whether OUT's file system takes "a" and "A" for one name: tried, not guessed. */
bool sink_folds_case(const struct sink *sink);
/* Whether OUT held nothing (but .imgbatch) when it was opened: then no planned name needs to be looked for. */
bool sink_was_empty(const struct sink *sink);

/* A temporary name relative to sink_dir(), unique to (seq, output) in this run. Any thread. */
void sink_temp_name(uint64_t seq, uint32_t output, char name[SINK_TEMP_MAX]);

#endif
