/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing rows with AVX2: the common loops, but for pixels of 8 bits, which are counted 32 bytes at a time. */
#include "kernels/compare_loops.h"

#include <immintrin.h>

static inline __m256i load(const uint8_t *from)
{
	return _mm256_loadu_si256((const __m256i *)from);
}

/* Not 0 in the bytes that differ by more than the limit. */
static inline __m256i past_bytes(const uint8_t *a, const uint8_t *b, __m256i limit)
{
	__m256i x = load(a), y = load(b);
	__m256i d = _mm256_or_si256(_mm256_subs_epu8(x, y), _mm256_subs_epu8(y, x));

	return _mm256_subs_epu8(d, limit);
}

static inline uint32_t zero_bytes(__m256i bytes)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
}

/* 32 bytes of pixels of 1, 2 or 4: those that have a byte past the limit. */
static inline unsigned count_even(__m256i past, unsigned channels)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i within = channels == 1 ? _mm256_cmpeq_epi8(past, zero)
		: channels == 2        ? _mm256_cmpeq_epi16(past, zero)
				       : _mm256_cmpeq_epi32(past, zero);
	unsigned bytes = (unsigned)__builtin_popcount((uint32_t)_mm256_movemask_epi8(within));

	return (32 - bytes) / channels;
}

static size_t past_even(
	const uint8_t *a, const uint8_t *b, size_t pixels, unsigned channels, uint32_t limit)
{
	const __m256i limits = _mm256_set1_epi8((char)limit);
	size_t bytes = pixels * channels, at = 0, count = 0;

	for (; at + 32 <= bytes; at += 32)
		count += count_even(past_bytes(a + at, b + at, limits), channels);
	return count + loops_past_u8(a + at, b + at, (bytes - at) / channels, channels, limit);
}

/* 32 pixels of three bytes are 96 bits, two words of which are folded onto the first byte of each pixel. */
static inline unsigned count_three(uint64_t low, uint32_t high)
{
	const uint64_t firsts = 0x1249249249249249; /* every third bit from bit 0 */
	unsigned __int128 bits = (unsigned __int128)high << 64 | low;
	unsigned __int128 folded = bits | bits >> 1 | bits >> 2;

	return (unsigned)__builtin_popcountll((uint64_t)folded & (firsts | (uint64_t)1 << 63)) +
		(unsigned)__builtin_popcountll((uint64_t)(folded >> 64) & (firsts << 2));
}

static size_t past_three(const uint8_t *a, const uint8_t *b, size_t pixels, uint32_t limit)
{
	const __m256i limits = _mm256_set1_epi8((char)limit);
	size_t at = 0, count = 0;

	for (; at + 32 <= pixels; at += 32) {
		const uint8_t *x = a + 3 * at, *y = b + 3 * at;
		uint32_t first = ~zero_bytes(past_bytes(x, y, limits));
		uint32_t second = ~zero_bytes(past_bytes(x + 32, y + 32, limits));
		uint32_t third = ~zero_bytes(past_bytes(x + 64, y + 64, limits));

		count += count_three(first | (uint64_t)second << 32, third);
	}
	return count + loops_past_u8(a + 3 * at, b + 3 * at, pixels - at, 3, limit);
}

static size_t past(const void *a, const void *b, size_t pixels, unsigned channels, uint32_t limit)
{
	if (limit >= 255)
		return 0;
	return channels == 3 ? past_three(a, b, pixels, limit)
			     : past_even(a, b, pixels, channels, limit);
}

const struct compare_kernels compare_u8_avx2 = {
	.sums = loops_sums_u8,
	.past = past,
	.ssim_across = loops_across_u8,
};

const struct compare_kernels compare_u16_avx2 = {
	.sums = loops_sums_u16,
	.past = loops_past_u16,
	.ssim_across = loops_across_u16,
};

void ssim_down_avx2(double *to, const double *const (*rows)[SSIM_MAPS], size_t samples,
	const struct ssim_window *window, double c1, double c2)
{
	loops_down(to, rows, samples, window, c1, c2);
}
