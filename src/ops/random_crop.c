/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `random-crop`: pads as asked, then crops where it is drawn to. */
#include "ops/args.h"
#include "ops/lay.h"

#include <string.h>

extern const struct op op_crop, op_pad;

struct random_crop_params {
	uint32_t width, height;
	uint32_t padding[4]; /* left, top, right, bottom */
	bool if_needed;
	uint8_t mode;
	uint8_t fill[4];
};

_Static_assert(sizeof(struct random_crop_params) <= STEP_PARAMS_MAX, "params must fit a step");

/* padding=N; LR,TB; or L,T,R,B. */
static void parse_padding(struct random_crop_params *p, struct op_args *args)
{
	struct op_word values[4];
	size_t count = args_key(args, "padding", values, 4);

	if (count == 3)
		args_fail(args, &values[2], "padding is N, LR,TB or L,T,R,B");
	for (size_t i = 0; count && i < 4; i++) {
		size_t from = count == 1 ? 0 : count == 2 ? i % 2 : i;

		p->padding[i] = from < count ? args_whole(args, &values[from], 0, OP_SIDE_MAX) : 0;
	}
}

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct random_crop_params *p = params;

	(void)fault;
	p->if_needed = args_flag(args, "pad-if-needed");
	args_size(args, args_value(args, "a size (N or WxH)"), true, &p->width, &p->height);
	parse_padding(p, args);
	p->mode = args_choice_key(args, "mode", lay_mode_names, BORDER_MODES, BORDER_CONSTANT);
	args_color(args, "fill", p->fill, defaults->background);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct random_crop_params *p = params;

	str_addf(out, " %ux%u padding=%u,%u,%u,%u", p->width, p->height, p->padding[0],
		p->padding[1], p->padding[2], p->padding[3]);
	if (p->if_needed)
		str_add(out, " pad-if-needed");
	str_addf(out, " mode=%s", lay_mode_names[p->mode]);
	args_print_color(out, "fill", p->fill);
}

/* The full lack on both sides, as the reference does it. */
static void pad_lack(uint32_t *before, uint32_t *after, uint64_t *size, uint32_t wanted)
{
	uint32_t lack = *size < wanted ? wanted - (uint32_t)*size : 0;

	*before += lack;
	*after += lack;
	*size += 2 * (uint64_t)lack;
}

static int add_steps(const struct random_crop_params *p, const uint32_t pad[4], int32_t left,
	int32_t top, const struct draws *draws, struct steps *out)
{
	struct step *step;

	if (pad[0] | pad[1] | pad[2] | pad[3]) {
		step = steps_add(out, &op_pad, draws->position);
		if (!step)
			return IMGBATCH_E_NOMEM;
		op_pad_set(step, pad, p->mode, p->fill);
	}
	step = steps_add(out, &op_crop, draws->position);
	if (!step)
		return IMGBATCH_E_NOMEM;
	op_crop_set(step, p->width, p->height, left, top, p->fill);
	return 0;
}

static int expand(const void *params, const struct shape *in, struct draws *draws,
	struct steps *out, struct fault *fault)
{
	const struct random_crop_params *p = params;
	uint32_t pad[4], top, left;
	uint64_t width, height;

	memcpy(pad, p->padding, sizeof pad);
	width = (uint64_t)in->width + pad[0] + pad[2];
	height = (uint64_t)in->height + pad[1] + pad[3];
	if (p->if_needed) {
		pad_lack(&pad[0], &pad[2], &width, p->width);
		pad_lack(&pad[1], &pad[3], &height, p->height);
	}
	if (width < p->width || height < p->height)
		return fault_set(fault, IMGBATCH_E_OPERATION,
			"random-crop %ux%u: the image is only %llux%llu", p->width, p->height,
			(unsigned long long)width, (unsigned long long)height);
	if (width > INT32_MAX || height > INT32_MAX)
		return fault_set(
			fault, IMGBATCH_E_OPERATION, "random-crop: padded beyond any image");
	top = draws_below(draws, (uint32_t)(height - p->height) + 1);
	left = draws_below(draws, (uint32_t)(width - p->width) + 1);
	if (add_steps(p, pad, (int32_t)left, (int32_t)top, draws, out))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	return 0;
}

const struct op op_random_crop = {
	.name = "random-crop",
	.kind = OP_RANDOM,
	.usage = "N|WxH[,padding=L,T,R,B][,pad-if-needed][,mode=M][,fill=C]",
	.summary = "crop at a random place, after padding",
	.help = "Becomes `pad` (where there is any) and `crop WxH+X+Y`, every place equally "
		"likely. "
		"padding=N, LR,TB or L,T,R,B (default 0) is added first; pad-if-needed then adds "
		"the full lack of "
		"width and height on both sides. mode and fill as in pad. An image that is still "
		"too small is "
		"that image's error. Two draws: top, left.\n"
		"Drawn as torchvision v2's RandomCrop.",
	.params_size = sizeof(struct random_crop_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.expand = expand,
};
