/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory an image will take, told from its header before anything is allocated. The same in every
 * engine, so that the same images are refused everywhere.
 */
#include "work/worker.h"

/* Codec objects, plans of coefficients, rounding of buffers: what no shape tells. */
static const uint64_t fixed_part = 512 << 10;

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The most that the steps of worker->drawn from `first` on take at once, over a base of this shape that stays. */
static int steps_peak(struct subject *s, size_t first, const struct shape *base, uint64_t *peak)
{
	const struct steps *steps = &s->worker->drawn.steps;
	uint64_t kept = shape_bytes(base), most = kept;
	struct shape in = *base, out;

	for (size_t i = first; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		uint64_t scratch = step->op->scratch ? step->op->scratch(step->params, &in) : 0;
		int code = step->op->shape(step->params, &in, &out, &s->fault);

		if (code)
			return code;
		/* Behind the first step, its input is another buffer beside the base. */
		most = larger(most,
			kept + (i > first ? shape_bytes(&in) : 0) + shape_bytes(&out) + scratch);
		in = out;
	}
	/* Encoding works on the last image, flattened where the format has no alpha. */
	*peak = larger(most,
		kept + shape_bytes(&in) * (shape_has_alpha(&in) ? 2 : 1) +
			s->target->encode_estimate(&in, &s->worker->config->encode));
	return 0;
}

/* Decoding as planned, up to the image that the other steps begin with: its shape, and the most it takes. */
static uint64_t decode_peak(struct subject *s, const struct work_plan *plan, struct shape *base)
{
	struct codec_request request = {.rect = {0, 0, s->facts.shape.width, s->facts.shape.height},
		.scale = plan->scale,
		.sample = s->upright.sample,
		.verify = work_verifies(s)};
	uint64_t inside = s->facts.codec->decode_estimate(&s->facts, &request);
	uint64_t pixels = shape_bytes(&plan->source), most;
	struct shape in = plan->source;

	in.width = base->width = plan->want.width;
	in.height = base->height = plan->want.height;
	base->channels = in.channels;
	base->sample = in.sample;
	base->indexed = false;
	if (plan->resizes) {
		base->width = plan->part.width;
		base->height = plan->part.height;
	}
	if (plan->streams)
		return inside + work_stream_estimate(s, plan);
	/* A codec may deliver more than is wanted: count the whole image. */
	most = pixels + larger(inside, work_orientation(s) == MOVE_NONE ? 0 : pixels);
	if (plan->resizes)
		most = larger(
			most, 2 * pixels + shape_bytes(base) + resize_scratch(&plan->resize, &in));
	return most;
}

static int output_peak(struct subject *s, uint32_t index, bool alone, uint64_t *peak)
{
	struct work_plan plan;
	struct shape base, out;
	uint64_t decoding, mask;
	int code = work_draw(s, index);

	if (code)
		return code;
	s->stage = STAGE_OP;
	code = recipe_shape(&s->worker->drawn, &s->upright, s->worker->config->limits.max_pixels,
		&out, &s->fault);
	if (code)
		return code;
	work_plan(s, alone, &plan);
	decoding = decode_peak(s, &plan, &base);
	code = steps_peak(s, plan.answered, &base, peak);
	*peak = larger(*peak, decoding);
	if (code || !s->worker->config->masks)
		return code;
	code = work_mask_estimate(s, &mask);
	*peak += mask;
	return code;
}

int work_estimate(struct subject *s, uint32_t first, uint32_t last, uint64_t *bytes)
{
	uint64_t most = 0;

	for (uint32_t i = first; i < last; i++) {
		uint64_t peak = 0;
		int code = output_peak(s, i, last - first == 1, &peak);

		if (code)
			return code;
		most = larger(most, peak);
	}
	*bytes = most + fixed_part;
	return 0;
}
