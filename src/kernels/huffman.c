/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/huffman.h"

#include <string.h>

enum { CODE_MAX = 16, BLOCK_LAST = 63 };

const uint8_t huffman_natural[BLOCK_LAST + 16] = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11,
	4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50,
	43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
	55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

/* Sets table[from .. from + count) of 16-bit entries. */
static void fill_brief(uint16_t *from, unsigned count, unsigned value)
{
	while (count--)
		*from++ = (uint16_t)value;
}

/* T.81, C.2: codes of a length follow one another; the next length goes on with twice the next one. */
bool huffman_codes_init(struct huffman_codes *codes, const uint8_t counts[17],
	const uint8_t symbols[256], unsigned symbol_max)
{
	uint32_t code = 0;
	unsigned at = 0;

	memset(codes, 0, sizeof *codes);
	for (unsigned n = 1; n <= CODE_MAX; n++, code <<= 1) {
		codes->shift[n] = (int32_t)at - (int32_t)code;
		if (at + counts[n] > 256 || code + counts[n] > 1u << n)
			return false;
		for (unsigned i = 0; i < counts[n]; i++, at++, code++) {
			unsigned spare = HUFFMAN_CODE_BITS - n; /* bits of the window behind it */

			if (symbols[at] > symbol_max)
				return false;
			codes->symbol[at] = symbols[at];
			if (n <= HUFFMAN_CODE_BITS)
				fill_brief(codes->brief + (code << spare), 1u << spare,
					n << 8 | symbols[at]);
		}
		codes->limit[n] = code << (CODE_MAX - n);
	}
	return true;
}

/* What makes a value of its code, its size and its sign. */
static uint32_t offset_of(uint32_t code, unsigned size, bool positive)
{
	uint32_t offset = 0u - (code << size);

	return positive ? offset : offset - ((1u << size) - 1);
}

/* All windows that begin with this code; a size of 0 has no sign, and both halves are alike. */
static void dc_add(struct huffman_dc *dc, uint32_t code, unsigned length, unsigned size)
{
	unsigned known = length + (size > 0);

	if (known > HUFFMAN_DC_BITS || length + size > HUFFMAN_DC_MOST)
		return;
	for (uint32_t sign = 0; sign < (size ? 2u : 1u); sign++) {
		uint64_t entry = (uint64_t)offset_of(code, size, sign || !size) << 32 |
			(length + size);
		unsigned spare = HUFFMAN_DC_BITS - known;
		uint32_t from = (size ? code << 1 | sign : code) << spare;

		for (uint32_t i = 0; i < 1u << spare; i++)
			dc->entry[from + i] = entry;
	}
}

bool huffman_dc_init(struct huffman_dc *dc, const uint8_t counts[17], const uint8_t symbols[256])
{
	uint32_t code = 0;
	unsigned at = 0;

	if (!huffman_codes_init(&dc->codes, counts, symbols, 15))
		return false;
	memset(dc->entry, 0, sizeof dc->entry);
	for (unsigned n = 1; n <= HUFFMAN_DC_BITS; n++, code <<= 1)
		for (unsigned i = 0; i < counts[n]; i++, at++, code++)
			dc_add(dc, code, n, symbols[at]);
	return true;
}

bool huffman_ac_init(struct huffman_ac *ac, const uint8_t counts[17], const uint8_t symbols[256])
{
	ac->has_pairs = ac->has_skips = false;
	return huffman_codes_init(&ac->codes, counts, symbols, 255);
}

/* What a window begins with: one symbol. */
struct single {
	uint8_t known; /* bits of the window that it depends on; 0: the long way */
	uint8_t bits; /* of code and value */
	uint8_t places; /* run + 1; 0: the block ends */
	uint8_t size;
	uint16_t offset;
};

enum { WINDOWS = 1 << HUFFMAN_PAIR_BITS };

static void single_add(struct single *singles, uint32_t code, unsigned length, unsigned symbol)
{
	unsigned size = symbol & 15, run = symbol >> 4, known = length + (size > 0);

	if (known > HUFFMAN_PAIR_BITS || length + size > HUFFMAN_PAIR_MOST || (!size && run == 15))
		return;
	for (uint32_t sign = 0; sign < (size ? 2u : 1u); sign++) {
		struct single single = {.known = (uint8_t)known,
			.bits = (uint8_t)(length + size),
			.places = (uint8_t)(size ? run + 1 : 0),
			.size = (uint8_t)size,
			.offset = (uint16_t)offset_of(code, size, sign)};
		unsigned spare = HUFFMAN_PAIR_BITS - known;
		uint32_t from = (size ? code << 1 | sign : code) << spare;

		for (uint32_t i = 0; i < 1u << spare; i++)
			singles[from + i] = single;
	}
}

