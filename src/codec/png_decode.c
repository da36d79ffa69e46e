/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a PNG. libpng delivers whole rows in order, so the delivery is as wide as the image; rows above the
 * wanted ones go into a scratch row. Palettes are looked up here and not by libpng, which takes whatever lies
 * behind a short palette's end for a colour.
 */
#include "codec/png_decoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of image data beyond what the next row can take: gaps between chunks, the stream's end, what libpng reads ahead. */
enum { SURPLUS_MAX = 64 << 10 };

uint64_t png_decoder_estimate(const struct codec_facts *facts, const struct codec_request *request)
{
	/* libpng keeps two rows, we one; inflate's window and tables, buffers. */
	uint64_t rows = 3 * (shape_row_size(&facts->shape) + 64), fixed = 128 << 10;

	(void)request;
	if (facts->whole)
		return rows + fixed + shape_bytes(&facts->shape);
	return rows + fixed + png_inflate_estimate(facts);
}

/* After this libpng delivers 8-bit indices, or channels of shape.sample. Behind the trap. */
static void set_transforms(struct png_decoder *d)
{
	int depth = png_get_bit_depth(d->png, d->info);

	if (d->palette || d->raw)
		png_set_packing(d->png);
	if (d->palette)
		return;
	if (png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_GRAY && depth < 8 && !d->raw)
		png_set_expand_gray_1_2_4_to_8(d->png);
	if (png_get_valid(d->png, d->info, PNG_INFO_tRNS) && !d->raw)
		png_set_tRNS_to_alpha(d->png);
	if (depth != 16)
		return;
	if (d->shape.sample == SAMPLE_U8)
		png_set_scale_16(d->png);
	else if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		png_set_swap(d->png);
}

/* Bytes of a row as libpng delivers it. */
static size_t raw_row_size(const struct png_decoder *d)
{
	return d->palette ? d->shape.width : shape_row_size(&d->shape);
}

/* Indices to colours. */
static void map_row(struct png_decoder *d, const uint8_t *from, uint8_t *to)
{
	unsigned channels = d->shape.channels;

	for (uint32_t x = 0; x < d->shape.width; x++, to += channels) {
		const uint8_t *color = d->colors[from[x]];

		to[0] = color[0];
		to[1] = color[1];
		to[2] = color[2];
		if (channels == 4)
			to[3] = color[3];
	}
}

/* An index past the palette's end has no colour. */
static void check_indices(struct png_decoder *d, const uint8_t *row)
{
	unsigned largest = 0;

	for (uint32_t x = 0; x < d->shape.width; x++)
		largest = row[x] > largest ? row[x] : largest;
	if (largest < d->color_count)
		return;
	if (!d->keep_damaged) {
		fault_set(&d->trapped, IMGBATCH_E_CORRUPT, "row %u has palette index %u of %u",
			d->next, largest, d->color_count);
		png_guard_jump(d);
	}
	*d->warnings |= IMGBATCH_W_DAMAGED;
}

/*
 * libpng's next row. With the last one it would inflate whatever image data lie behind it, a thousand times their size:
 * minutes for a file that is made for that. So no row may read more than could belong to it.
 */
static void read_libpng_row(struct png_decoder *d, uint8_t *to)
{
	d->row_end = d->at + (size_t)d->shape.width * 2 * 8 + SURPLUS_MAX;
	png_read_row(d->png, to, NULL);
}

/* All passes of an interlaced image. Behind the trap. */
static void read_whole(struct png_decoder *d, int passes)
{
	for (int pass = 0; pass < passes; pass++) {
		for (uint32_t y = 0; y < d->shape.height; y++)
			read_libpng_row(d, d->whole + d->whole_stride * y);
	}
}

/* The next row, into `to` (in the delivery's shape) or, where that is NULL, into nothing. Behind the trap. */
static void read_row(struct png_decoder *d, uint8_t *to)
{
	bool mapped = d->palette && !d->raw;
	uint8_t *direct = mapped ? NULL : to;
	const uint8_t *raw = direct ? direct : d->row;

	if (d->whole)
		raw = d->whole + d->whole_stride * d->next;
	else if (d->inflated.rows)
		raw = png_inflated_row(&d->inflated, d->next, direct);
	else
		read_libpng_row(d, direct ? direct : d->row);
	if (d->palette)
		check_indices(d, raw);
	if (mapped && to)
		map_row(d, raw, to);
	else if (d->whole && to)
		memcpy(to, raw, raw_row_size(d));
	d->next++;
}

/* A fault that is to be kept ends decoding, but not the image. */
static int stumble(struct png_decoder *d, struct fault *fault)
{
	int code = png_guard_verdict(d, fault);

	if (!d->keep_damaged || (code != IMGBATCH_E_TRUNCATED && code != IMGBATCH_E_CORRUPT))
		return code;
	if (fault)
		*fault = (struct fault){0};
	*d->warnings |= IMGBATCH_W_DAMAGED;
	d->damaged = true;
	return 0;
}

