/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

const struct codec_limits fuzz_limits = {
	.max_pixels = 1 << 18,
	.max_scans = 20,
	.max_warnings = 20,
	.max_chunks = 50,
	.max_profile = 64 << 10,
};

static bool is_verdict(int code)
{
	return code == IMGBATCH_E_TRUNCATED || code == IMGBATCH_E_CORRUPT ||
		code == IMGBATCH_E_UNSUPPORTED || code == IMGBATCH_E_LIMIT_PIXELS ||
		code == IMGBATCH_E_LIMIT_SCANS || code == IMGBATCH_E_LIMIT_CHUNKS;
}

static void check_verdict(const struct fuzz_decoded *d)
{
	fuzz_check_fault(&d->fault, d->code);
	fuzz_check(!d->code || is_verdict(d->code), "%s: %s", code_name(d->code), d->fault.detail);
}

/* Reads every byte: what is behind an end is seen by ASan. */
static void touch(struct bytes bytes)
{
	volatile uint64_t hash = hash64(bytes.data, bytes.size, 0);

	(void)hash;
}

static void check_facts(const struct codec_facts *facts)
{
	const struct shape *s = &facts->shape;

	fuzz_check(
		s->width && s->height && (uint64_t)s->width * s->height <= fuzz_limits.max_pixels,
		"%u x %u", s->width, s->height);
	fuzz_check(s->channels >= 1 && s->channels <= 4, "%u channels", s->channels);
	fuzz_check(facts->bits >= 1 && facts->bits <= 16, "%u bits", facts->bits);
	fuzz_check(facts->orientation >= 1 && facts->orientation <= 8, "%u", facts->orientation);
	fuzz_check(facts->metadata.icc.size <= fuzz_limits.max_profile &&
			facts->metadata.exif.size <= fuzz_limits.max_profile &&
			facts->metadata.xmp.size <= fuzz_limits.max_profile,
		"metadata of %zu, %zu and %zu bytes", facts->metadata.icc.size,
		facts->metadata.exif.size, facts->metadata.xmp.size);
	touch(facts->metadata.icc);
	touch(facts->metadata.exif);
	touch(facts->metadata.xmp);
	touch(facts->form.palette);
	touch(facts->form.transparency);
}

/* A rectangle inside the shape, drawn from these bits. */
static struct rect draw_rect(const struct shape *shape, uint64_t bits)
{
	struct rect rect = {0, 0, shape->width, shape->height};

	if (!bits)
		return rect;
	rect.x = (uint32_t)(bits & 0xffff) % shape->width;
	rect.y = (uint32_t)(bits >> 16 & 0xffff) % shape->height;
	rect.width = 1 + (uint32_t)(bits >> 32 & 0xffff) % (shape->width - rect.x);
	rect.height = 1 + (uint32_t)(bits >> 48) % (shape->height - rect.y);
	return rect;
}

static void check_delivery(const struct fuzz_decoded *d)
{
	const struct rect *want = &d->rect, *got = &d->delivery.rect;
	const struct shape *shape = &d->delivery.shape;

	fuzz_check(got->x <= want->x && got->y <= want->y &&
			got->x + got->width >= want->x + want->width &&
			got->y + got->height >= want->y + want->height,
		"%ux%u+%u+%u wanted, %ux%u+%u+%u delivered", want->width, want->height, want->x,
		want->y, got->width, got->height, got->x, got->y);
	fuzz_check(shape->width && shape->height && shape->width <= d->facts.shape.width &&
			shape->height <= d->facts.shape.height,
		"%u x %u", shape->width, shape->height);
}

/* A few rows at a time. */
static int take_rows(const struct codec *codec, struct decoder *decoder, uint32_t at_once,
	struct fuzz_decoded *d)
{
	uint32_t got;

