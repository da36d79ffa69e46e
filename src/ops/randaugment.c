/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `randaugment` and `trivial-augment-wide`: any of fourteen transformations. */
#include "kernels/filter.h"
#include "ops/policy.h"

enum { LAYERS_MAX = 100, BINS_MAX = 1000 };

struct rand_params {
	uint32_t layers, magnitude, bins;
	struct warp_look look;
};

_Static_assert(sizeof(struct rand_params) <= STEP_PARAMS_MAX, "params must fit a step");

/* -- randaugment --- */

static int parse_rand(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct rand_params *p = params;
	const struct op_word *n = args_value_if_any(args);
	const struct op_word *m = n ? args_value_if_any(args) : NULL;

	(void)fault;
	p->layers = n ? args_whole(args, n, 0, LAYERS_MAX)
		      : args_whole_key(args, "n", 0, LAYERS_MAX, 2);
	p->magnitude = m ? args_whole(args, m, 0, BINS_MAX)
			 : args_whole_key(args, "m", 0, BINS_MAX, 9);
	p->bins = args_whole_key(args, "bins", 2, BINS_MAX, 31);
	if (p->magnitude >= p->bins)
		args_fail(args, NULL, "the magnitude must be below %u bins", p->bins);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static void print_rand(const void *params, struct str *out)
{
	const struct rand_params *p = params;

	str_addf(out, " n=%u m=%u bins=%u", p->layers, p->magnitude, p->bins);
	warp_print_look(&p->look, out);
}

static int expand_rand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct rand_params *p = params;
	struct policy_space space = {
		.bins = p->bins,
		.shear = 0.3,
		.translate = 150.0 / 331,
		.rotate = 30,
		.factor = 0.9,
		.posterize = 4,
	};
	int code = 0;

	for (uint32_t i = 0; i < p->layers && !code; i++) {
		enum policy_op op = draws_below(draws, POLICY_OPS);
		bool negative = draws_unit(draws) <= 0.5;

		code = policy_add(
			&space, &p->look, op, p->magnitude, negative, in, draws, out, fault);
	}
	return code;
}

const struct op op_randaugment = {
	.name = "randaugment",
	.kind = OP_RANDOM,
	.usage = "[N[,M]][,n=N][,m=M][,bins=B][,filter=F][,fill=C]",
	.summary = "RandAugment: N of fourteen transformations, at magnitude M",
	.help = "N times (default 2) one of fourteen, each as likely, at magnitude M (default 9) "
		"of "
		"bins 0 to B - 1 (default 31): nothing; `shear` by up to 0.3, about the top "
		"left "
		"corner, along x or y; `affine` translation by up to 150/331 of the side, in whole "
		"pixels, "
		"along x or y; `rotate` by up to 30 degrees; `brightness`, `saturation`, "
		"`contrast`, "
		"`sharpness` by 1 plus or minus up to 0.9; `posterize` 8 to 4; `solarize` 255 to "
		"0; "
		"`autocontrast`; `equalize`. What has two directions takes each as often. Two "
		"draws for each of N.\n"
		"filter=nearest (default), bilinear or bicubic, and fill=COLOUR (default the "
		"recipe's background), as in rotate.\n"
		"Drawn as torchvision v2's RandAugment.\n"
		"Source: Cubuk et al., RandAugment: practical automated data augmentation with a "
		"reduced search space, NeurIPS 2020.",
	.params_size = sizeof(struct rand_params),
	.parse = parse_rand,
	.print = print_rand,
	.expand = expand_rand,
};

/* -- trivial-augment-wide --- */

static int parse_trivial(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct rand_params *p = params;

	(void)fault;
	p->bins = args_whole_key(args, "bins", 2, BINS_MAX, 31);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static void print_trivial(const void *params, struct str *out)
{
	const struct rand_params *p = params;

	str_addf(out, " bins=%u", p->bins);
	warp_print_look(&p->look, out);
}

static int expand_trivial(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct rand_params *p = params;
	struct policy_space space = {
		.bins = p->bins,
		.shear = 0.99,
		.translate = 32,
		.rotate = 135,
		.factor = 0.99,
		.posterize = 6,
	};
	enum policy_op op = draws_below(draws, POLICY_OPS);
	unsigned bin = draws_below(draws, p->bins);
	bool negative = draws_unit(draws) <= 0.5;

	return policy_add(&space, &p->look, op, bin, negative, in, draws, out, fault);
}

const struct op op_trivial_augment_wide = {
	.name = "trivial-augment-wide",
	.kind = OP_RANDOM,
	.usage = "[bins=B][,filter=F][,fill=C]",
	.summary = "TrivialAugment: one transformation, at any magnitude",
	.help = "One of randaugment's fourteen, each as likely, at a magnitude drawn from B bins "
		"(default 31), wider than there: shear up to 0.99, translation up to 32 pixels, "
		"rotation up to 135 degrees, factors 1 plus or minus up to 0.99, posterize 8 to 2, "
		"solarize 255 to 0. Three draws.\n"
		"filter=nearest (default), bilinear or bicubic, and fill=COLOUR (default the "
		"recipe's background), as in rotate.\n"
		"Drawn as torchvision v2's TrivialAugmentWide.\n"
		"Source: Mueller and Hutter, TrivialAugment: tuning-free yet state-of-the-art data "
		"augmentation, ICCV 2021.",
	.params_size = sizeof(struct rand_params),
	.parse = parse_trivial,
	.print = print_trivial,
	.expand = expand_trivial,
};
