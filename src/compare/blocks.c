/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG: blocks of 8x8 whose cosine coefficients are whole multiples of a step each. Seen from the pixels: on the grid of
 * blocks a share of the coefficients is next to nothing that is not so when the grid is laid half a block further. What
 * the expected image has of that, being a photo, is taken off.
 */
#include "compare/signs.h"
#include "report/numbers.h"

#include <math.h>

enum { SIDE = 8, BLOCKS = 48 /* along each axis at most */ };

static const double next_to_nothing = 1.0, telling = 0.06;

static void make_cosines(double cosine[SIDE][SIDE])
{
	for (int u = 0; u < SIDE; u++)
		for (int x = 0; x < SIDE; x++)
			cosine[u][x] = cos((2 * x + 1) * u * M_PI / (2 * SIDE)) *
				(u ? 0.5 : sqrt(0.125));
}

/* The block whose first pixel is (x, y), transformed. */
static void transform(const struct plane *plane, uint32_t x, uint32_t y,
	const double cosine[SIDE][SIDE], double to[SIDE][SIDE])
{
	double across[SIDE][SIDE];

	for (uint32_t j = 0; j < SIDE; j++)
		for (int u = 0; u < SIDE; u++) {
			across[j][u] = 0;
			for (uint32_t i = 0; i < SIDE; i++)
				across[j][u] += cosine[u][i] * plane_at(plane, x + i, y + j);
		}
	for (int v = 0; v < SIDE; v++)
		for (int u = 0; u < SIDE; u++) {
			to[v][u] = 0;
			for (int j = 0; j < SIDE; j++)
				to[v][u] += cosine[v][j] * across[j][u];
		}
}

/* The share of coefficients, but for the block's mean, that are next to nothing. */
static double small_share(
	const struct plane *plane, uint32_t offset, const double cosine[SIDE][SIDE])
{
	uint32_t columns = (plane->width - offset) / SIDE, rows = (plane->height - offset) / SIDE;
	uint32_t step_x = (columns + BLOCKS - 1) / BLOCKS, step_y = (rows + BLOCKS - 1) / BLOCKS;
	uint64_t small = 0, count = 0;

	for (uint32_t j = 0; j < rows; j += step_y)
		for (uint32_t i = 0; i < columns; i += step_x) {
			double block[SIDE][SIDE];

			transform(plane, offset + i * SIDE, offset + j * SIDE, cosine, block);
			for (int k = 1; k < SIDE * SIDE; k++)
				small += fabs(block[k / SIDE][k % SIDE]) < next_to_nothing;
			count += SIDE * SIDE - 1;
		}
	return count ? (double)small / (double)count : 0;
}

bool sign_blocks(const struct plane *a, const struct plane *b, struct str *out)
{
	double cosine[SIDE][SIDE], before, on_grid, off_grid;

	if (b->width < 3 * SIDE || b->height < 3 * SIDE)
		return false;
	make_cosines(cosine);
	on_grid = small_share(b, 0, cosine);
	off_grid = small_share(b, SIDE / 2, cosine);
	before = small_share(a, 0, cosine) - small_share(a, SIDE / 2, cosine);
	if (on_grid - off_grid - before < telling)
		return false;
	str_add(out, "re-encoded as JPEG: on a grid of 8x8 blocks ");
	number_add_short(out, 100 * on_grid);
	str_add(out, "% of the cosine coefficients are nothing, half a block further ");
	number_add_short(out, 100 * off_grid);
	str_add(out, "%");
	return true;
}
