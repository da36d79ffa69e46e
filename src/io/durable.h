/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and folders made durable, a batch at a time, beside the run: what was synced here stands after a power cut,
 * under its name, with its bytes and times.
 *
 *	durable_add*  ─► durable_begin ─► a few threads: fsync each file, then each folder on the way to it
 *	                                       │
 *	durable_poll ◄── the batch stands ─────┘        (meanwhile the next one is added to)
 *
 * Each file is synced by itself: no call promises more for less on every file system. It is cheap all the same, since
 * writing began when the file was written, and since several threads that sync at once share the flushes of the disk
 * and the commits of its journal (ext4 on a virtual disk: 512 files of 20 KB in 20 to 140 ms with four threads, 900 to 2,400
 * with one). syncfs would wait for other people's data.
 *
 * One thread at a time.
 */
#ifndef IO_DURABLE_H
#define IO_DURABLE_H

#include "base/fault.h"

#include <stdbool.h>

struct durable;

struct durable_settings {
	int dir; /* what names are relative to; borrowed until close */
	bool files; /* false: files were synced as they were written, and only folders are left to do */
	/* A file that is synced with every batch, if it is there (a ledger's log); borrowed until close. NULL: none. */
	const char *journal;
};

/* E_NOMEM. Where no thread can be started, durable_poll does the work. */
int durable_open(
	struct durable **durable, const struct durable_settings *settings, struct fault *fault);
/* Stops as soon as it can; what was not polled is not durable. NULL is fine. */
void durable_close(struct durable *durable);

/* A file that stands under its final name goes into the next batch. E_NOMEM. */
int durable_add(struct durable *durable, const char *path);
/* Begins a batch of all that was added, the folders on the way to it, and the journal. None may be in hand. E_NOMEM. */
int durable_begin(struct durable *durable);
/* Begins one of the journal alone. None may be in hand. E_NOMEM. */
int durable_begin_journal(struct durable *durable);
/*
 * Whether the batch in hand is durable: 1, and none is in hand any more; 0: not yet, or none was in hand; E_WRITE, which
 * names a file: then nothing is known of this batch. wait: until it is.
 */
int durable_poll(struct durable *durable, bool wait, struct fault *fault);
bool durable_busy(const struct durable *durable); /* a batch is in hand */
/* Syncs the journal at once, on this thread. E_WRITE. */
int durable_journal(const struct durable *durable, struct fault *fault);

#endif
