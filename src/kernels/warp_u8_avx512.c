/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bilinear and bicubic samples of 8-bit rows with AVX-512: eight pixels at a time, sixteen values to a register. The
 * taps of a pixel in one source row are neighbours, so they are fetched by one load; a permutation of bytes lays each
 * tap's samples out as floats:
 *
 *	pixel 0: a b c d, pixel 1: a b c d, ...  ──►  2^23 + a of all pixels, 2^23 + b of all pixels, ...
 *
 * Portable C computes in double and truncates. Floats are wrong by less than margin_of() says, so they truncate to the
 * same unless the value is that close to a whole number; then, but for flat places where floats err by nothing, the
 * pixels are done again in double, by AVX2. AVX2 also has the groups that reach the left or right edge.
 */
#include "kernels/warp_kernels.h"

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { PIXELS = 8, LANES = 16 };

/* Of eight pixels: where their taps begin in each source row, in bytes, and how far behind a tap they lie. */
struct taps {
	uint32_t offset[4][PIXELS];
	__m256 dx, dy;
	bool plain; /* none of them is at the left or right edge */
};

/* A vector holds pixels of as many lanes as samples, but three channels have a lane to spare. */
INLINE int lanes_of(const int n)
{
	return n == 3 ? 4 : n;
}

/* Pixels of a vector. */
INLINE int pixels_of(const int n)
{
	return lanes_of(n) == 4 ? LANES / 4 : PIXELS;
}

/* Bytes that are fetched for one pixel's taps of one row: a power of two, with some to spare for three channels. */
INLINE int chunk_of(const int count, const int n)
{
	return count * lanes_of(n);
}

INLINE __m256i set_axis(__m256 *d, const double *at)
{
	__m512d place = _mm512_sub_pd(_mm512_loadu_pd(at), _mm512_set1_pd(0.5));
	__m512d whole = _mm512_roundscale_pd(place, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);

	*d = _mm512_cvtpd_ps(_mm512_sub_pd(place, whole));
	return _mm512_cvttpd_epi32(whole);
}

INLINE void set_taps(struct taps *t, const struct image *in, const double *u, const double *v,
	const int count, const int n)
{
	const int before = count / 2 - 1, spare = n == 3 ? count / 2 : 0;
	const __m256i zero = _mm256_setzero_si256();
	const __m256i bottom = _mm256_set1_epi32((int)in->shape.height - 1);
	__m256i x = set_axis(&t->dx, u), y = set_axis(&t->dy, v), column;

	x = _mm256_sub_epi32(x, _mm256_set1_epi32(before));
	t->plain = !(_mm256_cmplt_epi32_mask(x, zero) |
		_mm256_cmpgt_epi32_mask(
			x, _mm256_set1_epi32((int)in->shape.width - count - spare)));
	column = _mm256_mullo_epi32(x, _mm256_set1_epi32(n));
	for (int k = 0; k < count; k++) {
		__m256i row = _mm256_add_epi32(y, _mm256_set1_epi32(k - before));

		row = _mm256_min_epi32(_mm256_max_epi32(row, zero), bottom);
		row = _mm256_mullo_epi32(row, _mm256_set1_epi32((int)in->stride));
		_mm256_storeu_si256((__m256i *)t->offset[k], _mm256_add_epi32(row, column));
	}
	/* Through memory: offsets taken out of a register one by one would keep the shuffling port busy. */
	__asm__("" : "+m"(t->offset));
}

/* A row of output crosses source rows as no prefetcher foresees. */
INLINE void fetch_ahead(const struct taps *t, const unsigned char *data, const int count)
{
	for (int i = 0; t->plain && i < PIXELS; i++) {
		_mm_prefetch((const char *)data + t->offset[0][i], _MM_HINT_T0);
		_mm_prefetch((const char *)data + t->offset[count - 1][i], _MM_HINT_T0);
	}
}

