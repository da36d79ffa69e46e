/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/warp.h"

#include "kernels/alpha.h"
#include "kernels/filter.h"
#include "kernels/nearest.h"
#include "kernels/warp.h"
#include "ops/color.h"

#include <stdio.h>

static const char *const filter_names[] = {"nearest", "bilinear", "bicubic"};
static const uint8_t filters[] = {FILTER_NEAREST, FILTER_BILINEAR, FILTER_BICUBIC};

void warp_parse_look(struct op_args *args, const struct op_defaults *defaults, uint8_t own,
	struct warp_look *look)
{
	uint8_t choice = own == FILTER_NEAREST ? 0 : own == FILTER_BILINEAR ? 1 : 2;

	look->filter = filters[args_choice_key(args, "filter", filter_names, 3, choice)];
	args_color(args, "fill", look->fill, defaults->background);
	if (look->filter != FILTER_NEAREST && look->fill[3] != 0 && look->fill[3] != 255)
		args_fail(args, NULL,
			"fill may be partly transparent with filter=nearest only, where colour is "
			"not premultiplied");
}

void warp_print_look(const struct warp_look *look, struct str *out)
{
	str_addf(out, " filter=%s", filter_name(look->filter));
	args_print_color(out, "fill", look->fill);
}

void warp_look_text(const struct warp_look *look, char text[WARP_LOOK_TEXT])
{
	const uint8_t *c = look->fill;

	snprintf(text, WARP_LOOK_TEXT, " filter=%s fill=#%02x%02x%02x%02x",
		filter_name(look->filter), c[0], c[1], c[2], c[3]);
}

void warp_parse_centre(struct op_args *args, struct warp_centre *centre)
{
	struct op_word values[2];
	size_t count = args_key(args, "centre", values, 2);

	if (!count)
		return;
	if (count != 2) {
		args_fail(args, &values[0], "a centre is X,Y");
		return;
	}
	centre->given = true;
	centre->x = args_number(args, &values[0], -OP_SIDE_MAX, OP_SIDE_MAX);
	centre->y = args_number(args, &values[1], -OP_SIDE_MAX, OP_SIDE_MAX);
}

void warp_print_centre(const struct warp_centre *centre, struct str *out)
{
	double values[2] = {centre->x, centre->y};

	if (centre->given)
		args_print_numbers(out, "centre", values, 2);
}

void warp_parse_degrees(struct op_args *args, double range[2])
{
	const struct op_word *low = args_value(args, "degrees (D, or A,B)");
	const struct op_word *high = args_value_if_any(args);

	range[0] = args_number(args, low, high ? -1e6 : 0, 1e6);
	range[1] = high ? args_number(args, high, -1e6, 1e6) : range[0];
	if (!high)
		range[0] = 0 - range[0]; /* no negative zero: it would print as -0 */
	if (range[0] > range[1])
		args_fail(args, high, "the low end comes first");
}

int warp_add_line(
	struct str *line, const struct draws *draws, struct steps *out, struct fault *fault)
{
	int code = line->failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step")
				: steps_add_text(out, draws->position, fault, "%s", str_text(line));

	str_release(line);
	return code;
}

int warp_check(const struct shape *in, struct fault *fault)
{
	if (in->sample == SAMPLE_F32)
		return fault_set(fault, IMGBATCH_E_OPERATION, "float samples cannot be warped");
	return 0;
}

static bool is_opaque(const struct image *image)
{
	uint8_t n = image->shape.channels;

	for (uint32_t y = 0; y < image->shape.height; y++) {
		const uint8_t *row = image_row(image, y);
		uint8_t all = 255;

		for (size_t i = 0; i < image->shape.width; i++)
			all &= row[i * n + n - 1];
		if (all != 255)
			return false;
	}
	return true;
}

/* One warp in progress, split by output rows or not. */
struct job {
	const struct warp_map *map;
	const struct image *in, *out;
	uint8_t filter;
	bool divide; /* in is premultiplied, and out must not be */
	const void *fill;
	unsigned shares;
};

static void run_share(void *arg, unsigned i)
{
	const struct job *job = arg;
	const struct shape *shape = &job->out->shape;
	uint32_t from = (uint32_t)((uint64_t)shape->height * i / job->shares);
	uint32_t to = (uint32_t)((uint64_t)shape->height * (i + 1) / job->shares);

	warp_rows(job->map, job->filter, job->out, job->in, job->fill, from, to - from);
	for (uint32_t y = from; job->divide && y < to; y++)
		alpha_divide_row(image_row(job->out, y), image_row(job->out, y), shape->width,
			shape->channels, shape->sample);
}

/* Below so many output pixels a split costs more than it saves. */
enum { SPLIT_PIXELS = 1 << 20, SPLIT_ROWS = 32 };

