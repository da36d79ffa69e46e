/* SPDX-License-Identifier: Apache-2.0 */
/* Warping in portable C: 8 and 16 bits, one loop for each channel count so that all have constant steps. */
#include "kernels/warp_kernels.h"

#include <stddef.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

static bool is_inside(double u, double v, const struct shape *in)
{
	return u >= 0 && u < in->width && v >= 0 && v < in->height;
}

static uint64_t places(const struct warp_map *map, const struct shape *in, uint32_t x, uint32_t y,
	unsigned count, struct warp_places *to)
{
	const double *m = map->m;
	double down = y + 0.5;
	uint64_t inside = 0;

	for (unsigned i = 0; i < count; i++) {
		double right = x + i + 0.5;
		double u = m[0] * right + m[1] * down + m[2];
		double v = m[3] * right + m[4] * down + m[5];

		if (!map->flat) {
			double w = m[6] * right + m[7] * down + 1;

			u /= w;
			v /= w;
		}
		to->u[i] = u;
		to->v[i] = v;
		inside |= (uint64_t)is_inside(u, v, in) << i;
	}
	return inside;
}

INLINE void nearest(void *to, const struct image *in, const double *u, const double *v,
	unsigned count, const size_t size)
{
	unsigned char *p = to;

	for (unsigned i = 0; i < count; i++, p += size)
		memcpy(p, (unsigned char *)image_row(in, (uint32_t)v[i]) + (uint32_t)u[i] * size,
			size);
}

INLINE void fixed(void *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
	uint32_t dv, uint32_t count, const size_t size)
{
	unsigned char *p = to;

	for (uint32_t i = 0; i < count; i++, p += size, u += du, v += dv)
		memcpy(p, (unsigned char *)image_row(in, v >> 16) + (u >> 16) * size, size);
}

/* Pixel sizes are few: each has a loop of its own. */
#define BY_SIZE(function, size, ...)                                                               \
	do {                                                                                       \
		switch (size) {                                                                    \
		case 1:                                                                            \
			function(__VA_ARGS__, 1);                                                  \
			break;                                                                     \
		case 2:                                                                            \
			function(__VA_ARGS__, 2);                                                  \
			break;                                                                     \
		case 3:                                                                            \
			function(__VA_ARGS__, 3);                                                  \
			break;                                                                     \
		case 4:                                                                            \
			function(__VA_ARGS__, 4);                                                  \
			break;                                                                     \
		case 6:                                                                            \
			function(__VA_ARGS__, 6);                                                  \
			break;                                                                     \
		default:                                                                           \
			function(__VA_ARGS__, 8);                                                  \
		}                                                                                  \
	} while (0)

static void nearest_any(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	BY_SIZE(nearest, shape_pixel_size(&in->shape), to, in, u, v, count);
}

static void fixed_any(void *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
	uint32_t dv, uint32_t count)
{
	BY_SIZE(fixed, shape_pixel_size(&in->shape), to, in, u, v, du, dv, count);
}

/* Floor of what is -1 or more. */
static int32_t floor_of(double value)
{
	int32_t whole = (int32_t)value;

	return whole - (value < whole);
}

static uint32_t clamp(int32_t at, uint32_t size)
{
	return at < 0 ? 0 : (uint32_t)at < size ? (uint32_t)at : size - 1;
}

INLINE double sample(const void *row, size_t i, const bool deep)
{
	return deep ? ((const uint16_t *)row)[i] : ((const uint8_t *)row)[i];
}

/* Clipped, then truncated. */
INLINE void put(void *to, size_t i, double value, const bool deep)
{
	double top = deep ? 65535 : 255;

	value = value <= 0 ? 0 : value >= top ? top : value;
	if (deep)
		((uint16_t *)to)[i] = (uint16_t)value;
	else
		((uint8_t *)to)[i] = (uint8_t)value;
}

INLINE double linear(double a, double b, double d)
{
	return a + (b - a) * d;
}

INLINE void bilinear(void *to, const struct image *in, const double *u, const double *v,
	unsigned count, const bool deep, const size_t n)
{
	uint32_t width = in->shape.width, height = in->shape.height;

	for (unsigned i = 0; i < count; i++) {
		double x = u[i] - 0.5, y = v[i] - 0.5;
		int32_t left = floor_of(x), top = floor_of(y);
		const void *first = image_row(in, clamp(top, height));
		const void *second = image_row(in, clamp(top + 1, height));
		size_t a = clamp(left, width) * n, b = clamp(left + 1, width) * n;
		double dx = x - left, dy = y - top;

		for (size_t c = 0; c < n; c++) {
			double above = linear(
				sample(first, a + c, deep), sample(first, b + c, deep), dx);
			double below = linear(
				sample(second, a + c, deep), sample(second, b + c, deep), dx);

			put(to, i * n + c, linear(above, below, dy), deep);
		}
	}
}

INLINE double cubic(double a, double b, double c, double e, double d)
{
	double p2 = -a + c, p3 = 2 * (a - b) + c - e, p4 = -a + b - c + e;

	return b + d * (p2 + d * (p3 + d * p4));
}

INLINE void bicubic(void *to, const struct image *in, const double *u, const double *v,
	unsigned count, const bool deep, const size_t n)
{
	for (unsigned i = 0; i < count; i++) {
		double x = u[i] - 0.5, y = v[i] - 0.5;
		int32_t left = floor_of(x), top = floor_of(y);
		double dx = x - left, dy = y - top, line[4];
		const void *row[4];
		size_t at[4];

		for (int k = 0; k < 4; k++) {
			row[k] = image_row(in, clamp(top - 1 + k, in->shape.height));
			at[k] = clamp(left - 1 + k, in->shape.width) * n;
		}
		for (size_t c = 0; c < n; c++) {
			for (int k = 0; k < 4; k++)
				line[k] = cubic(sample(row[k], at[0] + c, deep),
					sample(row[k], at[1] + c, deep),
					sample(row[k], at[2] + c, deep),
					sample(row[k], at[3] + c, deep), dx);
			put(to, i * n + c, cubic(line[0], line[1], line[2], line[3], dy), deep);
		}
	}
}

#define BY_CHANNELS(name, function, deep)                                                          \
	static void name(void *to, const struct image *in, const double *u, const double *v,       \
		unsigned count)                                                                    \
	{                                                                                          \
		switch (in->shape.channels) {                                                      \
		case 1:                                                                            \
			function(to, in, u, v, count, deep, 1);                                    \
			break;                                                                     \
		case 2:                                                                            \
			function(to, in, u, v, count, deep, 2);                                    \
			break;                                                                     \
		case 3:                                                                            \
			function(to, in, u, v, count, deep, 3);                                    \
			break;                                                                     \
		default:                                                                           \
			function(to, in, u, v, count, deep, 4);                                    \
		}                                                                                  \
	}

BY_CHANNELS(bilinear_u8, bilinear, false)
BY_CHANNELS(bilinear_u16, bilinear, true)
BY_CHANNELS(bicubic_u8, bicubic, false)
BY_CHANNELS(bicubic_u16, bicubic, true)

const struct warp_kernels warp_u8_c = {
	.places = places,
	.nearest = nearest_any,
	.bilinear = bilinear_u8,
	.bicubic = bicubic_u8,
	.fixed = fixed_any,
};

const struct warp_kernels warp_u16_c = {
	.places = places,
	.nearest = nearest_any,
	.bilinear = bilinear_u16,
	.bicubic = bicubic_u16,
	.fixed = fixed_any,
};
