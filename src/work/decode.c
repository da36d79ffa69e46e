/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding the wanted part of an image into the worker's pool, upright.
 *
 * Rectangles are asked for in upright coordinates, because that is where recipes live; the codec thinks in
 * stored ones. An EXIF orientation's number is a move of kernels/move.h, which maps one onto the other.
 */
#include "kernels/move.h"
#include "work/worker.h"

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
			return fault_set(&s->fault, IMGBATCH_E_TRUNCATED, "row %u of %u is missing", y,
				image->shape.height);
		y += got;
	}
	return codec->finish(s->decoder, &s->fault);
}

/* The delivered image, and within it the part that was asked for. */
static int decode_stored(struct subject *s, const struct rect *want, struct image *part)
{
	const struct work_config *config = s->worker->config;
	struct codec_request request = {.rect = *want, .scale = 8, .sample = s->upright.sample,
		.check_full = config->check_full, .keep_damaged = config->keep_damaged};
	struct op_env env = work_env(s);
	struct codec_delivery delivery;
	struct image whole;
	struct rect inside;
	int code;

	code = s->facts.codec->start(s->decoder, &request, &delivery, &s->fault);
	if (!code)
		code = op_env_image(&env, &delivery.shape, &whole);
	if (!code)
		code = read_rows(s, &whole);
	if (code)
		return code;
	inside = (struct rect){want->x - delivery.rect.x, want->y - delivery.rect.y, want->width,
		want->height};
	*part = image_view(&whole, &inside);
	return 0;
}

int work_decode(struct subject *s, const struct rect *want, struct image *image)
{
	enum move orientation = s->worker->config->auto_orient ? s->facts.orientation : MOVE_NONE;
	struct rect stored = move_source(orientation, &s->facts.shape, want);
	struct op_env env = work_env(s);
	struct shape shape;
	struct image part;
	int code;

	s->stage = STAGE_DECODE;
	code = decode_stored(s, &stored, &part);
	if (code)
		return code;
	if (orientation == MOVE_NONE) {
		*image = part;
		return 0;
	}
	shape = move_shape(orientation, &part.shape);
	code = op_env_image(&env, &shape, image);
	if (!code)
		move_image(orientation, image, &part);
	return code;
}
