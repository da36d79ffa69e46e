/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG: blocks of 8x8 whose cosine coefficients are whole multiples of a step each. Seen from the pixels that shows twice:
 *
 *	share   on the grid of blocks more coefficients are next to nothing than with the grid laid half a block further
 *	comb    coefficients of one place in the block are near the multiples of some step, which is not one
 *
 * What the expected image has of both, being a photo perhaps, is taken off.
 */
#include "compare/signs.h"
#include "report/numbers.h"

#include <math.h>
#include <stdlib.h>

enum {
	SIDE = 8,
	BLOCKS = 32, /* along each axis at most */
	SAMPLES = BLOCKS * BLOCKS,
	PLACES = SIDE * SIDE,
	COMB_PLACES = 14, /* of the lowest frequencies, in zigzag order behind the mean */
	STEP_LEAST = 3,
	STEP_MOST = 60,
	ENOUGH = 60, /* coefficients that are not nothing */
};

static const double next_to_nothing = 1.0, telling_share = 0.06, telling_comb = 0.4;

/* An image's coefficients: place by place, a sample a block. */
struct spectrum {
	float value[PLACES][SAMPLES];
	uint32_t count;
};

static void make_cosines(double cosine[SIDE][SIDE])
{
	for (int u = 0; u < SIDE; u++)
		for (int x = 0; x < SIDE; x++)
			cosine[u][x] = cos((2 * x + 1) * u * M_PI / (2 * SIDE)) *
				(u ? 0.5 : sqrt(0.125));
}

/* The block whose first pixel is (x, y), as the spectrum's next sample. */
static void add_block(struct spectrum *spectrum, const struct plane *plane, uint32_t x, uint32_t y,
	double cosine[SIDE][SIDE])
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
			double sum = 0;

			for (int j = 0; j < SIDE; j++)
				sum += cosine[v][j] * across[j][u];
			spectrum->value[v * SIDE + u][spectrum->count] = (float)sum;
		}
	spectrum->count++;
}

/* Blocks all over the plane, the first at (offset, offset). */
static void take_spectrum(struct spectrum *spectrum, const struct plane *plane, uint32_t offset)
{
	uint32_t columns = (plane->width - offset) / SIDE, rows = (plane->height - offset) / SIDE;
	uint32_t step_x = (columns + BLOCKS - 1) / BLOCKS, step_y = (rows + BLOCKS - 1) / BLOCKS;
	double cosine[SIDE][SIDE];

	make_cosines(cosine);
	spectrum->count = 0;
	for (uint32_t j = 0; j < rows; j += step_y)
		for (uint32_t i = 0; i < columns; i += step_x)
			add_block(spectrum, plane, offset + i * SIDE, offset + j * SIDE, cosine);
}

/* The share of coefficients, but for the blocks' means, that are next to nothing. */
static double small_share(const struct spectrum *spectrum)
{
	uint64_t small = 0;

	for (int place = 1; place < PLACES; place++)
		for (uint32_t i = 0; i < spectrum->count; i++)
			small += fabsf(spectrum->value[place][i]) < next_to_nothing;
	return (double)small / ((double)spectrum->count * (PLACES - 1));
}

/* 1: all are multiples of the step; about 0: anywhere between. Of those that round to more than nothing. */
static double comb(const float *value, uint32_t count, float step, uint32_t *used)
{
	double sum = 0;

	*used = 0;
	for (uint32_t i = 0; i < count; i++) {
		float steps = value[i] / step;

		if (fabsf(steps) < 0.5f)
			continue;
		sum += 1 - 4 * fabsf(steps - rintf(steps));
		++*used;
	}
	return *used ? sum / *used : 0;
}

/* How much more of a comb b has than a, at the step that shows it best. */
static double comb_at(const struct spectrum *a, const struct spectrum *b, int place)
{
	double best = 0;

	for (int step = STEP_LEAST; step <= STEP_MOST; step++) {
		uint32_t used_a, used_b;
		double x = comb(a->value[place], a->count, (float)step, &used_a);
		double y = comb(b->value[place], b->count, (float)step, &used_b);

		if (used_a >= ENOUGH && used_b >= ENOUGH && y - x > best)
			best = y - x;
	}
	return best;
}

static double mean_comb(const struct spectrum *a, const struct spectrum *b)
{
	static const int places[COMB_PLACES] = {1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4};
	double sum = 0;
	int found = 0;

	for (int i = 0; i < COMB_PLACES; i++) {
		double here = comb_at(a, b, places[i]);

		sum += here;
		found += here > 0;
	}
	return found ? sum / found : 0;
}

static void say(struct str *out, double on_grid, double off_grid, double teeth)
{
	str_add(out, "re-encoded as JPEG: on a grid of 8x8 blocks ");
	number_add_fine(out, 100 * on_grid);
	str_add(out, "% of the cosine coefficients are nothing, half a block further ");
	number_add_fine(out, 100 * off_grid);
	str_add(out, "%; the others keep to multiples of a step by ");
	number_add_fine(out, 100 * teeth);
	str_add(out, "% more than expected");
}

bool sign_blocks(const struct plane *a, const struct plane *b, struct str *out)
{
	double before, on_grid, off_grid, teeth;
	struct spectrum *spectrum;
	bool seen;

	if (b->width < 3 * SIDE || b->height < 3 * SIDE)
		return false;
	spectrum = malloc(2 * sizeof *spectrum);
	if (!spectrum)
		return false;
	take_spectrum(&spectrum[0], a, SIDE / 2);
	take_spectrum(&spectrum[1], b, SIDE / 2);
	before = -small_share(&spectrum[0]);
	off_grid = small_share(&spectrum[1]);
	take_spectrum(&spectrum[0], a, 0);
	take_spectrum(&spectrum[1], b, 0);
	before += small_share(&spectrum[0]);
	on_grid = small_share(&spectrum[1]);
	teeth = mean_comb(&spectrum[0], &spectrum[1]);
	free(spectrum);
	/* Less than nothing: the expected image has blocks on another grid, and they may have gone. */
	before = before > 0 ? before : 0;
	seen = on_grid - off_grid - before >= telling_share || teeth >= telling_comb;
	if (seen)
		say(out, on_grid, off_grid, teeth);
	return seen;
}
