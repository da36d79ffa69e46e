/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many reads should be in flight, decided from what was seen. A pure function of its inputs: no clock, no engine.
 *
 *	START: nothing has come back yet. The longer that lasts, the more are begun: two a worker and millisecond,
 *	       since hardly an image is computed in less than half of one
 *	HOLD:  as it is. When workers starve although all reads that are allowed are in flight, more are tried
 *	TRY:   kept when workers starve less, or more images come in; else it is as before, and the next try waits, each
 *	       time twice as long
 *
 * What is too many costs memory and nothing else, so the number falls only while memory is short.
 */
#ifndef SCHED_TUNER_H
#define SCHED_TUNER_H

#include <stdbool.h>
#include <stdint.h>

enum tuner_state { TUNER_START, TUNER_HOLD, TUNER_TRY };

/* What happened since the last judgement. */
struct tuner_seen {
	uint64_t ns; /* how long ago that was */
	uint64_t
		starved_ns; /* time of workers with nothing to do while reads were in flight; summed over workers */
	unsigned reads; /* that came back */
	uint64_t read_us; /* the time that they took, summed */
	unsigned in_flight; /* at most at once */
	bool short_of_memory; /* one more was not begun for want of it */
};

/* A limit that was held for a while, and what came of it. */
struct tuner_point {
	unsigned limit;
	double starved; /* share of the workers' time */
	double rate; /* reads a second */
};

struct tuner {
	unsigned workers, first, most;
	unsigned limit; /* reads in flight at most: the answer */
	enum tuner_state state;
	bool settling; /* what comes back first was still begun under the old limit */
	unsigned patience,
		calm; /* judgements to wait after a try that was of no use; of them left */
	unsigned raised, refused,
		lowered; /* how often a try was kept, was not, and memory was short */
	double read_ms; /* mean time of a read at the last judgement */
	unsigned paced; /* the limit at START's end; 0: as at first */
	struct tuner_point before; /* TRY: what it is held against */
	struct tuner_point worst,
		last; /* before the first try (limit 0: there was none), and now: for telling */
};

/* first <= most, both at least 1. */
void tuner_init(struct tuner *tuner, unsigned workers, unsigned first, unsigned most);
/* Nothing came back for so long after the first read was begun. True: the limit has changed. */
bool tuner_waited(struct tuner *tuner, uint64_t ns);
/* Whether enough was seen to judge by. */
bool tuner_enough(const struct tuner *tuner, const struct tuner_seen *seen);
/* Judges. True: the limit has changed. */
bool tuner_judge(struct tuner *tuner, const struct tuner_seen *seen);

#endif
