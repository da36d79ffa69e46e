/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `iou-crop`: SSD's crop, which overlaps some box by as much as is drawn. */
#include "ops/args.h"

#include <math.h>

enum { OPTIONS_MAX = 8, TRIALS_MAX = 1000, ROUNDS = 100 };

struct iou_params {
	double scale[2], aspect[2];
	double option[OPTIONS_MAX];
	uint32_t options, trials;
};

_Static_assert(sizeof(struct iou_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const double usual[] = {0, 0.1, 0.3, 0.5, 0.7, 0.9, 1};

static void parse_options(struct iou_params *p, struct op_args *args)
{
	struct op_word words[OPTIONS_MAX];
	size_t count = args_key(args, "options", words, OPTIONS_MAX);

	p->options = count ? (uint32_t)count : sizeof usual / sizeof *usual;
	for (size_t i = 0; i < p->options; i++)
		p->option[i] = count ? args_number(args, &words[i], 0, 1) : usual[i];
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct iou_params *p = params;

	(void)defaults;
	(void)fault;
	p->scale[0] = 0.3;
	p->scale[1] = 1;
	args_range_key(args, "scale", 1e-3, 1, p->scale);
	p->aspect[0] = 0.5;
	p->aspect[1] = 2;
	args_range_key(args, "aspect", 1e-3, 1e3, p->aspect);
	parse_options(p, args);
	p->trials = args_whole_key(args, "trials", 1, TRIALS_MAX, 40);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct iou_params *p = params;

	args_print_numbers(out, "scale", p->scale, 2);
	args_print_numbers(out, "aspect", p->aspect, 2);
	args_print_numbers(out, "options", p->option, p->options);
	str_addf(out, " trials=%u", p->trials);
}

static double overlap(double a0, double a1, double b0, double b1)
{
	return fmax(0, fmin(a1, b1) - fmax(a0, b0));
}

/* Intersection over union of a box and the crop. */
static double iou(const double box[4], const double crop[4])
{
	double both = overlap(box[0], box[2], crop[0], crop[2]) *
		overlap(box[1], box[3], crop[1], crop[3]);
	double sum = (box[2] - box[0]) * (box[3] - box[1]) +
		(crop[2] - crop[0]) * (crop[3] - crop[1]) - both;

	return sum > 0 ? both / sum : 0;
}

/* Whether some box has its centre in the crop, and one of these overlaps it by so much. */
static bool suits(const struct draws *draws, const double crop[4], double least)
{
	double best = -1;

	for (size_t i = 0; i < draws->box_count; i++) {
		const double *box = draws->box[i];
		double x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2;

		if (crop[0] < x && x < crop[2] && crop[1] < y && y < crop[3])
			best = fmax(best, iou(box, crop));
	}
	return best >= 0 && best >= least;
}

/* One trial: four draws, or two where the aspect is none that is allowed. */
static bool try_crop(
	const struct iou_params *p, const struct shape *in, struct draws *draws, double crop[4])
{
	double w = floor(in->width * draws_range(draws, p->scale[0], p->scale[1]));
	double h = floor(in->height * draws_range(draws, p->scale[0], p->scale[1]));

	if (w < 1 || h < 1 || w / h < p->aspect[0] || w / h > p->aspect[1])
		return false;
	crop[0] = floor((in->width - w) * draws_unit(draws));
	crop[1] = floor((in->height - h) * draws_unit(draws));
	crop[2] = crop[0] + w;
	crop[3] = crop[1] + h;
	return true;
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct iou_params *p = params;
	double crop[4];

	for (unsigned round = 0; round < ROUNDS && draws->box_count; round++) {
		double least = p->option[draws_below(draws, p->options)];

		if (least >= 1)
			return 0;
		for (uint32_t trial = 0; trial < p->trials; trial++)
			if (try_crop(p, in, draws, crop) && suits(draws, crop, least))
				return steps_add_text(out, draws->position, fault,
					"crop %.0fx%.0f+%.0f+%.0f fill=none", crop[2] - crop[0],
					crop[3] - crop[1], crop[0], crop[1]);
	}
	return 0;
}

const struct op op_iou_crop = {
	.name = "iou-crop",
	.kind = OP_RANDOM,
	.usage = "[scale=LO,HI][,aspect=LO,HI][,options=N,..][,trials=N]",
	.summary = "a random crop that overlaps some box by as much as is drawn",
	.help = "Becomes `crop WxH+X+Y`, or nothing. A least overlap is drawn from options "
		"(default "
		"0,0.1,0.3,0.5,0.7,0.9,1; each equally likely); 1 leaves the image as it is. Else "
		"up to trials (40) times a width and a height are drawn from scale (0.3,1, of the "
		"image's), which must be of an aspect (0.5,2), and a place; the first crop that "
		"holds the centre of a box and overlaps one such box by the least overlap "
		"(intersection over union) is taken. When none is, another overlap is drawn; after "
		"100 of them the image stays as it is, as one without boxes does.\n"
		"Needs --boxes. Boxes are kept or dropped by --min-area and --min-visibility, not "
		"by their centre.\n"
		"Drawn as torchvision v2's RandomIoUCrop (Liu and others, SSD, 2016).",
	.params_size = sizeof(struct iou_params),
	.deep = true,
	.moves = true,
	.by_boxes = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
