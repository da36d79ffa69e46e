/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codecs: bytes to rows, rows to bytes. One table row a format.
 *
 * Decoding one image is a short conversation with a decoder that lives as long as its worker:
 *
 *	codec_probe(bytes) ── which codec? NULL: not an image
 *	decoder_new ─┐
 *	             ├─► header(input, limits) ── facts: shape, orientation, metadata. Nothing big allocated yet
 *	             │   start(request) ───────── delivery: which rectangle at which scale will come
 *	             │   rows(strip) ... ──────── rows of the delivery, top to bottom, as many as fit
 *	             │   finish() ─────────────── the rest of the file is checked as the request says
 *	             └── (again from header; any call may stop early: the next header begins anew)
 *	decoder_free
 *
 * The caller says which rectangle it needs; the decoder answers with the one it will deliver, which holds the
 * wanted one and is at worst the whole image. Pixels inside the wanted rectangle are the same either way.
 * No codec prints, exits, or throws past its own call: all errors come back as a code and a fault.
 * A decoder and an encoder each belong to one thread (libjpeg-turbo detects SIMD per thread).
 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include "base/fault.h"
#include "codec/entropy.h"
#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds that hold before pixels are allocated. 0 in max_pixels is no bound. */
struct codec_limits {
	uint64_t max_pixels; /* width x height as stored; E_LIMIT_PIXELS */
	uint32_t max_scans; /* of a multi-scan JPEG; E_LIMIT_SCANS */
	uint32_t max_warnings; /* this many make E_CORRUPT */
	uint32_t max_chunks; /* PNG chunks or JPEG markers kept; E_LIMIT_CHUNKS */
	uint64_t
		max_profile; /* bytes of one profile, text or EXIF block, inflated; E_LIMIT_CHUNKS */
};

/* BEHAVIOUR's defaults: 100 Mpx, 100 scans, 100 warnings, 1000 chunks, 8 MiB. */
extern const struct codec_limits codec_default_limits;

struct bytes {
	const uint8_t *data;
	size_t size;
};

/*
 * How samples lie in a file, for images whose values are not colours but names (masks): they are kept as they are, neither
 * looked up in the palette nor spread to 8 bits. Borrowed as metadata is.
 */
struct codec_form {
	uint8_t bits; /* a sample, 1 .. 16; 0: not said, and the shape decides */
	struct bytes palette; /* RGB triples; size 0: none */
	struct bytes transparency; /* PNG's tRNS chunk; size 0: none */
};

/* What a file says beside its pixels. Borrowed from the decoder (or its input) until its next header(). */
struct metadata {
	struct bytes icc; /* an ICC profile; size 0: none */
	struct bytes exif; /* a TIFF block beginning with II or MM; size 0: none */
	struct bytes xmp; /* an XMP packet; size 0: none */
	uint32_t density_x, density_y; /* pixels per metre; 0: not said */
	const struct codec_form *form; /* to be encoded: of raw samples; NULL: as the shape says */
};

struct codec;

/* Header facts. Everything here is known before a pixel is decoded. */
struct codec_facts {
	const struct codec *codec;
	struct shape
		shape; /* stored size; channels as decoded; sample u8, or u16 for deeper files */
	uint8_t bits; /* stored bits a sample, 1 .. 16 */
	struct shape raw; /* as a raw request delivers it: samples as stored; of codecs that can */
	struct codec_form form; /* what a raw image is encoded with to be stored as it was */
	uint8_t orientation; /* EXIF, 1 .. 8; 1 when absent or invalid */
	bool whole; /* rows come only after the whole file was parsed (progressive, interlaced) */
	bool animated; /* APNG: its default image is decoded */
	const char *
		color; /* "grey", "grey+alpha", "rgb", "rgba", "palette", "ycbcr", "cmyk", "ycck"; static */
	const char *subsampling; /* "4:4:4" .. of a YCbCr JPEG, else ""; static */
	struct metadata metadata;
	uint64_t
		conversion; /* bytes that conversion through its profile may take in the decoder; else 0 */
	uint64_t
		packed; /* bytes of image data as stored, where a decoder's memory depends on it; else 0 */
};

/* What the caller wants of an image whose facts it has seen. */
struct codec_request {
	struct rect
		rect; /* in stored coordinates, before any orientation; whole image: as facts say */
	uint8_t scale; /* DCT scale, eighths: 8, 4, 2 or 1; 8 is full. Codecs without it deliver 8 */
	uint8_t sample; /* SAMPLE_U8, or SAMPLE_U16 where facts.shape.sample is u16 */
	bool check_full; /* JPEG: finish() decodes what is left, else it only walks the rest for its end. PNG always reads all */
	bool raw; /* samples as stored, in the shape facts.raw: indices, levels of fewer bits, no tRNS applied */
	uint8_t entropy; /* JPEG: enum entropy, who decodes Huffman codes */
	bool verify; /* JPEG: decode by libjpeg-turbo alone, too, and compare: E_VERIFY */
	bool keep_damaged; /* go on after damaged data where the library can: W_DAMAGED */
};

