/* SPDX-License-Identifier: Apache-2.0 */
/* Another size: a part of the image, a larger canvas, or the same picture scaled. */
#include "compare/signs.h"
#include "report/numbers.h"

#include <stdlib.h>

enum { GRID = 24, PROBES = 32 };

/* Mean difference of `part` and the place (x, y) of `whole` where it is tried; above `most` it may end early. */
static double part_difference(
	const struct plane *whole, const struct plane *part, uint32_t x, uint32_t y, double most)
{
	uint64_t sum = 0, limit = (uint64_t)(most * PROBES * PROBES);

	for (uint32_t j = 0; j < PROBES && sum <= limit; j++)
		for (uint32_t i = 0; i < PROBES; i++) {
			uint32_t px = (2 * i + 1) * part->width / (2 * PROBES);
			uint32_t py = (2 * j + 1) * part->height / (2 * PROBES);

			sum += (unsigned)abs(
				plane_at(whole, x + px, y + py) - plane_at(part, px, py));
		}
	return (double)sum / (PROBES * PROBES);
}

/* Where part lies in whole; false: nowhere. */
static bool find_part(const struct plane *whole, const struct plane *part, uint32_t at[2])
{
	double least = 3;
	bool found = false;

	if (part->width > whole->width || part->height > whole->height)
		return false;
	for (uint32_t y = 0; y <= whole->height - part->height; y++)
		for (uint32_t x = 0; x <= whole->width - part->width; x++) {
			double d = part_difference(whole, part, x, y, least);

			if (d >= least)
				continue;
			least = d;
			at[0] = x;
			at[1] = y;
			found = true;
		}
	return found;
}

/* The mean of a cell of a grid laid over the plane. */
static double cell_mean(const struct plane *plane, uint32_t i, uint32_t j)
{
	uint32_t x0 = (uint32_t)((uint64_t)plane->width * i / GRID);
	uint32_t x1 = (uint32_t)((uint64_t)plane->width * (i + 1) / GRID);
	uint32_t y0 = (uint32_t)((uint64_t)plane->height * j / GRID);
	uint32_t y1 = (uint32_t)((uint64_t)plane->height * (j + 1) / GRID);
	uint64_t sum = 0;

	x1 = x1 > x0 ? x1 : x0 + 1;
	y1 = y1 > y0 ? y1 : y0 + 1;
	for (uint32_t y = y0; y < y1; y++)
		for (uint32_t x = x0; x < x1; x++)
			sum += plane_at(plane, x, y);
	return (double)sum / ((double)(x1 - x0) * (y1 - y0));
}

static double thumbnail_difference(const struct plane *a, const struct plane *b)
{
	double sum = 0;

	for (uint32_t j = 0; j < GRID; j++)
		for (uint32_t i = 0; i < GRID; i++) {
			double d = cell_mean(a, i, j) - cell_mean(b, i, j);

			sum += d < 0 ? -d : d;
		}
	return sum / (GRID * GRID);
}

bool sign_resized(const struct plane *a, const struct plane *b, struct str *out)
{
	double thumbnails = thumbnail_difference(a, b);
	uint32_t at[2];

	if (thumbnails < 4) {
		str_add(out, "scaled by ");
		number_add_fine(out, (double)b->width / a->width);
		str_add(out, " and ");
		number_add_fine(out, (double)b->height / a->height);
		str_addf(out, ": means over a grid of %dx%d cells differ by ", GRID, GRID);
		number_add_fine(out, thumbnails);
		str_add(out, " levels");
		return true;
	}
	if (find_part(a, b, at)) {
		str_addf(out, "cropped: it is the part %ux%u+%u+%u of what was expected", b->width,
			b->height, at[0], at[1]);
		return true;
	}
	if (find_part(b, a, at)) {
		str_addf(out, "padded: what was expected lies in it at %u,%u", at[0], at[1]);
		return true;
	}
	str_add(out, "neither scaled nor cropped nor padded");
	return false;
}
