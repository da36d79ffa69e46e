/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding one MCU (huffman_kernels.h), as text: it is compiled for plain C, and for BMI2, whose shifts take their count
 * from any register and leave the flags alone.
 *
 * The reader's window is filled without a branch: whole bytes are or'ed in below the bits that count, also such as do not
 * fit and will be or'ed in again; `held` is kept modulo 64, so that a table's entry can be subtracted from it as it is.
 * (Variant 4 of F. Giesen, "Reading bits in far too many ways", 2018.)
 *
 * Within a block, place 0 is DC's, and `place` is the last one that was passed: at 63 the block is complete, and nothing
 * says so in the data. That is why an entry of two symbols is not taken where the first of them could be the last.
 */
#ifndef KERNELS_HUFFMAN_LOOPS_H
#define KERNELS_HUFFMAN_LOOPS_H

#include "kernels/huffman_kernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

enum { LAST_PLACE = 63 };

enum outcome { GOES_ON, ENDS, BROKEN };

INLINE uint64_t load_64(const uint8_t *at)
{
	return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 |
		(uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
		(uint64_t)at[6] << 8 | at[7];
}

/* 56 to 63 bits are there. */
INLINE void refill(struct huffman_reader *r)
{
	r->window |= load_64(r->next) >> (r->held & 63);
	r->next += ~r->held >> 3 & 7;
	r->held |= 56;
}

/* Passes entry & 63 bits. */
INLINE void pass(struct huffman_reader *r, uint64_t entry)
{
	r->window <<= entry & 63;
	r->held -= entry;
}

/* The first entry & 63 bits, 1 at least, as a number. */
INLINE uint64_t first_bits(uint64_t window, uint64_t entry)
{
	return window >> (-entry & 63);
}

/* A symbol by itself, past which the reader goes; -1: there is no such code. 16 bits are there. */
INLINE int read_symbol(struct huffman_reader *r, const struct huffman_codes *codes)
{
	unsigned brief = codes->brief[r->window >> (64 - HUFFMAN_CODE_BITS)];
	unsigned length = brief >> 8;
	uint32_t ahead = (uint32_t)(r->window >> 48);
	int symbol = brief & 255;

	if (!brief) {
		length = HUFFMAN_CODE_BITS + 1;
		while (length <= 16 && ahead >= codes->limit[length])
			length++;
		if (length > 16)
			return -1;
		symbol = codes->symbol[(int32_t)(ahead >> (16 - length)) + codes->shift[length]];
	}
	pass(r, length);
	return symbol;
}

/* The value behind a symbol (T.81, F.2.2.1, EXTEND). */
INLINE int32_t read_value(struct huffman_reader *r, unsigned size)
{
	int32_t bits;

	if (!size)
		return 0;
	bits = (int32_t)first_bits(r->window, size);
	pass(r, size);
	return bits >> (size - 1) ? bits : bits - (1 << size) + 1;
}

/* A DC difference; 36 bits are there behind it. */
INLINE bool read_dc(struct huffman_reader *r, const struct huffman_dc *dc, int32_t *difference)
{
	uint64_t entry = dc->entry[r->window >> (64 - HUFFMAN_DC_BITS)];
	int size;

	if (LIKELY(entry)) {
		*difference = (int32_t)((uint32_t)first_bits(r->window, entry) +
			(uint32_t)(entry >> 32));
		pass(r, entry);
		return true;
	}
	size = read_symbol(r, &dc->codes);
	if (size < 0)
		return false;
	*difference = read_value(r, (unsigned)size);
	refill(r);
	return true;
}

/* An AC symbol by itself. coef NULL: only the way past it. */
INLINE enum outcome one_symbol(
	struct huffman_reader *r, const struct huffman_codes *codes, int16_t *coef, unsigned *place)
{
	int symbol;
	int32_t value;

	refill(r);
	symbol = read_symbol(r, codes);
	if (symbol < 0)
		return BROKEN;
	if (!(symbol & 15) && symbol >> 4 < 15)
		return ENDS;
	*place += (unsigned)(symbol >> 4) + 1;
	value = read_value(r, symbol & 15);
	if (coef && symbol & 15)
		coef[huffman_natural[*place]] = (int16_t)value;
	return *place >= LAST_PLACE ? ENDS : GOES_ON;
}

/* Where a block stands, and the entry that was looked up last. */
struct block_state {
	unsigned place; /* behind the entry */
	unsigned first; /* place of the entry's first value */
	uint64_t entry;
};

INLINE int16_t first_value(const struct huffman_reader *r, uint64_t entry)
{
	return (int16_t)((r->window >> (entry >> 24 & 63)) + (entry >> 32));
}

/* One entry's values. False: it ends the block or does not say all, and was not passed. */
INLINE bool take_pair(
	struct huffman_reader *r, const uint64_t *pairs, int16_t *coef, struct block_state *b)
{
	uint64_t entry = pairs[r->window >> (64 - HUFFMAN_PAIR_BITS)];

	b->entry = entry;
	b->first = b->place + (entry >> 8 & 255);
	b->place += entry >> 16 & 255;
	if (!LIKELY(b->place < LAST_PLACE))
		return false;
	/* Of a single value both places are the same: the right one is written last. */
	coef[huffman_natural[b->place]] = (int16_t)(first_bits(r->window, entry) + (entry >> 48));
	coef[huffman_natural[b->first]] = first_value(r, entry);
	pass(r, entry);
	return true;
}

/* What take_pair() left. */
INLINE enum outcome take_rest(
	struct huffman_reader *r, const struct huffman_ac *ac, int16_t *coef, struct block_state *b)
{
	unsigned places = b->entry >> 16 & 255;

	b->place -= places;
	if (LIKELY(places >= HUFFMAN_END && places != HUFFMAN_LONG && b->first < LAST_PLACE)) {
		int16_t nobody,
			*to = places == HUFFMAN_END ? &nobody : &coef[huffman_natural[b->first]];

		*to = first_value(r, b->entry);
		pass(r, b->entry);
		return ENDS;
	}
	return one_symbol(r, &ac->codes, coef, &b->place);
}

INLINE bool read_ac(struct huffman_reader *r, const struct huffman_ac *ac, int16_t *coef)
{
	struct block_state b = {0};
	bool all = take_pair(r, ac->pair, coef, &b) && take_pair(r, ac->pair, coef, &b);

	for (;;) {
		if (!all) {
			enum outcome outcome = take_rest(r, ac, coef, &b);

			if (outcome != GOES_ON)
				return outcome == ENDS;
		}
		refill(r);
		all = take_pair(r, ac->pair, coef, &b) && take_pair(r, ac->pair, coef, &b) &&
			take_pair(r, ac->pair, coef, &b);
	}
}

INLINE enum outcome skip_some(
	struct huffman_reader *r, const struct huffman_ac *ac, unsigned *place)
{
	unsigned entry = ac->skip[r->window >> (64 - HUFFMAN_SKIP_BITS)];
	unsigned to = *place + (entry >> 8);

	if (!LIKELY(to < LAST_PLACE))
		return one_symbol(r, &ac->codes, NULL, place);
	*place = to;
	pass(r, entry);
	return entry & HUFFMAN_SKIP_END ? ENDS : GOES_ON;
}

INLINE bool skip_ac(struct huffman_reader *r, const struct huffman_ac *ac)
{
	unsigned place = 0;
	enum outcome outcome = skip_some(r, ac, &place);

	while (outcome == GOES_ON) {
		refill(r);
		outcome = skip_some(r, ac, &place);
		if (outcome == GOES_ON)
			outcome = skip_some(r, ac, &place);
	}
	return outcome == ENDS;
}

/* Whether more bits were passed than there are. */
INLINE bool reads_behind(const struct huffman_reader *r)
{
	return (r->next - r->end) * 8 - (ptrdiff_t)r->held > 0;
}

INLINE bool read_block(struct huffman_reader *r, const struct huffman_part *part, int16_t *coef,
	int32_t predictors[HUFFMAN_COMPONENTS])
{
	int32_t difference, *dc = &predictors[part->component];

	refill(r);
	if (!read_dc(r, part->dc, &difference))
		return false;
	if (part->dc_wanted) {
		if (__builtin_add_overflow(*dc, difference, dc))
			return false;
		if (coef)
			coef[0] = (int16_t)*dc;
	}
	return coef && part->ac_wanted ? read_ac(r, part->ac, coef) : skip_ac(r, part->ac);
}

static bool loops_unit(struct huffman_reader *reader, const struct huffman_unit *unit,
	int16_t *const *blocks, int32_t predictors[HUFFMAN_COMPONENTS])
{
	struct huffman_reader r = *reader;
	int32_t moved[HUFFMAN_COMPONENTS];

	memcpy(moved, predictors, sizeof moved);
	for (unsigned i = 0; i < unit->count; i++)
		if (!read_block(&r, &unit->part[i], blocks ? blocks[i] : NULL, moved))
			return false;
	r.held &= 63;
	if (reads_behind(&r))
		return false;
	*reader = r;
	memcpy(predictors, moved, sizeof moved);
	return true;
}

/* unstuff() byte by byte, from wherever whole words or vectors end. */
static uint8_t *unstuff_bytes(
	const uint8_t **from, const uint8_t *source_end, uint8_t *to, uint8_t *room_end, bool *more)
{
	const uint8_t *s = *from;

	*more = false;
	for (; s < source_end; *to++ = *s, s += *s == 0xff ? 2 : 1) {
		if (room_end - to < HUFFMAN_SLACK) {
			*more = true;
			break;
		}
		if (*s == 0xff && (source_end - s < 2 || s[1] != 0))
			break;
	}
	*from = s;
	return to;
}

#endif
