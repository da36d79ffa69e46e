/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `short-edge` and `long-edge`: one side's length decides, the aspect stays. */
#include "ops/resize.h"

#include "kernels/filter.h"
#include "ops/args.h"

#include <string.h>

struct edge_params {
	uint32_t size;
	uint32_t max_size; /* 0: none; short-edge only */
	uint8_t filter;
	bool linear;
};

_Static_assert(sizeof(struct edge_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse_short(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct edge_params *p = params;

	(void)fault;
	p->size = args_whole(args, args_value(args, "the short side's length"), 1, OP_SIDE_MAX);
	p->max_size = args_whole_key(args, "max-size", 1, OP_SIDE_MAX, 0);
	if (p->max_size && p->max_size <= p->size)
		args_fail(args, NULL, "max-size must be above %u", p->size);
	p->filter = args_filter(args, defaults, FILTER_LANCZOS);
	p->linear = args_linear(args, defaults, p->filter);
	return args_end(args);
}

static int parse_long(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct edge_params *p = params;

	(void)fault;
	p->size = args_whole(args, args_value(args, "the long side's length"), 1, OP_SIDE_MAX);
	p->filter = args_filter(args, defaults, FILTER_LANCZOS);
	p->linear = args_linear(args, defaults, p->filter);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct edge_params *p = params;

	str_addf(out, " %u", p->size);
	if (p->max_size)
		str_addf(out, " max-size=%u", p->max_size);
	str_addf(out, " filter=%s%s", filter_name(p->filter), p->linear ? " linear" : "");
}

/* The long side is cut to a whole number, as torchvision's Resize(N, max_size=M) does. */
static void short_sizes(const struct edge_params *p, uint64_t in_short, uint64_t in_long,
	uint64_t *new_short, uint64_t *new_long)
{
	*new_short = p->size;
	*new_long = p->size * in_long / in_short;
	if (p->max_size && *new_long > p->max_size) {
		*new_short = p->max_size * *new_short / *new_long;
		*new_long = p->max_size;
	}
	if (!*new_short)
		*new_short = 1;
}

/* `resize NxN`: half up of the exact quotient, at least 1. */
static void long_sizes(const struct edge_params *p, uint64_t in_short, uint64_t in_long,
	uint64_t *new_short, uint64_t *new_long)
{
	*new_long = p->size;
	*new_short = (2 * p->size * in_short + in_long) / (2 * in_long);
	if (!*new_short)
		*new_short = 1;
}

typedef void sizes_fn(const struct edge_params *p, uint64_t in_short, uint64_t in_long,
	uint64_t *new_short, uint64_t *new_long);

static int resolve(const struct edge_params *p, sizes_fn *sizes, const struct shape *in,
	struct resize_work *work, struct fault *fault)
{
	bool tall = in->width < in->height;
	uint64_t small, large;
	int code = resize_check(in, fault);

	memset(work, 0, sizeof *work);
	if (code)
		return code;
	sizes(p, tall ? in->width : in->height, tall ? in->height : in->width, &small, &large);
	if (large > UINT32_MAX / 2)
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"a side of %llu pixels is more than any image has",
			(unsigned long long)large);
	work->width = work->canvas_width = (uint32_t)(tall ? small : large);
	work->height = work->canvas_height = (uint32_t)(tall ? large : small);
	work->window[2] = (float)in->width;
	work->window[3] = (float)in->height;
	work->filter = in->indexed ? FILTER_NEAREST : p->filter;
	work->linear = p->linear && !in->indexed;
	work->copy = work->move = work->width == in->width && work->height == in->height;
	return 0;
}

static int resolve_short(
	const void *params, const struct shape *in, struct resize_work *work, struct fault *fault)
{
	return resolve(params, short_sizes, in, work, fault);
}

static int resolve_long(
	const void *params, const struct shape *in, struct resize_work *work, struct fault *fault)
{
	return resolve(params, long_sizes, in, work, fault);
}

static int shape_short(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	return resize_shape_by(resolve_short, params, in, out, fault);
}

static int shape_long(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	return resize_shape_by(resolve_long, params, in, out, fault);
}

static int apply_short(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return resize_apply_by(resolve_short, params, in, out, env);
}

static int apply_long(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return resize_apply_by(resolve_long, params, in, out, env);
}

static void points_short(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	resize_points_by(resolve_short, params, in, xy, count);
}

static uint64_t scratch_short(const void *params, const struct shape *in)
{
	return resize_scratch_by(resolve_short, params, in);
}

static void points_long(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	resize_points_by(resolve_long, params, in, xy, count);
}

static uint64_t scratch_long(const void *params, const struct shape *in)
{
	return resize_scratch_by(resolve_long, params, in);
}

const struct op op_short_edge = {
	.name = "short-edge",
	.kind = OP_FIXED,
	.usage = "N[,max-size=M][,filter=F][,linear]",
	.summary = "resize so that the shorter side has N pixels",
	.help = "The longer side becomes N x long / short, cut to a whole number. With max-size=M, "
		"if that exceeds "
		"M, the longer side becomes M and the shorter one M x short / long of the new "
		"sizes, cut likewise. "
		"M must be above N.\n"
		"filter as in resize (default lanczos), and linear.\n"
		"Exact: the sizes are torchvision's Resize(N, max_size=M); the pixels Pillow "
		"9.4's.",
	.params_size = sizeof(struct edge_params),
	.deep = true,
	.moves = true,
	.parse = parse_short,
	.print = print,
	.shape = shape_short,
	.apply = apply_short,
	.scratch = scratch_short,
	.points = points_short,
	.resolve = resolve_short,
};

const struct op op_long_edge = {
	.name = "long-edge",
	.kind = OP_FIXED,
	.usage = "N[,filter=F][,linear]",
	.summary = "resize so that the longer side has N pixels",
	.help = "The shorter side follows the aspect: the exact quotient rounded half up, at least "
		"1, as in "
		"resize NxN.\n"
		"filter as in resize (default lanczos), and linear.\n"
		"Exact: the pixels are Pillow 9.4's.",
	.params_size = sizeof(struct edge_params),
	.deep = true,
	.moves = true,
	.parse = parse_long,
	.print = print,
	.shape = shape_long,
	.apply = apply_long,
	.scratch = scratch_long,
	.points = points_long,
	.resolve = resolve_long,
};
