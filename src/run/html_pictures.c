/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small pictures for the page about a run. Files that failed, and files that a worker wrote, may hold anything; so they are
 * decoded where the run's own images were: a second, short run of the same engines makes a small JPEG of each, in worker
 * processes behind the same sandbox where these ran, and keeps what can be had of damaged ones. Nothing is written: the
 * pictures are taken from the slots, and go into the page as they are, for a browser.
 */
#include "run/html.h"

#include "base/clock.h"
#include "codec/codec.h"
#include "work/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIDE = 160, /* pixels at most */
	PICTURE_MOST = 48 << 10, /* bytes; one of noise has 36,000 */
	PICTURES_MOST = 2 << 20, /* all of them: two thirds of RUN_PAGE_MOST, in base64 */
	WORKERS_MOST = 8,
	ROOM = 1 << 20, /* for one's output */
	TIMEOUT_MS = 5000, /* an image */
	TICK_MS = 50,
};

static const uint64_t time_most = 10000000000, time_most_stopped = 500000000; /* ns for all */

struct pictures {
	struct run *run;
	struct sched *sched;
	struct kept **wanted; /* owned */
	size_t count, next;
	size_t bytes;
	uint64_t deadline_ns;
};

static const char no_time[] = "no time left for it";

/* -- which -------------------------------------------------------------------------------------------- */

/* Why no picture is tried of an image that failed so; NULL: there may be one. */
static const char *hopeless(int code)
{
	switch (code) {
	case IMGBATCH_E_EMPTY:
	case IMGBATCH_E_UNSUPPORTED:
		return "not decodable";
	case IMGBATCH_E_LIMIT_PIXELS:
	case IMGBATCH_E_LIMIT_SCANS:
	case IMGBATCH_E_LIMIT_CHUNKS:
	case IMGBATCH_E_LIMIT_FILE:
	case IMGBATCH_E_LIMIT_MEMORY:
		return "over a limit: not decoded";
	case IMGBATCH_E_NOT_REGULAR:
	case IMGBATCH_E_VANISHED:
	case IMGBATCH_E_OPEN:
	case IMGBATCH_E_READ:
		return "not readable";
	case IMGBATCH_E_CRASH:
	case IMGBATCH_E_MEMORY:
	case IMGBATCH_E_TIMEOUT:
		return "not decoded again";
	default:
		return NULL;
	}
}

static void want(struct pictures *p, struct few *few)
{
	for (size_t i = 0; i < few->count; i++) {
		struct kept *kept = &few->kept[i];

		if (!kept->output)
			kept->without = hopeless(kept->code);
		if (!kept->without && kept->dir != -1 && kept->path)
			p->wanted[p->count++] = kept;
	}
}

static bool want_all(struct pictures *p, struct gather *gather)
{
	size_t most = gather->outputs.few.count + gather->there.few.count;

	for (size_t i = 0; i < GATHER_KINDS; i++)
		most += gather->failed[i].few.count;
	p->wanted = calloc(most + 1, sizeof(struct kept *));
	if (!p->wanted)
		return false;
	want(p, &gather->outputs.few);
	for (size_t i = 0; i < GATHER_KINDS; i++)
		want(p, &gather->failed[i].few);
	want(p, &gather->there.few);
	return true;
}

/* -- the short run ------------------------------------------------------------------------------------ */

static int next(void *ctx, struct job *job)
{
	struct pictures *p = ctx;
	struct kept *kept;

	if (p->next == p->count)
		return 0;
	kept = p->wanted[p->next];
	job->reply = (struct task_reply){.format = 255};
	job->user = kept;
	job->seq = p->next++;
	job->read_count = 1;
	job->read[0] = (struct job_read){.dir = kept->dir,
		.path = kept->path,
		.follow = kept->follow,
		.most = p->run->options->max_file_size};
	job->request.until = 1;
	job->request.formats = CODEC_COUNT;
	return 1;
}

