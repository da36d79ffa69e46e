/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `hflip` and `vflip`: a flip with probability p. */
#include "ops/args.h"
#include "ops/move.h"

extern const struct op op_flip;

struct chance_params {
	double p;
};

_Static_assert(sizeof(struct chance_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct chance_params *p = params;

	(void)defaults;
	(void)fault;
	p->p = args_chance(args, 0.5);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct chance_params *p = params;

	args_print_number(out, "", p->p);
}

static int expand(const struct chance_params *p, bool vertical, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	struct step *step;

	if (draws_unit(draws) >= p->p)
		return 0;
	step = steps_add(out, &op_flip, draws->position);
	if (!step)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	op_flip_set(step, vertical);
	return 0;
}

static int expand_h(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return expand(params, false, draws, out, fault);
}

static int expand_v(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return expand(params, true, draws, out, fault);
}

const struct op op_hflip = {
	.name = "hflip",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "mirror left-right with probability P (0.5)",
	.help = "Becomes `flip h` with probability P (default 0.5), else nothing. One draw.\n"
		"Drawn as torchvision v2's RandomHorizontalFlip.",
	.params_size = sizeof(struct chance_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand_h,
};

const struct op op_vflip = {
	.name = "vflip",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "mirror top-bottom with probability P (0.5)",
	.help = "Becomes `flip v` with probability P (default 0.5), else nothing. One draw.\n"
		"Drawn as torchvision v2's RandomVerticalFlip.",
	.params_size = sizeof(struct chance_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand_v,
};
