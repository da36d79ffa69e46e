/* SPDX-License-Identifier: Apache-2.0 */
/* Distances of colours in YIQ, and which pixels are the smooth edge of something: see measure.h. */
#include "compare/measure.h"

#include <math.h>
#include <string.h>

/* The largest square of a distance, between black and white, is about this. */
static const double full_distance = 35215;

/* Levels of 8 bits, with fractions where there are 16. */
struct color {
	double r, g, b, a;
};

static inline struct color color_of(const uint8_t *pixel, const struct shape *shape)
{
	const uint16_t *deep = (const uint16_t *)pixel;
	double level[4] = {0};
	int n = shape->channels;

	for (int c = 0; c < n; c++)
		level[c] = shape->sample == SAMPLE_U8 ? pixel[c] : deep[c] / 257.0;
	if (n < 3)
		return (struct color){level[0], level[0], level[0], n == 2 ? level[1] : 255};
	return (struct color){level[0], level[1], level[2], n == 4 ? level[3] : 255};
}

/* The difference of two colours, each laid over white. */
static inline void lay_over(struct color x, struct color y, double d[3])
{
	double alpha = x.a - y.a;

	d[0] = x.r - y.r;
	d[1] = x.g - y.g;
	d[2] = x.b - y.b;
	if (x.a < 255 || y.a < 255) {
		d[0] = (x.r * x.a - y.r * y.a - 255 * alpha) / 255;
		d[1] = (x.g * x.a - y.g * y.a - 255 * alpha) / 255;
		d[2] = (x.b * x.a - y.b * y.a - 255 * alpha) / 255;
	}
}

static inline double luma(const double d[3])
{
	return d[0] * 0.29889531 + d[1] * 0.58662247 + d[2] * 0.11448223;
}

static double distance2(struct color x, struct color y)
{
	double d[3], dy, di, dq;

	lay_over(x, y, d);
	dy = luma(d);
	di = d[0] * 0.59597799 - d[1] * 0.27417610 - d[2] * 0.32180189;
	dq = d[0] * 0.21147017 - d[1] * 0.52261711 + d[2] * 0.31114694;
	return 0.5053 * dy * dy + 0.299 * di * di + 0.1957 * dq * dq;
}

static inline const uint8_t *pixel_at(const struct image *image, uint32_t x, uint32_t y)
{
	return (const uint8_t *)image_row(image, y) + x * shape_pixel_size(&image->shape);
}

/* The eight pixels around one, or as many as there are. */
struct around {
	uint32_t x0, y0, x2, y2;
	int edge; /* 1 where some are missing */
};

static struct around around_of(const struct shape *shape, uint32_t x, uint32_t y)
{
	struct around n = {x ? x - 1 : 0, y ? y - 1 : 0, x + 1 < shape->width ? x + 1 : x,
		y + 1 < shape->height ? y + 1 : y, 0};

	n.edge = n.x0 == x || n.x2 == x || n.y0 == y || n.y2 == y;
	return n;
}

/* Whether three or more of the pixels around are the same. A missing one counts. */
static bool has_siblings(const struct image *image, uint32_t x, uint32_t y)
{
	struct around n = around_of(&image->shape, x, y);
	const uint8_t *pixel = pixel_at(image, x, y);
	size_t size = shape_pixel_size(&image->shape);
	int same = n.edge;

	for (uint32_t i = n.x0; i <= n.x2; i++)
		for (uint32_t k = n.y0; k <= n.y2; k++)
			if ((i != x || k != y) && memcmp(pixel, pixel_at(image, i, k), size) == 0 &&
				++same > 2)
				return true;
	return false;
}

/* The darkest and the brightest of the pixels around one. */
struct extremes {
	double low, high;
	uint32_t low_at[2], high_at[2];
};

