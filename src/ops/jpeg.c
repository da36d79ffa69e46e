/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `jpeg`: what a JPEG file would leave of the image. */
#include "ops/args.h"
#include "ops/rows.h"
#include "ops/values.h"

struct jpeg_params {
	uint8_t quality;
	uint16_t subsampling;
};

_Static_assert(sizeof(struct jpeg_params) <= STEP_PARAMS_MAX, "params must fit a step");

enum { SIDE_MAX = 65500 }; /* libjpeg's */

static const char *const names[] = {"420", "422", "444"};
static const uint16_t subsamplings[] = {420, 422, 444};

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct jpeg_params *p = params;

	(void)defaults;
	(void)fault;
	p->quality = (uint8_t)args_whole(args, args_value(args, "a quality"), 1, 100);
	p->subsampling = subsamplings[args_choice(args, args_value_if_any(args), names, 3)];
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct jpeg_params *p = params;

	str_addf(out, " %u %u", p->quality, p->subsampling);
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	if (in->width > SIDE_MAX || in->height > SIDE_MAX)
		return fault_set(fault, IMGBATCH_E_OPERATION, "jpeg: %ux%u: JPEG holds %u each way",
			in->width, in->height, SIDE_MAX);
	*out = *in;
	return value_check("jpeg", in, fault);
}

/* Colours between an image with alpha and one without. */
static void colors_between(const struct image *to, const struct image *from)
{
	size_t in = from->shape.channels, out = to->shape.channels, colors = in < out ? in : out;

	for (uint32_t y = 0; y < from->shape.height; y++) {
		const uint8_t *p = image_row(from, y);
		uint8_t *q = image_row(to, y);

		for (uint32_t x = 0; x < from->shape.width; x++, p += in, q += out)
			for (size_t c = 0; c < colors; c++)
				q[c] = p[c];
	}
}

static int pass(const struct jpeg_params *p, const struct image *in, const struct image *out,
	struct op_env *env)
{
	return env->jpeg->pass(
		env->jpeg->ctx, in, out, p->quality, p->subsampling, env->pool, env->fault);
}

/* Through an image of the colours only. */
static int pass_colors(const struct jpeg_params *p, const struct image *in, const struct image *out,
	struct op_env *env)
{
	struct shape plain = in->shape;
	struct image colors;
	int code;

	plain.channels--;
	code = op_env_image(env, &plain, &colors);
	if (code)
		return code;
	colors_between(&colors, in);
	code = pass(p, &colors, &colors, env);
	if (!code) {
		colors_between(out, &colors);
		rows_keep_alpha(out, in);
	}
	pool_put(env->pool, colors.data);
	return code;
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct jpeg_params *p = params;
	int code;

	if (!env->jpeg)
		return fault_set(
			env->fault, IMGBATCH_E_OPERATION, "jpeg: there is no encoder here");
	code = op_env_image(env, &in->shape, out);
	if (code)
		return code;
	code = shape_has_alpha(&in->shape) ? pass_colors(p, in, out, env) : pass(p, in, out, env);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

/*
 * The file at its largest (32 bits a sample of whole blocks, as the codec's bound has it), rows inside of the encoder and
 * the decoder, and the colours alone where there is alpha.
 */
static uint64_t scratch(const void *params, const struct shape *in)
{
	uint64_t width = (in->width + 31u) & ~31u, height = (in->height + 31u) & ~31u;
	uint64_t colors = in->channels < 3 ? 1 : 3;
	uint64_t inside = width * 32 * 5 * (4 + colors) + (512 << 10);

	(void)params;
	return width * height * colors * 4 + inside +
		(shape_has_alpha(in) ? (uint64_t)in->width * in->height * colors : 0);
}

const struct op op_jpeg = {
	.name = "jpeg",
	.kind = OP_FIXED,
	.usage = "Q[,420|422|444]",
	.summary = "what a JPEG file of some quality would leave of the image",
	.help = "The image goes through libjpeg-turbo's encoder at quality Q (1 to 100) and back, "
		"without a file; "
		"the second word is the chroma subsampling (default 420; grey has none). Baseline, "
		"the integer transform, smooth upsampling: what --format jpeg writes and --in "
		"reads. Alpha is "
		"kept, colour below it goes through as it stands. 8 bits, sides up to 65500.\n"
		"Exact: Pillow 9.4's save(quality=Q, subsampling=...) and open, on the same "
		"libjpeg-turbo; another "
		"version of that library may make other bytes.",
	.params_size = sizeof(struct jpeg_params),
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
};