INLINE __m128i load_pair(const unsigned char *data, const uint32_t *offset)
{
	__m128i first = _mm_loadl_epi64((const __m128i *)(data + offset[0]));

	return _mm_castps_si128(
		_mm_loadh_pi(_mm_castsi128_ps(first), (const __m64 *)(data + offset[1])));
}

INLINE int load_int(const unsigned char *data)
{
	int value;

	memcpy(&value, data, sizeof value);
	return value;
}

INLINE __m128i load_four(const unsigned char *data, const uint32_t *offset)
{
	__m128i v = _mm_cvtsi32_si128(load_int(data + offset[0]));

	v = _mm_insert_epi32(v, load_int(data + offset[1]), 1);
	v = _mm_insert_epi32(v, load_int(data + offset[2]), 2);
	return _mm_insert_epi32(v, load_int(data + offset[3]), 3);
}

INLINE int load_short(const unsigned char *data)
{
	uint16_t value;

	memcpy(&value, data, sizeof value);
	return value;
}

INLINE __m128i load_eight(const unsigned char *data, const uint32_t *offset)
{
	__m128i v = _mm_cvtsi32_si128(load_short(data + offset[0]));

	v = _mm_insert_epi16(v, load_short(data + offset[1]), 1);
	v = _mm_insert_epi16(v, load_short(data + offset[2]), 2);
	v = _mm_insert_epi16(v, load_short(data + offset[3]), 3);
	v = _mm_insert_epi16(v, load_short(data + offset[4]), 4);
	v = _mm_insert_epi16(v, load_short(data + offset[5]), 5);
	v = _mm_insert_epi16(v, load_short(data + offset[6]), 6);
	return _mm_insert_epi16(v, load_short(data + offset[7]), 7);
}

/* Chunks of 16 bytes in all. */
INLINE __m128i load_16(const unsigned char *data, const uint32_t *offset, const int chunk)
{
	if (chunk == 16)
		return _mm_loadu_si128((const __m128i *)(data + offset[0]));
	return chunk == 8    ? load_pair(data, offset)
		: chunk == 4 ? load_four(data, offset)
			     : load_eight(data, offset);
}

INLINE __m256i load_32(const unsigned char *data, const uint32_t *offset, const int chunk)
{
	__m128i low = load_16(data, offset, chunk),
		high = load_16(data, offset + 16 / chunk, chunk);

	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* The chunks of a vector's pixels, one behind the other: eight pixels at most. */
INLINE __m512i load_chunks(
	const unsigned char *data, const uint32_t *offset, const int count, const int n)
{
	const int chunk = chunk_of(count, n), bytes = chunk * pixels_of(n);

	if (bytes == 16)
		return _mm512_castsi128_si512(load_16(data, offset, chunk));
	if (bytes == 32)
		return _mm512_castsi256_si512(load_32(data, offset, chunk));
	return _mm512_inserti64x4(_mm512_castsi256_si512(load_32(data, offset, chunk)),
		load_32(data, offset + 32 / chunk, chunk), 1);
}

/* Where in the chunks lane l's sample of a tap lies. Grey has eight lanes to spare. */
INLINE int byte_of(const int l, const int tap, const int count, const int n)
{
	const int lanes = lanes_of(n), channel = l % lanes < n ? l % lanes : n - 1;

	return l / lanes % PIXELS * chunk_of(count, n) + tap * n + channel;
}

/* One number for each lane, by a function of the lane. */
#define LANES_BY(function, ...)                                                                    \
	_mm512_setr_epi32(function(0, __VA_ARGS__), function(1, __VA_ARGS__),                      \
		function(2, __VA_ARGS__), function(3, __VA_ARGS__), function(4, __VA_ARGS__),      \
		function(5, __VA_ARGS__), function(6, __VA_ARGS__), function(7, __VA_ARGS__),      \
		function(8, __VA_ARGS__), function(9, __VA_ARGS__), function(10, __VA_ARGS__),     \
		function(11, __VA_ARGS__), function(12, __VA_ARGS__), function(13, __VA_ARGS__),   \
		function(14, __VA_ARGS__), function(15, __VA_ARGS__))

/* Floats from here on are whole in their last place: a byte there is added to it. */
#define LARGE _mm512_set1_ps(0x1p23f)

/* 2^23 + the samples of a tap: the lowest byte of each float comes from the chunks. */
INLINE __m512 tap_of(__m512i chunks, const int tap, const int count, const int n)
{
	return _mm512_castsi512_ps(_mm512_mask_permutexvar_epi8(_mm512_castps_si512(LARGE),
		0x1111111111111111, LANES_BY(byte_of, tap, count, n), chunks));
}

INLINE int pixel_of(const int l, const int first, const int n)
{
	return first + l / lanes_of(n) % PIXELS;
}

/* d of the pixels from `first` on, for each of their lanes. */
INLINE __m512 spread(__m256 d, const int first, const int n)
{
	return _mm512_permutexvar_ps(LANES_BY(pixel_of, first, n), _mm512_castps256_ps512(d));
}

/* Bits that are set in some lane of any: floats that are all zero have none but the sign. */
INLINE __m512 some(__m512 a, __m512 b, __m512 c)
{
	enum { ANY = 0xfe }; /* a constant to the letter: clang takes no other */

	return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
		_mm512_castps_si512(a), _mm512_castps_si512(b), _mm512_castps_si512(c), ANY));
}

