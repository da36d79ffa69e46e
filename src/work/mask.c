/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mask that goes with an image: a second input, a PNG whose samples are names (palette indices, levels, instance
 * numbers). It follows its image through the drawn recipe, step by step, through those steps that move pixels;
 * nothing is ever blended, looked up or spread, and it is written as it was stored: bits, palette, tRNS.
 *
 * A mask is as large as its image is stored, and then turned by the image's EXIF orientation; or, where only that fits, as
 * large as the image stands upright, and then taken as it is. Whatever is wrong with it is E_MASK, with the code and
 * text of what it is.
 */
#include "kernels/move.h"
#include "work/work.h"
#include "work/worker.h"

#include <string.h>

/* What was found wrong becomes E_MASK; want of memory or room stays what it is, since more of it may help. */
static int blame(struct subject *s, int code)
{
	struct fault why = s->fault;

	if (!code || code == IMGBATCH_E_NOMEM || code == IMGBATCH_E_ENCODE)
		return code;
	return fault_set(
		&s->fault, IMGBATCH_E_MASK, "its mask: %s: %.140s", code_name(code), why.detail);
}

/* How the mask must be turned to lie as the upright image does. */
static int fit(struct subject *s)
{
	const struct shape *mask = &s->mask.facts.raw, *image = &s->facts.shape;
	struct shape upright = s->upright;

	if (mask->width == image->width && mask->height == image->height)
		s->mask.move = work_orientation(s);
	else if (mask->width == upright.width && mask->height == upright.height)
		s->mask.move = MOVE_NONE;
	else
		return fault_set(&s->fault, IMGBATCH_E_MASK,
			"its mask is of %ux%u pixels, the image of %ux%u", mask->width,
			mask->height, image->width, image->height);
	s->mask.upright = move_shape(s->mask.move, mask);
	return 0;
}

/* The value that fills must be one that the mask can hold. */
static int check_fill(struct subject *s)
{
	const struct codec_form *form = &s->mask.facts.form;
	uint32_t fill = s->worker->config->mask_fill;
	uint32_t values = form->palette.size ? (uint32_t)form->palette.size / 3 : 1u << form->bits;

	if (fill < values)
		return 0;
	return fault_set(&s->fault, IMGBATCH_E_MASK, "--mask-fill %u, and its mask has %u %s", fill,
		values, form->palette.size ? "colours" : "values");
}

static int read_header(struct subject *s)
{
	struct worker *worker = s->worker;
	const struct extent *at = &s->request->input[WORK_MASK];
	const uint8_t *bytes = s->slot + at->offset;

	if (!at->length)
		return fault_set(&s->fault, IMGBATCH_E_EMPTY, "zero bytes");
	if (!codec_png.probe(bytes, at->length))
		return fault_set(&s->fault, IMGBATCH_E_NOT_IMAGE, "not a PNG");
	if (s->request->flags & TASK_OVERSIZE_BESIDE)
		return fault_set(
			&s->fault, IMGBATCH_E_LIMIT_FILE, "larger than the largest file allowed");
	if (!worker->mask_decoder)
		worker->mask_decoder = codec_png.decoder_new();
	if (!worker->mask_decoder)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for a decoder");
	return codec_png.header(worker->mask_decoder, bytes, at->length, &worker->config->limits,
		&s->mask.facts, &s->warnings, &s->fault);
}

int work_mask_header(struct subject *s)
{
	int code = blame(s, read_header(s));

	if (!code)
		code = fit(s);
	return code ? code : check_fill(s);
}

static struct codec_request whole_request(const struct subject *s)
{
	const struct shape *raw = &s->mask.facts.raw;

	return (struct codec_request){.rect = {0, 0, raw->width, raw->height},
		.scale = 8,
		.sample = raw->sample,
		.raw = true};
}

/* The most that the steps take at once, beside the upright mask. */
static int steps_peak(struct subject *s, struct shape *shape, uint64_t *peak)
{
	const struct steps *steps = &s->worker->drawn.steps;

	*peak = 0;
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		struct shape in = *shape;
		uint64_t now;
		int code;

		if (!step->op->moves)
			continue;
		if (in.sample != SAMPLE_U8 && !step->op->deep)
			return fault_set(&s->fault, IMGBATCH_E_OPERATION,
				"%s works on 8-bit samples only", step->op->name);
		code = step->op->shape(step->params, &in, shape, &s->fault);
		if (code)
			return code;
		now = shape_bytes(&in) + shape_bytes(shape) +
			(step->op->scratch ? step->op->scratch(step->params, &in) : 0);
		*peak = now > *peak ? now : *peak;
	}
	return 0;
}

