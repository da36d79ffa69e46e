/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `autoaugment`: the three published policies, 25 pairs of transformations each. */
#include "kernels/filter.h"
#include "ops/policy.h"

enum { PAIRS = 25 };

/* With a chance in tenths, at one of ten bins; 0 where there is no magnitude. */
struct policy_step {
	uint8_t op, tenths, bin;
};

typedef struct policy_step policy_pair[2];

struct auto_params {
	uint8_t policy; /* in policies */
	struct warp_look look;
};

_Static_assert(sizeof(struct auto_params) <= STEP_PARAMS_MAX, "params must fit a step");

/*
 * Source: Cubuk, Zoph, Mane, Vasudevan, Le, "AutoAugment: learning augmentation strategies from data", CVPR 2019, the
 * appendix; a pair that is listed twice there is here twice.
 */
static const policy_pair imagenet[PAIRS] = {
	{{POLICY_POSTERIZE, 4, 8}, {POLICY_ROTATE, 6, 9}},
	{{POLICY_SOLARIZE, 6, 5}, {POLICY_AUTOCONTRAST, 6, 0}},
	{{POLICY_EQUALIZE, 8, 0}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_POSTERIZE, 6, 7}, {POLICY_POSTERIZE, 6, 6}},
	{{POLICY_EQUALIZE, 4, 0}, {POLICY_SOLARIZE, 2, 4}},
	{{POLICY_EQUALIZE, 4, 0}, {POLICY_ROTATE, 8, 8}},
	{{POLICY_SOLARIZE, 6, 3}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_POSTERIZE, 8, 5}, {POLICY_EQUALIZE, 10, 0}},
	{{POLICY_ROTATE, 2, 3}, {POLICY_SOLARIZE, 6, 8}},
	{{POLICY_EQUALIZE, 6, 0}, {POLICY_POSTERIZE, 4, 6}},
	{{POLICY_ROTATE, 8, 8}, {POLICY_COLOR, 4, 0}},
	{{POLICY_ROTATE, 4, 9}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_EQUALIZE, 0, 0}, {POLICY_EQUALIZE, 8, 0}},
	{{POLICY_INVERT, 6, 0}, {POLICY_EQUALIZE, 10, 0}},
	{{POLICY_COLOR, 6, 4}, {POLICY_CONTRAST, 10, 8}},
	{{POLICY_ROTATE, 8, 8}, {POLICY_COLOR, 10, 2}},
	{{POLICY_COLOR, 8, 8}, {POLICY_SOLARIZE, 8, 7}},
	{{POLICY_SHARPNESS, 4, 7}, {POLICY_INVERT, 6, 0}},
	{{POLICY_SHEAR_X, 6, 5}, {POLICY_EQUALIZE, 10, 0}},
	{{POLICY_COLOR, 4, 0}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_EQUALIZE, 4, 0}, {POLICY_SOLARIZE, 2, 4}},
	{{POLICY_SOLARIZE, 6, 5}, {POLICY_AUTOCONTRAST, 6, 0}},
	{{POLICY_INVERT, 6, 0}, {POLICY_EQUALIZE, 10, 0}},
	{{POLICY_COLOR, 6, 4}, {POLICY_CONTRAST, 10, 8}},
	{{POLICY_EQUALIZE, 8, 0}, {POLICY_EQUALIZE, 6, 0}},
};

static const policy_pair cifar10[PAIRS] = {
	{{POLICY_INVERT, 1, 0}, {POLICY_CONTRAST, 2, 6}},
	{{POLICY_ROTATE, 7, 2}, {POLICY_TRANSLATE_X, 3, 9}},
	{{POLICY_SHARPNESS, 8, 1}, {POLICY_SHARPNESS, 9, 3}},
	{{POLICY_SHEAR_Y, 5, 8}, {POLICY_TRANSLATE_Y, 7, 9}},
	{{POLICY_AUTOCONTRAST, 5, 0}, {POLICY_EQUALIZE, 9, 0}},
	{{POLICY_SHEAR_Y, 2, 7}, {POLICY_POSTERIZE, 3, 7}},
	{{POLICY_COLOR, 4, 3}, {POLICY_BRIGHTNESS, 6, 7}},
	{{POLICY_SHARPNESS, 3, 9}, {POLICY_BRIGHTNESS, 7, 9}},
	{{POLICY_EQUALIZE, 6, 0}, {POLICY_EQUALIZE, 5, 0}},
	{{POLICY_CONTRAST, 6, 7}, {POLICY_SHARPNESS, 6, 5}},
	{{POLICY_COLOR, 7, 7}, {POLICY_TRANSLATE_X, 5, 8}},
	{{POLICY_EQUALIZE, 3, 0}, {POLICY_AUTOCONTRAST, 4, 0}},
	{{POLICY_TRANSLATE_Y, 4, 3}, {POLICY_SHARPNESS, 2, 6}},
	{{POLICY_BRIGHTNESS, 9, 6}, {POLICY_COLOR, 2, 8}},
	{{POLICY_SOLARIZE, 5, 2}, {POLICY_INVERT, 0, 0}},
	{{POLICY_EQUALIZE, 2, 0}, {POLICY_AUTOCONTRAST, 6, 0}},
	{{POLICY_EQUALIZE, 2, 0}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_COLOR, 9, 9}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_AUTOCONTRAST, 8, 0}, {POLICY_SOLARIZE, 2, 8}},
	{{POLICY_BRIGHTNESS, 1, 3}, {POLICY_COLOR, 7, 0}},
	{{POLICY_SOLARIZE, 4, 5}, {POLICY_AUTOCONTRAST, 9, 0}},
	{{POLICY_TRANSLATE_Y, 9, 9}, {POLICY_TRANSLATE_Y, 7, 9}},
	{{POLICY_AUTOCONTRAST, 9, 0}, {POLICY_SOLARIZE, 8, 3}},
	{{POLICY_EQUALIZE, 8, 0}, {POLICY_INVERT, 1, 0}},
	{{POLICY_TRANSLATE_Y, 7, 9}, {POLICY_AUTOCONTRAST, 9, 0}},
};

