/* SPDX-License-Identifier: Apache-2.0 */
/* The operation `perspective`: a plane seen aslant, by the eight coefficients of its map. */
#include "kernels/filter.h"
#include "ops/warp.h"

#include <string.h>

enum { COEFFICIENTS = 8 };

struct perspective_params {
	double m[COEFFICIENTS];
	struct warp_look look;
};

_Static_assert(sizeof(struct perspective_params) <= STEP_PARAMS_MAX, "params must fit a step");

static int parse(
	void *params, struct op_args *args, const struct op_defaults *defaults, struct fault *fault)
{
	struct perspective_params *p = params;

	(void)fault;
	for (int i = 0; i < COEFFICIENTS; i++)
		p->m[i] = args_number(
			args, args_value(args, "a coefficient (of eight)"), -1e18, 1e18);
	warp_parse_look(args, defaults, FILTER_BILINEAR, &p->look);
	return args_end(args);
}

static void print(const void *params, struct str *out)
{
	const struct perspective_params *p = params;

	args_print_numbers(out, "", p->m, COEFFICIENTS);
	warp_print_look(&p->look, out);
}

static struct warp_map map_of(const struct perspective_params *p)
{
	struct warp_map map = {.flat = false};

	memcpy(map.m, p->m, sizeof map.m);
	return map;
}

static int shape(const void *params, const struct shape *in, struct shape *out, struct fault *fault)
{
	(void)params;
	*out = *in;
	return warp_check(in, fault);
}

static int apply(const void *params, const struct image *in, struct image *out, struct op_env *env)
{
	const struct perspective_params *p = params;
	struct warp_map map = map_of(p);

	return warp_apply(&map, &p->look, in->shape.width, in->shape.height, in, out, env);
}

static uint64_t scratch(const void *params, const struct shape *in)
{
	const struct perspective_params *p = params;
	struct warp_map map = map_of(p);

	return warp_scratch(&map, &p->look, in->width, in->height, in);
}

static void points(const void *params, const struct shape *in, double (*xy)[2], size_t count)
{
	struct warp_map map = map_of(params);

	(void)in;
	warp_points(&map, xy, count);
}

const struct op op_perspective = {
	.name = "perspective",
	.kind = OP_FIXED,
	.usage = "A,B,C,D,E,F,G,H[,filter=F][,fill=C]",
	.summary = "a plane seen aslant, by eight coefficients",
	.help = "The output pixel at (x, y) shows the image at ((A x + B y + C) / w, (D x + E y + "
		"F) / w) with w = G x + H y + 1; the centre of the first pixel is (0.5, 0.5). The "
		"image keeps its size. This is what random-perspective draws.\n"
		"filter=nearest|bilinear|bicubic (default bilinear). The recipe's filter does not "
		"count here: none of them is antialiased. Indexed images always use nearest. "
		"Colour is premultiplied by alpha while it is filtered.\n"
		"fill=COLOUR (default the recipe's background, transparent black) is what lies "
		"outside of the image. It may be partly transparent with nearest only.\n"
		"Exact: Pillow 9.4's Image.transform(size, PERSPECTIVE, data, resample, "
		"fillcolor), bit for bit with all three filters; 16-bit samples by the same "
		"arithmetic. Where 0 is divided by 0, the pixel is filled.",
	.params_size = sizeof(struct perspective_params),
	.deep = true,
	.moves = true,
	.parse = parse,
	.print = print,
	.shape = shape,
	.apply = apply,
	.scratch = scratch,
	.points = points,
};
