/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel sets of machines that there are no vector kernels for. */
#include "kernels/dispatch.h"

const struct kernels *const kernel_sets[] = {&kernels_c};
const size_t kernel_set_count = sizeof kernel_sets / sizeof *kernel_sets;
