/* SPDX-License-Identifier: Apache-2.0 */
/* `invert`, `posterize`, `solarize` and `gamma`: each level alone decides what becomes of it. */
#include "ops/args.h"
#include "ops/values.h"

#include <math.h>

struct posterize_params {
	uint32_t bits;
};

struct solarize_params {
	double threshold; /* in levels of 8 bits */
};

struct gamma_params {
	double gamma, gain;
};

_Static_assert(sizeof(struct gamma_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse_nothing(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)params;
	(void)defaults;
	(void)fault;
	return args_end(args);
}

static void print_nothing(const void *params, struct str *out)
{
	(void)params;
	(void)out;
}

static int parse_posterize(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct posterize_params *p = params;

	(void)defaults;
	(void)fault;
	p->bits = args_whole(args, args_value(args, "a number of bits"), 0, 8);
	return args_end(args);
}

static void print_posterize(const void *params, struct str *out)
{
	const struct posterize_params *p = params;

	str_addf(out, " %u", p->bits);
}

static int parse_solarize(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct solarize_params *p = params;

	(void)defaults;
	(void)fault;
	p->threshold = args_number(args, args_value(args, "a threshold"), 0, 256);
	return args_end(args);
}

static void print_solarize(const void *params, struct str *out)
{
	const struct solarize_params *p = params;

	args_print_number(out, "", p->threshold);
}

static int parse_gamma(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct gamma_params *p = params;
	const struct op_word *gain;

	(void)defaults;
	(void)fault;
	p->gamma = args_number(args, args_value(args, "an exponent"), 0, 100);
	gain = args_value_if_any(args);
	p->gain = gain ? args_number(args, gain, 0, 1000) : 1;
	return args_end(args);
}

static void print_gamma(const void *params, struct str *out)
{
	const struct gamma_params *p = params;

	args_print_number(out, "", p->gamma);
	args_print_number(out, "", p->gain);
}

static int shape_invert(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("invert", in, fault);
}

static int shape_posterize(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("posterize", in, fault);
}

static int shape_solarize(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("solarize", in, fault);
}

static int shape_gamma(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("gamma", in, fault);
}

static void invert_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	(void)ctx;
	(void)color;
	for (uint32_t v = 0; v <= full; v++)
		level[v] = (uint16_t)(full - v);
}

static void posterize_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct posterize_params *p = ctx;
	uint32_t dropped = full >> p->bits; /* the lower bits, all set */

	(void)color;
	for (uint32_t v = 0; v <= full; v++)
		level[v] = (uint16_t)(v & ~dropped);
}

static void solarize_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct solarize_params *p = ctx;
	double threshold = p->threshold * (full / 255);

	(void)color;
	for (uint32_t v = 0; v <= full; v++)
		level[v] = (uint16_t)(v < threshold ? v : full - v);
}

static void gamma_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct gamma_params *p = ctx;

	(void)color;
	for (uint32_t v = 0; v <= full; v++) {
		double power = pow((double)v / full, p->gamma);
		double value = ((double)full + 1 - 1e-3) * p->gain * power;

		level[v] = (uint16_t)(value < full ? value : full);
	}
}

static int apply_invert(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return value_look_up(invert_levels, params, false, in, out, env);
}

static int apply_posterize(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return value_look_up(posterize_levels, params, false, in, out, env);
}

static int apply_solarize(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return value_look_up(solarize_levels, params, false, in, out, env);
}

static int apply_gamma(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	return value_look_up(gamma_levels, params, false, in, out, env);
}

const struct op op_invert = {
	.name = "invert",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "a negative",
	.help = "Each level v becomes 255 - v (65535 - v). Alpha is kept.\n"
		"Exact: Pillow 9.4's ImageOps.invert.",
	.params_size = 0,
	.deep = true,
	.parse = parse_nothing,
	.print = print_nothing,
	.shape = shape_invert,
	.apply = apply_invert,
	.scratch = value_table_scratch,
};

const struct op op_posterize = {
	.name = "posterize",
	.kind = OP_FIXED,
	.usage = "BITS",
	.summary = "keep the highest bits of each level",
	.help = "All but the BITS highest bits of each level become 0: 8 leaves 8-bit images as "
		"they are, 0 is black. "
		"Alpha is kept.\n"
		"Exact: Pillow 9.4's ImageOps.posterize; of 16-bit samples as many of the highest "
		"bits stay.",
	.params_size = sizeof(struct posterize_params),
	.deep = true,
	.parse = parse_posterize,
	.print = print_posterize,
	.shape = shape_posterize,
	.apply = apply_posterize,
	.scratch = value_table_scratch,
};

const struct op op_solarize = {
	.name = "solarize",
	.kind = OP_FIXED,
	.usage = "T",
	.summary = "invert the levels from a threshold on",
	.help = "Levels below T stay, all others become 255 - v. T is 0 to 256: 0 inverts all, 256 "
		"none. Alpha is "
		"kept.\n"
		"Exact: Pillow 9.4's ImageOps.solarize; for 16-bit samples 257 T is the threshold.",
	.params_size = sizeof(struct solarize_params),
	.deep = true,
	.parse = parse_solarize,
	.print = print_solarize,
	.shape = shape_solarize,
	.apply = apply_solarize,
	.scratch = value_table_scratch,
};

const struct op op_gamma = {
	.name = "gamma",
	.kind = OP_FIXED,
	.usage = "G [GAIN]",
	.summary = "raise levels to a power: darker above 1, brighter below",
	.help = "Each level v becomes 255.999 x GAIN x (v / 255)^G, cut to a whole number, at most "
		"255. G is 0 to 100, "
		"GAIN 0 to 1000 (default 1). Alpha is kept.\n"
		"Exact: torchvision's adjust_gamma for PIL images; 16-bit samples with 65535 in "
		"place of 255.",
	.params_size = sizeof(struct gamma_params),
	.deep = true,
	.parse = parse_gamma,
	.print = print_gamma,
	.shape = shape_gamma,
	.apply = apply_gamma,
	.scratch = value_table_scratch,
};
