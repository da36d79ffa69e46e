/* SPDX-License-Identifier: Apache-2.0 */
/* How many reads should be in flight: see tuner.h. */
#include "sched/tuner.h"

enum {
	NS_A_MS = 1000000,
	PACE = 2, /* reads a millisecond and worker while nothing comes back: hardly an image takes less than half of one */
	WINDOW_NS = 20 * NS_A_MS, /* to judge by, at least */
	WINDOW_LONG_NS = 500 * NS_A_MS, /* with few reads, of large files, that is enough as well */
	PATIENCE_FIRST = 8,
	PATIENCE_MOST = 256, /* judgements: some seconds at least */
	GROWTH_MOST = 4, /* times, in one try */
};

/* Shares of the workers' time. Below STARVING there is too little to win, and chance makes that much. */
static const double STARVING = 0.02;
/* A try has helped when this part of the starving is gone, or so many times as much comes in. */
static const double LESS_STARVED = 0.2, FASTER = 1.05;
/* Headroom over what the starving asks for: reads do not come back evenly. */
static const double HEADROOM = 1.25;
/* Reads that take so many times as long as at the last useless try are another storage: trying is worth it again. */
static const double OTHER_STORAGE = 2;

void tuner_init(struct tuner *tuner, unsigned workers, unsigned first, unsigned most)
{
	*tuner = (struct tuner){
		.workers = workers,
		.first = first,
		.most = most,
		.limit = first,
		.patience = PATIENCE_FIRST,
	};
}

static unsigned at_most(uint64_t value, unsigned most)
{
	return value < most ? (unsigned)value : most;
}

bool tuner_waited(struct tuner *tuner, uint64_t ns)
{
	unsigned wanted = at_most(ns / NS_A_MS * PACE * tuner->workers, tuner->most);

	if (tuner->state != TUNER_START || wanted <= tuner->limit)
		return false;
	tuner->limit = wanted;
	return true;
}

bool tuner_enough(const struct tuner *tuner, const struct tuner_seen *seen)
{
	if (!seen->reads || seen->ns < WINDOW_NS)
		return false;
	/* Until what was begun before has come back: once for all that are in flight; and then, to judge, twice. */
	return seen->reads >=
		tuner->limit * (tuner->settling || tuner->state == TUNER_START ? 1 : 2) ||
		seen->ns >= WINDOW_LONG_NS;
}

static struct tuner_point point(const struct tuner *tuner, const struct tuner_seen *seen)
{
	double all = (double)seen->ns * tuner->workers;

	return (struct tuner_point){
		.limit = tuner->limit,
		.starved = (double)seen->starved_ns / all,
		.rate = seen->reads / ((double)seen->ns / 1e9),
	};
}

/* Workers are busy in proportion to what comes in, and that to what is in flight, as long as more of it helps. */
static unsigned wanted(const struct tuner *tuner, const struct tuner_point *now)
{
	double busy = 1 - now->starved;
	double times = busy * GROWTH_MOST <= HEADROOM ? GROWTH_MOST : HEADROOM / busy;
	uint64_t limit = (uint64_t)(tuner->limit * times);

	return at_most(limit > tuner->limit ? limit : tuner->limit + 1, tuner->most);
}

static bool helped(const struct tuner_point *before, const struct tuner_point *now)
{
	return now->starved < STARVING || now->starved < before->starved * (1 - LESS_STARVED) ||
		now->rate > before->rate * FASTER;
}

/* Down to what memory has room for: it is no use to wish for more. */
static bool lower(struct tuner *tuner, unsigned in_flight)
{
	unsigned limit = in_flight < tuner->first ? tuner->first : in_flight;

	if (limit >= tuner->limit)
		return false;
	tuner->limit = limit;
	tuner->lowered++;
	tuner->state = TUNER_HOLD;
	tuner->calm = tuner->patience;
	return true;
}

static bool try_more(struct tuner *tuner, const struct tuner_point *now)
{
	unsigned limit = wanted(tuner, now);

	if (limit <= tuner->limit)
		return false;
	tuner->before = *now;
	if (!tuner->worst.limit)
		tuner->worst = *now;
	tuner->limit = limit;
	tuner->state = TUNER_TRY;
	tuner->settling = true;
	return true;
}

/* The try's outcome. */
static bool conclude(struct tuner *tuner, const struct tuner_point *now)
{
	tuner->state = TUNER_HOLD;
	if (helped(&tuner->before, now)) {
		tuner->raised++;
		tuner->patience = PATIENCE_FIRST;
		return false;
	}
	tuner->refused++;
	tuner->limit = tuner->before.limit;
	tuner->last = tuner->before;
	tuner->calm = tuner->patience;
	if (tuner->patience < PATIENCE_MOST)
		tuner->patience *= 2;
	return true;
}

/* Whether to wait on, after a try that was of no use. */
static bool waits(struct tuner *tuner, double read_ms)
{
	if (!tuner->calm)
		return false;
	tuner->calm = read_ms > tuner->read_ms * OTHER_STORAGE ? 0 : tuner->calm - 1;
	return tuner->calm != 0;
}

bool tuner_judge(struct tuner *tuner, const struct tuner_seen *seen)
{
	struct tuner_point now = point(tuner, seen);
	double read_ms = (double)seen->read_us / 1e3 / seen->reads;
	bool rests = waits(tuner, read_ms);

	if (tuner->state == TUNER_START) {
		/* The time until something came back says nothing of what follows. */
		tuner->state = TUNER_HOLD;
		tuner->paced = tuner->limit > tuner->first ? tuner->limit : 0;
		return false;
	}
	if (tuner->settling && now.starved >= STARVING) {
		tuner->settling = false;
		return false;
	}
	tuner->settling = false;
	if (!rests)
		tuner->read_ms = read_ms;
	tuner->last = now;
	if (seen->short_of_memory)
		return lower(tuner, seen->in_flight);
	if (tuner->state == TUNER_TRY)
		return conclude(tuner, &now);
	if (now.starved < STARVING || seen->in_flight < tuner->limit || rests)
		return false;
	return try_more(tuner, &now);
}
