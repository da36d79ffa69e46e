/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion on an image while it is decoded: the same file, request and rows through a decoder of its own, by
 * libjpeg-turbo's own entropy decoding, compared with what was delivered.
 */
#ifndef CODEC_JPEG_VERIFY_H
#define CODEC_JPEG_VERIFY_H

#include "codec/codec.h"

/* One thread's, kept from image to image. */
struct jpeg_verify;

struct jpeg_verify *jpeg_verify_new(void); /* NULL when out of memory */
void jpeg_verify_free(struct jpeg_verify *verify); /* NULL is fine */

/*
 * `code` and `delivery` are what start() came to; `warnings` those known before it. Each of these returns what the caller is to return
 * itself: the code that it got, or E_VERIFY, or E_NOMEM. After a failure the image is done with.
 */
int jpeg_verify_start(struct jpeg_verify *verify, struct bytes input,
	const struct codec_limits *limits, const struct codec_request *request, uint32_t warnings,
	int code, const struct codec_delivery *delivery, struct fault *fault);
/* Rows as delivered: `got` of them at the strip's top. */
int jpeg_verify_rows(struct jpeg_verify *verify, const struct image *strip, uint32_t got, int code,
	struct fault *fault);
/* warnings: those known by now. */
int jpeg_verify_finish(
	struct jpeg_verify *verify, uint32_t warnings, int code, struct fault *fault);

#endif
