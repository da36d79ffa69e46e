/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `affine` and `shear`: turned, shifted, scaled and slanted in one resampling. */
#include "kernels/filter.h"
#include "ops/warp.h"

#include <math.h>

struct affine_params {
	double angle; /* degrees, clockwise */
	double shift[2]; /* pixels */
	double scale;
	double shear[2]; /* degrees */
	struct warp_centre centre;
	struct warp_look look;
};

_Static_assert(sizeof(struct affine_params) <= STEP_PARAMS_MAX, "params must fit a step");

static double optional(struct op_args *args, double low, double high, double fallback)
{
	const struct op_word *word = args_value_if_any(args);

	return word ? args_number(args, word, low, high) : fallback;
}

static int parse_rest(
	struct affine_params *p, struct op_args *args, const struct op_defaults *defaults)
{
	warp_parse_centre(args, &p->centre);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static int parse_affine(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct affine_params *p = params;

	(void)fault;
	p->angle = args_number(args, args_value(args, "an angle in degrees"), -1e6, 1e6);
	p->shift[0] = optional(args, -OP_SIDE_MAX, OP_SIDE_MAX, 0);
	p->shift[1] = optional(args, -OP_SIDE_MAX, OP_SIDE_MAX, 0);
	p->scale = optional(args, 1e-3, 1e3, 1);
	p->shear[0] = optional(args, -WARP_SHEAR_MAX, WARP_SHEAR_MAX, 0);
	p->shear[1] = optional(args, -WARP_SHEAR_MAX, WARP_SHEAR_MAX, 0);
	return parse_rest(p, args, defaults);
}

static int parse_shear(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct affine_params *p = params;

	(void)fault;
	p->scale = 1;
	p->shear[0] = args_number(
		args, args_value(args, "an angle in degrees"), -WARP_SHEAR_MAX, WARP_SHEAR_MAX);
	p->shear[1] = optional(args, -WARP_SHEAR_MAX, WARP_SHEAR_MAX, 0);
	return parse_rest(p, args, defaults);
}

static void print_affine(const void *params, struct str *out)
{
	const struct affine_params *p = params;
	const double values[] = {
		p->angle, p->shift[0], p->shift[1], p->scale, p->shear[0], p->shear[1]};

	args_print_numbers(out, "", values, 6);
	warp_print_centre(&p->centre, out);
	warp_print_look(&p->look, out);
}

static void print_shear(const void *params, struct str *out)
{
	const struct affine_params *p = params;

	args_print_numbers(out, "", p->shear, 2);
	warp_print_centre(&p->centre, out);
	warp_print_look(&p->look, out);
}

static double radians(double degrees)
{
	return degrees * (M_PI / 180);
}

/*
 * The inverse of shift x centre x turn x slant x scale x centre's own inverse, in the order of torchvision's sums:
 * turn and slant alone have a determinant of 1, so their inverse needs no division.
 */
static struct warp_map map_of(const struct affine_params *p, const struct shape *in)
{
	double turn = radians(p->angle), sx = radians(p->shear[0]), sy = radians(p->shear[1]);
	double x = p->centre.given ? p->centre.x : in->width * 0.5;
	double y = p->centre.given ? p->centre.y : in->height * 0.5;
	double a = cos(turn - sy) / cos(sy);
	double b = -cos(turn - sy) * tan(sx) / cos(sy) - sin(turn);
	double c = sin(turn - sy) / cos(sy);
	double d = -sin(turn - sy) * tan(sx) / cos(sy) + cos(turn);
	double left = -x - p->shift[0], up = -y - p->shift[1];
	struct warp_map map = {.flat = true};
	double *m = map.m;

	m[0] = d / p->scale;
	m[1] = -b / p->scale;
	m[3] = -c / p->scale;
	m[4] = a / p->scale;
	m[2] = m[0] * left + m[1] * up + x;
	m[5] = m[3] * left + m[4] * up + y;
	return map;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return warp_check(in, fault);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct affine_params *p = params;
	struct warp_map map = map_of(p, &in->shape);

	return warp_apply(&map, &p->look, in->shape.width, in->shape.height, in, out, env);
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct affine_params *p = params;
	struct warp_map map = map_of(p, in);

	return warp_scratch(&map, &p->look, in->width, in->height, in);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	struct warp_map map = map_of(params, in);

	warp_points(&map, xy, count);
}

const struct op op_affine = {
	.name = "affine",
	.kind = OP_FIXED,
	.usage = "ANGLE[,TX,TY,SCALE,SHX,SHY][,centre=X,Y][,filter=F][,fill=C]",
	.summary = "rotate clockwise, shift, scale and shear, all at once",
	.help = "ANGLE is in degrees, clockwise; TX,TY shift by pixels, right and down (default "
		"0,0); SCALE enlarges (default 1); SHX,SHY slant along x and y by degrees (default "
		"0,0, short of 90). All happens about centre=X,Y, in pixels from the top left "
		"corner (default the middle). The image keeps its size.\n" WARP_HELP_LOOK
		"Exact: torchvision's affine of PIL images, whose matrix Pillow 9.4's "
		"Image.transform takes, bit for bit with all three filters; 16-bit samples by the "
		"same arithmetic.",
	.params_size = sizeof(struct affine_params),
	.deep = true,
	.moves = true,
	.parse = parse_affine,
	.print = print_affine,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
	.points = points,
};

const struct op op_shear = {
	.name = "shear",
	.kind = OP_FIXED,
	.usage = "SHX[,SHY][,centre=X,Y][,filter=F][,fill=C]",
	.summary = "slant along x, along y, or both",
	.help = "SHX,SHY are degrees (SHY default 0), short of 90: `shear 20` is `affine "
		"0,0,0,1,20,0`. centre=X,Y stays in place, in pixels from the top left corner "
		"(default the middle). The image keeps its size.\n" WARP_HELP_LOOK
		"Exact: as affine.",
	.params_size = sizeof(struct affine_params),
	.deep = true,
	.moves = true,
	.parse = parse_shear,
	.print = print_shear,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
	.points = points,
};
