/* SPDX-License-Identifier: Apache-2.0 */
/* What huffman_bits_avx2.c does, but with PDEP, where that takes no longer than a multiplication. */
#define PLACES_BY_PDEP
#include "kernels/huffman_256.h"

const struct huffman_kernels huffman_pdep = {"pdep", unstuff, loops_unit, loops_dc_first,
	loops_dc_refine, loops_band_first, loops_band_refine};
