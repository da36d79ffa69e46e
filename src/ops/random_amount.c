/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations by a drawn amount: `random-blur`, `random-noise`, `random-jpeg`, `random-gamma`, `random-downscale`. Each
 * becomes one line.
 */
#include "ops/args.h"

struct amount_params {
	double p; /* of random-gamma, random-downscale */
	double range[2];
	uint32_t kernel; /* of random-blur */
	uint8_t subsampling; /* of random-jpeg */
};

_Static_assert(sizeof(struct amount_params) <= STEP_PARAMS_MAX, "params must fit a step");

static void print_amount(const char *key, const struct amount_params *p, struct str *out)
{
	args_print_numbers(out, key, p->range, 2);
}

/* -- random-blur --- */

static int parse_blur(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct amount_params *p = params;
	const struct op_word *word = args_value(args, "the kernel's width");

	(void)defaults;
	(void)fault;
	p->kernel = args_whole(args, word, 1, 501);
	if (p->kernel % 2 == 0)
		args_fail(args, word, "a kernel's width is odd");
	p->range[0] = 0.1;
	p->range[1] = 2;
	args_range_key(args, "sigma", 0.001, 80, p->range);
	return args_end(args);
}

static void print_blur(const void *params, struct str *out)
{
	const struct amount_params *p = params;

	str_addf(out, " %u", p->kernel);
	print_amount("sigma", p, out);
}

static int expand_blur(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct amount_params *p = params;

	(void)in;
	return steps_add_text(out, draws->position, fault, "blur %.17g kernel=%u",
		draws_range(draws, p->range[0], p->range[1]), p->kernel);
}

const struct op op_random_blur = {
	.name = "random-blur",
	.kind = OP_RANDOM,
	.usage = "K[,sigma=LO,HI]",
	.summary = "Gaussian blur by a random sigma",
	.help = "Becomes `blur SIGMA kernel=K` with sigma uniform in LO,HI (default 0.1,2). K, the "
		"kernel's width in pixels, is odd. One draw.\n"
		"Drawn as torchvision v2's GaussianBlur; for a chance of none use random-apply.",
	.params_size = sizeof(struct amount_params),
	.deep = true,
	.parse = parse_blur,
	.print = print_blur,
	.expand = expand_blur,
};

/* -- random-noise --- */

static int parse_noise(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct amount_params *p = params;

	(void)defaults;
	(void)fault;
	p->range[0] = p->range[1] = 25.5;
	args_range_if_any(args, 0, 255, p->range);
	return args_end(args);
}

static void print_noise(const void *params, struct str *out)
{
	print_amount("", params, out);
}

static int expand_noise(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct amount_params *p = params;
	double sigma = draws_range(draws, p->range[0], p->range[1]);

	(void)in;
	return steps_add_text(
		out, draws->position, fault, "noise %.17g seed=%u", sigma, draws_u32(draws));
}

const struct op op_random_noise = {
	.name = "random-noise",
	.kind = OP_RANDOM,
	.usage = "[SIGMA|LO,HI]",
	.summary = "Gaussian noise of its own for each image",
	.help = "Becomes `noise SIGMA seed=N` with a drawn seed. SIGMA is in levels of 255 "
		"(default "
		"25.5, a tenth of the range), or uniform in LO,HI. Two draws.\n"
		"As torchvision v2's GaussianNoise; for a chance of none use random-apply.",
	.params_size = sizeof(struct amount_params),
	.deep = true,
	.parse = parse_noise,
	.print = print_noise,
	.expand = expand_noise,
};

/* -- random-jpeg --- */

static const char *const subsampling_names[] = {"444", "422", "420"};

