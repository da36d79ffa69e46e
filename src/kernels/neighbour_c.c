/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours and noise in portable C. */
#include "kernels/neighbour_loops.h"

const struct neighbour_kernels neighbour_c = {LOOPS_TABLE};
