/* SPDX-License-Identifier: Apache-2.0 */
/* The operations `random-short-edge` and `scale-jitter`: a size by chance, the aspect stays. */
#include "kernels/filter.h"
#include "ops/args.h"

enum { SIZES_MAX = 24 };

/* How the resize that is made resamples. */
struct resampling {
	uint8_t filter;
	bool linear;
};

struct short_params {
	uint32_t size[SIZES_MAX]; /* one is chosen; or, with count 0, size[0] .. size[1] - 1 */
	uint32_t count;
	uint32_t max_size; /* 0: none */
	struct resampling how;
};

struct jitter_params {
	uint32_t width, height;
	double scale[2];
	struct resampling how;
};

_Static_assert(sizeof(struct short_params) <= STEP_PARAMS_MAX, "params must fit a step");
_Static_assert(sizeof(struct jitter_params) <= STEP_PARAMS_MAX, "params must fit a step");

static struct resampling parse_resampling(struct op_args *args, const struct op_defaults *defaults)
{
	uint8_t filter = args_filter(args, defaults, FILTER_BILINEAR);

	return (struct resampling){filter, args_linear(args, defaults, filter)};
}

static const char *linear_word(struct resampling how)
{
	return how.linear ? " linear" : "";
}

/* At least a pixel of what was cut to a whole number. */
static uint32_t pixels(double side)
{
	return side < 1 ? 1 : side > UINT32_MAX ? UINT32_MAX : (uint32_t)side;
}

/* Both sides by one factor, cut to whole numbers. */
static int add_resize(const struct shape *in, double factor, struct resampling how,
	const struct draws *draws, struct steps *out, struct fault *fault)
{
	uint32_t width = pixels(in->width * factor), height = pixels(in->height * factor);

	if (width > OP_SIDE_MAX || height > OP_SIDE_MAX)
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"a side of %u pixels is more than any image has",
			width > height ? width : height);
	return steps_add_text(out, draws->position, fault, "resize %ux%u! filter=%s%s", width,
		height, filter_name(how.filter), linear_word(how));
}

/* -- random-short-edge --- */

static void parse_range(struct short_params *p, struct op_args *args)
{
	struct op_word values[2];
	size_t count = args_key(args, "range", values, 2);

	if (!count) {
		args_value(args, "a size, or range=LO,HI,"); /* says that it is missing */
		return;
	}
	if (count != 2) {
		args_fail(args, &values[0], "range takes two sizes, low and high");
		return;
	}
	p->size[0] = args_whole(args, &values[0], 1, OP_SIDE_MAX);
	p->size[1] = args_whole(args, &values[1], 1, OP_SIDE_MAX);
	if (p->size[0] >= p->size[1])
		args_fail(args, &values[1], "range: the high end must be above the low one");
}

static void parse_sizes(struct short_params *p, struct op_args *args)
{
	const struct op_word *word = args_value_if_any(args);

	for (; word; word = args_value_if_any(args)) {
		if (p->count == SIZES_MAX) {
			args_fail(args, word, "at most %d sizes", SIZES_MAX);
			return;
		}
		p->size[p->count++] = args_whole(args, word, 1, OP_SIDE_MAX);
	}
	if (!p->count)
		parse_range(p, args);
}

static int parse_short(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct short_params *p = params;

	(void)fault;
	p->how = parse_resampling(args, defaults); /* its flag is no size */
	parse_sizes(p, args);
	p->max_size = args_whole_key(args, "max-size", 1, OP_SIDE_MAX, 0);
	if (p->max_size && !p->count && p->max_size < p->size[1])
		args_fail(args, NULL, "max-size must be %u at least", p->size[1]);
	return args_end(args);
}

static void print_short(const void *params, struct str *out)
{
	const struct short_params *p = params;

	for (uint32_t i = 0; i < p->count; i++)
		str_addf(out, "%s%u", i ? "," : " ", p->size[i]);
	if (!p->count)
		str_addf(out, " range=%u,%u", p->size[0], p->size[1]);
	if (p->max_size)
		str_addf(out, " max-size=%u", p->max_size);
	str_addf(out, " filter=%s%s", filter_name(p->how.filter), linear_word(p->how));
}

