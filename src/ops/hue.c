/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `hue`: every colour turned around the colour wheel. */
#include "kernels/values.h"
#include "ops/args.h"
#include "ops/values.h"

struct hue_params {
	double turn; /* of the whole wheel */
};

_Static_assert(sizeof(struct hue_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct hue_params *p = params;

	(void)defaults;
	(void)fault;
	p->turn = args_number(args, args_value(args, "a part of a turn"), -0.5, 0.5);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct hue_params *p = params;

	args_print_number(out, "", p->turn);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("hue", in, fault);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct hue_params *p = params;
	int code;

	if (in->shape.channels < 3) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (!code)
		values_turn_hue(out, in, (uint8_t)(int)(255 * p->turn));
	return code;
}

const struct op op_hue = {
	.name = "hue",
	.kind = OP_FIXED,
	.usage = "T",
	.summary = "turn all hues by a part of the colour wheel",
	.help = "Colours go to hue, saturation and value in 8 bits each, the hue changes by 255 T "
		"cut to a whole number, and "
		"back. T is -0.5 to 0.5; 0.333 makes red green. 8 bits of hue lose a little: even "
		"0 changes some "
		"levels. Alpha is kept; grey images pass unchanged.\n"
		"8-bit images only.\n"
		"Exact: torchvision's adjust_hue for PIL images, with Pillow 9.4.",
	.params_size = sizeof(struct hue_params),
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
};
