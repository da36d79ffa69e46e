/* SPDX-License-Identifier: Apache-2.0 */
/* The page's charts: the pairs of a store as bars, best first, and how they scale beside the ideal. */
#include "bench/bench.h"

#include "report/chart.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_MOST = 64, WORKERS_MOST = 16 };

/* -- bars --- */

static unsigned colour_of(const struct imgbatch_bench_result *result, const char *name, bool io)
{
	const char *engine;

	for (size_t i = 0; (engine = result_engine(result, io, i)); i++)
		if (!strcmp(engine, name))
			return (unsigned)i;
	return CHART_COLOURS - 1;
}

/* The cells of a store with as many workers as there are, best first. */
static size_t full_cells(const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const struct imgbatch_bench_cell **cells)
{
	size_t count = 0;

	for (size_t i = 0; i < result->cell_count && count < CELLS_MOST; i++) {
		const struct imgbatch_bench_cell *cell = &result->cells[i];
		size_t at = count;

		if (cell->store != store || !cell->rounds ||
			cell != result_cell(result, store, cell->io, cell->cpu, 0))
			continue;
		for (; at && cells[at - 1]->median < cell->median; at--)
			cells[at] = cells[at - 1];
		cells[at] = cell;
		count++;
	}
	return count;
}

static char *bar_label(const struct imgbatch_bench_cell *cell)
{
	struct str label = STR_INIT;

	if (strcmp(cell->io, "auto") != 0)
		str_addf(&label, "%s \u00d7 %s", cell->io, cell->cpu);
	else
		str_addf(&label, "auto: %s \u00d7 %s", cell->chose_io, cell->chose_cpu);
	if (cell->workers > 1)
		str_addf(&label, " \u00d7 %u", cell->workers);
	return label.text;
}

void html_add_bars(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const struct imgbatch_bench_cell *cells[CELLS_MOST];
	struct chart_bar bars[CELLS_MOST] = {0};
	char *labels[CELLS_MOST];
	size_t count = full_cells(result, store, cells);
	struct str title = STR_INIT;

	for (size_t i = 0; i < count; i++) {
		labels[i] = bar_label(cells[i]);
		bars[i] = (struct chart_bar){.label = labels[i] ? labels[i] : "",
			.note = cells[i]->best    ? "best"
				: cells[i]->close ? "within noise"
						  : NULL,
			.value = cells[i]->median,
			.low = cells[i]->low,
			.high = cells[i]->high,
			.colour = colour_of(result, cells[i]->io, true),
			.strong = cells[i]->best};
	}
	str_add(&title, "Pairs, ");
	result_add_store(&title, result, store);
	chart_add_bars(out,
		&(struct chart){str_text(&title),
			"Images a second of each pair of engines; whiskers are quartiles.",
			"images/s"},
		bars, count);
	for (size_t i = 0; i < count; i++)
		free(labels[i]);
	out->failed = out->failed || title.failed;
	str_release(&title);
}

/* -- scaling --- */

struct curve {
	double workers[WORKERS_MOST], median[WORKERS_MOST], low[WORKERS_MOST], high[WORKERS_MOST];
	size_t count;
};

static void take_curve(struct curve *curve, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io, const char *cpu)
{
	curve->count = 0;
	for (unsigned w = 1; w && curve->count < WORKERS_MOST;
		w = result_workers_after(result, w)) {
		const struct imgbatch_bench_cell *cell = result_cell(result, store, io, cpu, w);
		size_t at = curve->count;

		if (!cell || !cell->rounds)
			continue;
		curve->workers[at] = w;
		curve->median[at] = cell->median;
		curve->low[at] = cell->low;
		curve->high[at] = cell->high;
		curve->count++;
	}
}

/* The fastest single worker, as many times as there are workers. */
static void take_ideal(struct curve *ideal, const struct curve *curves, size_t count)
{
	double one = 0;

	ideal->count = 0;
	for (size_t k = 0; k < count; k++) {
		if (curves[k].count && curves[k].workers[0] == 1 && curves[k].median[0] > one)
			one = curves[k].median[0];
		if (curves[k].count > ideal->count)
			*ideal = curves[k];
	}
	for (size_t i = 0; i < ideal->count; i++)
		ideal->median[i] = one * ideal->workers[i];
	if (one == 0)
		ideal->count = 0;
}

static size_t take_lines(const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io, struct curve *curves,
	struct chart_line *lines)
{
	const char *cpu;
	size_t count = 0;

	for (size_t k = 0; (cpu = result_engine(result, false, k)) && count < CHART_COLOURS - 1;
		k++) {
		struct curve *curve = &curves[count];

		take_curve(curve, result, store, io, cpu);
		if (!curve->count)
			continue;
		lines[count++] = (struct chart_line){cpu, curve->workers, curve->median, curve->low,
			curve->high, curve->count, (unsigned)k, false};
	}
	return count;
}

/* False, and nothing is added: there is no pair with more than one number of workers. */
static bool add_scaling(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io)
{
	struct curve curves[CHART_COLOURS] = {0}, ideal = {0};
	struct chart_line lines[CHART_COLOURS];
	size_t count = take_lines(result, store, io, curves, lines);
	struct chart_lines how = {.x_unit = "workers", .at_points = true};
	struct str title = STR_INIT;

	take_ideal(&ideal, curves, count);
	if (ideal.count < 2)
		return false;
	lines[count++] = (struct chart_line){"ideal", ideal.workers, ideal.median, NULL, NULL,
		ideal.count, CHART_COLOURS - 1, true};
	str_addf(&title, "Workers, --io %s, ", io);
	result_add_store(&title, result, store);
	chart_add_lines(out,
		&(struct chart){str_text(&title),
			"Images a second by number of workers, beside the fastest single worker "
			"times their number.",
			"images/s"},
		&how, lines, count);
	out->failed = out->failed || title.failed;
	str_release(&title);
	return true;
}

/* The I/O engine of the best pair first, the others folded away. */
void html_add_scaling(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const struct imgbatch_bench_cell *best = result_best(result, store);
	const char *io;

	if (!best || !add_scaling(out, result, store, best->io))
		return;
	for (size_t i = 0; (io = result_engine(result, true, i)); i++) {
		size_t before = out->length;

		if (!strcmp(io, best->io))
			continue;
		str_addf(out, "<details><summary>The same with --io %s</summary>\n", io);
		if (add_scaling(out, result, store, io))
			str_add(out, "</details>\n");
		else if (!out->failed)
			out->text[out->length = before] = '\0';
	}
}
