/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `zoom-out`: the image somewhere on a larger canvas. */
#include "ops/args.h"
#include "ops/lay.h"

#include <math.h>

extern const struct op op_pad;

struct zoom_params {
	double p, side[2];
	uint8_t fill[4];
};

_Static_assert(sizeof(struct zoom_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct zoom_params *p = params;
	const struct op_word *chance = args_value_if_any(args);

	(void)fault;
	p->p = chance ? args_number(args, chance, 0, 1) : 0.5;
	p->side[0] = 1;
	p->side[1] = 4;
	args_range_key(args, "side", 1, 100, p->side);
	args_color(args, "fill", p->fill, defaults->background);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct zoom_params *p = params;

	args_print_number(out, "", p->p);
	args_print_numbers(out, "side", p->side, 2);
	args_print_color(out, "fill", p->fill);
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct zoom_params *p = params;
	double chance = draws_unit(draws), times = draws_range(draws, p->side[0], p->side[1]);
	double width = floor(in->width * times), height = floor(in->height * times);
	uint32_t pad[4];
	struct step *step;

	if (chance >= p->p)
		return 0;
	if (width > OP_SIDE_MAX || height > OP_SIDE_MAX)
		return fault_set(fault, IMGBATCH_E_OPERATION, "zoom-out: larger than any image");
	pad[0] = (uint32_t)floor((width - in->width) * draws_unit(draws));
	pad[1] = (uint32_t)floor((height - in->height) * draws_unit(draws));
	pad[2] = (uint32_t)width - in->width - pad[0];
	pad[3] = (uint32_t)height - in->height - pad[1];
	step = steps_add(out, &op_pad, draws->position);
	if (!step)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	op_pad_set(step, pad, BORDER_CONSTANT, p->fill);
	return 0;
}

const struct op op_zoom_out = {
	.name = "zoom-out",
	.kind = OP_RANDOM,
	.usage = "[P][,side=LO,HI][,fill=C]",
	.summary = "lay the image somewhere on a larger canvas",
	.help = "Becomes `pad L,T,R,B` with probability P (default 0.5), else nothing. The canvas "
		"is the image's size times a number from side (default 1,4), in whole pixels; the "
		"image lies anywhere on it, and the rest is fill=COLOUR (default the recipe's "
		"background, transparent black). Four draws: whether, size, left, top.\n"
		"Drawn as torchvision v2's RandomZoomOut.",
	.params_size = sizeof(struct zoom_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
