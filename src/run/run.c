/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imgbatch_run, told as a story:
 *
 *	check the options ─► open the inputs ─► is OUT apart from them? ─► lock OUT ─► plan everything
 *	    ─► open the engines ─► feed them until every image ended ─► end the ledger ─► prune ─► count ─► page
 *
 * Whatever fails on the way, what was opened is closed in reverse, and every image is accounted for.
 */
#include "run/run.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/version.h"
#include "codec/codec.h"
#include "kernels/dispatch.h"
#include "run/profile.h"
#include "run/settings.h"
#include "run/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Raised whenever the same inputs and settings give other bytes than the version before. */
enum { OUTPUT_VERSION = 1 };

enum { PROGRESS_NS = 100000000 };

void run_message(const struct run *run, int level, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (!run->callbacks->message && !run->html)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	run_html_note(run, text);
	if (run->callbacks->message)
		run->callbacks->message(run->callbacks->ctx, level, text);
}

void run_progress(struct run *run, bool planning)
{
	uint64_t now = clock_ns();
	struct imgbatch_progress progress = {
		.listed = run->summary->listed,
		.done = run->done,
		.failed = run->failed,
		.bytes_in = run->summary->bytes_in,
		.seconds = (now - run->started_ns) / 1e9,
		.planning = planning,
	};

	if (run->sched && atomic_load(&run->batch->stopped))
		sched_stop(run->sched);
	if (!run->callbacks->progress || now - run->told_ns < PROGRESS_NS)
		return;
	run->told_ns = now;
	run->callbacks->progress(run->callbacks->ctx, &progress);
}

/*
 * Whether 16-bit images are to stay so and the recipe cannot do it. Which inputs are 16-bit is not known before they
 * are read, and the first of them might come after hours; where no output can hold 16 bits there is nothing to refuse.
 */
static int check_depth(struct run *run)
{
	const struct options *options = run->options;
	const struct op *shallow = recipe_shallow(&run->batch->recipe);

	if (!options->keep_depth || !shallow ||
		(options->format != FORMAT_SAME && !codecs[options->format]->deep))
		return 0;
	return fault_set(&run->fault, IMGBATCH_E_RECIPE,
		"%s works on 8-bit samples only, which --depth keep would not give it; "
		"--depth 8 makes 8-bit images of all",
		shallow->name);
}

static int check_options(struct run *run)
{
	const struct options *options = run->options;

	if (kernels_check(&run->fault) || entropy_check(options->entropy, &run->fault))
		return IMGBATCH_E_USAGE;
	if (!options->in.count && !options->files_from)
		return fault_set(
			&run->fault, IMGBATCH_E_USAGE, "no input: --in PATH or --files-from FILE");
	if (!options->out)
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "no output folder: --out DIR");
	if (options->root && !options->files_from)
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "--root goes with --files-from");
	if (options->sandbox == CPU_SANDBOX_REQUIRE && options->cpu &&
		!cpu_engine_by_name(options->cpu)->locks)
		return fault_set(&run->fault, IMGBATCH_E_USAGE,
			"--sandbox require goes with --cpu processes, not with --cpu %s",
			options->cpu);
	if (check_depth(run))
		return IMGBATCH_E_RECIPE;
	run->outputs = (uint32_t)options->copies * recipe_fan(&run->batch->recipe);
	return name_template_parse(&run->template, options->name,
		options->on_collision == COLLISION_SUFFIX, &run->fault);
}

static int open_source(struct run *run)
{
	const struct options *options = run->options;
	int code;

	batch_inputs(run->batch, &run->inputs);
	code = source_open(&run->source, &run->inputs, &run->fault);
	if (code)
		return code;
	return source_check_output(run->source, options->out, &run->fault);
}

