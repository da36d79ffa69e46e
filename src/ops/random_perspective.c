/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation `random-perspective`: the four corners move inward by chance, and the plane with them. The map is the
 * one that takes each new corner to the old one.
 */
#include "kernels/filter.h"
#include "ops/warp.h"

#include <math.h>

enum { COEFFICIENTS = 8, CORNERS = 4 };

struct random_perspective_params {
	double distortion, p;
	struct warp_look look;
};

_Static_assert(
	sizeof(struct random_perspective_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct random_perspective_params *p = params;
	const struct op_word *word = args_value_if_any(args);

	(void)fault;
	p->distortion = word ? args_number(args, word, 0, 1) : 0.5;
	p->p = args_number_key(args, "p", 0, 1, 0.5);
	warp_parse_look(args, defaults, FILTER_BILINEAR, &p->look);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct random_perspective_params *p = params;

	args_print_number(out, "", p->distortion);
	args_print_number(out, "p", p->p);
	warp_print_look(&p->look, out);
}

/* Whole numbers of pixels that a corner may move inward: 0 .. bound - 1. */
static uint32_t bound_of(double distortion, uint32_t side)
{
	return (uint32_t)(distortion * (side / 2)) + 1;
}

/* From the top left one on, clockwise; of each x, then y. old are pixel indices, as torchvision has them. */
static void draw_corners(const struct random_perspective_params *p, const struct shape *in,
	struct draws *draws, double old[CORNERS][2], double new[CORNERS][2])
{
	uint32_t side[2] = {in->width, in->height};

	for (int i = 0; i < CORNERS; i++) {
		bool far[2] = {i == 1 || i == 2, i >= 2};

		for (int axis = 0; axis < 2; axis++) {
			uint32_t bound = bound_of(p->distortion, side[axis]);
			uint32_t inward = draws_below(draws, bound);

			old[i][axis] = far[axis] ? side[axis] - 1 : 0;
			new[i][axis] = far[axis] ? side[axis] - bound + inward : inward;
		}
	}
}

/* Two equations a corner: u (g x + h y + 1) = a x + b y + c, and v alike; the last column is the right side. */
static void set_equations(
	double row[COEFFICIENTS][COEFFICIENTS + 1], double old[CORNERS][2], double new[CORNERS][2])
{
	for (int i = 0; i < COEFFICIENTS; i++) {
		double x = new[i / 2][0], y = new[i / 2][1], to = old[i / 2][i % 2];
		double *r = row[i], *own = r + (i % 2 ? 3 : 0), *other = r + (i % 2 ? 0 : 3);

		own[0] = x;
		own[1] = y;
		own[2] = 1;
		other[0] = other[1] = other[2] = 0;
		r[6] = -to * x;
		r[7] = -to * y;
		r[8] = to;
	}
}

static void swap_rows(double *a, double *b)
{
	for (int i = 0; i <= COEFFICIENTS; i++) {
		double value = a[i];

		a[i] = b[i];
		b[i] = value;
	}
}

/* Gauss and Jordan with the largest pivot of each column. False when corners coincide or lie in line. */
static bool solve(double row[COEFFICIENTS][COEFFICIENTS + 1])
{
	for (int k = 0; k < COEFFICIENTS; k++) {
		int best = k;

		for (int i = k + 1; i < COEFFICIENTS; i++)
			if (fabs(row[i][k]) > fabs(row[best][k]))
				best = i;
		if (fabs(row[best][k]) < 1e-9)
			return false;
		swap_rows(row[k], row[best]);
		for (int i = 0; i < COEFFICIENTS; i++) {
			double factor = row[i][k] / row[k][k];

			for (int j = k; i != k && j <= COEFFICIENTS; j++)
				row[i][j] -= factor * row[k][j];
		}
	}
	return true;
}

static int add_step(const struct random_perspective_params *p,
	double row[COEFFICIENTS][COEFFICIENTS + 1], const struct draws *draws, struct steps *out,
	struct fault *fault)
{
	struct str line = STR_INIT;
	double value[COEFFICIENTS];

	/* torchvision rounds its solution to float32. */
	for (int i = 0; i < COEFFICIENTS; i++)
		value[i] = (float)(row[i][COEFFICIENTS] / row[i][i]);
	str_add(&line, "perspective");
	args_print_numbers(&line, "", value, COEFFICIENTS);
	warp_print_look(&p->look, &line);
	return warp_add_line(&line, draws, out, fault);
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct random_perspective_params *p = params;
	double row[COEFFICIENTS][COEFFICIENTS + 1], old[CORNERS][2], new[CORNERS][2];

	if (draws_unit(draws) >= p->p)
		return 0;
	draw_corners(p, in, draws, old, new);
	set_equations(row, old, new);
	if (!solve(row))
		return 0;
	return add_step(p, row, draws, out, fault);
}

const struct op op_random_perspective = {
	.name = "random-perspective",
	.kind = OP_RANDOM,
	.usage = "[DISTORTION][,p=P][,filter=F][,fill=C]",
	.summary = "see the plane aslant with probability P (0.5)",
	.help = "Becomes `perspective` with probability p=P (default 0.5), else nothing. Each "
		"corner moves inward by a whole number of pixels, along x below floor(DISTORTION x "
		"floor(width / 2)) + 1, along y likewise (DISTORTION 0 to 1, default 0.5), and the "
		"eight coefficients follow. Corners that fall together, or in line, leave the "
		"image as "
		"it is: of images one pixel wide or high they always do. Nine draws: the chance; "
		"then x and y of the corners from the top left one on, clockwise.\n"
		"filter and fill as in perspective (default bilinear).\n"
		"Drawn as torchvision v2's RandomPerspective, with coefficients solved in double "
		"and rounded to float32 as there.",
	.params_size = sizeof(struct random_perspective_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
