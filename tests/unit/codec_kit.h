/* SPDX-License-Identifier: Apache-2.0 */
/* What the codec tests share: pictures, files made of them in memory, and whole decodes in one call. */
#ifndef TESTS_UNIT_CODEC_KIT_H
#define TESTS_UNIT_CODEC_KIT_H

#include "codec/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file in memory; data is owned and exactly size bytes long, so that a read behind it is seen. */
struct file {
	uint8_t *data;
	size_t size;
};

/* What one decode gave. image.data is owned, and NULL unless the code is 0. */
struct decoded {
	int code;
	uint32_t warnings;
	struct codec_facts facts;
	struct codec_delivery delivery;
	struct image image;
	struct fault fault;
};

static inline struct image kit_image(
	uint32_t width, uint32_t height, uint8_t channels, uint8_t sample)
{
	struct image image = {.shape = {width, height, channels, sample, false}};

	image.stride = shape_row_size(&image.shape);
	image.data = calloc(height, image.stride);
	assert_non_null(image.data);
	return image;
}

/* Ramps and some noise: nothing in it repeats, and JPEG holds it well. */
static inline struct image kit_picture(
	uint32_t width, uint32_t height, uint8_t channels, uint8_t sample)
{
	struct image image = kit_image(width, height, channels, sample);
	uint32_t state = 12345;

	for (uint32_t y = 0; y < height; y++) {
		uint8_t *row = image_row(&image, y);

		for (size_t i = 0; i < image.stride; i++) {
			state = state * 1664525 + 1013904223;
			row[i] = (uint8_t)(i * 3 + y * 2 * (i % channels + 1) + (state >> 28));
		}
	}
	return image;
}

static inline int kit_same(const struct image *a, const struct image *b)
{
	size_t row = shape_row_size(&a->shape);

	if (!shape_same(&a->shape, &b->shape))
		return 0;
	for (uint32_t y = 0; y < a->shape.height; y++) {
		if (memcmp(image_row(a, y), image_row(b, y), row))
			return 0;
	}
	return 1;
}

static inline struct file kit_encode(const struct codec *codec, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata)
{
	size_t room = codec->encode_bound(&image->shape, metadata), size = 0;
	struct encoder *encoder = codec->encoder_new();
	uint8_t *out = malloc(room);
	struct fault fault = {0};
	struct file file;
	int code = codec->encode(encoder, image, settings ? settings : &encode_default_settings,
		metadata, out, room, &size, &fault);

	if (code)
		fail_msg("encode: %s", fault.detail);
	codec->encoder_free(encoder);
	file.data = malloc(size);
	file.size = size;
	memcpy(file.data, out, size);
	free(out);
	return file;
}

/* The first size bytes, in a block of their own. */
static inline struct file kit_cut(const struct file *file, size_t size)
{
	struct file part = {.data = malloc(size ? size : 1), .size = size};

	memcpy(part.data, file->data, size);
	return part;
}

static inline int kit_rows(const struct codec *codec, struct decoder *decoder, struct decoded *out)
{
	uint32_t y = 0, got;

	while (y < out->image.shape.height) {
		struct image strip = out->image;
		int code;

		strip.data = image_row(&out->image, y);
		strip.shape.height = out->image.shape.height - y < 5 ? out->image.shape.height - y
								     : 5;
		code = codec->rows(decoder, &strip, &got, &out->fault);
		if (code)
			return code;
		assert_true(got > 0 && got <= strip.shape.height);
		y += got;
	}
	return codec->finish(decoder, &out->fault);
}

/*
 * header() to finish() on a decoder that may have done others before. request's rect of width 0 means the
 * whole image; request may be NULL.
 */
static inline struct decoded kit_decode_on(const struct codec *codec, struct decoder *decoder,
	const struct file *file, const struct codec_request *request,
	const struct codec_limits *limits)
{
	struct decoded out = {0};
	struct codec_request wanted = request ? *request : (struct codec_request){.scale = 8};

	out.code = codec->header(decoder, file->data, file->size,
		limits ? limits : &codec_default_limits, &out.facts, &out.warnings, &out.fault);
	if (out.code)
		return out;
	if (!wanted.rect.width)
		wanted.rect = (struct rect){0, 0, out.facts.shape.width, out.facts.shape.height};
	if (!request)
		wanted.sample = out.facts.shape.sample;
	out.code = codec->start(decoder, &wanted, &out.delivery, &out.fault);
	if (out.code)
		return out;
	out.image = kit_image(out.delivery.shape.width, out.delivery.shape.height,
		out.delivery.shape.channels, out.delivery.shape.sample);
	out.code = kit_rows(codec, decoder, &out);
	if (out.code) {
		free(out.image.data);
		out.image.data = NULL;
	}
	return out;
}

static inline struct decoded kit_decode(const struct codec *codec, const struct file *file,
	const struct codec_request *request, const struct codec_limits *limits)
{
	struct decoder *decoder = codec->decoder_new();
	struct decoded out = kit_decode_on(codec, decoder, file, request, limits);

	codec->decoder_free(decoder);
	out.facts.metadata = (struct metadata){0}; /* it was the decoder's */
	return out;
}

/* Decodes, expects this code and these warnings, and forgets the pixels. */
static inline void kit_expect(const struct codec *codec, const struct file *file,
	const struct codec_request *request, const struct codec_limits *limits, int code,
	uint32_t warnings)
{
	struct decoded got = kit_decode(codec, file, request, limits);

	if (got.code != code || (code == 0 && got.warnings != warnings))
		fail_msg("expected %s, got %s: %s (warnings %x, expected %x)", code_name(code),
			code_name(got.code), got.fault.detail, got.warnings, warnings);
	free(got.image.data);
}

/* file with `size` bytes put in at `at`. */
static inline struct file kit_insert(
	const struct file *file, size_t at, const void *bytes, size_t size)
{
	struct file out = {.data = malloc(file->size + size), .size = file->size + size};

	memcpy(out.data, file->data, at);
	memcpy(out.data + at, bytes, size);
	memcpy(out.data + at + size, file->data + at, file->size - at);
	return out;
}

/* A profile that holds together: header, one tag, nothing a colour engine could use. */
static inline struct file kit_profile(const char *space, size_t size)
{
	struct file profile = {.data = calloc(1, size), .size = size};
	uint8_t *p = profile.data;

	p[0] = (uint8_t)(size >> 24);
	p[1] = (uint8_t)(size >> 16);
	p[2] = (uint8_t)(size >> 8);
	p[3] = (uint8_t)size;
	p[8] = 2;
	memcpy(p + 12, "mntr", 4);
	memcpy(p + 16, space, 4);
	memcpy(p + 20, "XYZ ", 4);
	memcpy(p + 36, "acsp", 4);
	memcpy(p + 68, "\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d", 12); /* D50 */
	memcpy(p + 128, "\0\0\0\1cprt\0\0\0\x90\0\0\0\x10", 16);
	memcpy(p + 144, "text", 4);
	return profile;
}

#endif