static int parse_jpeg(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct amount_params *p = params;
	const struct op_word *low = args_value(args, "a quality"), *high = args_value_if_any(args);

	(void)defaults;
	(void)fault;
	p->range[0] = args_whole(args, low, 1, 100);
	p->range[1] = high ? args_whole(args, high, 1, 100) : p->range[0];
	if (p->range[0] > p->range[1])
		args_fail(args, high, "the low end comes first");
	p->subsampling = args_choice_key(args, "subsampling", subsampling_names, 3, 2);
	return args_end(args);
}

static void print_jpeg(const void *params, struct str *out)
{
	const struct amount_params *p = params;

	print_amount("", p, out);
	str_addf(out, " subsampling=%s", subsampling_names[p->subsampling]);
}

static int expand_jpeg(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct amount_params *p = params;
	uint32_t low = (uint32_t)p->range[0], high = (uint32_t)p->range[1];

	(void)in;
	return steps_add_text(out, draws->position, fault, "jpeg %u %s",
		low + draws_below(draws, high - low + 1), subsampling_names[p->subsampling]);
}

const struct op op_random_jpeg = {
	.name = "random-jpeg",
	.kind = OP_RANDOM,
	.usage = "Q|LO,HI[,subsampling=444|422|420]",
	.summary = "JPEG's damage at a random quality",
	.help = "Becomes `jpeg Q`: a whole number from LO to HI, both included, each as likely. "
		"subsampling as in jpeg (default 420). One draw.\n"
		"Drawn as torchvision v2's JPEG; for a chance of none use random-apply.",
	.params_size = sizeof(struct amount_params),
	.parse = parse_jpeg,
	.print = print_jpeg,
	.expand = expand_jpeg,
};

/* -- random-gamma, random-downscale --- */

static int parse_range(struct amount_params *p, struct op_args *args, double low, double high,
	double least, double most)
{
	p->range[0] = low;
	p->range[1] = high;
	args_range_if_any(args, least, most, p->range);
	p->p = args_number_key(args, "p", 0, 1, 0.5);
	return args_end(args);
}

static void print_range(const void *params, struct str *out)
{
	const struct amount_params *p = params;

	print_amount("", p, out);
	args_print_number(out, "p", p->p);
}

static int parse_gamma(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_range(params, args, 0.8, 1.2, 0.01, 100);
}

static int parse_downscale(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)defaults;
	(void)fault;
	return parse_range(params, args, 0.25, 0.25, 0.001, 1);
}

static int maybe(const char *word, const struct amount_params *p, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	if (draws_unit(draws) >= p->p)
		return 0;
	return steps_add_text(out, draws->position, fault, "%s %.17g", word,
		draws_range(draws, p->range[0], p->range[1]));
}

static int expand_gamma(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("gamma", params, draws, out, fault);
}

static int expand_downscale(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	(void)in;
	return maybe("downscale", params, draws, out, fault);
}

const struct op op_random_gamma = {
	.name = "random-gamma",
	.kind = OP_RANDOM,
	.usage = "[G|LO,HI][,p=P]",
	.summary = "a random gamma, with probability P (0.5)",
	.help = "Becomes `gamma G` with G uniform in LO,HI (default 0.8,1.2), with probability P "
		"(default 0.5), else nothing. Two draws.\n"
		"Drawn as albumentations' RandomGamma, whose limits are in percent.",
	.params_size = sizeof(struct amount_params),
	.deep = true,
	.parse = parse_gamma,
	.print = print_range,
	.expand = expand_gamma,
};

const struct op op_random_downscale = {
	.name = "random-downscale",
	.kind = OP_RANDOM,
	.usage = "[F|LO,HI][,p=P]",
	.summary = "shrunk and enlarged again, with probability P (0.5)",
	.help = "Becomes `downscale F` with F uniform in LO,HI (default 0.25), with probability P "
		"(default 0.5), else nothing. Two draws.\n"
		"Drawn as albumentations' Downscale.",
	.params_size = sizeof(struct amount_params),
	.deep = true,
	.parse = parse_downscale,
	.print = print_range,
	.expand = expand_downscale,
};
