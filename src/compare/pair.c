/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/pair.h"

#include "base/clock.h"
#include "base/replace.h"
#include "base/whole.h"
#include "compare/explain.h"
#include "compare/facts.h"
#include "compare/heat.h"
#include "compare/twins.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t largest_file = (uint64_t)1 << 32;
static const char *const side_name[SIDES] = {"expected", "actual"};

/* One pair in hand. */
struct work {
	struct pair_worker *worker;
	const struct pair_context *context;
	const struct pair_task *task;
	const struct parallel *parallel;
	struct pair_outcome *outcome;
	struct imgbatch_pair *pair; /* of outcome */
	const struct compare_rects *ignore; /* of its tolerances */

	struct whole file[SIDES];
	struct bytes bytes[SIDES];
	struct picture picture[SIDES];
	struct fault fault[SIDES]; /* a side's own */
	int code[SIDES];
	enum reading reading; /* what is wanted of them */
};

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
	*outcome = (struct pair_outcome){0};
}

static struct imgbatch_side *side_of(struct imgbatch_pair *pair, int side)
{
	return side == SIDE_EXPECTED ? &pair->expected : &pair->actual;
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
	struct imgbatch_side *said = side_of(w->pair, (int)side);
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

/* "640x480, RGB, 8 bits" in the one place where all three matter. */
static void say_form(struct str *out, const struct imgbatch_side *a, const struct imgbatch_side *b)
{
	static const char *const channels[] = {"none", "grey", "grey and alpha", "RGB", "RGBA"};
	const char *between = "";

	if (a->width != b->width || a->height != b->height) {
		str_addf(out, "size %ux%u became %ux%u", a->width, a->height, b->width, b->height);
		between = "; ";
	}
	if (a->channels != b->channels) {
		str_addf(out, "%schannels: %s became %s", between, channels[a->channels],
			channels[b->channels]);
		between = "; ";
	}
	if (a->bits != b->bits)
		str_addf(out, "%sdepth: %u bits became %u", between, a->bits, b->bits);
}

static bool form_differs(const struct imgbatch_pair *pair)
{
	const struct imgbatch_side *a = &pair->expected, *b = &pair->actual;

	return a->width != b->width || a->height != b->height || a->channels != b->channels ||
		a->bits != b->bits;
}

static void complete_side(void *arg, unsigned side)
{
	struct work *w = arg;

	w->code[side] = picture_decode(&w->picture[side], &w->fault[side]);
}

static bool same_size(const struct image *a, const struct image *b)
{
	return a->shape.width == b->shape.width && a->shape.height == b->shape.height;
}

/* Rows that both files store alike are decoded once. */
static int decode(struct work *w, struct comparison *c, struct fault *fault)
{
	struct picture *a = &w->picture[0], *b = &w->picture[1];
	uint32_t height = a->image.shape.height;

	if (same_size(&a->image, &b->image)) {
		c->same = pool_take(w->worker->pool, height);
		if (!c->same)
			return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a comparison");
		memset(c->same, 0, height);
	}
	if (twins_possible(a, b))
		return twins_decode(a, b, c->same, w->parallel, fault);
	parallel_for(w->parallel, SIDES, complete_side, w);
	for (int side = 0; side < SIDES; side++)
		if (w->code[side]) {
			*fault = w->fault[side];
			return w->code[side];
		}
	return 0;
}

/* Both images in one form; the size may still differ. */
static int bring_together(struct work *w, struct comparison *c, struct fault *fault)
{
	const struct image *a = &w->picture[0].image, *b = &w->picture[1].image;
	struct shape form = picture_common(&a->shape, &b->shape);
	int code = picture_widen(w->worker->pool, a, &form, &c->a, fault);

	if (!code)
		code = picture_widen(w->worker->pool, b, &form, &c->b, fault);
	return code;
}

static int measure(struct work *w, struct comparison *c, struct fault *fault)
{
	const struct compare_settings *settings = w->context->settings;
	struct imgbatch_measures *measures = &w->pair->measures;
	int code = ignore_apply(
		c, &settings->ignore, w->ignore, w->context->mask, &c->ignored, fault);

	if (code)
		return code;
	measure_pixels(c, measures);
	w->pair->measured = true;
	if (!measures->unequal) {
		measures->ssim = 1;
		return 0;
	}
	w->pair->exceeded = limits_exceeded(&w->pair->budget, measures);
	if (!w->pair->exceeded && !(w->pair->budget.asked & IMGBATCH_LIMIT_SSIM))
		return 0;
	code = measure_ssim(c, &measures->ssim, fault);
	w->pair->exceeded = limits_exceeded(&w->pair->budget, measures);
	return code;
}

static void judge(struct work *w)
{
	struct imgbatch_pair *pair = w->pair;

	if (pair->exceeded || pair->form || w->outcome->facts.length)
		pair->verdict = IMGBATCH_PAIR_DIFFERENT;
	else
		pair->verdict = pair->measures.unequal ? IMGBATCH_PAIR_WITHIN : IMGBATCH_PAIR_EQUAL;
	pair->failed = pair->verdict == IMGBATCH_PAIR_DIFFERENT;
}

/* Form first, for it is certain; then what the pixels look like. */
static void explain(struct work *w, const struct comparison *c)
{
	struct str *out = &w->outcome->explanation;
	struct imgbatch_pair *pair = w->pair;
	struct str seen = STR_INIT;

	if (pair->form)
		say_form(out, &pair->expected, &pair->actual);
	if (!pair->measured)
		pair->cause = explain_size(&c->a, &c->b, &seen);
	else if (pair->measures.unequal)
		pair->cause = explain_pixels(c, &pair->measures, &seen);
	else if (pair->form)
		str_add(&seen, "every level is equal");
	if (pair->form && (!pair->measured || !pair->measures.unequal))
		pair->cause = pair->measured ? IMGBATCH_CAUSE_FORM : IMGBATCH_CAUSE_SIZE;
	else if (!pair->form && !pair->measures.unequal)
		pair->cause = IMGBATCH_CAUSE_METADATA;
	if (out->length && seen.length)
		str_add(out, "; ");
	str_add(out, str_text(&seen));
	if (pair->cause == IMGBATCH_CAUSE_METADATA)
		str_add(out, "every pixel is equal");
	str_release(&seen);
}

static void keep_side(struct work *w, int side)
{
	struct bytes bytes = w->bytes[side];

	w->outcome->kept[side] = malloc(bytes.size + 1);
	if (!w->outcome->kept[side])
		return;
	memcpy(w->outcome->kept[side], bytes.data, bytes.size);
	side_of(w->pair, side)->data = w->outcome->kept[side];
}

/* The picture of the differences, as a file, in memory, or both. */
static int show(struct work *w, const struct comparison *c, struct fault *fault)
{
	const char *folder = w->context->settings->diff_dir;
	struct pair_outcome *outcome = w->outcome;
	uint8_t *data;
	size_t size;
	int code;

	if (!w->pair->measured || (!folder && !w->context->keep))
		return 0;
	code = heat_png(c, &data, &size, fault);
	if (code)
		return code;
	outcome->diff_data = data;
	if (w->context->keep) {
		w->pair->diff_data = data;
		w->pair->diff_size = size;
	}
	if (!folder)
		return 0;
	str_addf(&outcome->diff, "%s/%s", folder, w->task->name);
	if (strlen(w->task->name) < 4 ||
		strcmp(w->task->name + strlen(w->task->name) - 4, ".png") != 0)
		str_add(&outcome->diff, ".png");
	return file_replace(str_text(&outcome->diff), data, size, fault);
}

/* Both are decoded. */
static int judge_pixels(struct work *w, struct fault *fault)
{
	struct comparison c = {
		.budget = &w->pair->budget, .parallel = w->parallel, .pool = w->worker->pool};
	int code;

	w->pair->form = form_differs(w->pair);
	if (w->context->settings->metadata)
		facts_compare(&w->outcome->facts, &w->picture[0], &w->picture[1]);
	code = decode(w, &c, fault);
	if (!code)
		code = bring_together(w, &c, fault);
	if (!code && c.same)
		code = measure(w, &c, fault);
	if (code)
		return code;
	judge(w);
	if (!w->pair->failed)
		return 0;
	/* Of pictures that are the same in all rows neither was decoded. */
	code = picture_decode(&w->picture[SIDE_EXPECTED], fault);
	if (code)
		return code;
	explain(w, &c);
	return show(w, &c, fault);
}

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
	code = judge_pixels(w, &fault);
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
	w.pair->ms = (double)(clock_ns() - began) / 1e6;
	for (int side = 0; side < SIDES; side++) {
		whole_release(&w.file[side]);
		reader_reset(&worker->reader[side]);
	}
	pool_reset(worker->pool);
	pool_trim(worker->pool, 64 << 20);
}