static const policy_pair svhn[PAIRS] = {
	{{POLICY_SHEAR_X, 9, 4}, {POLICY_INVERT, 2, 0}},
	{{POLICY_SHEAR_Y, 9, 8}, {POLICY_INVERT, 7, 0}},
	{{POLICY_EQUALIZE, 6, 0}, {POLICY_SOLARIZE, 6, 6}},
	{{POLICY_INVERT, 9, 0}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_EQUALIZE, 6, 0}, {POLICY_ROTATE, 9, 3}},
	{{POLICY_SHEAR_X, 9, 4}, {POLICY_AUTOCONTRAST, 8, 0}},
	{{POLICY_SHEAR_Y, 9, 8}, {POLICY_INVERT, 4, 0}},
	{{POLICY_SHEAR_Y, 9, 5}, {POLICY_SOLARIZE, 2, 6}},
	{{POLICY_INVERT, 9, 0}, {POLICY_AUTOCONTRAST, 8, 0}},
	{{POLICY_EQUALIZE, 6, 0}, {POLICY_ROTATE, 9, 3}},
	{{POLICY_SHEAR_X, 9, 4}, {POLICY_SOLARIZE, 3, 3}},
	{{POLICY_SHEAR_Y, 8, 8}, {POLICY_INVERT, 7, 0}},
	{{POLICY_EQUALIZE, 9, 0}, {POLICY_TRANSLATE_Y, 6, 6}},
	{{POLICY_INVERT, 9, 0}, {POLICY_EQUALIZE, 6, 0}},
	{{POLICY_CONTRAST, 3, 3}, {POLICY_ROTATE, 8, 4}},
	{{POLICY_INVERT, 8, 0}, {POLICY_TRANSLATE_Y, 0, 2}},
	{{POLICY_SHEAR_Y, 7, 6}, {POLICY_SOLARIZE, 4, 8}},
	{{POLICY_INVERT, 6, 0}, {POLICY_ROTATE, 8, 4}},
	{{POLICY_SHEAR_Y, 3, 7}, {POLICY_TRANSLATE_X, 9, 3}},
	{{POLICY_SHEAR_X, 1, 6}, {POLICY_INVERT, 6, 0}},
	{{POLICY_SOLARIZE, 7, 2}, {POLICY_TRANSLATE_Y, 6, 7}},
	{{POLICY_SHEAR_Y, 8, 4}, {POLICY_INVERT, 8, 0}},
	{{POLICY_SHEAR_X, 7, 9}, {POLICY_TRANSLATE_Y, 8, 3}},
	{{POLICY_SHEAR_Y, 8, 5}, {POLICY_AUTOCONTRAST, 7, 0}},
	{{POLICY_SHEAR_X, 7, 2}, {POLICY_INVERT, 1, 0}},
};

static const char *const policy_names[] = {"imagenet", "cifar10", "svhn"};
static const policy_pair *const policies[] = {imagenet, cifar10, svhn};

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct auto_params *p = params;

	(void)fault;
	p->policy = args_choice(args, args_value_if_any(args), policy_names, 3);
	warp_parse_look(args, defaults, FILTER_NEAREST, &p->look);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct auto_params *p = params;

	str_addf(out, " %s", policy_names[p->policy]);
	warp_print_look(&p->look, out);
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	static const struct policy_space space = {
		.bins = 10,
		.shear = 0.3,
		.translate = 150.0 / 331,
		.rotate = 30,
		.factor = 0.9,
		.posterize = 4,
	};
	const struct auto_params *p = params;
	const struct policy_step *pair = policies[p->policy][draws_below(draws, PAIRS)];
	int code = 0;

	for (int i = 0; i < 2 && !code; i++) {
		bool wanted = draws_unit(draws) <= pair[i].tenths / 10.0;
		bool negative = draws_unit(draws) <= 0.5;

		if (wanted)
			code = policy_add(&space, &p->look, pair[i].op, pair[i].bin, negative, in,
				draws, out, fault);
	}
	return code;
}

const struct op op_autoaugment = {
	.name = "autoaugment",
	.kind = OP_RANDOM,
	.usage = "[imagenet|cifar10|svhn][,filter=F][,fill=C]",
	.summary = "AutoAugment: a learned pair of transformations",
	.help = "One of the 25 pairs of the policy learned on imagenet (default), cifar10 or svhn, "
		"each "
		"as likely; each half with its own probability, at its own magnitude of ten bins. "
		"The "
		"transformations and their ranges are those of randaugment, and `invert`; what has "
		"two "
		"directions takes each as often. Five draws.\n"
		"filter=nearest (default), bilinear or bicubic, and fill=COLOUR (default the "
		"recipe's background), as in rotate.\n"
		"Drawn as torchvision v2's AutoAugment.\n"
		"Source: Cubuk et al., AutoAugment: learning augmentation strategies from data, "
		"CVPR "
		"2019.",
	.params_size = sizeof(struct auto_params),
	.parse = parse,
	.print = print,
	.expand = expand,
};