int work_mask_estimate(struct subject *s, uint64_t *bytes)
{
	struct codec_request request = whole_request(s);
	struct shape shape = s->mask.upright;
	uint64_t base = shape_bytes(&shape), peak;
	int code = blame(s, steps_peak(s, &shape, &peak));

	/* Decoding holds the mask twice while it is turned. */
	*bytes = 2 * base + codec_png.decode_estimate(&s->mask.facts, &request) + peak +
		shape_bytes(&shape) + codec_png.encode_estimate(&shape, &s->worker->config->encode);
	return code;
}

static int decode(struct subject *s, struct image *mask)
{
	struct codec_request request = whole_request(s);
	struct decoder *decoder = s->worker->mask_decoder;
	struct op_env env = work_env(s);
	struct codec_delivery delivery;
	struct image strip;
	uint32_t got;
	int code = codec_png.start(decoder, &request, &delivery, &s->fault);

	if (!code)
		code = op_env_image(&env, &delivery.shape, mask);
	for (uint32_t y = 0; !code && y < mask->shape.height; y += got) {
		strip = *mask;
		strip.data = image_row(mask, y);
		strip.shape.height = mask->shape.height - y;
		code = codec_png.rows(decoder, &strip, &got, &s->fault);
	}
	return code ? code : codec_png.finish(decoder, &s->fault);
}

/* Once for all outputs of this request. */
static int decode_upright(struct subject *s)
{
	struct op_env env = work_env(s);
	struct image stored;
	int code;

	if (s->mask.base.data)
		return 0;
	code = decode(s, &stored);
	if (code || s->mask.move == MOVE_NONE) {
		s->mask.base = stored;
		return code;
	}
	code = op_env_image(&env, &s->mask.upright, &s->mask.base);
	if (code)
		return code;
	move_image(s->mask.move, &s->mask.base, &stored);
	pool_put(s->worker->pool, stored.data);
	return 0;
}

static int run_steps(struct subject *s, struct held *now)
{
	const struct steps *steps = &s->worker->drawn.steps;
	struct op_mask mask = {.fill = s->worker->config->mask_fill};
	struct op_env env = work_env(s);

	env.mask = &mask;
	*now = (struct held){.image = s->mask.base};
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		struct image out;
		int code;

		if (!step->op->moves)
			continue;
		code = step->op->apply(step->params, &now->image, &out, &env);
		work_lap_op(s, step->op, 1);
		if (code)
			return code;
		held_pass_on(now, &out, s->worker->pool);
	}
	return 0;
}

static int encode(struct subject *s, const struct image *mask, uint64_t at, struct extent *where)
{
	const uint64_t room_end = s->request->room.offset + s->request->room.length;
	struct metadata metadata = {.form = &s->mask.facts.form};
	struct encoder **encoder = &s->worker->mask_encoder;
	size_t size = 0;
	int code;

	if (!*encoder)
		*encoder = codec_png.encoder_new();
	if (!*encoder)
		return fault_set(&s->fault, IMGBATCH_E_NOMEM, "no memory for an encoder");
	code = codec_png.encode(*encoder, mask, &s->worker->config->encode, &metadata, s->slot + at,
		room_end - at, &size, &s->fault);
	if (code == IMGBATCH_E_ENCODE) /* room for both: the image stands before it */
		work_tell_room(s,
			at - s->request->room.offset +
				codec_png.encode_bound(&mask->shape, &metadata),
			s->request->room.length);
	*where = (struct extent){at, size};
	return code;
}

int work_mask_output(struct subject *s, uint64_t at, struct task_output *output, uint64_t *end)
{
	struct held now = {0};
	int code;

	s->stage = STAGE_DECODE;
	code = decode_upright(s);
	work_lap(s, SPENT_DECODE);
	if (!code) {
		s->stage = STAGE_OP;
		code = run_steps(s, &now);
	}
	if (!code) {
		s->stage = STAGE_ENCODE;
		code = encode(s, &now.image, at, &output->mask);
	}
	if (now.buffer)
		pool_put(s->worker->pool, now.buffer);
	work_lap(s, SPENT_ENCODE);
	*end = at + output->mask.length;
	return blame(s, code);
}
