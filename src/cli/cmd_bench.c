/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `imgbatch bench`: one call of imgbatch_bench(), its result as text on standard output and as files. Its own options are taken
 * out; all other words are those of a run. With --json - the JSON is what standard output gets.
 */
#include "cli/cli.h"

#include <imgbatch/bench.h>

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SECONDS = 60 };

struct wishes {
	const char *time, *cache, *scratch, *json, *html; /* NULL: not given */
};

static int take_own(struct wishes *wishes, int *count, char **words)
{
	const struct own_option own[] = {{"--time", &wishes->time}, {"--cache", &wishes->cache},
		{"--scratch", &wishes->scratch}, {"--json", &wishes->json},
		{"--html", &wishes->html}};

	return own_take(own, sizeof own / sizeof *own, count, words);
}

/* Whether the words of the run put a slow store in front. */
static bool is_slowed(int count, char **words)
{
	for (int i = 0; i < count; i++)
		if (strncmp(words[i], "--simulate-", 11) == 0)
			return true;
	return false;
}

static int read_stores(const struct wishes *wishes, bool slowed, unsigned *stores)
{
	static const char *const names[] = {"warm", "cold", "both"};
	static const unsigned bits[] = {IMGBATCH_BENCH_WARM, IMGBATCH_BENCH_COLD,
		IMGBATCH_BENCH_WARM | IMGBATCH_BENCH_COLD};

	/* A simulated store is there to be held against the page cache, not against this machine's disk. */
	*stores = slowed ? IMGBATCH_BENCH_WARM : IMGBATCH_BENCH_WARM | IMGBATCH_BENCH_COLD;
	for (size_t i = 0; wishes->cache && i < 3; i++)
		if (!strcmp(wishes->cache, names[i])) {
			*stores = bits[i];
			break;
		} else if (i == 2) {
			complain("--cache takes warm, cold or both");
			return STATUS_USAGE;
		}
	*stores |= slowed ? IMGBATCH_BENCH_SLOW : 0;
	return 0;
}

static int read_wishes(
	const struct wishes *wishes, bool slowed, struct imgbatch_bench_settings *settings)
{
	char *end = NULL;

	*settings = (struct imgbatch_bench_settings){
		.seconds = DEFAULT_SECONDS, .scratch = wishes->scratch};
	if (wishes->time) {
		settings->seconds = strtod(wishes->time, &end);
		if (end == wishes->time || *end || !(settings->seconds >= 1) ||
			settings->seconds > 86400) {
			complain("--time takes seconds, 1 to 86400");
			return STATUS_USAGE;
		}
	}
	return read_stores(wishes, slowed, &settings->stores);
}

static void on_step(void *ctx, const char *what, double seconds, double of)
{
	screen_status(ctx, seconds, "bench, %.0f of %.0f s: %s", seconds, of, what);
}

static int write_text(const char *path, char *text)
{
	int status = text ? output_file(path, text, strlen(text))
			  : complain_fault(IMGBATCH_E_NOMEM, NULL);

	imgbatch_free_text(text);
	return status;
}

/* JSON is a line: its newline is the command's. */
static int write_json(const char *path, char *json)
{
	char *line = NULL;
	int status;

	if (!strcmp(path, "-"))
		return output_text(json);
	if (!json || asprintf(&line, "%s\n", json) < 0)
		line = NULL;
	imgbatch_free_text(json);
	status = line ? output_file(path, line, strlen(line))
		      : complain_fault(IMGBATCH_E_NOMEM, NULL);
	free(line);
	return status;
}

static int tell(const struct wishes *wishes, const struct imgbatch_bench_result *result)
{
	bool quiet = (wishes->json && !strcmp(wishes->json, "-")) ||
		(wishes->html && !strcmp(wishes->html, "-"));
	int status = quiet ? 0 : output_text(imgbatch_bench_text(result));

	if (!status && wishes->json)
		status = write_json(wishes->json, imgbatch_bench_json(result));
	if (!status && wishes->html)
		status = write_text(wishes->html, imgbatch_bench_html(result));
	return status;
}

static int bench(const struct run_args *args, const struct wishes *wishes,
	const struct imgbatch_bench_settings *settings)
{
	struct screen screen;
	struct imgbatch_bench_callbacks callbacks = {&screen, on_step};
	struct imgbatch_fault fault = {0};
	struct imgbatch_bench_result *result;
	int status;

	screen_open(&screen, args->progress, args->quiet);
	signals_watch(args->batch);
	result = imgbatch_bench(args->batch, settings, &callbacks, &fault);
	signals_watch(NULL);
	screen_clear(&screen);
	status = result ? tell(wishes, result) : complain_fault(fault.code, &fault);
	if (!status && signals_seen())
		status = 128 + signals_seen();
	else if (!status && result && result->failed)
		status = STATUS_FAILED;
	imgbatch_bench_free(result);
	return status;
}

int cmd_bench(int count, char **words)
{
	struct imgbatch_bench_settings settings;
	struct wishes wishes = {0};
	struct run_args args;
	int status = take_own(&wishes, &count, words);
	bool slowed = is_slowed(count, words);

	if (status)
		return status;
	status = run_args_parse(&args, count, words);
	if (!status && args.help) {
		help_command(stdout, command_find("bench"));
		run_args_release(&args);
		return STATUS_OK;
	}
	if (!status)
		status = read_wishes(&wishes, slowed, &settings);
	if (!status)
		status = bench(&args, &wishes, &settings);
	run_args_release(&args);
	return status;
}
