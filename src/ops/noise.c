/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `noise`: adds normally distributed noise that its seed determines. */
#include "kernels/noise.h"
#include "ops/args.h"
#include "ops/rows.h"
#include "ops/values.h"

struct noise_params {
	double sigma; /* levels of 255 */
	uint32_t seed;
};

_Static_assert(sizeof(struct noise_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct noise_params *p = params;

	(void)defaults;
	(void)fault;
	p->sigma = args_number(args, args_value(args, "a sigma"), 0, 255);
	p->seed = args_whole_key(args, "seed", 0, UINT32_MAX, 0);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct noise_params *p = params;

	args_print_number(out, "", p->sigma);
	str_addf(out, " seed=%u", p->seed);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("noise", in, fault);
}

struct noise {
	const struct image *out, *in;
	const struct noise_params *params;
};

static void do_rows(void *arg, uint32_t first, uint32_t last, void *memory)
{
	const struct noise *n = arg;

	noise_rows(n->out, n->in, (float)n->params->sigma, n->params->seed, first, last, memory);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct noise_params *p = params;
	struct noise noise = {.out = out, .in = in, .params = p};
	int code;

	if (p->sigma == 0) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	code = rows_run(env, "noise", &in->shape, in->shape.height, noise_memory(&in->shape),
		do_rows, &noise);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	(void)params;
	return noise_memory(in);
}

const struct op op_noise = {
	.name = "noise",
	.kind = OP_FIXED,
	.usage = "SIGMA[,seed=S]",
	.summary = "add Gaussian noise, the same for the same seed",
	.help = "Adds SIGMA (0 to 255, in levels of 255 whatever the depth) times a standard "
		"normal number "
		"to each sample, each channel its own; rounded half up, clipped, alpha kept. "
		"seed=S (a "
		"whole number below 2^32, default 0) determines the noise, together with a pixel's "
		"place and the channel count.\n"
		"Nothing here is drawn: the same line makes the same bytes on every machine. "
		"Philox4x32-10 "
		"with the key (S, 0x6e6f6973) and the counter (n, row, 0, 0) gives the four "
		"samples from 4n "
		"of a row, two pairs of numbers by Box and Muller's transform in single precision.",
	.params_size = sizeof(struct noise_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
