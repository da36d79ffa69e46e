/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `random-erasing` and `coarse-dropout`: rectangles at random places, filled. */
#include "ops/args.h"

#include <math.h>

enum { TRIALS = 10, HOLES_MAX = 64 };

/* What rectangles are filled with. */
struct filling {
	uint8_t color[4];
	bool random; /* uniform bytes instead */
};

struct erasing_params {
	double p, scale[2], ratio[2];
	struct filling filling;
};

struct dropout_params {
	double p, height[2],
		width[2]; /* shares of the side, or, with a high end from 1 on, pixels */
	uint32_t holes[2];
	struct filling filling;
};

_Static_assert(sizeof(struct erasing_params) <= STEP_PARAMS_MAX, "params must fit a step");
_Static_assert(sizeof(struct dropout_params) <= STEP_PARAMS_MAX, "params must fit a step");

static void parse_filling(struct filling *f, struct op_args *args)
{
	static const uint8_t black[4] = {0, 0, 0, 255};

	f->random = args_key_is(args, "value", "random");
	if (!f->random)
		args_color(args, "value", f->color, black);
}

static void print_filling(const struct filling *f, struct str *out)
{
	if (f->random)
		str_add(out, " value=random");
	else
		args_print_color(out, "value", f->color);
}

static int add_erase(const struct filling *f, const struct rect *rect, uint32_t seed,
	const struct draws *draws, struct steps *out, struct fault *fault)
{
	const uint8_t *c = f->color;

	if (!rect->width || !rect->height)
		return 0;
	if (f->random)
		return steps_add_text(out, draws->position, fault,
			"erase %ux%u+%u+%u noise seed=%u", rect->width, rect->height, rect->x,
			rect->y, seed);
	return steps_add_text(out, draws->position, fault,
		"erase %ux%u+%u+%u value=#%02x%02x%02x%02x", rect->width, rect->height, rect->x,
		rect->y, c[0], c[1], c[2], c[3]);
}

/* -- random-erasing --- */

static int parse_erasing(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct erasing_params *p = params;

	(void)defaults;
	(void)fault;
	p->p = args_chance(args, 0.5);
	p->scale[0] = 0.02;
	p->scale[1] = 0.33;
	args_range_key(args, "scale", 0, 1, p->scale);
	p->ratio[0] = 0.3;
	p->ratio[1] = 3.3;
	args_range_key(args, "ratio", 1e-3, 1e3, p->ratio);
	parse_filling(&p->filling, args);
	return args_end(args);
}

static void print_erasing(const void *params, struct str *out)
{
	const struct erasing_params *p = params;

	args_print_number(out, "", p->p);
	args_print_numbers(out, "scale", p->scale, 2);
	args_print_numbers(out, "ratio", p->ratio, 2);
	print_filling(&p->filling, out);
}

/* rint is half even, as Python's round. Height is the side that grows with the aspect: the reference has it so. */
static bool draw_erasing(const struct erasing_params *p, const struct shape *in,
	struct draws *draws, struct rect *rect)
{
	double area = (double)in->width * in->height;
	double low = log(p->ratio[0]), high = log(p->ratio[1]);

	for (int i = 0; i < TRIALS; i++) {
		double target = area * draws_range(draws, p->scale[0], p->scale[1]);
		double aspect = exp(draws_range(draws, low, high));
		double h = rint(sqrt(target * aspect)), w = rint(sqrt(target / aspect));

		if (h < in->height && w < in->width) {
			rect->height = (uint32_t)h;
			rect->width = (uint32_t)w;
			return true;
		}
	}
	return false;
}

static int expand_erasing(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct erasing_params *p = params;
	struct rect rect = {0};
	uint32_t seed;

	if (draws_unit(draws) >= p->p || !draw_erasing(p, in, draws, &rect))
		return 0;
	rect.y = draws_below(draws, in->height - rect.height + 1);
	rect.x = draws_below(draws, in->width - rect.width + 1);
	seed = draws_u32(draws);
	return add_erase(&p->filling, &rect, seed, draws, out, fault);
}

const struct op op_random_erasing = {
	.name = "random-erasing",
	.kind = OP_RANDOM,
	.usage = "[P][,scale=LO,HI][,ratio=LO,HI][,value=C|random]",
	.summary = "a random rectangle erased, with probability P (0.5)",
	.help = "Becomes `erase WxH+X+Y` with probability P (default 0.5), else nothing. Up to ten "
		"times "
		"an area is drawn from scale (default 0.02,0.33, of the image's) and an aspect, "
		"height by width, from ratio (default 0.3,3.3, uniform in its logarithm); the "
		"first that is smaller than the image in both directions is taken, and its place "
		"drawn. When none is: nothing. "
		"At most 24 draws.\n"
		"value=COLOUR (default black), or value=random: uniform bytes with a drawn seed "
		"(the "
		"reference's normal numbers are for tensors that were normalised before).\n"
		"Drawn as torchvision v2's RandomErasing.\n"
		"Source: Zhong et al., Random erasing data augmentation, AAAI 2020.",
	.params_size = sizeof(struct erasing_params),
	.deep = true,
	.parse = parse_erasing,
	.print = print_erasing,
	.expand = expand_erasing,
};

