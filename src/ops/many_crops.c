/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `five-crop` and `ten-crop`: several outputs from one image, which part is which crop. */
#include "ops/args.h"
#include "ops/gravity.h"

struct many_params {
	uint32_t width, height;
	bool vertical; /* ten-crop only */
};

_Static_assert(sizeof(struct many_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse_five(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct many_params *p = params;

	(void)defaults;
	(void)fault;
	args_size(args, args_value(args, "a size (N or WxH)"), true, &p->width, &p->height);
	return args_end(args);
}

static int parse_ten(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct many_params *p = params;

	p->vertical = args_flag(args, "vertical");
	return parse_five(params, args, defaults, fault);
}

static void print(const void *params, struct str *out)
{
	const struct many_params *p = params;

	str_addf(out, " %ux%u%s", p->width, p->height, p->vertical ? " vertical" : "");
}

/* Corners and centre are gravities of a crop. */
static int add_crop(const struct many_params *p, const struct shape *in, unsigned which,
	const struct draws *draws, struct steps *out, struct fault *fault)
{
	static const uint8_t places[] = {GRAVITY_NORTHWEST, GRAVITY_NORTHEAST, GRAVITY_SOUTHWEST,
		GRAVITY_SOUTHEAST, GRAVITY_CENTER};

	if (p->width > in->width || p->height > in->height)
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"a crop of %ux%u: the image is only %ux%u", p->width, p->height, in->width,
			in->height);
	return steps_add_text(out, draws->position, fault, "crop %ux%u+%d+%d fill=none", p->width,
		p->height, (int)gravity_crop_x(places[which], in->width, p->width),
		(int)gravity_crop_y(places[which], in->height, p->height));
}

static int expand_five(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	return add_crop(params, in, draws->part, draws, out, fault);
}

static int expand_ten(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct many_params *p = params;
	int code = 0;

	if (draws->part >= 5)
		code = steps_add_text(
			out, draws->position, fault, "flip %s", p->vertical ? "v" : "h");
	return code ? code : add_crop(params, in, draws->part % 5, draws, out, fault);
}

const struct op op_five_crop = {
	.name = "five-crop",
	.kind = OP_RANDOM,
	.usage = "N|WxH",
	.summary = "five outputs: the corners and the centre",
	.help = "Five outputs of each image (and copy), in this order: top left, top right, bottom "
		"left, bottom right, centre, each `crop WxH+X+Y`. They are numbered as copies are. "
		"An image smaller than that in either "
		"direction is that image's error. Nothing is drawn. Not inside of lists.\n"
		"As torchvision v2's FiveCrop.",
	.params_size = sizeof(struct many_params),
	.fan = 5,
	.deep = true,
	.moves = true,
	.parse = parse_five,
	.print = print,
	.expand = expand_five,
};

const struct op op_ten_crop = {
	.name = "ten-crop",
	.kind = OP_RANDOM,
	.usage = "N|WxH[,vertical]",
	.summary = "ten outputs: five-crop, and that of the mirrored image",
	.help = "Ten outputs of each image (and copy): those of five-crop, then the same five of "
		"the image mirrored left-right (`flip h`); with vertical, top-bottom (`flip v`). "
		"Not inside of lists.\n"
		"As torchvision v2's TenCrop.",
	.params_size = sizeof(struct many_params),
	.fan = 10,
	.deep = true,
	.moves = true,
	.parse = parse_ten,
	.print = print,
	.expand = expand_ten,
};
