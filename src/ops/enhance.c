/* SPDX-License-Identifier: Apache-2.0 */
/* `brightness`, `contrast`, `saturation` and `sharpness`: from the image without it, past the image, by a factor. */
#include "kernels/blend.h"
#include "kernels/values.h"
#include "ops/args.h"
#include "ops/values.h"

struct enhance_params {
	double factor;
};

_Static_assert(sizeof(struct enhance_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct enhance_params *p = params;

	(void)defaults;
	(void)fault;
	p->factor = args_number(args, args_value(args, "a factor"), -100, 100);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct enhance_params *p = params;

	args_print_number(out, "", p->factor);
}

static float factor_of(const void *params)
{
	return (float)((const struct enhance_params *)params)->factor;
}

static int shape_as(
	const char *name, const struct shape *in, struct shape *out, struct fault *fault)
{
	*out = *in;
	return value_check(name, in, fault);
}

static int shape_brightness(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return shape_as("brightness", in, out, fault);
}

static int shape_contrast(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return shape_as("contrast", in, out, fault);
}

static int shape_saturation(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return shape_as("saturation", in, out, fault);
}

static int shape_sharpness(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	return shape_as("sharpness", in, out, fault);
}

/* A table of levels between one level and each. */
struct from_level {
	uint32_t level;
	float factor;
};

static void blend_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct from_level *from = ctx;

	(void)color;
	for (uint32_t v = 0; v <= full; v++)
		level[v] = (uint16_t)blend_level(
			(int32_t)from->level, (int32_t)v, from->factor, full);
}

static int apply_brightness(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	struct from_level from = {0, factor_of(params)};

	return value_look_up(blend_levels, &from, false, in, out, env);
}

static int apply_contrast(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	struct from_level from = {values_grey_mean(in), factor_of(params)};

	return value_look_up(blend_levels, &from, false, in, out, env);
}

static int apply_saturation(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	int code;

	if (in->shape.channels < 3) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (!code)
		values_saturate(out, in, factor_of(params));
	return code;
}

static int apply_sharpness(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	int code = op_env_image(env, &in->shape, out);

	if (!code)
		values_sharpen(out, in, factor_of(params));
	return code;
}

const struct op op_brightness = {
	.name = "brightness",
	.kind = OP_FIXED,
	.usage = "F",
	.summary = "darker below 1, brighter above",
	.help = "Each level becomes F times itself, cut to a whole number and clipped. 0 is black, "
		"1 the image; F is "
		"-100 to 100. Alpha is kept.\n"
		"Exact: Pillow 9.4's ImageEnhance.Brightness, in float32; 16-bit samples by the "
		"same formula.",
	.params_size = sizeof(struct enhance_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape_brightness,
	.apply = apply_brightness,
	.scratch = value_table_scratch,
};

const struct op op_contrast = {
	.name = "contrast",
	.kind = OP_FIXED,
	.usage = "F",
	.summary = "less contrast below 1, more above",
	.help = "Each level v becomes m + F (v - m), cut to a whole number and clipped; m is the "
		"mean of the "
		"image's grey (as grayscale has it), rounded half up. 0 is flat grey, 1 the image; "
		"F is -100 to "
		"100. Alpha is kept, and plays no part in the mean.\n"
		"Exact: Pillow 9.4's ImageEnhance.Contrast, in float32; 16-bit samples by the same "
		"formula.",
	.params_size = sizeof(struct enhance_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape_contrast,
	.apply = apply_contrast,
	.scratch = value_table_scratch,
};

const struct op op_saturation = {
	.name = "saturation",
	.kind = OP_FIXED,
	.usage = "F",
	.summary = "paler below 1, more colourful above",
	.help = "Each level v becomes g + F (v - g), cut to a whole number and clipped; g is the "
		"pixel's grey, as "
		"grayscale has it. 0 is grey, 1 the image; F is -100 to 100. Alpha is kept; grey "
		"images pass "
		"unchanged.\n"
		"Exact: Pillow 9.4's ImageEnhance.Color, in float32; 16-bit samples by the same "
		"formula.",
	.params_size = sizeof(struct enhance_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape_saturation,
	.apply = apply_saturation,
};

const struct op op_sharpness = {
	.name = "sharpness",
	.kind = OP_FIXED,
	.usage = "F",
	.summary = "softer below 1, sharper above",
	.help = "Each level v becomes s + F (v - s), cut to a whole number and clipped; s is the "
		"pixel smoothed: "
		"(2 S + 13) / 26 in whole numbers, S the sum of its eight neighbours and five "
		"times itself. 0 is "
		"smoothed, 1 the image; F is -100 to 100. The outermost pixels stay, and so do "
		"images with a side "
		"below 3. Alpha is kept.\n"
		"Exact: Pillow 9.4's ImageEnhance.Sharpness, in float32; 16-bit samples by the "
		"same formula.",
	.params_size = sizeof(struct enhance_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape_sharpness,
	.apply = apply_sharpness,
};
