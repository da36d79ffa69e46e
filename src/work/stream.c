/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding straight into the first resize: rows go from the decoder through the resampler in strips that stay in
 * cache. Nothing of the image's own size is ever held, but for what the codec must hold itself (progressive JPEG).
 * Images that must be turned upright take the other way (decode.c): resizing does not commute with turning, bit
 * for bit.
 */
#include "kernels/resample.h"
#include "work/worker.h"

enum { STRIP_BYTES = 128 << 10, STRIP_ROWS_MIN = 16, STRIP_ROWS_MAX = 128 };

static struct shape want_shape(const struct work_plan *plan)
{
	struct shape shape = plan->source;

	shape.width = plan->want.width;
	shape.height = plan->want.height;
	return shape;
}

static uint32_t strip_rows(const struct shape *shape)
{
	uint64_t rows = STRIP_BYTES / shape_row_size(shape) / STRIP_ROWS_MIN * STRIP_ROWS_MIN;

	return rows < STRIP_ROWS_MIN ? STRIP_ROWS_MIN : rows > STRIP_ROWS_MAX ? STRIP_ROWS_MAX : (uint32_t)rows;
}

uint64_t work_stream_estimate(const struct work_plan *plan)
{
	struct shape in = want_shape(plan), out = in;
	struct axis_key x, y;

	resize_axes(&plan->resize, &in, &plan->part, &x, &y);
	out.width = plan->part.width;
	out.height = plan->part.height;
	return shape_row_size(&plan->source) * strip_rows(&plan->source) +
		resampler_estimate(&x, &y, in.channels) + axis_estimate(&x) + axis_estimate(&y) +
		shape_bytes(&out);
}

/* One streamed resize: what its functions share. */
struct stream {
	struct subject *s;
	const struct work_plan *plan;
	struct axis *x, *y;
	struct resampler resampler;
	struct codec_delivery delivery; /* its rect's corner at the scale of decoding */
	struct image strip; /* as delivered */
};

/* The part of the image that the resampler will look at. */
static struct rect needed(const struct stream *stream)
{
	const struct rect *want = &stream->plan->want;
	const struct axis *x = stream->x, *y = stream->y;

	return (struct rect){want->x + x->low, want->y + y->low, x->high - x->low, y->high - y->low};
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
	resampler_rows(&stream->resampler, &rows, delivered->y + at + part.y - stream->plan->want.y);
}

static int flow(struct stream *stream)
{
	struct subject *s = stream->s;
	uint32_t height = stream->delivery.shape.height, room = stream->strip.shape.height, got;

	for (uint32_t at = 0; at < height; at += got) {
		int code;

		stream->strip.shape.height = height - at < room ? height - at : room;
		code = s->facts.codec->rows(s->decoder, &stream->strip, &got, &s->fault);
		if (code)
			return code;
		if (got == 0)
			return fault_set(&s->fault, IMGBATCH_E_TRUNCATED, "row %u of %u is missing", at,
				height);
		give(stream, at, got);
	}
	return s->facts.codec->finish(s->decoder, &s->fault);
}

static int run(struct stream *stream, struct image *out)
{
	struct subject *s = stream->s;
	struct op_env env = work_env(s);
	struct shape shape = stream->delivery.shape;
	uint8_t channels = shape.channels;
	void *memory = NULL;
	int code;

	shape.height = strip_rows(&shape);
	code = op_env_image(&env, &shape, &stream->strip);
	shape.width = stream->plan->part.width;
	shape.height = stream->plan->part.height;
	if (!code)
		code = op_env_image(&env, &shape, out);
	if (!code && !(memory = pool_take(env.pool, resampler_memory(stream->x, stream->y, channels))))
		code = fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the resampler");
	if (!code) {
		resampler_init(&stream->resampler, stream->x, stream->y, out, stream->x->low, memory);
		code = flow(stream);
	}
	pool_put(env.pool, memory);
	pool_put(env.pool, stream->strip.data);
	return code;
}

int work_stream(struct subject *s, const struct work_plan *plan, struct image *out)
{
	struct stream stream = {.s = s, .plan = plan};
	struct shape in = want_shape(plan);
	struct axis_key x, y;
	struct rect need;
	int code;

	resize_axes(&plan->resize, &in, &plan->part, &x, &y);
	stream.x = axis_cache_take(s->worker->axes, &x);
	stream.y = axis_cache_take(s->worker->axes, &y);
	if (stream.x && stream.y && resample_prepare(stream.x, in.channels)) {
		need = needed(&stream);
		code = work_start(s, plan->scale, &need, &stream.delivery);
	} else {
		code = fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for the resize's plan");
	}
	if (!code)
		code = run(&stream, out);
	axis_cache_put(s->worker->axes, stream.x);
	axis_cache_put(s->worker->axes, stream.y);
	return code;
}
