/* SPDX-License-Identifier: Apache-2.0 */
/* Grey planes to look for signs in. */
#include "compare/picture.h"
#include "compare/signs.h"
#include "kernels/grey.h"

#include <stdlib.h>

enum { PROBES = 64 }; /* along each axis */

static uint8_t grey_at(const struct image *image, uint32_t x, uint32_t y)
{
	uint32_t scale = picture_peak(&image->shape) / 255;
	uint32_t r = picture_level(image, x, y, 0);

	if (image->shape.channels < 3)
		return (uint8_t)(r / scale);
	return (uint8_t)(grey_of(r, picture_level(image, x, y, 1), picture_level(image, x, y, 2)) /
		scale);
}

bool plane_make(struct plane *plane, const struct image *image, struct pool *pool)
{
	const struct shape *shape = &image->shape;
	uint8_t *to = pool_take(pool, (size_t)shape->width * shape->height);

	*plane = (struct plane){shape->width, shape->height, to};
	if (!to)
		return false;
	for (uint32_t y = 0; y < shape->height; y++)
		for (uint32_t x = 0; x < shape->width; x++)
			*to++ = grey_at(image, x, y);
	return true;
}

double plane_difference(const struct plane *a, const struct plane *b)
{
	uint64_t sum = 0;

	for (uint32_t j = 0; j < PROBES; j++)
		for (uint32_t i = 0; i < PROBES; i++) {
			uint32_t x = (2 * i + 1) * a->width / (2 * PROBES);
			uint32_t y = (2 * j + 1) * a->height / (2 * PROBES);

			sum += (unsigned)abs(plane_at(a, x, y) - plane_at(b, x, y));
		}
	return (double)sum / (PROBES * PROBES);
}
