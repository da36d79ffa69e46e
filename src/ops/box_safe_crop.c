/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `box-safe-crop`: a random crop around all boxes. */
#include "ops/args.h"

#include <math.h>

struct safe_params {
	double erosion;
};

_Static_assert(sizeof(struct safe_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct safe_params *p = params;

	(void)defaults;
	(void)fault;
	p->erosion = args_number_key(args, "erosion", 0, 0.5, 0);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct safe_params *p = params;

	args_print_number(out, "erosion", p->erosion);
}

/* What must stay: around all boxes, each of them smaller by its erosion on every side. */
static void unite(const struct draws *draws, double erosion, double kept[4])
{
	for (size_t i = 0; i < draws->box_count; i++)
		for (int axis = 0; axis < 2; axis++) {
			const double *box = draws->box[i];
			double cut = erosion * (box[axis + 2] - box[axis]);
			double from = box[axis] + cut, to = box[axis + 2] - cut;

			kept[axis] = i ? fmin(kept[axis], from) : from;
			kept[axis + 2] = i ? fmax(kept[axis + 2], to) : to;
		}
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct safe_params *p = params;
	double kept[4] = {0, 0, in->width, in->height}, unit[4], left, top, right, bottom;

	for (int i = 0; i < 4; i++)
		unit[i] = draws_unit(draws);
	unite(draws, p->erosion, kept);
	left = floor(kept[0] * unit[0]);
	top = floor(kept[1] * unit[1]);
	right = ceil(kept[2] + (in->width - kept[2]) * unit[2]);
	bottom = ceil(kept[3] + (in->height - kept[3]) * unit[3]);
	right = fmax(right, left + 1);
	bottom = fmax(bottom, top + 1);
	return steps_add_text(out, draws->position, fault, "crop %.0fx%.0f+%.0f+%.0f fill=none",
		right - left, bottom - top, left, top);
}

const struct op op_box_safe_crop = {
	.name = "box-safe-crop",
	.kind = OP_RANDOM,
	.usage = "[erosion=E]",
	.summary = "a random crop that keeps every box whole",
	.help = "Becomes `crop WxH+X+Y`. Each of its sides is drawn between the image's edge and "
		"the rectangle around all boxes, in whole pixels outward, so that every box stays "
		"whole. With erosion=E (0 .. 0.5, default 0) boxes may lose so much of their width "
		"and height on each side. An image without boxes stays whole. Four draws: left, "
		"top, "
		"right, bottom.\n"
		"Needs --boxes.\n"
		"Drawn as albumentations' BBoxSafeRandomCrop, but that one truncates the far "
		"sides.",
	.params_size = sizeof(struct safe_params),
	.deep = true,
	.moves = true,
	.by_boxes = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
