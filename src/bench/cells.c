/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured: every I/O engine with every CPU engine, 1, 2, 4 .. workers, from every store; and what falls first. */
#include "bench/bench.h"

#include "base/machine.h"
#include "cpu/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *store_name(enum imgbatch_bench_store store)
{
	switch (store) {
	case IMGBATCH_BENCH_WARM:
		return "warm";
	case IMGBATCH_BENCH_COLD:
		return "cold";
	case IMGBATCH_BENCH_SLOW:
		return "slow";
	}
	return "";
}

void cell_add_name(struct str *out, const struct imgbatch_bench_cell *cell)
{
	if (!strcmp(cell->io, "auto"))
		str_add(out, "auto");
	else
		str_addf(out, "%s x %s", cell->io, cell->cpu);
	str_addf(out, ", %u worker%s, %s", cell->workers, cell->workers == 1 ? "" : "s",
		store_name(cell->store));
}

/* -- making --- */

enum { ENGINES_MOST = 16 };

/* Engines of a kind that can run and are wanted. */
struct choice {
	const char *name[ENGINES_MOST];
	size_t count;
};

/* wanted: NULL: all. E_ENGINE where the wanted one cannot run. */
static int choose(struct bench *bench, const char *kind, const char *wanted, struct choice *choice,
	struct fault *fault)
{
	struct imgbatch_engine_info info;

	for (size_t i = 0; imgbatch_engine_info(i, &info) == 0; i++) {
		if (strcmp(info.kind, kind) != 0 || (wanted && strcmp(info.name, wanted) != 0))
			continue;
		if (info.available && choice->count < ENGINES_MOST)
			choice->name[choice->count++] = info.name;
		else if (wanted)
			return fault_set(fault, IMGBATCH_E_ENGINE, "--%s %s cannot run here: %s",
				kind, wanted, info.reason);
		else
			bench_note(bench, "--%s %s cannot run here: %s.", kind, info.name,
				info.reason);
	}
	return 0;
}

static bool is_locked(const char *cpu)
{
	return cpu_engine_by_name(cpu)->locks;
}

static unsigned place_of(const char *name, const char *const *names)
{
	unsigned place = 0;

	while (names[place] && strcmp(names[place], name) != 0)
		place++;
	return place;
}

static unsigned kind_rank(const struct imgbatch_bench_cell *cell, bool full)
{
	switch (cell->store) {
	case IMGBATCH_BENCH_WARM:
		return full ? 0 : 3;
	case IMGBATCH_BENCH_SLOW:
		return full ? 1 : 4;
	case IMGBATCH_BENCH_COLD:
		return full ? 2 : 5;
	}
	return 6;
}

/* All pairs as they would be used stay longest, then how they scale; among these, what is usual longer than the oracles. */
static unsigned rank(const struct imgbatch_bench_cell *cell, bool full)
{
	static const char *const io[] = {"auto", "threads", "event", "sync", NULL};
	static const char *const cpu[] = {"auto", "processes", "threads", "openmp", "serial", NULL};

	return kind_rank(cell, full) * 100 + place_of(cell->io, io) * 10 + place_of(cell->cpu, cpu);
}

static int add_cell(struct cells *cells, const char *io, const char *cpu, unsigned workers,
	bool full, enum imgbatch_bench_store store)
{
	struct cell *grown = realloc(cells->cell, (cells->count + 1) * sizeof *grown);
	struct cell *cell;

	if (!grown)
		return IMGBATCH_E_NOMEM;
	cells->cell = grown;
	cell = &grown[cells->count++];
	*cell = (struct cell){.active = true,
		.is = {.io = io,
			.cpu = cpu,
			.chose_io = io,
			.chose_cpu = cpu,
			.workers = workers,
			.store = store}};
	cell->rank = rank(&cell->is, full);
	return 0;
}

/* 1, 2, 4 .. and all; only `asked` where that is not 0. */
static int add_workers(struct cells *cells, const char *io, const char *cpu, unsigned asked,
	enum imgbatch_bench_store store)
{
	unsigned most = asked ? asked : machine_cpus();
	int code = 0;

