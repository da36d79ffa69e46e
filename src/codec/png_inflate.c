/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image data of a plain PNG, inflated at once by libdeflate, its rows unfiltered as they are handed over.
 *
 * Plain is a file of 8 bits a sample, not interlaced, that libpng would read without a word: chunk for chunk as
 * the specification has them, every checksum right, the stream neither short nor long. Header chunks libpng has
 * judged before. Of any other file nothing is taken from here: libpng reads it from its first IDAT on, and what it
 * says is the verdict. So a file's verdict, warnings and pixels are libpng's in either case.
 *
 * Where zlib would be stricter than libdeflate, with codes that no deflater writes (an unused length symbol, a code
 * of a single symbol that is not complete), checksums that agree with what libdeflate makes of them are trusted.
 */
#include "base/large.h"
#include "codec/png_decoder.h"
#include "kernels/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

enum {
	INFLATED_MAX =
		128 << 20, /* larger images are left to libpng, which holds a row at a time */
	KEPT_MAX = 64 << 20, /* of memory that was lent, from image to image */
	DECOMPRESSOR_SIZE = 16 << 10,
	BLOCK_MIN = 32566, /* as libpng has it, the shortest stored block that is not wasteful */
};

/* Bytes of the filtered image; 0: none that is inflated here. */
static uint64_t inflated_size(const struct shape *shape, bool palette)
{
	uint64_t row = palette ? shape->width : shape_row_size(shape);
	uint64_t size = (row + 1) * shape->height;

	return shape->sample == SAMPLE_U8 && size <= INFLATED_MAX ? size : 0;
}

/* The longest stream that is accepted, all data stored. */
static uint64_t packed_max(uint64_t size)
{
	return size + 6 + 5 * (size / BLOCK_MIN + 1);
}

uint64_t png_inflate_estimate(const struct codec_facts *facts)
{
	bool palette = facts->color && !strcmp(facts->color, "palette");
	uint64_t size = inflated_size(&facts->shape, palette);

	if (!size || facts->whole || facts->bits != 8 || facts->packed > packed_max(size))
		return 0;
	return shape_row_size(&facts->shape) + size + facts->packed + DECOMPRESSOR_SIZE;
}

/* Is this a file of the kind? */
static bool is_candidate(const struct png_decoder *d)
{
	bool transparent = png_get_valid(d->png, d->info, PNG_INFO_tRNS);

	return !d->libpng_only && d->chunks.end && png_get_bit_depth(d->png, d->info) == 8 &&
		png_get_interlace_type(d->png, d->info) == PNG_INTERLACE_NONE &&
		(d->palette || d->raw || !transparent);
}

/* A chunk behind the image data that libpng would pass over in silence. */
static bool is_quiet(const struct png_decoder *d, const struct png_chunk *chunk)
{
	for (int i = 0; i < 4; i++) {
		uint8_t letter = chunk->type[i] | 32;

		if (letter < 'a' || letter > 'z')
			return false;
	}
	if (png_chunk_is(chunk, "IDAT") || png_chunk_is(chunk, "IHDR"))
		return false;
	return chunk->body.size <= d->limits.max_profile &&
		(!png_chunk_is(chunk, "IEND") || !chunk->body.size);
}

/* The image data, which begin at `at`, and how many chunks they are. */
struct pieces {
	size_t at;
	uint64_t size;
	uint32_t count;
	uint8_t first; /* byte of the stream, which states its window */
};

/* Are all chunks from the first IDAT on in order? libpng has read as far as its type. */
static bool survey(const struct png_decoder *d, struct pieces *pieces)
{
	struct png_chunk chunk;
	size_t at = d->at - 8;
	bool behind = false;

	*pieces = (struct pieces){.at = at};
	while (at < d->chunks.end) {
		if (!png_chunk_next(d->input, &at, &chunk) || !chunk.whole ||
			!png_chunk_intact(&chunk))
			return false;
		behind = behind || !png_chunk_is(&chunk, "IDAT");
		if (behind && !is_quiet(d, &chunk))
			return false;
		if (behind)
			continue;
		if (!pieces->size && chunk.body.size)
			pieces->first = chunk.body.data[0];
		pieces->size += chunk.body.size;
		pieces->count++;
	}
	return pieces->size > 0;
}

/* The stream in one piece: where it lies, or joined in *joined, which the caller frees. NULL: out of memory. */
static const uint8_t *join(
	const struct png_decoder *d, const struct pieces *pieces, uint8_t **joined)
{
	struct png_chunk chunk;
	size_t at = pieces->at, done = 0;

	*joined = NULL;
	if (pieces->count == 1)
		return d->input.data + at + 8;
	*joined = malloc(pieces->size);
	for (uint32_t i = 0; i < pieces->count && *joined; i++) {
		png_chunk_next(d->input, &at, &chunk);
		memcpy(*joined + done, chunk.body.data, chunk.body.size);
		done += chunk.body.size;
	}
	return *joined;
}

