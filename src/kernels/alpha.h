/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colour times alpha and back: filters mix premultiplied colour, so that what is transparent does not bleed.
 *
 * Source: Pillow 9.4 (Convert.c, RGBA to RGBa and back), exact for 8 bits; the 16-bit forms are the same
 * formulas with 65535 and 16 in the places of 255 and 8.
 */
#ifndef KERNELS_ALPHA_H
#define KERNELS_ALPHA_H

#include "image/image.h"

#include <stddef.h>
#include <stdint.h>

/* One row of 2- or 4-channel pixels, u8 or u16 (enum sample). to and from may be the same row. */
void alpha_multiply_row(
	void *to, const void *from, size_t pixels, uint8_t channels, uint8_t sample);
/* Where alpha is 0 or full, colour stays as it is; else it is divided, cut, and at most full. */
void alpha_divide_row(void *to, const void *from, size_t pixels, uint8_t channels, uint8_t sample);
/* The alpha of one row of images of this shape, u8 or u16; nothing where they have none. */
void alpha_keep_row(void *to, const void *from, const struct shape *shape);

#endif
