/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on values with probability P: `random-grayscale`, `random-invert`, `random-autocontrast`,
 * `random-equalize`, `random-posterize`, `random-solarize`, `random-sharpness`.
 */
#include "ops/args.h"

struct maybe_params {
	double p;
	double value; /* of the operation that it becomes, where that takes one */
};

_Static_assert(sizeof(struct maybe_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse_plain(struct maybe_params *p, struct op_args *args, double chance)
{
	p->p = args_chance(args, chance);
	return args_end(args);
}

static int parse_half(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_plain(params, args, 0.5);
}

static int parse_tenth(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_plain(params, args, 0.1);
}

static void print_plain(const void *params, struct str *out)
{
	const struct maybe_params *p = params;

	args_print_number(out, "", p->p);
}

static int parse_valued(
	struct maybe_params *p, struct op_args *args, const char *wanted, double low, double high)
{
	p->value = args_number(args, args_value(args, wanted), low, high);
	return parse_plain(p, args, 0.5);
}

static int parse_posterize(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct maybe_params *p = params;

	(void)defaults;
	(void)fault;
	p->value = args_whole(args, args_value(args, "how many bits"), 0, 8);
	return parse_plain(p, args, 0.5);
}

static int parse_solarize(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_valued(params, args, "a threshold", 0, 256);
}

static int parse_sharpness(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_valued(params, args, "a factor", 0, 100);
}

static void print_valued(const void *params, struct str *out)
{
	const struct maybe_params *p = params;

	args_print_number(out, "", p->value);
	args_print_number(out, "p", p->p);
}

/* The line that it becomes, with probability p; what takes no value prints none. */
static int maybe(const char *word, bool valued, const struct maybe_params *p, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	if (draws_unit(draws) >= p->p)
		return 0;
	if (valued)
		return steps_add_text(out, draws->position, fault, "%s %.17g", word, p->value);
	return steps_add_text(out, draws->position, fault, "%s", word);
}

static int expand_grayscale(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("grayscale keep", false, params, draws, out, fault);
}

static int expand_invert(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("invert", false, params, draws, out, fault);
}

static int expand_autocontrast(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("autocontrast", false, params, draws, out, fault);
}

static int expand_equalize(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("equalize", false, params, draws, out, fault);
}

static int expand_posterize(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("posterize", true, params, draws, out, fault);
}

static int expand_solarize(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("solarize", true, params, draws, out, fault);
}

static int expand_sharpness(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("sharpness", true, params, draws, out, fault);
}

const struct op op_random_grayscale = {
	.name = "random-grayscale",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "colour to grey with probability P (0.1), channels kept",
	.help = "Becomes `grayscale keep` with probability P (default 0.1), else nothing: the "
		"image "
		"has as many channels as before. One draw.\n"
		"Drawn as torchvision v2's RandomGrayscale.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_tenth,
	.print = print_plain,
	.expand = expand_grayscale,
};

const struct op op_random_invert = {
	.name = "random-invert",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "colours inverted with probability P (0.5)",
	.help = "Becomes `invert` with probability P (default 0.5), else nothing. One draw.\n"
		"Drawn as torchvision v2's RandomInvert.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_half,
	.print = print_plain,
	.expand = expand_invert,
};

const struct op op_random_autocontrast = {
	.name = "random-autocontrast",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "contrast stretched with probability P (0.5)",
	.help = "Becomes `autocontrast` with probability P (default 0.5), else nothing. One draw.\n"
		"Drawn as torchvision v2's RandomAutocontrast.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_half,
	.print = print_plain,
	.expand = expand_autocontrast,
};

const struct op op_random_equalize = {
	.name = "random-equalize",
	.kind = OP_RANDOM,
	.usage = "[P]",
	.summary = "histogram equalized with probability P (0.5)",
	.help = "Becomes `equalize` with probability P (default 0.5), else nothing. One draw.\n"
		"Drawn as torchvision v2's RandomEqualize.",
	.params_size = sizeof(struct maybe_params),
	.parse = parse_half,
	.print = print_plain,
	.expand = expand_equalize,
};

const struct op op_random_posterize = {
	.name = "random-posterize",
	.kind = OP_RANDOM,
	.usage = "BITS[,p=P]",
	.summary = "only the high BITS kept, with probability P (0.5)",
	.help = "Becomes `posterize BITS`, 0 to 8, with probability P (default 0.5), else nothing. "
		"One draw.\n"
		"Drawn as torchvision v2's RandomPosterize.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_posterize,
	.print = print_valued,
	.expand = expand_posterize,
};

const struct op op_random_solarize = {
	.name = "random-solarize",
	.kind = OP_RANDOM,
	.usage = "T[,p=P]",
	.summary = "levels from T on inverted, with probability P (0.5)",
	.help = "Becomes `solarize T`, 0 to 256, with probability P (default 0.5), else nothing. "
		"One "
		"draw.\n"
		"Drawn as torchvision v2's RandomSolarize.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_solarize,
	.print = print_valued,
	.expand = expand_solarize,
};

const struct op op_random_sharpness = {
	.name = "random-sharpness",
	.kind = OP_RANDOM,
	.usage = "F[,p=P]",
	.summary = "sharpness times F, with probability P (0.5)",
	.help = "Becomes `sharpness F` with probability P (default 0.5), else nothing: 0 blurs, 1 "
		"changes nothing, 2 sharpens. One draw.\n"
		"Drawn as torchvision v2's RandomAdjustSharpness.",
	.params_size = sizeof(struct maybe_params),
	.deep = true,
	.parse = parse_sharpness,
	.print = print_valued,
	.expand = expand_sharpness,
};
