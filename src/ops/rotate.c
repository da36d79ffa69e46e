/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `rotate`: by any angle, counter-clockwise, cut to the image's size or expanded. */
#include "kernels/filter.h"
#include "kernels/move.h"
#include "ops/warp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rotate_params {
	double angle; /* degrees */
	bool expand;
	struct warp_centre centre;
	struct warp_look look;
};

_Static_assert(sizeof(struct rotate_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct rotate_params *p = params;

	(void)fault;
	p->expand = args_flag(args, "expand");
	p->angle = args_number(args, args_value(args, "an angle in degrees"), -1e6, 1e6);
	warp_parse_centre(args, &p->centre);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct rotate_params *p = params;

	args_print_number(out, "", p->angle);
	if (p->expand)
		str_add(out, " expand");
	warp_print_centre(&p->centre, out);
	warp_print_look(&p->look, out);
}

/* What a rotation comes to: a move of whole pixels, or a map onto a canvas. */
struct turn {
	enum move move; /* 0: a map */
	struct warp_map map;
	double width, height; /* of the canvas */
};

/* 0 <= angle < 360; as Python's modulo. */
static double reduced(double angle)
{
	double rest = fmod(angle, 360);

	return rest < 0 ? rest + 360 : rest;
}

/* To 15 decimals, half even of the exact value: what printing does. */
static double rounded(double value)
{
	char text[32];

	snprintf(text, sizeof text, "%.15f", value);
	return strtod(text, NULL);
}

/* Whole pixels about the middle: only where no centre was asked for, as it may lie anywhere. */
static enum move move_of(const struct rotate_params *p, double angle, const struct shape *in)
{
	if (p->centre.given)
		return 0;
	if (angle == 0)
		return MOVE_NONE;
	if (angle == 180)
		return MOVE_ROTATE_180;
	if (!p->expand && in->width != in->height)
		return 0;
	return angle == 90 ? MOVE_ROTATE_CCW : angle == 270 ? MOVE_ROTATE_CW : 0;
}

static double map_x(const double *m, double x, double y)
{
	return m[0] * x + m[1] * y + m[2];
}

static double map_y(const double *m, double x, double y)
{
	return m[3] * x + m[4] * y + m[5];
}

static void set_shift(double *m, double x, double y)
{
	double u = map_x(m, x, y), v = map_y(m, x, y);

	m[2] = u;
	m[5] = v;
}

/* The canvas that holds all four corners; they go through the map, which is a rotation as well. */
static void expand_canvas(struct turn *turn, double w, double h)
{
	const double corner[4][2] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
	double *m = turn->map.m, low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

	for (int i = 0; i < 4; i++) {
		double x = map_x(m, corner[i][0], corner[i][1]);
		double y = map_y(m, corner[i][0], corner[i][1]);

		low[0] = fmin(low[0], x);
		low[1] = fmin(low[1], y);
		high[0] = fmax(high[0], x);
		high[1] = fmax(high[1], y);
	}
	turn->width = ceil(high[0]) - floor(low[0]);
	turn->height = ceil(high[1]) - floor(low[1]);
	set_shift(m, -(turn->width - w) / 2, -(turn->height - h) / 2);
}

static struct turn turn_of(const struct rotate_params *p, const struct shape *in)
{
	double angle = reduced(p->angle), w = in->width, h = in->height;
	double x = p->centre.given ? p->centre.x : w / 2, y = p->centre.given ? p->centre.y : h / 2;
	struct turn turn = {
		.move = move_of(p, angle, in), .map = {.flat = true}, .width = w, .height = h};
	double *m = turn.map.m;

	if (turn.move) {
		turn.width = move_turns(turn.move) ? h : w;
		turn.height = move_turns(turn.move) ? w : h;
		return turn;
	}
	angle = -(angle * (M_PI / 180));
	m[0] = m[4] = rounded(cos(angle));
	m[1] = rounded(sin(angle));
	m[3] = rounded(-sin(angle));
	set_shift(m, -x, -y);
	m[2] += x;
	m[5] += y;
	if (p->expand)
		expand_canvas(&turn, w, h);
	return turn;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	struct turn turn = turn_of(params, in);
	int code = warp_check(in, fault);

	if (code)
		return code;
	if (turn.width > INT32_MAX || turn.height > INT32_MAX)
		return fault_set(fault, IMGBATCH_E_OPERATION, "rotate: more than any image has");
	*out = *in;
	out->width = (uint32_t)turn.width;
	out->height = (uint32_t)turn.height;
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct rotate_params *p = params;
	struct turn turn = turn_of(p, &in->shape);
	struct shape to;
	int code;

	if (!turn.move)
		return warp_apply(&turn.map, &p->look, (uint32_t)turn.width, (uint32_t)turn.height,
			in, out, env);
	if (turn.move == MOVE_NONE) {
		*out = *in;
		return 0;
	}
	to = move_shape(turn.move, &in->shape);
	code = op_env_image(env, &to, out);
	if (!code)
		move_image(turn.move, out, in);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct rotate_params *p = params;
	struct turn turn = turn_of(p, in);

	if (turn.move)
		return 0;
	return warp_scratch(&turn.map, &p->look, (uint32_t)turn.width, (uint32_t)turn.height, in);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	struct turn turn = turn_of(params, in);

	if (!turn.move) {
		warp_points(&turn.map, xy, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		move_point(turn.move, in, xy[i]);
}

const struct op op_rotate = {
	.name = "rotate",
	.kind = OP_FIXED,
	.usage = "DEG[,expand][,centre=X,Y][,filter=F][,fill=C]",
	.summary = "rotate by any angle, counter-clockwise",
	.help = "DEG is in degrees, counter-clockwise, taken modulo 360. The image keeps its size, "
		"and what turns out of it is cut; expand makes the canvas large enough for all of "
		"it. centre=X,Y is what stays in place, in pixels from the top left corner "
		"(default the middle).\n" WARP_HELP_LOOK
		"Without a centre, 0 and 180 degrees move whole pixels, and so do 90 and 270 when "
		"the image is square or expanded.\n"
		"Exact: Pillow 9.4's Image.rotate(angle, resample, expand, center, fillcolor), bit "
		"for bit, with all three filters; 16-bit samples by the same arithmetic.",
	.params_size = sizeof(struct rotate_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
	.points = points,
};
