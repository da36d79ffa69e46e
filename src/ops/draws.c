/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Draws: each is one Philox block at counter (copy, position, draw number, 0). The last word is 0 except
 * where a whole number has to be drawn again to stay unbiased, so no draw ever shifts the next one.
 */
#include "base/philox.h"
#include "ops/op.h"

#include <assert.h>

static void block(const struct draws *draws, uint32_t number, uint32_t again, uint32_t out[4])
{
	const uint32_t counter[4] = {draws->copy, draws->position, number, again};

	philox4x32_10(counter, draws->key, out);
}

uint32_t draws_u32(struct draws *draws)
{
	uint32_t out[4];

	block(draws, draws->next++, 0, out);
	return out[0];
}

double draws_unit(struct draws *draws)
{
	uint32_t out[4];

	block(draws, draws->next++, 0, out);
	return (double)(((uint64_t)out[0] << 32 | out[1]) >> 11) * 0x1p-53;
}

double draws_range(struct draws *draws, double low, double high)
{
	double value = low + (high - low) * draws_unit(draws);

	/* Rounding may reach the open end. */
	return value < high || low == high ? value : low;
}

/*
 * Source: Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, refused
 * where its low half shows that this value has one chance too many.
 */
uint32_t draws_below(struct draws *draws, uint32_t n)
{
	uint32_t number = draws->next++, least = (uint32_t)-n % n, out[4];

	assert(n);
	for (uint32_t again = 0;; again++) {
		block(draws, number, again, out);
		for (int i = 0; i < 4; i++) {
			uint64_t product = (uint64_t)out[i] * n;

			if ((uint32_t)product >= least)
				return (uint32_t)(product >> 32);
		}
	}
}

/* Source: Durstenfeld, "Algorithm 235: random permutation", CACM 7, 1964. */
void draws_order(struct draws *draws, uint8_t *order, uint8_t count)
{
	for (uint8_t i = 0; i < count; i++)
		order[i] = i;
	for (uint8_t i = count; i > 1; i--) {
		uint32_t at = draws_below(draws, i);
		uint8_t moved = order[at];

		order[at] = order[i - 1];
		order[i - 1] = moved;
	}
}
