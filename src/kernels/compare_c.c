/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing rows in portable C: the common loops. */
#include "kernels/compare_loops.h"

const struct compare_kernels compare_u8_c = {
	.sums = loops_sums_u8,
	.past = loops_past_u8,
	.ssim_across = loops_across_u8,
};

const struct compare_kernels compare_u16_c = {
	.sums = loops_sums_u16,
	.past = loops_past_u16,
	.ssim_across = loops_across_u16,
};

void ssim_down_c(double *to, const double *const (*rows)[SSIM_MAPS], size_t samples,
	const struct ssim_window *window, double c1, double c2)
{
	loops_down(to, rows, samples, window, c1, c2);
}
