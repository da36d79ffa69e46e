/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe's life, its text, and what it comes to. */
#include "recipe/recipe.h"

#include "kernels/filter.h"
#include "ops/args.h"
#include "ops/gravity.h"

#include <string.h>

static const struct op_defaults initial = {.filter = FILTER_LANCZOS, .gravity = GRAVITY_CENTER};

void recipe_init(struct recipe *recipe)
{
	*recipe = (struct recipe){.defaults = initial};
}

void recipe_clear(struct recipe *recipe)
{
	recipe->steps.count = 0;
	recipe->defaults = initial;
}

void recipe_release(struct recipe *recipe)
{
	steps_release(&recipe->steps);
	recipe_init(recipe);
}

static void print_defaults(const struct op_defaults *defaults, struct str *out)
{
	if (defaults->filter_set)
		str_addf(out, "filter %s\n", filter_name(defaults->filter));
	if (defaults->linear)
		str_add(out, "linear\n");
	if (defaults->gravity != initial.gravity)
		str_addf(out, "gravity %s\n", gravity_names[defaults->gravity]);
	if (memcmp(defaults->background, initial.background, sizeof initial.background) != 0) {
		const uint8_t *c = defaults->background;

		str_addf(out, "background #%02x%02x%02x%02x\n", c[0], c[1], c[2], c[3]);
	}
}

/* One step, and the list inside it; returns the step behind. */
static const struct step *print_step(const struct step *step, struct str *out)
{
	const struct step *next = step + 1, *end = next + step->inside;

	str_add(out, step->op->name);
	step->op->print(step->params, out);
	if (next < end)
		str_add(out, " [");
	while (next < end) {
		next = print_step(next, out);
		str_add(out, next < end ? " | " : "]");
	}
	return end;
}

void recipe_print(const struct recipe *recipe, struct str *out)
{
	const struct steps *steps = &recipe->steps;

	print_defaults(&recipe->defaults, out);
	for (size_t i = 0; i < steps->count; i += 1 + steps->step[i].inside) {
		print_step(&steps->step[i], out);
		str_add_char(out, '\n');
	}
}

unsigned recipe_fan(const struct recipe *recipe)
{
	unsigned fan = 1;

	for (size_t i = 0; i < recipe->steps.count; i++) {
		unsigned own = recipe->steps.step[i].op->fan;

		fan *= own > 1 ? own : 1;
	}
	return fan;
}

const struct op *recipe_shallow(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->steps.count; i++) {
		const struct step *step = &recipe->steps.step[i];

		if (!step->op->deep && !(step->op->deep_with && step->op->deep_with(step->params)))
			return step->op;
	}
	return NULL;
}

bool recipe_is_random(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->steps.count; i++)
		if (recipe->steps.step[i].op->kind == OP_RANDOM)
			return true;
	return false;
}

bool recipe_draws_by_boxes(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->steps.count; i++)
		if (recipe->steps.step[i].op->by_boxes)
			return true;
	return false;
}

static int check_pixels(const struct step *step, const struct shape *shape, uint64_t max_pixels,
	struct fault *fault)
{
	if (max_pixels && (uint64_t)shape->width * shape->height > max_pixels)
		return fault_set(fault, IMGBATCH_E_LIMIT_PIXELS, "%s would make %ux%u pixels",
			step->op->name, shape->width, shape->height);
	return 0;
}

int recipe_shape(const struct recipe *fixed, const struct shape *in, uint64_t max_pixels,
	struct shape *out, struct fault *fault)
{
	*out = *in;
	for (size_t i = 0; i < fixed->steps.count; i++) {
		const struct step *step = &fixed->steps.step[i];
		struct shape before = *out;
		int code;

		if (before.sample != SAMPLE_U8 && !step->op->deep)
			return fault_set(fault, IMGBATCH_E_OPERATION,
				"%s works on 8-bit samples only", step->op->name);
		code = step->op->shape(step->params, &before, out, fault);
		if (!code)
			code = check_pixels(step, out, max_pixels, fault);
		if (code)
			return code;
	}
	return 0;
}
