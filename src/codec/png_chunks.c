/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/png_chunks.h"

#include <string.h>

#include <libdeflate.h>

enum {
	SIGNATURE_SIZE = 8,
	FRAME_SIZE = 12, /* length, type, CRC */
	IHDR_SIZE = 13,
	LENGTH_MAX = 0x7fffffff, /* of any chunk */
};

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool png_chunk_is(const struct png_chunk *chunk, const char *type)
{
	return !memcmp(chunk->type, type, 4);
}

bool png_chunk_next(struct bytes input, size_t *at, struct png_chunk *chunk)
{
	size_t left = input.size - *at;
	uint32_t length;

	if (left < 8)
		return false;
	length = be32(input.data + *at);
	chunk->type = input.data + *at + 4;
	chunk->whole = left >= FRAME_SIZE && length <= left - FRAME_SIZE;
	chunk->body = (struct bytes){input.data + *at + 8, chunk->whole ? length : left - 8};
	*at = chunk->whole ? *at + FRAME_SIZE + length : input.size;
	return true;
}

bool png_chunk_intact(const struct png_chunk *chunk)
{
	return libdeflate_crc32(0, chunk->type, chunk->body.size + 4) ==
		be32(chunk->body.data + chunk->body.size);
}

static bool crc_matches(struct png_chunks *chunks, const struct png_chunk *chunk)
{
	bool same = png_chunk_intact(chunk);

	if (!same)
		chunks->bad_crc = true;
	return same;
}

/* iTXt: keyword, NUL, compressed flag, method, language, NUL, translated keyword, NUL, text. */
static struct bytes xmp_of(struct bytes body)
{
	static const char keyword[] = "XML:com.adobe.xmp";
	const struct bytes none = {.size = 0};
	const uint8_t *at = body.data + sizeof keyword + 2, *end = body.data + body.size;

	if (body.size < sizeof keyword + 4 || memcmp(body.data, keyword, sizeof keyword) != 0 ||
		body.data[sizeof keyword] != 0)
		return none;
	for (int i = 0; i < 2 && at; i++) {
		at = memchr(at, 0, (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return at ? (struct bytes){at, (size_t)(end - at)} : none;
}

static void note_density(struct png_chunks *chunks, struct bytes body)
{
	if (body.size != 9 || body.data[8] != 1)
		return; /* an aspect ratio, no size */
	chunks->density_x = be32(body.data);
	chunks->density_y = be32(body.data + 4);
}

static void note_chunk(struct png_chunks *chunks, const struct png_chunk *chunk)
{
	bool text = png_chunk_is(chunk, "zTXt") || png_chunk_is(chunk, "iTXt");

	if (text && chunk->body.size > chunks->packed_text)
		chunks->packed_text = chunk->body.size;
	if (png_chunk_is(chunk, "iCCP"))
		chunks->has_icc = true;
	else if (png_chunk_is(chunk, "acTL"))
		chunks->animated = true;
	else if (png_chunk_is(chunk, "tRNS"))
		(void)crc_matches(chunks, chunk); /* libpng tells what it says */
	else if (png_chunk_is(chunk, "pHYs") && crc_matches(chunks, chunk))
		note_density(chunks, chunk->body);
	else if (png_chunk_is(chunk, "eXIf") && crc_matches(chunks, chunk))
		chunks->exif = chunk->body;
	else if (png_chunk_is(chunk, "iTXt") && !chunks->xmp.size && crc_matches(chunks, chunk))
		chunks->xmp = xmp_of(chunk->body);
}

static int check_kept(
	const struct png_chunks *chunks, const struct codec_limits *limits, struct fault *fault)
{
	if (chunks->kept > limits->max_chunks)
		return fault_set(fault, IMGBATCH_E_LIMIT_CHUNKS,
			"more than %u chunks beside the image data", limits->max_chunks);
	if (chunks->exif.size > limits->max_profile || chunks->xmp.size > limits->max_profile)
		return fault_set(fault, IMGBATCH_E_LIMIT_CHUNKS,
			"a text or EXIF block of more than %llu bytes",
			(unsigned long long)limits->max_profile);
	return 0;
}

/*
 * In front of the image data, where libpng reads. It bounds a chunk's length, too, but by words and for kinds that change from
 * version to version.
 */
static int check_length(const struct png_chunks *chunks, const struct png_chunk *chunk,
	const struct codec_limits *limits, struct fault *fault)
{
	uint32_t length = be32(chunk->type - 4);

	if (chunks->data_end || length <= limits->max_profile || length > LENGTH_MAX)
		return 0;
	return fault_set(
		fault, IMGBATCH_E_LIMIT_CHUNKS, "%s: chunk data is too large", chunks->last);
}

static int read_header(struct png_chunks *chunks, struct bytes input,
	const struct codec_limits *limits, struct fault *fault)
{
	const uint8_t *ihdr = input.data + SIGNATURE_SIZE + 8;

	if (input.size < SIGNATURE_SIZE + FRAME_SIZE + IHDR_SIZE)
		return fault_set(fault, IMGBATCH_E_TRUNCATED, "ends in the header");
	if (be32(ihdr - 8) != IHDR_SIZE || memcmp(ihdr - 4, "IHDR", 4) != 0)
		return fault_set(fault, IMGBATCH_E_CORRUPT, "does not begin with an IHDR chunk");
	chunks->width = be32(ihdr);
	chunks->height = be32(ihdr + 4);
	chunks->depth = ihdr[8];
	chunks->color_type = ihdr[9];
	chunks->interlace = ihdr[12];
	if (limits->max_pixels && (uint64_t)chunks->width * chunks->height > limits->max_pixels)
		return fault_set(fault, IMGBATCH_E_LIMIT_PIXELS, "%u x %u pixels", chunks->width,
			chunks->height);
	return 0;
}

int png_chunks_walk(struct png_chunks *chunks, struct bytes input,
	const struct codec_limits *limits, struct fault *fault)
{
	size_t at = SIGNATURE_SIZE;
	struct png_chunk chunk;
	int code;

	memset(chunks, 0, sizeof *chunks);
	code = read_header(chunks, input, limits, fault);
	while (!code && png_chunk_next(input, &at, &chunk)) {
		memcpy(chunks->last, chunk.type, 4);
		if (png_chunk_is(&chunk, "IDAT"))
			chunks->data_end = at;
		code = check_length(chunks, &chunk, limits, fault);
		if (code || !chunk.whole)
			return code;
		if (png_chunk_is(&chunk, "IDAT"))
			chunks->packed += chunk.body.size;
		if (png_chunk_is(&chunk, "IDAT") || png_chunk_is(&chunk, "fdAT"))
			continue;
		chunks->kept++;
		note_chunk(chunks, &chunk);
		if (png_chunk_is(&chunk, "IEND")) {
			chunks->end = at;
			return check_kept(chunks, limits, fault);
		}
		code = check_kept(chunks, limits, fault);
	}
	return code;
}