static void run_shares(struct job *job, const struct op_env *env)
{
	const struct shape *shape = &job->out->shape;
	unsigned most = shape->height / SPLIT_ROWS;

	job->shares = 1;
	if (env->parallel && (uint64_t)shape->width * shape->height >= SPLIT_PIXELS && most > 1)
		job->shares = most < 2 * env->parallel->width ? most : 2 * env->parallel->width;
	parallel_for(env->parallel, job->shares, run_share, job);
}

/* Through a premultiplied copy, where there is anything to multiply. */
static int run_premultiplied(struct job *job, struct op_env *env)
{
	const struct image *in = job->in;
	struct image copy;
	int code;

	if (in->shape.sample == SAMPLE_U8 && is_opaque(in)) {
		run_shares(job, env); /* and the fill is opaque, or black and divided by nothing */
		return 0;
	}
	code = op_env_image(env, &in->shape, &copy);
	if (code)
		return code;
	for (uint32_t y = 0; y < in->shape.height; y++)
		alpha_multiply_row(image_row(&copy, y), image_row(in, y), in->shape.width,
			in->shape.channels, in->shape.sample);
	job->in = &copy;
	job->divide = true;
	run_shares(job, env);
	pool_put(env->pool, copy.data);
	return 0;
}

/* Positions along both axes are sums of their own: nearest.h. */
static int run_scaling(const struct job *job, struct op_env *env)
{
	const struct shape *in = &job->in->shape, *out = &job->out->shape;
	const double *m = job->map->m;
	uint32_t *xs = pool_take(env->pool, ((size_t)out->width + out->height) * sizeof *xs), *ys;

	if (!xs)
		return fault_set(env->fault, IMGBATCH_E_NOMEM, "no memory for positions");
	ys = xs + out->width;
	nearest_steps(m[2] + m[0] * 0.5, m[0], in->width, 0, out->width, xs);
	nearest_steps(m[5] + m[4] * 0.5, m[4], in->height, 0, out->height, ys);
	nearest_gather(job->out, job->in, xs, ys, job->fill);
	pool_put(env->pool, xs);
	return 0;
}

static int run_job(struct job *job, struct op_env *env)
{
	if (job->filter != FILTER_NEAREST && shape_has_alpha(&job->in->shape))
		return run_premultiplied(job, env);
	if (job->filter == FILTER_NEAREST && warp_only_scales(job->map))
		return run_scaling(job, env);
	run_shares(job, env);
	return 0;
}

static uint8_t filter_for(const struct warp_look *look, const struct shape *in)
{
	return in->indexed ? FILTER_NEAREST : look->filter;
}

int warp_apply(const struct warp_map *map, const struct warp_look *look, uint32_t width,
	uint32_t height, const struct image *in, struct image *out, struct op_env *env)
{
	unsigned char fill[COLOR_PIXEL_MAX];
	struct shape shape = in->shape;
	struct job job = {.map = map,
		.in = in,
		.out = out,
		.filter = op_env_filter(env, filter_for(look, &in->shape)),
		.fill = fill};
	int code = warp_check(&in->shape, env->fault);

	shape.width = width;
	shape.height = height;
	if (!code)
		code = op_env_image(env, &shape, out);
	if (code)
		return code;
	op_env_fill(env, look->fill, &shape, fill);
	code = run_job(&job, env);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

uint64_t warp_scratch(const struct warp_map *map, const struct warp_look *look, uint32_t width,
	uint32_t height, const struct shape *in)
{
	uint64_t bytes = 0;

	if (filter_for(look, in) != FILTER_NEAREST && shape_has_alpha(in))
		bytes = shape_bytes(in);
	if (warp_only_scales(map)) /* a mask of it goes by nearest, whatever the filter */
		bytes += ((uint64_t)width + height) * sizeof(uint32_t);
	return bytes;
}

/* The adjugate of the map as a 3 x 3 matrix, row by row: its inverse but for a factor, which divides out. */
static void adjugate(const struct warp_map *map, double a[9])
{
	const double *m = map->m;
	double g = map->flat ? 0 : m[6], h = map->flat ? 0 : m[7];

	a[0] = m[4] - m[5] * h;
	a[1] = m[2] * h - m[1];
	a[2] = m[1] * m[5] - m[2] * m[4];
	a[3] = m[5] * g - m[3];
	a[4] = m[0] - m[2] * g;
	a[5] = m[2] * m[3] - m[0] * m[5];
	a[6] = m[3] * h - m[4] * g;
	a[7] = m[1] * g - m[0] * h;
	a[8] = m[0] * m[4] - m[1] * m[3];
}

void warp_points(const struct warp_map *map, double (*xy)[2], size_t count)
{
	double a[9];

	adjugate(map, a);
	for (size_t i = 0; i < count; i++) {
		double x = xy[i][0], y = xy[i][1], w = a[6] * x + a[7] * y + a[8];

		xy[i][0] = (a[0] * x + a[1] * y + a[2]) / w;
		xy[i][1] = (a[3] * x + a[4] * y + a[5]) / w;
	}
}
