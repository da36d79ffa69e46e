/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warping 8-bit rows with AVX2: places four at a time, then samples in double, four values at a time: the channels of
 * one pixel of RGB or RGBA, two pixels of grey with alpha, four of grey. Every product and sum is portable C's, in its
 * order. Samples are fetched by plain loads: gathers are no faster here, and slow on some machines.
 */
#include "kernels/warp_kernels.h"

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 4 };

/* All bits of the lanes whose place is inside. */
INLINE __m256d is_inside(__m256d at, double size)
{
	return _mm256_and_pd(_mm256_cmp_pd(at, _mm256_setzero_pd(), _CMP_GE_OQ),
		_mm256_cmp_pd(at, _mm256_set1_pd(size), _CMP_LT_OQ));
}

INLINE __m256d plane(const double *m, __m256d x, double y)
{
	__m256d sum = _mm256_add_pd(
		_mm256_mul_pd(_mm256_set1_pd(m[0]), x), _mm256_set1_pd(m[1] * y));

	return _mm256_add_pd(sum, _mm256_set1_pd(m[2]));
}

uint64_t warp_places_avx2(const struct warp_map *map, const struct shape *in, uint32_t x,
	uint32_t y, unsigned count, struct warp_places *to)
{
	const double divisor[3] = {map->m[6], map->m[7], 1};
	double down = y + 0.5, right = x + 0.5;
	__m256d at = _mm256_add_pd(_mm256_set1_pd(right), _mm256_setr_pd(0, 1, 2, 3));
	uint64_t inside = 0;

	for (unsigned i = 0; i < count; i += LANES) {
		__m256d u = plane(map->m, at, down), v = plane(map->m + 3, at, down), both;

		if (!map->flat) {
			__m256d w = plane(divisor, at, down);

			u = _mm256_div_pd(u, w);
			v = _mm256_div_pd(v, w);
		}
		both = _mm256_and_pd(is_inside(u, in->width), is_inside(v, in->height));
		_mm256_storeu_pd(to->u + i, u);
		_mm256_storeu_pd(to->v + i, v);
		inside |= (uint64_t)(unsigned)_mm256_movemask_pd(both) << i;
		at = _mm256_add_pd(at, _mm256_set1_pd(LANES));
	}
	return count < WARP_BLOCK ? inside & (((uint64_t)1 << count) - 1) : inside;
}

/* Where the taps of four places lie, in bytes: each is a row's offset and a column's. */
struct taps {
	uint32_t row[LANES][LANES], column[LANES][LANES]; /* [tap][place] */
	double dx[LANES], dy[LANES]; /* how far behind the tap before */
	bool last; /* some place takes the image's last pixel */
};

/* Taps at first, first + 1, ... of the samples at `at`, held within the axis; samples are step bytes apart. */
INLINE void set_offsets(
	uint32_t to[][LANES], __m128i at, int first, int taps, uint32_t size, uint32_t step)
{
	const __m128i zero = _mm_setzero_si128(), end = _mm_set1_epi32((int)size - 1);

	for (int k = 0; k < taps; k++) {
		__m128i i = _mm_add_epi32(at, _mm_set1_epi32(first + k));

		i = _mm_min_epi32(_mm_max_epi32(i, zero), end);
		_mm_storeu_si128((__m128i *)to[k], _mm_mullo_epi32(i, _mm_set1_epi32((int)step)));
	}
}

INLINE __m128i set_axis(double *d, const double *at)
{
	__m256d place = _mm256_sub_pd(_mm256_loadu_pd(at), _mm256_set1_pd(0.5));
	__m256d whole = _mm256_floor_pd(place);

	_mm256_storeu_pd(d, _mm256_sub_pd(place, whole));
	return _mm256_cvttpd_epi32(whole);
}

INLINE void set_taps(struct taps *t, const struct image *in, const double *u, const double *v,
	const int count, const uint32_t n)
{
	const struct shape *s = &in->shape;
	__m128i x = set_axis(t->dx, u), y = set_axis(t->dy, v);
	__m128i right = _mm_set1_epi32((int)s->width - 2 - count / 2);
	__m128i bottom = _mm_set1_epi32((int)s->height - 2 - count / 2);

	set_offsets(t->column, x, 1 - count / 2, count, s->width, n);
	set_offsets(t->row, y, 1 - count / 2, count, s->height, (uint32_t)in->stride);
	t->last = _mm_movemask_epi8(
		_mm_and_si128(_mm_cmpgt_epi32(x, right), _mm_cmpgt_epi32(y, bottom)));
}

