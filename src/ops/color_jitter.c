/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations `color-jitter`, `photometric-distort` and `random-channel-shuffle`: brightness, contrast, saturation
 * and hue by drawn factors, channels in a drawn order.
 */
#include "ops/args.h"

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, PARTS };

static const char *const part_names[PARTS] = {"brightness", "contrast", "saturation", "hue"};
static const double part_centers[PARTS] = {1, 1, 1, 0}; /* what changes nothing */

struct jitter_params {
	double range[PARTS][2]; /* both the centre: this part is left out */
};

struct distort_params {
	double range[PARTS][2];
	double p;
};

_Static_assert(sizeof(struct distort_params) <= STEP_PARAMS_MAX, "params must fit a step");

static double part_least(int part)
{
	return part == HUE ? -0.5 : 0;
}

static double part_most(int part)
{
	return part == HUE ? 0.5 : 100;
}

static int add_part(
	int part, double factor, const struct draws *draws, struct steps *out, struct fault *fault)
{
	return steps_add_text(out, draws->position, fault, "%s %.17g", part_names[part], factor);
}

/* Red, green and blue in a drawn order; nothing where that is the one they have, or where there is no colour. */
static int add_shuffle(const uint8_t order[3], const struct shape *in, const struct draws *draws,
	struct steps *out, struct fault *fault)
{
	static const char letters[] = "rgb";

	if (in->channels < 3 || (order[0] == 0 && order[1] == 1))
		return 0;
	return steps_add_text(out, draws->position, fault, "channel-order %c%c%c",
		letters[order[0]], letters[order[1]], letters[order[2]]);
}

static void print_ranges(const double range[PARTS][2], struct str *out)
{
	for (int part = 0; part < PARTS; part++)
		args_print_numbers(out, part_names[part], range[part], 2);
}

/* -- color-jitter --- */

/* One number is a distance from the centre; no factor falls below 0. */
static void set_distance(double range[2], int part, double distance)
{
	range[0] = part_centers[part] - distance;
	range[1] = part_centers[part] + distance;
	if (part != HUE && range[0] < 0)
		range[0] = 0;
}

static void parse_part(struct jitter_params *p, struct op_args *args, int part)
{
	struct op_word values[2];
	size_t count = args_key(args, part_names[part], values, 2);

	if (count == 1)
		set_distance(p->range[part], part,
			args_number(args, &values[0], 0, part == HUE ? 0.5 : 99));
	if (count != 2)
		return;
	p->range[part][0] = args_number(args, &values[0], part_least(part), part_most(part));
	p->range[part][1] = args_number(args, &values[1], part_least(part), part_most(part));
	if (p->range[part][0] > p->range[part][1])
		args_fail(args, &values[1], "%s: the low end comes first", part_names[part]);
}

static int parse_jitter(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct jitter_params *p = params;
	const struct op_word *word;

	(void)defaults;
	(void)fault;
	if (!args->count)
		args_fail(args, NULL,
			"what to jitter is missing: brightness=, contrast=, "
			"saturation=, hue=");
	for (int part = 0; part < PARTS; part++) {
		set_distance(p->range[part], part, 0);
		word = args_value_if_any(args);
		if (word)
			set_distance(
				p->range[part], part, args_number(args, word, 0, part_most(part)));
	}
	for (int part = 0; part < PARTS; part++)
		parse_part(p, args, part);
	return args_end(args);
}

static void print_jitter(const void *params, struct str *out)
{
	const struct jitter_params *p = params;

	print_ranges(p->range, out);
}

static bool left_out(const struct jitter_params *p, int part)
{
	return p->range[part][0] == part_centers[part] && p->range[part][1] == part_centers[part];
}

static int expand_jitter(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct jitter_params *p = params;
	uint8_t order[PARTS];
	double factor[PARTS];
	int code = 0;

	(void)in;
	draws_order(draws, order, PARTS);
	for (int part = 0; part < PARTS; part++)
		factor[part] = draws_range(draws, p->range[part][0], p->range[part][1]);
	for (int i = 0; i < PARTS && !code; i++)
		if (!left_out(p, order[i]))
			code = add_part(order[i], factor[order[i]], draws, out, fault);
	return code;
}

/* Hue alone is a matter of 8 bits. */
static bool deep_with(const void *params)
{
	return left_out(params, HUE);
}

