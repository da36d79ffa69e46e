/* SPDX-License-Identifier: Apache-2.0 */
/* Where something smaller sits in something larger: ImageMagick's nine names. */
#ifndef OPS_GRAVITY_H
#define OPS_GRAVITY_H

#include <stdint.h>

enum gravity {
	GRAVITY_CENTER,
	GRAVITY_NORTH,
	GRAVITY_NORTHEAST,
	GRAVITY_EAST,
	GRAVITY_SOUTHEAST,
	GRAVITY_SOUTH,
	GRAVITY_SOUTHWEST,
	GRAVITY_WEST,
	GRAVITY_NORTHWEST,
	GRAVITY_COUNT,
};

extern const char *const gravity_names[GRAVITY_COUNT];

/*
 * The offset of a crop of out samples in an image of in. Centred: half even of (in - out) / 2; when the image
 * is smaller, the floor of half the lack is outside at its start (torchvision's center_crop).
 */
int64_t gravity_crop_x(uint8_t gravity, uint32_t in, uint32_t out);
int64_t gravity_crop_y(uint8_t gravity, uint32_t in, uint32_t out);

#endif
