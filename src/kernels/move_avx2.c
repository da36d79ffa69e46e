/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pixels of 1, 3 and 4 bytes moved several at a time: mirrored by a shuffle within a register, transposed in blocks. Other
 * pixels, and what is left over at the edges, are portable C's.
 */
#include "kernels/move_kernels.h"

#include <immintrin.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

static size_t mirror_bytes(uint8_t *to, const uint8_t *from, size_t pixels)
{
	const __m256i back = _mm256_broadcastsi128_si256(
		_mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
	size_t done = 0;

	for (; done + 32 <= pixels; done += 32) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(from + pixels - done - 32));

		v = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(v, back), 0x4e);
		_mm256_storeu_si256((__m256i *)(to + done), v);
	}
	return done;
}

/*
 * Five pixels of three bytes: read with the byte before them, written with one behind them, which the next ones write
 * anew. Both are there while a sixth pixel is left.
 */
static size_t mirror_threes(uint8_t *to, const uint8_t *from, size_t pixels)
{
	const __m128i back = _mm_setr_epi8(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
	size_t done = 0;

	for (; done + 6 <= pixels; done += 5) {
		const uint8_t *five = from + 3 * (pixels - done - 5);
		__m128i v = _mm_loadu_si128((const __m128i *)(five - 1));

		_mm_storeu_si128((__m128i *)(to + 3 * done), _mm_shuffle_epi8(v, back));
	}
	return done;
}

static size_t mirror_fours(uint8_t *to, const uint8_t *from, size_t pixels)
{
	const __m256i back = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
	size_t done = 0;

	for (; done + 8 <= pixels; done += 8) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(from + 4 * (pixels - done - 8)));

		_mm256_storeu_si256(
			(__m256i *)(to + 4 * done), _mm256_permutevar8x32_epi32(v, back));
	}
	return done;
}

static void mirror(uint8_t *to, const uint8_t *from, size_t pixels, size_t size)
{
	size_t done = size == 1 ? mirror_bytes(to, from, pixels)
		: size == 3     ? mirror_threes(to, from, pixels)
		: size == 4     ? mirror_fours(to, from, pixels)
				: 0;

	move_c.mirror(to + done * size, from, pixels - done, size);
}

/* Four pixels of three or four bytes, as four of four. Reads and writes no byte more. */
ALWAYS_INLINE __m128i load_four(const uint8_t *from, const size_t size)
{
	int32_t last;

	if (size == 4)
		return _mm_loadu_si128((const __m128i *)from);
	memcpy(&last, from + 8, sizeof last);
	return _mm_shuffle_epi8(_mm_insert_epi32(_mm_loadl_epi64((const __m128i *)from), last, 2),
		_mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
}

ALWAYS_INLINE void store_four(uint8_t *to, __m128i v, const size_t size)
{
	int32_t last;

	if (size == 4) {
		_mm_storeu_si128((__m128i *)to, v);
		return;
	}
	v = _mm_shuffle_epi8(
		v, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
	_mm_storel_epi64((__m128i *)to, v);
	last = _mm_extract_epi32(v, 2);
	memcpy(to + 8, &last, sizeof last);
}

ALWAYS_INLINE void four_by_four(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from,
	ptrdiff_t from_stride, const size_t size)
{
	__m128i a = load_four(from, size), b = load_four(from + from_stride, size);
	__m128i c = load_four(from + 2 * from_stride, size);
	__m128i d = load_four(from + 3 * from_stride, size);
	__m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
	__m128i ab2 = _mm_unpackhi_epi32(a, b), cd2 = _mm_unpackhi_epi32(c, d);

	store_four(to, _mm_unpacklo_epi64(ab, cd), size);
	store_four(to + to_stride, _mm_unpackhi_epi64(ab, cd), size);
	store_four(to + 2 * to_stride, _mm_unpacklo_epi64(ab2, cd2), size);
	store_four(to + 3 * to_stride, _mm_unpackhi_epi64(ab2, cd2), size);
}

ALWAYS_INLINE __m128i two_rows(const uint8_t *from, ptrdiff_t stride)
{
	return _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)from),
		_mm_loadl_epi64((const __m128i *)(from + stride)));
}

ALWAYS_INLINE void two_columns(uint8_t *to, ptrdiff_t stride, __m128i v)
{
	_mm_storel_epi64((__m128i *)to, v);
	_mm_storel_epi64((__m128i *)(to + stride), _mm_unpackhi_epi64(v, v));
}

/* Eight by eight pixels of one byte. */
ALWAYS_INLINE void eight_by_eight(
	uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t from_stride)
{
	__m128i ab = two_rows(from, from_stride);
	__m128i cd = two_rows(from + 2 * from_stride, from_stride);
	__m128i ef = two_rows(from + 4 * from_stride, from_stride);
	__m128i gh = two_rows(from + 6 * from_stride, from_stride);
	__m128i ad = _mm_unpacklo_epi16(ab, cd), ad2 = _mm_unpackhi_epi16(ab, cd);
	__m128i eh = _mm_unpacklo_epi16(ef, gh), eh2 = _mm_unpackhi_epi16(ef, gh);

	two_columns(to, to_stride, _mm_unpacklo_epi32(ad, eh));
	two_columns(to + 2 * to_stride, to_stride, _mm_unpackhi_epi32(ad, eh));
	two_columns(to + 4 * to_stride, to_stride, _mm_unpacklo_epi32(ad2, eh2));
	two_columns(to + 6 * to_stride, to_stride, _mm_unpackhi_epi32(ad2, eh2));
}

static void transpose(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t from_stride,
	uint32_t columns, uint32_t rows, size_t size)
{
	const uint32_t side = size == 1 ? 8 : 4;
	uint32_t whole_columns = columns / side * side, whole_rows = rows / side * side;

	if (size != 1 && size != 3 && size != 4)
		whole_columns = whole_rows = 0;
	for (uint32_t y = 0; y < whole_rows; y += side) {
		for (uint32_t x = 0; x < whole_columns; x += side) {
			uint8_t *block = to + to_stride * (ptrdiff_t)y + size * x;
			const uint8_t *source = from + from_stride * (ptrdiff_t)x + size * y;

			if (size == 1)
				eight_by_eight(block, to_stride, source, from_stride);
			else if (size == 3)
				four_by_four(block, to_stride, source, from_stride, 3);
			else
				four_by_four(block, to_stride, source, from_stride, 4);
		}
	}
	/* Right of the blocks, then below them. */
	move_c.transpose(to + size * whole_columns, to_stride,
		from + from_stride * (ptrdiff_t)whole_columns, from_stride, columns - whole_columns,
		whole_rows, size);
	move_c.transpose(to + to_stride * (ptrdiff_t)whole_rows, to_stride,
		from + size * whole_rows, from_stride, columns, rows - whole_rows, size);
}

const struct move_kernels move_avx2 = {
	.mirror = mirror,
	.transpose = transpose,
};