/* Terms whose d is 0 do not count. */
INLINE __m512 terms_by(__m512 d, __m512 terms)
{
	return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(d, _mm512_setzero_ps(), _CMP_NEQ_UQ), terms);
}

/* a + (b - a) d of one source row; and (b - a) d, where a float may err. */
INLINE __m512 across_two(__m512i chunks, __m512 dx, const int n, __m512 *term)
{
	__m512 a = tap_of(chunks, 0, 2, n), b = tap_of(chunks, 1, 2, n);

	*term = _mm512_mul_ps(_mm512_sub_ps(b, a), dx);
	return _mm512_add_ps(_mm512_sub_ps(a, LARGE), *term);
}

INLINE __m512 two(const unsigned char *data, const struct taps *t, const int first, const int n,
	__m512 *terms)
{
	__m512 dx = spread(t->dx, first, n), dy = spread(t->dy, first, n), term[3];
	__m512 a = across_two(load_chunks(data, t->offset[0] + first, 2, n), dx, n, &term[0]);
	__m512 b = across_two(load_chunks(data, t->offset[1] + first, 2, n), dx, n, &term[1]);

	term[2] = _mm512_mul_ps(_mm512_sub_ps(b, a), dy);
	*terms = some(term[0], terms_by(dy, term[1]), term[2]);
	return _mm512_add_ps(a, term[2]);
}

/* b + d (p2 + d (p3 + d p4)) */
INLINE __m512 cubic(__m512 b, __m512 p2, __m512 p3, __m512 p4, __m512 d)
{
	__m512 sum = _mm512_add_ps(p3, _mm512_mul_ps(d, p4));

	sum = _mm512_add_ps(p2, _mm512_mul_ps(d, sum));
	return _mm512_add_ps(b, _mm512_mul_ps(d, sum));
}

/* With e = a - b + c - d, p3 is a - b + e and p4 is -e; where p2, p3 and e are 0, nothing is rounded. */
INLINE __m512 cubic_of(
	__m512 a, __m512 b, __m512 c, __m512 d, __m512 base, __m512 at, __m512 *terms)
{
	__m512 ab = _mm512_sub_ps(a, b), e = _mm512_add_ps(ab, _mm512_sub_ps(c, d));
	__m512 p2 = _mm512_sub_ps(c, a), p3 = _mm512_add_ps(ab, e);

	*terms = some(p2, p3, e);
	return cubic(base, p2, p3, _mm512_sub_ps(_mm512_setzero_ps(), e), at);
}

