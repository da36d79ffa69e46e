/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hues turned with AVX2, eight pixels at a time: hue.h's arithmetic step by step, in double where that has double, four
 * pixels at a time there. A grey pixel's hue is nonsense; its saturation is made 0, and all that depends on hue falls out.
 */
#include "kernels/pixels_256.h"
#include "kernels/values_kernels.h"

/* Eight pixels' numbers in double. */
struct eight {
	__m256d low, high;
};

PIXELS_INLINE struct eight doubles(__m256 v)
{
	return (struct eight){_mm256_cvtps_pd(_mm256_castps256_ps128(v)),
		_mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
}

PIXELS_INLINE __m256 floats(struct eight v)
{
	return _mm256_set_m128(_mm256_cvtpd_ps(v.high), _mm256_cvtpd_ps(v.low));
}

/* Cut to whole numbers. */
PIXELS_INLINE __m256i wholes(struct eight v)
{
	return _mm256_set_m128i(_mm256_cvttpd_epi32(v.high), _mm256_cvttpd_epi32(v.low));
}

PIXELS_INLINE struct eight plus(struct eight a, struct eight b)
{
	return (struct eight){_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)};
}

PIXELS_INLINE struct eight minus(struct eight a, struct eight b)
{
	return (struct eight){_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)};
}

PIXELS_INLINE struct eight times(struct eight a, struct eight b)
{
	return (struct eight){_mm256_mul_pd(a.low, b.low), _mm256_mul_pd(a.high, b.high)};
}

PIXELS_INLINE struct eight over(struct eight a, struct eight b)
{
	return (struct eight){_mm256_div_pd(a.low, b.low), _mm256_div_pd(a.high, b.high)};
}

PIXELS_INLINE struct eight floored(struct eight v)
{
	return (struct eight){_mm256_floor_pd(v.low), _mm256_floor_pd(v.high)};
}

PIXELS_INLINE struct eight all(double value)
{
	return (struct eight){_mm256_set1_pd(value), _mm256_set1_pd(value)};
}

PIXELS_INLINE __m256 choose(__m256 otherwise, __m256 value, __m256i where)
{
	return _mm256_blendv_ps(otherwise, value, _mm256_castsi256_ps(where));
}

struct colors {
	__m256i r, g, b, most, least;
};

/*
 * Hue, 0 .. 255. Of three cases, each is a number (0, 2 or 4) plus one distance minus another: exact in double, and
 * rounded to float once.
 */
PIXELS_INLINE __m256i hue_of(const struct colors *c, __m256 span)
{
	__m256i red = _mm256_cmpeq_epi32(c->r, c->most);
	__m256i green = _mm256_cmpeq_epi32(c->g, c->most);
	__m256 r = _mm256_div_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(c->most, c->r)), span);
	__m256 g = _mm256_div_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(c->most, c->g)), span);
	__m256 b = _mm256_div_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(c->most, c->b)), span);
	__m256 base = choose(
		choose(_mm256_set1_ps(4), _mm256_set1_ps(2), green), _mm256_setzero_ps(), red);
	__m256 more = choose(choose(g, r, green), b, red);
	__m256 less = choose(choose(r, b, green), g, red);
	__m256 h = floats(minus(plus(doubles(base), doubles(more)), doubles(less)));
	struct eight turns = plus(over(doubles(h), all(6)), all(1));

	h = floats(minus(turns, floored(turns)));
	return wholes(times(doubles(h), all(255)));
}

/* Saturation, 0 .. 255; 0 for grey, black too. */
PIXELS_INLINE __m256i saturation_of(const struct colors *c, __m256 span)
{
	__m256i grey = _mm256_cmpeq_epi32(c->most, c->least);
	__m256 s = _mm256_div_ps(span, _mm256_cvtepi32_ps(c->most));

	return _mm256_andnot_si256(grey, wholes(times(doubles(s), all(255))));
}