	for (uint32_t y = 0; y < d->image.shape.height; y += got) {
		struct image strip = d->image;
		uint32_t left = d->image.shape.height - y;
		int code;

		strip.data = image_row(&d->image, y);
		strip.shape.height = left < at_once ? left : at_once;
		code = codec->rows(decoder, &strip, &got, &d->fault);
		if (code)
			return code;
		fuzz_check(got && got <= strip.shape.height, "%u rows", got);
	}
	return codec->finish(decoder, &d->fault);
}

/* Pixels in a block of just their size. */
static void make_room(struct fuzz_decoded *d, uint8_t before)
{
	d->image = (struct image){.shape = d->delivery.shape};
	d->image.stride = shape_row_size(&d->image.shape);
	d->image.data = malloc(d->image.stride * d->image.shape.height);
	fuzz_check(d->image.data, "%u x %u", d->image.shape.width, d->image.shape.height);
	memset(d->image.data, before, d->image.stride * d->image.shape.height);
}

static int decode(const struct codec *codec, struct decoder *decoder,
	const struct codec_request *request, const struct fuzz_wish *wish, struct fuzz_decoded *d)
{
	int code = codec->start(decoder, request, &d->delivery, &d->fault);

	if (code)
		return code;
	check_delivery(d);
	make_room(d, wish->before);
	return take_rows(codec, decoder, 1 + wish->where % 7, d);
}

static void check_memory(const struct codec *codec, const struct codec_request *request,
	uint64_t more, const struct fuzz_decoded *d)
{
	uint64_t estimate = codec->decode_estimate(&d->facts, request);
	uint64_t pixels = d->image.data ? shape_bytes(&d->image.shape) : 0;

	fuzz_check(fuzz_memory_peak() <= estimate + pixels + more,
		"%llu bytes taken; %llu estimated, %llu of pixels, %llu beside",
		(unsigned long long)fuzz_memory_peak(), (unsigned long long)estimate,
		(unsigned long long)pixels, (unsigned long long)more);
}

void fuzz_decode(const struct codec *codec, struct decoder *decoder, struct bytes input,
	const struct fuzz_wish *wish, uint64_t more, struct fuzz_decoded *d)
{
	struct codec_request request = {.scale = wish->scale ? wish->scale : 8,
		.check_full = wish->check_full,
		.keep_damaged = wish->keep_damaged,
		.raw = wish->raw,
		.entropy = wish->entropy,
		.verify = wish->verify};

	*d = (struct fuzz_decoded){0};
	fuzz_memory_begin();
	d->code = codec->header(
		decoder, input.data, input.size, &fuzz_limits, &d->facts, &d->warnings, &d->fault);
	fuzz_check(fuzz_memory_peak() <= more, "%llu bytes taken for a header",
		(unsigned long long)fuzz_memory_peak());
	if (!d->code) {
		check_facts(&d->facts);
		request.rect = d->rect = draw_rect(&d->facts.shape, wish->where);
		request.sample = d->facts.shape.sample;
		d->code = decode(codec, decoder, &request, wish, d);
		check_memory(codec, &request, more, d);
	}
	check_verdict(d);
	if (d->code)
		fuzz_decoded_release(d);
}

void fuzz_decoded_release(struct fuzz_decoded *d)
{
	free(d->image.data);
	d->image.data = NULL;
}

void fuzz_check_same(const struct fuzz_decoded *a, const struct fuzz_decoded *b, const char *what)
{
	fuzz_check(a->code == b->code, "%s: %s: %s, and %s: %s", what, code_name(a->code),
		a->fault.detail, code_name(b->code), b->fault.detail);
	if (a->code)
		return;
	fuzz_check(a->warnings == b->warnings, "%s: %x and %x", what, a->warnings, b->warnings);
	fuzz_check(shape_same(&a->image.shape, &b->image.shape), "%s", what);
	fuzz_check(!memcmp(a->image.data, b->image.data, shape_bytes(&a->image.shape)), "%s", what);
}

