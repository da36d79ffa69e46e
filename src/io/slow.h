/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slow store, put in front of what is read: each file answers after a latency, and all share one line of a bandwidth, as
 * behind a network. For measuring and for trying out; bytes are what they are without it.
 *
 * It only says when: every engine waits in its own way, and just where storage would make it wait, since what that costs is
 * the question. The blocking ones sleep in the thread that reads; the event loop puts a timeout into its ring and goes on.
 * (A layer around the engines' table could not do that: it would have to bring its own threads.)
 *
 *	due = slow_answer() .. wait until due .. open, fstat .. due = slow_transfer(size) .. wait until due .. read
 *
 * Writing is not slowed. Every function: any thread.
 */
#ifndef IO_SLOW_H
#define IO_SLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct slow;

struct slow_settings {
	double latency_ms; /* before a file answers; 0: none */
	double megabytes_per_s; /* 10^6 bytes, all files together; 0: no bound */
	const atomic_bool *
		stopped; /* once it is true nothing waits any more; borrowed until free; NULL: never */
};

/* NULL when out of memory. */
struct slow *slow_new(const struct slow_settings *settings);
void slow_free(struct slow *slow); /* NULL is fine */

/* When a file that is asked for now answers: nanoseconds of clock_ns(). slow may be NULL: 0, at once. */
uint64_t slow_answer(const struct slow *slow);
/* When so many bytes are through the line, behind all that were asked for before. Likewise. */
uint64_t slow_transfer(struct slow *slow, uint64_t bytes);
/*
 * Until when to wait next: due, or a moment before it, so that a wish to stop is seen soon; 0: the wait is over. Ask
 * again after each wait.
 */
uint64_t slow_until(const struct slow *slow, uint64_t due);
/* All of it, on the calling thread. */
void slow_sleep(const struct slow *slow, uint64_t due);

#endif
