/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random recipe drawn into a fixed one, for an image of known shape. A random step expands into others;
 * random ones among these are drawn in turn, so that chance may choose among chances.
 */
#include "recipe/recipe.h"

#include "base/hash.h"

#include <string.h>

enum { DEPTH_MAX = 16 };

struct drawing {
	const uint32_t *key;
	uint32_t copy, part; /* part: what is left of it for the fans to come */
	struct shape shape; /* the image's, so far */
	struct steps *out;
	struct fault *fault;
	unsigned depth;
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

	if (!code && !steps_append(d->out, step, 1))
		code = fault_set(d->fault, IMGBATCH_E_NOMEM, "no memory for a drawn recipe");
	return code;
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

int recipe_draw(const struct recipe *recipe, const uint32_t key[2], uint32_t copy, uint32_t part,
	const struct shape *in, struct recipe *drawn, struct fault *fault)
{
	struct drawing d = {
		.key = key,
		.copy = copy,
		.part = part,
		.shape = *in,
		.out = &drawn->steps,
		.fault = fault,
	};

	recipe_clear(drawn);
	drawn->defaults = recipe->defaults;
	return draw_steps(&d, recipe->steps.step, recipe->steps.count);
}
