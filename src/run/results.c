/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a job, into the ledger and to the caller: each output as it is complete, each image as it ends.
 */
#include "codec/codec.h"
#include "run/item.h"
#include "run/profile.h"
#include "work/work.h"

#include <stdlib.h>
#include <string.h>

void results_tell(
	struct run *run, const struct imgbatch_image *image, const struct kept_place *place)
{
	run_html_image(run, image, place);
	if (run->callbacks->image)
		run->callbacks->image(run->callbacks->ctx, image);
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a file depends on. */
static void made_from(const struct job *job, struct ledger_made *made)
{
	const struct job_read *image = &job->read[WORK_IMAGE], *mask = &job->read[WORK_MASK];
	const struct item *item = job->user;

	made->input_size = image->size;
	made->input_mtime_ns = nanoseconds(image->mtime);
	if (job->read_count > WORK_MASK)
		made->side = ledger_side(mask->size, nanoseconds(mask->mtime));
	made->side = ledger_sides_add(made->side, item->labels_side);
	made->stored_width = job->reply.width;
	made->stored_height = job->reply.height;
	made->orientation = job->reply.orientation;
}

/* The event about an image's output; takes the path. */
static int tell_output(struct run *run, struct item *item, struct item_output *placed,
	const struct ledger_made *made)
{
	struct imgbatch_output *event = item_add_made(item);

	if (!event)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for an event");
	*event = (struct imgbatch_output){
		.path = placed->path,
		.width = made->width,
		.height = made->height,
		.bytes = made->bytes,
		.recipe = strndup(made->recipe, made->recipe_size),
	};
	placed->path = NULL; /* the event's now */
	return 0;
}

/* The event of the mask's image is the last one, unless that image's file was kept. */
static void tell_mask(const struct run *run, struct item *item, const struct item_output *placed)
{
	size_t prefix = run->masks.prefix.length;

	if (item->made_count && !item->made[item->made_count - 1].mask)
		item->made[item->made_count - 1].mask = strdup(placed->path + prefix);
}

static int record_output(struct run *run, const struct job *job, uint32_t w)
{
	struct item *item = job->user;
	struct item_output *placed = &item->output[w];
	const struct task_output *output = &job->reply.output[placed->reply];
	const struct job_write *write = &job->write[w];
	struct ledger_made made = {
		.bytes = write->bytes.length, .mtime_ns = nanoseconds(write->written)};
	int code = commit_file(run, placed->path);

	if (code)
		return code;

	made_from(job, &made);
	if (placed->kind == ITEM_MASK) {
		tell_mask(run, item, placed);
	} else if (placed->kind == ITEM_IMAGE) {
		made.width = output->width;
		made.height = output->height;
		made.recipe = (const char *)job->bytes + output->recipe.offset;
		made.recipe_size = output->recipe.length;
		code = tell_output(run, item, placed, &made);
	}
	if (code)
		return code;
	item->write_us += write->us;
	run->summary->outputs++;
	run->summary->bytes_out += write->bytes.length;
	return ledger_finish_output(run->ledger, item->seq, placed->index, &made, &run->fault);
}

/* What is complete of the reply in hand. */
static void record_written(struct run *run, const struct job *job)
{
	for (uint32_t w = 0; w < job->written && commit_wanted(run); w++) {
		int code = record_output(run, job, w);

		if (code)
			run->ended_by = code;
	}
}

/* The name that a mask would get; owned by the caller; NULL: none. */
static char *foretell_mask(const struct run *run, const struct ledger_output *row)
{
	struct str name = STR_INIT;

	if (!run->masks.suffix)
		return NULL;
	beside_name(&run->masks, row->path, row->path_size, &name);
	if (name.failed)
		str_release(&name);
	else
		memmove(name.text, name.text + run->masks.prefix.length,
			name.length - run->masks.prefix.length + 1);
	return name.text;
}

/* A dry run's outputs: planned names with the shapes that work foretold. */
static void foretell_outputs(struct run *run, const struct job *job)
{
	struct item *item = job->user;
	struct ledger_output row;

	for (uint32_t i = 0; i < job->reply.output_count; i++) {
		struct imgbatch_output *event;

		if (ledger_output_get(
			    run->ledger, item->seq, job->request.from + i, &row, &run->fault) <= 0)
			return;
		event = item_add_made(item);
		if (!event)
			return;
		*event = (struct imgbatch_output){
			.path = strndup(row.path, row.path_size),
			.width = job->reply.output[i].width,
			.height = job->reply.output[i].height,
			.recipe = strdup(""),
			.mask = foretell_mask(run, &row),
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

void results_wrote(void *ctx, struct job *job)
{
	struct run *run = ctx;
	struct item *item = job->user;

	record_reply(run, job);
	item_forget_reply(item); /* names of what could not be recorded */
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

/* The second input could not be read: E_MASK, and which mask it is. */
static void blame_mask(const struct job *job, struct sched_outcome *outcome, struct fault *why)
{
	const struct item *item = job->user;
	struct str name = STR_INIT;

	str_add_escaped(&name, str_text(&item->mask), item->mask.length);
	fault_set(why, IMGBATCH_E_MASK, "its mask \"%.100s\": %s: %s", str_text(&name),
		code_name(outcome->code), outcome->detail);
	str_release(&name);
	outcome->code = why->code;
	outcome->detail = why->detail;
}

static bool failed_by_mask(const struct job *job, const struct sched_outcome *outcome)
{
	return outcome->code && outcome->code != IMGBATCH_E_CANCELED &&
		outcome->stage == STAGE_READ && job->read_done == WORK_MASK;
}

/* Boxes are looked for once an image turned out to be one; what is wrong with them was wrong from the beginning. */
static const char *stage_of(const struct sched_outcome *outcome)
{
	return stage_name(outcome->code == IMGBATCH_E_BOXES ? STAGE_READ : outcome->stage);
}

static void describe(const struct run *run, const struct job *job,
	const struct sched_outcome *outcome, struct imgbatch_image *image)
{
	const struct item *item = job->user;
	const struct task_reply *reply = &job->reply;
	unsigned warnings = all_warnings(job);

	*image = (struct imgbatch_image){
		.status = status_of(outcome, warnings),
		.name = str_text(&item->name),
		.code = outcome->code,
		.stage = outcome->code ? stage_of(outcome) : "",
		.detail = outcome->detail ? outcome->detail : "",
		.warnings = warnings,
		.width = reply->width,
		.height = reply->height,
		.bytes_in = job->read[0].size,
		.memory = run->options->dry_run ? reply->need : 0,
		.outputs = item->made,
		.output_count = item->made_count,
		.read_ms = job->read[0].us / 1e3,
		.work_ms = (double)spent_work_wall(&job->spent.work) / 1e6,
		.write_ms = item->write_us / 1e3,
	};
}

int results_finished(void *ctx, struct job *job, const struct sched_outcome *how)
{
	struct run *run = ctx;
	struct sched_outcome outcome = *how;
	struct profile_image measured;
	struct imgbatch_image image;
	struct fault why;
	int code = 0;

	if (failed_by_mask(job, &outcome))
		blame_mask(job, &outcome, &why);
	if (!outcome.code || !run->options->dry_run)
		record_reply(run, job);
	describe(run, job, &outcome, &image);
	image.profile = profile_image(run, job, &image, &measured);
	run->summary->bytes_in += image.bytes_in;
	if (image.status != IMGBATCH_IMAGE_NOT_ATTEMPTED)
		run->done++;
	if (image.status == IMGBATCH_IMAGE_FAILED)
		run->failed++;
	results_tell(run, &image,
		&(struct kept_place){job->read[0].dir, job->read[0].path, job->read[0].follow});
	if (commit_wanted(run))
		code = record_image(run, &image, job);
	if (!code && commit_wanted(run))
		code = commit_now_and_then(run);
	if (!code && !run->ended_by && run->failed > run->options->max_failures)
		code = fault_set(&run->fault, IMGBATCH_E_FAILURES, "more than %llu failures",
			(unsigned long long)run->options->max_failures);
	if (code && commit_wanted(run))
		run->ended_by = code;
	item_put(run, job->user);
	return run->ended_by;
}
