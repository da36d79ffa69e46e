/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours and noise with AVX2. */
#include "kernels/neighbour_loops.h"

const struct neighbour_kernels neighbour_avx2 = {LOOPS_TABLE};