/* value x (1 - part), half up: never negative. */
PIXELS_INLINE __m256i lessened(struct eight value, struct eight part)
{
	return wholes(plus(times(value, minus(all(1), part)), all(0.5)));
}

/* Pixels of this hue, saturation and largest level, without alpha. */
PIXELS_INLINE __m256i pixels_of(__m256i hue, __m256i saturation, __m256i most)
{
	/* What red, green and blue are in the sectors 0 .. 6, red lowest: 0 most, 1 p, 2 q, 3 t; alpha none of them. */
	const __m256i sectors = _mm256_setr_epi32((int)0x80010300, (int)0x80010002, (int)0x80030001,
		(int)0x80000201, (int)0x80000103, (int)0x80020100, (int)0x80010300, 0);
	const __m256i own = _mm256_broadcastsi128_si256(
		_mm_setr_epi32(0x000000, 0x040404, 0x080808, 0x0c0c0c));
	struct eight value = doubles(_mm256_cvtepi32_ps(most));
	struct eight sixths = over(times(doubles(_mm256_cvtepi32_ps(hue)), all(6)), all(255));
	struct eight sector = floored(sixths);
	struct eight f = doubles(floats(minus(sixths, sector)));
	struct eight s = doubles(floats(over(doubles(_mm256_cvtepi32_ps(saturation)), all(255))));
	struct eight sf = doubles(_mm256_mul_ps(floats(s), floats(f)));
	__m256i p = lessened(value, s), q = lessened(value, sf);
	__m256i t = lessened(value, times(s, minus(all(1), f)));
	__m256i from = _mm256_permutevar8x32_epi32(sectors, wholes(sector));
	__m256i levels = _mm256_or_si256(_mm256_or_si256(most, _mm256_slli_epi32(p, 8)),
		_mm256_or_si256(_mm256_slli_epi32(q, 16), _mm256_slli_epi32(t, 24)));

	return _mm256_shuffle_epi8(levels, _mm256_add_epi8(from, own));
}

PIXELS_INLINE __m256i turned(__m256i pixels, __m256i shift)
{
	const __m256i alpha = _mm256_set1_epi32((int)0xff000000);
	struct colors c = {.r = pixels_color(pixels, 0),
		.g = pixels_color(pixels, 1),
		.b = pixels_color(pixels, 2)};
	__m256i hue;
	__m256 span;

	c.most = _mm256_max_epi32(_mm256_max_epi32(c.r, c.g), c.b);
	c.least = _mm256_min_epi32(_mm256_min_epi32(c.r, c.g), c.b);
	span = _mm256_cvtepi32_ps(_mm256_sub_epi32(c.most, c.least));
	hue = _mm256_add_epi32(hue_of(&c, span), shift);
	hue = _mm256_and_si256(hue, _mm256_set1_epi32(255));
	return _mm256_or_si256(
		pixels_of(hue, saturation_of(&c, span), c.most), _mm256_and_si256(pixels, alpha));
}

PIXELS_INLINE void turn_loop(
	uint8_t *to, const uint8_t *from, size_t pixels, const int channels, uint8_t shift)
{
	const __m256i by = _mm256_set1_epi32(shift);

	for (size_t i = 0; i < pixels;
		i += PIXELS_ONCE, to += PIXELS_ONCE * channels, from += PIXELS_ONCE * channels)
		pixels_store(to, turned(pixels_load(from, channels), by), channels);
}

void values_turn_hue_avx2(void *to, const void *from, size_t pixels, int channels, uint8_t shift)
{
	size_t some = pixels_in_eights(pixels, channels), bytes = some * (size_t)channels;

	if (channels == 3)
		turn_loop(to, from, some, 3, shift);
	else
		turn_loop(to, from, some, 4, shift);
	values_u8_c.turn_hue((uint8_t *)to + bytes, (const uint8_t *)from + bytes, pixels - some,
		channels, shift);
}
