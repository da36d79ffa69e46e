/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding straight into the first resize: rows go from the decoder through the resampler in strips that stay in
 * cache. Nothing of the image's own size is ever held, but for what the codec must hold itself (progressive JPEG).
 *
 * Images that an EXIF orientation turns flow, too: not the large image is turned but the small result, and the
 * plans run the other way where an axis is mirrored. Resizing goes across first and then down; where the axes
 * change places, the first pass of the upright image is the pass down of the stored one:
 *
 *	upright      rows ─► across (x) ─────────────► down (y) ─────────────────────────► result
 *	mirrored     rows ─► across (x reversed) ────► down (y reversed) ───► mirror ────► result
 *	turned       rows ─► down (x, maybe reversed) ─► across (y, likewise) ─► turn ───► result
 *
 * Each pass rounds to 8 bits, and each sum has the same products, so the bytes are those of turning first. That
 * holds where products add up exactly (not for 16-bit samples, whose sums are in double) and, for the turned
 * ones, where nothing happens around the two passes (alpha is multiplied in before and divided out after): the
 * others are decoded whole (decode.c).
 */
#include "kernels/resample.h"
#include "work/worker.h"

#include <assert.h>

enum { STRIP_BYTES = 128 << 10, STRIP_ROWS_MIN = 16, STRIP_ROWS_MAX = 128 };

/*
 * libjpeg-turbo writes colours past the cache into rows on a 32-byte boundary, and ours are read again at once: so none
 * lies on one, which saves a twentieth of a run that makes 224 x 224 of 512 x 512.
 */
enum { STRIP_ALIGN = 32, STRIP_OFF = 16 };

bool work_can_stream(const struct subject *s)
{
	enum move move = work_orientation(s);

	if (move == MOVE_NONE)
		return true;
	return s->upright.sample == SAMPLE_U8 &&
		!(move_turns(move) && shape_has_alpha(&s->upright));
}

/* Whether a stored axis runs against the upright axis that it becomes. */
static bool runs_back_x(enum move move)
{
	return move == MOVE_FLIP_H || move == MOVE_ROTATE_180 || move == MOVE_TRANSVERSE ||
		move == MOVE_ROTATE_CCW;
}

static bool runs_back_y(enum move move)
{
	return move == MOVE_FLIP_V || move == MOVE_ROTATE_180 || move == MOVE_TRANSVERSE ||
		move == MOVE_ROTATE_CW;
}

/* The plans' keys along the stored axes. */
static void stored_axes(
	const struct work_plan *plan, enum move move, struct axis_key *x, struct axis_key *y)
{
	struct shape in = plan->source;
	struct axis_key across, down;

	in.width = plan->want.width;
	in.height = plan->want.height;
	resize_axes(&plan->resize, &in, &plan->part, &across, &down);
	*x = move_turns(move) ? down : across;
	*y = move_turns(move) ? across : down;
	x->reversed = runs_back_x(move);
	y->reversed = runs_back_y(move);
}

/* A pass that changes nothing, over samples first .. first + count - 1. */
static struct axis_key unchanged(uint32_t samples, uint32_t first, uint32_t count)
{
	return (struct axis_key){.in = samples,
		.out = samples,
		.from = 0,
		.to = (float)samples,
		.first = first,
		.count = count,
		.filter = FILTER_BOX};
}

static uint32_t strip_rows(const struct shape *shape)
{
	size_t row = shape_row_size(shape);
	uint64_t rows;

	assert(row);
	rows = STRIP_BYTES / row / STRIP_ROWS_MIN * STRIP_ROWS_MIN;
	return rows < STRIP_ROWS_MIN    ? STRIP_ROWS_MIN
		: rows > STRIP_ROWS_MAX ? STRIP_ROWS_MAX
					: (uint32_t)rows;
}

static size_t strip_stride(const struct shape *shape)
{
	return (shape_row_size(shape) + STRIP_ALIGN - 1) & ~(size_t)(STRIP_ALIGN - 1);
}

/* The strip from the pool, aligned further than a boundary. */
static int take_strip(struct op_env *env, const struct shape *shape, struct image *strip)
{
	size_t stride = strip_stride(shape);
	uint8_t *block = pool_take(env->pool, STRIP_OFF + stride * shape->height);

	if (!block)
		return fault_set(env->fault, IMGBATCH_E_NOMEM, "no memory for %u rows of %u pixels",
			shape->height, shape->width);
	*strip = (struct image){.shape = *shape, .stride = stride, .data = block + STRIP_OFF};
	return 0;
}

