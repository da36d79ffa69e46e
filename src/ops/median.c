/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `median`: each sample becomes the median of a square around it. */
#include "kernels/median.h"
#include "ops/args.h"
#include "ops/rows.h"
#include "ops/values.h"

struct median_params {
	uint32_t size;
};

_Static_assert(sizeof(struct median_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct median_params *p = params;
	const struct op_word *word = args_value_if_any(args);

	(void)defaults;
	(void)fault;
	p->size = word ? args_whole(args, word, 1, MEDIAN_MAX) : 3;
	if (p->size % 2 == 0)
		args_fail(args, word, "the square has an odd side");
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct median_params *p = params;

	str_addf(out, " %u", p->size);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("median", in, fault);
}

struct medians {
	const struct image *out, *in;
	uint32_t size;
};

static void do_rows(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct medians *m = arg;

	median_rows(m->out, m->in, m->size, first, last, memory);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct median_params *p = params;
	struct medians medians = {.out = out, .in = in, .size = p->size};
	int code;

	if (p->size == 1) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	code = rows_run(env, "median", &in->shape, in->shape.height,
		median_memory(&in->shape, p->size), do_rows, &medians);
	if (code)
		pool_put(env->pool, out->data);
	else
		rows_keep_alpha(out, in);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct median_params *p = params;

	return median_memory(in, p->size);
}

const struct op op_median = {
	.name = "median",
	.kind = OP_FIXED,
	.usage = "[N]",
	.summary = "the median of N by N pixels: takes specks away, keeps edges",
	.help = "N (default 3) is an odd side from 1 to 255; each channel by itself, border pixels "
		"repeated "
		"outside of the image. Alpha is kept. 3 and 5 are especially fast.\n"
		"Exact: Pillow 9.4's MedianFilter; 16-bit samples alike.",
	.params_size = sizeof(struct median_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
