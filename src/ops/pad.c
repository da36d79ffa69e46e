/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `pad`: a border around the image, of a colour or of the image's own pixels. */
#include "ops/args.h"
#include "ops/gravity.h"
#include "ops/lay.h"

#include <assert.h>
#include <string.h>

enum pad_form { PAD_SIDES, PAD_SIZE, PAD_MULTIPLE, PAD_SQUARE };

struct pad_params {
	uint8_t form, mode, gravity;
	uint8_t fill[4];
	uint32_t side[4]; /* left, top, right, bottom */
	uint32_t width, height; /* at least this; for multiple: width is the number */
};

_Static_assert(sizeof(struct pad_params) <= STEP_PARAMS_MAX, "params must fit a step");

/* N; LR,TB; or L,T,R,B. */
static void parse_sides(struct pad_params *p, struct op_args *args, const struct op_word *word)
{
	uint32_t n[4];
	size_t count = 0;

	for (; word && count < 4; word = args_value_if_any(args))
		n[count++] = args_whole(args, word, 0, OP_SIDE_MAX);
	if (word || count == 3) {
		args_fail(args, word, "a border is N, LR,TB or L,T,R,B");
		return;
	}
	for (size_t i = 0; i < 4; i++)
		p->side[i] = n[count == 1 ? 0 : count == 2 ? i % 2 : i];
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct pad_params *p = params;
	bool square = args_flag(args, "square");
	uint32_t multiple = args_whole_key(args, "multiple", 1, OP_SIDE_MAX, 0);
	const struct op_word *word = square || multiple
		? NULL
		: args_value(args, "a border (L,T,R,B), WxH, multiple=N or square");

	(void)fault;
	if (square && multiple)
		args_fail(args, NULL, "square and multiple= exclude each other");
	p->form = square ? PAD_SQUARE : multiple ? PAD_MULTIPLE : PAD_SIDES;
	p->width = multiple;
	if (word && memchr(word->text, 'x', word->length)) {
		p->form = PAD_SIZE;
		args_size(args, word, false, &p->width, &p->height);
	} else if (word) {
		parse_sides(p, args, word);
	}
	p->mode = args_choice_key(args, "mode", lay_mode_names, BORDER_MODES, BORDER_CONSTANT);
	p->gravity = args_gravity(args, defaults);
	if (p->form == PAD_SIDES)
		p->gravity = GRAVITY_CENTER; /* plays no part */
	args_color(args, "fill", p->fill, defaults->background);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct pad_params *p = params;

	if (p->form == PAD_SIDES)
		str_addf(out, " %u,%u,%u,%u", p->side[0], p->side[1], p->side[2], p->side[3]);
	else if (p->form == PAD_SIZE)
		str_addf(out, " %ux%u", p->width, p->height);
	else if (p->form == PAD_MULTIPLE)
		str_addf(out, " multiple=%u", p->width);
	else
		str_add(out, " square");
	str_addf(out, " mode=%s", lay_mode_names[p->mode]);
	if (p->form != PAD_SIDES)
		str_addf(out, " gravity=%s", gravity_names[p->gravity]);
	args_print_color(out, "fill", p->fill);
}

/* A side is never made smaller. */
static uint64_t grown(const struct pad_params *p, uint32_t in, uint32_t other, uint32_t size)
{
	uint64_t to = p->form == PAD_SQUARE ? other : size;

	if (p->form == PAD_MULTIPLE)
		to = ((uint64_t)in + p->width - 1) / p->width * p->width;
	return to > in ? to : in;
}

/* The canvas, and where on it the image lies. */
struct canvas {
	uint64_t width, height;
	int64_t left, top;
};

static struct canvas canvas_of(const struct pad_params *p, const struct shape *in)
{
	struct canvas c;

	if (p->form == PAD_SIDES) {
		c.width = (uint64_t)p->side[0] + in->width + p->side[2];
		c.height = (uint64_t)p->side[1] + in->height + p->side[3];
		c.left = p->side[0];
		c.top = p->side[1];
		return c;
	}
	c.width = grown(p, in->width, in->height, p->width);
	c.height = grown(p, in->height, in->width, p->height);
	c.left = -gravity_crop_x(p->gravity, in->width, (uint32_t)c.width);
	c.top = -gravity_crop_y(p->gravity, in->height, (uint32_t)c.height);
	return c;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	struct canvas c = canvas_of(params, in);

	if (c.width > INT32_MAX || c.height > INT32_MAX)
		return fault_set(fault, IMGBATCH_E_OPERATION, "pad: more than any image has");
	*out = *in;
	out->width = (uint32_t)c.width;
	out->height = (uint32_t)c.height;
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct pad_params *p = params;
	struct canvas c = canvas_of(p, &in->shape);

	return lay_apply(in, (uint32_t)c.width, (uint32_t)c.height, -c.left, -c.top, p->mode,
		p->fill, out, env);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	struct canvas c = canvas_of(params, in);

	lay_points(-c.left, -c.top, xy, count);
}

const struct op op_pad = {
	.name = "pad",
	.kind = OP_FIXED,
	.usage = "L,T,R,B|LR,TB|N|WxH|multiple=N|square[,mode=M][,gravity=G][,fill=C]",
	.summary = "add a border: by sides, to a size, to a multiple, or to a square",
	.help = "L,T,R,B are the borders' widths; LR,TB and N are short forms. WxH enlarges the "
		"canvas to at least "
		"that size, multiple=N to the next multiples of N, square to the longer side; the "
		"image sits "
		"there by gravity=G (default the recipe's, center: the left and top get the "
		"smaller half).\n"
		"mode=constant|edge|reflect|symmetric (default constant): constant is fill=COLOUR "
		"(default the "
		"recipe's background, transparent black), edge repeats the last pixel, reflect "
		"mirrors without "
		"it, symmetric with it; both go on mirroring where the border is wider than the "
		"image.\n"
		"Exact: constant is Pillow 9.4's ImageOps.expand; the others are numpy.pad's.",
	.params_size = sizeof(struct pad_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.points = points,
};

void op_pad_set(struct step *step, const uint32_t ltrb[4], uint8_t mode, const uint8_t fill[4])
{
	struct pad_params *p = (void *)step->params;

	assert(step->op == &op_pad);
	memset(p, 0, sizeof *p);
	p->form = PAD_SIDES;
	p->mode = mode;
	p->gravity = GRAVITY_CENTER;
	memcpy(p->side, ltrb, sizeof p->side);
	memcpy(p->fill, fill, sizeof p->fill);
}
