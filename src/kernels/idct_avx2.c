/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse DCT with AVX2. */
#include "kernels/idct_256.h"

INLINE __m256i dot(__m256i sum, __m256i words, __m256i factors)
{
	return _mm256_add_epi32(sum, _mm256_madd_epi16(words, factors));
}

const struct idct_kernels idct_avx2 = {"avx2", islow};
