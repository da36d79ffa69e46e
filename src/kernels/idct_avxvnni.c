/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse DCT with AVX-VNNI: products, and their sum, in one instruction. */
#include "kernels/idct_256.h"

INLINE V dot(V sum, V words, V factors)
{
	return _mm256_dpwssd_avx_epi32(sum, words, factors);
}

const struct idct_kernels idct_avxvnni = {"avxvnni", islow};