/* The samples at one tap of the lanes' pixels from `first` on, a byte each; three channels read a fourth byte. */
INLINE __m128i load_bytes(const struct image *in, const uint32_t *row, const uint32_t *column,
	int first, const size_t n)
{
	const unsigned char *data = in->data;
	uint32_t all = 0;

	if (n >= 3) {
		memcpy(&all, data + (size_t)row[first] + column[first], 4);
		return _mm_cvtsi32_si128((int)all);
	}
	for (int i = 0; i < LANES / (int)n; i++) {
		uint16_t pixel = 0;

		memcpy(&pixel, data + (size_t)row[first + i] + column[first + i], n);
		all |= (uint32_t)pixel << (8 * n * i);
	}
	return _mm_cvtsi32_si128((int)all);
}

/* 2^52, whose last bits a whole number below 2^52 may take the place of. */
#define HUGE_BITS _mm256_set1_epi64x(0x4330000000000000)
#define HUGE_ONE _mm256_set1_pd(0x1p52)

/* 2^52 + the samples: their differences are exact, and so are they themselves less 2^52. */
INLINE __m256d load(const struct image *in, const uint32_t *row, const uint32_t *column, int first,
	const size_t n)
{
	__m256i bytes = _mm256_cvtepu8_epi64(load_bytes(in, row, column, first, n));

	return _mm256_castsi256_pd(_mm256_or_si256(bytes, HUGE_BITS));
}

/* d of the lanes' pixels from `first` on. */
INLINE __m256d load_d(const double *d, int first, const size_t n)
{
	if (n >= 3)
		return _mm256_broadcast_sd(d + first);
	if (n == 1)
		return _mm256_loadu_pd(d);
	return _mm256_setr_pd(d[first], d[first], d[first + 1], d[first + 1]);
}

/* a + (b - a) d, of samples as load() gives them. */
INLINE __m256d across_two(
	const struct image *in, const struct taps *t, int k, int first, __m256d dx, const size_t n)
{
	__m256d a = load(in, t->row[k], t->column[0], first, n);
	__m256d b = load(in, t->row[k], t->column[1], first, n);

	return _mm256_add_pd(_mm256_sub_pd(a, HUGE_ONE), _mm256_mul_pd(_mm256_sub_pd(b, a), dx));
}

INLINE __m256d two(const struct image *in, const struct taps *t, int first, const size_t n)
{
	__m256d dx = load_d(t->dx, first, n), dy = load_d(t->dy, first, n);
	__m256d a = across_two(in, t, 0, first, dx, n), b = across_two(in, t, 1, first, dx, n);

	return _mm256_add_pd(a, _mm256_mul_pd(_mm256_sub_pd(b, a), dy));
}

/* b + d (p2 + d (p3 + d p4)) */
INLINE __m256d cubic(__m256d b, __m256d p2, __m256d p3, __m256d p4, __m256d d)
{
	__m256d sum = _mm256_add_pd(p3, _mm256_mul_pd(d, p4));

	sum = _mm256_add_pd(p2, _mm256_mul_pd(d, sum));
	return _mm256_add_pd(b, _mm256_mul_pd(d, sum));
}

/* Whole numbers add up exactly in any order: with e = a - b + c - d, p3 is a - b + e and p4 is -e. */
INLINE __m256d across_four(
	const struct image *in, const struct taps *t, int k, int first, __m256d dx, const size_t n)
{
	__m256d a = load(in, t->row[k], t->column[0], first, n);
	__m256d b = load(in, t->row[k], t->column[1], first, n);
	__m256d c = load(in, t->row[k], t->column[2], first, n);
	__m256d d = load(in, t->row[k], t->column[3], first, n);
	__m256d ab = _mm256_sub_pd(a, b), cd = _mm256_sub_pd(c, d), e = _mm256_add_pd(ab, cd);

	return cubic(_mm256_sub_pd(b, HUGE_ONE), _mm256_sub_pd(c, a), _mm256_add_pd(ab, e),
		_mm256_sub_pd(_mm256_setzero_pd(), e), dx);
}

