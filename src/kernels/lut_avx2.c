/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples looked up 32 at a time with AVX2: a table of 256 is 16 of 16, each looked up by a sample's lower four bits;
 * the upper four choose among the 16 results, pair by pair. What is left over is done by portable C.
 */
#include "kernels/lut_kernels.h"

#include <immintrin.h>

enum { VECTOR = 32 };

struct parts {
	__m256i part[16]; /* each in both halves */
};

static void split(struct parts *parts, const uint8_t table[256])
{
	for (int i = 0; i < 16; i++)
		parts->part[i] = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(table + 16 * i)));
}

static inline __m256i load(const uint8_t *from)
{
	return _mm256_loadu_si256((const __m256i *)from);
}

static inline void store(uint8_t *to, __m256i v)
{
	_mm256_storeu_si256((__m256i *)to, v);
}

/* Two neighbouring sixteenths: `by` has the deciding bit of each sample on top. */
static inline __m256i pair(const struct parts *t, int i, __m256i low, __m256i by)
{
	return _mm256_blendv_epi8(
		_mm256_shuffle_epi8(t->part[i], low), _mm256_shuffle_epi8(t->part[i + 1], low), by);
}

static inline __m256i four(const struct parts *t, int i, __m256i low, __m256i b4, __m256i b5)
{
	return _mm256_blendv_epi8(pair(t, i, low, b4), pair(t, i + 2, low, b4), b5);
}

static inline __m256i look_up(const struct parts *t, __m256i v)
{
	__m256i low = _mm256_and_si256(v, _mm256_set1_epi8(15));
	__m256i b4 = _mm256_slli_epi16(v, 3), b5 = _mm256_slli_epi16(v, 2);
	__m256i b6 = _mm256_slli_epi16(v, 1);
	__m256i lower = _mm256_blendv_epi8(four(t, 0, low, b4, b5), four(t, 4, low, b4, b5), b6);
	__m256i upper = _mm256_blendv_epi8(four(t, 8, low, b4, b5), four(t, 12, low, b4, b5), b6);

	return _mm256_blendv_epi8(lower, upper, v);
}

static void one(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[256])
{
	const __m256i alpha = channels == 2 ? _mm256_set1_epi16((short)0xff00)
		: channels == 4             ? _mm256_set1_epi32((int)0xff000000)
					    : _mm256_setzero_si256();
	size_t bytes = pixels * (size_t)channels, at = 0;
	struct parts parts;

	split(&parts, table);
	for (; at + VECTOR <= bytes; at += VECTOR) {
		__m256i v = load(from + at);

		store(to + at, _mm256_blendv_epi8(look_up(&parts, v), v, alpha));
	}
	if (channels == 3) /* a vector ends within a pixel, but all samples are alike */
		lut_c.one(to + at, from + at, bytes - at, 1, table);
	else
		lut_c.one(to + at, from + at, (bytes - at) / (size_t)channels, channels, table);
}

/*
 * Masks that take planes of 16 bytes from three vectors of interleaved ones, and back: byte i of plane c is byte
 * 3 i + c of the 48. [what is wanted][what it is taken from], -128 where a byte comes from another.
 */
struct weave {
	__m256i apart[3][3], together[3][3];
};

static void weave_init(struct weave *weave)
{
	for (int want = 0; want < 3; want++) {
		for (int take = 0; take < 3; take++) {
			int8_t apart[16], together[16];

			for (int i = 0; i < 16; i++) {
				int a = 3 * i + want - 16 * take, t = 16 * want + i - take;

				apart[i] = (int8_t)(a >= 0 && a < 16 ? a : -128);
				together[i] = (int8_t)(t % 3 == 0 ? t / 3 : -128);
			}
			weave->apart[want][take] = _mm256_broadcastsi128_si256(
				_mm_loadu_si128((const __m128i *)apart));
			weave->together[want][take] = _mm256_broadcastsi128_si256(
				_mm_loadu_si128((const __m128i *)together));
		}
	}
}

static inline __m256i gather(const __m256i mask[3], __m256i a, __m256i b, __m256i c)
{
	return _mm256_or_si256(_mm256_shuffle_epi8(a, mask[0]),
		_mm256_or_si256(_mm256_shuffle_epi8(b, mask[1]), _mm256_shuffle_epi8(c, mask[2])));
}

static inline __m256i load_halves(const uint8_t *from)
{
	return _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)from)),
		_mm_loadu_si128((const __m128i *)(from + 48)), 1);
}

static inline void store_halves(uint8_t *to, __m256i v)
{
	_mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(v));
	_mm_storeu_si128((__m128i *)(to + 48), _mm256_extracti128_si256(v, 1));
}

static size_t each_of_three(
	uint8_t *to, const uint8_t *from, size_t pixels, const uint8_t table[3][256])
{
	struct parts parts[3];
	struct weave weave;
	size_t done = 0;

	weave_init(&weave);
	for (int c = 0; c < 3; c++)
		split(&parts[c], table[c]);
	for (; done + VECTOR <= pixels; done += VECTOR, to += 3 * VECTOR, from += 3 * VECTOR) {
		__m256i u = load_halves(from), v = load_halves(from + 16);
		__m256i w = load_halves(from + 32);
		__m256i r = look_up(&parts[0], gather(weave.apart[0], u, v, w));
		__m256i g = look_up(&parts[1], gather(weave.apart[1], u, v, w));
		__m256i b = look_up(&parts[2], gather(weave.apart[2], u, v, w));

		store_halves(to, gather(weave.together[0], r, g, b));
		store_halves(to + 16, gather(weave.together[1], r, g, b));
		store_halves(to + 32, gather(weave.together[2], r, g, b));
	}
	return done;
}

static void each(
	uint8_t *to, const uint8_t *from, size_t pixels, int channels, const uint8_t table[3][256])
{
	size_t done = channels == 3 ? each_of_three(to, from, pixels, table) : 0;

	lut_c.each(to + done * (size_t)channels, from + done * (size_t)channels, pixels - done,
		channels, table);
}

const struct lut_kernels lut_avx2 = {
	.one = one,
	.each = each,
};