static int allocate(struct png_decoder *d, int passes, struct fault *fault)
{
	size_t row = raw_row_size(d);

	if (row > d->row_room) {
		uint8_t *larger = realloc(d->row, row);

		if (!larger)
			return fault_set(
				fault, IMGBATCH_E_NOMEM, "no memory for a row of %zu bytes", row);
		d->row = larger;
		d->row_room = row;
	}
	if (passes == 1)
		return 0;
	d->whole_stride = raw_row_size(d);
	d->whole = calloc(d->shape.height, d->whole_stride);
	if (!d->whole)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for an interlaced image");
	return 0;
}

/* Makes libpng ready to deliver rows; returns in how many passes. Behind the trap. */
static int start_libpng(struct png_decoder *d)
{
	int passes;

	/* Of a cut file libpng gives no row of a piece that it cannot read whole: let the pieces be small. */
	if (!d->chunks.end)
		png_set_compression_buffer_size(d->png, 16);
	set_transforms(d);
	passes = png_set_interlace_handling(d->png);
	png_start_read_image(d->png);
	return passes;
}

/* Behind the trap. */
static int start(struct png_decoder *d, struct fault *fault)
{
	int passes = png_inflate(d) ? 1 : start_libpng(d);
	int code = allocate(d, passes, fault);

	if (code)
		return code;
	if (d->whole)
		read_whole(d, passes);
	while (d->next < d->first) /* of a whole one only the indices are looked at */
		read_row(d, NULL);
	return 0;
}

int png_decoder_start(struct decoder *decoder, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault)
{
	struct png_decoder *d = png_decoder_of(decoder);
	const struct rect *rect = &request->rect;

	assert(rect->width && rect->height && rect->x + rect->width <= d->shape.width &&
		rect->y + rect->height <= d->shape.height);
	d->keep_damaged = request->keep_damaged;
	d->raw = request->raw;
	if (d->raw)
		d->shape = d->raw_shape;
	else
		d->shape.sample = request->sample;
	d->first = rect->y;
	d->last = rect->y + rect->height;
	*delivery = (struct codec_delivery){.scale = 8, .shape = d->shape};
	delivery->shape.height = rect->height;
	delivery->rect = (struct rect){0, rect->y, d->shape.width, rect->height};
	if (setjmp(d->jump)) {
		int code = stumble(d, fault);

		d->next = d->first;
		return code;
	}
	return start(d, fault);
}

/* Zeroes rows [from, to) of the strip. */
static void blank(const struct image *strip, uint32_t from, uint32_t to)
{
	for (uint32_t y = from; y < to; y++)
		memset(image_row(strip, y), 0, shape_row_size(&strip->shape));
}

int png_decoder_rows(
	struct decoder *decoder, const struct image *strip, uint32_t *got, struct fault *fault)
{
	struct png_decoder *d = png_decoder_of(decoder);
	const uint32_t begun = d->next, left = d->last - begun;
	const uint32_t want = strip->shape.height < left ? strip->shape.height : left;

	*got = 0;
	if (setjmp(d->jump)) {
		int code = stumble(d, fault);

		if (code)
			return code;
	}
	if (!d->damaged || d->whole) {
		while (d->next - begun < want)
			read_row(d, image_row(strip, d->next - begun));
		if (d->inflated.rows)
			png_inflated_settle(&d->inflated, d->next);
	}
	blank(strip, d->next - begun, want);
	d->next = begun + want;
	*got = want;
	return 0;
}

/*
 * What is left of the image data and behind it, asked for or not: the checksums of a PNG cover all of its data, and a
 * file that fails them is never called good. Behind the trap.
 */
static void read_rest(struct png_decoder *d)
{
	/* Inflated data are known to be good, all but indices. */
	while (d->next < d->shape.height && (d->palette || !d->inflated.rows))
		read_row(d, NULL);
	if (!d->inflated.rows)
		png_read_end(d->png, NULL);
}

static int finish(struct png_decoder *d, struct fault *fault)
{
	if (setjmp(d->jump))
		return stumble(d, fault);
	if (d->damaged)
		return 0;
	read_rest(d);
	if (!d->chunks.end) {
		d->exhausted = true;
		return stumble(d, fault);
	}
	if (d->chunks.end < d->input.size)
		*d->warnings |= IMGBATCH_W_TRAILING;
	return 0;
}

int png_decoder_finish(struct decoder *decoder, struct fault *fault)
{
	struct png_decoder *d = png_decoder_of(decoder);
	int code = finish(d, fault);

	png_inflated_drop(&d->inflated);
	return code;
}
