/* SPDX-License-Identifier: Apache-2.0 */
/* `equalize` and `autocontrast`: how often each level is there decides what becomes of it, colour by colour. */
#include "kernels/values.h"
#include "ops/args.h"
#include "ops/values.h"

#include <math.h>

struct autocontrast_params {
	double cutoff; /* per cent */
};

_Static_assert(sizeof(struct autocontrast_params) <= STEP_PARAMS_MAX, "params must fit a step");

/* What a table of levels is made from. */
struct counted {
	uint32_t *count; /* of each level, one colour behind the other */
	double cutoff;
};

static int parse_equalize(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	(void)params;
	(void)defaults;
	(void)fault;
	return args_end(args);
}

static void print_equalize(const void *params, struct str *out)
{
	(void)params;
	(void)out;
}

static int parse_autocontrast(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct autocontrast_params *p = params;
	const struct op_word *cutoff = args_value_if_any(args);

	(void)defaults;
	(void)fault;
	p->cutoff = cutoff ? args_number(args, cutoff, 0, 50) : 0;
	return args_end(args);
}

static void print_autocontrast(const void *params, struct str *out)
{
	const struct autocontrast_params *p = params;

	args_print_number(out, "", p->cutoff);
}

static int shape_equalize(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("equalize", in, fault);
}

static int shape_autocontrast(
	const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("autocontrast", in, fault);
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	return value_table_scratch(params, in) +
		sizeof(uint32_t) * values_levels(in) * values_colors(in);
}

static void identity(uint32_t full, uint16_t *level)
{
	for (uint32_t v = 0; v <= full; v++)
		level[v] = (uint16_t)v;
}

static uint64_t total(const uint32_t *count, uint32_t full)
{
	uint64_t sum = 0;

	for (uint32_t v = 0; v <= full; v++)
		sum += count[v];
	return sum;
}

/* Levels so that about as many pixels lie between any two neighbours; the highest one takes no part in the step. */
static void equalize_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct counted *c = ctx;
	const uint32_t *count = c->count + (size_t)(full + 1) * color;
	uint32_t highest = full;
	uint64_t step, below;

	while (highest && !count[highest])
		highest--;
	step = (total(count, full) - count[highest]) / full;
	if (!step) {
		identity(full, level);
		return;
	}
	below = step / 2;
	for (uint32_t v = 0; v <= full; v++) {
		level[v] = (uint16_t)(below / step > full ? full : below / step);
		below += count[v];
	}
}

/* How many pixels so many per cent are: the product in double, cut to a whole number of its hundredths. */
static uint64_t share_of(uint64_t pixels, double per_cent)
{
	double product = (double)pixels * per_cent;

	return (uint64_t)rint((product - fmod(product, 100)) / 100);
}

/* Takes `cut` pixels away from the end that begins at level `at`. */
static void cut_end(uint32_t *count, uint64_t cut, int64_t at, int64_t last, int step)
{
	for (;; at += step) {
		if (cut <= count[at]) {
			count[at] -= (uint32_t)cut;
			return;
		}
		cut -= count[at];
		count[at] = 0;
		if (at == last)
			return;
	}
}

static void stretch_levels(const void *ctx, unsigned color, uint32_t full, uint16_t *level)
{
	const struct counted *c = ctx;
	uint32_t *count = c->count + (size_t)(full + 1) * color, low = 0, high = full;
	double scale, offset;

	if (c->cutoff > 0) {
		uint64_t cut = share_of(total(count, full), c->cutoff);

		cut_end(count, cut, 0, full, 1);
		cut_end(count, cut, full, 0, -1);
	}
	while (low < full && !count[low])
		low++;
	while (high && !count[high])
		high--;
	if (high <= low) {
		identity(full, level);
		return;
	}
	scale = (double)full / (high - low);
	offset = -(double)low * scale;
	for (uint32_t v = 0; v <= full; v++) {
		double value = v * scale + offset;

		level[v] = (uint16_t)(value < 0 ? 0 : value < full ? value : full);
	}
}

static int apply_counted(value_levels_fn *fn, double cutoff, const struct image *in,
	struct image *out, struct op_env *env)
{
	struct counted counted = {.cutoff = cutoff};
	int code;

	counted.count = pool_take(env->pool,
		sizeof(uint32_t) * values_levels(&in->shape) * values_colors(&in->shape));
	if (!counted.count)
		return fault_set(env->fault, IMGBATCH_E_NOMEM, "no memory for counts of levels");
	values_count(in, counted.count);
	code = value_look_up(fn, &counted, true, in, out, env);
	pool_put(env->pool, counted.count);
	return code;
}

static int apply_equalize(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	(void)params;
	return apply_counted(equalize_levels, 0, in, out, env);
}

static int apply_autocontrast(
	const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct autocontrast_params *p = params;

	return apply_counted(stretch_levels, p->cutoff, in, out, env);
}

const struct op op_equalize = {
	.name = "equalize",
	.kind = OP_FIXED,
	.usage = "",
	.summary = "spread levels so that each is about as frequent",
	.help = "For each colour: step = (pixels - those of the highest level) / 255 in whole "
		"numbers, and a level "
		"becomes (step / 2 + pixels of lower levels) / step, at most 255. A colour with "
		"one level only, or a "
		"step of 0 (small images), stays as it is. Alpha is kept.\n"
		"8-bit images only: few images have enough pixels for 65536 levels.\n"
		"Exact: Pillow 9.4's ImageOps.equalize.",
	.params_size = 0,
	.parse = parse_equalize,
	.print = print_equalize,
	.shape = shape_equalize,
	.apply = apply_equalize,
	.scratch = scratch,
};

const struct op op_autocontrast = {
	.name = "autocontrast",
	.kind = OP_FIXED,
	.usage = "[CUTOFF]",
	.summary = "stretch each colour's levels to the full range",
	.help = "For each colour: the lowest level becomes 0 and the highest 255, with those "
		"between in proportion, cut to "
		"whole numbers. CUTOFF per cent of the pixels (0 to 50, default 0) at either end "
		"do not count. A "
		"colour with one level only stays as it is. Alpha is kept.\n"
		"Exact: Pillow 9.4's ImageOps.autocontrast, whose sums in double may bring the "
		"highest level to 254; "
		"16-bit samples by the same formula.",
	.params_size = sizeof(struct autocontrast_params),
	.deep = true,
	.parse = parse_autocontrast,
	.print = print_autocontrast,
	.shape = shape_autocontrast,
	.apply = apply_autocontrast,
	.scratch = scratch,
};
