/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs, one after another, until time is up:
 *
 *	pilot ─► how many images a run takes ─► a round that does not count ─► that number again ─► rounds ...
 *
 * A run should last long enough for its beginning and end not to matter, and short enough for several rounds of all. Cells of
 * about one speed get the very same images; one that is much slower gets the first half, quarter .. of them, which are like
 * the whole (sample.c).
 */
#include "bench/bench.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PILOT_IMAGES = 32,
	PILOT_BYTES = 4 << 20,
	COUNT_LEAST = 4, /* images of a run */
	ROUNDS_WISHED = 6, /* the first, half as long, included */
	THREADS_IN_FLIGHT = 4, /* what engines have in flight unless told: only a first guess */
	EVENT_IN_FLIGHT = 32,
};

static const double run_least = 0.3, run_most = 1, pilot_least = 0.15; /* seconds */
static const double may_stay =
	0.1; /* share of dropped pages that may be in the cache all the same */

/* The first images of a run behind a slow store come so late that it should last for this many latencies. */
static const double latencies_least = 30;

static const char no_time[] = "no time for three rounds";

static void tell_step(const struct bench *bench, const struct cell *cell, const char *what)
{
	struct str text = STR_INIT;

	if (!bench->callbacks->step)
		return;
	str_addf(&text, "%s: ", what);
	cell_add_name(&text, &cell->is);
	bench->callbacks->step(bench->callbacks->ctx, str_text(&text), bench_seconds(bench),
		bench->settings.seconds);
	str_release(&text);
}

/* -- how many images --- */

/* The last active cell of the lowest rank and the most workers: about the fastest there will be. */
static struct cell *pilot_cell(struct bench *bench)
{
	struct cell *pilot = NULL;

	for (size_t i = 0; i < bench->cells.count; i++) {
		struct cell *cell = &bench->cells.cell[i];

		if (cell->active &&
			(!pilot || cell->rank < pilot->rank ||
				(cell->rank == pilot->rank &&
					cell->is.workers >= pilot->is.workers)))
			pilot = cell;
	}
	return pilot;
}

/* A first number: fewer where files are large. */
static size_t pilot_count(const struct bench_sample *sample)
{
	uint64_t bytes = 0;
	size_t count = 0;

	while (count < sample->count && count < PILOT_IMAGES &&
		(count < COUNT_LEAST || bytes < PILOT_BYTES))
		bytes += sample->files[count++].bytes;
	return count;
}

/* More and more images, until it takes a moment. *rate: images/s. */
static int pilot(struct bench *bench, double *rate, struct fault *fault)
{
	size_t count = pilot_count(&bench->sample), most = sample_most(&bench->sample);
	struct cell *cell = pilot_cell(bench);
	struct imgbatch_summary summary;
	int ran = 0;

	*rate = 1;
	while (cell && !bench->stopped) {
		count = count < most ? count : most;
		tell_step(bench, cell, "pilot");
		ran = bench_run(bench, cell, count, &summary, fault);
		if (ran < 0)
			return ran;
		if (ran)
			*rate = (double)(summary.ok + summary.failed) / summary.seconds;
		if (ran && (summary.seconds >= pilot_least || count == most))
			break;
		count *= ran ? 4 : 1;
		cell = pilot_cell(bench);
	}
	return 0;
}

static double in_flight(const struct bench *bench, const char *io)
{
	if (!strcmp(io, "sync"))
		return 1;
	if (bench->wanted.io_jobs)
		return (double)bench->wanted.io_jobs;
	return !strcmp(io, "event") ? EVENT_IN_FLIGHT : THREADS_IN_FLIGHT;
}

/* Before it was ever measured. */
static double guess(const struct bench *bench, const struct cell *cell, double rate, unsigned most)
{
	double guess = rate * cell->is.workers / most, latency = bench->wanted.simulate_latency;
	double line = bench->wanted.simulate_bandwidth * 1e6;

	if (cell->is.store != IMGBATCH_BENCH_SLOW)
		return guess;
	if (latency > 0)
		guess = fmin(guess, in_flight(bench, cell->is.io) * 1000 / latency);
	if (line > 0 && bench->sample.bytes)
		guess = fmin(
			guess, line * (double)bench->sample.count / (double)bench->sample.bytes);
	return guess;
}

/* The common number, halved until the run takes no more than twice what it should. */
static size_t count_for(
	const struct bench *bench, const struct cell *cell, size_t common, double target)
{
	size_t least = cell->is.workers > COUNT_LEAST ? cell->is.workers : COUNT_LEAST;
	size_t most = cell->is.store == IMGBATCH_BENCH_COLD ? bench->sample.count
							    : sample_most(&bench->sample);
	size_t count = common;

	while (count > least && (double)count / cell->rate > 2 * target)
		count /= 2;
	count = count < least ? least : count;
	return count < most ? count : most;
}

static void set_counts(struct bench *bench, size_t common, double target)
{
	for (size_t i = 0; i < bench->cells.count; i++) {
		struct cell *cell = &bench->cells.cell[i];

		cell->count = count_for(bench, cell, common, target);
	}
}

static void set_guesses(struct bench *bench, double rate)
{
	unsigned most = pilot_cell(bench)->is.workers;

	for (size_t i = 0; i < bench->cells.count; i++)
		bench->cells.cell[i].rate = guess(bench, &bench->cells.cell[i], rate, most);
}

