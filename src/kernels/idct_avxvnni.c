/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse DCT with AVX-VNNI: products, and their sum, in one instruction. */
#include "kernels/idct_256.h"

INLINE __m256i dot(__m256i sum, __m256i words, __m256i factors)
{
	return _mm256_dpwssd_avx_epi32(sum, words, factors);
}

const struct idct_kernels idct_avxvnni = {"avxvnni", islow};
