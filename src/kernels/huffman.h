/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that make several Huffman symbols of a JPEG (ITU-T T.81, annex F) out of one load.
 *
 * Coded data is a row of symbols, each a code of 1 to 16 bits with up to 15 bits of a value behind it:
 *
 *	DC      code(size)             value of `size` bits: the difference from the block before
 *	AC      code(run << 4 | size)  value of `size` bits: the coefficient behind `run` zeros
 *	        run 15, size 0: sixteen zeros; any other run of size 0: the block ends here
 *
 * What limits decoding is the way from one symbol to the next: look its code up, learn its length, shift. So the table for
 * AC is asked once for two symbols. Its index is the next 11 bits, and what it says of each symbol that lies there is
 * where its value goes and how to make it:
 *
 *	window   1 1 0 1 0 . . . . . .      code 11010, size 4, so the value's bits follow
 *	         └─code──┘s v v v           s: its first bit, which is the sign (1 is positive)
 *	value    = (the first 9 bits as a number) + offset
 *	offset   = -(code << size), and where s is 0 also -(2^size - 1)
 *
 * The offset depends on code and sign alone. So these must lie in the window, and the rest of the value need not.
 *
 * Why 11 bits: a table has 2^11 entries of 8 bytes, and two of them, for luma and chroma, fit into 32 KiB of first-level
 * cache; with 12 they do not. Where values are not wanted a second table says only how far to go: 2 bytes an entry.
 *
 * Making a table takes some microseconds, so whoever decodes many files keeps them. Once made they are constant.
 */
#ifndef KERNELS_HUFFMAN_H
#define KERNELS_HUFFMAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HUFFMAN_CODE_BITS = 9, /* windows of the tables */
	HUFFMAN_DC_BITS = 9,
	HUFFMAN_PAIR_BITS = 11,
	HUFFMAN_SKIP_BITS = 11,

	/* Behind a refill at least 56 bits are there. Each table's entries take so few that none need be counted: */
	HUFFMAN_DC_MOST = 20, /* a DC entry and two of the next line */
	HUFFMAN_PAIR_MOST = 18, /* three of them */
	HUFFMAN_SKIP_MOST = 28, /* two */
};

/* Codes one by one: the way for symbols that a larger table does not hold. */
struct huffman_codes {
	uint16_t
		brief[1 << HUFFMAN_CODE_BITS]; /* length << 8 | symbol; 0: a longer code, or none */
	uint32_t limit
		[17]; /* 16 bits below limit[n], and not below limit[n - 1], begin with a code of n bits */
	int32_t shift[17]; /* code + shift[n]: its place in symbol */
	uint8_t symbol[256];
};

/*
 * A DC entry; 0: the long way.
 *	0 .. 5     bits of code and value, 1 .. HUFFMAN_DC_MOST
 *	32 .. 63   offset
 */
struct huffman_dc {
	struct huffman_codes codes;
	uint64_t entry[1 << HUFFMAN_DC_BITS];
};

/*
 * A pair entry.
 *	0 .. 5     bits of all that it holds, up to HUFFMAN_PAIR_MOST
 *	8 .. 15    places to go before the first value: its run + 1; 0: there is none
 *	16 .. 23   places to go in all. HUFFMAN_END is added where the block then ends; HUFFMAN_LONG: the long way
 *	24 .. 31   64 - bits of the first symbol
 *	32 .. 47   offset of the first value
 *	48 .. 63   offset of the second
 * Of a single value both counts of places are the same, and the second value is nonsense.
 *
 * A skip entry.
 *	0 .. 5     bits, up to HUFFMAN_SKIP_MOST
 *	6          the block then ends
 *	8 .. 15    places to go in all; HUFFMAN_FAR: the long way
 */
enum { HUFFMAN_END = 0x80, HUFFMAN_LONG = 0xff, HUFFMAN_SKIP_END = 0x40, HUFFMAN_FAR = 127 };

struct huffman_ac {
	struct huffman_codes codes;
	bool has_pairs, has_skips; /* each part is made when first wanted */
	uint64_t pair[1 << HUFFMAN_PAIR_BITS];
	uint16_t skip[1 << HUFFMAN_SKIP_BITS];
};

/* From the order of the data to rows and columns (T.81, figure 5). A run may lead up to 15 places too far: to the last one. */
extern const uint8_t huffman_natural[64 + 15];

/*
 * Codes alone, with symbols up to symbol_max. False where the codes are none that T.81 allows.
 */
bool huffman_codes_init(struct huffman_codes *codes, const uint8_t counts[17],
	const uint8_t symbols[256], unsigned symbol_max);
/*
 * Of a table as a file holds it: how many codes of each length (counts[0] unused), and their symbols. False where the codes
 * are none that T.81 allows; nothing is then usable.
 */
bool huffman_dc_init(struct huffman_dc *dc, const uint8_t counts[17], const uint8_t symbols[256]);
bool huffman_ac_init(struct huffman_ac *ac, const uint8_t counts[17], const uint8_t symbols[256]);
/* Makes the parts that an initialized table lacks. */
void huffman_ac_add_pairs(struct huffman_ac *ac);
void huffman_ac_add_skips(struct huffman_ac *ac);

#endif
