/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `crop`: a rectangle of the image, by gravity or absolute, outside filled. */
#include "ops/args.h"
#include "ops/gravity.h"
#include "ops/lay.h"

#include <assert.h>
#include <string.h>

struct crop_params {
	uint32_t width, height;
	int32_t x, y;
	bool absolute;
	uint8_t gravity;
	uint8_t fill[4];
};

_Static_assert(sizeof(struct crop_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct crop_params *p = params;
	const struct op_word *word = args_value(args, "a size (WxH or WxH+X+Y)");

	(void)fault;
	p->absolute = args_geometry(args, word, &p->width, &p->height, &p->x, &p->y);
	p->gravity = args_gravity(args, defaults);
	if (p->absolute)
		p->gravity = GRAVITY_CENTER; /* plays no part */
	args_color(args, "fill", p->fill, defaults->background);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct crop_params *p = params;

	str_addf(out, " %ux%u", p->width, p->height);
	if (p->absolute)
		str_addf(out, "%+d%+d", p->x, p->y);
	else
		str_addf(out, " gravity=%s", gravity_names[p->gravity]);
	args_print_color(out, "fill", p->fill);
}

static int64_t left_of(const struct crop_params *p, const struct shape *in)
{
	return p->absolute ? p->x : gravity_crop_x(p->gravity, in->width, p->width);
}

static int64_t top_of(const struct crop_params *p, const struct shape *in)
{
	return p->absolute ? p->y : gravity_crop_y(p->gravity, in->height, p->height);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	const struct crop_params *p = params;

	(void)fault;
	*out = *in;
	out->width = p->width;
	out->height = p->height;
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct crop_params *p = params;

	return lay_apply(in, p->width, p->height, left_of(p, &in->shape), top_of(p, &in->shape),
		BORDER_CONSTANT, p->fill, out, env);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	lay_points(left_of(params, in), top_of(params, in), xy, count);
}

const struct op op_crop = {
	.name = "crop",
	.kind = OP_FIXED,
	.usage = "N|WxH[+X+Y][,gravity=G][,fill=C]",
	.summary = "cut a rectangle out, by gravity or at an offset",
	.help = "WxH is placed by gravity=center|north|northeast|... (default the recipe's, "
		"center); N is NxN. "
		"WxH+X+Y is absolute; offsets may be negative (WxH-4+10).\n"
		"What lies outside the image is fill=COLOUR (default the recipe's background, "
		"transparent "
		"black).\n"
		"A centred offset is half of (image - crop), half even; when the image is smaller, "
		"the left and "
		"top get the smaller half of the lack.\n"
		"Exact: Pillow 9.4's Image.crop; the centre is torchvision's CenterCrop.",
	.params_size = sizeof(struct crop_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.points = points,
};

void op_crop_set(struct step *step, uint32_t width, uint32_t height, int32_t x, int32_t y,
	const uint8_t fill[4])
{
	struct crop_params *p = (void *)step->params;

	assert(step->op == &op_crop);
	memset(p, 0, sizeof *p);
	p->width = width;
	p->height = height;
	p->x = x;
	p->y = y;
	p->absolute = true;
	p->gravity = GRAVITY_CENTER;
	memcpy(p->fill, fill, sizeof p->fill);
}

bool op_crop_rect(const struct step *step, const struct shape *in, struct rect *rect)
{
	const struct crop_params *p = (const void *)step->params;
	int64_t left, top;

	if (step->op != &op_crop)
		return false;
	left = left_of(p, in);
	top = top_of(p, in);
	if (left < 0 || top < 0 || left + p->width > in->width || top + p->height > in->height)
		return false;
	*rect = (struct rect){(uint32_t)left, (uint32_t)top, p->width, p->height};
	return true;
}
