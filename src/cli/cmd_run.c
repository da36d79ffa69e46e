/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `imgbatch [run]`: one call of imgbatch_run() and what its callbacks say. With --json every image goes to stdout as it
 * ends; to stderr go failures, at most so many of a kind, then the summary. A stdout that cannot be written stops
 * the run: whoever asked for the accounts gets them whole or exit status 3.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

enum {
	LINES_A_KIND = 20, /* failures told one by one */
	VERDICT_WIDTH = 100, /* columns */
	KINDS = 128, /* by -code; what does not fit shares the last */
};

struct show {
	const struct run_args *args;
	struct screen screen;
	uint64_t told[KINDS];
	double flushed; /* when stdout was, in seconds of the run */
	bool stdout_lost;
};

static void check_stdout(struct show *show)
{
	if (!ferror(stdout) || show->stdout_lost)
		return;
	show->stdout_lost = true;
	imgbatch_stop(show->args->batch);
}

static void image_line(struct show *show, const struct imgbatch_image *image)
{
	char *line = imgbatch_image_line(image);

	if (line)
		screen_line(&show->screen, 0, "%s", line);
	imgbatch_free_text(line);
}

/* Failures, damaged ones, and with -v everything that has something to say. */
static void tell_image(struct show *show, const struct imgbatch_image *image)
{
	bool failed = image->status == IMGBATCH_IMAGE_FAILED ||
		image->status == IMGBATCH_IMAGE_DAMAGED;
	unsigned kind = image->code < 0 && image->code > -KINDS ? (unsigned)-image->code : 0;

	if (image->status == IMGBATCH_IMAGE_NOT_ATTEMPTED ||
		image->status == IMGBATCH_IMAGE_SKIPPED)
		return;
	if (!failed && !(show->args->verbose && (image->warnings || image->code)))
		return;
	if (show->args->verbose || show->told[kind]++ < LINES_A_KIND)
		image_line(show, image);
}

static void tell_rest(struct show *show)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (show->told[kind] > LINES_A_KIND)
			screen_line(&show->screen, 0, "%s: %" PRIu64 " more, %" PRIu64 " in all",
				imgbatch_code_name(-kind), show->told[kind] - LINES_A_KIND,
				show->told[kind]);
}

static void print_json(struct show *show, const struct imgbatch_image *image)
{
	char *line = imgbatch_image_json(image);

	if (!line) {
		show->stdout_lost = true;
		imgbatch_stop(show->args->batch);
		return;
	}
	printf("%s\n", line);
	imgbatch_free_text(line);
	check_stdout(show);
}

/* What a dry run was asked for: each file that would be written. */
static void print_planned(const struct imgbatch_image *image)
{
	for (size_t i = 0; i < image->output_count; i++) {
		const struct imgbatch_output *output = &image->outputs[i];

		print_name(stdout, image->name);
		fputs(" -> ", stdout);
		print_name(stdout, output->path);
		if (output->width)
			printf(" %" PRIu32 "x%" PRIu32, output->width, output->height);
		putchar('\n');
	}
}

static void on_image(void *ctx, const struct imgbatch_image *image)
{
	struct show *show = ctx;

	if (show->args->json)
		print_json(show, image);
	else if (show->args->dry_run)
		print_planned(image);
	check_stdout(show);
	tell_image(show, image);
}

static void on_progress(void *ctx, const struct imgbatch_progress *progress)
{
	struct show *show = ctx;

	/* Who reads along should not wait for a full buffer. */
	if (progress->seconds - show->flushed >= 0.2) {
		show->flushed = progress->seconds;
		fflush(stdout);
		check_stdout(show);
	}
	screen_progress(&show->screen, progress);
}

static void on_message(void *ctx, int level, const char *text)
{
	struct show *show = ctx;

	if (level > 0 ? show->args->verbose : !show->args->quiet)
		screen_line(&show->screen, level, "%s", text);
}

static void print_summary(struct show *show, const struct imgbatch_summary *summary)
{
	char *text;

	if (show->args->json && !show->stdout_lost) {
		text = imgbatch_summary_json(summary);
		if (text)
			printf("%s\n", text);
		imgbatch_free_text(text);
	}
	if (show->args->quiet)
		return;
	text = imgbatch_summary_text(summary);
	if (text)
		screen_text(&show->screen, text);
	imgbatch_free_text(text);
	if (show->args->verbose && summary->profile && summary->profile->verdict[0])
		print_wrapped(stderr, 0, 0, VERDICT_WIDTH, summary->profile->verdict);
}

/* The run's own end, when it was no ordinary one. */
static int conclude(struct show *show, int code, const struct imgbatch_summary *summary,
	const struct imgbatch_fault *fault)
{
	int status = imgbatch_exit_status(code, summary), number = signals_seen();

	if (show->stdout_lost)
		return STATUS_ENVIRONMENT;
	if (code == IMGBATCH_E_CANCELED && number) {
		screen_line(&show->screen, 0,
			"stopped by SIG%s; the same command goes on from here",
			sigabbrev_np(number));
		return 128 + number;
	}
	if (code && status != 1)
		screen_line(&show->screen, 0, "%s: %s", imgbatch_code_name(code),
			*fault->detail ? fault->detail : imgbatch_code_text(code));
	return status;
}

static int run(const struct run_args *args)
{
	struct show show = {.args = args};
	struct imgbatch_callbacks callbacks = {&show, on_image, on_progress, on_message};
	struct imgbatch_summary summary = {0};
	struct imgbatch_fault fault = {0};
	int code, status;

	screen_open(&show.screen, args->progress, args->quiet);
	signals_watch(args->batch);
	code = imgbatch_run(args->batch, &callbacks, &summary, &fault);
	signals_watch(NULL);
	screen_clear(&show.screen);
	tell_rest(&show);
	if (imgbatch_exit_status(code, &summary) != STATUS_USAGE)
		print_summary(&show, &summary);
	status = conclude(&show, code, &summary, &fault);
	return status;
}

int cmd_run(int count, char **words)
{
	struct run_args args;
	int status = run_args_parse(&args, count, words);

	if (!status && args.help)
		help_full(stdout);
	else if (!status && args.print_recipe)
		status = output_text(imgbatch_recipe_text(args.batch));
	else if (!status)
		status = run(&args);
	run_args_release(&args);
	return status;
}
