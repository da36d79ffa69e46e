/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PNG's chunks, written into the caller's buffer. Deflate is libdeflate's: it packs a whole image at once, and
 * makes the same bytes on every machine.
 *
 * Functions write nothing once the buffer was too small: `full` says so, to be asked at the end. One thread.
 */
#ifndef CODEC_PNG_WRITE_H
#define CODEC_PNG_WRITE_H

#include "codec/codec.h"

struct libdeflate_compressor;

struct png_writer {
	uint8_t *out; /* borrowed */
	size_t room, size;
	bool full; /* there was more to write than room */
};

/* Signature, IHDR, and what of the metadata there is (not NULL) and PNG can hold. */
void png_write_header(struct png_writer *w, const struct shape *shape,
	const struct metadata *metadata, struct libdeflate_compressor *compressor);
/* The filtered rows as IDAT chunks of PNG_DATA_MAX bytes. */
void png_write_image_data(
	struct png_writer *w, struct bytes filtered, struct libdeflate_compressor *compressor);
void png_write_end_chunk(struct png_writer *w);

/* The most that the three together write. */
uint64_t png_write_bound(const struct shape *shape, const struct metadata *metadata);

enum { PNG_DATA_MAX = 16 << 20 };

#endif
