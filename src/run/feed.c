/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's client: turns ledger rows into jobs, and jobs that ended into ledger rows and the caller's events.
 *
 *	ledger_next ─► next ─► (read, work) ─► plan_writes ─► (write) ─► wrote / finished ─► ledger, callbacks
 *
 * All of it runs in the thread that called imgbatch_run.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "recipe/recipe.h"
#include "run/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_NS = 2000000000 };

/* One output's final and temporary name while its job lives. */
struct item_output {
	char *path; /* owned */
	char temp[SINK_TEMP_MAX];
	uint32_t index; /* its number among the image's outputs */
	uint32_t reply; /* its place in the reply */
};

/* What the run remembers of a job. Kept on a free list, with the room of its strings. */
struct item {
	struct item *next;
	uint64_t seq;
	struct str path, name;
	unsigned number;
	struct item_output output[TASK_OUTPUTS_MAX]; /* being written: element w goes with job->write[w] */
	struct imgbatch_output *made; /* owned; all that were written so far, for the event */
	size_t made_count, made_room;
	uint64_t write_us;
};

static struct item *item_take(struct run *run)
{
	struct item *item = run->free_items;

	if (item)
		run->free_items = item->next;
	else
		item = calloc(1, sizeof *item);
	return item;
}

static void item_forget(struct item *item)
{
	for (int i = 0; i < TASK_OUTPUTS_MAX; i++) {
		free(item->output[i].path);
		item->output[i].path = NULL;
	}
	for (size_t i = 0; i < item->made_count; i++) {
		free((char *)item->made[i].path);
		free((char *)item->made[i].recipe);
	}
	item->made_count = 0;
	item->write_us = 0;
	str_clear(&item->path);
	str_clear(&item->name);
}

static void item_put(struct run *run, struct item *item)
{
	item_forget(item);
	item->next = run->free_items;
	run->free_items = item;
}

void run_free_items(struct run *run)
{
	for (struct item *item = run->free_items, *next; item; item = next) {
		next = item->next;
		free(item->made);
		str_release(&item->path);
		str_release(&item->name);
		free(item);
	}
	run->free_items = NULL;
}

static void emit(struct run *run, const struct imgbatch_image *image)
{
	if (run->callbacks->image)
		run->callbacks->image(run->callbacks->ctx, image);
}

/* -- next: from the ledger to a job ------------------------------------------------------------------- */

/* Rows that planning has settled already are told in their turn, so that events come in listing order. */
static void tell_settled(struct run *run, const struct ledger_image *row)
{
	static const enum imgbatch_status status[] = {
		[LEDGER_PLANNED] = IMGBATCH_IMAGE_NOT_ATTEMPTED,
		[LEDGER_FAILED] = IMGBATCH_IMAGE_FAILED,
		[LEDGER_IGNORED] = IMGBATCH_IMAGE_IGNORED,
		[LEDGER_SKIPPED] = IMGBATCH_IMAGE_SKIPPED,
	};
	struct imgbatch_image image = {
		.status = status[row->state],
		.name = row->name_size ? row->name : row->path,
		.code = row->code,
		.stage = row->state == LEDGER_FAILED ? "read" : "",
		.detail = row->detail,
		.bytes_in = row->size,
	};

	if (row->state != LEDGER_PLANNED)
		run->done++;
	if (row->state == LEDGER_FAILED)
		run->failed++;
	emit(run, &image);
}

/* Those whose turn never came, so that every image is told once. */
static void tell_rest(struct run *run)
{
	struct ledger_image row;
	struct fault ignored;

	while (ledger_next(run->ledger, &row, &ignored) > 0)
		tell_settled(run, &row);
}

/* What ended the run does not keep results from the ledger, unless it was the ledger or memory. */
static bool records(const struct run *run)
{
	return !run->ended_by || run->ended_by == IMGBATCH_E_FAILURES;
}

/* Draws depend on the name under OUT without its extension: not on root, order, format or worker. */
static void image_key(const struct run *run, const struct ledger_image *row, uint32_t key[2])
{
	struct name_pieces pieces;
	size_t stem_end;

	name_split(&pieces, row->name, row->name_size);
	stem_end = (size_t)(pieces.stem - row->name) + pieces.stem_size;
	recipe_key(run->options->seed, row->name, stem_end, key);
}

