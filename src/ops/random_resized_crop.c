/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `random-resized-crop`: a crop of random area and aspect, resized to one size. */
#include "kernels/filter.h"
#include "ops/args.h"
#include "ops/lay.h"
#include "ops/resize.h"

#include <math.h>

extern const struct op op_crop, op_resize;

enum { TRIALS = 10 };

struct random_resized_crop_params {
	uint32_t width, height;
	double scale[2], ratio[2];
	uint8_t filter;
	bool linear;
};

_Static_assert(
	sizeof(struct random_resized_crop_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct random_resized_crop_params *p = params;

	(void)fault;
	args_size(args, args_value(args, "a size (N or WxH)"), true, &p->width, &p->height);
	p->scale[0] = 0.08;
	p->scale[1] = 1;
	args_range_key(args, "scale", 1e-6, 1e3, p->scale);
	p->ratio[0] = 3.0 / 4;
	p->ratio[1] = 4.0 / 3;
	args_range_key(args, "ratio", 1e-3, 1e3, p->ratio);
	p->filter = args_filter(args, defaults, FILTER_BILINEAR);
	p->linear = args_linear(args, defaults, p->filter);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct random_resized_crop_params *p = params;

	str_addf(out, " %ux%u", p->width, p->height);
	args_print_numbers(out, "scale", p->scale, 2);
	args_print_numbers(out, "ratio", p->ratio, 2);
	str_addf(out, " filter=%s%s", filter_name(p->filter), p->linear ? " linear" : "");
}

/* Area and aspect, drawn until they fit. rint is half even, as Python's round. */
static bool draw_size(const struct random_resized_crop_params *p, const struct shape *in,
	struct draws *draws, struct rect *rect)
{
	double area = (double)in->width * in->height, low = log(p->ratio[0]),
	       high = log(p->ratio[1]);

	for (int i = 0; i < TRIALS; i++) {
		double target = area * draws_range(draws, p->scale[0], p->scale[1]);
		double aspect = exp(draws_range(draws, low, high));
		double w = rint(sqrt(target * aspect)), h = rint(sqrt(target / aspect));

		if (w > 0 && w <= in->width && h > 0 && h <= in->height) {
			rect->width = (uint32_t)w;
			rect->height = (uint32_t)h;
			return true;
		}
	}
	return false;
}

/* When no trial fits: the whole image, or its middle cut to the nearest aspect allowed. */
static void fall_back(
	const struct random_resized_crop_params *p, const struct shape *in, struct rect *rect)
{
	double aspect = (double)in->width / in->height, w = in->width, h = in->height;

	if (aspect < p->ratio[0])
		h = rint(w / p->ratio[0]);
	else if (aspect > p->ratio[1])
		w = rint(h * p->ratio[1]);
	rect->width = w < 1 ? 1 : w > in->width ? in->width : (uint32_t)w;
	rect->height = h < 1 ? 1 : h > in->height ? in->height : (uint32_t)h;
	rect->x = (in->width - rect->width) / 2;
	rect->y = (in->height - rect->height) / 2;
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	static const uint8_t no_fill[4];
	const struct random_resized_crop_params *p = params;
	struct step *crop, *resize;
	struct rect rect = {0};

	if (draw_size(p, in, draws, &rect)) {
		rect.y = draws_below(draws, in->height - rect.height + 1);
		rect.x = draws_below(draws, in->width - rect.width + 1);
	} else {
		fall_back(p, in, &rect);
	}
	crop = steps_add(out, &op_crop, draws->position);
	if (crop)
		op_crop_set(
			crop, rect.width, rect.height, (int32_t)rect.x, (int32_t)rect.y, no_fill);
	resize = crop ? steps_add(out, &op_resize, draws->position) : NULL;
	if (!resize)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	op_resize_set(resize, p->width, p->height, p->filter, p->linear);
	return 0;
}

const struct op op_random_resized_crop = {
	.name = "random-resized-crop",
	.kind = OP_RANDOM,
	.usage = "N|WxH[,scale=LO,HI][,ratio=LO,HI][,filter=F][,linear]",
	.summary = "crop a random area and aspect, then resize to one size",
	.help = "Becomes `crop WxH+X+Y` and `resize WxH!`. Up to ten times an area is drawn from "
		"scale (default "
		"0.08,1, of the image's) and an aspect from ratio (default 3/4,4/3, uniform in its "
		"logarithm); the "
		"first that fits is taken, and its place drawn. When none fits: the middle of the "
		"image at the "
		"nearest aspect allowed. At most 22 draws.\n"
		"filter and linear as in resize, but the default filter is bilinear.\n"
		"Drawn as torchvision v2's RandomResizedCrop.",
	.params_size = sizeof(struct random_resized_crop_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
