/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file's pixels as they are stored, in the memory of whoever reads, and brought to one form with another's.
 * A reader belongs to one thread at a time.
 */
#ifndef COMPARE_PICTURE_H
#define COMPARE_PICTURE_H

#include "base/fault.h"
#include "base/pool.h"
#include "codec/codec.h"

/* Decoders and buffers, kept from picture to picture. */
struct reader {
	struct pool *pool; /* owned */
	struct decoder *decoder[CODEC_COUNT]; /* owned, made when first needed */
	struct codec_limits limits;
};

int reader_init(struct reader *reader, uint64_t max_pixels, struct fault *fault);
void reader_release(struct reader *reader);
/* Everything read is gone; what is kept of its memory is bounded. */
void reader_reset(struct reader *reader);

/* How far a file is read. */
enum reading {
	READING_HEADER,
	READING_STORED, /* checked to its end; rows may be left undecoded where the codec knows a short cut for two of them */
	READING_PIXELS,
};

struct picture {
	struct bytes file; /* borrowed */
	struct codec_facts
		facts; /* borrowed from the reader until the next picture of this codec */
	struct image image; /* the reader's, until it is reset; data NULL: header only */
	struct decoder *
		undecoded; /* borrowed: what has the image's rows, all to be decoded; NULL: they are */
	uint32_t warnings;
};

/* picture stays where it is for as long as it is used. E_EMPTY, E_NOT_IMAGE, or what the codec says. */
int picture_read(struct reader *reader, struct bytes file, enum reading reading,
	struct picture *picture, struct fault *fault);
/* Decodes what picture_read() left undecoded. */
int picture_decode(struct picture *picture, struct fault *fault);
/* The form that holds both: colour where one has it, alpha likewise, the deeper samples. Size is a's. */
struct shape picture_common(const struct shape *a, const struct shape *b);
/*
 * in, brought to a form that holds it: grey to colours, opaque alpha, 8 bits times 257. out is in itself where nothing
 * changes, else from the pool.
 */
int picture_widen(struct pool *pool, const struct image *in, const struct shape *form,
	struct image *out, struct fault *fault);
/* A packed image of this shape, in the pool. */
int picture_take(
	struct pool *pool, const struct shape *shape, struct image *image, struct fault *fault);
/* A sample in the image's own levels. */
uint32_t picture_level(const struct image *image, uint32_t x, uint32_t y, unsigned channel);
uint32_t picture_peak(const struct shape *shape);

#endif