void fuzz_check_part(const struct fuzz_decoded *whole, const struct fuzz_decoded *part)
{
	const struct rect *want = &part->rect, *got = &part->delivery.rect;
	size_t pixel = whole->image.stride / whole->image.shape.width;

	for (uint32_t y = want->y; y < want->y + want->height; y++)
		fuzz_check(!memcmp(image_row(&whole->image, y) + want->x * pixel,
				   image_row(&part->image, y - got->y) + (want->x - got->x) * pixel,
				   want->width * pixel),
			"row %u of %ux%u+%u+%u, decoded alone", y, want->width, want->height,
			want->x, want->y);
}

/* A decode that is given up halfway. */
static void abandon(
	const struct codec *codec, struct decoder *decoder, struct bytes input, uint64_t bits)
{
	struct fuzz_decoded d = {0};
	struct codec_request request = {.scale = 8};

	if (codec->header(decoder, input.data, input.size, &fuzz_limits, &d.facts, &d.warnings,
		    &d.fault) ||
		bits & 1)
		return;
	request.rect = draw_rect(&d.facts.shape, bits);
	request.sample = d.facts.shape.sample;
	codec->start(decoder, &request, &d.delivery, &d.fault);
}

/* With damage kept: a sound image is the same, of another whatever there is. */
static void check_kept(const struct codec *codec, struct decoder *decoder, struct bytes input,
	uint64_t more, const struct fuzz_decoded *whole)
{
	struct fuzz_wish wish = {.check_full = true, .keep_damaged = true};
	struct fuzz_decoded kept, again;

	fuzz_decode(codec, decoder, input, &wish, more, &kept);
	if (!whole->code)
		fuzz_check_same(whole, &kept, "damage is to be kept, and there is none");
	wish.before = 255;
	fuzz_decode(codec, decoder, input, &wish, more, &again);
	fuzz_check_same(&kept, &again, "damage kept twice");
	fuzz_decoded_release(&kept);
	fuzz_decoded_release(&again);
}

static void check_parts(const struct codec *codec, struct decoder *decoder, struct bytes input,
	uint64_t more, const struct fuzz_decoded *whole)
{
	struct fuzz_wish wish = {.where = hash64(input.data, input.size, 1) | 1};
	struct fuzz_decoded part;

	fuzz_decode(codec, decoder, input, &wish, more, &part);
	fuzz_check(whole->code || !part.code, "a part of a good image: %s", part.fault.detail);
	if (!whole->code)
		fuzz_check_part(whole, &part);
	fuzz_decoded_release(&part);
	wish.check_full = true;
	wish.scale = codec->scales ? 1 << (wish.where >> 8 & 3) : 8;
	fuzz_decode(codec, decoder, input, &wish, more, &part);
	fuzz_check(whole->code == part.code, "whole: %s: %s; a part, all checked: %s: %s",
		code_name(whole->code), whole->fault.detail, code_name(part.code),
		part.fault.detail);
	if (!whole->code && wish.scale == 8)
		fuzz_check_part(whole, &part);
	fuzz_decoded_release(&part);
}

void fuzz_codec(const struct codec *codec, struct bytes input, uint64_t more)
{
	struct decoder *decoder = codec->decoder_new();
	struct fuzz_wish wish = {.check_full = true};
	struct fuzz_decoded whole, again;

	fuzz_check(decoder, "no decoder");
	fuzz_decode(codec, decoder, input, &wish, more, &whole);
	abandon(codec, decoder, input, hash64(input.data, input.size, 2));
	wish.before = 255;
	fuzz_decode(codec, decoder, input, &wish, more, &again);
	fuzz_check_same(&whole, &again, "decoded twice");
	fuzz_decoded_release(&again);
	check_parts(codec, decoder, input, more, &whole);
	check_kept(codec, decoder, input, more, &whole);
	fuzz_decoded_release(&whole);
	codec->decoder_free(decoder);
}
