/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `clahe`: equalizes locally, with a limit to contrast. */
#include "kernels/clahe.h"
#include "ops/args.h"
#include "ops/rows.h"
#include "ops/values.h"

struct clahe_params {
	double limit;
	uint32_t tiles;
};

_Static_assert(sizeof(struct clahe_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct clahe_params *p = params;
	const struct op_word *limit = args_value_if_any(args), *tiles = args_value_if_any(args);

	(void)defaults;
	(void)fault;
	p->limit = limit ? args_number(args, limit, 0, 256) : 4;
	p->tiles = tiles ? args_whole(args, tiles, 1, CLAHE_TILES_MAX) : 8;
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct clahe_params *p = params;

	args_print_number(out, "", p->limit);
	str_addf(out, " %u", p->tiles);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("clahe", in, fault);
}

static void do_tiles(void *arg, uint32_t first, uint32_t last, void *memory)
{
	clahe_tiles(arg, first, last, memory);
}

static void do_rows(void *arg, uint32_t first, uint32_t last, void *memory)
{
	clahe_rows(arg, first, last, memory);
}

static int equalize(struct clahe *c, struct op_env *env)
{
	const struct shape *shape = &c->in->shape;
	size_t share = clahe_share_memory(shape);
	int code = rows_run(env, "clahe", shape, c->tiles, share, do_tiles, c);

	if (code)
		return code;
	clahe_join(c);
	return rows_run(env, "clahe", shape, shape->height, share, do_rows, c);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct clahe_params *p = params;
	size_t size = clahe_memory(&in->shape, p->tiles);
	struct clahe clahe;
	void *memory;
	int code = op_env_image(env, &in->shape, out);

	if (code)
		return code;
	memory = pool_take(env->pool, size);
	if (memory) {
		clahe_init(&clahe, out, in, p->limit, p->tiles, memory);
		code = equalize(&clahe, env);
	} else {
		code = fault_set(env->fault, IMGBATCH_E_NOMEM, "clahe: no memory for its tables");
	}
	pool_put(env->pool, memory);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct clahe_params *p = params;

	return clahe_memory(in, p->tiles) + clahe_share_memory(in);
}

const struct op op_clahe = {
	.name = "clahe",
	.kind = OP_FIXED,
	.usage = "[CLIP[,TILES]]",
	.summary = "equalize locally, with limited contrast (CLAHE)",
	.help = "The image is cut into TILES by TILES (1 to 64, default 8) tiles, each with an "
		"equalizing "
		"table of its own; a pixel gets the mean of its four nearest tiles' answers. CLIP "
		"(0 to "
		"256, default 4) limits contrast: a level counts at most CLIP times what it would "
		"if all "
		"were equally frequent, and what is cut is dealt to all levels; 0 is no limit.\n"
		"In colour, luma (as `grayscale`) is equalized and its change added to red, green "
		"and "
		"blue, clipped, so that Cb and Cr stay. Alpha is kept. 8 bits only.\n"
		"A grey image comes out as OpenCV's CLAHE makes it, single precision step by step. "
		"For "
		"colour, others equalize the L of CIELAB; this does not.",
	.params_size = sizeof(struct clahe_params),
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
