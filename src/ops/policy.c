/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/policy.h"

#include <math.h>

/* The reference's linspace in float32: from the start below the middle, from the end above it. */
static double level(double from, double to, unsigned bin, unsigned bins)
{
	float low = (float)from, high = (float)to, step = (high - low) / (float)(bins - 1);

	if (bin < bins / 2)
		return low + step * (float)bin;
	return high - step * (float)(bins - 1 - bin);
}

/* What is being added, and to what. */
struct place {
	const struct policy_space *space;
	char look[WARP_LOOK_TEXT];
	unsigned bin;
	bool negative;
	uint32_t position;
	struct steps *out;
	struct fault *fault;
};

static double signed_level(const struct place *at, double most)
{
	double value = level(0, most, at->bin, at->space->bins);

	return at->negative ? -value : value;
}

/* About the top left corner, as the papers' own code has it; the operation takes degrees. */
static int add_shear(const struct place *at, bool vertical)
{
	double degrees = atan(signed_level(at, at->space->shear)) * (180 / M_PI);

	return steps_add_text(at->out, at->position, at->fault, "shear %.17g,%.17g centre=0,0%s",
		vertical ? 0 : degrees, vertical ? degrees : 0, at->look);
}

/* Whole pixels, cut towards 0. */
static int add_translate(const struct place *at, uint32_t side, bool vertical)
{
	double most = at->space->translate < 1 ? at->space->translate * side : at->space->translate;
	int pixels = (int)signed_level(at, most);

	return steps_add_text(at->out, at->position, at->fault, "affine 0,%d,%d,1,0,0%s",
		vertical ? 0 : pixels, vertical ? pixels : 0, at->look);
}

static int add_rotate(const struct place *at)
{
	return steps_add_text(at->out, at->position, at->fault, "rotate %.17g%s",
		signed_level(at, at->space->rotate), at->look);
}

static int add_factor(const struct place *at, const char *word)
{
	return steps_add_text(at->out, at->position, at->fault, "%s %.17g", word,
		1 + signed_level(at, at->space->factor));
}

/* Half even, as the reference rounds. */
static int add_posterize(const struct place *at)
{
	float bins = (float)((at->space->bins - 1) / (double)at->space->posterize);

	return steps_add_text(at->out, at->position, at->fault, "posterize %d",
		(int)rintf(8 - (float)at->bin / bins));
}

static int add_moved(const struct place *at, enum policy_op op, const struct shape *in)
{
	switch (op) {
	case POLICY_SHEAR_X:
	case POLICY_SHEAR_Y:
		return add_shear(at, op == POLICY_SHEAR_Y);
	case POLICY_TRANSLATE_X:
		return add_translate(at, in->width, false);
	case POLICY_TRANSLATE_Y:
		return add_translate(at, in->height, true);
	default:
		return add_rotate(at);
	}
}

static int add_valued(const struct place *at, enum policy_op op)
{
	switch (op) {
	case POLICY_BRIGHTNESS:
		return add_factor(at, "brightness");
	case POLICY_COLOR:
		return add_factor(at, "saturation");
	case POLICY_CONTRAST:
		return add_factor(at, "contrast");
	case POLICY_SHARPNESS:
		return add_factor(at, "sharpness");
	case POLICY_POSTERIZE:
		return add_posterize(at);
	case POLICY_SOLARIZE:
		return steps_add_text(at->out, at->position, at->fault, "solarize %.17g",
			level(255, 0, at->bin, at->space->bins));
	case POLICY_AUTOCONTRAST:
		return steps_add_text(at->out, at->position, at->fault, "autocontrast");
	case POLICY_EQUALIZE:
		return steps_add_text(at->out, at->position, at->fault, "equalize");
	default:
		return steps_add_text(at->out, at->position, at->fault, "invert");
	}
}

int policy_add(const struct policy_space *space, const struct warp_look *look, enum policy_op op,
	unsigned bin, bool negative, const struct shape *in, const struct draws *draws,
	struct steps *out, struct fault *fault)
{
	struct place at = {
		.space = space,
		.bin = bin,
		.negative = negative,
		.position = draws->position,
		.out = out,
		.fault = fault,
	};

	warp_look_text(look, at.look);
	if (op == POLICY_IDENTITY)
		return 0;
	return op <= POLICY_ROTATE ? add_moved(&at, op, in) : add_valued(&at, op);
}