/* What a run should last at least. */
static double least_seconds(const struct bench *bench)
{
	double least = run_least;

	if (bench->settings.stores & IMGBATCH_BENCH_SLOW)
		least = fmax(least, latencies_least * bench->wanted.simulate_latency / 1000);
	return fmin(least, run_most);
}

/* -- rounds --- */

/* What a round is going to take. */
static double round_cost(const struct bench *bench)
{
	double cost = 0;

	for (size_t i = 0; i < bench->cells.count; i++) {
		const struct cell *cell = &bench->cells.cell[i];

		if (cell->active)
			cost += cell->cost + (double)cell->count / cell->rate;
	}
	return cost;
}

static void fit(struct bench *bench, double rounds)
{
	while (rounds * round_cost(bench) > bench_left(bench) &&
		cells_drop_one(&bench->cells, no_time))
		continue;
}

/* An order of its own for each round: Fisher and Yates, by a generator of Marsaglia's (xorshift). */
static void shuffle(size_t *order, size_t count, unsigned round)
{
	uint32_t state = 0x9E3779B9u * (round + 1);

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other, kept;

		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		other = state % i;
		kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

/* One run, counted unless it is the first round's. Learns what it costs. */
static int take_turn(struct bench *bench, struct cell *cell, unsigned round, struct fault *fault)
{
	size_t count = round ? cell->count : (cell->count + 1) / 2;
	uint64_t before = clock_ns();
	struct imgbatch_summary summary;
	char what[32];
	int ran;

	snprintf(what, sizeof what, round ? "round %u" : "first round", round);
	tell_step(bench, cell, what);
	ran = bench_run(bench, cell, count, &summary, fault);
	if (ran <= 0)
		return ran;
	cell->rate = (double)(summary.ok + summary.failed) / summary.seconds;
	cell->cost = (double)(clock_ns() - before) / 1e9 - summary.seconds;
	if (round && cell_add(cell, &summary))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for figures");
	return 0;
}

static int run_round(struct bench *bench, size_t *order, unsigned round, struct fault *fault)
{
	int code = 0;

	shuffle(order, bench->cells.count, round);
	for (size_t i = 0; i < bench->cells.count && !code && !bench->stopped; i++) {
		struct cell *cell = &bench->cells.cell[order[i]];

		if (cell->active && (!round || bench_left(bench) > 0))
			code = take_turn(bench, cell, round, fault);
	}
	return code;
}

static int run_rounds(struct bench *bench, size_t *order, struct fault *fault)
{
	int code = 0;

	for (unsigned round = 1; !code && !bench->stopped; round++) {
		if (round <= BENCH_ROUNDS_LEAST)
			fit(bench, BENCH_ROUNDS_LEAST - round + 1);
		else if (round_cost(bench) > bench_left(bench))
			break;
		code = run_round(bench, order, round, fault);
		if (!code && !bench->stopped)
			bench->rounds = round;
		if (bench_left(bench) <= 0)
			break;
	}
	return code;
}

/* A cell that got too few rounds is none, unless somebody wants what there is. */
static void drop_unfinished(struct bench *bench)
{
	for (size_t i = 0; i < bench->cells.count; i++) {
		struct cell *cell = &bench->cells.cell[i];

		if (cell->is.rounds && cell->is.rounds < BENCH_ROUNDS_LEAST &&
			bench->rounds >= BENCH_ROUNDS_LEAST)
			cell_cannot(cell, no_time);
		else if (!cell->is.rounds && !cell->is.reason[0])
			cell_cannot(cell, bench->stopped ? "stopped before its turn" : no_time);
	}
}

static void drop_warm_ones(struct bench *bench)
{
	if (bench->stayed <= may_stay)
		return;
	for (size_t i = 0; i < bench->cells.count; i++)
		if (bench->cells.cell[i].is.store == IMGBATCH_BENCH_COLD)
			cell_cannot(&bench->cells.cell[i], "the inputs stay in memory");
	bench_note(bench,
		"There is no cold cache to be had: %.0f%% of what was dropped stayed in memory, as "
		"files of a "
		"tmpfs do, those that others map, and (by all that can be told) those of other "
		"users.",
		bench->stayed * 100);
}

int rounds_run(struct bench *bench, struct fault *fault)
{
	size_t *order = calloc(bench->cells.count, sizeof *order);
	double rate, target;
	size_t common;
	int code;

	if (!order)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for an order");
	if (bench->settings.stores & IMGBATCH_BENCH_COLD) {
		bench->stayed = cache_drop(&bench->sample, bench->sample.count);
		drop_warm_ones(bench);
	}
	code = pilot(bench, &rate, fault);
	if (!code && !bench->stopped && pilot_cell(bench)) {
		size_t active = cells_active(&bench->cells);

		while ((double)active-- * least_seconds(bench) * (BENCH_ROUNDS_LEAST + 0.5) >
				bench_left(bench) &&
			cells_drop_one(&bench->cells, no_time))
			continue;
		target = bench_left(bench) / (double)(cells_active(&bench->cells) * ROUNDS_WISHED);
		target = fmax(least_seconds(bench), fmin(run_most, target));
		common = (size_t)(rate * target) + COUNT_LEAST;
		set_guesses(bench, rate);
		set_counts(bench, common, target);
		fit(bench, BENCH_ROUNDS_LEAST + 0.5);
		code = run_round(bench, order, 0, fault);
		set_counts(bench, common, target);
		if (!code)
			code = run_rounds(bench, order, fault);
	}
	drop_unfinished(bench);
	free(order);
	return code;
}
