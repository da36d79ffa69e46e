/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction set provides for Huffman-coded JPEG data: taking the stuffing out of it, decoding one MCU of a
 * sequential image, and the four kinds of scan of a progressive one. The tables, and the idea, are huffman.h's.
 */
#ifndef KERNELS_HUFFMAN_KERNELS_H
#define KERNELS_HUFFMAN_KERNELS_H

#include "kernels/huffman.h"

#include <stddef.h>

enum {
	HUFFMAN_BLOCKS = 10, /* blocks of an MCU at most (T.81, B.2.3) */
	HUFFMAN_COMPONENTS = 4,
	/* One MCU reads no further than this: its blocks, each of 64 symbols of 31 bits, and what a load reaches ahead. */
	HUFFMAN_MARGIN = HUFFMAN_BLOCKS * 64 * 31 / 8 + 16,
	HUFFMAN_SLACK = 32, /* unstuff() may write nonsense so far behind what it returns */
};

/* Bits, the next one in the window's highest place. Begins all zero but for the pointers. */
struct huffman_reader {
	uint64_t window;
	uint64_t
		held; /* bits of the window that count as read, 0 .. 63; what is below is either right or 0 */
	const uint8_t *next; /* the next byte to load */
	const uint8_t *
		end; /* of the data, unstuffed; HUFFMAN_MARGIN bytes from `next` on can be read, whatever they hold */
};

/* One block of an MCU. Tables are borrowed. */
struct huffman_part {
	const struct huffman_dc *dc;
	const struct huffman_ac *ac; /* with pairs where ac_wanted, else with skips */
	uint8_t component; /* which predictor is its own */
	bool dc_wanted, ac_wanted;
};

struct huffman_unit {
	unsigned count; /* 1 .. HUFFMAN_BLOCKS */
	struct huffman_part part[HUFFMAN_BLOCKS];
};

/* The coefficients of one component that a scan codes, block after block. */
struct huffman_band {
	const struct huffman_codes *codes; /* borrowed */
	unsigned first, last; /* places, 1 .. 63 */
	unsigned shift; /* how many bits up the scan's values stand, 0 .. 13 */
	uint32_t run; /* blocks, from the next one on, in which nothing new comes */
};

struct huffman_kernels {
	const char *name;
	/*
	 * Copies coded bytes from *from on to `to` and makes FF 00 to FF, up to a marker, up to source_end, or until less than
	 * HUFFMAN_SLACK bytes are left before room_end. *from moves behind what was taken: onto a marker's FF, or an FF that ends
	 * the source. Returns the end of what was written; *more says whether room alone ended it.
	 */
	uint8_t *(*unstuff)(const uint8_t **from, const uint8_t *source_end, uint8_t *to,
		uint8_t *room_end, bool *more);
	/*
	 * Decodes one MCU into blocks[0 .. count), each of 64 zeros, in natural order; NULL: nothing is wanted but the way past
	 * (then every table has skips). Predictors are added to. False, and neither reader nor predictors have moved, where the data
	 * is none that can be: an unknown code, a predictor out of 32 bits, or bits behind the reader's end. Blocks may then hold
	 * anything.
	 */
	bool (*unit)(struct huffman_reader *reader, const struct huffman_unit *unit,
		int16_t *const *blocks, int32_t predictors[HUFFMAN_COMPONENTS]);
	/*
	 * DC of one MCU's blocks, `shift` bits up: set, and refined by one bit. Of the unit's parts dc and component are looked
	 * at. False as above; predictors have not moved.
	 */
	bool (*dc_first)(struct huffman_reader *reader, const struct huffman_unit *unit,
		unsigned shift, int16_t *const *blocks, int32_t predictors[HUFFMAN_COMPONENTS]);
	bool (*dc_refine)(struct huffman_reader *reader, unsigned count, unsigned shift,
		int16_t *const *blocks);
	/*
	 * The band in up to `count` blocks that follow one another, as long as the reader's next byte is not behind `stop`: how
	 * many they were; -1, and the reader has not moved, where the data is none that can be. nonzero has a word for each block, 0
	 * before the first scan: which places are not zero, in a form that is these kernels' own. Nothing but the band's places is written: by band_first,
	 * where they were zero, values of symbols (none of more than 15 - shift bits); by band_refine, one bit, of coefficients
	 * that have no lower ones and not this one.
	 */
	int (*band_first)(struct huffman_reader *reader, struct huffman_band *band,
		const uint8_t *stop, int16_t (*blocks)[64], uint64_t *nonzero, unsigned count);
	int (*band_refine)(struct huffman_reader *reader, struct huffman_band *band,
		const uint8_t *stop, int16_t (*blocks)[64], uint64_t *nonzero, unsigned count);
};

/* That of another instruction set is there where sets_x86.c is compiled. */
extern const struct huffman_kernels huffman_c, huffman_avx2, huffman_pdep;

#endif