static int fill_job(struct run *run, const struct ledger_image *row, struct job *job)
{
	struct item *item = item_take(run);

	if (!item)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a job");
	str_add_bytes(&item->path, row->path, row->path_size);
	str_add_bytes(&item->name, row->name, row->name_size);
	if (item->path.failed || item->name.failed) {
		item_put(run, item);
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a job");
	}
	item->seq = row->seq;
	item->number = row->number;
	job->reply = (struct task_reply){.format = 255};
	job->written = job->write_count = 0;
	job->user = item;
	job->seq = row->seq;
	job->read_count = 1;
	job->read[0] = (struct job_read){
		.dir = source_root_dir(run->source, row->root),
		.path = str_text(&item->path),
		.follow = row->follow,
	};
	image_key(run, row, job->request.key);
	return 1;
}

static int next(void *ctx, struct job *job)
{
	struct run *run = ctx;
	struct ledger_image row;

	while (!run->ended_by) {
		int got = ledger_next(run->ledger, &row, &run->fault);

		if (got > 0 && row.state == LEDGER_PLANNED)
			got = fill_job(run, &row, job);
		else if (got > 0) {
			tell_settled(run, &row);
			run_progress(run, false);
			if (atomic_load(&run->batch->stopped))
				return 0;
			continue;
		}
		if (got < 0)
			run->ended_by = got;
		return got > 0;
	}
	return 0;
}

/* -- plan_writes: where outputs go -------------------------------------------------------------------- */

/*
 * Whether output `index` must go elsewhere than planned: its name tells of its size or bytes, or the content
 * is of another type than the input's extension said.
 */
static bool renamed(const struct run *run, const struct item *item, const struct codec *codec)
{
	struct name_pieces pieces;

	if (run->template.late)
		return true;
	name_split(&pieces, str_text(&item->name), item->name.length);
	return run->options->format == FORMAT_SAME && pieces.ext_size &&
		!name_ext_in(pieces.ext, pieces.ext_size, codec->extensions);
}

/* The name an output turns out to have; *replace as the ledger says of that name. */
static int name_made(struct run *run, const struct job *job, uint32_t i, const struct ledger_output *row,
	bool *replace)
{
	const struct item *item = job->user;
	const struct task_output *output = &job->reply.output[i];
	const struct codec *codec = codecs[output->format];
	struct late_values late = {output->width, output->height, 0};
	int code;

	str_clear(&run->name);
	*replace = row->replace;
	if (!renamed(run, item, codec)) {
		str_add_bytes(&run->name, row->path, row->path_size);
		return 0;
	}
	late.hash = hash64(job->bytes + output->bytes.offset, output->bytes.length, 0);
	code = run_output_name(run, str_text(&item->name), item->name.length, item->seq, row->index,
		item->number, codec, &late, &run->name);
	if (code)
		return code;
	return ledger_output_claim(run->ledger, item->seq, row->index, str_text(&run->name),
		run->name.length, replace, &run->fault);
}

static int place_output(struct run *run, struct job *job, uint32_t i)
{
	struct item *item = job->user;
	struct item_output *placed = &item->output[job->write_count];
	struct ledger_output row;
	bool replace;
	int code;

	placed->reply = i;
	placed->index = job->request.from + i;
	code = ledger_output_get(run->ledger, item->seq, placed->index, &row, &run->fault);
	if (code <= 0)
		return code ? code : fault_set(&run->fault, IMGBATCH_E_LEDGER, "an output has no row");
	if (row.keep)
		return 0;
	code = name_made(run, job, i, &row, &replace);
	if (code)
		return code;
	placed->path = strdup(str_text(&run->name));
	if (!placed->path || run->name.failed)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a name");
	sink_temp_name(item->seq, placed->index, placed->temp);
	job->write[job->write_count++] = (struct job_write){
		.dir = run->out_dir,
		.temp = placed->temp,
		.path = placed->path,
		.bytes = job->reply.output[i].bytes,
		.mode = 0666,
		.replace = replace,
		.set_mtime = run->options->preserve_times,
		.mtime = job->read[0].mtime,
	};
	return 0;
}

static int plan_writes(void *ctx, struct job *job, struct fault *fault)
{
	struct run *run = ctx;

	job->write_count = 0;
	for (uint32_t i = 0; i < job->reply.output_count; i++) {
		int code = place_output(run, job, i);

		if (code) {
			*fault = run->fault;
			return code;
		}
	}
	return 0;
}

