/* SPDX-License-Identifier: Apache-2.0 */
/* Huffman-coded data in portable C. */
#include "kernels/huffman_scan_loops.h"

/* Whether one of a word's bytes is FF: whether one of its complement is 0, which alone borrows from its own top bit. */
static bool has_ff(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;

	return ((~word - ones) & word & tops) != 0;
}

/* Eight bytes at a time where there is no FF. */
static uint8_t *unstuff(
	const uint8_t **from, const uint8_t *source_end, uint8_t *to, uint8_t *room_end, bool *more)
{
	while (source_end - *from > 8 && room_end - to >= HUFFMAN_SLACK) {
		const uint8_t *stop = *from + 8;
		uint64_t word;

		memcpy(&word, *from, 8);
		memcpy(to, &word, 8);
		if (!has_ff(word)) {
			*from += 8;
			to += 8;
			continue;
		}
		while (*from < stop) {
			if (**from == 0xff && (*from)[1] != 0) {
				*more = false;
				return to;
			}
			*to++ = **from;
			*from += **from == 0xff ? 2 : 1;
		}
	}
	return unstuff_bytes(from, source_end, to, room_end, more);
}

const struct huffman_kernels huffman_c = {"c", unstuff, loops_unit, loops_dc_first, loops_dc_refine,
	loops_band_first, loops_band_refine};
