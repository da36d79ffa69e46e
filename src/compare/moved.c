/* SPDX-License-Identifier: Apache-2.0 */
/* Flipped, turned or transposed: seven ways to lay an image, each tried at some thousands of places. */
#include "compare/signs.h"
#include "kernels/move.h"
#include "report/numbers.h"

#include <stdlib.h>

enum { PROBES = 64 };

static const double most = 6; /* mean levels, of an image that was saved anew on the way */

/* Where pixel (x, y) of the moved image lies in the one it came from. */
static void source_of(enum move move, const struct plane *a, uint32_t x, uint32_t y, uint32_t at[2])
{
	struct shape shape = {.width = a->width, .height = a->height, .channels = 1};
	struct rect pixel = move_source(move, &shape, &(struct rect){x, y, 1, 1});

	at[0] = pixel.x;
	at[1] = pixel.y;
}

static double difference(enum move move, const struct plane *a, const struct plane *b)
{
	uint64_t sum = 0;

	for (uint32_t j = 0; j < PROBES; j++)
		for (uint32_t i = 0; i < PROBES; i++) {
			uint32_t x = (2 * i + 1) * b->width / (2 * PROBES);
			uint32_t y = (2 * j + 1) * b->height / (2 * PROBES);
			uint32_t at[2];

			source_of(move, a, x, y, at);
			sum += (unsigned)abs(plane_at(a, at[0], at[1]) - plane_at(b, x, y));
		}
	return (double)sum / (PROBES * PROBES);
}

static bool fits(enum move move, const struct plane *a, const struct plane *b)
{
	return move_turns(move) ? a->width == b->height && a->height == b->width
				: a->width == b->width && a->height == b->height;
}

static double equal_percent(enum move move, const struct plane *a, const struct plane *b)
{
	uint64_t equal = 0;

	for (uint32_t y = 0; y < b->height; y++)
		for (uint32_t x = 0; x < b->width; x++) {
			uint32_t at[2];

			source_of(move, a, x, y, at);
			equal += plane_at(a, at[0], at[1]) == plane_at(b, x, y);
		}
	return 100.0 * (double)equal / ((double)b->width * b->height);
}

bool sign_moved(const struct plane *a, const struct plane *b, double direct, struct str *out)
{
	static const char *const names[] = {
		[MOVE_FLIP_H] = "flipped left to right",
		[MOVE_ROTATE_180] = "turned by 180 degrees",
		[MOVE_FLIP_V] = "flipped top to bottom",
		[MOVE_TRANSPOSE] = "transposed",
		[MOVE_ROTATE_CW] = "turned by 90 degrees clockwise",
		[MOVE_TRANSVERSE] = "transposed about the other diagonal",
		[MOVE_ROTATE_CCW] = "turned by 90 degrees counter-clockwise",
	};
	enum move best = MOVE_NONE;
	double least = direct < 4 * most ? direct / 4 : most;

	for (enum move move = MOVE_FLIP_H; move <= MOVE_ROTATE_CCW; move++) {
		double found = fits(move, a, b) ? difference(move, a, b) : 255;

		if (found < least) {
			least = found;
			best = move;
		}
	}
	if (best == MOVE_NONE)
		return false;
	str_addf(out, "%s: then ", names[best]);
	number_add_fine(out, equal_percent(best, a, b));
	str_add(out, "% of the pixels are as bright as expected");
	return true;
}