/* A range becomes the fixed operation, as the reference's RandomResize is its Resize. */
static int expand_range(
	const struct short_params *p, struct draws *draws, struct steps *out, struct fault *fault)
{
	uint32_t size = p->size[0] + draws_below(draws, p->size[1] - p->size[0]);

	if (p->max_size)
		return steps_add_text(out, draws->position, fault,
			"short-edge %u max-size=%u filter=%s%s", size, p->max_size,
			filter_name(p->how.filter), linear_word(p->how));
	return steps_add_text(out, draws->position, fault, "short-edge %u filter=%s%s", size,
		filter_name(p->how.filter), linear_word(p->how));
}

static int expand_short(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct short_params *p = params;
	uint32_t small = in->width < in->height ? in->width : in->height;
	uint32_t large = in->width < in->height ? in->height : in->width;
	double factor;

	if (!p->count)
		return expand_range(p, draws, out, fault);
	factor = (double)p->size[draws_below(draws, p->count)] / small;
	if (p->max_size && (double)p->max_size / large < factor)
		factor = (double)p->max_size / large;
	return add_resize(in, factor, p->how, draws, out, fault);
}

const struct op op_random_short_edge = {
	.name = "random-short-edge",
	.kind = OP_RANDOM,
	.usage = "N[,N...]|range=LO,HI[,max-size=M][,filter=F][,linear]",
	.summary = "resize so that the shorter side has one of these sizes",
	.help = "N,N,...: one of the sizes (24 at most), each as likely. Both sides are multiplied "
		"by "
		"N / short, or by max-size / long where that is less, and cut to whole numbers: "
		"`resize WxH!`.\n"
		"range=LO,HI: a whole number from LO up to, but without, HI: `short-edge N`, with "
		"max-size=M (at least HI) handed on.\n"
		"filter and linear as in resize, but the default filter is bilinear. One draw.\n"
		"Drawn as torchvision v2's RandomShortestSize, and RandomResize.",
	.params_size = sizeof(struct short_params),
	.deep = true,
	.moves = true,
	.parse = parse_short,
	.print = print_short,
	.expand = expand_short,
};

/* -- scale-jitter --- */

static int parse_jitter(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct jitter_params *p = params;

	(void)fault;
	args_size(args, args_value(args, "a size (N or WxH)"), true, &p->width, &p->height);
	p->scale[0] = 0.1;
	p->scale[1] = 2;
	args_range_key(args, "scale", 1e-6, 1e3, p->scale);
	p->how = parse_resampling(args, defaults);
	return args_end(args);
}

static void print_jitter(const void *params, struct str *out)
{
	const struct jitter_params *p = params;

	str_addf(out, " %ux%u", p->width, p->height);
	args_print_numbers(out, "scale", p->scale, 2);
	str_addf(out, " filter=%s%s", filter_name(p->how.filter), linear_word(p->how));
}

static int expand_jitter(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct jitter_params *p = params;
	double x = (double)p->width / in->width, y = (double)p->height / in->height;
	double scale = draws_range(draws, p->scale[0], p->scale[1]);

	return add_resize(in, (x < y ? x : y) * scale, p->how, draws, out, fault);
}

const struct op op_scale_jitter = {
	.name = "scale-jitter",
	.kind = OP_RANDOM,
	.usage = "N|WxH[,scale=LO,HI][,filter=F][,linear]",
	.summary = "resize to a random multiple of what fits a size",
	.help = "Both sides are multiplied by what makes the image fit inside WxH, times a factor "
		"uniform in "
		"scale (default 0.1,2), and cut to whole numbers, at least 1: `resize WxH!`. One "
		"draw.\n"
		"filter and linear as in resize, but the default filter is bilinear.\n"
		"Drawn as torchvision v2's ScaleJitter.",
	.params_size = sizeof(struct jitter_params),
	.deep = true,
	.moves = true,
	.parse = parse_jitter,
	.print = print_jitter,
	.expand = expand_jitter,
};
