/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMYK to sRGB: through the embedded profile with Little CMS, perceptual intent (the table that every CMYK
 * profile has, and what browsers use), or by the plain formula R = (255 - C) * (255 - K) / 255, rounded.
 *
 * Adobe's programs store ink inverted (255 is no ink) and say so by having written an Adobe marker.
 * One object belongs to one thread.
 */
#ifndef CODEC_JPEG_CMYK_H
#define CODEC_JPEG_CMYK_H

#include "codec/codec.h"

struct jpeg_cmyk;

/* NULL when out of memory. */
struct jpeg_cmyk *jpeg_cmyk_new(void);
void jpeg_cmyk_free(struct jpeg_cmyk *cmyk); /* NULL is fine */
/* Bytes that converting through a profile of this size takes at most; one that would take more is refused. */
uint64_t jpeg_cmyk_memory(size_t profile_size);
/*
 * Says how the next rows are converted. profile, of size 0 for the plain formula, is not needed afterwards.
 * False when Little CMS refuses the profile; the plain formula is then used.
 */
bool jpeg_cmyk_begin(struct jpeg_cmyk *cmyk, struct bytes profile, bool inverted);
/* width pixels of 4 bytes at cmyk_row to width pixels of 3 bytes at rgb_row. */
void jpeg_cmyk_row(
	const struct jpeg_cmyk *cmyk, const uint8_t *cmyk_row, uint8_t *rgb_row, uint32_t width);

#endif
