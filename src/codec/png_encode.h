/* SPDX-License-Identifier: Apache-2.0 */
/* The PNG encoder's functions, for the table row in png.c; codec.h says what they do. */
#ifndef CODEC_PNG_ENCODE_H
#define CODEC_PNG_ENCODE_H

#include "codec/codec.h"

struct encoder *png_encoder_new(void);
void png_encoder_free(struct encoder *encoder);
uint64_t png_encoder_bound(const struct shape *shape, const struct metadata *metadata);
uint64_t png_encoder_estimate(const struct shape *shape, const struct encode_settings *settings);
int png_encoder_encode(struct encoder *encoder, const struct image *image,
	const struct encode_settings *settings, const struct metadata *metadata, uint8_t *out,
	size_t room, size_t *size, struct fault *fault);

#endif
