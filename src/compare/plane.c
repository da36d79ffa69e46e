/* SPDX-License-Identifier: Apache-2.0 */
/* Grey planes to look for signs in. */
#include "compare/picture.h"
#include "compare/signs.h"
#include "kernels/dispatch.h"
#include "kernels/grey.h"

#include <stdlib.h>
#include <string.h>

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

/* The usual form has a kernel. */
static void grey_row(uint8_t *to, const struct image *image, uint32_t y)
{
	const struct shape *shape = &image->shape;

	if (shape->sample == SAMPLE_U8 && shape->channels == 3) {
		kernels()->values_u8->grey(to, 1, image_row(image, y), shape->width, 3);
		return;
	}
	for (uint32_t x = 0; x < shape->width; x++)
		to[x] = grey_at(image, x, y);
}

bool plane_make(struct plane *plane, const struct image *image, struct pool *pool)
{
	const struct shape *shape = &image->shape;

	*plane = (struct plane){.width = shape->width, .height = shape->height, .image = image};
	plane->level = pool_take(pool, (size_t)shape->width * shape->height);
	plane->row = pool_take(pool, shape->height * sizeof *plane->row);
	if (!plane->level || !plane->row)
		return false;
	memset(plane->row, 0, shape->height * sizeof *plane->row);
	return true;
}

bool plane_make_both(struct plane plane[2], const struct comparison *c)
{
	if (!plane_make(&plane[0], &c->a, c->pool) || !plane_make(&plane[1], &c->b, c->pool))
		return false;
	plane[1].twin = &plane[0];
	plane[1].same = c->same;
	return true;
}

const uint8_t *plane_make_row(const struct plane *plane, uint32_t y)
{
	uint8_t *level = plane->level + (size_t)y * plane->width;

	if (plane->twin && plane->same[y]) {
		plane->row[y] = plane_row(plane->twin, y);
	} else {
		grey_row(level, plane->image, y);
		plane->row[y] = level;
	}
	return plane->row[y];
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
