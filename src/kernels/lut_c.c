/* SPDX-License-Identifier: Apache-2.0 */
/* Samples looked up one by one, in portable C. */
#include "kernels/lut_kernels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* channels is a constant where this is inlined. */
ALWAYS_INLINE void look_up(uint8_t *to, const uint8_t *from, size_t pixels, const int channels,
	const uint8_t *const table[3])
{
	const int colors = channels < 3 ? 1 : 3;

	for (size_t i = 0; i < pixels; i++, to += channels, from += channels) {
		for (int c = 0; c < colors; c++)
			to[c] = table[c][from[c]];
		if (channels > colors)
			to[colors] = from[colors];
	}
}

static void look_up_any(uint8_t *to, const uint8_t *from, size_t pixels, int channels,
	const uint8_t *const table[3])
{
	if (channels == 1)
		look_up(to, from, pixels, 1, table);
	else if (channels == 2)
		look_up(to, from, pixels, 2, table);
	else if (channels == 3)
		look_up(to, from, pixels, 3, table);
	else
		look_up(to, from, pixels, 4, table);
}

static void one(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[256])
{
	const uint8_t *const same[3] = {table, table, table};

	look_up_any(to, from, pixels, channels, same);
}

static void each(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[3][256])
{
	const uint8_t *const own[3] = {table[0], table[1], table[2]};

	look_up_any(to, from, pixels, channels, own);
}

const struct lut_kernels lut_c = {
	.one = one,
	.each = each,
};
