/* SPDX-License-Identifier: Apache-2.0 */
#include "work/recoder.h"

static int encode(struct recoder *r, const struct image *image,
	const struct encode_settings *settings, uint8_t *bytes, size_t room, size_t *size,
	struct fault *fault)
{
	if (!r->encoder)
		r->encoder = codec_jpeg.encoder_new();
	if (!r->encoder)
		return fault_set(fault, IMGBATCH_E_NOMEM, "jpeg: no memory for an encoder");
	return codec_jpeg.encode(r->encoder, image, settings, NULL, bytes, room, size, fault);
}

static int read_rows(struct decoder *decoder, const struct image *image, struct fault *fault)
{
	struct image strip = *image;
	uint32_t y = 0, got = 1;
	int code = 0;

	for (; y < image->shape.height && got && !code; y += got) {
		strip.data = image_row(image, y);
		strip.shape.height = image->shape.height - y;
		code = codec_jpeg.rows(decoder, &strip, &got, fault);
	}
	return code ? code : codec_jpeg.finish(decoder, fault);
}

static int decode(struct recoder *r, const uint8_t *bytes, size_t size, const struct image *image,
	struct fault *fault)
{
	struct codec_request request = {.rect = {0, 0, image->shape.width, image->shape.height},
		.scale = 8,
		.entropy = r->entropy};
	struct codec_limits limits = codec_default_limits;
	struct codec_delivery delivery;
	struct codec_facts facts;
	uint32_t warnings = 0;
	int code;

	if (!r->decoder)
		r->decoder = codec_jpeg.decoder_new();
	if (!r->decoder)
		return fault_set(fault, IMGBATCH_E_NOMEM, "jpeg: no memory for a decoder");
	limits.max_pixels = 0; /* these are here already */
	code = codec_jpeg.header(r->decoder, bytes, size, &limits, &facts, &warnings, fault);
	if (!code)
		code = codec_jpeg.start(r->decoder, &request, &delivery, fault);
	return code ? code : read_rows(r->decoder, image, fault);
}

static int pass(void *ctx, const struct image *in, const struct image *out, uint8_t quality,
	uint16_t subsampling, struct pool *pool, struct fault *fault)
{
	struct encode_settings settings = {.quality = quality, .subsampling = subsampling};
	size_t room = (size_t)codec_jpeg.encode_bound(&in->shape, NULL), size;
	uint8_t *bytes = pool_take(pool, room);
	int code;

	if (!bytes)
		return fault_set(fault, IMGBATCH_E_NOMEM, "jpeg: no memory for %zu bytes", room);
	code = encode(ctx, in, &settings, bytes, room, &size, fault);
	if (!code)
		code = decode(ctx, bytes, size, out, fault);
	pool_put(pool, bytes);
	return code;
}

void recoder_init(struct recoder *recoder, uint8_t entropy)
{
	*recoder = (struct recoder){.lent = {.ctx = recoder, .pass = pass}, .entropy = entropy};
}

void recoder_release(struct recoder *recoder)
{
	codec_jpeg.encoder_free(recoder->encoder);
	codec_jpeg.decoder_free(recoder->decoder);
}
