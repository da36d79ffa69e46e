/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding the wanted part of an image into the worker's pool, upright.
 *
 * Rectangles are asked for in upright coordinates at the scale of decoding, because that is where plans live; the
 * codec thinks in stored ones at full size. An EXIF orientation's number is a move of kernels/move.h, which maps
 * one onto the other.
 */
#include "kernels/move.h"
#include "work/worker.h"

bool work_verifies(const struct subject *s)
{
	return s->request->key[0] < s->worker->config->verify;
}

int work_start(
	struct subject *s, uint8_t scale, const struct rect *need, struct codec_delivery *delivery)
{
	const struct work_config *config = s->worker->config;
	struct codec_request request = {.scale = scale,
		.sample = s->upright.sample,
		.check_full = config->check_full,
		.keep_damaged = config->keep_damaged,
		.entropy = config->entropy,
		.verify = work_verifies(s)};
	const uint32_t unit = 8u / scale;
	struct rect *rect = &request.rect;
	int code;

	rect->x = need->x * unit;
	rect->y = need->y * unit;
	rect->width = need->width * unit;
	rect->height = need->height * unit;
	if (rect->width > s->facts.shape.width - rect->x)
		rect->width = s->facts.shape.width - rect->x;
	if (rect->height > s->facts.shape.height - rect->y)
		rect->height = s->facts.shape.height - rect->y;
	code = s->facts.codec->start(s->decoder, &request, delivery, &s->fault);
	delivery->rect.x /= unit;
	delivery->rect.y /= unit;
	return code;
}

static int read_rows(struct subject *s, const struct image *image)
{
	const struct codec *codec = s->facts.codec;
	struct image strip = *image;
	uint32_t y = 0, got;

	while (y < image->shape.height) {
		int code;

		strip.data = image_row(image, y);
		strip.shape.height = image->shape.height - y;
		code = codec->rows(s->decoder, &strip, &got, &s->fault);
		if (code)
			return code;
		if (got == 0)
			return fault_set(&s->fault, IMGBATCH_E_TRUNCATED, "row %u of %u is missing",
				y, image->shape.height);
		y += got;
	}
	return codec->finish(s->decoder, &s->fault);
}

/* The delivered image, and within it the part that was asked for. */
static int decode_stored(
	struct subject *s, uint8_t scale, const struct rect *need, struct image *part)
{
	struct op_env env = work_env(s);
	struct codec_delivery delivery;
	struct image whole;
	struct rect inside;
	int code;

	code = work_start(s, scale, need, &delivery);
	if (!code)
		code = op_env_image(&env, &delivery.shape, &whole);
	if (!code)
		code = read_rows(s, &whole);
	if (code)
		return code;
	inside = (struct rect){
		need->x - delivery.rect.x, need->y - delivery.rect.y, need->width, need->height};
	*part = image_view(&whole, &inside);
	return 0;
}

/* Decodes what the plan wants and lays it upright. */
static int decode_upright(struct subject *s, const struct work_plan *plan, struct image *image)
{
	enum move move = work_orientation(s);
	struct shape stored = work_scaled_shape(&s->facts.shape, plan->scale), shape;
	struct rect need = move_source(move, &stored, &plan->want);
	struct op_env env = work_env(s);
	struct image part;
	int code = decode_stored(s, plan->scale, &need, &part);

	if (code)
		return code;
	if (move == MOVE_NONE) {
		*image = part;
		return 0;
	}
	shape = move_shape(move, &part.shape);
	code = op_env_image(&env, &shape, image);
	if (!code)
		move_image(move, image, &part);
	return code;
}

int work_decode(struct subject *s, const struct work_plan *plan, struct image *image)
{
	struct op_env env = work_env(s);
	struct image upright;
	int code;

	s->stage = STAGE_DECODE;
	if (plan->streams)
		return work_stream(s, plan, image);
	code = decode_upright(s, plan, plan->resizes ? &upright : image);
	work_lap(s, SPENT_DECODE);
	if (code || !plan->resizes)
		return code;
	s->stage = STAGE_OP;
	code = resize_part(&plan->resize, &upright, &plan->part, image, &env);
	work_lap_op(s, plan->resizer, 1);
	return code;
}
