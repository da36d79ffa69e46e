/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a JPEG's markers (ITU-T T.81, annex B), without decoding anything.
 *
 *	SOI  APPn, DQT, SOF, DHT ...  SOS  entropy-coded data  [more segments and scans]  EOI  trailing data
 *	└───── jpeg_markers_head ────────┘└───────────── jpeg_markers_tail ────────────┘
 *
 * The head costs next to nothing and says all that limits need before libjpeg allocates: size, kind of
 * frame, profiles. The tail runs through coded data from FF to FF with memchr, at gigabytes a second; it
 * counts scans, and it finds the true end. Looking for the last FF D9 instead would be wrong: thumbnails
 * inside EXIF blocks and trailing data hold such bytes too. Any thread.
 */
#ifndef CODEC_JPEG_MARKERS_H
#define CODEC_JPEG_MARKERS_H

#include "codec/codec.h"

enum { JPEG_MAX_ICC = 255 };

struct jpeg_markers {
	uint8_t frame; /* the marker of the frame header, C0 .. CF; 0: none was seen */
	uint8_t precision; /* bits a sample */
	uint32_t width, height;
	unsigned components;
	uint8_t h[4], v[4]; /* sampling factors of the first four */

	struct bytes exif, xmp; /* inside the input */
	uint32_t density_x, density_y; /* JFIF's, in pixels per metre; 0: not said */
	uint32_t kept; /* APPn and COM segments */

	unsigned icc_count; /* how many segments the profile says it has; 0: no profile */
	unsigned icc_found; /* different ones that were found */
	bool icc_broken; /* they contradict one another */
	struct bytes icc[JPEG_MAX_ICC]; /* inside the input, in the profile's order */

	bool multiple; /* more scans than one hold the image: progressive, or components apart */
	size_t data; /* where the first scan's coded data begins */
	uint32_t scans; /* counted by the tail */
	size_t end; /* behind EOI; 0: the tail found none */
};

/* Up to the first scan. E_TRUNCATED, E_CORRUPT, E_UNSUPPORTED (named), or a limit. */
int jpeg_markers_head(struct jpeg_markers *markers, struct bytes input,
	const struct codec_limits *limits, struct fault *fault);
/* To the end of the image. E_LIMIT_SCANS; a missing end is not an error here, but end stays 0. */
int jpeg_markers_tail(struct jpeg_markers *markers, struct bytes input,
	const struct codec_limits *limits, struct fault *fault);
/* "4:2:0" and so on; "" where the image is grey or the factors are unusual. */
const char *jpeg_markers_subsampling(const struct jpeg_markers *markers);
/* Bytes of the profile; 0 where it has none or is incomplete. */
size_t jpeg_markers_icc_size(const struct jpeg_markers *markers);

#endif
