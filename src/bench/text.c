/* SPDX-License-Identifier: Apache-2.0 */
/* A result for a terminal: a matrix for each store, how pairs scale, and what is to be known beside it. */
#include "bench/bench.h"

#include "report/numbers.h"

#include <stdio.h>
#include <string.h>

enum { FIRST = 11, COLUMN = 22 };

/* Text, and blanks up to a width; wider text gets one blank. Counts bytes: all of it is ASCII. */
static void add_padded(struct str *out, const char *text, size_t width)
{
	size_t length = strlen(text);

	str_add(out, text);
	do
		str_add_char(out, ' ');
	while (++length < width);
}

static void end_line(struct str *out)
{
	while (out->length && out->text[out->length - 1] == ' ')
		out->text[--out->length] = '\0';
	str_add_char(out, '\n');
}

/* "812 (790..830) *" */
static void add_figure(struct str *out, const struct imgbatch_bench_cell *cell)
{
	struct str text = STR_INIT;

	if (!cell || !cell->rounds) {
		add_padded(out, "-", COLUMN);
		return;
	}
	result_add_rate(&text, cell->median);
	str_add(&text, " (");
	result_add_rate(&text, cell->low);
	str_add(&text, "..");
	result_add_rate(&text, cell->high);
	str_add(&text, cell->best ? ") *" : cell->close ? ") =" : ")");
	add_padded(out, str_text(&text), COLUMN);
	out->failed = out->failed || text.failed;
	str_release(&text);
}

static void add_head(struct str *out, const struct imgbatch_bench_result *result)
{
	str_addf(out, "sample: %zu of %zu files, ", result->files, result->listed);
	number_add_short(out, (double)result->bytes / 1e6);
	str_addf(out, " MB; %u rounds in ", result->rounds);
	number_add_duration(out, result->seconds);
	str_addf(out, "\n%s\n", result->system);
	if (result->io_jobs)
		str_addf(out, "--io-jobs %u\n", result->io_jobs);
}

static void add_matrix_head(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const char *cpu;

	str_add_char(out, '\n');
	result_add_store(out, result, store);
	str_add(out, ", images/s: median (quartiles)\n");
	add_padded(out, "", FIRST);
	for (size_t k = 0; (cpu = result_engine(result, false, k)); k++) {
		const struct imgbatch_bench_cell *cell = NULL;
		struct str title = STR_INIT;
		const char *io;

		for (size_t i = 0; !cell && (io = result_engine(result, true, i)); i++)
			cell = result_cell(result, store, io, cpu, 0);
		str_addf(&title, "%s x %u", cpu, cell ? cell->workers : 0);
		add_padded(out, str_text(&title), COLUMN);
		str_release(&title);
	}
	end_line(out);
}

/* What is left of a warm cache's speed. */
static void add_of_warm(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	size_t before = out->length;
	const char *io, *cpu;
	bool any = false;

	str_addf(out, "  %s, of what the warm cache gives\n", store_name(store));
	for (size_t i = 0; (io = result_engine(result, true, i)); i++) {
		str_add(out, "  ");
		add_padded(out, io, FIRST - 2);
		for (size_t k = 0; (cpu = result_engine(result, false, k)); k++) {
			double share = result_of_warm(
				result, result_cell(result, store, io, cpu, 0));
			char text[32];

			any = any || share > 0;
			snprintf(text, sizeof text, share > 0 ? "%.0f%%" : "-", share * 100);
			add_padded(out, text, COLUMN);
		}
		end_line(out);
	}
	if (!any && !out->failed)
		out->text[out->length = before] = '\0';
}

/* What the run chooses by itself, against the best. */
static void add_auto(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const struct imgbatch_bench_cell *cell = result_cell(result, store, "auto", "auto", 0);
	const struct imgbatch_bench_cell *best = result_best(result, store);

	if (!cell || !cell->rounds)
		return;
	add_padded(out, "  auto", FIRST);
	add_figure(out, cell);
	str_addf(out, "%s x %s", cell->chose_io, cell->chose_cpu);
	if (best) {
		str_add(out, ": ");
		result_add_rate(out, 100 * cell->median / best->median);
		str_add(out, "% of the best");
	}
	str_add_char(out, '\n');
}

