/* SPDX-License-Identifier: Apache-2.0 */
/* Colours in portable C, for samples of 8 and of 16 bits. */
#include "kernels/blend.h"
#include "kernels/grey.h"
#include "kernels/hue.h"
#include "kernels/values_kernels.h"

#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/*
 * One set of functions for a sample's type. `channels` is a constant in the loops: the functions behind them choose
 * among copies.
 */
#define GREY_SUM(type, bits)                                                                       \
	ALWAYS_INLINE uint64_t grey_sum_loop##bits(                                                \
		const type *from, size_t pixels, const int channels)                               \
	{                                                                                          \
		uint64_t sum = 0;                                                                  \
		for (size_t i = 0; i < pixels; i++, from += channels)                              \
			sum += channels < 3 ? from[0] : grey_of(from[0], from[1], from[2]);        \
		return sum;                                                                        \
	}                                                                                          \
	static uint64_t grey_sum##bits(const void *from, size_t pixels, int channels)              \
	{                                                                                          \
		return channels == 1    ? grey_sum_loop##bits(from, pixels, 1)                     \
			: channels == 2 ? grey_sum_loop##bits(from, pixels, 2)                     \
			: channels == 3 ? grey_sum_loop##bits(from, pixels, 3)                     \
					: grey_sum_loop##bits(from, pixels, 4);                    \
	}

#define GREY(type, bits)                                                                           \
	ALWAYS_INLINE void grey_loop##bits(                                                        \
		type *to, const int out, const type *from, size_t pixels, const int in)            \
	{                                                                                          \
		for (size_t i = 0; i < pixels; i++, to += out, from += in) {                       \
			const type alpha = from[in - 1];                                           \
			const type v = in < 3 ? from[0]                                            \
					      : (type)grey_of(from[0], from[1], from[2]);          \
			for (int c = 0; c < (out < 3 ? 1 : 3); c++)                                \
				to[c] = v;                                                         \
			if (out % 2 == 0)                                                          \
				to[out - 1] = alpha;                                               \
		}                                                                                  \
	}                                                                                          \
	static void grey##bits(                                                                    \
		void *to, int to_channels, const void *from, size_t pixels, int channels)          \
	{                                                                                          \
		if (channels == 3 && to_channels == 1)                                             \
			grey_loop##bits(to, 1, from, pixels, 3);                                   \
		else if (channels == 3 && to_channels == 3)                                        \
			grey_loop##bits(to, 3, from, pixels, 3);                                   \
		else                                                                               \
			grey_loop##bits(to, to_channels, from, pixels, channels);                  \
	}

#define SATURATE(type, bits, full)                                                                 \
	ALWAYS_INLINE void saturate_loop##bits(                                                    \
		type *to, const type *from, size_t pixels, const int channels, float factor)       \
	{                                                                                          \
		for (size_t i = 0; i < pixels; i++, to += channels, from += channels) {            \
			uint32_t grey = grey_of(from[0], from[1], from[2]);                        \
			for (int c = 0; c < 3; c++)                                                \
				to[c] = (type)blend_level((int32_t)grey, from[c], factor, full);   \
			if (channels == 4)                                                         \
				to[3] = from[3];                                                   \
		}                                                                                  \
	}                                                                                          \
	static void saturate##bits(                                                                \
		void *to, const void *from, size_t pixels, int channels, float factor)             \
	{                                                                                          \
		if (channels == 3)                                                                 \
			saturate_loop##bits(to, from, pixels, 3, factor);                          \
		else                                                                               \
			saturate_loop##bits(to, from, pixels, 4, factor);                          \
	}

#define MIX(type, bits, full)                                                                      \
	static void mix##bits(void *to_row, const void *from_row, size_t pixels, int channels,     \
		const int16_t coefficient[3][3])                                                   \
	{                                                                                          \
		type *to = to_row;                                                                 \
		const type *from = from_row;                                                       \
		for (size_t i = 0; i < pixels; i++, to += channels, from += channels) {            \
			const uint32_t r = from[0], g = from[1], b = from[2];                      \
			for (int c = 0; c < 3; c++) {                                              \
				const int16_t *k = coefficient[c];                                 \
				uint64_t sum = (uint64_t)r * (uint32_t)k[0] +                      \
					(uint64_t)g * (uint32_t)k[1] +                             \
					(uint64_t)b * (uint32_t)k[2];                              \
				sum = (sum + (1u << (MIX_BITS - 1))) >> MIX_BITS;                  \
				to[c] = (type)(sum > full ? full : sum);                           \
			}                                                                          \
			if (channels == 4)                                                         \
				to[3] = from[3];                                                   \
		}                                                                                  \
	}

