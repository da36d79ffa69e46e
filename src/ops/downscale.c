/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `downscale`: shrinks and enlarges again, which leaves less detail at the same size. */
#include "ops/args.h"
#include "kernels/filter.h"
#include "ops/resize.h"

#include <math.h>

struct downscale_params {
	double factor;
	uint8_t down, up; /* enum resample_filter */
};

_Static_assert(sizeof(struct downscale_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const double factor_min = 0.001;

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct downscale_params *p = params;

	(void)defaults;
	(void)fault;
	p->factor = args_number(args, args_value(args, "a factor"), factor_min, 1);
	p->down = args_choice_key(args, "down", args_filter_names, FILTER_COUNT, FILTER_NEAREST);
	p->up = args_choice_key(args, "up", args_filter_names, FILTER_COUNT, FILTER_NEAREST);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct downscale_params *p = params;

	args_print_number(out, "", p->factor);
	str_addf(out, " down=%s up=%s", args_filter_names[p->down], args_filter_names[p->up]);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	if (in->indexed)
		return fault_set(
			fault, IMGBATCH_E_OPERATION, "downscale needs colours, not indices");
	return resize_check(in, fault);
}

static uint32_t side(double factor, uint32_t of)
{
	double rounded = rint(factor * of);

	return rounded < 1 ? 1 : (uint32_t)rounded;
}

/* The whole of an image of shape `from` to the size of `to`. */
static struct resize_work work_of(const struct shape *from, const struct shape *to, uint8_t filter)
{
	return (struct resize_work){
		.width = to->width,
		.height = to->height,
		.window = {0, 0, (float)from->width, (float)from->height},
		.filter = filter,
		.copy = from->width == to->width && from->height == to->height,
		.canvas_width = to->width,
		.canvas_height = to->height,
	};
}

static struct shape small_shape(const struct downscale_params *p, const struct shape *in)
{
	struct shape small = *in;

	small.width = side(p->factor, in->width);
	small.height = side(p->factor, in->height);
	return small;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct downscale_params *p = params;
	struct shape small = small_shape(p, &in->shape);
	struct resize_work down = work_of(&in->shape, &small, p->down);
	struct resize_work up = work_of(&small, &in->shape, p->up);
	struct rect part = {0, 0, small.width, small.height};
	struct rect whole = {0, 0, in->shape.width, in->shape.height};
	struct image between;
	int code;

	if (down.copy) {
		*out = *in;
		return 0;
	}
	code = resize_part(&down, in, &part, &between, env);
	if (code)
		return code;
	code = resize_part(&up, &between, &whole, out, env);
	pool_put(env->pool, between.data);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct downscale_params *p = params;
	struct shape small = small_shape(p, in);
	struct resize_work down = work_of(in, &small, p->down);
	struct resize_work up = work_of(&small, in, p->up);
	uint64_t first = resize_scratch(&down, in), second = resize_scratch(&up, &small);

	/* Plans of the first may still be kept while the second works. */
	return shape_bytes(&small) + first + second;
}

const struct op op_downscale = {
	.name = "downscale",
	.kind = OP_FIXED,
	.usage = "F[,down=FILTER][,up=FILTER]",
	.summary = "shrink by a factor and enlarge again",
	.help = "Both sides times F (0.001 to 1), rounded half even, at least 1; then back to the "
		"size it was. "
		"down=FILTER and up=FILTER (both nearest by default) are resize's filters. It is "
		"resize, "
		"twice: alpha is resampled with its colour.\n"
		"Exact: Pillow 9.4's resize, as `resize` says; the sizes and defaults are "
		"albumentations' "
		"Downscale.",
	.params_size = sizeof(struct downscale_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
