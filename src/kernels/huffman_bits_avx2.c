/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Huffman-coded data with AVX2, for bytes, and BMI2, for bits: every CPU that has the first has the second. But PDEP takes
 * some of them a hundred times as long as others, so places are found without it.
 */
#include "kernels/huffman_256.h"

const struct huffman_kernels huffman_avx2 = {"avx2", unstuff, loops_unit, loops_dc_first,
	loops_dc_refine, loops_band_first, loops_band_refine};
