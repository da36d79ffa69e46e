/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colour to grey: (19595 R + 38470 G + 7471 B + 32768) >> 16, ITU-R 601-2 luma in 16 bits.
 * Source: Pillow 9.4 (Convert.c, rgb2l), exact for 8 bits; 16-bit samples by the same formula.
 */
#ifndef KERNELS_GREY_H
#define KERNELS_GREY_H

#include "image/image.h"

static inline uint32_t grey_of(uint32_t r, uint32_t g, uint32_t b)
{
	return (19595 * r + 38470 * g + 7471 * b + 32768) >>
		16; /* 65535 in each still fits 32 bits */
}

/*
 * Grey of a u8 or u16 image. out has the same size and sample; its colour channels (1 or 3, alpha aside) all get
 * the grey value, and alpha, which both or neither have, is copied. out may be in itself.
 */
void grey_image(const struct image *out, const struct image *in);

#endif
