/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels against pixels: decoded, brought to one form, measured, judged; and what is made of a failure. */
#include "base/replace.h"
#include "compare/explain.h"
#include "compare/facts.h"
#include "compare/heat.h"
#include "compare/pair_work.h"
#include "compare/twins.h"

#include <string.h>

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

/* By a budget, or to be told of a failure. */
static bool ssim_wanted(const struct work *w)
{
	return w->pair->budget.asked & IMGBATCH_LIMIT_SSIM ||
		(w->pair->exceeded && w->context->told);
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
	if (!ssim_wanted(w))
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

/* The picture of the differences as a file, in memory, or both. */
static int write_heat(struct work *w, struct fault *fault)
{
	const char *folder = w->context->settings->diff_dir;
	struct pair_outcome *outcome = w->outcome;
	uint8_t *data;
	size_t size;
	int code = heat_png(&w->heat, &data, &size, fault);

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

static int show(struct work *w, struct fault *fault)
{
	bool written = w->context->settings->diff_dir || w->context->keep;
	int code;

	if (!w->pair->measured || (!written && !w->context->drawn))
		return 0;
	code = heat_image(&w->comparison, &w->heat, fault);
	return code || !written ? code : write_heat(w, fault);
}

/* A failure in words and as a picture. */
static int tell(struct work *w, struct fault *fault)
{
	/* Of pictures that are the same in all rows neither was decoded. */
	int code = picture_decode(&w->picture[SIDE_EXPECTED], fault);

	if (code)
		return code;
	if (w->context->told)
		explain(w, &w->comparison);
	return show(w, fault);
}

int pair_judge_pixels(struct work *w, struct fault *fault)
{
	struct comparison *c = &w->comparison;
	int code;

	*c = (struct comparison){
		.budget = &w->pair->budget, .parallel = w->parallel, .pool = w->worker->pool};
	w->pair->form = form_differs(w->pair);
	if (w->context->settings->metadata)
		facts_compare(&w->outcome->facts, &w->picture[0], &w->picture[1]);
	code = decode(w, c, fault);
	if (!code)
		code = bring_together(w, c, fault);
	if (!code && c->same)
		code = measure(w, c, fault);
	if (code)
		return code;
	judge(w);
	return w->pair->failed ? tell(w, fault) : 0;
}