static int open_output(struct run *run)
{
	struct ledger_settings settings = {.dir = -1,
		.dry = run->options->dry_run,
		.if_exists = run->options->if_exists,
		.same_times = run->options->preserve_times};
	struct str path = STR_INIT;
	int code;

	if (run->options->dry_run) {
		run->out_dir = open(run->options->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		settings.dir = run->out_dir;
		return ledger_open(&run->ledger, &settings, &run->fault);
	}
	code = sink_open(&run->sink, run->options->out, &run->fault);
	if (code)
		return code;
	run->out_dir = settings.dir = sink_dir(run->sink);
	settings.fold = sink_folds_case(run->sink) ? name_fold : NULL;
	settings.assume_empty = sink_was_empty(run->sink);
	settings.durable = run->options->durability != DURABILITY_NONE;
	str_addf(&path, "%s/" SINK_LEDGER, sink_path(run->sink));
	settings.path = str_text(&path);
	code = path.failed ? fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a path")
			   : ledger_open(&run->ledger, &settings, &run->fault);
	str_release(&path);
	return code;
}

static int begin_ledger(struct run *run)
{
	uint32_t count = source_root_count(run->source);
	const char **roots = calloc(count ? count : 1, sizeof *roots);
	struct str *settings = &run->settings, all = STR_INIT;
	char *recipe = imgbatch_recipe_text(run->batch);
	struct ledger_run begin = {.version = VERSION_TEXT, .recipe = recipe, .root_count = count};
	int code;

	settings_print(run->options, settings);
	run_labels_settings(run, settings);
	str_addf(&all, "%d\n%s\n%s", OUTPUT_VERSION, str_text(settings), recipe ? recipe : "");
	if (!roots || !recipe || settings->failed || all.failed) {
		code = fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory to begin the ledger");
	} else {
		for (uint32_t i = 0; i < count; i++)
			roots[i] = source_root_path(run->source, i);
		begin.root = roots;
		begin.settings = str_text(settings);
		begin.digest = hash64(str_text(&all), all.length, 0);
		code = ledger_begin(run->ledger, &begin, &run->fault);
	}
	free(recipe);
	str_release(&all);
	free(roots);
	return code;
}

static int begin(struct run *run)
{
	int code = check_options(run);

	if (!code)
		code = run_html_open(run);
	if (!code)
		code = open_source(run);
	if (!code)
		code = run_open_labels(run);
	if (!code)
		code = open_output(run);
	if (!code)
		code = run_open_labels_out(run);
	if (!code)
		code = run_trace_open(run);
	if (!code)
		code = begin_ledger(run);
	return code;
}

static int prune(struct run *run)
{
	const char *const ways[] = {
		str_text(&run->masks.prefix), str_text(&run->labels.prefix), NULL};
	const struct ledger_pruner pruner = {
		.ways = ways, .removed = commit_removed, .settle = commit_removals, .ctx = run};
	struct ledger_pruned pruned = {0};
	int code = ledger_prune(run->ledger, &pruner, &pruned, &run->fault);

	if (code)
		return code;
	if (pruned.removed || pruned.changed)
		run_message(run, 1, "pruned %llu outputs; %llu were changed since and left alone",
			(unsigned long long)pruned.removed, (unsigned long long)pruned.changed);
	return 0;
}

/* The numbers come from the ledger, so that summary and ledger cannot differ. */
static void count(struct run *run)
{
	struct imgbatch_summary *summary = run->summary;
	struct ledger_counts counts = {0};
	struct fault ignored;

	if (ledger_counts(run->ledger, &counts, &ignored))
		return;
	summary->listed = counts.listed;
	summary->ok = counts.ok;
	summary->damaged = counts.damaged;
	summary->failed = counts.failed;
	summary->ignored = counts.ignored;
	summary->skipped = counts.skipped;
	summary->not_attempted = counts.not_attempted + counts.planned;
}

/*
 * The ledger's end. Where results were lost, since the ledger, memory or the disk failed, none is written: the run looks
 * as if it had been killed, and the next one finds its files by what was planned.
 */
static int end(struct run *run, int outcome)
{
	int code = commit_wanted(run) ? commit_rest(run) : run->ended_by;

	if (code) {
		ledger_drop_pending(run->ledger);
		return code;
	}
	code = profile_record(run);
	if (!code)
		code = ledger_end(run->ledger, outcome, &run->fault);
	if (!code && run->options->prune && !run->options->dry_run && !outcome)
		code = prune(run);
	return !code && run->durable ? durable_journal(run->durable, &run->fault) : code;
}

static int perform(struct run *run)
{
	struct fault first;
	int code = commit_open(run), ended;

	if (!code)
		code = run_open_engines(run);
	profile_part(run, PART_OPEN);
	if (!code)
		code = run_feed(run);
	profile_part(run, PART_RUN);
	if (!code && !atomic_load(&run->batch->stopped))
		code = run_finish_labels(run);
	if (!code && atomic_load(&run->batch->stopped))
		code = fault_set(&run->fault, IMGBATCH_E_CANCELED, "stopped on request");
	sched_close(run->sched);
	run->sched = NULL;
	slow_free(run->slow);
	run->slow = NULL;
	first = run->fault;
	ended = end(run, code);
	if (code) {
		run->fault = first;
		return code;
	}
	return ended;
}

static double cpu_seconds(void)
{
	static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double seconds = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		if (getrusage(who[i], &usage))
			continue;
		seconds += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	}
	return seconds;
}

