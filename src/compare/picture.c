/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/picture.h"

#include <string.h>

static const size_t kept_bytes = 64 << 20;

int reader_init(struct reader *reader, uint64_t max_pixels, struct fault *fault)
{
	*reader = (struct reader){.pool = pool_new(), .limits = codec_default_limits};
	reader->limits.max_pixels = max_pixels;
	return reader->pool ? 0 : fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a reader");
}

void reader_release(struct reader *reader)
{
	for (int i = 0; i < CODEC_COUNT; i++)
		if (reader->decoder[i])
			codecs[i]->decoder_free(reader->decoder[i]);
	pool_free(reader->pool);
	*reader = (struct reader){0};
}

void reader_reset(struct reader *reader)
{
	pool_reset(reader->pool);
	pool_trim(reader->pool, kept_bytes);
}

int picture_take(
	struct pool *pool, const struct shape *shape, struct image *image, struct fault *fault)
{
	image->shape = *shape;
	image->stride = shape_row_size(shape);
	image->data = pool_take(pool, (size_t)shape_bytes(shape));
	return image->data ? 0 : fault_set(fault, IMGBATCH_E_NOMEM, "no memory for pixels");
}

static struct decoder *decoder_of(struct reader *reader, const struct codec *codec)
{
	for (int i = 0; i < CODEC_COUNT; i++) {
		if (codecs[i] != codec)
			continue;
		if (!reader->decoder[i])
			reader->decoder[i] = codec->decoder_new();
		return reader->decoder[i];
	}
	return NULL;
}

static int read_rows(const struct codec *codec, struct decoder *decoder, const struct image *image,
	struct fault *fault)
{
	struct image strip = *image;
	uint32_t got;

	for (uint32_t y = 0; y < image->shape.height; y += got) {
		int code;

		strip.data = image_row(image, y);
		strip.shape.height = image->shape.height - y;
		code = codec->rows(decoder, &strip, &got, fault);
		if (code)
			return code;
		if (!got)
			return fault_set(fault, IMGBATCH_E_TRUNCATED, "row %u of %u is missing", y,
				image->shape.height);
	}
	return codec->finish(decoder, fault);
}

static bool open_in_place(
	const struct codec *codec, struct decoder *decoder, struct picture *picture)
{
	if (!codec->in_place || !codec->in_place->open(decoder, &picture->image))
		return false;
	picture->undecoded = decoder;
	return true;
}

static int read_pixels(struct reader *reader, const struct codec *codec, struct decoder *decoder,
	struct picture *picture, struct fault *fault)
{
	const struct shape *shape = &picture->facts.shape;
	struct codec_request request = {.rect = {0, 0, shape->width, shape->height},
		.scale = 8,
		.sample = shape->sample,
		.check_full = true};
	struct codec_delivery delivery;
	int code = codec->start(decoder, &request, &delivery, fault);

	if (code || open_in_place(codec, decoder, picture))
		return code;
	code = picture_take(reader->pool, &delivery.shape, &picture->image, fault);
	return code ? code : read_rows(codec, decoder, &picture->image, fault);
}

int picture_decode(struct picture *picture, struct fault *fault)
{
	const struct codec *codec = picture->facts.codec;
	struct decoder *decoder = picture->undecoded;

	if (!decoder)
		return 0;
	picture->undecoded = NULL;
	codec->in_place->rows(decoder, picture->image.shape.height);
	return codec->finish(decoder, fault);
}

int picture_read(struct reader *reader, struct bytes file, enum reading reading,
	struct picture *picture, struct fault *fault)
{
	const struct codec *codec = codec_probe(file.data, file.size);
	struct decoder *decoder;
	int code;

	*picture = (struct picture){.file = file};
	if (!file.size)
		return fault_set(fault, IMGBATCH_E_EMPTY, "zero bytes");
	if (!codec)
		return fault_set(fault, IMGBATCH_E_NOT_IMAGE, "neither JPEG nor PNG");
	decoder = decoder_of(reader, codec);
	if (!decoder)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a decoder");
	code = codec->header(decoder, file.data, file.size, &reader->limits, &picture->facts,
		&picture->warnings, fault);
	if (code || reading == READING_HEADER)
		return code;
	code = read_pixels(reader, codec, decoder, picture, fault);
	return code || reading == READING_STORED ? code : picture_decode(picture, fault);
}

uint32_t picture_peak(const struct shape *shape)
{
	return shape->sample == SAMPLE_U8 ? 255 : 65535;
}

struct shape picture_common(const struct shape *a, const struct shape *b)
{
	bool colour = a->channels >= 3 || b->channels >= 3;
	bool alpha = shape_has_alpha(a) || shape_has_alpha(b);
	struct shape common = *a;

	common.channels = (uint8_t)((colour ? 3 : 1) + alpha);
	common.sample = a->sample > b->sample ? a->sample : b->sample;
	return common;
}

uint32_t picture_level(const struct image *image, uint32_t x, uint32_t y, unsigned channel)
{
	size_t at = (size_t)x * image->shape.channels + channel;

	if (image->shape.sample == SAMPLE_U8)
		return ((const uint8_t *)image_row(image, y))[at];
	return ((const uint16_t *)image_row(image, y))[at];
}

/* The channel of in that channel c of the wider form is; -1: alpha that it lacks. */
static int source_channel(const struct shape *in, const struct shape *form, int c)
{
	bool alpha = shape_has_alpha(form) && c == form->channels - 1;

	if (alpha)
		return shape_has_alpha(in) ? in->channels - 1 : -1;
	return in->channels < 3 ? 0 : c;
}

static void widen_row(void *to, const void *from, const struct shape *in, const struct shape *form)
{
	const uint32_t scale = in->sample == form->sample ? 1 : 257, full = picture_peak(form);
	const uint8_t *from8 = from;
	const uint16_t *from16 = from;
	uint8_t *to8 = to;
	uint16_t *to16 = to;

	for (int c = 0; c < form->channels; c++) {
		int source = source_channel(in, form, c);

		for (size_t x = 0; x < form->width; x++) {
			size_t at = x * form->channels + (size_t)c;
			size_t place = x * in->channels + (size_t)source;
			uint32_t level = source < 0       ? full
				: in->sample == SAMPLE_U8 ? from8[place] * scale
							  : from16[place];

			if (form->sample == SAMPLE_U8)
				to8[at] = (uint8_t)level;
			else
				to16[at] = (uint16_t)level;
		}
	}
}

int picture_widen(struct pool *pool, const struct image *in, const struct shape *form,
	struct image *out, struct fault *fault)
{
	struct shape shape = in->shape;
	int code;

	*out = *in;
	if (in->shape.channels == form->channels && in->shape.sample == form->sample)
		return 0;
	shape.channels = form->channels;
	shape.sample = form->sample;
	code = picture_take(pool, &shape, out, fault);
	for (uint32_t y = 0; y < shape.height && !code; y++)
		widen_row(image_row(out, y), image_row(in, y), &in->shape, &shape);
	return code;
}
