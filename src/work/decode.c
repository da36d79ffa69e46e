/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding the wanted part of an image into the worker's pool, upright.
 *
 * Rectangles are asked for in upright coordinates, because that is where recipes live; the codec thinks in
 * stored ones. An EXIF orientation maps one onto the other by swapping and mirroring axes.
 */
#include "kernels/move.h"
#include "work/worker.h"

#include <string.h>

/* Where a rectangle of the upright image lies in the stored one, width x height pixels. */
static struct rect stored_rect(
	const struct rect *upright, uint8_t orientation, uint32_t width, uint32_t height)
{
	bool swapped = orientation >= 5;
	/* Whether the stored axis runs against the upright axis that it belongs to. */
	bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
	bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
	struct rect stored = *upright;

	if (swapped)
		stored = (struct rect){upright->y, upright->x, upright->height, upright->width};
	if (mirror_x)
		stored.x = width - stored.x - stored.width;
	if (mirror_y)
		stored.y = height - stored.y - stored.height;
	return stored;
}

static struct op_env environment(struct subject *s)
{
	return (struct op_env){.pool = s->worker->pool, .parallel = s->parallel, .fault = &s->fault};
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
	struct op_env env = environment(s);
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
	uint8_t orientation = s->worker->config->auto_orient ? s->facts.orientation : 1;
	struct rect stored = stored_rect(
		want, orientation, s->facts.shape.width, s->facts.shape.height);
	struct op_env env = environment(s);
	struct shape shape;
	struct image part;
	int code;

	s->stage = STAGE_DECODE;
	code = decode_stored(s, &stored, &part);
	if (code)
		return code;
	if (orientation == 1) {
		*image = part;
		return 0;
	}
	shape = part.shape;
	shape.width = want->width;
	shape.height = want->height;
	code = op_env_image(&env, &shape, image);
	if (!code)
		move_orient(image, &part, orientation);
	return code;
}
