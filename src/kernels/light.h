/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Levels of sRGB to amounts of light and back, for resampling that averages light.
 *
 * Light is u16. With s a level over 255 (65535): s / 12.92 up to 0.04045, else ((s + 0.055) / 1.055)^2.4, times 65535,
 * rounded half up. Back: the level whose light, before rounding, is next, half up; of all 8-bit levels each comes back as
 * it was, while dark 16-bit levels share their light. Alpha is no light: 8-bit alpha is times 257, and comes back
 * divided by 257, rounded.
 * Source: IEC 61966-2-1, which defines sRGB.
 */
#ifndef KERNELS_LIGHT_H
#define KERNELS_LIGHT_H

#include "image/image.h"

/* Of u8 or u16 levels; to is u16, of the same size and channels. Any thread. */
void light_from_levels(const struct image *to, const struct image *from);
/* from is u16, to u8 or u16. */
void light_to_levels(const struct image *to, const struct image *from);

#endif
