/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/html.h"

#include <stdlib.h>
#include <string.h>

/* How much a pixel of the picture of differences has to say (heat.h has its colours): grey, blue, yellow, then reds. */
static uint16_t weight(const uint8_t rgb[3])
{
	if (rgb[0] == rgb[1] && rgb[1] == rgb[2])
		return 0;
	if (rgb[1] == rgb[2])
		return (uint16_t)(256 + 255 - rgb[1]);
	return rgb[0] > rgb[2] ? 2 : 1;
}

static bool counts(const uint8_t rgb[3])
{
	return weight(rgb) >= 256;
}

static void grow_box(struct rect *box, uint32_t x, uint32_t y)
{
	uint32_t right = box->x + box->width, bottom = box->y + box->height;

	if (!box->width) {
		*box = (struct rect){x, y, 1, 1};
		return;
	}
	right = x >= right ? x + 1 : right;
	bottom = y >= bottom ? y + 1 : bottom;
	box->x = x < box->x ? x : box->x;
	box->width = right - box->x;
	box->height = bottom - box->y;
}

struct rect html_diff_box(const struct image *diff)
{
	struct rect box = {0};

	for (uint32_t y = 0; y < diff->shape.height; y++) {
		const uint8_t *rgb = image_row(diff, y);

		for (uint32_t x = 0; x < diff->shape.width; x++, rgb += 3)
			if (counts(rgb))
				grow_box(&box, x, y);
	}
	return box;
}

/* Small pictures from about this side on show a pixel as a square of two by two: a browser may make them smaller still. */
enum { FINE_SIDE = 96 };

struct drawing {
	const struct image *diff;
	struct image *small;
	uint16_t *heaviest; /* of each pixel of `small` */
	uint32_t dot; /* side of what a pixel is shown as */
};

static void draw_dot(const struct drawing *d, uint32_t left, uint32_t top, const uint8_t rgb[3])
{
	const struct shape *shape = &d->small->shape;

	for (uint32_t y = top; y < top + d->dot && y < shape->height; y++)
		for (uint32_t x = left; x < left + d->dot && x < shape->width; x++) {
			uint16_t *most = d->heaviest + (size_t)y * shape->width + x;

			if (weight(rgb) <= *most)
				continue;
			*most = weight(rgb);
			memcpy((uint8_t *)image_row(d->small, y) + (size_t)x * 3, rgb, 3);
		}
}

/* A mean would lose a single pixel among a hundred: the heaviest one is shown instead. */
static void draw_heaviest(const struct drawing *d)
{
	const struct shape *from = &d->diff->shape, *to = &d->small->shape;

	for (uint32_t y = 0; y < from->height; y++) {
		const uint8_t *rgb = image_row(d->diff, y);
		uint32_t row = (uint32_t)((uint64_t)y * to->height / from->height);

		for (uint32_t x = 0; x < from->width; x++, rgb += 3)
			if (weight(rgb))
				draw_dot(d, (uint32_t)((uint64_t)x * to->width / from->width), row,
					rgb);
	}
}

int html_diff_shrink(
	const struct image *diff, uint32_t side, struct image *small, struct fault *fault)
{
	int code = page_picture_shrink(diff, side, small, fault);
	struct drawing drawing = {.diff = diff, .small = small};

	if (code)
		return code;
	drawing.dot = small->shape.width + small->shape.height > 2 * FINE_SIDE ? 2 : 1;
	drawing.heaviest = calloc(
		(size_t)small->shape.width * small->shape.height, sizeof *drawing.heaviest);
	if (!drawing.heaviest) {
		free(small->data);
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a small picture");
	}
	draw_heaviest(&drawing);
	free(drawing.heaviest);
	return 0;
}