static void put_strip(struct op_env *env, const struct image *strip)
{
	if (strip->data)
		pool_put(env->pool, (uint8_t *)strip->data - STRIP_OFF);
}

uint64_t work_stream_estimate(const struct subject *s, const struct work_plan *plan)
{
	enum move move = work_orientation(s);
	struct shape stored = work_scaled_shape(&s->facts.shape, plan->scale), out = plan->source,
		     between = stored;
	struct axis_key x, y, other;
	uint64_t bytes;

	stored.sample = out.sample;
	stored_axes(plan, move, &x, &y);
	out.width = plan->part.width;
	out.height = plan->part.height;
	bytes = STRIP_OFF + strip_stride(&stored) * strip_rows(&stored) + axis_estimate(&x) +
		axis_estimate(&y) + shape_bytes(&out) * (move == MOVE_NONE ? 1 : 2);
	if (!move_turns(move))
		return bytes + resampler_estimate(&x, &y, out.channels);
	other = unchanged(x.in, 0, x.in);
	between.height = y.count;
	bytes += shape_bytes(&between) + axis_estimate(&other) +
		resampler_estimate(&other, &y, out.channels);
	other = unchanged(y.count, 0, y.count);
	return bytes + axis_estimate(&other) + resampler_estimate(&x, &other, out.channels);
}

/* One streamed resize: what its functions share. */
struct stream {
	struct subject *s;
	const struct work_plan *plan;
	struct rect want; /* the plan's, in the stored image */
	struct axis *x, *y; /* along the stored axes; taken from the worker's cache */
	struct axis *same_x, *same_y; /* turned: of the pass down, and of the pass across */
	struct resampler resampler; /* that rows flow into */
	struct codec_delivery delivery; /* its rect's corner at the scale of decoding */
	struct image strip; /* as delivered */
};

/* The part of the stored image that the resampler will look at. */
static struct rect needed(const struct stream *stream)
{
	const struct axis *x = stream->x, *y = stream->y;

	return (struct rect){stream->want.x + x->low, stream->want.y + y->low, x->high - x->low,
		y->high - y->low};
}

/*
 * Gives the resampler `got` delivered rows, of which the first is row `at` of the delivery. Rows above the wanted
 * part are dropped here: a codec may deliver more than it was asked for.
 */
static void give(struct stream *stream, uint32_t at, uint32_t got)
{
	const struct rect *delivered = &stream->delivery.rect;
	struct rect need = needed(stream), part = {need.x - delivered->x, 0, need.width, got};
	uint32_t above = need.y - delivered->y;
	struct image rows;

	if (at + got <= above)
		return;
	if (at < above) {
		part.y = above - at;
		part.height -= part.y;
	}
	rows = image_view(&stream->strip, &part);
	resampler_rows(&stream->resampler, &rows, delivered->y + at + part.y - stream->want.y);
}

static int flow(struct stream *stream)
{
	struct subject *s = stream->s;
	uint32_t height = stream->delivery.shape.height, room = stream->strip.shape.height, got;

	for (uint32_t at = 0; at < height; at += got) {
		int code;

		stream->strip.shape.height = height - at < room ? height - at : room;
		code = s->facts.codec->rows(s->decoder, &stream->strip, &got, &s->fault);
		work_lap(s, SPENT_DECODE);
		if (code)
			return code;
		if (got == 0)
			return fault_set(&s->fault, IMGBATCH_E_TRUNCATED, "row %u of %u is missing",
				at, height);
		give(stream, at, got);
		work_lap_op(s, stream->plan->resizer, 0);
	}
	return s->facts.codec->finish(s->decoder, &s->fault);
}

/* Decodes into out by these two plans. */
static int decode_into(
	struct stream *stream, const struct axis *x, const struct axis *y, const struct image *out)
{
	struct subject *s = stream->s;
	struct op_env env = work_env(s);
	struct shape shape = stream->delivery.shape;
	void *memory = pool_take(env.pool, resampler_memory(x, y, shape.channels));
	int code;