/* -- wrote, finished: back to the ledger -------------------------------------------------------------- */

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Room for one more event about an output of this image; NULL when out of memory. */
static struct imgbatch_output *add_made(struct item *item)
{
	if (item->made_count == item->made_room) {
		size_t room = item->made_room ? item->made_room * 2 : 4;
		struct imgbatch_output *made = realloc(item->made, room * sizeof *made);

		if (!made)
			return NULL;
		item->made = made;
		item->made_room = room;
	}
	return &item->made[item->made_count++];
}

static int record_output(struct run *run, const struct job *job, uint32_t w)
{
	struct item *item = job->user;
	struct item_output *placed = &item->output[w];
	const struct task_output *output = &job->reply.output[placed->reply];
	const struct job_write *write = &job->write[w];
	const char *recipe = (const char *)job->bytes + output->recipe.offset;
	struct ledger_made made = {
		.bytes = output->bytes.length,
		.mtime_ns = nanoseconds(write->written),
		.width = output->width,
		.height = output->height,
		.recipe = recipe,
		.recipe_size = output->recipe.length,
		.input_size = job->read[0].size,
		.input_mtime_ns = nanoseconds(job->read[0].mtime),
	};
	struct imgbatch_output *event = add_made(item);

	if (!event)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for an event");
	*event = (struct imgbatch_output){
		.path = placed->path,
		.width = output->width,
		.height = output->height,
		.bytes = output->bytes.length,
		.recipe = strndup(recipe, output->recipe.length),
	};
	placed->path = NULL; /* the event's now */
	item->write_us += write->us;
	run->summary->outputs++;
	run->summary->bytes_out += output->bytes.length;
	return ledger_finish_output(run->ledger, item->seq, placed->index, &made, &run->fault);
}

/* What is complete of the reply in hand. */
static void record_written(struct run *run, const struct job *job)
{
	for (uint32_t w = 0; w < job->written && records(run); w++) {
		int code = record_output(run, job, w);

		if (code)
			run->ended_by = code;
	}
}

/* A dry run's outputs: planned names with the shapes that work foretold. */
static void foretell_outputs(struct run *run, const struct job *job)
{
	struct item *item = job->user;
	struct ledger_output row;

	for (uint32_t i = 0; i < job->reply.output_count; i++) {
		struct imgbatch_output *event;

		if (ledger_output_get(run->ledger, item->seq, job->request.from + i, &row, &run->fault) <= 0)
			return;
		event = add_made(item);
		if (!event)
			return;
		*event = (struct imgbatch_output){
			.path = strndup(row.path, row.path_size),
			.width = job->reply.output[i].width,
			.height = job->reply.output[i].height,
			.recipe = strdup(""),
		};
		run->summary->outputs++;
	}
}

static void record_reply(struct run *run, const struct job *job)
{
	if (run->options->dry_run)
		foretell_outputs(run, job);
	else
		record_written(run, job);
}

static void wrote(void *ctx, struct job *job)
{
	struct run *run = ctx;
	struct item *item = job->user;

	record_reply(run, job);
	for (int i = 0; i < TASK_OUTPUTS_MAX; i++) { /* names of what could not be recorded */
		free(item->output[i].path);
		item->output[i].path = NULL;
	}
}

static enum imgbatch_status status_of(const struct sched_outcome *outcome, unsigned warnings)
{
	switch (outcome->code) {
	case 0:
		return warnings & IMGBATCH_W_DAMAGED ? IMGBATCH_IMAGE_DAMAGED : IMGBATCH_IMAGE_OK;
	case IMGBATCH_E_NOT_IMAGE:
		return IMGBATCH_IMAGE_IGNORED;
	case IMGBATCH_E_CANCELED:
		return IMGBATCH_IMAGE_NOT_ATTEMPTED;
	default:
		return IMGBATCH_IMAGE_FAILED;
	}
}

