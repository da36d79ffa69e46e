/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text is compared as it reads, so that a zTXt chunk equals the tEXt chunk it unpacks to. Order counts; where in the file
 * it stands does not.
 */
#include "compare/facts.h"

#include "codec/png_chunks.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 8 << 20 }; /* bytes of one text, unpacked */

static void add_difference(struct str *out, const char *format, const char *a, const char *b)
{
	if (out->length)
		str_add(out, "; ");
	str_addf(out, format, a, b);
}

static void compare_blocks(struct str *out, const char *what, struct bytes a, struct bytes b)
{
	char said[2][48];

	if (a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0))
		return;
	snprintf(said[0], sizeof said[0], a.size ? "%zu bytes" : "none", a.size);
	snprintf(said[1], sizeof said[1], b.size ? "%zu bytes" : "none", b.size);
	if (out->length)
		str_add(out, "; ");
	str_addf(out, "%s: %s against %s", what, said[0], said[1]);
	if (a.size == b.size)
		str_add(out, ", not the same");
}

static void compare_density(struct str *out, const struct metadata *a, const struct metadata *b)
{
	char said[2][48];

	if (a->density_x == b->density_x && a->density_y == b->density_y)
		return;
	snprintf(said[0], sizeof said[0], "%ux%u", a->density_x, a->density_y);
	snprintf(said[1], sizeof said[1], "%ux%u", b->density_x, b->density_y);
	add_difference(out, "density: %s against %s pixels a metre",
		a->density_x ? said[0] : "none", b->density_x ? said[1] : "none");
}

/* -- text ------------------------------------------------------------------------------------------------ */

/* Deflated text, or a note that it cannot be unpacked: that is text, too. */
static void add_unpacked(struct str *text, struct bytes packed)
{
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	char *room = malloc(TEXT_MOST);
	size_t size = 0;

	if (inflater && room &&
		libdeflate_zlib_decompress(inflater, packed.data, packed.size, room, TEXT_MOST,
			&size) == LIBDEFLATE_SUCCESS)
		str_add_bytes(text, room, size);
	else
		str_add(text, "(cannot be unpacked)");
	free(room);
	libdeflate_free_decompressor(inflater);
}

/* What is behind the next NUL. */
static struct bytes behind_nul(struct bytes from)
{
	const uint8_t *nul = from.size ? memchr(from.data, 0, from.size) : NULL;
	size_t gone = nul ? (size_t)(nul - from.data) + 1 : from.size;

	return (struct bytes){from.data + gone, from.size - gone};
}

static struct bytes skip(struct bytes from, size_t size)
{
	size = size < from.size ? size : from.size;
	return (struct bytes){from.data + size, from.size - size};
}

/* "Keyword: text\n"; XMP has its own place. (PNG specification, third edition, 11.3.3.) */
static void add_chunk(struct str *text, const struct png_chunk *chunk)
{
	struct bytes rest = behind_nul(chunk->body);
	size_t keyword = chunk->body.size - rest.size;
	bool packed = png_chunk_is(chunk, "zTXt");

	if (!packed && !png_chunk_is(chunk, "tEXt") && !png_chunk_is(chunk, "iTXt"))
		return;
	if (keyword == sizeof "XML:com.adobe.xmp" &&
		memcmp(chunk->body.data, "XML:com.adobe.xmp", keyword) == 0)
		return;
	str_add_bytes(text, chunk->body.data, keyword ? keyword - 1 : 0);
	str_add(text, ": ");
	if (packed)
		rest = skip(rest, 1);
	if (png_chunk_is(chunk, "iTXt")) {
		packed = rest.size && rest.data[0] == 1;
		rest = behind_nul(behind_nul(skip(rest, 2)));
	}
	if (packed)
		add_unpacked(text, rest);
	else
		str_add_bytes(text, rest.data, rest.size);
	str_add_char(text, '\n');
}

static void png_text(struct str *text, struct bytes file)
{
	struct png_chunk chunk;
	size_t at = 8; /* behind the signature */

	while (png_chunk_next(file, &at, &chunk))
		add_chunk(text, &chunk);
}

/* Comments before the first scan: marker FE and two bytes of length (ITU-T T.81, B.2.4.5). */
static void jpeg_text(struct str *text, struct bytes file)
{
	size_t at = 2;

	while (at + 4 <= file.size && file.data[at] == 0xFF && file.data[at + 1] != 0xDA) {
		size_t length = (size_t)file.data[at + 2] << 8 | file.data[at + 3];

		if (length < 2 || at + 2 + length > file.size)
			return;
		if (file.data[at + 1] == 0xFE) {
			str_add_bytes(text, file.data + at + 4, length - 2);
			str_add_char(text, '\n');
		}
		at += 2 + length;
	}
}

static void text_of(struct str *text, const struct picture *picture)
{
	if (picture->facts.codec == &codec_png)
		png_text(text, picture->file);
	else
		jpeg_text(text, picture->file);
}

static void compare_text(struct str *out, const struct picture *a, const struct picture *b)
{
	struct str text[2] = {STR_INIT, STR_INIT};

	text_of(&text[0], a);
	text_of(&text[1], b);
	compare_blocks(out, "text", (struct bytes){(const uint8_t *)text[0].text, text[0].length},
		(struct bytes){(const uint8_t *)text[1].text, text[1].length});
	str_release(&text[0]);
	str_release(&text[1]);
}

void facts_compare(struct str *out, const struct picture *expected, const struct picture *actual)
{
	const struct codec_facts *a = &expected->facts, *b = &actual->facts;

	if (a->orientation != b->orientation)
		str_addf(out, "%sorientation: %u against %u", out->length ? "; " : "",
			a->orientation, b->orientation);
	compare_blocks(out, "ICC profile", a->metadata.icc, b->metadata.icc);
	compare_density(out, &a->metadata, &b->metadata);
	compare_text(out, expected, actual);
	compare_blocks(out, "XMP", a->metadata.xmp, b->metadata.xmp);
}
