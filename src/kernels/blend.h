/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one level to another, and beyond: what brightness, contrast, saturation and sharpness are made of.
 * Source: Pillow 9.4 (Blend.c), exact for 8 bits: float32, cut to a whole number, and clipped, which between 0 and 1
 * changes nothing.
 */
#ifndef KERNELS_BLEND_H
#define KERNELS_BLEND_H

#include <stdint.h>

/* factor 0 is `from`, 1 is `to`; full is the largest level. */
static inline uint32_t blend_level(int32_t from, int32_t to, float factor, uint32_t full)
{
	float level = (float)from + factor * (float)(to - from);

	if (level <= 0)
		return 0;
	return level >= (float)full ? full : (uint32_t)level;
}

#endif
