/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the JPEG decoder share.
 *
 *	jpeg_markers.c  walks the markers: limits, metadata, the true end
 *	jpeg_source.c   hands libjpeg the bytes, and remembers when it asked for more than there are
 *	jpeg_verdict.c  says which of libjpeg's warnings are harmless and which mean damage
 *	jpeg_header.c   header(): facts
 *	jpeg_decode.c   start(), rows(), finish()
 *	jpeg_cmyk.c     CMYK to RGB
 *	jpeg_entropy.c  Huffman decoding in the library's place
 *	jpeg_scans.c    the same for progressive images
 *	jpeg_blocks.c   inverse DCT in the library's place
 *	jpeg_verify.c   compares it with the library's own
 *
 * The libjpeg object is made anew for each image. Reusing it would save some microseconds, but it keeps
 * quantisation and Huffman tables from image to image, and a damaged file that lacks its own would be
 * decoded with its neighbour's: the same file could then give different pixels in different runs.
 */
#ifndef CODEC_JPEG_DECODER_H
#define CODEC_JPEG_DECODER_H

#include "codec/codec.h"
#include "codec/jpeg_cmyk.h"
#include "codec/jpeg_entropy.h"
#include "codec/jpeg_markers.h"
#include "codec/jpeg_trap.h"
#include "codec/jpeg_verify.h"

struct jpeg_source {
	struct jpeg_source_mgr manager; /* first: libjpeg hands back a pointer to it */
	bool exhausted; /* libjpeg asked for bytes behind the input's end */
	struct jpeg_blocks
		*blocks; /* borrowed: whose the image's inverse DCT is; NULL: the library's */
};

struct jpeg_decoder {
	struct jpeg_decompress_struct jpeg;
	bool created; /* jpeg holds something to destroy */
	struct jpeg_trap trap;
	struct jpeg_source source;
	struct jpeg_markers markers;

	struct bytes input; /* borrowed from header() on */
	struct codec_limits limits;
	uint32_t *warnings; /* the caller's, from header() on */
	uint32_t harmless; /* warnings so far */
	bool keep_damaged, check_full;
	uint32_t rows_left; /* of the delivery */

	uint8_t *icc; /* owned: a profile of several parts, put together */
	size_t icc_room;
	struct bytes profile; /* of a CMYK image, for the conversion; size 0: none */
	struct jpeg_cmyk *cmyk; /* owned, made when first needed */
	bool verifying; /* the image at hand */
	struct jpeg_verify *verify; /* owned, made when first used */
	struct jpeg_entropy *entropy; /* owned, made when first used */
	uint8_t *scratch; /* owned: one row of libjpeg's, before conversion or thrown away */
	size_t scratch_room;
};

/* All three set the trap themselves. */
int jpeg_decoder_header(struct decoder *decoder, const uint8_t *bytes, size_t size,
	const struct codec_limits *limits, struct codec_facts *facts, uint32_t *warnings,
	struct fault *fault);
int jpeg_decoder_start(struct decoder *decoder, const struct codec_request *request,
	struct codec_delivery *delivery, struct fault *fault);
int jpeg_decoder_rows(
	struct decoder *decoder, const struct image *strip, uint32_t *got, struct fault *fault);
int jpeg_decoder_finish(struct decoder *decoder, struct fault *fault);
uint64_t jpeg_decoder_estimate(
	const struct codec_facts *facts, const struct codec_request *request);
struct decoder *jpeg_decoder_new(void);
void jpeg_decoder_free(struct decoder *decoder);

/* Makes source read from input. */
void jpeg_source_init(struct jpeg_source *source, struct bytes input);
/* Whether a manager is a struct jpeg_source: then all of its bytes are in memory, and it never suspends. */
bool jpeg_source_is_ours(const struct jpeg_source_mgr *manager);
/* libjpeg's emit_message. */
void jpeg_verdict_on_message(j_common_ptr common, int level);
/* The trapped failure as the caller sees it; cut files are told from damaged ones. */
int jpeg_verdict(const struct jpeg_decoder *decoder, struct fault *fault);
/* The image ends too early: E_TRUNCATED, or 0 and a warning when damage is to be kept. */
int jpeg_verdict_cut(struct jpeg_decoder *decoder, struct fault *fault, const char *detail);

static inline struct jpeg_decoder *jpeg_decoder_of(struct decoder *decoder)
{
	return (struct jpeg_decoder *)decoder;
}

static inline bool jpeg_decoder_is_cmyk(const struct jpeg_decoder *d)
{
	return d->jpeg.jpeg_color_space == JCS_CMYK || d->jpeg.jpeg_color_space == JCS_YCCK;
}

#endif
