/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `grayscale`: colour to luma; alpha is kept. */
#include "base/number.h"
#include "kernels/grey.h"
#include "ops/args.h"

#include <string.h>

enum { KEEP = 0 }; /* as many channels as the image has */

struct grayscale_params {
	uint8_t channels; /* 1, 3 or KEEP, alpha not counted */
};

_Static_assert(sizeof(struct grayscale_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	static const char *const names[] = {"1", "3", "keep"};
	static const uint8_t channels[] = {1, 3, KEEP};
	struct grayscale_params *p = params;

	(void)defaults;
	(void)fault;
	p->channels = channels[args_choice(args, args_value_if_any(args), names, 3)];
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct grayscale_params *p = params;

	if (p->channels == KEEP)
		str_add(out, " keep");
	else
		str_addf(out, " %u", p->channels);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	const struct grayscale_params *p = params;

	if (in->indexed || in->sample == SAMPLE_F32)
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"grayscale needs 8- or 16-bit colours, not %s",
			in->indexed ? "indices" : "floats");
	*out = *in;
	if (p->channels != KEEP)
		out->channels = (uint8_t)(p->channels + shape_has_alpha(in));
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	struct shape to = in->shape;
	int code = shape(params, &in->shape, &to, env->fault);

	if (code)
		return code;
	if (in->shape.channels < 3 && to.channels == in->shape.channels) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &to, out);
	if (!code)
		grey_image(out, in);
	return code;
}

const struct op op_grayscale = {
	.name = "grayscale",
	.kind = OP_FIXED,
	.usage = "[1|3|keep]",
	.summary = "colour to grey, as 1 or 3 channels",
	.help = "Luma of ITU-R 601-2: (19595 R + 38470 G + 7471 B + 32768) >> 16. 1 (default) "
		"gives a grey image, 3 "
		"repeats the grey in red, green and blue, keep has as many channels as the image. "
		"Alpha is kept "
		"and not counted.\n"
		"Exact: Pillow 9.4's convert(\"L\"); 16-bit samples by the same formula.",
	.params_size = sizeof(struct grayscale_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
};
