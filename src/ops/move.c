/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that lay an image otherwise: flip, rotate90, rotate180, transpose, transverse. */
#include "kernels/move.h"
#include "ops/args.h"
#include "ops/move.h"

#include <assert.h>

struct move_params {
	uint8_t move; /* enum move */
};

_Static_assert(sizeof(struct move_params) <= STEP_PARAMS_MAX, "params must fit a step");

static const char *const flip_names[] = {"h", "v"};
static const uint8_t flip_moves[] = {MOVE_FLIP_H, MOVE_FLIP_V};
static const char *const turn_names[] = {"cw", "ccw"};
static const uint8_t turn_moves[] = {MOVE_ROTATE_CW, MOVE_ROTATE_CCW};

static int parse_flip(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct move_params *p = params;
	const struct op_word *word = args_value(args, "h or v");

	(void)defaults;
	(void)fault;
	p->move = flip_moves[args_choice(args, word, flip_names, 2)];
	return args_end(args);
}

static void print_flip(const void *params, struct str *out)
{
	const struct move_params *p = params;

	str_add(out, p->move == MOVE_FLIP_H ? " h" : " v");
}

static int parse_turn(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct move_params *p = params;
	const struct op_word *word = args_value_if_any(args);

	(void)defaults;
	(void)fault;
	p->move = turn_moves[args_choice(args, word, turn_names, 2)]; /* no word: cw */
	return args_end(args);
}

static void print_turn(const void *params, struct str *out)
{
	const struct move_params *p = params;

	str_add(out, p->move == MOVE_ROTATE_CW ? " cw" : " ccw");
}

static int parse_fixed(void *params, struct op_args *args, uint8_t move)
{
	struct move_params *p = params;

	p->move = move;
	return args_end(args);
}

static int parse_half(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_fixed(params, args, MOVE_ROTATE_180);
}

static int parse_transpose(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_fixed(params, args, MOVE_TRANSPOSE);
}

static int parse_transverse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_fixed(params, args, MOVE_TRANSVERSE);
}

static void print_nothing(const void *params, struct str *out)
{
	(void)params;
	(void)out;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	const struct move_params *p = params;

	(void)fault;
	*out = move_shape(p->move, in);
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct move_params *p = params;
	struct shape to = move_shape(p->move, &in->shape);
	int code = op_env_image(env, &to, out);

	if (!code)
		move_image(p->move, out, in);
	return code;
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	const struct move_params *p = params;

	for (size_t i = 0; i < count; i++)
		move_point(p->move, in, xy[i]);
}

const struct op op_flip = {
	.name = "flip",
	.kind = OP_FIXED,
	.usage = "h|v",
	.summary = "mirror left-right (h) or top-bottom (v)",
	.help = "flip h mirrors left and right, flip v top and bottom.\nExact.",
	.params_size = sizeof(struct move_params),
	.deep = true,
	.moves = true,
	.parse = parse_flip,
	.print = print_flip,
	.shape = shape,
	.apply = apply,
	.points = points,
};

const struct op op_rotate90 = {
	.name = "rotate90",
	.kind = OP_FIXED,
	.usage = "[cw|ccw]",
	.summary = "a quarter turn, clockwise unless ccw",
	.help = "A quarter turn: cw clockwise (default), ccw counter-clockwise. Width and height "
		"change places.\n"
		"Exact.",
	.params_size = sizeof(struct move_params),
	.deep = true,
	.moves = true,
	.parse = parse_turn,
	.print = print_turn,
	.shape = shape,
	.apply = apply,
	.points = points,
};

const struct op op_rotate180 = {
	.name = "rotate180",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "half a turn",
	.help = "Half a turn.\nExact.",
	.params_size = sizeof(struct move_params),
	.deep = true,
	.moves = true,
	.parse = parse_half,
	.print = print_nothing,
	.shape = shape,
	.apply = apply,
	.points = points,
};

const struct op op_transpose = {
	.name = "transpose",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "mirror on the main diagonal",
	.help = "Rows become columns: the pixel at (x, y) moves to (y, x). EXIF orientation "
		"5.\nExact.",
	.params_size = sizeof(struct move_params),
	.deep = true,
	.moves = true,
	.parse = parse_transpose,
	.print = print_nothing,
	.shape = shape,
	.apply = apply,
	.points = points,
};

const struct op op_transverse = {
	.name = "transverse",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "mirror on the other diagonal",
	.help = "Mirrors on the diagonal from top right to bottom left. EXIF orientation "
		"7.\nExact.",
	.params_size = sizeof(struct move_params),
	.deep = true,
	.moves = true,
	.parse = parse_transverse,
	.print = print_nothing,
	.shape = shape,
	.apply = apply,
	.points = points,
};

void op_flip_set(struct step *step, bool vertical)
{
	struct move_params *p = (void *)step->params;

	assert(step->op == &op_flip);
	p->move = vertical ? MOVE_FLIP_V : MOVE_FLIP_H;
}