/* False when more than two around are as bright: no edge is that. */
static bool find_extremes(const struct image *image, uint32_t x, uint32_t y, struct extremes *e)
{
	struct around n = around_of(&image->shape, x, y);
	struct color middle = color_of(pixel_at(image, x, y), &image->shape);
	int same = n.edge;

	*e = (struct extremes){0};
	for (uint32_t i = n.x0; i <= n.x2; i++)
		for (uint32_t k = n.y0; k <= n.y2; k++) {
			double d[3], brightness;

			if (i == x && k == y)
				continue;
			lay_over(middle, color_of(pixel_at(image, i, k), &image->shape), d);
			brightness = luma(d);
			if (brightness == 0) {
				if (++same > 2)
					return false;
			} else if (brightness < e->low) {
				e->low = brightness;
				e->low_at[0] = i;
				e->low_at[1] = k;
			} else if (brightness > e->high) {
				e->high = brightness;
				e->high_at[0] = i;
				e->high_at[1] = k;
			}
		}
	return true;
}

/* Whether the pixel lies on a slope between two flat parts that both images have. */
static bool antialiased(
	const struct image *image, const struct image *other, uint32_t x, uint32_t y)
{
	struct extremes e;

	if (!find_extremes(image, x, y, &e) || e.low == 0 || e.high == 0)
		return false;
	return (has_siblings(image, e.low_at[0], e.low_at[1]) &&
		       has_siblings(other, e.low_at[0], e.low_at[1])) ||
		(has_siblings(image, e.high_at[0], e.high_at[1]) &&
			has_siblings(other, e.high_at[0], e.high_at[1]));
}

/* Anti-aliasing looks at the neighbours of neighbours. */
enum { REACH = 2 };

static bool is_near_difference(const struct comparison *c, uint32_t y)
{
	uint32_t from = y > REACH ? y - REACH : 0;

	for (uint32_t k = from; k <= y + REACH && k < c->a.shape.height; k++)
		if (!c->same[k])
			return true;
	return false;
}

void perceptual_prepare(const struct comparison *c)
{
	for (uint32_t y = 0; y < c->a.shape.height; y++)
		if (c->same[y] && is_near_difference(c, y))
			memcpy(image_row(&c->b, y), image_row(&c->a, y),
				shape_row_size(&c->a.shape));
}

static enum mark mark_of(
	const struct comparison *c, uint32_t x, uint32_t y, const uint8_t *p, const uint8_t *q)
{
	const struct imgbatch_budget *budget = c->budget;
	const struct shape *shape = &c->a.shape;
	const double most = full_distance * budget->perceptual * budget->perceptual;

	if (memcmp(p, q, shape_pixel_size(shape)) == 0)
		return MARK_EQUAL;
	if (distance2(color_of(p, shape), color_of(q, shape)) <= most)
		return MARK_WITHIN;
	return budget->aa && (antialiased(&c->a, &c->b, x, y) || antialiased(&c->b, &c->a, x, y))
		? MARK_ANTIALIASED
		: MARK_DIFFERS;
}

static void count_row(
	const struct comparison *c, uint32_t y, struct perceptual_counts *counts, uint8_t *marks)
{
	const size_t size = shape_pixel_size(&c->a.shape);
	const uint8_t *p = expected_row(c, y), *q = actual_row(c, y);
	uint32_t from, to;

	if (marks)
		memset(marks, MARK_EQUAL, c->a.shape.width);
	if (!measure_span(c, y, &from, &to))
		return;
	for (uint32_t x = from; x < to; x++) {
		enum mark mark = mark_of(c, x, y, p + x * size, q + x * size);

		counts->differing += mark == MARK_DIFFERS;
		counts->antialiased += mark == MARK_ANTIALIASED;
		if (marks)
			marks[x] = (uint8_t)mark;
	}
}

void perceptual_count(const struct comparison *c, uint32_t first, uint32_t rows,
	struct perceptual_counts *counts, uint8_t *marks)
{
	for (uint32_t y = first; y < first + rows; y++)
		count_row(c, y, counts,
			marks ? marks + (size_t)(y - first) * c->a.shape.width : NULL);
}
