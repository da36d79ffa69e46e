/* SPDX-License-Identifier: Apache-2.0 */
/* All by tables, made when first needed: those for 16-bit levels only where there are such. */
#include "kernels/light.h"

#include <math.h>
#include <pthread.h>

static uint16_t light_of_u8[256], light_of_u16[65536];
static uint8_t u8_of_light[65536];
static uint16_t u16_of_light[65536];
static pthread_once_t once_u8 = PTHREAD_ONCE_INIT, once_u16 = PTHREAD_ONCE_INIT;

/* Light of s, both 0 to 1. */
static double transfer(double s)
{
	return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

static uint16_t light(double s)
{
	return (uint16_t)(transfer(s) * 65535 + 0.5);
}

/* The least light of 0 .. 65535 that comes back as `level`, of levels up to full. */
static uint32_t least_light(uint32_t level, double full)
{
	return level ? (uint32_t)ceil(transfer((level - 0.5) / full) * 65535) : 0;
}

static void make_u8(void)
{
	for (uint32_t level = 0; level < 256; level++) {
		uint32_t end = level < 255 ? least_light(level + 1, 255) : 65536;

		light_of_u8[level] = light(level / 255.0);
		for (uint32_t v = least_light(level, 255); v < end; v++)
			u8_of_light[v] = (uint8_t)level;
	}
}

static void make_u16(void)
{
	for (uint32_t level = 0; level < 65536; level++) {
		uint32_t end = level < 65535 ? least_light(level + 1, 65535) : 65536;

		light_of_u16[level] = light(level / 65535.0);
		for (uint32_t v = least_light(level, 65535); v < end; v++)
			u16_of_light[v] = (uint16_t)level;
	}
}

/* One row; `alpha` is an expression of the alpha in a. */
#define LIGHT_ROW(name, to_type, from_type, table, alpha)                                          \
	static void name(to_type *to, const from_type *from, uint32_t pixels, unsigned channels)   \
	{                                                                                          \
		const unsigned colors = channels < 3 ? 1 : 3;                                      \
		for (uint32_t i = 0; i < pixels; i++, to += channels, from += channels) {          \
			for (unsigned c = 0; c < colors; c++)                                      \
				to[c] = table[from[c]];                                            \
			if (channels > colors) {                                                   \
				const uint32_t a = from[colors];                                   \
				to[colors] = (to_type)(alpha);                                     \
			}                                                                          \
		}                                                                                  \
	}

LIGHT_ROW(from_u8, uint16_t, uint8_t, light_of_u8, a * 257)
LIGHT_ROW(from_u16, uint16_t, uint16_t, light_of_u16, a)
LIGHT_ROW(to_u8, uint8_t, uint16_t, u8_of_light, (a + 128) / 257)
LIGHT_ROW(to_u16, uint16_t, uint16_t, u16_of_light, a)

static void make_tables(uint8_t sample)
{
	if (sample == SAMPLE_U8)
		pthread_once(&once_u8, make_u8);
	else
		pthread_once(&once_u16, make_u16);
}

void light_from_levels(const struct image *to, const struct image *from)
{
	const struct shape *shape = &from->shape;

	make_tables(shape->sample);
	for (uint32_t y = 0; y < shape->height; y++) {
		if (shape->sample == SAMPLE_U8)
			from_u8(image_row(to, y), image_row(from, y), shape->width,
				shape->channels);
		else
			from_u16(image_row(to, y), image_row(from, y), shape->width,
				shape->channels);
	}
}

void light_to_levels(const struct image *to, const struct image *from)
{
	const struct shape *shape = &to->shape;

	make_tables(shape->sample);
	for (uint32_t y = 0; y < shape->height; y++) {
		if (shape->sample == SAMPLE_U8)
			to_u8(image_row(to, y), image_row(from, y), shape->width, shape->channels);
		else
			to_u16(image_row(to, y), image_row(from, y), shape->width, shape->channels);
	}
}