/* Down, sums round: each is in portable C's order. */
INLINE __m256d four(const struct image *in, const struct taps *t, int first, const size_t n)
{
	__m256d dx = load_d(t->dx, first, n), dy = load_d(t->dy, first, n);
	__m256d a = across_four(in, t, 0, first, dx, n), b = across_four(in, t, 1, first, dx, n);
	__m256d c = across_four(in, t, 2, first, dx, n), d = across_four(in, t, 3, first, dx, n);
	__m256d ab = _mm256_sub_pd(a, b), ba = _mm256_sub_pd(b, a);
	__m256d p3 = _mm256_sub_pd(_mm256_add_pd(_mm256_add_pd(ab, ab), c), d);
	__m256d p4 = _mm256_add_pd(_mm256_sub_pd(ba, c), d);

	return cubic(b, _mm256_sub_pd(c, a), p3, p4, dy);
}

/* Truncates and clips: packing saturates. */
INLINE __m128i pack(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return _mm_packus_epi16(_mm_packus_epi32(a, b), _mm_packus_epi32(c, d));
}

INLINE void store(unsigned char *to, __m128i four_pixels, const size_t n)
{
	const __m128i rgb = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
	int32_t word;

	if (n == 4) {
		_mm_storeu_si128((__m128i *)to, four_pixels);
		return;
	}
	if (n == 1) {
		word = _mm_cvtsi128_si32(four_pixels);
		memcpy(to, &word, 4);
		return;
	}
	if (n == 3)
		four_pixels = _mm_shuffle_epi8(four_pixels, rgb);
	_mm_storel_epi64((__m128i *)to, four_pixels);
	if (n == 3) {
		word = _mm_extract_epi32(four_pixels, 2);
		memcpy(to + 8, &word, 4);
	}
}

INLINE __m128i value(
	const struct image *in, const struct taps *t, const int count, int first, const size_t n)
{
	return _mm256_cvttpd_epi32(count == 2 ? two(in, t, first, n) : four(in, t, first, n));
}

INLINE void four_pixels(unsigned char *to, const struct image *in, const struct taps *t,
	const int count, const size_t n)
{
	__m128i a = value(in, t, count, 0, n), b = a, c = a, d = a;

	if (n == 2)
		b = value(in, t, count, 2, n);
	if (n >= 3) {
		b = value(in, t, count, 1, n);
		c = value(in, t, count, 2, n);
		d = value(in, t, count, 3, n);
	}
	store(to, pack(a, b, c, d), n);
}

/* Groups of four pixels; what is left over, and what reaches the end of RGB, is done by portable C. */
INLINE void sample(unsigned char *to, const struct image *in, const double *u, const double *v,
	unsigned pixels, warp_sample_fn *portable, const int count, const size_t n)
{
	struct taps t;

	for (; pixels >= LANES; pixels -= LANES, u += LANES, v += LANES, to += LANES * n) {
		set_taps(&t, in, u, v, count, n);
		if (n == 3 && t.last)
			portable(to, in, u, v, LANES);
		else
			four_pixels(to, in, &t, count, n);
	}
	portable(to, in, u, v, pixels);
}

/*
 * The pixels at count offsets. Three channels take a fourth byte along: what lies behind them is written later.
 */
INLINE void copy_pixels(unsigned char *to, const unsigned char *data, const uint32_t *offset,
	const int count, const size_t n)
{
	for (int i = 0; i < count; i++)
		memcpy(to + n * i, data + offset[i], n == 3 ? 4 : n);
}

INLINE void nearest_n(unsigned char *to, const struct image *in, const double *u, const double *v,
	unsigned count, const size_t n)
{
	const __m128i right = _mm_set1_epi32((int)in->shape.width - 1);
	const __m128i bottom = _mm_set1_epi32((int)in->shape.height - 1);
	const __m128i stride = _mm_set1_epi32((int)in->stride), pixel = _mm_set1_epi32((int)n);

	for (; count > LANES; count -= LANES, u += LANES, v += LANES, to += LANES * n) {
		__m128i x = _mm256_cvttpd_epi32(_mm256_loadu_pd(u));
		__m128i y = _mm256_cvttpd_epi32(_mm256_loadu_pd(v));
		__m128i last = _mm_and_si128(_mm_cmpeq_epi32(x, right), _mm_cmpeq_epi32(y, bottom));
		uint32_t offset[LANES];

		_mm_storeu_si128((__m128i *)offset,
			_mm_add_epi32(_mm_mullo_epi32(y, stride), _mm_mullo_epi32(x, pixel)));
		if (n == 3 && _mm_movemask_epi8(last))
			warp_u8_c.nearest(to, in, u, v, LANES);
		else
			copy_pixels(to, in->data, offset, LANES, n);
	}
	warp_u8_c.nearest(to, in, u, v, count);
}

