/* SPDX-License-Identifier: Apache-2.0 */
/* Premultiplication, one loop a channel count so that each has constant steps. */
#include "kernels/alpha.h"

#include "kernels/alpha_kernels.h"
#include "kernels/dispatch.h"

#include <string.h>

static inline uint8_t times8(uint32_t c, uint32_t a)
{
	uint32_t t = c * a + 128;

	return (uint8_t)(((t >> 8) + t) >> 8);
}

static inline uint16_t times16(uint32_t c, uint32_t a)
{
	uint64_t t = (uint64_t)c * a + 32768;

	return (uint16_t)(((t >> 16) + t) >> 16);
}

static inline uint8_t over8(uint32_t p, uint32_t a)
{
	uint32_t c;

	if (a == 0 || a == 255)
		return (uint8_t)p;
	c = 255 * p / a;
	return c > 255 ? 255 : (uint8_t)c;
}

static inline uint16_t over16(uint32_t p, uint32_t a)
{
	uint32_t c;

	if (a == 0 || a == 65535)
		return (uint16_t)p;
	c = 65535 * p / a; /* below 2^32: 65535 squared fits */
	return c > 65535 ? 65535 : (uint16_t)c;
}

/* The four loops differ in type, in channel count and in the function of colour and alpha. */
#define ALPHA_LOOP(name, type, n, function)                                                        \
	static void name(type *to, const type *from, size_t pixels)                                \
	{                                                                                          \
		for (size_t i = 0; i < pixels; i++, to += n, from += n) {                          \
			type a = from[n - 1];                                                      \
			for (int c = 0; c < n - 1; c++)                                            \
				to[c] = function(from[c], a);                                      \
			to[n - 1] = a;                                                             \
		}                                                                                  \
	}

ALPHA_LOOP(multiply8_2, uint8_t, 2, times8)
ALPHA_LOOP(multiply8_4, uint8_t, 4, times8)
ALPHA_LOOP(multiply16_2, uint16_t, 2, times16)
ALPHA_LOOP(multiply16_4, uint16_t, 4, times16)
ALPHA_LOOP(divide8_2, uint8_t, 2, over8)
ALPHA_LOOP(divide8_4, uint8_t, 4, over8)
ALPHA_LOOP(divide16_2, uint16_t, 2, over16)
ALPHA_LOOP(divide16_4, uint16_t, 4, over16)

const struct alpha_kernels alpha_u8_c = {
	.multiply = multiply8_4,
	.divide = divide8_4,
};

/* Whether all alpha of 8-bit pixels is full: then both directions leave every sample as it is. */
static bool opaque8(const uint8_t *row, size_t pixels, uint8_t channels)
{
	for (size_t i = 0; i < pixels; i++)
		if (row[i * channels + channels - 1] != 255)
			return false;
	return true;
}

void alpha_multiply_row(void *to, const void *from, size_t pixels, uint8_t channels, uint8_t sample)
{
	if (sample == SAMPLE_U16)
		(channels == 2 ? multiply16_2 : multiply16_4)(to, from, pixels);
	else if (opaque8(from, pixels, channels))
		memmove(to, from, pixels * channels);
	else
		(channels == 2 ? multiply8_2 : kernels()->alpha_u8->multiply)(to, from, pixels);
}

void alpha_divide_row(void *to, const void *from, size_t pixels, uint8_t channels, uint8_t sample)
{
	if (sample == SAMPLE_U16)
		(channels == 2 ? divide16_2 : divide16_4)(to, from, pixels);
	else if (opaque8(from, pixels, channels))
		memmove(to, from, pixels * channels);
	else
		(channels == 2 ? divide8_2 : kernels()->alpha_u8->divide)(to, from, pixels);
}

#define KEEP_LOOP(name, type, n)                                                                   \
	static void name(type *to, const type *from, size_t pixels)                                \
	{                                                                                          \
		for (size_t i = 0; i < pixels; i++)                                                \
			to[i * (n) + (n)-1] = from[i * (n) + (n)-1];                               \
	}

KEEP_LOOP(keep8_2, uint8_t, 2)
KEEP_LOOP(keep8_4, uint8_t, 4)
KEEP_LOOP(keep16_2, uint16_t, 2)
KEEP_LOOP(keep16_4, uint16_t, 4)

void alpha_keep_row(void *to, const void *from, const struct shape *shape)
{
	if (!shape_has_alpha(shape))
		return;
	if (shape->sample == SAMPLE_U16)
		(shape->channels == 2 ? keep16_2 : keep16_4)(to, from, shape->width);
	else
		(shape->channels == 2 ? keep8_2 : keep8_4)(to, from, shape->width);
}
