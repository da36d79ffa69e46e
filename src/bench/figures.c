/* SPDX-License-Identifier: Apache-2.0 */
/* Medians and quartiles of what the rounds gave; which cell is the best of its store, and which could as well be. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static double quantile(const double *sorted, size_t count, double share)
{
	double at = share * (double)(count - 1);
	size_t below = (size_t)at;
	double rest = at - (double)below;

	return below + 1 < count ? sorted[below] * (1 - rest) + sorted[below + 1] * rest
				 : sorted[below];
}

struct quartiles quartiles_of(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
	return (struct quartiles){quantile(values, count, 0.25), quantile(values, count, 0.5),
		quantile(values, count, 0.75)};
}

static void fill(struct cell *cell)
{
	size_t count = cell->is.rounds;
	struct quartiles rate;

	if (!count)
		return;
	rate = quartiles_of(cell->rates, count);
	cell->is.low = rate.low;
	cell->is.median = rate.median;
	cell->is.high = rate.high;
	cell->is.cpu_ms = quartiles_of(cell->cpu_ms, count).median;
	cell->is.megabytes = quartiles_of(cell->megabytes, count).median;
}

static struct cell *best_of(struct cells *cells, enum imgbatch_bench_store store)
{
	struct cell *best = NULL;

	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->cell[i];

		if (cell->is.store == store && cell->is.rounds &&
			strcmp(cell->is.io, "auto") != 0 &&
			(!best || cell->is.median > best->is.median))
			best = cell;
	}
	return best;
}

static void mark(struct cells *cells, enum imgbatch_bench_store store)
{
	struct cell *best = best_of(cells, store);

	if (!best)
		return;
	best->is.best = true;
	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->cell[i];

		cell->is.close = cell->is.close ||
			(cell->is.store == store && cell != best && cell->is.rounds &&
				cell->is.high >= best->is.low);
	}
}

void figures_fill(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++)
		fill(&cells->cell[i]);
	for (size_t i = 0; i < 3; i++)
		mark(cells, result_store(i));
}