enum { STEPS = 8 }; /* of fixed point, at a time */

INLINE __m256i steps_from(uint32_t start, uint32_t step)
{
	const __m256i count = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

	return _mm256_add_epi32(_mm256_set1_epi32((int)start),
		_mm256_mullo_epi32(count, _mm256_set1_epi32((int)step)));
}

INLINE void fixed_n(unsigned char *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
	uint32_t dv, uint32_t count, const size_t n)
{
	const __m256i right = _mm256_set1_epi32((int)in->shape.width - 1);
	const __m256i bottom = _mm256_set1_epi32((int)in->shape.height - 1);
	const __m256i stride = _mm256_set1_epi32((int)in->stride);
	const __m256i pixel = _mm256_set1_epi32((int)n);
	__m256i us = steps_from(u, du), vs = steps_from(v, dv);

	for (; count > STEPS; count -= STEPS, to += STEPS * n, u += STEPS * du, v += STEPS * dv) {
		__m256i x = _mm256_srli_epi32(us, 16), y = _mm256_srli_epi32(vs, 16);
		__m256i last = _mm256_and_si256(
			_mm256_cmpeq_epi32(x, right), _mm256_cmpeq_epi32(y, bottom));
		uint32_t offset[STEPS];

		_mm256_storeu_si256((__m256i *)offset,
			_mm256_add_epi32(
				_mm256_mullo_epi32(y, stride), _mm256_mullo_epi32(x, pixel)));
		if (n == 3 && _mm256_movemask_epi8(last))
			warp_u8_c.fixed(to, in, u, v, du, dv, STEPS);
		else
			copy_pixels(to, in->data, offset, STEPS, n);
		us = _mm256_add_epi32(us, _mm256_set1_epi32((int)(STEPS * du)));
		vs = _mm256_add_epi32(vs, _mm256_set1_epi32((int)(STEPS * dv)));
	}
	warp_u8_c.fixed(to, in, u, v, du, dv, count);
}

/* Offsets are of 32 bits: portable C takes what is larger. */
static bool is_small(const struct image *in)
{
	return (uint64_t)in->stride * in->shape.height <= UINT32_MAX;
}

#define BY_CHANNELS(function, ...)                                                                 \
	do {                                                                                       \
		switch (in->shape.channels) {                                                      \
		case 1:                                                                            \
			function(__VA_ARGS__, 1);                                                  \
			break;                                                                     \
		case 2:                                                                            \
			function(__VA_ARGS__, 2);                                                  \
			break;                                                                     \
		case 3:                                                                            \
			function(__VA_ARGS__, 3);                                                  \
			break;                                                                     \
		default:                                                                           \
			function(__VA_ARGS__, 4);                                                  \
		}                                                                                  \
	} while (0)

void warp_nearest_u8_avx2(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	if (is_small(in))
		BY_CHANNELS(nearest_n, to, in, u, v, count);
	else
		warp_u8_c.nearest(to, in, u, v, count);
}

void warp_bilinear_u8_avx2(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	if (is_small(in))
		BY_CHANNELS(sample, to, in, u, v, count, warp_u8_c.bilinear, 2);
	else
		warp_u8_c.bilinear(to, in, u, v, count);
}

void warp_bicubic_u8_avx2(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	if (is_small(in))
		BY_CHANNELS(sample, to, in, u, v, count, warp_u8_c.bicubic, 4);
	else
		warp_u8_c.bicubic(to, in, u, v, count);
}

void warp_fixed_u8_avx2(void *to, const struct image *in, uint32_t u, uint32_t v, uint32_t du,
	uint32_t dv, uint32_t count)
{
	if (is_small(in))
		BY_CHANNELS(fixed_n, to, in, u, v, du, dv, count);
	else
		warp_u8_c.fixed(to, in, u, v, du, dv, count);
}

const struct warp_kernels warp_u8_avx2 = {
	.places = warp_places_avx2,
	.nearest = warp_nearest_u8_avx2,
	.bilinear = warp_bilinear_u8_avx2,
	.bicubic = warp_bicubic_u8_avx2,
	.fixed = warp_fixed_u8_avx2,
};
