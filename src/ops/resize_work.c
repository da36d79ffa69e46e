/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling pixels as a resize_work says. One huge image is split by output rows where the engine lends a
 * parallel-for: every share has a resampler of its own, so the result does not depend on the split.
 */
#include "ops/resize.h"

#include "kernels/alpha.h"
#include "kernels/border.h"
#include "kernels/light.h"
#include "kernels/nearest.h"
#include "kernels/resample.h"
#include "ops/color.h"

#include <assert.h>
#include <string.h>

/* Below this many source or output pixels a split costs more than it saves. */
enum { SPLIT_PIXELS = 2 << 20, SPLIT_ROWS = 32, SPLIT_MAX = 64 };

/* Rows that become light at a time: what they come to stays in cache. */
enum { LIGHT_ROWS = 16 };

struct shape resize_shape(const struct resize_work *work, const struct shape *in)
{
	struct shape out = *in;

	out.width = work->canvas_width;
	out.height = work->canvas_height;
	return out;
}

int resize_check(const struct shape *in, struct fault *fault)
{
	if (in->sample == SAMPLE_F32)
		return fault_set(fault, IMGBATCH_E_OPERATION, "float samples cannot be resized");
	return 0;
}

void resize_axes(const struct resize_work *work, const struct shape *in, const struct rect *part,
	struct axis_key *x, struct axis_key *y)
{
	*x = (struct axis_key){
		.in = in->width,
		.out = work->width,
		.from = work->window[0],
		.to = work->window[2],
		.first = part->x,
		.count = part->width,
		.filter = work->filter,
		.deep = in->sample == SAMPLE_U16 || work->linear,
	};
	*y = *x;
	y->in = in->height;
	y->out = work->height;
	y->from = work->window[1];
	y->to = work->window[3];
	y->first = part->y;
	y->count = part->height;
}

/* One resize in progress, split or not. */
struct passes {
	const struct axis *x, *y;
	const struct image *in, *out;
	bool linear; /* out is light; in is made so, some rows at a time */
	unsigned shares;
	void *memory[SPLIT_MAX];
};

/* Bytes of a strip of light: at most `rows` rows of what the plan across needs. */
static size_t strip_bytes(uint64_t width, uint32_t rows, uint8_t channels)
{
	return (size_t)(width * rows * channels * sizeof(uint16_t));
}

/* Source rows as light, in strips that lie behind the resampler's memory. */
static void give_light(struct passes *p, struct resampler *r, const struct image *rows,
	uint32_t from, void *memory)
{
	const struct shape *shape = &rows->shape;
	size_t behind = resampler_memory(p->x, p->y, shape->channels);
	struct image strip = {*shape, 0, (unsigned char *)memory + (behind + 63) / 64 * 64};

	strip.shape.sample = SAMPLE_U16;
	strip.stride = shape_row_size(&strip.shape);
	for (uint32_t y = 0; y < shape->height; y += LIGHT_ROWS) {
		struct rect rect = {0, y, shape->width, LIGHT_ROWS};
		struct image part;

		if (rect.height > shape->height - y)
			rect.height = shape->height - y;
		part = image_view(rows, &rect);
		strip.shape.height = rect.height;
		light_from_levels(&strip, &part);
		resampler_rows(r, &strip, from + y);
	}
}

static void run_share(void *arg, unsigned i)
{
	struct passes *p = arg;
	uint32_t rows = p->out->shape.height, column = p->x->low;
	struct rect need = {column, 0, p->x->high - column, 0};
	struct resampler r;
	struct image strip;
	uint32_t from, to;

	resampler_init(&r, p->x, p->y, p->out, column, p->memory[i]);
	resampler_limit(&r, (uint32_t)((uint64_t)rows * i / p->shares),
		(uint32_t)((uint64_t)rows * (i + 1) / p->shares));
	resampler_needs(&r, &from, &to);
	need.y = from;
	need.height = to - from;
	strip = image_view(p->in, &need);
	if (p->linear)
		give_light(p, &r, &strip, from, p->memory[i]);
	else
		resampler_rows(&r, &strip, from);
}

static unsigned shares_of(const struct passes *p, const struct op_env *env)
{
	uint64_t source = (uint64_t)(p->x->high - p->x->low) * (p->y->high - p->y->low);
	uint64_t output = (uint64_t)p->out->shape.width * p->out->shape.height;
	unsigned shares;

	if (!env->parallel || source + output < SPLIT_PIXELS)
		return 1;
	shares = p->out->shape.height / SPLIT_ROWS;
	if (shares > 2 * env->parallel->width)
		shares = 2 * env->parallel->width;
	return shares < 1 ? 1 : shares > SPLIT_MAX ? SPLIT_MAX : shares;
}

