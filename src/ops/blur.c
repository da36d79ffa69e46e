/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `blur`: a true Gaussian, or Pillow's boxes: one, or three that come close to a Gaussian. */
#include "kernels/box.h"
#include "kernels/gauss.h"
#include "ops/args.h"
#include "ops/blur.h"
#include "ops/rows.h"
#include "ops/values.h"

#include <math.h>

enum form { BLUR_GAUSSIAN, BLUR_BOX, BLUR_PILLOW };

/* A sigma of more would have taps beyond the longest kernel. */
static const double sigma_max = 80, radius_max = 1000;

struct blur_params {
	double radius; /* or sigma */
	uint32_t kernel; /* the Gaussian's width; else 0 */
	uint8_t form;
};

_Static_assert(sizeof(struct blur_params) <= STEP_PARAMS_MAX, "params must fit a step");

static void parse_gaussian(struct blur_params *p, struct op_args *args)
{
	struct op_word word;

	p->radius = args_number(
		args, args_value(args, "a sigma, `box R` or `pillow R`"), 0, sigma_max);
	p->kernel = 2 * (uint32_t)ceil(3 * p->radius) + 1;
	if (!args_key(args, "kernel", &word, 1))
		return;
	p->kernel = args_whole(args, &word, 1, 2 * GAUSS_REACH_MAX + 1);
	if (p->kernel % 2 == 0)
		args_fail(args, &word, "a kernel has an odd width");
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct blur_params *p = params;
	bool box = args_flag(args, "box"), pillow = args_flag(args, "pillow");

	(void)defaults;
	(void)fault;
	p->form = pillow ? BLUR_PILLOW : box ? BLUR_BOX : BLUR_GAUSSIAN;
	if (box && pillow)
		args_fail(args, NULL, "box and pillow are two different blurs");
	if (p->form == BLUR_GAUSSIAN)
		parse_gaussian(p, args);
	else
		p->radius = args_number(args, args_value(args, "a radius"), 0, radius_max);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	static const char *const names[] = {"", " box", " pillow"};
	const struct blur_params *p = params;

	str_add(out, names[p->form]);
	args_print_number(out, "", p->radius);
	if (p->form == BLUR_GAUSSIAN)
		str_addf(out, " kernel=%u", p->kernel);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("blur", in, fault);
}

/* Both directions of boxes. */
struct boxes {
	const struct image *out, *in;
	struct box box;
	unsigned passes;
};

static void across(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct boxes *b = arg;

	box_across(b->out, b->in, &b->box, b->passes, first, last, memory);
}

static void down(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct boxes *b = arg;

	box_down(b->out, &b->box, b->passes, first, last, memory);
}

int blur_boxes(const char *name, float radius, unsigned passes, const struct image *out,
	const struct image *in, struct op_env *env)
{
	struct boxes boxes = {.out = out, .in = in, .box = box_of(radius), .passes = passes};
	size_t memory = box_memory(&in->shape);
	int code = rows_run(
		env, name, &in->shape, box_strips_across(&in->shape), memory, across, &boxes);

	if (code)
		return code;
	return rows_run(env, name, &in->shape, box_strips_down(&in->shape), memory, down, &boxes);
}

struct gaussian {
	const struct image *out, *in;
	struct gauss_plan plan;
};

static void gaussian_rows(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct gaussian *g = arg;

	gauss_rows(g->out, g->in, &g->plan, first, last, memory);
}

static int blur_gaussian(const struct blur_params *p, const struct image *out,
	const struct image *in, struct op_env *env)
{
	struct gaussian g = {.out = out, .in = in};

	gauss_plan_init(&g.plan, p->radius, p->kernel / 2);
	return rows_run(env, "blur", &in->shape, in->shape.height,
		gauss_memory(&g.plan, &in->shape), gaussian_rows, &g);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct blur_params *p = params;
	int code;

	if (p->radius == 0) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	if (p->form == BLUR_GAUSSIAN)
		code = blur_gaussian(p, out, in, env);
	else if (p->form == BLUR_BOX)
		code = blur_boxes("blur", (float)p->radius, 1, out, in, env);
	else
		code = blur_boxes("blur", box_gaussian_radius((float)p->radius), 3, out, in, env);
	if (code)
		pool_put(env->pool, out->data);
	else
		rows_keep_alpha(out, in);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct blur_params *p = params;
	struct gauss_plan plan;

	if (p->form != BLUR_GAUSSIAN)
		return box_memory(in);
	if (p->radius == 0)
		return 0;
	gauss_plan_init(&plan, p->radius, p->kernel / 2);
	return gauss_memory(&plan, in);
}

const struct op op_blur = {
	.name = "blur",
	.kind = OP_FIXED,
	.usage = "SIGMA[,kernel=K]|box,R|pillow,R",
	.summary = "blur by a Gaussian, a box, or Pillow's likeness of a Gaussian",
	.help = "SIGMA (0 to 80, in pixels) is a true Gaussian's standard deviation; kernel=K, an "
		"odd "
		"width up to 501 (default 2 ceil(3 SIGMA) + 1), is where it is cut. Its weights "
		"sum to 1, "
		"and the image is mirrored at its borders without the border pixel.\n"
		"box R is the mean of the square that reaches R pixels (0 to 1000, fractions "
		"count) "
		"to every side; pillow R is three such boxes with the deviation R. Both repeat the "
		"image's border pixels.\n"
		"Colour is blurred as it stands, alpha is kept. 0 changes nothing.\n"
		"The Gaussian is torchvision's gaussian_blur, rounded, and within 1 of the exact "
		"sum; "
		"16-bit samples are summed in double. Exact: box is Pillow 9.4's BoxBlur, pillow "
		"its "
		"GaussianBlur; 16-bit samples by the same formula.",
	.params_size = sizeof(struct blur_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