	shape.height = strip_rows(&shape);
	code = take_strip(&env, &shape, &stream->strip);
	if (!code && !memory)
		code = fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the resampler");
	if (!code) {
		resampler_init(&stream->resampler, x, y, out, x->low, memory);
		code = flow(stream);
		work_lap(s, SPENT_DECODE);
	}
	pool_put(env.pool, memory);
	put_strip(&env, &stream->strip);
	return code;
}

/* The pass across over rows that went down already; the first column of `between` is stream->x's lowest. */
static int across(struct stream *stream, const struct image *between, const struct image *out)
{
	struct pool *pool = stream->s->worker->pool;
	void *memory = pool_take(
		pool, resampler_memory(stream->x, stream->same_y, out->shape.channels));
	struct resampler resampler;

	if (!memory)
		return fault_set(
			&stream->s->fault, IMGBATCH_E_NOMEM, "no memory for the resampler");
	resampler_init(&resampler, stream->x, stream->same_y, out, stream->x->low, memory);
	resampler_rows(&resampler, between, 0);
	pool_put(pool, memory);
	return 0;
}

/* Down first, then across. */
static int decode_turned(struct stream *stream, const struct image *out)
{
	struct axis_cache *axes = stream->s->worker->axes;
	struct axis_key over = unchanged(
		stream->x->key.in, stream->x->low, stream->x->high - stream->x->low);
	struct axis_key under = unchanged(stream->y->key.count, 0, stream->y->key.count);
	struct op_env env = work_env(stream->s);
	struct shape shape = out->shape;
	struct image between = {0};
	int code;

	stream->same_x = axis_cache_take(axes, &over);
	stream->same_y = axis_cache_take(axes, &under);
	shape.width = over.count;
	if (!stream->same_x || !stream->same_y ||
		!resample_prepare(stream->same_x, shape.channels)) {
		code = fault_set(
			&stream->s->fault, IMGBATCH_E_NOMEM, "no memory for the resize's plan");
	} else {
		code = op_env_image(&env, &shape, &between);
		if (!code)
			code = decode_into(stream, stream->same_x, stream->y, &between);
		if (!code)
			code = across(stream, &between, out);
	}
	pool_put(env.pool, between.data);
	axis_cache_put(axes, stream->same_x);
	axis_cache_put(axes, stream->same_y);
	return code;
}

/* The resized part as it lies in the stored image, and then upright. */
static int run(struct stream *stream, struct image *upright)
{
	enum move move = work_orientation(stream->s);
	struct op_env env = work_env(stream->s);
	struct shape shape = stream->delivery.shape;
	struct image out;
	int code;

	shape.width = stream->x->key.count;
	shape.height = stream->y->key.count;
	code = op_env_image(&env, &shape, &out);
	if (code)
		return code;
	code = move_turns(move) ? decode_turned(stream, &out)
				: decode_into(stream, stream->x, stream->y, &out);
	if (code || move == MOVE_NONE) {
		*upright = out;
		return code;
	}
	shape = move_shape(move, &shape);
	code = op_env_image(&env, &shape, upright);
	if (!code)
		move_image(move, upright, &out);
	pool_put(env.pool, out.data);
	return code;
}

int work_stream(struct subject *s, const struct work_plan *plan, struct image *out)
{
	enum move move = work_orientation(s);
	struct shape stored = work_scaled_shape(&s->facts.shape, plan->scale);
	struct stream stream = {
		.s = s, .plan = plan, .want = move_source(move, &stored, &plan->want)};
	struct axis_key x, y;
	struct rect need;
	int code;

	stored_axes(plan, move, &x, &y);
	stream.x = axis_cache_take(s->worker->axes, &x);
	stream.y = axis_cache_take(s->worker->axes, &y);
	if (!stream.x || !stream.y || !resample_prepare(stream.x, s->upright.channels)) {
		code = fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the resize's plan");
	} else {
		need = needed(&stream);
		work_lap_op(s, plan->resizer, 0);
		code = work_start(s, plan->scale, &need, &stream.delivery);
		if (!code)
			code = run(&stream, out);
	}
	axis_cache_put(s->worker->axes, stream.x);
	axis_cache_put(s->worker->axes, stream.y);
	if (!code)
		work_lap_op(s, plan->resizer, 1);
	return code;
}
