/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/png_write.h"

#include "codec/icc.h"

#include <string.h>

#include <libdeflate.h>

enum { FRAME_SIZE = 12 /* length, type, CRC */ };

static const uint8_t signature[8] = {137, 'P', 'N', 'G', 13, 10, 26, 10};
static const uint8_t profile_name[] = "ICC profile\0"; /* and its method: deflate */
static const uint8_t xmp_head[] = "XML:com.adobe.xmp\0\0\0\0"; /* not compressed, no language */

uint64_t png_write_bound(const struct shape *shape, const struct metadata *metadata)
{
	uint64_t data = libdeflate_zlib_compress_bound(
		NULL, (shape_row_size(shape) + 1) * (size_t)shape->height);
	uint64_t extra = 256; /* signature, IHDR, pHYs, IEND, frames and heads of the rest */

	if (metadata)
		extra += libdeflate_zlib_compress_bound(NULL, metadata->icc.size) +
			metadata->exif.size + metadata->xmp.size;
	if (metadata && metadata->form)
		extra += metadata->form->palette.size + metadata->form->transparency.size;
	return data + (data / PNG_DATA_MAX + 1) * FRAME_SIZE + extra;
}

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Room for so many bytes, now part of the file; NULL when there is none. */
static uint8_t *take(struct png_writer *w, size_t size)
{
	uint8_t *at = w->out + w->size;

	if (w->full || size > w->room - w->size) {
		w->full = true;
		return NULL;
	}
	w->size += size;
	return at;
}

/* Length, type and checksum around a body that stands at chunk + 8. */
static void frame(uint8_t *chunk, const char *type, size_t size)
{
	put32(chunk, (uint32_t)size);
	memcpy(chunk + 4, type, 4);
	put32(chunk + 8 + size, libdeflate_crc32(0, chunk + 4, size + 4));
}

/* A chunk of two parts. */
static void put_chunk(struct png_writer *w, const char *type, struct bytes head, struct bytes body)
{
	uint8_t *chunk = take(w, FRAME_SIZE + head.size + body.size);

	if (!chunk)
		return;
	memcpy(chunk + 8, head.data, head.size);
	if (body.size)
		memcpy(chunk + 8 + head.size, body.data, body.size);
	frame(chunk, type, head.size + body.size);
}

static void put_ihdr(struct png_writer *w, const struct shape *shape, const struct codec_form *form)
{
	static const uint8_t color_types[] = {0, 0, 4, 2, 6};
	uint8_t ihdr[13] = {0};

	put32(ihdr, shape->width);
	put32(ihdr + 4, shape->height);
	ihdr[8] = shape->sample == SAMPLE_U16 ? 16 : 8;
	if (form && form->bits)
		ihdr[8] = form->bits;
	ihdr[9] = shape->indexed ? 3 : color_types[shape->channels];
	put_chunk(w, "IHDR", (struct bytes){ihdr, sizeof ihdr}, (struct bytes){.size = 0});
}

/* What libpng asks of a profile before it accepts one, beyond icc_checked(). */
static bool is_readable(struct bytes icc)
{
	const uint8_t *at = icc.data;

	if (at[8] > 3 && icc.size & 3)
		return false;
	if (at[64] || at[65]) /* the rendering intent has 16 bits */
		return false;
	if (!memcmp(at + 12, "abst", 4) || !memcmp(at + 12, "link", 4))
		return false;
	return !memcmp(at + 20, "XYZ ", 4) || !memcmp(at + 20, "Lab ", 4);
}

/*
 * Deflates to the end of the file, leaving `before` bytes for what stands in front; returns where that begins.
 * NULL when it does not fit. libdeflate wants some bytes more than it fills: it gets all that there are.
 */
static uint8_t *deflate_behind(struct png_writer *w, size_t before, struct bytes from,
	struct libdeflate_compressor *compressor, size_t *size)
{
	uint8_t *at = w->out + w->size;

	*size = 0;
	if (!w->full && w->room - w->size > before)
		*size = libdeflate_zlib_compress(
			compressor, from.data, from.size, at + before, w->room - w->size - before);
	w->full = w->full || !*size;
	return w->full ? NULL : at;
}

static void put_icc(
	struct png_writer *w, struct bytes icc, struct libdeflate_compressor *compressor)
{
	const size_t head = sizeof profile_name;
	size_t size;
	uint8_t *chunk = deflate_behind(w, 8 + head, icc, compressor, &size);

	if (!chunk || !take(w, FRAME_SIZE + head + size))
		return;
	memcpy(chunk + 8, profile_name, head);
	frame(chunk, "iCCP", head + size);
}

static void put_density(struct png_writer *w, uint32_t x, uint32_t y)
{
	uint8_t body[9];

	put32(body, x);
	put32(body + 4, y);
	body[8] = 1; /* pixels per metre */
	put_chunk(w, "pHYs", (struct bytes){body, sizeof body}, (struct bytes){.size = 0});
}

static void put_form(struct png_writer *w, const struct codec_form *form)
{
	if (form->palette.size)
		put_chunk(w, "PLTE", form->palette, (struct bytes){.size = 0});
	if (form->transparency.size)
		put_chunk(w, "tRNS", form->transparency, (struct bytes){.size = 0});
}

void png_write_header(struct png_writer *w, const struct shape *shape,
	const struct metadata *metadata, struct libdeflate_compressor *compressor)
{
	struct bytes icc = icc_checked(metadata->icc, icc_space_of(shape->channels));
	uint8_t *at = take(w, sizeof signature);

	if (at)
		memcpy(at, signature, sizeof signature);
	put_ihdr(w, shape, metadata->form);
	if (icc.size && is_readable(icc))
		put_icc(w, icc, compressor);
	if (metadata->form)
		put_form(w, metadata->form);
	if (metadata->exif.size)
		put_chunk(w, "eXIf", metadata->exif, (struct bytes){.size = 0});
	if (metadata->density_x && metadata->density_y)
		put_density(w, metadata->density_x, metadata->density_y);
	if (metadata->xmp.size)
		put_chunk(w, "iTXt", (struct bytes){xmp_head, sizeof xmp_head}, metadata->xmp);
}

/*
 * Makes chunks of a stream that stands where the first one's body belongs. The last piece moves first, to where
 * all the frames before it will have made room.
 */
static void cut(uint8_t *stream, size_t size)
{
	for (size_t i = (size - 1) / PNG_DATA_MAX + 1; i-- > 0;) {
		const size_t from = i * PNG_DATA_MAX;
		const size_t length = size - from < PNG_DATA_MAX ? size - from : PNG_DATA_MAX;
		uint8_t *body = stream + from + i * FRAME_SIZE;

		memmove(body, stream + from, length);
		frame(body - 8, "IDAT", length);
	}
}

void png_write_image_data(
	struct png_writer *w, struct bytes filtered, struct libdeflate_compressor *compressor)
{
	size_t size;
	uint8_t *chunk = deflate_behind(w, 8, filtered, compressor, &size);

	if (chunk && take(w, size + ((size - 1) / PNG_DATA_MAX + 1) * FRAME_SIZE))
		cut(chunk + 8, size);
}

void png_write_end_chunk(struct png_writer *w)
{
	put_chunk(w, "IEND", (struct bytes){signature, 0}, (struct bytes){.size = 0});
}
