/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `erase`: a rectangle becomes one colour, or noise that its seed determines. */
#include "kernels/noise.h"
#include "ops/args.h"
#include "ops/color.h"
#include "ops/rows.h"
#include "ops/values.h"

#include <string.h>

struct erase_params {
	uint32_t width, height;
	int32_t x, y;
	bool noise;
	uint32_t seed; /* of noise */
	uint8_t value[4]; /* without noise */
};

_Static_assert(sizeof(struct erase_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	static const uint8_t black[4] = {0, 0, 0, 255};
	struct erase_params *p = params;
	const struct op_word *word;

	(void)defaults;
	(void)fault;
	p->noise = args_flag(args, "noise");
	word = args_value(args, "a rectangle (WxH+X+Y)");
	if (!args_geometry(args, word, &p->width, &p->height, &p->x, &p->y) && word)
		args_fail(args, word, "expected WxH+X+Y: where does it lie?");
	if (p->noise)
		p->seed = args_whole_key(args, "seed", 0, UINT32_MAX, 0);
	else
		args_color(args, "value", p->value, black);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct erase_params *p = params;

	str_addf(out, " %ux%u%+d%+d", p->width, p->height, p->x, p->y);
	if (p->noise)
		str_addf(out, " noise seed=%u", p->seed);
	else
		args_print_color(out, "value", p->value);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return value_check("erase", in, fault);
}

/* What of the rectangle lies in the image; false: nothing. */
static bool inside(const struct erase_params *p, const struct shape *in, struct rect *rect)
{
	int64_t left = p->x < 0 ? 0 : p->x, right = (int64_t)p->x + p->width;
	int64_t top = p->y < 0 ? 0 : p->y, bottom = (int64_t)p->y + p->height;

	right = right < in->width ? right : in->width;
	bottom = bottom < in->height ? bottom : in->height;
	if (left >= right || top >= bottom)
		return false;
	*rect = (struct rect){
		(uint32_t)left, (uint32_t)top, (uint32_t)(right - left), (uint32_t)(bottom - top)};
	return true;
}

/* Every pixel's colours; alpha stays. */
static void fill(const struct image *part, const uint8_t value[4])
{
	const struct shape *shape = &part->shape;
	size_t size = shape_pixel_size(shape);
	size_t colors = size - (shape_has_alpha(shape) ? sample_size(shape->sample) : 0);
	unsigned char pixel[COLOR_PIXEL_MAX];

	color_pixel(value, shape, pixel);
	for (uint32_t y = 0; y < shape->height; y++) {
		unsigned char *to = image_row(part, y);

		for (uint32_t x = 0; x < shape->width; x++, to += size)
			memcpy(to, pixel, colors);
	}
}

/* The whole rectangle's noise is determined by its seed, whatever part of it shows. */
static int fill_noise(const struct erase_params *p, const struct image *part,
	const struct rect *rect, struct op_env *env)
{
	struct shape line = part->shape;
	void *memory;

	line.width = p->width;
	memory = pool_take(env->pool, noise_memory(&line));
	if (!memory)
		return fault_set(
			env->fault, IMGBATCH_E_NOMEM, "erase: no memory for a row of noise");
	noise_fill(part, (uint32_t)((int64_t)rect->x - p->x), (uint32_t)((int64_t)rect->y - p->y),
		p->width, p->seed, memory);
	pool_put(env->pool, memory);
	return 0;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct erase_params *p = params;
	struct image part;
	struct rect rect;
	int code = 0;

	if (!inside(p, &in->shape, &rect)) {
		*out = *in;
		return 0;
	}
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	image_copy(out, in);
	part = image_view(out, &rect);
	if (p->noise)
		code = fill_noise(p, &part, &rect, env);
	else
		fill(&part, p->value);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct erase_params *p = params;
	struct shape line = *in;

	line.width = p->width;
	return p->noise ? noise_memory(&line) : 0;
}

const struct op op_erase = {
	.name = "erase",
	.kind = OP_FIXED,
	.usage = "WxH+X+Y[,value=C|,noise[,seed=S]]",
	.summary = "fill a rectangle with a colour or with noise",
	.help = "The rectangle WxH whose corner is at X, Y (it may reach outside of the image) "
		"becomes "
		"value=COLOUR (default black), or with `noise` uniformly distributed samples, "
		"which "
		"seed=S (a whole number below 2^32, default 0) determines. Alpha is kept.\n"
		"Nothing here is drawn: the same line makes the same bytes on every machine. "
		"Philox4x32-10 with "
		"the key (S, 0x65726173) and the counter (n, row, 0, 0) gives the 16 bytes from "
		"16n of each row of "
		"the rectangle, all channels counted, lowest first; random-erasing expands into "
		"this.\n"
		"Exact: Pillow 9.4's paste of a colour.",
	.params_size = sizeof(struct erase_params),
	.deep = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
