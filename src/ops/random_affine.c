/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `random-rotation` and `random-affine`: a rotation, and more than that, by chance. */
#include "kernels/filter.h"
#include "ops/warp.h"

#include <math.h>

struct rotation_params {
	double degrees[2];
	bool expand;
	struct warp_centre centre;
	struct warp_look look;
};

struct random_affine_params {
	double degrees[2];
	double translate[2]; /* of width and height */
	double scale[2];
	double shear[4]; /* degrees: x from, to, y from, to */
	uint8_t shears; /* of how many axes: 0 to 2 */
	bool translates, scales;
	struct warp_centre centre;
	struct warp_look look;
};

_Static_assert(sizeof(struct rotation_params) <= STEP_PARAMS_MAX, "params must fit a step");
_Static_assert(sizeof(struct random_affine_params) <= STEP_PARAMS_MAX, "params must fit a step");

/* -- random-rotation --- */

static int parse_rotation(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct rotation_params *p = params;

	(void)fault;
	p->expand = args_flag(args, "expand");
	warp_parse_degrees(args, p->degrees);
	warp_parse_centre(args, &p->centre);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

/* What a rotation has beside its angle. */
static void print_manner(const struct rotation_params *p, struct str *out)
{
	if (p->expand)
		str_add(out, " expand");
	warp_print_centre(&p->centre, out);
	warp_print_look(&p->look, out);
}

static void print_rotation(const void *params, struct str *out)
{
	const struct rotation_params *p = params;

	args_print_numbers(out, "", p->degrees, 2);
	print_manner(p, out);
}

static int expand_rotation(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct rotation_params *p = params;
	struct str line = STR_INIT;

	(void)in;
	str_add(&line, "rotate");
	args_print_number(&line, "", draws_range(draws, p->degrees[0], p->degrees[1]));
	print_manner(p, &line);
	return warp_add_line(&line, draws, out, fault);
}

const struct op op_random_rotation = {
	.name = "random-rotation",
	.kind = OP_RANDOM,
	.usage = "D|A,B[,expand][,centre=X,Y][,filter=F][,fill=C]",
	.summary = "rotate by an angle of -D to D, or of A to B, degrees",
	.help = "Becomes `rotate ANGLE`, every angle of the range equally likely. expand and "
		"centre "
		"as in rotate.\n" WARP_HELP_LOOK "One draw.\n"
		"Drawn as torchvision v2's RandomRotation.",
	.params_size = sizeof(struct rotation_params),
	.deep = true,
	.moves = true,
	.parse = parse_rotation,
	.print = print_rotation,
	.expand = expand_rotation,
};

/* -- random-affine --- */

static void parse_translate(struct random_affine_params *p, struct op_args *args)
{
	struct op_word values[2];
	size_t count = args_key(args, "translate", values, 2);

	if (count == 1)
		args_fail(args, &values[0], "translate takes two values, of width and height");
	p->translates = count > 0;
	for (size_t i = 0; i < count; i++)
		p->translate[i] = args_number(args, &values[i], 0, 1);
}

static void parse_scale(struct random_affine_params *p, struct op_args *args)
{
	double none[2] = {0, 0};

	args_range_key(args, "scale", 1e-3, 1e3, none);
	p->scales = none[1] > 0;
	p->scale[0] = none[0];
	p->scale[1] = none[1];
}

/* N: -N to N along x; LO,HI; or LO,HI along x, then along y. */
static void parse_shear(struct random_affine_params *p, struct op_args *args)
{
	struct op_word values[4];
	size_t count = args_key(args, "shear", values, 4);

	if (count == 3)
		args_fail(args, &values[2], "shear is N, LO,HI or LO,HI,LO,HI");
	for (size_t i = 0; i < count; i++)
		p->shear[i] = args_number(
			args, &values[i], count == 1 ? 0 : -WARP_SHEAR_MAX, WARP_SHEAR_MAX);
	if (count == 1) {
		p->shear[1] = p->shear[0];
		p->shear[0] = 0 - p->shear[0]; /* no negative zero */
	}
	p->shears = (uint8_t)((count + 1) / 2);
	if (p->shear[0] > p->shear[1] || p->shear[2] > p->shear[3])
		args_fail(args, &values[0], "shear: the low end comes first");
}

static int parse_affine(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct random_affine_params *p = params;

	(void)fault;
	warp_parse_degrees(args, p->degrees);
	parse_translate(p, args);
	parse_scale(p, args);
	parse_shear(p, args);
	warp_parse_centre(args, &p->centre);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static void print_affine(const void *params, struct str *out)
{
	const struct random_affine_params *p = params;

	args_print_numbers(out, "", p->degrees, 2);
	if (p->translates)
		args_print_numbers(out, "translate", p->translate, 2);
	if (p->scales)
		args_print_numbers(out, "scale", p->scale, 2);
	if (p->shears)
		args_print_numbers(out, "shear", p->shear, 2 * (size_t)p->shears);
	warp_print_centre(&p->centre, out);
	warp_print_look(&p->look, out);
}

/* Whole pixels, half even as Python's round. */
static double draw_shift(struct draws *draws, double most)
{
	return rint(draws_range(draws, -most, most));
}

static int expand_affine(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct random_affine_params *p = params;
	double value[6] = {0, 0, 0, 1, 0, 0}; /* what affine takes, in its order */
	struct str line = STR_INIT;

	value[0] = draws_range(draws, p->degrees[0], p->degrees[1]);
	if (p->translates) {
		value[1] = draw_shift(draws, p->translate[0] * in->width);
		value[2] = draw_shift(draws, p->translate[1] * in->height);
	}
	if (p->scales)
		value[3] = draws_range(draws, p->scale[0], p->scale[1]);
	for (unsigned i = 0; i < p->shears; i++)
		value[4 + i] = draws_range(draws, p->shear[2 * i], p->shear[2 * i + 1]);
	str_add(&line, "affine");
	args_print_numbers(&line, "", value, 6);
	warp_print_centre(&p->centre, &line);
	warp_print_look(&p->look, &line);
	return warp_add_line(&line, draws, out, fault);
}

const struct op op_random_affine = {
	.name = "random-affine",
	.kind = OP_RANDOM,
	.usage = "D|A,B[,translate=X,Y][,scale=LO,HI][,shear=S][,centre=X,Y][,filter=F][,fill=C]",
	.summary = "rotate, shift, scale and shear by chance",
	.help = "Becomes `affine ANGLE,TX,TY,SCALE,SHX,SHY`. The angle is drawn from -D to D, or "
		"from A to B, degrees clockwise; 0 keeps it.\n"
		"translate=X,Y shifts by at most X times the width and Y times the height, to "
		"whole pixels. scale=LO,HI. shear=N slants along x by -N to N degrees, shear=LO,HI "
		"by LO to HI, and four numbers along x and y. What is not given is not done, nor "
		"drawn. centre as in affine.\n" WARP_HELP_LOOK
		"At most six draws: angle, shift along x and y, scale, shear along x and y.\n"
		"Drawn as torchvision v2's RandomAffine.",
	.params_size = sizeof(struct random_affine_params),
	.deep = true,
	.moves = true,
	.parse = parse_affine,
	.print = print_affine,
	.expand = expand_affine,
};
