/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of comparisons. Pairs go to a crew in order of their names, a few more at a time than there are threads; their
 * outcomes are taken in the same order, so that reports are repeatable and memory does not grow with the trees.
 */
#include "base/clock.h"
#include "base/machine.h"
#include "compare/pair.h"
#include "compare/update.h"
#include "slots/crew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { AHEAD = 2 }; /* pairs in flight for each thread */

/* A pair in flight. Of the caller's thread, but while its job is with the crew. */
struct flight {
	struct job job;
	struct pair_task task;
	struct pair_outcome outcome;
	char *path[SIDES]; /* owned */
	bool done; /* guarded by run->lock */
};

struct run {
	const struct compare_settings *settings;
	const struct imgbatch_compare_callbacks *callbacks;
	const char *tree[SIDES]; /* NULL: hashes instead */
	bool files; /* two files, not trees */
	struct tolerances *tolerances;
	struct ignore_mask mask;
	struct hashes hashes, made;
	struct pairs pairs;
	struct pair_context context;
	struct imgbatch_compare_summary *summary;
	void *report[COMPARE_REPORTS_MAX];

	struct crew *crew;
	struct flight *flight; /* a ring */
	size_t flights, first, inside;
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct fault *fault;
};

static int no_memory(struct run *run)
{
	return fault_set(run->fault, IMGBATCH_E_NOMEM, "no memory for a comparison");
}

/* -- the crew's side ---------------------------------------------------------------------------------------- */

static void *enter(void *ctx, struct fault *fault)
{
	struct run *run = ctx;
	struct pair_worker *worker = calloc(1, sizeof *worker);

	if (!worker || pair_worker_init(worker, run->settings->max_pixels, fault)) {
		fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a worker");
		if (worker)
			pair_worker_release(worker);
		free(worker);
		return NULL;
	}
	return worker;
}

static void leave(void *worker)
{
	if (!worker)
		return;
	pair_worker_release(worker);
	free(worker);
}

static void fly(void *ctx, void *worker, struct job *job, const struct parallel *parallel)
{
	struct flight *flight = job->user;
	struct run *run = ctx;

	pair_compare(worker, &run->context, &flight->task, parallel, &flight->outcome);
	pthread_mutex_lock(&run->lock);
	flight->done = true;
	pthread_cond_signal(&run->landed);
	pthread_mutex_unlock(&run->lock);
}

/* -- what is to be compared ------------------------------------------------------------------------------------ */

