/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moved by whole pixels. A few hundred pixels that stand out from their neighbours are looked for at every offset; the best
 * is then tried on the whole overlap.
 */
#include "compare/signs.h"
#include "report/numbers.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 16, POINTS = CELLS * CELLS, REACH = 96, ENOUGH = POINTS / 3, CELL_PIXELS = 32 };

struct point {
	uint32_t x, y;
};

struct offset {
	int32_t x, y;
};

static unsigned contrast(const struct plane *plane, uint32_t x, uint32_t y)
{
	int level = plane_at(plane, x, y);
	int across = level - plane_at(plane, x ? x - 1 : x, y);
	int down = level - plane_at(plane, x, y ? y - 1 : y);

	return (unsigned)(abs(across) + abs(down));
}

/* In each cell of a grid the pixel of the strongest contrast, of about a thousand of them. */
static void pick_points(const struct plane *plane, struct point point[POINTS])
{
	for (uint32_t i = 0; i < POINTS; i++) {
		uint32_t x0 = plane->width * (i % CELLS) / CELLS;
		uint32_t x1 = plane->width * (i % CELLS + 1) / CELLS;
		uint32_t y0 = plane->height * (i / CELLS) / CELLS;
		uint32_t y1 = plane->height * (i / CELLS + 1) / CELLS;
		uint32_t step = 1 + (x1 - x0 > y1 - y0 ? x1 - x0 : y1 - y0) / CELL_PIXELS;
		unsigned best = 0;

		point[i] = (struct point){x0, y0};
		for (uint32_t y = y0; y < y1; y += step)
			for (uint32_t x = x0; x < x1; x += step)
				if (contrast(plane, x, y) > best) {
					best = contrast(plane, x, y);
					point[i] = (struct point){x, y};
				}
	}
}

/* Mean difference of the points that stay inside, large where too few do, or where it can be no better than `most`. */
static double try_offset(const struct plane *a, const struct plane *b,
	const struct point point[POINTS], struct offset by, double most)
{
	unsigned sum = 0, count = 0, limit = (unsigned)(most * POINTS) + 1;

	for (uint32_t i = 0; i < POINTS; i++) {
		int64_t x = (int64_t)point[i].x + by.x, y = (int64_t)point[i].y + by.y;

		if (x < 0 || y < 0 || x >= b->width || y >= b->height)
			continue;
		sum += (unsigned)abs(plane_at(a, point[i].x, point[i].y) -
			plane_at(b, (uint32_t)x, (uint32_t)y));
		count++;
		if (sum > limit)
			return 255;
	}
	return count < ENOUGH ? 255 : (double)sum / count;
}

/* Of equally good ones the smallest. */
static struct offset search(const struct plane *a, const struct plane *b)
{
	struct point point[POINTS];
	struct offset best = {0, 0};
	int32_t reach_x = (int32_t)a->width / 2 < REACH ? (int32_t)a->width / 2 : REACH;
	int32_t reach_y = (int32_t)a->height / 2 < REACH ? (int32_t)a->height / 2 : REACH;
	double least = 255;

	pick_points(a, point);
	least = try_offset(a, b, point, best, 255);
	for (int32_t y = -reach_y; y <= reach_y; y++)
		for (int32_t x = -reach_x; x <= reach_x; x++) {
			struct offset by = {x, y};
			double found = try_offset(a, b, point, by, least) +
				0.002 * (abs(x) + abs(y));

			if (found < least) {
				least = found;
				best = by;
			}
		}
	return best;
}

/* The part of a that is in b, shifted. */
static struct rect overlap(const struct plane *a, struct offset by)
{
	uint32_t gone_x = (uint32_t)abs(by.x), gone_y = (uint32_t)abs(by.y);

	return (struct rect){by.x < 0 ? gone_x : 0, by.y < 0 ? gone_y : 0, a->width - gone_x,
		a->height - gone_y};
}

static double overlap_difference(const struct plane *a, const struct plane *b, struct offset by)
{
	struct rect r = overlap(a, by);
	uint64_t sum = 0;

	for (uint32_t y = r.y; y < r.y + r.height; y++)
		for (uint32_t x = r.x; x < r.x + r.width; x++)
			sum += (unsigned)abs(plane_at(a, x, y) -
				plane_at(b, (uint32_t)((int64_t)x + by.x),
					(uint32_t)((int64_t)y + by.y)));
	return (double)sum / ((double)r.width * r.height);
}

static double equal_percent(const struct comparison *c, const struct plane *plane, struct offset by)
{
	struct rect r = overlap(plane, by);
	size_t size = shape_pixel_size(&c->a.shape);
	uint64_t equal = 0;

	for (uint32_t y = r.y; y < r.y + r.height; y++) {
		const uint8_t *a = (const uint8_t *)image_row(&c->a, y) + r.x * size;
		const uint8_t *b = actual_row(c, (uint32_t)((int64_t)y + by.y));

		b += (size_t)((int64_t)r.x + by.x) * size;
		for (uint32_t x = 0; x < r.width; x++, a += size, b += size)
			equal += memcmp(a, b, size) == 0;
	}
	return 100.0 * (double)equal / ((double)r.width * r.height);
}

bool sign_shifted(const struct comparison *c, const struct plane *a, const struct plane *b,
	double direct, struct str *out)
{
	struct offset by;
	double left;

	if (a->width < CELLS || a->height < CELLS)
		return false;
	by = search(a, b);
	if (!by.x && !by.y)
		return false;
	left = overlap_difference(a, b, by);
	if (left > 4 || left * 3 > direct)
		return false;
	str_addf(out, "shifted by (%d, %d): there ", by.x, by.y);
	number_add_fine(out, equal_percent(c, a, by));
	str_add(out, "% of the pixels are equal");
	return true;
}
