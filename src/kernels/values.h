/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on values over whole images, u8 or u16: rows are handed to the kernels in use.
 *
 * out has in's shape and may be in itself unless neighbours are read. Colours change; alpha is copied. Operations on
 * three colours take 3 or 4 channels.
 */
#ifndef KERNELS_VALUES_H
#define KERNELS_VALUES_H

#include "image/image.h"

#include <stdint.h>

/* How many colours a pixel has: 1 or 3. */
static inline unsigned values_colors(const struct shape *shape)
{
	return shape->channels < 3 ? 1 : 3;
}

/* Levels of a sample: 256 or 65536. */
static inline uint32_t values_levels(const struct shape *shape)
{
	return shape->sample == SAMPLE_U8 ? 256 : 65536;
}

/*
 * Every colour through a table of values_levels() entries, none above the largest level; each: every colour has a table
 * of its own, one behind the other.
 */
void values_look_up(
	const struct image *out, const struct image *in, const uint16_t *table, bool each);

/* How often each level is there: values_colors() tables of values_levels() counts, one behind the other. */
void values_count(const struct image *in, uint32_t *count);

/* The mean of the pixels' grey (grey.h), rounded half up. */
uint32_t values_grey_mean(const struct image *in);

/* See values_kernels.h. */
void values_saturate(const struct image *out, const struct image *in, float factor);
void values_mix(const struct image *out, const struct image *in, const int16_t coefficient[3][3]);
void values_reorder(const struct image *out, const struct image *in, const uint8_t order[3]);
void values_turn_hue(const struct image *out, const struct image *in, uint8_t shift);
/* out may not be in. The outermost pixels are copied, and so is an image with a side below 3. */
void values_sharpen(const struct image *out, const struct image *in, float factor);

#endif
