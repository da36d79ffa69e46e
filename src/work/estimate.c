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

/* The most that worker->drawn takes at once over an upright image of shape `base` that stays. */
static int steps_peak(struct subject *s, const struct shape *base, uint64_t *peak)
{
	const struct steps *steps = &s->worker->drawn.steps;
	uint64_t kept = shape_bytes(base), most = kept;
	struct shape in = *base, out;

	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		uint64_t scratch = step->op->scratch ? step->op->scratch(step->params, &in) : 0;
		int code = step->op->shape(step->params, &in, &out, &s->fault);

		if (code)
			return code;
		/* The base stays for the next copy; the step's input is another buffer behind the first step. */
		most = larger(most, kept + (i ? shape_bytes(&in) : 0) + shape_bytes(&out) + scratch);
		in = out;
	}
	/* Encoding works on the last image, flattened where the format has no alpha. */
	most = larger(most, kept + shape_bytes(&in) * (shape_has_alpha(&in) ? 2 : 1) +
				    s->target->encode_estimate(&in, &s->worker->config->encode));
	*peak = most;
	return 0;
}

int work_estimate(struct subject *s, uint32_t first, uint32_t last, uint64_t *bytes)
{
	struct codec_request request = {.rect = {0, 0, s->facts.shape.width, s->facts.shape.height},
		.scale = 8, .sample = s->upright.sample};
	uint64_t most = shape_bytes(&s->upright) + s->facts.codec->decode_estimate(&s->facts, &request);
	struct shape out;

	if (s->worker->config->auto_orient && s->facts.orientation > 1)
		most = larger(most, 2 * shape_bytes(&s->upright));
	for (uint32_t i = first; i < last; i++) {
		uint64_t peak;
		int code = work_draw(s, i);

		if (code)
			return code;
		s->stage = STAGE_OP;
		code = recipe_shape(&s->worker->drawn, &s->upright,
			s->worker->config->limits.max_pixels, &out, &s->fault);
		if (!code)
			code = steps_peak(s, &s->upright, &peak);
		if (code)
			return code;
		most = larger(most, peak);
	}
	*bytes = most + fixed_part;
	return 0;
}
