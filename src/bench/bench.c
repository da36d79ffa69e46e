/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imgbatch_bench, told as a story:
 *
 *	check the wishes ─► pick a sample, link it in a scratch folder ─► which cells ─► rounds until time is up ─► figures ─► result
 *
 * Runs are the batch's own: its options are exchanged meanwhile, so that imgbatch_stop() ends the run at hand, and recipe,
 * limits and all the rest are what the user asked for.
 */
#include "bench/bench.h"

#include "base/clock.h"
#include "base/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From this share of the machine on it is worth a word. */
static const double others_matter = 0.1;

/* A result with all that it points to. */
struct whole_result {
	struct imgbatch_bench_result is; /* first, so that one is the other */
	struct imgbatch_bench_cell *cells; /* owned, all of these */
	char **notes;
	char *recipe, *system;
};

double bench_seconds(const struct bench *bench)
{
	return (double)(clock_ns() - bench->began_ns) / 1e9;
}

double bench_left(const struct bench *bench)
{
	return bench->settings.seconds - bench_seconds(bench);
}

void bench_note(struct bench *bench, const char *format, ...)
{
	struct str *grown = realloc(bench->notes, (bench->note_count + 1) * sizeof *grown);
	char text[512];
	va_list args;

	if (!grown)
		return;
	bench->notes = grown;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	grown[bench->note_count] = (struct str)STR_INIT;
	str_add(&grown[bench->note_count++], text);
}

static int check(const struct bench *bench, struct fault *fault)
{
	const struct imgbatch_bench_settings *settings = &bench->settings;
	const unsigned all = IMGBATCH_BENCH_WARM | IMGBATCH_BENCH_COLD | IMGBATCH_BENCH_SLOW;

	if (!(settings->seconds >= 1 && settings->seconds <= 86400))
		return fault_set(fault, IMGBATCH_E_USAGE, "a bench takes 1 to 86400 seconds");
	if (!settings->stores || settings->stores & ~all)
		return fault_set(fault, IMGBATCH_E_USAGE, "there is no such store to measure");
	if (settings->stores & IMGBATCH_BENCH_SLOW && bench->wanted.simulate_latency == 0 &&
		bench->wanted.simulate_bandwidth == 0)
		return fault_set(fault, IMGBATCH_E_USAGE,
			"a slow store needs --simulate-latency or --simulate-bandwidth");
	if (!bench->wanted.in.count && !bench->wanted.files_from)
		return fault_set(
			fault, IMGBATCH_E_USAGE, "no input: --in PATH or --files-from FILE");
	return 0;
}

/* -- notes --- */

static void note_dropped(struct bench *bench)
{
	size_t dropped = 0;

	for (size_t i = 0; i < bench->cells.count; i++)
		dropped += !strncmp(bench->cells.cell[i].is.reason, "no time", 7);
	if (dropped)
		bench_note(bench,
			"%zu of %zu cells were left out: there was no time for three rounds of "
			"all. --time %.0f "
			"would do.",
			dropped, bench->cells.count,
			bench->settings.seconds * (double)bench->cells.count /
					(double)(bench->cells.count - dropped
							? bench->cells.count - dropped
							: 1) +
				0.5);
}

static void note_failed(struct bench *bench)
{
	if (bench->failed)
		bench_note(bench, "Up to %u of %u images failed in a run, and count as done.",
			bench->failed, bench->failed_of);
}

static void note_others(struct bench *bench)
{
	bench->others = system_others(&bench->load, bench_seconds(bench));
	if (bench->others >= others_matter)
		bench_note(bench,
			"Other programs took %.0f%% of this machine's CPU time meanwhile: figures "
			"are not what it could do.",
			bench->others * 100);
}

static void note_rounds(struct bench *bench)
{
	if (bench->stopped)
		bench_note(bench, "Stopped early: what was measured by then.");
	if (bench->rounds < BENCH_ROUNDS_LEAST)
		bench_note(bench,
			"Fewer than three rounds: medians are no more than a first impression.");
	if (bench->stayed > 0.001 && bench->stayed <= 0.1)
		bench_note(bench, "Up to %.1f%% of what was dropped stayed in the page cache.",
			bench->stayed * 100);
	if (sample_most(&bench->sample) > bench->sample.count && bench->sample.linked > 1)
		bench_note(bench, "Fast cells went through the sample up to %zu times in a run.",
			bench->sample.linked);
}