static void singles_make(struct single *singles, const struct huffman_codes *codes)
{
	uint32_t code = 0;

	memset(singles, 0, WINDOWS * sizeof *singles);
	for (unsigned n = 1; n <= HUFFMAN_PAIR_BITS; n++, code <<= 1)
		for (; code < codes->limit[n] >> (CODE_MAX - n); code++)
			single_add(
				singles, code, n, codes->symbol[(int32_t)code + codes->shift[n]]);
}

static uint64_t pair_entry(
	const struct single *first, unsigned bits, unsigned places, uint16_t second_offset)
{
	return bits | (uint64_t)first->places << 8 | (uint64_t)places << 16 |
		(uint64_t)(64 - first->bits) << 24 | (uint64_t)first->offset << 32 |
		(uint64_t)second_offset << 48;
}

/* The second symbol, or the block's end, behind a first value; the first alone where there is no room for it. */
static uint64_t pair_behind(
	const struct single *singles, const struct single *first, uint32_t window)
{
	const struct single *second = &singles[window << first->bits & (WINDOWS - 1)];
	unsigned bits = first->bits + second->bits, places = first->places + second->places;
	uint32_t before = window >> (HUFFMAN_PAIR_BITS - first->bits);

	if (!second->known || first->bits + second->known > HUFFMAN_PAIR_BITS ||
		bits > HUFFMAN_PAIR_MOST)
		return pair_entry(first, first->bits, first->places, 0);
	if (!second->places)
		return pair_entry(first, bits, places | HUFFMAN_END, 0);
	/* The second value is cut out of the window together with all that stands before it. */
	return pair_entry(
		first, bits, places, (uint16_t)(second->offset - (before << second->bits)));
}

void huffman_ac_add_pairs(struct huffman_ac *ac)
{
	struct single singles[WINDOWS];

	if (ac->has_pairs)
		return;
	singles_make(singles, &ac->codes);
	for (uint32_t window = 0; window < WINDOWS; window++) {
		const struct single *first = &singles[window];

		if (!first->known)
			ac->pair[window] = (uint64_t)HUFFMAN_LONG << 16;
		else if (!first->places)
			ac->pair[window] = pair_entry(first, first->bits, HUFFMAN_END, 0);
		else if (first->bits >= HUFFMAN_PAIR_BITS)
			ac->pair[window] = pair_entry(first, first->bits, first->places, 0);
		else
			ac->pair[window] = pair_behind(singles, first, window);
	}
	ac->has_pairs = true;
}

/* As many whole codes as lie in the window, their values' bits behind them wherever those lie. */
static uint16_t skip_entry(const struct huffman_codes *codes, uint32_t window)
{
	unsigned bits = 0, places = 0;

	while (bits < HUFFMAN_SKIP_BITS) {
		uint32_t rest = window << bits & ((1u << HUFFMAN_SKIP_BITS) - 1);
		unsigned brief = codes->brief[rest >> (HUFFMAN_SKIP_BITS - HUFFMAN_CODE_BITS)];
		unsigned length = brief >> 8, size = brief & 15, run = brief >> 4 & 15;

		if (!brief || bits + length > HUFFMAN_SKIP_BITS ||
			bits + length + size > HUFFMAN_SKIP_MOST)
			break;
		if (!size && run < 15)
			return (uint16_t)((bits + length) | HUFFMAN_SKIP_END | places << 8);
		if (places + run + 1 >= BLOCK_LAST)
			break;
		bits += length + size;
		places += run + 1;
	}
	return (uint16_t)(bits ? bits | places << 8 : HUFFMAN_FAR << 8);
}

void huffman_ac_add_skips(struct huffman_ac *ac)
{
	if (ac->has_skips)
		return;
	for (uint32_t window = 0; window < 1u << HUFFMAN_SKIP_BITS; window++)
		ac->skip[window] = skip_entry(&ac->codes, window);
	ac->has_skips = true;
}
