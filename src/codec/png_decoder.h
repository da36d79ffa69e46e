/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the PNG decoder share.
 *
 *	png_chunks.c  walks the chunks: limits, metadata, the true end
 *	png_guard.c   libpng's errors, warnings, reads and allocations, turned into verdicts and bounds
 *	png_header.c  header(): facts
 *	png_decode.c  start(), rows(), finish()
 *	png_inflate.c rows of plain files, without libpng
 *	png_in_place.c those rows decoded where they lie, and held against another file's
 */
#ifndef CODEC_PNG_DECODER_H
#define CODEC_PNG_DECODER_H

#include "codec/codec.h"
#include "codec/png_chunks.h"

#include <setjmp.h>

#include <png.h>

/* A whole image inflated. rows NULL: rows come from libpng. */
struct png_inflated {
	struct libdeflate_decompressor *decompressor; /* owned; made when first needed, then kept */
	uint8_t *memory; /* owned: a row of zeros, and behind it */
	size_t room; /* bytes of memory */
	bool lent; /* rows are looked at until the next image: memory is kept */
	uint8_t *rows; /* the image: rows of 1 + size bytes, filtered until they are handed over */
	const uint8_t *above; /* the row above the next one: in memory or where it was handed to */
	size_t size;
	unsigned bpp;
	uint32_t end; /* no row from here on is unfiltered before its turn */
	uint32_t ready; /* rows below this number are unfiltered, some of them before their turn */
};

struct png_decoder {
	png_structp png; /* owned, with info: made anew for each image */
	png_infop info;
	jmp_buf jump; /* where libpng's errors land */
	struct fault trapped;
	struct png_chunks chunks;

	struct bytes input; /* borrowed from header() on */
	size_t at; /* what libpng has read of it */
	size_t row_end; /* where the image data of the row in hand must have ended */
	bool exhausted; /* libpng asked for more than there is */
	bool over_limit; /* libpng asked for more memory, or unpacked more, than the limits allow */
	bool in_header; /* ancillary data may still be allocated: bound it */
	uint64_t allocated; /* by libpng while in_header */

	struct codec_limits limits;
	uint32_t *warnings; /* the caller's, from header() on */
	uint32_t harmless; /* warnings so far */
	bool keep_damaged;

	struct shape shape; /* as the facts say, with the sample that was asked for */
	struct shape raw_shape; /* facts.raw */
	bool palette; /* rows of indices, mapped here */
	bool raw; /* samples are delivered as stored: indices are only checked */
	uint8_t colors[256][4]; /* RGBA; what the file does not define is opaque black */
	unsigned color_count;
	uint8_t stored_palette[256 *
		3]; /* PLTE and tRNS as libpng took them: facts.form has them */
	uint8_t stored_transparency[256];

	uint32_t next; /* the row that libpng delivers next */
	uint32_t first, last; /* the delivery's rows: [first, last) */
	bool damaged; /* decoding ended at a fault that is to be kept; rows from here on are zero */
	uint8_t *row; /* owned: one row as libpng delivers it */
	size_t row_room;
	uint8_t *whole; /* owned: an interlaced image as libpng delivers it; NULL: not interlaced */
	size_t whole_stride;
	struct png_inflated inflated;
	bool libpng_only; /* for tests, which hold the two ways of decoding against each other */
};

struct decoder *png_decoder_new(void);
void png_decoder_free(struct decoder *decoder);
int png_decoder_header(struct decoder *decoder, const uint8_t *bytes, size_t size,
	const struct codec_limits *limits, struct codec_facts *facts, uint32_t *warnings,
	struct fault *fault);
uint64_t png_decoder_estimate(const struct codec_facts *facts, const struct codec_request *request);
int png_decoder_start(struct decoder *decoder, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault);
int png_decoder_rows(
	struct decoder *decoder, const struct image *strip, uint32_t *got, struct fault *fault);
int png_decoder_finish(struct decoder *decoder, struct fault *fault);
extern const struct codec_in_place png_in_place;

/* Makes libpng's structs, with this decoder behind them. False when out of memory. Behind the trap. */
bool png_guard_open(struct png_decoder *decoder);
void png_guard_close(struct png_decoder *decoder);
/* Jumps out with decoder->trapped, which was filled before. */
_Noreturn static inline void png_guard_jump(struct png_decoder *decoder)
{
	longjmp(decoder->jump, 1);
}
/* The trapped failure as the caller sees it. */
int png_guard_verdict(const struct png_decoder *decoder, struct fault *fault);

/*
 * Inflates the image where the file is plain. False: it is not, or memory was short, and nothing has happened; libpng
 * may go on where it stands, behind the first IDAT's head.
 */
bool png_inflate(struct png_decoder *decoder);
/* Row y, the one behind the last: into `to`, or where it lies (NULL). It must stay there until the next or settle. */
const uint8_t *png_inflated_row(struct png_inflated *inflated, uint32_t y, uint8_t *to);
/* Before row y: the rows that were handed over are the caller's again. */
void png_inflated_settle(struct png_inflated *inflated, uint32_t y);
/* There are no rows any more. Frees their memory, but for what is lent. */
void png_inflated_drop(struct png_inflated *inflated);
/* What was lent is no longer looked at. Keeps memory that the next image may fit into. */
void png_inflated_end_loan(struct png_inflated *inflated);
void png_inflated_free(struct png_inflated *inflated);
/* The most that it takes of an image like this; 0: such are left to libpng. */
uint64_t png_inflate_estimate(const struct codec_facts *facts);

static inline struct png_decoder *png_decoder_of(struct decoder *decoder)
{
	return (struct png_decoder *)decoder;
}

#endif