/* What takes time, and is part of the run. */
static void close_books(struct run *run)
{
	run_free_items(run);
	durable_close(run->durable);
	ledger_close(run->ledger);
	run->summary->seconds = (clock_ns() - run->started_ns) / 1e9;
}

static void close_rest(struct run *run)
{
	run_html_close(run);
	if (!run->sink && run->out_dir >= 0)
		close(run->out_dir);
	sink_close(run->sink);
	source_close(run->source);
	run_close_labels(run);
	name_template_release(&run->template);
	ledger_names_release(&run->names);
	str_release(&run->name);
	str_release(&run->settings);
	free(run->config);
}

/* A report that cannot be written is the run's failure only where it has no other: all else is done. */
static int report_failed(struct run *run, int code, const char *what, const struct fault *fault)
{
	if (code) {
		run_message(run, 0, "%s: %s", what, fault->detail);
		return code;
	}
	run->fault = *fault;
	return fault->code;
}

/*
 * The page tells of any run that had OUT for itself; one that was refused before leaves the page of an earlier one. A page
 * that cannot be written is the run's failure only where it has no other: all else is done.
 */
static int write_page(struct run *run, int code)
{
	struct fault fault = {0};

	if (!run_html_write(run, code, &fault))
		return code;
	return report_failed(run, code, "the page about the run", &fault);
}

int imgbatch_run(struct imgbatch *batch, const struct imgbatch_callbacks *callbacks,
	struct imgbatch_summary *summary, struct imgbatch_fault *fault)
{
	static const struct imgbatch_callbacks silent;
	struct imgbatch_summary unasked;
	struct run run = {
		.batch = batch,
		.options = &batch->options,
		.callbacks = callbacks ? callbacks : &silent,
		.summary = summary ? summary : &unasked,
		.out_dir = -1,
		.started_ns = clock_ns(),
	};
	double cpu_before = cpu_seconds();
	struct fault lost;
	bool begun;
	int code;

	*run.summary = (struct imgbatch_summary){.dry_run = batch->options.dry_run};
	code = profile_begin(&run);
	if (!code)
		code = begin(&run);
	begun = !code;
	if (!code)
		code = run_plan(&run);
	profile_part(&run, PART_PLAN);
	if (!code)
		code = perform(&run);
	if (run.ledger)
		count(&run);
	close_books(&run);
	profile_end(&run);
	run.summary->cpu_seconds = cpu_seconds() - cpu_before;
	if (run_trace_close(&run, &lost))
		code = report_failed(&run, code, "the trace", &lost);
	if (begun)
		code = write_page(&run, code);
	close_rest(&run);
	return fault_report(fault, &run.fault, code);
}

int imgbatch_exit_status(int code, const struct imgbatch_summary *summary)
{
	switch (code) {
	case 0:
		return summary && summary->failed ? 1 : 0;
	case IMGBATCH_E_FAILURES:
		return 4;
	case IMGBATCH_E_USAGE:
	case IMGBATCH_E_RECIPE:
	case IMGBATCH_E_NOTHING:
	case IMGBATCH_E_INSIDE:
	case IMGBATCH_E_NAMES:
		return 2;
	default:
		return 3;
	}
}
