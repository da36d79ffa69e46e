/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a PNG's chunks (PNG specification, third edition, section 5), without inflating anything.
 *
 * It says what limits need before libpng allocates, finds the metadata wherever they stand (EXIF and XMP may
 * follow the image data, where libpng would tell only after decoding), and whether the file is all there.
 * Any thread.
 */
#ifndef CODEC_PNG_CHUNKS_H
#define CODEC_PNG_CHUNKS_H

#include "codec/codec.h"

/* One chunk; body is what lies inside the input, which may be less than its length says. */
struct png_chunk {
	const uint8_t *type;
	struct bytes body;
	bool whole;
};

/* The chunk at *at, which moves behind it; false at the input's end. */
bool png_chunk_next(struct bytes input, size_t *at, struct png_chunk *chunk);
bool png_chunk_is(const struct png_chunk *chunk, const char *type);
/* Does its checksum match? Of a whole one. */
bool png_chunk_intact(const struct png_chunk *chunk);

struct png_chunks {
	uint32_t width, height;
	uint8_t depth, color_type, interlace; /* as IHDR has them, unchecked */

	struct bytes exif, xmp; /* inside the input */
	uint32_t density_x, density_y; /* pixels per metre; 0: not said */
	bool has_icc, animated, bad_crc; /* bad_crc: of a chunk whose content is told here */
	uint32_t kept; /* chunks that are not image data */
	uint64_t packed; /* bytes of image data, deflated */
	size_t data_end; /* behind the last of them, cut or not */
	size_t packed_text; /* bytes of the largest chunk of text that may be compressed */

	char last[5]; /* the type of the last chunk that was met */
	size_t end; /* behind IEND; 0: the file ends earlier */
};

/* E_TRUNCATED or E_CORRUPT when there is no header, or a limit. A missing end is no error here. */
int png_chunks_walk(struct png_chunks *chunks, struct bytes input,
	const struct codec_limits *limits, struct fault *fault);

#endif