const struct op op_color_jitter = {
	.name = "color-jitter",
	.kind = OP_RANDOM,
	.usage = "[B[,C[,S[,H]]]][,brightness=V|LO,HI][,contrast=..][,saturation=..][,hue=..]",
	.summary = "brightness, contrast, saturation, hue by chance, in any order",
	.help = "Becomes `brightness`, `contrast`, `saturation` and `hue`, each with a factor of "
		"its "
		"own, in an order that is drawn too. For each a number V: the factor is uniform "
		"from max(0, 1 - V) to 1 + V (hue: from -V to V, at most 0.5); or LO,HI: from "
		"LO to HI. Up to four bare numbers are V in this order: color-jitter "
		"0.4,0.4,0.4,0.1. "
		"What is not given, or can only be 1 (hue: 0), is left out.\n"
		"Seven draws: three for the order, then the factors in the order of the help.\n"
		"Drawn as torchvision v2's ColorJitter.",
	.params_size = sizeof(struct jitter_params),
	.parse = parse_jitter,
	.print = print_jitter,
	.deep_with = deep_with,
	.expand = expand_jitter,
};

/* -- photometric-distort --- */

static int parse_distort(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	static const double ranges[PARTS][2] = {
		{0.875, 1.125}, {0.5, 1.5}, {0.5, 1.5}, {-0.05, 0.05}};
	struct distort_params *p = params;

	(void)defaults;
	(void)fault;
	p->p = args_chance(args, 0.5);
	for (int part = 0; part < PARTS; part++) {
		p->range[part][0] = ranges[part][0];
		p->range[part][1] = ranges[part][1];
		args_range_key(
			args, part_names[part], part_least(part), part_most(part), p->range[part]);
	}
	return args_end(args);
}

static void print_distort(const void *params, struct str *out)
{
	const struct distort_params *p = params;

	args_print_number(out, "", p->p);
	print_ranges(p->range, out);
}

/* What a distortion of one image comes to. */
struct distortion {
	bool wanted[PARTS];
	double factor[PARTS];
	bool contrast_first, shuffled;
	uint8_t order[3];
};

static void draw_distortion(
	const struct distort_params *p, struct draws *draws, struct distortion *d)
{
	for (int part = 0; part < PARTS; part++) {
		d->wanted[part] = draws_unit(draws) < p->p;
		d->factor[part] = draws_range(draws, p->range[part][0], p->range[part][1]);
	}
	d->contrast_first = draws_unit(draws) < 0.5;
	d->shuffled = draws_unit(draws) < p->p;
	draws_order(draws, d->order, 3);
}

static int expand_distort(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	static const uint8_t orders[2][PARTS] = {
		{BRIGHTNESS, SATURATION, HUE, CONTRAST}, {BRIGHTNESS, CONTRAST, SATURATION, HUE}};
	struct distortion d;
	int code = 0;

	draw_distortion(params, draws, &d);
	for (int i = 0; i < PARTS && !code; i++) {
		int part = orders[d.contrast_first][i];

		if (d.wanted[part])
			code = add_part(part, d.factor[part], draws, out, fault);
	}
	if (!code && d.shuffled)
		code = add_shuffle(d.order, in, draws, out, fault);
	return code;
}

const struct op op_photometric_distort = {
	.name = "photometric-distort",
	.kind = OP_RANDOM,
	.usage = "[P][,brightness=LO,HI][,contrast=LO,HI][,saturation=LO,HI][,hue=LO,HI]",
	.summary = "SSD's distortion of colours, each part with probability P (0.5)",
	.help = "Each with probability P (default 0.5): `brightness` by a factor from 0.875,1.125; "
		"`contrast` 0.5,1.5; `saturation` 0.5,1.5; `hue` -0.05,0.05; then `channel-order`, "
		"every "
		"order as likely. In this order, or, as often, with contrast behind hue. 12 "
		"draws.\n"
		"Drawn as torchvision v2's RandomPhotometricDistort.\n"
		"Source: Liu et al., SSD: single shot multibox detector, ECCV 2016.",
	.params_size = sizeof(struct distort_params),
	.parse = parse_distort,
	.print = print_distort,
	.expand = expand_distort,
};

/* -- random-channel-shuffle --- */

static int parse_shuffle(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)params;
	(void)defaults;
	(void)fault;
	return args_end(args);
}

static void print_shuffle(const void *params, struct str *out)
{
	(void)params;
	(void)out;
}

static int expand_shuffle(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	uint8_t order[3];

	(void)params;
	draws_order(draws, order, 3);
	return add_shuffle(order, in, draws, out, fault);
}

const struct op op_random_channel_shuffle = {
	.name = "random-channel-shuffle",
	.kind = OP_RANDOM,
	.usage = "",
	.summary = "red, green and blue in a random order",
	.help = "Becomes `channel-order`, each of the six orders as likely, or nothing where that "
		"is "
		"the order they have. Alpha keeps its place; a grey image stays as it is. Two "
		"draws.\n"
		"Drawn as torchvision v2's RandomChannelPermutation.",
	.params_size = 1,
	.deep = true,
	.parse = parse_shuffle,
	.print = print_shuffle,
	.expand = expand_shuffle,
};