static int record_image(struct run *run, const struct imgbatch_image *image, const struct job *job)
{
	static const enum ledger_state state[] = {
		[IMGBATCH_IMAGE_OK] = LEDGER_OK,
		[IMGBATCH_IMAGE_DAMAGED] = LEDGER_DAMAGED,
		[IMGBATCH_IMAGE_FAILED] = LEDGER_FAILED,
		[IMGBATCH_IMAGE_IGNORED] = LEDGER_IGNORED,
		[IMGBATCH_IMAGE_NOT_ATTEMPTED] = LEDGER_NOT_ATTEMPTED,
	};
	struct ledger_result result = {
		.state = state[image->status],
		.code = image->code,
		.stage = image->stage,
		.detail = image->detail,
		.warnings = image->warnings,
		.size = image->bytes_in,
		.mtime_ns = nanoseconds(job->read[0].mtime),
		.width = image->width,
		.height = image->height,
		.read_us = (uint64_t)(image->read_ms * 1000),
		.work_us = (uint64_t)(image->work_ms * 1000),
		.write_us = (uint64_t)(image->write_ms * 1000),
	};
	struct item *item = job->user;

	return ledger_finish_image(run->ledger, item->seq, &result, &run->fault);
}

static unsigned all_warnings(const struct job *job)
{
	const struct item *item = job->user;
	unsigned warnings = job->reply.warnings;
	struct name_pieces pieces;

	if (job->reply.format >= CODEC_COUNT)
		return warnings;
	name_split(&pieces, str_text(&item->name), item->name.length);
	if (pieces.ext_size &&
		!name_ext_in(pieces.ext, pieces.ext_size, codecs[job->reply.format]->extensions))
		warnings |= IMGBATCH_W_EXT;
	return warnings;
}

static void describe(const struct run *run, const struct job *job, const struct sched_outcome *outcome,
	struct imgbatch_image *image)
{
	const struct item *item = job->user;
	const struct task_reply *reply = &job->reply;
	unsigned warnings = all_warnings(job);

	*image = (struct imgbatch_image){
		.status = status_of(outcome, warnings),
		.name = str_text(&item->name),
		.code = outcome->code,
		.stage = outcome->code ? stage_name(outcome->stage) : "",
		.detail = outcome->detail ? outcome->detail : "",
		.warnings = warnings,
		.width = reply->width,
		.height = reply->height,
		.bytes_in = job->read[0].size,
		.memory = run->options->dry_run ? reply->need : 0,
		.outputs = item->made,
		.output_count = item->made_count,
		.read_ms = job->read[0].us / 1e3,
		.work_ms = (reply->decode_us + reply->op_us + reply->encode_us) / 1e3,
		.write_ms = item->write_us / 1e3,
	};
}

/* Results are committed in batches, and at least every few seconds. */
static int commit_now_and_then(struct run *run)
{
	uint64_t now = clock_ns();
	int code;

	if (ledger_pending(run->ledger) < LEDGER_BATCH && now - run->committed_ns < COMMIT_NS)
		return 0;
	code = ledger_commit(run->ledger, &run->fault);
	run->committed_ns = clock_ns();
	return code;
}

static int finished(void *ctx, struct job *job, const struct sched_outcome *outcome)
{
	struct run *run = ctx;
	struct imgbatch_image image;
	int code = 0;

	if (!outcome->code || !run->options->dry_run)
		record_reply(run, job);
	describe(run, job, outcome, &image);
	run->summary->bytes_in += image.bytes_in;
	if (image.status != IMGBATCH_IMAGE_NOT_ATTEMPTED)
		run->done++;
	if (image.status == IMGBATCH_IMAGE_FAILED)
		run->failed++;
	emit(run, &image);
	if (records(run))
		code = record_image(run, &image, job);
	if (!code && records(run))
		code = commit_now_and_then(run);
	if (!code && !run->ended_by && run->failed > run->options->max_failures)
		code = fault_set(&run->fault, IMGBATCH_E_FAILURES, "more than %llu failures",
			(unsigned long long)run->options->max_failures);
	if (code && records(run))
		run->ended_by = code;
	item_put(run, job->user);
	return run->ended_by;
}

static void tick(void *ctx)
{
	run_progress(ctx, false);
}

int run_feed(struct run *run)
{
	struct sched_client client = {
		.ctx = run,
		.next = next,
		.plan_writes = run->options->dry_run ? NULL : plan_writes,
		.wrote = wrote,
		.finished = finished,
		.tick = tick,
		.interval_ms = 100,
	};
	struct fault fault = {0};
	int code;

	run->committed_ns = clock_ns();
	code = sched_run(run->sched, &client, &fault);
	if (code || run->ended_by || atomic_load(&run->batch->stopped))
		tell_rest(run);
	if (run->ended_by)
		return run->ended_by;
	if (code)
		run->fault = fault;
	return code;
}