static void take(struct pictures *p, const struct job *job, struct kept *kept)
{
	const struct task_output *output = &job->reply.output[0];
	size_t size = output->bytes.length;

	if (!size || size > PICTURE_MOST || p->bytes + size > PICTURES_MOST) {
		kept->without = "left out: the page is full";
		return;
	}
	kept->picture = malloc(size);
	if (!kept->picture)
		return;
	memcpy(kept->picture, job->bytes + output->bytes.offset, size);
	kept->picture_size = size;
	kept->type = codecs[output->format]->name;
	p->bytes += size;
}

static int finished(void *ctx, struct job *job, const struct sched_outcome *outcome)
{
	struct kept *kept = job->user;

	if (!outcome->code && job->reply.output_count == 1)
		take(ctx, job, kept);
	else
		kept->without = outcome->code == IMGBATCH_E_CANCELED ? no_time : "not decodable";
	return 0;
}

static void tick(void *ctx)
{
	struct pictures *p = ctx;
	uint64_t now = clock_ns();

	/* Who asks to stop now does not wait long for pictures. */
	if (atomic_load(&p->run->batch->stopped) && p->deadline_ns > now + time_most_stopped)
		p->deadline_ns = now + time_most_stopped;
	if (now >= p->deadline_ns)
		sched_stop(p->sched);
}

/* Of the run's options only those that say what may be decoded, and with which limits. */
static struct work_config *config(const struct run *run)
{
	struct imgbatch *small = imgbatch_new();
	struct work_config *made = NULL;
	char recipe[64];

	snprintf(recipe, sizeof recipe, "resize %dx%d>", SIDE, SIDE);
	if (small && !imgbatch_recipe_parse(small, recipe, NULL) &&
		!imgbatch_set(small, "format", "jpeg", NULL) &&
		!imgbatch_set(small, "quality", "80", NULL) &&
		!imgbatch_set(small, "subsampling", "444", NULL) &&
		!imgbatch_set(small, "metadata", "none", NULL) &&
		!imgbatch_set(small, "decode", "scaled", NULL) &&
		!imgbatch_set(small, "keep-damaged", "yes", NULL)) {
		small->options.max_pixels = run->options->max_pixels;
		small->options.entropy = run->options->entropy;
		made = batch_config(small, run_memory(run->options));
	}
	imgbatch_free(small);
	return made;
}

static int open_engines(struct pictures *p, const struct work_config *made, struct fault *fault)
{
	const struct imgbatch_summary *summary = p->run->summary;
	const struct options *options = p->run->options;
	struct sched_settings settings = {
		.io = io_engine_by_name(summary->io),
		.cpu = cpu_engine_by_name(summary->cpu),
		.workers = summary->workers < WORKERS_MOST ? summary->workers : WORKERS_MOST,
		.input_room = options->max_file_size,
		.output_room = ROOM,
		.memory = run_memory(options),
		.timeout_ms = TIMEOUT_MS,
		.task = &work_task,
		.config = made,
		.config_size = made->size,
		.helper = options->worker,
		.sandbox = (enum cpu_sandbox)options->sandbox,
	};

	return sched_open(&p->sched, &settings, fault);
}

static void make(struct pictures *p)
{
	const struct sched_client client = {
		.ctx = p, .next = next, .finished = finished, .tick = tick, .interval_ms = TICK_MS};
	struct work_config *made = config(p->run);
	struct fault ignored;

	if (made && !open_engines(p, made, &ignored))
		sched_run(p->sched, &client, &ignored);
	sched_close(p->sched);
	free(made);
}

void run_html_pictures(struct run *run, bool stopped)
{
	struct pictures p = {.run = run};

	p.deadline_ns = clock_ns() + (stopped ? time_most_stopped : time_most);
	/* Without engines nothing was decoded, and a dry run reads headers only. */
	if (!run->summary->io || !run->summary->cpu || run->options->dry_run)
		return;
	if (want_all(&p, &run->html->gather) && p.count)
		make(&p);
	for (; p.next < p.count; p.next++)
		p.wanted[p.next]->without = no_time;
	free(p.wanted);
}