/* -- the result --- */

void imgbatch_bench_free(struct imgbatch_bench_result *result)
{
	struct whole_result *whole = (struct whole_result *)result;

	if (!whole)
		return;
	for (size_t i = 0; whole->notes && i < whole->is.note_count; i++)
		free(whole->notes[i]);
	free(whole->notes);
	free(whole->cells);
	free(whole->recipe);
	free(whole->system);
	free(whole);
}

/* Notes change hands. */
static bool take_notes(struct bench *bench, struct whole_result *whole)
{
	whole->notes = calloc(bench->note_count + 1, sizeof *whole->notes);
	if (!whole->notes)
		return false;
	for (size_t i = 0; i < bench->note_count; i++) {
		whole->notes[i] = bench->notes[i].text;
		bench->notes[i] = (struct str)STR_INIT;
		if (!whole->notes[i])
			return false;
		whole->is.note_count++;
	}
	whole->is.notes = (const char *const *)whole->notes;
	return true;
}

static bool take_cells(const struct bench *bench, struct whole_result *whole)
{
	whole->cells = calloc(bench->cells.count + 1, sizeof *whole->cells);
	if (!whole->cells)
		return false;
	for (size_t i = 0; i < bench->cells.count; i++)
		whole->cells[i] = bench->cells.cell[i].is;
	whole->is.cells = whole->cells;
	whole->is.cell_count = bench->cells.count;
	return true;
}

static struct imgbatch_bench_result *make_result(struct bench *bench)
{
	struct whole_result *whole = calloc(1, sizeof *whole);

	if (!whole)
		return NULL;
	whole->is = (struct imgbatch_bench_result){
		.files = bench->sample.count,
		.listed = bench->sample.listed,
		.bytes = bench->sample.bytes,
		.cpus = machine_cpus(),
		.rounds = bench->rounds,
		.io_jobs = (unsigned)bench->wanted.io_jobs,
		.seconds = bench_seconds(bench),
		.others = bench->others,
		.latency_ms = bench->wanted.simulate_latency,
		.megabytes_per_s = bench->wanted.simulate_bandwidth,
		.stopped = bench->stopped,
		.failed = bench->failed,
	};
	whole->recipe = imgbatch_recipe_text(bench->batch);
	whole->system = system_text(bench->sample.scratch);
	whole->is.recipe = whole->recipe;
	whole->is.system = whole->system;
	if (take_cells(bench, whole) && take_notes(bench, whole) && whole->recipe && whole->system)
		return &whole->is;
	imgbatch_bench_free(&whole->is);
	return NULL;
}

static int measure(struct bench *bench, struct fault *fault)
{
	int code = check(bench, fault);

	if (!code)
		code = sample_open(&bench->sample, bench->batch, bench->settings.scratch, fault);
	if (!code)
		code = cells_make(bench, fault);
	if (!code)
		code = rounds_run(bench, fault);
	if (code)
		return code;
	figures_fill(&bench->cells);
	note_others(bench);
	note_rounds(bench);
	note_dropped(bench);
	note_failed(bench);
	return 0;
}

struct imgbatch_bench_result *imgbatch_bench(struct imgbatch *batch,
	const struct imgbatch_bench_settings *settings,
	const struct imgbatch_bench_callbacks *callbacks, struct imgbatch_fault *to)
{
	static const struct imgbatch_bench_callbacks silent;
	struct bench bench = {.batch = batch,
		.settings = *settings,
		.callbacks = callbacks ? callbacks : &silent,
		.wanted = batch->options,
		.began_ns = clock_ns(),
		.load = system_load()};
	struct imgbatch_bench_result *result = NULL;
	struct fault fault = {0};
	int code = measure(&bench, &fault);

	if (!code) {
		result = make_result(&bench);
		if (!result)
			code = fault_set(&fault, IMGBATCH_E_NOMEM, "no memory for a result");
	}
	for (size_t i = 0; i < bench.note_count; i++)
		str_release(&bench.notes[i]);
	free(bench.notes);
	cells_release(&bench.cells);
	sample_release(&bench.sample);
	fault_report(to, &fault, code);
	return result;
}
