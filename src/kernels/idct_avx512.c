/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse DCT with what AVX-512 brings to 256-bit registers: as many again of them, so that none goes to memory, and
 * VNNI. (Four blocks in 512-bit registers took half the time in a loop by themselves, and more time than two among the
 * scalar code of Huffman decoding: decoding photos as a whole, 1.36 to 1.39 times libjpeg-turbo's speed in place of 1.50.)
 */
#include "kernels/idct_256.h"

INLINE __m256i dot(__m256i sum, __m256i words, __m256i factors)
{
	return _mm256_dpwssd_epi32(sum, words, factors);
}

const struct idct_kernels idct_avx512 = {"avx512", islow};