/* What will come: rows of `shape`, covering `rect` of the stored image at `scale` eighths. */
struct codec_delivery {
	struct rect rect;
	uint8_t scale;
	struct shape shape;
};

/* How outputs are written. */
struct encode_settings {
	uint8_t quality; /* JPEG, 1 .. 100 */
	uint16_t subsampling; /* JPEG: 444, 422 or 420 */
	bool progressive, optimize; /* JPEG */
	uint8_t png_level; /* 0 .. 9 */
};

extern const struct encode_settings encode_default_settings; /* 90, 420, baseline, png 6 */

struct decoder; /* each codec's own struct begins with whatever it likes; opaque here */
struct encoder;

/*
 * What a codec offers that has a whole image in memory anyway, as it was stored: rows decoded where they lie, and rows of
 * two images held against each other before they are decoded. After start() of a whole image, in the place of rows().
 */
struct codec_in_place {
	/*
	 * Whether this image can be had so. image: where its rows will be, until the decoder's next header() or its end; that
	 * memory is kept for the next image, up to 64 MiB of it.
	 */
	bool (*open)(struct decoder *decoder, struct image *image);
	/* Decodes the next rows, as many as count says and there are. */
	void (*rows)(struct decoder *decoder, uint32_t count);
	/*
	 * How many of the next rows, up to count, are stored with the same bytes in two images of one shape, both at the same
	 * row: where the rows above those are equal, so are they.
	 */
	uint32_t (*alike)(
		const struct decoder *decoder, const struct decoder *other, uint32_t count);
	/* Goes past the next count rows. last: what the last of them is decoded; it stays until the next call of rows(). */
	void (*skip)(struct decoder *decoder, uint32_t count, const void *last);
};

struct codec {
	const char *name; /* "jpeg" */
	const char *extension; /* what an output is called: "jpg" */
	const char *const *
		extensions; /* what content of this type may be called, NULL-terminated, lower case */
	bool alpha; /* the format can store an alpha channel */
	bool deep; /* the format can store 16 bits a sample */
	bool scales; /* can decode at 4, 2 or 1 eighths of the size */

	/* Does the content begin as this format does? size may be anything, 0 included. */
	bool (*probe)(const uint8_t *bytes, size_t size);

	/* NULL when out of memory. */
	struct decoder *(*decoder_new)(void);
	void (*decoder_free)(struct decoder *decoder); /* NULL is fine */
	/*
	 * Reads the header. bytes stay borrowed until the next header() or free. warnings, which the
	 * caller zeroes, collects enum imgbatch_warning bits from here to finish().
	 */
	int (*header)(struct decoder *decoder, const uint8_t *bytes, size_t size,
		const struct codec_limits *limits, struct codec_facts *facts, uint32_t *warnings,
		struct fault *fault);
	/* Bytes that decoding as requested takes inside the decoder (coefficient arrays, row buffers). */
	uint64_t (*decode_estimate)(
		const struct codec_facts *facts, const struct codec_request *request);
	int (*start)(struct decoder *decoder, const struct codec_request *request,
		struct codec_delivery *delivery, struct fault *fault);
	/* Fills the next strip->shape.height rows (or those left); *got says how many, 0 at the end. */
	int (*rows)(struct decoder *decoder, const struct image *strip, uint32_t *got,
		struct fault *fault);
	int (*finish)(struct decoder *decoder, struct fault *fault);
	const struct codec_in_place *in_place; /* NULL: rows() is the only way */

	struct encoder *(*encoder_new)(void);
	void (*encoder_free)(struct encoder *encoder); /* NULL is fine */
	/* No encoding of this shape, raw or not, takes more bytes than this (metadata's included), nor works in more memory. */
	uint64_t (*encode_bound)(const struct shape *shape, const struct metadata *metadata);
	uint64_t (*encode_estimate)(
		const struct shape *shape, const struct encode_settings *settings);
	/*
	 * Encodes a whole image into out[0 .. room). *size says how many bytes it took. metadata may be
	 * NULL; what it holds is written (its EXIF block as it stands: reset the orientation first).
	 * IMGBATCH_E_ENCODE: the format cannot hold it (size, channels), or room is too small.
	 */
	int (*encode)(struct encoder *encoder, const struct image *image,
		const struct encode_settings *settings, const struct metadata *metadata,
		uint8_t *out, size_t room, size_t *size, struct fault *fault);
};

/* The table, in probing order. */
extern const struct codec codec_jpeg, codec_png;
enum { CODEC_COUNT = 2 };
extern const struct codec *const codecs[CODEC_COUNT];

/* Which codec's content this is; NULL: none. 16 bytes are enough to tell. */
const struct codec *codec_probe(const uint8_t *bytes, size_t size);
/* By name ("jpeg", "png"); NULL when there is none. */
const struct codec *codec_by_name(const char *name);

#endif
