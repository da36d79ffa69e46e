/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in a result: what its three texts share. */
#include "bench/bench.h"

#include "report/numbers.h"

#include <string.h>

enum imgbatch_bench_store result_store(size_t index)
{
	static const enum imgbatch_bench_store stores[] = {
		IMGBATCH_BENCH_WARM, IMGBATCH_BENCH_SLOW, IMGBATCH_BENCH_COLD};

	return stores[index];
}

const struct imgbatch_bench_cell *result_cell(const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io, const char *cpu, unsigned workers)
{
	const struct imgbatch_bench_cell *found = NULL;

	for (size_t i = 0; i < result->cell_count; i++) {
		const struct imgbatch_bench_cell *cell = &result->cells[i];

		if (cell->store != store || strcmp(cell->io, io) != 0 ||
			strcmp(cell->cpu, cpu) != 0)
			continue;
		if (workers ? cell->workers == workers : !found || cell->workers > found->workers)
			found = cell;
	}
	return found;
}

const struct imgbatch_bench_cell *result_best(
	const struct imgbatch_bench_result *result, enum imgbatch_bench_store store)
{
	for (size_t i = 0; i < result->cell_count; i++)
		if (result->cells[i].store == store && result->cells[i].best)
			return &result->cells[i];
	return NULL;
}

static const char *engine_of(const struct imgbatch_bench_cell *cell, bool io)
{
	return io ? cell->io : cell->cpu;
}

/* Whether a cell is the first with its engine. */
static bool is_first(const struct imgbatch_bench_result *result, bool io, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(engine_of(&result->cells[i], io), engine_of(&result->cells[at], io)))
			return false;
	return true;
}

const char *result_engine(const struct imgbatch_bench_result *result, bool io, size_t index)
{
	for (size_t i = 0; i < result->cell_count; i++)
		if (strcmp(result->cells[i].io, "auto") != 0 && is_first(result, io, i) && !index--)
			return engine_of(&result->cells[i], io);
	return NULL;
}

unsigned result_workers_after(const struct imgbatch_bench_result *result, unsigned workers)
{
	unsigned next = 0;

	for (size_t i = 0; i < result->cell_count; i++) {
		unsigned has = result->cells[i].workers;

		if (has > workers && (!next || has < next))
			next = has;
	}
	return next;
}

bool result_is_measured(const struct imgbatch_bench_result *result, enum imgbatch_bench_store store)
{
	for (size_t i = 0; i < result->cell_count; i++)
		if (result->cells[i].store == store && result->cells[i].rounds)
			return true;
	return false;
}

void result_add_rate(struct str *out, double rate)
{
	unsigned tenths = rate > 0 && rate < 100 ? (unsigned)(rate * 10 + 0.5) : 0;

	if (tenths >= 100 && tenths < 1000 &&
		tenths % 10) /* number_add_short() leaves two digits here */
		str_addf(out, "%u.%u", tenths / 10, tenths % 10);
	else
		number_add_short(out, rate);
}

double result_of_warm(
	const struct imgbatch_bench_result *result, const struct imgbatch_bench_cell *cell)
{
	const struct imgbatch_bench_cell *warm;

	if (!cell || !cell->rounds || cell->store == IMGBATCH_BENCH_WARM)
		return 0;
	warm = result_cell(result, IMGBATCH_BENCH_WARM, cell->io, cell->cpu, cell->workers);
	return warm && warm->rounds ? cell->median / warm->median : 0;
}

void result_add_store(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	if (store != IMGBATCH_BENCH_SLOW) {
		str_addf(out, "%s cache", store_name(store));
		return;
	}
	str_add(out, "slow store (");
	if (result->latency_ms > 0) {
		result_add_rate(out, result->latency_ms);
		str_add(out, " ms a file");
	}
	if (result->megabytes_per_s > 0) {
		str_add(out, result->latency_ms > 0 ? ", " : "");
		result_add_rate(out, result->megabytes_per_s);
		str_add(out, " MB/s in all");
	}
	str_add(out, ")");
}
