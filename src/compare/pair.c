/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/pair.h"

#include "base/clock.h"
#include "compare/pair_work.h"
#include "compare/update.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t largest_file = (uint64_t)1 << 32;
static const char *const side_name[SIDES] = {"expected", "actual"};

int pair_worker_init(struct pair_worker *worker, uint64_t max_pixels, struct fault *fault)
{
	int code = 0;

	*worker = (struct pair_worker){.pool = pool_new(), .hasher = hasher_new()};
	for (int side = 0; side < SIDES && !code; side++)
		code = reader_init(&worker->reader[side], max_pixels, fault);
	if (!worker->pool || !worker->hasher)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a worker");
	return code;
}

void pair_worker_release(struct pair_worker *worker)
{
	for (int side = 0; side < SIDES; side++)
		reader_release(&worker->reader[side]);
	hasher_free(worker->hasher);
	pool_free(worker->pool);
}

void pair_outcome_release(struct pair_outcome *outcome)
{
	str_release(&outcome->facts);
	str_release(&outcome->explanation);
	str_release(&outcome->detail);
	str_release(&outcome->diff);
	for (int side = 0; side < SIDES; side++)
		free(outcome->kept[side]);
	free(outcome->diff_data);
	for (size_t i = 0; compare_reports[i]; i++)
		if (compare_reports[i]->discard)
			compare_reports[i]->discard(outcome->prepared[i]);
	*outcome = (struct pair_outcome){0};
}

static bool is_there(const struct work *w, int side)
{
	return w->task->path[side] || w->task->given[side].data;
}

/* -- reading --------------------------------------------------------------------------------------------- */

static void read_side(void *arg, unsigned side)
{
	struct work *w = arg;

	if (!is_there(w, (int)side))
		return;
	w->bytes[side] = w->task->given[side];
	if (!w->task->path[side])
		return;
	w->code[side] = whole_read(
		&w->file[side], AT_FDCWD, w->task->path[side], true, largest_file, &w->fault[side]);
	w->bytes[side] = (struct bytes){w->file[side].bytes, w->file[side].size};
}

static void decode_side(void *arg, unsigned side)
{
	struct work *w = arg;
	struct imgbatch_side *said = pair_side(w->pair, (int)side);
	struct picture *picture = &w->picture[side];

	said->bytes = w->bytes[side].size;
	if (!is_there(w, (int)side) || w->code[side])
		return;
	w->code[side] = picture_read(
		&w->worker->reader[side], w->bytes[side], w->reading, picture, &w->fault[side]);
	if (w->code[side])
		return;
	said->width = picture->facts.shape.width;
	said->height = picture->facts.shape.height;
	said->channels = picture->facts.shape.channels;
	said->bits = picture->facts.shape.sample == SAMPLE_U8 ? 8 : 16;
	said->format = picture->facts.codec->name;
}