static void add_best(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const struct imgbatch_bench_cell *best = result_best(result, store);

	if (!best)
		return;
	str_addf(out, "  best (*): --io %s --cpu %s -j %u, ", best->io, best->cpu, best->workers);
	result_add_rate(out, best->median);
	str_add(out, " images/s, ");
	result_add_rate(out, best->megabytes);
	str_add(out, " MB/s, ");
	result_add_rate(out, best->cpu_ms);
	str_add(out, " ms of CPU an image; within its noise: =\n");
}

static void add_matrix(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const char *io, *cpu;

	add_matrix_head(out, result, store);
	for (size_t i = 0; (io = result_engine(result, true, i)); i++) {
		str_add(out, "  ");
		add_padded(out, io, FIRST - 2);
		for (size_t k = 0; (cpu = result_engine(result, false, k)); k++)
			add_figure(out, result_cell(result, store, io, cpu, 0));
		end_line(out);
	}
	add_auto(out, result, store);
	add_best(out, result, store);
	add_of_warm(out, result, store);
}

/* -- scaling --- */

static void add_share(struct str *out, const struct imgbatch_bench_cell *cell,
	const struct imgbatch_bench_cell *one)
{
	struct str text = STR_INIT;

	if (cell && cell->rounds) {
		result_add_rate(&text, cell->median);
		if (cell != one && one->rounds) {
			str_add(&text, " (");
			result_add_rate(&text, 100 * cell->median / one->median / cell->workers);
			str_add(&text, "%)");
		}
	} else {
		str_add_char(&text, '-');
	}
	add_padded(out, str_text(&text), 15);
	out->failed = out->failed || text.failed;
	str_release(&text);
}

static void add_scaling_row(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io, const char *cpu)
{
	const struct imgbatch_bench_cell *one = result_cell(result, store, io, cpu, 1);
	struct str name = STR_INIT;

	if (!one || !one->rounds || result_cell(result, store, io, cpu, 0) == one)
		return;
	str_addf(&name, "  %s x %s", io, cpu);
	add_padded(out, str_text(&name), 22);
	str_release(&name);
	for (unsigned w = 1; w; w = result_workers_after(result, w))
		add_share(out, result_cell(result, store, io, cpu, w), one);
	end_line(out);
}

static void add_scaling(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	size_t before = out->length, titles;
	const char *io, *cpu;
	struct str title = STR_INIT;

	str_addf(&title, "  %s", store_name(store));
	add_padded(out, str_text(&title), 22);
	str_release(&title);
	for (unsigned w = 1; w; w = result_workers_after(result, w)) {
		str_addf(&title, "x %u", w);
		add_padded(out, str_text(&title), 15);
		str_release(&title);
	}
	end_line(out);
	titles = out->length;
	for (size_t i = 0; (io = result_engine(result, true, i)); i++)
		for (size_t k = 0; (cpu = result_engine(result, false, k)); k++)
			add_scaling_row(out, result, store, io, cpu);
	if (out->length == titles && !out->failed) /* nothing to show */
		out->text[out->length = before] = '\0';
}

static void add_all_scaling(struct str *out, const struct imgbatch_bench_result *result)
{
	size_t before = out->length, titles;

	str_add(out, "\nworkers: images/s (of the ideal: so many times what one worker does)\n");
	titles = out->length;
	for (size_t i = 0; i < 3; i++)
		add_scaling(out, result, result_store(i));
	if (out->length == titles && !out->failed)
		out->text[out->length = before] = '\0';
}

char *imgbatch_bench_text(const struct imgbatch_bench_result *result)
{
	struct str out = STR_INIT;

	add_head(&out, result);
	for (size_t i = 0; i < 3; i++)
		if (result_is_measured(result, result_store(i)))
			add_matrix(&out, result, result_store(i));
	add_all_scaling(&out, result);
	if (result->note_count)
		str_add_char(&out, '\n');
	for (size_t i = 0; i < result->note_count; i++)
		str_addf(&out, "%s\n", result->notes[i]);
	if (!out.failed)
		return out.text;
	str_release(&out);
	return NULL;
}
