/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours and noise in portable C. */
#include "kernels/neighbour_loops.h"

static void gauss_down(
	int16_t *to, const uint8_t *const *rows, size_t samples, const struct gauss *gauss)
{
	loops_gauss_down_from(to, rows, 0, samples, gauss);
}

static void mean(uint8_t *to, const uint8_t *const *rows, size_t samples, uint32_t count)
{
	loops_mean_from(to, rows, 0, samples, count);
}

const struct neighbour_kernels neighbour_c = {
	LOOPS_TABLE,
	.turn = loops_turn,
	.turn_back = loops_turn_back,
	.box = loops_box,
	.gauss_down = gauss_down,
	.gauss_across = loops_gauss_across,
	.mean = mean,
};