static bool same_bytes(const struct work *w)
{
	const struct bytes *a = &w->bytes[0], *b = &w->bytes[1];

	return a->size && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool no_image(const struct work *w, int side)
{
	return w->code[side] == IMGBATCH_E_NOT_IMAGE || w->code[side] == IMGBATCH_E_EMPTY;
}

static void set_broken(struct work *w, int side)
{
	const char *detail = w->fault[side].detail;

	w->pair->verdict = IMGBATCH_PAIR_BROKEN;
	w->pair->failed = true;
	w->pair->code = w->code[side];
	str_addf(&w->outcome->detail, "%s: %s", side_name[side],
		*detail ? detail : code_text(w->code[side]));
}

/* -- one file alone ---------------------------------------------------------------------------------------- */

/* A missing or extra file counts when it is an image, or cannot even be looked at. */
static void judge_alone(struct work *w)
{
	const struct compare_settings *settings = w->context->settings;
	int side = is_there(w, SIDE_EXPECTED) ? SIDE_EXPECTED : SIDE_ACTUAL;

	w->reading = READING_HEADER;
	decode_side(w, (unsigned)side);
	if (no_image(w, side)) {
		w->outcome->ignored = 1;
		w->outcome->is_pair = false;
		return;
	}
	w->pair->verdict = side == SIDE_EXPECTED ? IMGBATCH_PAIR_MISSING : IMGBATCH_PAIR_EXTRA;
	w->pair->failed = side == SIDE_EXPECTED ? !settings->allow_missing : !settings->allow_extra;
}

/* -- pixels against their hash ------------------------------------------------------------------------------ */

static void judge_hash(struct work *w)
{
	const struct hash_entry *expected = hashes_find(w->context->hashes, w->task->name);
	struct hash_entry *actual = &w->outcome->hash;
	struct imgbatch_side *said = &w->pair->expected;

	*actual = hashes_of(w->worker->hasher, &w->picture[SIDE_ACTUAL].image);
	if (!expected) {
		w->pair->verdict = IMGBATCH_PAIR_EXTRA;
		w->pair->failed = !w->context->settings->allow_extra;
		return;
	}
	said->width = expected->width;
	said->height = expected->height;
	said->channels = expected->channels;
	said->bits = expected->bits;
	if (hashes_same(expected, actual))
		return;
	w->pair->verdict = IMGBATCH_PAIR_DIFFERENT;
	w->pair->failed = true;
	w->pair->cause = IMGBATCH_CAUSE_HASH;
	w->pair->form = said->width != actual->width || said->height != actual->height ||
		said->channels != actual->channels || said->bits != actual->bits;
	str_add(&w->outcome->explanation, "the hash of the pixels is another one");
}

/* -- pixels against pixels ----------------------------------------------------------------------------------- */

/* The same bytes: nothing needs decoding, so the header is all that is looked at. */
static void judge_same(struct work *w)
{
	struct imgbatch_measures *measures = &w->pair->measures;
	const struct shape *shape = &w->picture[0].facts.shape;

	*measures = (struct imgbatch_measures){
		.pixels = (uint64_t)shape->width * shape->height,
		.peak = picture_peak(shape),
		.channel = '-',
		.psnr = INFINITY,
		.ssim = 1,
	};
	w->pair->measured = true;
}

static void judge_both(struct work *w)
{
	bool same = same_bytes(w);
	struct fault fault = {0};
	int code;

	w->reading = same ? READING_HEADER : READING_STORED;
	parallel_for(w->parallel, SIDES, decode_side, w);
	if (no_image(w, 0) && no_image(w, 1)) {
		w->outcome->ignored = SIDES;
		w->outcome->is_pair = false;
		return;
	}
	for (int side = 0; side < SIDES; side++)
		if (w->code[side]) {
			set_broken(w, side);
			return;
		}
	if (same) {
		judge_same(w);
		return;
	}
	code = pair_judge_pixels(w, &fault);
	if (!code)
		return;
	w->code[SIDE_ACTUAL] = code;
	w->fault[SIDE_ACTUAL] = fault;
	set_broken(w, SIDE_ACTUAL);
}

static void judge_task(struct work *w)
{
	if (w->task->code) {
		w->code[SIDE_ACTUAL] = w->task->code;
		set_broken(w, SIDE_ACTUAL);
		return;
	}
	parallel_for(w->parallel, SIDES, read_side, w);
	if (w->context->hashes && is_there(w, SIDE_ACTUAL)) {
		w->reading = READING_PIXELS;
		decode_side(w, SIDE_ACTUAL);
		w->outcome->is_pair = !no_image(w, SIDE_ACTUAL);
		w->outcome->ignored = !w->outcome->is_pair;
		if (w->code[SIDE_ACTUAL])
			set_broken(w, SIDE_ACTUAL);
		else
			judge_hash(w);
		return;
	}
	if (is_there(w, SIDE_EXPECTED) && is_there(w, SIDE_ACTUAL))
		judge_both(w);
	else if (is_there(w, SIDE_EXPECTED) || is_there(w, SIDE_ACTUAL))
		judge_alone(w);
	else {
		/* Known by its hash only, and nothing was made. */
		w->pair->verdict = IMGBATCH_PAIR_MISSING;
		w->pair->failed = !w->context->settings->allow_missing;
	}
}

static void keep_side(struct work *w, int side)
{
	struct bytes bytes = w->bytes[side];

	w->outcome->kept[side] = malloc(bytes.size + 1);
	if (!w->outcome->kept[side])
		return;
	memcpy(w->outcome->kept[side], bytes.data, bytes.size);
	pair_side(w->pair, side)->data = w->outcome->kept[side];
}

/* What reports make of a failure, from images that are decoded already where it was measured. */
static int prepare(struct work *w, struct fault *fault)
{
	struct comparison *c = &w->comparison;
	struct compare_shown shown = {.file = {w->bytes[0].data, w->bytes[1].data}};
	int code = 0;

	if (w->pair->measured && w->heat.data) {
		comparison_fill(c);
		shown.image[0] = &c->a;
		shown.image[1] = &c->b;
		shown.image[2] = &w->heat;
	}
	for (size_t i = 0; compare_reports[i] && !code; i++)
		if (w->context->report[i] && compare_reports[i]->prepare)
			code = compare_reports[i]->prepare(w->context->report[i], w->pair, &shown,
				&w->outcome->prepared[i], fault);
	return code;
}

/* A report that lacks memory ends the run, as take() sees to. */
static void prepare_reports(struct work *w)
{
	if (!w->context->drawn || !w->pair->failed || update_wanted(w->context->settings, w->pair))
		return;
	w->code[SIDE_ACTUAL] = prepare(w, &w->fault[SIDE_ACTUAL]);
	if (w->code[SIDE_ACTUAL])
		set_broken(w, SIDE_ACTUAL);
}

static void publish(struct work *w)
{
	struct pair_outcome *outcome = w->outcome;
	struct imgbatch_pair *pair = w->pair;

	pair->facts = str_text(&outcome->facts);
	pair->explanation = str_text(&outcome->explanation);
	pair->detail = str_text(&outcome->detail);
	pair->diff = outcome->diff.length ? outcome->diff.text : NULL;
	for (int side = 0; side < SIDES; side++)
		if (w->context->keep && pair->failed && w->bytes[side].size)
			keep_side(w, side);
}

void pair_compare(struct pair_worker *worker, const struct pair_context *context,
	const struct pair_task *task, const struct parallel *parallel, struct pair_outcome *outcome)
{
	uint64_t began = clock_ns();
	struct work w = {.worker = worker,
		.context = context,
		.task = task,
		.parallel = parallel,
		.outcome = outcome,
		.pair = &outcome->pair};

	outcome->is_pair = true;
	outcome->pair = (struct imgbatch_pair){
		.name = task->name,
		.expected = {.path = task->path[SIDE_EXPECTED], .format = ""},
		.actual = {.path = task->path[SIDE_ACTUAL], .format = ""},
		.budget = context->settings->budget,
		.measures = {.channel = '-', .ssim = -1},
	};
	tolerances_find(context->tolerances, task->name, &w.pair->budget, &w.pair->rule, &w.ignore);
	judge_task(&w);
	publish(&w);
	prepare_reports(&w);
	w.pair->ms = (double)(clock_ns() - began) / 1e6;
	for (int side = 0; side < SIDES; side++) {
		whole_release(&w.file[side]);
		reader_reset(&worker->reader[side]);
	}
	pool_reset(worker->pool);
	pool_trim(worker->pool, 64 << 20);
}