/* Memory for as many shares as the pool gives, at least one. */
static int run_passes(struct passes *p, struct op_env *env)
{
	size_t size = resampler_memory(p->x, p->y, p->out->shape.channels);
	unsigned wanted = shares_of(p, env), got = 0;

	if (p->linear)
		size += 64 +
			strip_bytes(p->x->high - p->x->low, LIGHT_ROWS, p->out->shape.channels);
	while (got < wanted && (p->memory[got] = pool_take(env->pool, size)) != NULL)
		got++;
	if (!got)
		return fault_set(env->fault, IMGBATCH_E_NOMEM,
			"resize: no memory for %zu bytes of rows", size);
	p->shares = got;
	parallel_for(env->parallel, got, run_share, p);
	while (got)
		pool_put(env->pool, p->memory[--got]);
	return 0;
}

static int resample_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out, struct op_env *env)
{
	struct passes p = {.in = in, .out = out, .linear = work->linear};
	struct axis_key kx, ky;
	struct axis *x, *y;
	int code;

	resize_axes(work, &in->shape, part, &kx, &ky);
	x = axis_cache_take(env->axes, &kx);
	y = axis_cache_take(env->axes, &ky);
	p.x = x;
	p.y = y;
	if (x && y && resample_prepare(x, in->shape.channels))
		code = run_passes(&p, env);
	else
		code = fault_set(env->fault, IMGBATCH_E_NOMEM, "resize: no memory for its plan");
	axis_cache_put(env->axes, x);
	axis_cache_put(env->axes, y);
	return code;
}

/* The same by way of light. */
static int linear_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out, struct op_env *env)
{
	struct shape shape = out->shape;
	struct image light;
	int code;

	shape.sample = SAMPLE_U16;
	code = op_env_image(env, &shape, &light);
	if (code)
		return code;
	code = resample_into(work, in, part, &light, env);
	if (!code)
		light_to_levels(out, &light);
	pool_put(env->pool, light.data);
	return code;
}

static int nearest_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out, struct op_env *env)
{
	uint32_t *xs = pool_take(env->pool, ((size_t)part->width + part->height) * sizeof *xs), *ys;
	static const uint8_t nothing[4];
	unsigned char outside[COLOR_PIXEL_MAX];

	if (!xs)
		return fault_set(env->fault, IMGBATCH_E_NOMEM, "resize: no memory for positions");
	ys = xs + part->width;
	nearest_positions(in->shape.width, work->window[0], work->window[2], work->width, part->x,
		part->width, xs);
	nearest_positions(in->shape.height, work->window[1], work->window[3], work->height, part->y,
		part->height, ys);
	op_env_fill(env, nothing, &in->shape, outside);
	nearest_gather(out, in, xs, ys, outside);
	pool_put(env->pool, xs);
	return 0;
}

/* The source pixels themselves, alpha having passed through premultiplying as it would have. */
static void move_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out)
{
	struct rect from = *part;
	struct image view;

	from.x += (uint32_t)work->window[0];
	from.y += (uint32_t)work->window[1];
	view = image_view(in, &from);
	if (work->copy || !shape_has_alpha(&in->shape) || work->filter == FILTER_NEAREST) {
		image_copy(out, &view);
		return;
	}
	for (uint32_t y = 0; y < part->height; y++) {
		void *row = image_row(out, y);

		alpha_multiply_row(row, image_row(&view, y), part->width, in->shape.channels,
			in->shape.sample);
		alpha_divide_row(row, row, part->width, in->shape.channels, in->shape.sample);
	}
}

/* part lies within the resampled image; out has its size. */
static int pixels_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out, struct op_env *env)
{
	if (work->copy || work->move) {
		move_into(work, in, part, out);
		return 0;
	}
	if (work->filter == FILTER_NEAREST)
		return nearest_into(work, in, part, out, env);
	if (work->linear)
		return linear_into(work, in, part, out, env);
	return resample_into(work, in, part, out, env);
}