/* zlib refuses what reaches behind the stated window, libdeflate only what reaches behind the beginning. */
static bool window_covers(uint8_t first, uint64_t size)
{
	return first >> 4 == 7 || (uint64_t)1 << ((first >> 4) + 8) >= size;
}

static bool filters_known(const uint8_t *rows, size_t row, uint32_t height)
{
	for (uint32_t y = 0; y < height; y++)
		if (rows[(row + 1) * y] >= PNG_FILTERS)
			return false;
	return true;
}

static bool inflate_into(
	struct png_decoder *d, uint8_t *out, size_t size, const struct pieces *pieces)
{
	uint8_t *joined;
	const uint8_t *stream = join(d, pieces, &joined);
	size_t used = 0;
	bool done = stream &&
		libdeflate_zlib_decompress_ex(d->inflated.decompressor, stream, pieces->size, out,
			size, &used, NULL) == LIBDEFLATE_SUCCESS &&
		used == pieces->size;

	free(joined);
	return done;
}

/* What an earlier image left may do. */
static bool make_room(struct png_inflated *f, size_t size)
{
	if (f->memory && f->room >= size)
		return true;
	free(f->memory);
	f->memory = large_alloc(size);
	f->room = f->memory ? size : 0;
	return f->memory != NULL;
}

bool png_inflate(struct png_decoder *d)
{
	struct png_inflated *f = &d->inflated;
	size_t row = d->palette ? d->shape.width : shape_row_size(&d->shape);
	size_t size = inflated_size(&d->shape, d->palette);
	struct pieces pieces;

	if (!size || !is_candidate(d) || !survey(d, &pieces) || pieces.size > packed_max(size) ||
		!window_covers(pieces.first, size))
		return false;
	if (!f->decompressor)
		f->decompressor = libdeflate_alloc_decompressor();
	if (!f->decompressor || !make_room(f, row + size))
		return false;
	memset(f->memory, 0, row);
	f->rows = f->memory + row;
	f->above = f->memory;
	f->size = row;
	f->bpp = d->palette ? 1 : d->shape.channels;
	f->end = d->shape.height;
	f->ready = 0;
	if (inflate_into(d, f->rows, size, &pieces) && filters_known(f->rows, row, d->shape.height))
		return true;
	png_inflated_drop(f);
	return false;
}

/* Whether the next rows are worth the way of four at once: some of them wait for the pixel before. */
static bool go_together(const struct png_inflated *f, uint32_t y, const uint8_t *raw)
{
	unsigned waiting = 0;

	if (y + PNG_TOGETHER > f->end)
		return false;
	for (size_t i = 0; i < PNG_TOGETHER; i++)
		waiting += raw[(f->size + 1) * i] >= PNG_AVERAGE;
	return waiting > 1;
}

/* Row y into out; where it goes faster together with the next ones, those in place. */
static void unfilter(struct png_inflated *f, uint32_t y, uint8_t *raw, uint8_t *out)
{
	const struct png_kernels *png = kernels()->png;
	const uint8_t *from[PNG_TOGETHER];
	uint8_t *to[PNG_TOGETHER], types[PNG_TOGETHER];

	if (!go_together(f, y, raw)) {
		png->unfilter(raw[0], raw + 1, f->above, f->size, f->bpp, out);
		f->ready = y + 1;
		return;
	}
	for (size_t i = 0; i < PNG_TOGETHER; i++, raw += f->size + 1) {
		types[i] = raw[0];
		from[i] = raw + 1;
		to[i] = i ? raw + 1 : out;
	}
	png->unfilter_four(types, from, f->above, f->size, f->bpp, to);
	f->ready = y + PNG_TOGETHER;
}

const uint8_t *png_inflated_row(struct png_inflated *f, uint32_t y, uint8_t *to)
{
	uint8_t *raw = f->rows + (f->size + 1) * y, *out = to ? to : raw + 1;

	if (y >= f->ready)
		unfilter(f, y, raw, out);
	else if (to)
		memcpy(to, raw + 1, f->size);
	f->above = out;
	return out;
}

void png_inflated_settle(struct png_inflated *f, uint32_t y)
{
	uint8_t *kept = y ? f->rows + (f->size + 1) * (y - 1) + 1 : f->memory;

	if (f->above != kept)
		memcpy(kept, f->above, f->size);
	f->above = kept;
}

void png_inflated_drop(struct png_inflated *f)
{
	f->rows = NULL;
	f->above = NULL;
	if (f->lent)
		return;
	free(f->memory);
	f->memory = NULL;
	f->room = 0;
}

void png_inflated_end_loan(struct png_inflated *f)
{
	f->lent = f->lent && f->room <= KEPT_MAX;
	png_inflated_drop(f);
	f->lent = false;
}

void png_inflated_free(struct png_inflated *f)
{
	f->lent = false;
	png_inflated_drop(f);
	libdeflate_free_decompressor(f->decompressor);
}
