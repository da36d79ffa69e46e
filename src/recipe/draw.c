/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random recipe drawn into a fixed one, for an image of known shape. A random step expands into others;
 * random ones among these are drawn in turn, so that chance may choose among chances.
 */
#include "recipe/outline.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct drawing {
	const uint32_t *key;
	uint32_t copy, part; /* part: what is left of it for the fans to come */
	struct shape shape; /* the image's, so far */
	struct steps *out;
	struct fault *fault;
	unsigned depth;
	const struct recipe_boxes *boxes; /* NULL: not known */
	struct outline *outlines; /* they, so far; owned, boxes->count of them */
	double (*bounds)[4]; /* owned: what an operation is shown of them */
};

void recipe_key(uint64_t seed, const void *name, size_t size, uint32_t key[2])
{
	uint64_t hash = hash64(name, size, seed);

	key[0] = (uint32_t)hash;
	key[1] = (uint32_t)(hash >> 32);
}

static int draw_steps(struct drawing *d, const struct step *step, size_t count);

static int draw_fixed(struct drawing *d, const struct step *step)
{
	struct shape before = d->shape;
	int code = step->op->shape(step->params, &before, &d->shape, d->fault);
	bool enough;

	if (!code && d->out->count == RECIPE_STEPS_MAX)
		code = fault_set(d->fault, IMGBATCH_E_OPERATION,
			"more than %d operations were drawn for it", RECIPE_STEPS_MAX);
	enough = code || steps_append(d->out, step, 1);
	if (!code && enough && d->boxes)
		enough = outlines_step(d->outlines, d->boxes->count, step, &before, &d->shape);
	return enough ? code
		      : fault_set(d->fault, IMGBATCH_E_NOMEM, "no memory for a drawn recipe");
}

/* Boxes as they lie now; those that have left the image are not shown. */
static void show_boxes(struct drawing *d, struct draws *draws)
{
	draws->boxed = d->boxes != NULL;
	draws->box = (const double(*)[4])d->bounds;
	for (size_t i = 0; d->boxes && i < d->boxes->count; i++)
		if (d->outlines[i].count)
			outline_bounds(&d->outlines[i], d->bounds[draws->box_count++]);
}

static int no_boxes(const struct drawing *d, const struct step *step)
{
	return fault_set(d->fault, IMGBATCH_E_OPERATION,
		"%s draws by the boxes of an image, and none are given", step->op->name);
}

static int expand(
	struct drawing *d, const struct step *step, struct draws *draws, struct steps *made)
{
	const struct op *op = step->op;

	if (op->expand_list)
		return op->expand_list(
			step->params, step + 1, step->inside, &d->shape, draws, made, d->fault);
	return op->expand(step->params, &d->shape, draws, made, d->fault);
}

static int draw_random(struct drawing *d, const struct step *step)
{
	unsigned fan = step->op->fan > 1 ? step->op->fan : 1;
	struct draws draws = {
		.key = {d->key[0], d->key[1]},
		.copy = d->copy,
		.position = step->position,
		.part = d->part % fan,
	};
	struct steps made = STEPS_INIT;
	int code;

	if (step->op->by_boxes && !d->boxes)
		return no_boxes(d, step);
	if (step->op->by_boxes)
		show_boxes(d, &draws);
	d->part /= fan;
	if (d->depth == DEPTH_MAX)
		return fault_set(
			d->fault, IMGBATCH_E_RECIPE, "%s expands without end", step->op->name);
	code = expand(d, step, &draws, &made);
	d->depth++;
	if (!code)
		code = draw_steps(d, made.step, made.count);
	d->depth--;
	steps_release(&made);
	return code;
}

static int draw_steps(struct drawing *d, const struct step *step, size_t count)
{
	for (size_t i = 0; i < count; i += 1 + step[i].inside) {
		int code = step[i].op->kind == OP_RANDOM ? draw_random(d, &step[i])
							 : draw_fixed(d, &step[i]);

		if (code)
			return code;
	}
	return 0;
}

static int take_boxes(struct drawing *d)
{
	size_t count = d->boxes->count;
	bool enough;

	d->outlines = calloc(count + 1, sizeof *d->outlines);
	d->bounds = calloc(count + 1, sizeof *d->bounds);
	enough = d->outlines && d->bounds;
	for (size_t i = 0; enough && i < count; i++)
		enough = outline_set_box(&d->outlines[i], d->boxes->box[i]) &&
			outline_cut(&d->outlines[i], &d->shape);
	return enough ? 0 : fault_set(d->fault, IMGBATCH_E_NOMEM, "no memory for boxes");
}

static void drop_boxes(struct drawing *d)
{
	for (size_t i = 0; d->outlines && i < d->boxes->count; i++)
		outline_release(&d->outlines[i]);
	free(d->outlines);
	free(d->bounds);
}

int recipe_draw(const struct recipe *recipe, const uint32_t key[2], uint32_t copy, uint32_t part,
	const struct shape *in, const struct recipe_boxes *boxes, struct recipe *drawn,
	struct fault *fault)
{
	struct drawing d = {
		.boxes = boxes,
		.key = key,
		.copy = copy,
		.part = part,
		.shape = *in,
		.out = &drawn->steps,
		.fault = fault,
	};
	int code;

	recipe_clear(drawn);
	drawn->defaults = recipe->defaults;
	code = boxes ? take_boxes(&d) : 0;
	if (!code)
		code = draw_steps(&d, recipe->steps.step, recipe->steps.count);
	drop_boxes(&d);
	return code;
}