/* What part of the canvas the resampled image covers there: false when none. */
static bool covered(const struct resize_work *work, const struct rect *part, struct rect *inner)
{
	uint64_t x0 = part->x > work->left ? part->x : work->left;
	uint64_t y0 = part->y > work->top ? part->y : work->top;
	uint64_t x1 = (uint64_t)part->x + part->width, y1 = (uint64_t)part->y + part->height;

	if (x1 > (uint64_t)work->left + work->width)
		x1 = (uint64_t)work->left + work->width;
	if (y1 > (uint64_t)work->top + work->height)
		y1 = (uint64_t)work->top + work->height;
	if (x0 >= x1 || y0 >= y1)
		return false;
	*inner = (struct rect){
		(uint32_t)x0, (uint32_t)y0, (uint32_t)(x1 - x0), (uint32_t)(y1 - y0)};
	return true;
}

static int canvas_into(const struct resize_work *work, const struct image *in,
	const struct rect *part, const struct image *out, struct op_env *env)
{
	unsigned char pixel[COLOR_PIXEL_MAX];
	struct rect inner, source;
	struct image view;

	op_env_fill(env, work->fill, &out->shape, pixel);
	border_fill(out, pixel);
	if (!covered(work, part, &inner))
		return 0;
	source = (struct rect){
		inner.x - work->left, inner.y - work->top, inner.width, inner.height};
	inner.x -= part->x;
	inner.y -= part->y;
	view = image_view(out, &inner);
	return pixels_into(work, in, &source, &view, env);
}

int resize_part(const struct resize_work *wanted, const struct image *in, const struct rect *part,
	struct image *out, struct op_env *env)
{
	struct resize_work own = *wanted, *work = &own;
	struct shape shape = resize_shape(work, &in->shape);
	int code = resize_check(&in->shape, env->fault);

	if (code)
		return code;
	own.filter = op_env_filter(env, own.filter);
	assert(part->x + part->width <= shape.width && part->y + part->height <= shape.height);
	if (work->copy && !work->padded) {
		*out = image_view(in, part);
		return 0;
	}
	shape.width = part->width;
	shape.height = part->height;
	code = op_env_image(env, &shape, out);
	if (code)
		return code;
	if (work->padded)
		code = canvas_into(work, in, part, out, env);
	else
		code = pixels_into(work, in, part, out, env);
	if (code)
		pool_put(env->pool, out->data);
	return code;
}

/* A strip of light, and the result as light. */
static uint64_t linear_scratch(const struct resize_work *work, const struct shape *in)
{
	return 64 + strip_bytes(in->width, LIGHT_ROWS, in->channels) +
		(uint64_t)work->width * work->height * in->channels * sizeof(uint16_t);
}

uint64_t resize_scratch(const struct resize_work *work, const struct shape *in)
{
	struct rect whole = {0, 0, work->width, work->height};
	struct axis_key x, y;

	if (work->copy || work->move)
		return 0;
	if (work->filter == FILTER_NEAREST)
		return ((uint64_t)work->width + work->height) * sizeof(uint32_t);
	resize_axes(work, in, &whole, &x, &y);
	return axis_estimate(&x) + axis_estimate(&y) + resampler_estimate(&x, &y, in->channels) +
		(work->linear ? linear_scratch(work, in) : 0);
}

int resize_shape_by(resize_resolve_fn *resolve, const void *params, const struct shape *in,
	struct shape *out, struct fault *fault)
{
	struct resize_work work;
	int code = resolve(params, in, &work, fault);

	if (!code)
		*out = resize_shape(&work, in);
	return code;
}

int resize_apply_by(resize_resolve_fn *resolve, const void *params, const struct image *in,
	struct image *out, struct op_env *env)
{
	struct resize_work work;
	int code = resolve(params, &in->shape, &work, env->fault);
	struct rect whole = {0, 0, work.canvas_width, work.canvas_height};

	return code ? code : resize_part(&work, in, &whole, out, env);
}

uint64_t resize_scratch_by(resize_resolve_fn *resolve, const void *params, const struct shape *in)
{
	struct resize_work work;

	return resolve(params, in, &work, NULL) ? 0 : resize_scratch(&work, in);
}

void resize_points_by(resize_resolve_fn *resolve, const void *params, const struct shape *in,
	double (*xy)[2], size_t count)
{
	struct resize_work work;
	double x, y;

	if (resolve(params, in, &work, NULL))
		return;
	x = work.width / ((double)work.window[2] - (double)work.window[0]);
	y = work.height / ((double)work.window[3] - (double)work.window[1]);
	for (size_t i = 0; i < count; i++) {
		xy[i][0] = work.left + (xy[i][0] - (double)work.window[0]) * x;
		xy[i][1] = work.top + (xy[i][1] - (double)work.window[1]) * y;
	}
}