	if (!strcmp(cpu, "serial"))
		return add_cell(cells, io, cpu, 1, true, store);
	for (unsigned workers = asked ? asked : 1; workers < most && !code; workers *= 2)
		code = add_cell(cells, io, cpu, workers, false, store);
	return code ? code : add_cell(cells, io, cpu, most, true, store);
}

static int add_store(struct bench *bench, const struct choice *io, const struct choice *cpu,
	enum imgbatch_bench_store store)
{
	const struct options *options = &bench->wanted;
	unsigned jobs = (unsigned)options->jobs;
	int code = 0;

	for (size_t i = 0; i < io->count; i++)
		for (size_t k = 0; k < cpu->count && !code; k++)
			if (options->sandbox != CPU_SANDBOX_REQUIRE || is_locked(cpu->name[k]))
				code = add_workers(
					&bench->cells, io->name[i], cpu->name[k], jobs, store);
	if (!code && !options->io && !options->cpu)
		code = add_cell(
			&bench->cells, "auto", "auto", jobs ? jobs : machine_cpus(), true, store);
	return code;
}

int cells_make(struct bench *bench, struct fault *fault)
{
	struct choice io = {0}, cpu = {0};
	int code = choose(bench, "io", bench->wanted.io, &io, fault);

	if (!code)
		code = choose(bench, "cpu", bench->wanted.cpu, &cpu, fault);
	if (code)
		return code;
	for (size_t i = 0; i < 3 && !code; i++)
		if (bench->settings.stores & result_store(i))
			code = add_store(bench, &io, &cpu, result_store(i));
	if (!code && !bench->cells.count)
		return fault_set(fault, IMGBATCH_E_ENGINE, "no engine can run here");
	return code ? fault_set(fault, code, "no memory for the cells") : 0;
}

void cells_release(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		free(cells->cell[i].rates);
		free(cells->cell[i].cpu_ms);
		free(cells->cell[i].megabytes);
	}
	free(cells->cell);
	*cells = (struct cells){0};
}

/* -- what runs gave --- */

static bool grow(double **values, size_t room)
{
	double *grown = realloc(*values, room * sizeof *grown);

	if (grown)
		*values = grown;
	return grown;
}

int cell_add(struct cell *cell, const struct imgbatch_summary *summary)
{
	double images = (double)(summary->ok + summary->failed);
	unsigned at = cell->is.rounds;

	if (at == cell->room) {
		cell->room = cell->room ? 2 * cell->room : 8;
		if (!grow(&cell->rates, cell->room) || !grow(&cell->cpu_ms, cell->room) ||
			!grow(&cell->megabytes, cell->room))
			return IMGBATCH_E_NOMEM;
	}
	cell->rates[at] = images / summary->seconds;
	cell->cpu_ms[at] = summary->cpu_seconds * 1000 / images;
	cell->megabytes[at] = (double)summary->bytes_in / 1e6 / summary->seconds;
	cell->is.images = (unsigned)images;
	cell->is.failed = (unsigned)summary->failed;
	cell->is.rounds++;
	return 0;
}

void cell_cannot(struct cell *cell, const char *why)
{
	cell->active = false;
	cell->is.rounds = 0;
	snprintf(cell->is.reason, sizeof cell->is.reason, "%s", why);
}

size_t cells_active(const struct cells *cells)
{
	size_t active = 0;

	for (size_t i = 0; i < cells->count; i++)
		active += cells->cell[i].active;
	return active;
}

bool cells_drop_one(struct cells *cells, const char *reason)
{
	struct cell *last = NULL;

	if (cells_active(cells) <= 1)
		return false;
	for (size_t i = 0; i < cells->count; i++)
		if (cells->cell[i].active && (!last || cells->cell[i].rank >= last->rank))
			last = &cells->cell[i];
	if (!last)
		return false;
	cell_cannot(last, reason);
	return true;
}