/* -- coarse-dropout --- */

static void parse_side(struct op_args *args, const char *key, double range[2])
{
	range[0] = 0.1;
	range[1] = 0.2;
	args_range_key(args, key, 0, OP_SIDE_MAX, range);
	if (range[1] >= 1 && (range[0] != floor(range[0]) || range[1] != floor(range[1])))
		args_fail(args, NULL, "%s: shares below 1, or whole numbers of pixels", key);
}

static int parse_dropout(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct dropout_params *p = params;
	double holes[2] = {1, 2};

	(void)defaults;
	(void)fault;
	p->p = args_chance(args, 0.5);
	args_range_key(args, "holes", 1, HOLES_MAX, holes);
	if (holes[0] != floor(holes[0]) || holes[1] != floor(holes[1]))
		args_fail(args, NULL, "holes: whole numbers");
	p->holes[0] = (uint32_t)holes[0];
	p->holes[1] = (uint32_t)holes[1];
	parse_side(args, "height", p->height);
	parse_side(args, "width", p->width);
	parse_filling(&p->filling, args);
	return args_end(args);
}

static void print_dropout(const void *params, struct str *out)
{
	const struct dropout_params *p = params;

	args_print_number(out, "", p->p);
	str_addf(out, " holes=%u,%u", p->holes[0], p->holes[1]);
	args_print_numbers(out, "height", p->height, 2);
	args_print_numbers(out, "width", p->width, 2);
	print_filling(&p->filling, out);
}

/* A hole's side; one draw. */
static uint32_t draw_side(const double range[2], uint32_t side, struct draws *draws)
{
	uint32_t low, high;

	if (range[1] < 1)
		return (uint32_t)(side * draws_range(draws, range[0], range[1]));
	high = range[1] < side ? (uint32_t)range[1] : side;
	low = range[0] < high ? (uint32_t)range[0] : high;
	return low + draws_below(draws, high - low + 1);
}

/* The draws of a hole are its own, however many others there are. */
static int add_hole(const struct dropout_params *p, uint32_t hole, const struct shape *in,
	struct draws *draws, struct steps *out, struct fault *fault)
{
	struct rect rect;

	draws->next = 2 + hole * 5;
	rect.height = draw_side(p->height, in->height, draws);
	rect.width = draw_side(p->width, in->width, draws);
	rect.y = draws_below(draws, in->height - rect.height + 1);
	rect.x = draws_below(draws, in->width - rect.width + 1);
	return add_erase(&p->filling, &rect, draws_u32(draws), draws, out, fault);
}

static int expand_dropout(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct dropout_params *p = params;
	bool wanted = draws_unit(draws) < p->p;
	uint32_t holes = p->holes[0] + draws_below(draws, p->holes[1] - p->holes[0] + 1);
	int code = 0;

	for (uint32_t i = 0; i < holes && wanted && !code; i++)
		code = add_hole(p, i, in, draws, out, fault);
	return code;
}

const struct op op_coarse_dropout = {
	.name = "coarse-dropout",
	.kind = OP_RANDOM,
	.usage = "[P][,holes=LO,HI][,height=LO,HI][,width=LO,HI][,value=C|random]",
	.summary = "a few random rectangles erased, with probability P (0.5)",
	.help = "With probability P (default 0.5) between LO and HI holes (default 1,2, at most "
		"64), "
		"each `erase WxH+X+Y`, every place inside the image as likely; holes may overlap. "
		"height and width (default 0.1,0.2) are shares of the image's, cut to whole "
		"pixels, or, where the high end is 1 or more, whole numbers of pixels.\n"
		"value=COLOUR (default black), or value=random: uniform bytes with a drawn seed. "
		"Two draws, and five for each hole.\n"
		"Drawn as albumentations' CoarseDropout.\n"
		"Source: DeVries and Taylor, Improved regularization of convolutional neural "
		"networks "
		"with cutout, 2017.",
	.params_size = sizeof(struct dropout_params),
	.deep = true,
	.parse = parse_dropout,
	.print = print_dropout,
	.expand = expand_dropout,
};
