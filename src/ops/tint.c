/* SPDX-License-Identifier: Apache-2.0 */
/* `rgb-shift` and `sepia`: what gives colours to all images, grey ones too, which become colour images. */
#include "kernels/grey.h"
#include "kernels/values.h"
#include "ops/args.h"
#include "ops/values.h"

struct shift_params {
	double shift[3]; /* in levels of 8 bits */
};

_Static_assert(sizeof(struct shift_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse_shift(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	static const char *const wanted[] = {
		"a shift of red", "a shift of green", "a shift of blue"};
	struct shift_params *p = params;

	(void)defaults;
	(void)fault;
	for (int c = 0; c < 3; c++)
		p->shift[c] = args_number(args, args_value(args, wanted[c]), -255, 255);
	return args_end(args);
}

static void print_shift(const void *params, struct str *out)
{
	const struct shift_params *p = params;

	args_print_numbers(out, "", p->shift, 3);
}

static int parse_sepia(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)params;
	(void)defaults;
	(void)fault;
	return args_end(args);
}

static void print_sepia(const void *params, struct str *out)
{
	(void)params;
	(void)out;
}

static int colored(const char *name, const struct shape *in, struct shape *out, struct fault *fault)
{
	*out = *in;
	if (in->channels < 3)
		out->channels = (uint8_t)(in->channels + 2);
	return value_check(name, in, fault);
}

static int shape_shift(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return colored("rgb-shift", in, out, fault);
}

static int shape_sepia(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return colored("sepia", in, out, fault);
}

/* A grey image's levels three times; any other image as it is. */
static int as_color(const struct image *in, struct image *color, struct op_env *env)
{
	struct shape shape = in->shape;
	int code;

	*color = *in;
	if (in->shape.channels > 2)
		return 0;
	shape.channels = (uint8_t)(in->shape.channels + 2);
	code = op_env_image(env, &shape, color);
	if (!code)
		grey_image(color, in);
	return code;
}

static void shift_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct shift_params *p = ctx;
	double shift = p->shift[color] * (full / 255);

	for (uint32_t v = 0; v <= full; v++) {
		double value = v + shift;

		level[v] = (uint16_t)(value < 0 ? 0 : value > full ? full : value);
	}
}

static int apply_shift(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	struct image color;
	int code = as_color(in, &color, env);

	if (code)
		return code;
	code = value_look_up(shift_levels, params, true, &color, out, env);
	if (color.data != in->data)
		pool_put(env->pool, color.data);
	return code;
}

static int apply_sepia(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	/* 0.393 0.769 0.189, 0.349 0.686 0.168, 0.272 0.534 0.131, times 2^MIX_BITS. */
	static const int16_t sepia[3][3] = {
		{12878, 25199, 6193}, {11436, 22479, 5505}, {8913, 17498, 4293}};
	struct image color;
	int code = as_color(in, &color, env);

	(void)params;
	if (code)
		return code;
	if (color.data != in->data)
		*out = color;
	else
		code = op_env_image(env, &in->shape, out);
	if (!code)
		values_mix(out, &color, sepia);
	return code;
}

static uint64_t scratch_shift(const void *params, const struct shape *in)
{
	struct shape color = *in;

	if (in->channels > 2)
		return value_table_scratch(params, in);
	color.channels = (uint8_t)(in->channels + 2);
	return value_table_scratch(params, &color) + shape_bytes(&color);
}

const struct op op_rgb_shift = {
	.name = "rgb-shift",
	.kind = OP_FIXED,
	.usage = "R,G,B",
	.summary = "add to red, green and blue",
	.help = "Each colour's levels plus its number (-255 to 255), cut to whole numbers and "
		"clipped. Alpha is kept. Grey "
		"images become colour images first.\n"
		"As albumentations' RGBShift; for 16-bit samples the numbers are times 257.",
	.params_size = sizeof(struct shift_params),
	.deep = true,
	.parse = parse_shift,
	.print = print_shift,
	.shape = shape_shift,
	.apply = apply_shift,
	.scratch = scratch_shift,
};

const struct op op_sepia = {
	.name = "sepia",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "the brown of old photographs",
	.help = "Red becomes 0.393 R + 0.769 G + 0.189 B, green 0.349 R + 0.686 G + 0.168 B, blue "
		"0.272 R + 0.534 G + "
		"0.131 B, in whole numbers: coefficients times 32768 rounded, sums rounded half "
		"up, at most 255. Alpha is "
		"kept. Grey images become colour images.\n"
		"The coefficients of albumentations' ToSepia; 16-bit samples by the same formula.",
	.params_size = 0,
	.deep = true,
	.parse = parse_sepia,
	.print = print_sepia,
	.shape = shape_sepia,
	.apply = apply_sepia,
};
