/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `motion`: blur along a line, as by a moving camera. */
#include "kernels/streak.h"
#include "ops/args.h"
#include "ops/rows.h"
#include "ops/values.h"

struct motion_params {
	uint32_t length;
	double angle; /* degrees */
};

_Static_assert(sizeof(struct motion_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const double angle_max = 36000;

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct motion_params *p = params;
	const struct op_word *length = args_value(args, "a length"), *angle;

	(void)defaults;
	(void)fault;
	p->length = args_whole(args, length, 1, STREAK_MAX);
	if (p->length % 2 == 0)
		args_fail(args, length, "the line has an odd length");
	angle = args_value_if_any(args);
	p->angle = angle ? args_number(args, angle, -angle_max, angle_max) : 0;
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct motion_params *p = params;

	str_addf(out, " %u", p->length);
	args_print_number(out, "", p->angle);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("motion", in, fault);
}

struct motion {
	const struct image *out, *in;
	struct streak streak;
};

static void do_rows(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct motion *m = arg;

	streak_rows(m->out, m->in, &m->streak, first, last, memory);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct motion_params *p = params;
	struct motion motion = {.out = out, .in = in};
	int code;

	if (p->length == 1) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	streak_init(&motion.streak, p->length, p->angle);
	code = rows_run(env, "motion", &in->shape, in->shape.height,
		streak_memory(&motion.streak, &in->shape), do_rows, &motion);
	if (code)
		pool_put(env->pool, out->data);
	else
		rows_keep_alpha(out, in);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct motion_params *p = params;
	struct streak streak;

	streak_init(&streak, p->length, p->angle);
	return streak_memory(&streak, in);
}

const struct op op_motion = {
	.name = "motion",
	.kind = OP_FIXED,
	.usage = "K[,ANGLE]",
	.summary = "blur along a line of K pixels, as by a moving camera",
	.help = "The mean of K pixels (odd, 1 to 255) on a line through the pixel at ANGLE "
		"degrees, "
		"counter-clockwise from the right (default 0: sideways). Tap i from -K/2 to K/2 "
		"lies at "
		"(i cos, -i sin) divided by the larger of |cos| and |sin|, each rounded to the "
		"nearest "
		"whole pixel, halves outwards: one tap a column, or a row where the line is "
		"steep.\n"
		"The image is mirrored at its borders without the border pixel; halves are rounded "
		"up; "
		"alpha is kept. Its kernels are those of albumentations' MotionBlur that run "
		"through "
		"the centre. Whole numbers throughout, for 16-bit samples, too.",
	.params_size = sizeof(struct motion_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
