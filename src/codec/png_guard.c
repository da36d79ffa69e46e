/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpng behind a guard: it never prints, never allocates past the limits, and its messages become verdicts.
 *
 * libpng gives its messages no numbers, so their texts are looked at: the chunk that a message begins with,
 * and a few words. A text that is not known stays an error, or a harmless warning outside image data. What it calls benign in IDAT is not: it would pass over a wrong Adler checksum.
 */
#include "codec/png_decoder.h"

#include <stdlib.h>
#include <string.h>

_Noreturn static void on_error(png_structp png, png_const_charp text)
{
	struct png_decoder *d = png_get_error_ptr(png);

	fault_set(&d->trapped, strstr(text, "ut of memory") ? IMGBATCH_E_NOMEM : IMGBATCH_E_CORRUPT,
		"%s", text);
	png_guard_jump(d);
}

/*
 * libpng stops unpacking text at the limit and calls it "truncated", as it does a stream that is cut. Deflate
 * makes at most 1032 bytes of one: a chunk that is too small for a bomb was cut, and any other is refused.
 */
static bool is_text_bomb(const struct png_decoder *d, const char *text)
{
	return (!strncmp(text, "zTXt", 4) || !strncmp(text, "iTXt", 4)) &&
		strstr(text, "truncated") && d->chunks.packed_text > d->limits.max_profile / 1032;
}

static bool is_limit(const char *text)
{
	/* Of a profile's inflated size libpng 1.6.39 says the first, 1.6.59 the second. */
	return strstr(text, "exceeds application limits") || strstr(text, "profile too long") ||
		strstr(text, "chunk data is too large") ||
		strstr(text, "no space in chunk cache") || strstr(text, "insufficient memory") ||
		strstr(text, "ut of memory");
}

/* Image data behind the last row is odd, but no pixel depends on it. */
static bool is_surplus(const char *text)
{
	return strstr(text, "xtra compressed data") || strstr(text, "oo much image data") ||
		strstr(text, "oo many IDAT");
}

static void on_warning(png_structp png, png_const_charp text)
{
	struct png_decoder *d = png_get_error_ptr(png);
	bool crc = strstr(text, "CRC error") != NULL;

	if (d->in_header && (is_limit(text) || is_text_bomb(d, text)))
		d->over_limit = true;
	if (d->over_limit) {
		fault_set(&d->trapped, IMGBATCH_E_LIMIT_CHUNKS, "%s", text);
		png_guard_jump(d);
	}
	if (!strncmp(text, "IDAT", 4) && !is_surplus(text)) {
		fault_set(&d->trapped, IMGBATCH_E_CORRUPT, "%s", text);
		png_guard_jump(d);
	}
	*d->warnings |= crc ? IMGBATCH_W_CRC : IMGBATCH_W_CHUNK;
	if (++d->harmless >= d->limits.max_warnings) {
		fault_set(&d->trapped, IMGBATCH_E_CORRUPT, "%u warnings, the last: %s", d->harmless,
			text);
		png_guard_jump(d);
	}
}

static void on_read(png_structp png, png_bytep to, size_t size)
{
	struct png_decoder *d = png_get_io_ptr(png);

	if (size > d->input.size - d->at) {
		d->exhausted = true;
		png_error(png, "the file ends too early");
	}
	if (d->at > d->row_end && d->at < d->chunks.data_end) {
		d->over_limit = true;
		png_error(png, "too much image data for its rows");
	}
	memcpy(to, d->input.data + d->at, size);
	d->at += size;
}

/*
 * Text and profiles together may take four times what one of them may; freed memory still counts, since
 * only the header's work is bounded so.
 */
static png_voidp on_malloc(png_structp png, png_alloc_size_t size)
{
	struct png_decoder *d = png_get_mem_ptr(png);

	if (d->in_header) {
		d->allocated += size;
		if (d->allocated > 4 * d->limits.max_profile + (1 << 20)) {
			d->over_limit = true;
			return NULL;
		}
	}
	return malloc(size);
}

static void on_free(png_structp png, png_voidp memory)
{
	(void)png;
	free(memory);
}

bool png_guard_open(struct png_decoder *d)
{
	d->png = png_create_read_struct_2(
		PNG_LIBPNG_VER_STRING, d, on_error, on_warning, d, on_malloc, on_free);
	if (!d->png)
		return false;
	d->info = png_create_info_struct(d->png);
	if (!d->info)
		return false;
	png_set_read_fn(d->png, d, on_read);
	png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_chunk_cache_max(d->png, d->limits.max_chunks);
	png_set_chunk_malloc_max(d->png, d->limits.max_profile);
	return true;
}

void png_guard_close(struct png_decoder *d)
{
	png_destroy_read_struct(&d->png, &d->info, NULL);
}

int png_guard_verdict(const struct png_decoder *d, struct fault *fault)
{
	if (d->over_limit)
		return fault_set(fault, IMGBATCH_E_LIMIT_CHUNKS, "%s", d->trapped.detail);
	if (!d->exhausted)
		return fault_set(fault, d->trapped.code, "%s", d->trapped.detail);
	if (d->in_header)
		return fault_set(fault, IMGBATCH_E_TRUNCATED, "ends in the header, in chunk %s",
			d->chunks.last);
	return fault_set(fault, IMGBATCH_E_TRUNCATED, "ends in chunk %s, row %u of %u",
		d->chunks.last, d->next, d->shape.height);
}