INLINE __m512 across_four(__m512i chunks, __m512 dx, const int n, __m512 *terms)
{
	__m512 a = tap_of(chunks, 0, 4, n), b = tap_of(chunks, 1, 4, n);
	__m512 c = tap_of(chunks, 2, 4, n), d = tap_of(chunks, 3, 4, n);

	return cubic_of(a, b, c, d, _mm512_sub_ps(b, LARGE), dx, terms);
}

INLINE __m512 four(const unsigned char *data, const struct taps *t, const int first, const int n,
	__m512 *terms)
{
	__m512 dx = spread(t->dx, first, n), dy = spread(t->dy, first, n), line[4], term[5];
	__m512 value;

	for (int k = 0; k < 4; k++)
		line[k] = across_four(
			load_chunks(data, t->offset[k] + first, 4, n), dx, n, &term[k]);
	value = cubic_of(line[0], line[1], line[2], line[3], line[1], dy, &term[4]);
	term[0] = some(term[0], term[2], term[3]);
	*terms = some(terms_by(dx, term[1]), terms_by(dy, term[0]), terms_by(dy, term[4]));
	return value;
}

/*
 * How far a float may be from the exact value, at most. Samples are below 2^8 and d is 1 at most, so with u = 2^-24,
 * half the weight of a float's last bit relative to its first:
 *
 *   bilinear   (b - a) d is wrong by 255 x 1.5 u (d is rounded, and so is the product), the sum by 128 u more: 511 u
 *              across. Down, the difference adds 128 u, its product 383 u, the sum 128 u: 1150 u, below 2^-13.
 *   bicubic    Across, |p2| <= 255, |p3| <= 765, |p4| <= 510, all exact. p3 + d p4: 510 x 1.5 u + 1024 u = 1789 u. p2 +
 *              d of it: 1789 u + 1275 x 1.5 u + 1024 u = 4726 u. b + d of it: 4726 u + 1530 x 1.5 u + 256 u = 7277 u.
 *              Down, what goes in lies in -64 .. 319; its errors are weighted by 1.5 in all at most: 10916 u. Beside
 *              them, e <= 766: 1024 u, p3 <= 1149: 2304 u, p2 <= 383: 256 u. p3 + d p4: 2304 u + 1024 u + 766 x 1.5 u
 *              + 1024 u = 5501 u. p2 + d of it: 5501 u + 1915 x 1.5 u + 256 u + 2048 u = 10678 u. b + d of it: 10678 u
 *              + 2298 x 1.5 u + 256 u = 14381 u. Together 25297 u, below 2^-9.
 */
INLINE float margin_of(const int count)
{
	return count == 2 ? 0x1p-13f : 0x1p-9f;
}

