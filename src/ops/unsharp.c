/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `unsharp`: what a blur takes away is added once more. */
#include "kernels/box.h"
#include "kernels/dispatch.h"
#include "ops/args.h"
#include "ops/blur.h"
#include "ops/rows.h"
#include "ops/values.h"

struct unsharp_params {
	double radius;
	uint32_t percent, threshold;
};

_Static_assert(sizeof(struct unsharp_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const double radius_max = 1000;
enum { PERCENT_MAX = 1000 };

static double radius_of(struct op_args *args)
{
	const struct op_word *word = args_value_if_any(args);

	return word ? args_number(args, word, 0, radius_max) : 2;
}

static uint32_t whole_of(struct op_args *args, uint32_t high, uint32_t fallback)
{
	const struct op_word *word = args_value_if_any(args);

	return word ? args_whole(args, word, 0, high) : fallback;
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct unsharp_params *p = params;

	(void)defaults;
	(void)fault;
	p->radius = radius_of(args);
	p->percent = whole_of(args, PERCENT_MAX, 150);
	p->threshold = whole_of(args, 255, 3);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct unsharp_params *p = params;

	args_print_number(out, "", p->radius);
	str_addf(out, " %u %u", p->percent, p->threshold);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("unsharp", in, fault);
}

/* neighbour_kernels.h's unsharp with 16-bit samples. */
static void unsharp16(
	uint16_t *to, const uint16_t *from, size_t samples, uint32_t percent, uint32_t threshold)
{
	for (size_t i = 0; i < samples; i++) {
		int64_t v = from[i], d = v - to[i];

		if (d > (int64_t)threshold || -d > (int64_t)threshold)
			v += d * percent / 100;
		to[i] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
	}
}

/* out holds the blurred image. */
static void sharpen(const struct unsharp_params *p, const struct image *out, const struct image *in)
{
	size_t samples = (size_t)in->shape.width * in->shape.channels;

	for (uint32_t y = 0; y < in->shape.height; y++) {
		if (in->shape.sample == SAMPLE_U16)
			unsharp16(image_row(out, y), image_row(in, y), samples, p->percent,
				p->threshold * 257);
		else
			kernels()->neighbour->unsharp(image_row(out, y), image_row(in, y), samples,
				p->percent, p->threshold);
	}
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct unsharp_params *p = params;
	int code = op_env_image(env, &in->shape, out);

	if (code)
		return code;
	code = blur_boxes("unsharp", box_gaussian_radius((float)p->radius), 3, out, in, env);
	if (code) {
		pool_put(env->pool, out->data);
		return code;
	}
	sharpen(p, out, in);
	rows_keep_alpha(out, in);
	return 0;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	(void)params;
	return box_memory(in);
}

const struct op op_unsharp = {
	.name = "unsharp",
	.kind = OP_FIXED,
	.usage = "[R[,PERCENT[,THRESHOLD]]]",
	.summary = "sharpen by an unsharp mask",
	.help = "R (0 to 1000, default 2) is the radius of the blur, `blur pillow R`; PERCENT (0 "
		"to 1000, "
		"default 150) how much of the difference from it is added to a pixel that differs "
		"by "
		"more than THRESHOLD levels of 255 (default 3). Whole numbers, rounded towards "
		"the pixel, clipped. Alpha is kept.\n"
		"Exact: Pillow 9.4's UnsharpMask, with its defaults; 16-bit samples by the same "
		"formula.",
	.params_size = sizeof(struct unsharp_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