static char *join(const char *tree, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s%s", tree, tree[strlen(tree) - 1] == '/' ? "" : "/", name) < 0)
		return NULL;
	return path;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* 0: no more names; 1; or E_NOMEM. Fills task and paths. */
static int next_names(struct run *run, struct flight *flight)
{
	struct pair_name name;

	if (!pairs_next(&run->pairs, &name))
		return 0;
	flight->task = (struct pair_task){.name = name.name, .code = name.code};
	for (int side = 0; side < SIDES; side++) {
		if (!name.there[side] || !run->tree[side])
			continue;
		flight->path[side] = run->files ? strdup(run->tree[side])
						: join(run->tree[side], name.name);
		if (!flight->path[side])
			return no_memory(run);
		flight->task.path[side] = flight->path[side];
	}
	return 1;
}

static int submit(struct run *run)
{
	struct flight *flight = &run->flight[(run->first + run->inside) % run->flights];
	int got;

	flight->done = false;
	got = next_names(run, flight);
	if (got > 0) {
		run->inside++;
		flight->job = (struct job){.user = flight};
		crew_add(run->crew, &flight->job, false);
	}
	return got;
}

/* -- outcomes, in order ------------------------------------------------------------------------------------- */

static int update(struct run *run, struct pair_outcome *outcome)
{
	struct imgbatch_pair *pair = &outcome->pair;
	char *place;
	int code;

	if (!update_wanted(run->settings, pair))
		return 0;
	if (run->settings->hashes) {
		code = hashes_put(&run->made, pair->name, &outcome->hash);
		if (code)
			return no_memory(run);
	} else {
		place = run->files ? strdup(run->tree[SIDE_EXPECTED])
				   : join(run->tree[SIDE_EXPECTED], pair->name);
		code = place ? update_file(pair->actual.path, place, run->fault) : no_memory(run);
		free(place);
		if (code)
			return code;
	}
	pair->updated = true;
	pair->failed = false;
	run->summary->updated++;
	return 0;
}

static void count(struct imgbatch_compare_summary *summary, const struct imgbatch_pair *pair)
{
	uint64_t *const counts[] = {
		[IMGBATCH_PAIR_EQUAL] = &summary->equal,
		[IMGBATCH_PAIR_WITHIN] = &summary->within,
		[IMGBATCH_PAIR_DIFFERENT] = &summary->different,
		[IMGBATCH_PAIR_MISSING] = &summary->missing,
		[IMGBATCH_PAIR_EXTRA] = &summary->extra,
		[IMGBATCH_PAIR_BROKEN] = &summary->broken,
	};

	summary->pairs++;
	++*counts[pair->verdict];
	summary->failed += pair->failed;
}

static int tell(struct run *run, const struct pair_outcome *outcome)
{
	const struct imgbatch_pair *pair = &outcome->pair;
	int code = 0;

	for (size_t i = 0; compare_reports[i] && !code; i++)
		if (run->report[i])
			code = compare_reports[i]->add(
				run->report[i], pair, outcome->prepared[i], run->fault);
	if (!code && run->callbacks && run->callbacks->pair)
		run->callbacks->pair(run->callbacks->ctx, pair);
	return code;
}

static int take(struct run *run, struct pair_outcome *outcome)
{
	int code;

	run->summary->ignored += outcome->ignored;
	if (!outcome->is_pair)
		return 0;
	/* A picture of differences that cannot be written is no fault of the pair's. */
	if (outcome->pair.code == IMGBATCH_E_WRITE || outcome->pair.code == IMGBATCH_E_NOMEM)
		return fault_set(run->fault, outcome->pair.code, "%s", outcome->pair.detail);
	code = update(run, outcome);
	if (code)
		return code;
	count(run->summary, &outcome->pair);
	return tell(run, outcome);
}

static void release_flight(struct flight *flight)
{
	pair_outcome_release(&flight->outcome);
	for (int side = 0; side < SIDES; side++) {
		free(flight->path[side]);
		flight->path[side] = NULL;
	}
}

/* Waits for the first pair in flight. */
static struct flight *land(struct run *run)
{
	struct flight *flight = &run->flight[run->first];

	pthread_mutex_lock(&run->lock);
	while (!flight->done)
		pthread_cond_wait(&run->landed, &run->lock);
	pthread_mutex_unlock(&run->lock);
	run->first = (run->first + 1) % run->flights;
	run->inside--;
	return flight;
}

/* An error ends the run, but what is in flight has to land before anything is freed. */
static int compare_all(struct run *run)
{
	bool more = true;
	int code = 0;

	while ((more && !code) || run->inside) {
		if (more && !code && run->inside < run->flights) {
			int got = submit(run);

			more = got > 0;
			code = got < 0 ? got : code;
			continue;
		}
		if (!run->inside)
			break;
		struct flight *flight = land(run);

		if (!code)
			code = take(run, &flight->outcome);
		release_flight(flight);
	}
	return code;
}

/* -- a run's life --------------------------------------------------------------------------------------------- */

/* Regular files or folders, both alike. */
static int look(struct run *run)
{
	int folders = 0, count = 0;
	struct stat facts;

	for (int side = 0; side < SIDES; side++) {
		const char *path = run->tree[side];

		if (!path)
			continue;
		if (!*path || stat(path, &facts))
			return fault_set(run->fault, IMGBATCH_E_USAGE, "%.120s: %s",
				*path ? path : "an empty name",
				strerrordesc_np(*path ? errno : ENOENT));
		folders += S_ISDIR(facts.st_mode) != 0;
		count++;
	}
	if (folders && folders < count)
		return fault_set(
			run->fault, IMGBATCH_E_USAGE, "a folder cannot be compared with a file");
	run->files = !folders;
	return 0;
}

/* Two files are a listing of one name: the actual one's. */
static int list(struct run *run)
{
	int code;

	if (!run->files)
		return pairs_list(&run->pairs, run->tree, run->settings, run->fault);
	code = pairs_of_files(&run->pairs, last_component(run->tree[SIDE_ACTUAL]),
		run->tree[SIDE_EXPECTED] != NULL);
	return code ? no_memory(run) : 0;
}

/* Names that only the hashes know join the expected side of the listing. */
static int list_hashes(struct run *run)
{
	const struct hashes *hashes = &run->hashes;

	for (size_t i = 0; i < hashes->count && !run->files; i++)
		if (pairs_expect(&run->pairs, hashes->entry[i].name, run->settings))
			return no_memory(run);
	return 0;
}

static int read_tolerances(struct run *run)
{
	const char *path = run->settings->tolerances;
	char *usual;
	int code;

	if (path)
		return tolerances_read(&run->tolerances, path, true, run->fault);
	if (run->files || !run->tree[SIDE_EXPECTED])
		return 0;
	usual = join(run->tree[SIDE_EXPECTED], "tolerances");
	code = usual ? tolerances_read(&run->tolerances, usual, false, run->fault) : no_memory(run);
	free(usual);
	return code;
}

static int open_reports(struct run *run)
{
	for (size_t i = 0; compare_reports[i]; i++) {
		const char *path = run->settings->report[i];

		if (!path)
			continue;
		run->report[i] = compare_reports[i]->open(path, run->fault);
		if (!run->report[i])
			return run->fault->code;
		run->context.told = true;
		run->context.drawn = run->context.drawn || compare_reports[i]->prepare;
	}
	return 0;
}

static int close_reports(struct run *run, int code)
{
	for (size_t i = 0; compare_reports[i]; i++) {
		int closed;

		if (!run->report[i])
			continue;
		closed = compare_reports[i]->close(
			run->report[i], code ? NULL : run->summary, code ? NULL : run->fault);
		code = code ? code : closed;
	}
	return code;
}

static int prepare(struct run *run)
{
	const struct compare_settings *settings = run->settings;
	int code = update_allowed(settings, run->fault);

	if (!code)
		code = look(run);
	if (!code && settings->hashes)
		code = hashes_read(&run->hashes, settings->hashes, !settings->update, run->fault);
	if (!code && settings->hashes)
		code = hashes_read(&run->made, settings->hashes, !settings->update, run->fault);
	if (!code)
		code = read_tolerances(run);
	if (!code && settings->mask)
		code = ignore_mask_read(&run->mask, settings->mask, run->fault);
	if (!code)
		code = list(run);
	if (!code)
		code = list_hashes(run);
	run->context = (struct pair_context){.settings = settings,
		.tolerances = run->tolerances,
		.mask = &run->mask,
		.hashes = settings->hashes ? &run->hashes : NULL,
		.keep = settings->keep,
		.told = run->callbacks && run->callbacks->pair,
		.report = run->report};
	return code ? code : open_reports(run);
}

static int open_crew(struct run *run)
{
	unsigned threads = run->settings->jobs ? (unsigned)run->settings->jobs : machine_cpus();
	struct crew_settings wanted = {
		.threads = threads, .ctx = run, .enter = enter, .leave = leave, .run = fly};
	int code = crew_open(&run->crew, &wanted, run->fault);

	if (code)
		return code;
	run->summary->workers = crew_size(run->crew);
	run->flights = (size_t)crew_size(run->crew) * AHEAD;
	run->flight = calloc(run->flights, sizeof *run->flight);
	return run->flight ? 0 : no_memory(run);
}

static void release(struct run *run)
{
	crew_close(run->crew);
	free(run->flight);
	pairs_release(&run->pairs);
	hashes_release(&run->hashes);
	hashes_release(&run->made);
	ignore_mask_release(&run->mask);
	tolerances_free(run->tolerances);
	pthread_cond_destroy(&run->landed);
	pthread_mutex_destroy(&run->lock);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int go(struct run *run)
{
	uint64_t began = clock_ns();
	double cpu = cpu_seconds();
	int code = prepare(run);

	if (!code)
		code = open_crew(run);
	if (!code)
		code = compare_all(run);
	if (!code && !run->summary->pairs)
		code = fault_set(run->fault, IMGBATCH_E_NOTHING, "no image on either side");
	if (!code && run->settings->hashes && run->summary->updated)
		code = hashes_write(&run->made, run->settings->hashes, run->fault);
	run->summary->seconds = (double)(clock_ns() - began) / 1e9;
	run->summary->cpu_seconds = cpu_seconds() - cpu;
	return close_reports(run, code);
}

int compare_run(const struct compare_settings *settings, const char *expected, const char *actual,
	const struct imgbatch_compare_callbacks *callbacks,
	struct imgbatch_compare_summary *summary, struct fault *fault)
{
	struct run run = {.settings = settings,
		.callbacks = callbacks,
		.tree = {expected && *expected ? expected : NULL, actual},
		.summary = summary,
		.fault = fault};
	int code;

	*summary = (struct imgbatch_compare_summary){0};
	if (!settings->hashes != (run.tree[SIDE_EXPECTED] != NULL))
		return fault_set(fault, IMGBATCH_E_USAGE,
			settings->hashes ? "--hashes stands for EXPECTED: give only ACTUAL"
					 : "compare takes EXPECTED and ACTUAL");
	if (settings->hashes &&
		(settings->mask || settings->ignore.count || settings->budget.asked))
		return fault_set(fault, IMGBATCH_E_USAGE,
			"a hash is equal or not: no budget, --ignore or --mask goes with --hashes");
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.landed, NULL);
	code = go(&run);
	release(&run);
	return code;
}