/* The lanes whose value may truncate otherwise in double. */
INLINE __mmask16 doubtful(__m512 value, __m512 terms, const int count)
{
	const __m512 half = _mm512_set1_ps(0.5f);
	__m512 whole = _mm512_roundscale_ps(value, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
	__m512 off = _mm512_abs_ps(_mm512_sub_ps(_mm512_sub_ps(value, whole), half));
	__mmask16 near = _mm512_cmp_ps_mask(
		off, _mm512_set1_ps(0.5f - margin_of(count)), _CMP_GE_OQ);

	return _mm512_mask_cmp_ps_mask(near, terms, _mm512_setzero_ps(), _CMP_NEQ_UQ);
}

/* Whether all d are multiples of 1 / parts. Not of the floats: those may be rounded to one. */
INLINE bool is_coarse(const double *at, double parts)
{
	__m512d place = _mm512_mul_pd(
		_mm512_sub_pd(_mm512_loadu_pd(at), _mm512_set1_pd(0.5)), _mm512_set1_pd(parts));
	__m512d whole = _mm512_roundscale_pd(place, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);

	return _mm512_cmp_pd_mask(place, whole, _CMP_EQ_OQ) == 0xff;
}

/*
 * Whether all d are such coarse fractions, as whole scales have them, that no float is rounded: multiples of 2^-7 leave
 * 8 + 7 bits across and 9 + 14 down; of 2^-2 for bicubic, 8 + 3 + 6 and 11 + 12.
 */
INLINE bool is_exact(const double *u, const double *v, const int count)
{
	const double parts = count == 2 ? 128 : 4;

	return is_coarse(u, parts) && is_coarse(v, parts);
}

/* A vector's values as bytes: truncated, and clipped. */
INLINE __m128i values(const unsigned char *data, const struct taps *t, const int count,
	const int first, const int n, bool *doubt)
{
	__m512 terms,
		value = count == 2 ? two(data, t, first, n, &terms)
				   : four(data, t, first, n, &terms);
	__m512i all = _mm512_cvttps_epi32(value);

	*doubt |= doubtful(value, terms, count) != 0;
	return _mm512_cvtusepi32_epi8(_mm512_max_epi32(all, _mm512_setzero_si512()));
}

/* False where some value is in doubt: nothing is stored then. */
INLINE bool eight_pixels(unsigned char *to, const unsigned char *data, const struct taps *t,
	const double *u, const double *v, const int count, const int n)
{
	const __m256i rgb = _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20,
		21, 22, 24, 25, 26, 28, 29, 30, 0, 0, 0, 0, 0, 0, 0, 0);
	bool doubt = false;
	__m256i all = _mm256_castsi128_si256(values(data, t, count, 0, n, &doubt));

	if (n >= 3)
		all = _mm256_inserti128_si256(all, values(data, t, count, 4, n, &doubt), 1);
	if (doubt && !is_exact(u, v, count))
		return false;
	if (n == 3)
		all = _mm256_permutexvar_epi8(rgb, all);
	_mm256_mask_storeu_epi8(to, (__mmask32)(((uint64_t)1 << (8 * n)) - 1), all);
	return true;
}

INLINE void sample(unsigned char *to, const struct image *in, const double *u, const double *v,
	unsigned pixels, warp_sample_fn *other, const int count, const int n)
{
	struct taps t[WARP_BLOCK / PIXELS];
	unsigned groups = pixels / PIXELS;

	for (unsigned g = 0; g < groups; g++) {
		set_taps(&t[g], in, u + g * PIXELS, v + g * PIXELS, count, n);
		fetch_ahead(&t[g], in->data, count);
	}
	for (unsigned g = 0; g < groups; g++, u += PIXELS, v += PIXELS, to += PIXELS * n)
		if (!t[g].plain || !eight_pixels(to, in->data, &t[g], u, v, count, n))
			other(to, in, u, v, PIXELS);
	pixels %= PIXELS;
	if (pixels)
		other(to, in, u, v, pixels);
}

INLINE void sample_any(unsigned char *to, const struct image *in, const double *u, const double *v,
	unsigned pixels, warp_sample_fn *other, const int count)
{
	if ((uint64_t)in->stride * in->shape.height > UINT32_MAX) /* offsets are of 32 bits */
		other(to, in, u, v, pixels);
	else if (in->shape.channels == 1)
		sample(to, in, u, v, pixels, other, count, 1);
	else if (in->shape.channels == 2)
		sample(to, in, u, v, pixels, other, count, 2);
	else if (in->shape.channels == 3)
		sample(to, in, u, v, pixels, other, count, 3);
	else
		sample(to, in, u, v, pixels, other, count, 4);
}

static void bilinear(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	sample_any(to, in, u, v, count, warp_bilinear_u8_avx2, 2);
}

static void bicubic(
	void *to, const struct image *in, const double *u, const double *v, unsigned count)
{
	sample_any(to, in, u, v, count, warp_bicubic_u8_avx2, 4);
}

const struct warp_kernels warp_u8_avx512 = {
	.places = warp_places_avx2,
	.nearest = warp_nearest_u8_avx2,
	.bilinear = bilinear,
	.bicubic = bicubic,
	.fixed = warp_fixed_u8_avx2,
};
