/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's client: turns ledger rows into jobs, and says where their outputs go.
 *
 *	ledger_next ─► next ─► (read, work) ─► plan_writes ─► (write) ─► results.c ─► ledger, callbacks
 *
 * All of it runs in the thread that called imgbatch_run.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "recipe/recipe.h"
#include "run/item.h"
#include "run/trace.h"
#include "run/sidecar.h"
#include "work/work.h"

#include <string.h>

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
	if (row->state == LEDGER_SKIPPED)
		run_html_skipped(run, row);
	results_tell(run, &image,
		&(struct kept_place){
			source_root_dir(run->source, row->root), row->path, row->follow});
}

/* Those whose turn never came, so that every image is told once. */
static void tell_rest(struct run *run)
{
	struct ledger_image row;
	struct fault ignored;

	while (ledger_next(run->ledger, &row, &ignored) > 0)
		tell_settled(run, &row);
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

/* The image's mask as the second input. */
static int add_mask(struct run *run, struct item *item, struct job *job)
{
	const char *path = beside_path(&run->masks, str_text(&item->name), item->name.length);

	if (path)
		str_add(&item->mask, path);
	if (!path || item->mask.failed)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a job");
	job->read_count = WORK_MASK + 1;
	job->read[WORK_MASK] = (struct job_read){
		.dir = run->masks.dir,
		.path = str_text(&item->mask),
		.follow = true,
		.most = run->options->max_file_size,
	};
	return 0;
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
		.most = run->options->max_file_size,
	};
	job->request.until = run->outputs;
	job->request.formats = CODEC_COUNT;
	job->request.operations = (uint32_t)op_count;
	image_key(run, row, job->request.key);
	if (run->masks.suffix && add_mask(run, item, job)) {
		item_put(run, item);
		return IMGBATCH_E_NOMEM;
	}
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

/* An output's name turned out otherwise than planned. */
static int claim_name(struct run *run, const struct item *item, uint32_t index,
	const struct str *name, bool *replace)
{
	int code = ledger_output_claim(
		run->ledger, item->seq, index, str_text(name), name->length, replace, &run->fault);

	return code ? code : commit_claim(run);
}

/* The name an output turns out to have in place of the planned one; *replace as the ledger says of that name. */
static int name_made(struct run *run, const struct job *job, uint32_t i,
	const struct ledger_output *row, bool *replace)
{
	const struct item *item = job->user;
	const struct task_output *output = &job->reply.output[i];
	const struct codec *codec = codecs[output->format];
	struct late_values late = {output->width, output->height, 0};
	int code;

	*replace = row->replace;
	if (!renamed(run, item, codec))
		return 0;
	str_clear(&run->name);
	late.hash = hash64(job->bytes + output->bytes.offset, output->bytes.length, 0);
	code = run_output_name(run, str_text(&item->name), item->name.length, item->seq, row->index,
		item->number, codec, &late, &run->name);
	if (code)
		return code;
	return claim_name(run, item, row->index, &run->name, replace);
}

static int output_row(
	struct run *run, const struct item *item, uint32_t index, struct ledger_output *row)
{
	int code = ledger_output_get(run->ledger, item->seq, index, row, &run->fault);

	if (code > 0)
		return 0;
	return code ? code : fault_set(&run->fault, IMGBATCH_E_LEDGER, "an output has no row");
}

/* Adds a write of the reply's output i; what lies beside it says so behind this. */
static int add_write(struct run *run, struct job *job, uint32_t i, uint32_t index,
	enum item_kind kind, const struct str *name, bool replace)
{
	struct item *item = job->user;
	struct item_output *placed = &item->output[job->write_count];

	placed->reply = i;
	placed->index = index;
	placed->kind = kind;
	placed->path = strdup(str_text(name));
	if (!placed->path || name->failed)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a name");
	sink_temp_name(item->seq, index, placed->temp);
	job->write[job->write_count++] = (struct job_write){
		.dir = run->out_dir,
		.temp = placed->temp,
		.path = placed->path,
		.bytes = job->reply.output[i].bytes,
		.mode = 0666,
		.replace = replace,
		.start = run->options->durability == DURABILITY_BATCH,
		.sync = run->options->durability == DURABILITY_FILE,
		.set_mtime = run->options->preserve_times,
		.mtime = job->read[WORK_IMAGE].mtime,
	};
	return 0;
}

static uint64_t input_hash(struct item *item, const struct job *job)
{
	const struct extent *input = &job->read[0].got;

	if (!item->hashed)
		item->input_hash = hash64(job->bytes + input->offset, input->length, 0);
	item->hashed = true;
	return item->input_hash;
}

/* The text of output i's sidecar; run->name: the output's. */
static int print_sidecar(struct run *run, const struct job *job, uint32_t i, struct str *text)
{
	const struct extent *recipe = &job->reply.output[i].recipe;
	struct item *item = job->user;
	struct sidecar sidecar = {
		.output = str_text(&run->name),
		.input = str_text(&item->name),
		.input_size = job->read[0].got.length,
		.input_hash = input_hash(item, job),
		.seed = run->options->seed,
		.index = job->request.from + i,
		.outputs = run->outputs,
		.settings = str_text(&run->settings),
		.recipe = (const char *)job->bytes + recipe->offset,
		.recipe_size = recipe->length,
	};

	sidecar_print(&sidecar, text);
	return text->failed ? fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a sidecar")
			    : 0;
}

/* The file of a row that comes beside output i, under a name that may not be the planned one: its output may have moved. */
static int place_row(struct run *run, struct job *job, uint32_t i, const struct ledger_output *row,
	enum item_kind kind, const struct str *name)
{
	bool replace = row->replace;
	int code = 0;

	if (strcmp(row->path, str_text(name)) != 0)
		code = claim_name(run, job->user, row->index, name, &replace);
	return code ? code : add_write(run, job, i, row->index, kind, name, replace);
}

/* Beside output i, which goes to run->name. */
static int place_sidecar(struct run *run, struct job *job, uint32_t i)
{
	struct item *item = job->user;
	uint32_t index = run->sidecar_at + job->request.from + i;
	struct str *text = &item->output[job->write_count].text;
	struct job_write *write = &job->write[job->write_count];
	struct ledger_output row;
	int code = output_row(run, item, index, &row);

	if (code || row.keep)
		return code;
	code = print_sidecar(run, job, i, text);
	if (!code)
		code = run_sidecar_name(run, &run->name);
	if (!code)
		code = place_row(run, job, i, &row, ITEM_SIDECAR, &run->name);
	if (code)
		return code;
	write->text = (const uint8_t *)str_text(text);
	write->bytes = (struct extent){0, text->length};
	return 0;
}

/*
 * A file beside output i, whose name (run->name) it has but for its end. 1: a write was added, whose bytes are still to
 * be said; 0: what is there is kept.
 */
static int place_beside(struct run *run, struct job *job, uint32_t i, struct beside *beside,
	uint32_t index, enum item_kind kind)
{
	struct ledger_output row;
	int code = output_row(run, job->user, index, &row);

	if (code || row.keep)
		return code;
	str_clear(&beside->name);
	if (run->template.late)
		beside_name(beside, str_text(&run->name), run->name.length, &beside->name);
	else
		str_add_bytes(&beside->name, row.path, row.path_size);
	code = place_row(run, job, i, &row, kind, &beside->name);
	return code ? code : 1;
}

static int place_mask(struct run *run, struct job *job, uint32_t i)
{
	struct job_write *write = &job->write[job->write_count];
	int placed = place_beside(
		run, job, i, &run->masks, run->mask_at + job->request.from + i, ITEM_MASK);

	if (placed <= 0)
		return placed;
	write->bytes = job->reply.output[i].mask;
	write->mtime = job->read[WORK_MASK].mtime;
	return 0;
}

static int place_labels(struct run *run, struct job *job, uint32_t i)
{
	struct item *item = job->user;
	struct str *text = &item->output[job->write_count].text;
	struct job_write *write = &job->write[job->write_count];
	int placed = place_beside(
		run, job, i, &run->labels, run->labels_at + job->request.from + i, ITEM_LABELS);
	int code;

	if (placed <= 0)
		return placed;
	code = run_print_labels(run, job, i, str_text(&run->name), text);
	if (code)
		return code;
	write->text = (const uint8_t *)str_text(text);
	write->bytes = (struct extent){0, text->length};
	write->set_mtime = false;
	return 0;
}

static int place_output(struct run *run, struct job *job, uint32_t i)
{
	uint32_t index = job->request.from + i;
	struct ledger_output row;
	bool replace;
	int code = output_row(run, job->user, index, &row);

	if (code)
		return code;
	str_clear(&run->name);
	str_add_bytes(&run->name, row.path, row.path_size);
	if (!row.keep) {
		code = name_made(run, job, i, &row, &replace);
		if (!code)
			code = add_write(run, job, i, index, ITEM_IMAGE, &run->name, replace);
	}
	if (!code && run->masks.suffix)
		code = place_mask(run, job, i);
	if (!code && run->labels.suffix)
		code = place_labels(run, job, i);
	/* What is kept may be somebody else's: a sidecar would tell of another picture. */
	if (!code && run->options->sidecar && !row.keep)
		code = place_sidecar(run, job, i);
	return code;
}

/* Whether every output is a file, and has its mask where there are masks. */
static bool all_there(const struct run *run, const struct job *job)
{
	for (uint32_t i = 0; i < job->reply.output_count; i++)
		if (!job->reply.output[i].bytes.length ||
			(run->masks.suffix && !job->reply.output[i].mask.length))
			return false;
	return true;
}

static int plan_writes(void *ctx, struct job *job, struct fault *fault)
{
	struct run *run = ctx;
	bool dry = run->options->dry_run;
	int code = run->boxes ? run_check_labels(run, job) : 0;

	job->write_count = 0;
	if (!code && !dry && !all_there(run, job))
		code = fault_set(&run->fault, IMGBATCH_E_CRASH, "its worker gave no usable answer");
	for (uint32_t i = 0; !code && !dry && i < job->reply.output_count; i++)
		code = place_output(run, job, i);
	if (code)
		*fault = run->fault;
	return code;
}

static int ready(void *ctx, struct job *job, struct extent room, struct fault *fault)
{
	struct run *run = ctx;
	int code = run->draws_by_boxes ? run_add_boxes(run, job, room) : 0;

	if (code)
		*fault = run->fault;
	return code;
}

static void told(void *ctx, const char *sentence)
{
	run_message(ctx, 1, "%s", sentence);
}

static void tick(void *ctx)
{
	struct run *run = ctx;
	int code = commit_wanted(run) ? commit_now_and_then(run) : 0;

	if (code)
		run->ended_by = code;
	run_progress(run, false);
}

int run_feed(struct run *run)
{
	struct sched_client client = {
		.ctx = run,
		.next = next,
		.ready = ready,
		.plan_writes = plan_writes,
		.wrote = results_wrote,
		.finished = results_finished,
		.told = told,
		.tick = tick,
		.passed = run->trace ? run_trace_passed : NULL,
		.interval_ms = 100,
	};
	struct fault fault = {0};
	int code;

	run->committed_ns = clock_ns();
	code = sched_run(run->sched, &client, &fault);
	run_engines_used(run);
	if (code || run->ended_by || atomic_load(&run->batch->stopped))
		tell_rest(run);
	if (run->ended_by)
		return run->ended_by;
	if (code)
		run->fault = fault;
	return code;
}