#define REORDER(type, bits)                                                                        \
	static void reorder##bits(void *to_row, const void *from_row, size_t pixels, int channels, \
		const uint8_t order[3])                                                            \
	{                                                                                          \
		type *to = to_row;                                                                 \
		const type *from = from_row;                                                       \
		for (size_t i = 0; i < pixels; i++, to += channels, from += channels) {            \
			const type r = from[order[0]], g = from[order[1]], b = from[order[2]];     \
			if (channels == 4)                                                         \
				to[3] = from[3];                                                   \
			to[0] = r;                                                                 \
			to[1] = g;                                                                 \
			to[2] = b;                                                                 \
		}                                                                                  \
	}

#define SHARPEN(type, bits, full)                                                                  \
	ALWAYS_INLINE void sharpen_loop##bits(type *to, const void *const rows[3], size_t pixels,  \
		const int channels, float factor)                                                  \
	{                                                                                          \
		const type *above = rows[0], *row = rows[1], *below = rows[2];                     \
		const size_t n = channels, end = (pixels - 1) * n;                                 \
		memcpy(to, row, n * sizeof *to);                                                   \
		memcpy(to + end, row + end, n * sizeof *to);                                       \
		for (size_t i = n; i < end; i++) {                                                 \
			uint32_t sum = (uint32_t)above[i - n] + above[i] + above[i + n] +          \
				row[i - n] + 5u * row[i] + row[i + n] + below[i - n] + below[i] +  \
				below[i + n];                                                      \
			if (n % 2 == 0 && i % n == n - 1)                                          \
				to[i] = row[i];                                                    \
			else                                                                       \
				to[i] = (type)blend_level(                                         \
					(int32_t)((2 * sum + 13) / 26), row[i], factor, full);     \
		}                                                                                  \
	}                                                                                          \
	static void sharpen##bits(                                                                 \
		void *to, const void *const rows[3], size_t pixels, int channels, float factor)    \
	{                                                                                          \
		if (channels == 1)                                                                 \
			sharpen_loop##bits(to, rows, pixels, 1, factor);                           \
		else if (channels == 2)                                                            \
			sharpen_loop##bits(to, rows, pixels, 2, factor);                           \
		else if (channels == 3)                                                            \
			sharpen_loop##bits(to, rows, pixels, 3, factor);                           \
		else                                                                               \
			sharpen_loop##bits(to, rows, pixels, 4, factor);                           \
	}

GREY_SUM(uint8_t, 8)
GREY_SUM(uint16_t, 16)
GREY(uint8_t, 8)
GREY(uint16_t, 16)
SATURATE(uint8_t, 8, 255)
SATURATE(uint16_t, 16, 65535)
MIX(uint8_t, 8, 255)
MIX(uint16_t, 16, 65535)
REORDER(uint8_t, 8)
REORDER(uint16_t, 16)
SHARPEN(uint8_t, 8, 255)
SHARPEN(uint16_t, 16, 65535)

ALWAYS_INLINE void count_loop8(
	const uint8_t *from, size_t pixels, const int channels, uint32_t count[COUNT_TURNS][3][256])
{
	const int colors = channels < 3 ? 1 : 3;
	size_t i = 0;

	for (; i + COUNT_TURNS <= pixels; i += COUNT_TURNS, from += COUNT_TURNS * channels)
		for (int turn = 0; turn < COUNT_TURNS; turn++)
			for (int c = 0; c < colors; c++)
				count[turn][c][from[turn * channels + c]]++;
	for (; i < pixels; i++, from += channels)
		for (int c = 0; c < colors; c++)
			count[0][c][from[c]]++;
}

static void count8(
	const void *from, size_t pixels, int channels, uint32_t count[COUNT_TURNS][3][256])
{
	if (channels == 1)
		count_loop8(from, pixels, 1, count);
	else if (channels == 2)
		count_loop8(from, pixels, 2, count);
	else if (channels == 3)
		count_loop8(from, pixels, 3, count);
	else
		count_loop8(from, pixels, 4, count);
}

static void turn_hue8(
	void *to_row, const void *from_row, size_t pixels, int channels, uint8_t shift)
{
	const uint8_t *from = from_row;
	uint8_t *to = to_row;

	for (size_t i = 0; i < pixels; i++, to += channels, from += channels) {
		hue_turn(to, from, shift);
		if (channels == 4)
			to[3] = from[3];
	}
}

const struct value_kernels values_u8_c = {
	.count = count8,
	.grey_sum = grey_sum8,
	.grey = grey8,
	.saturate = saturate8,
	.mix = mix8,
	.reorder = reorder8,
	.turn_hue = turn_hue8,
	.sharpen = sharpen8,
};

const struct value_kernels values_u16_c = {
	.grey_sum = grey_sum16,
	.grey = grey16,
	.saturate = saturate16,
	.mix = mix16,
	.reorder = reorder16,
	.sharpen = sharpen16,
};
