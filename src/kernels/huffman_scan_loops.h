/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four kinds of scan of a progressive image (huffman_kernels.h; ITU-T T.81, annex G), as text like huffman_loops.h.
 *
 * Refining a band walks over coefficients, and what is read depends on which of them are zero: a run counts only those, and
 * each other one that it passes takes a bit. So a word for each block says which are not, a bit a place: passing a zero is
 * then one step of arithmetic, no load and no branch, and a block that has nothing to refine is not even looked at.
 */
#ifndef KERNELS_HUFFMAN_SCAN_LOOPS_H
#define KERNELS_HUFFMAN_SCAN_LOOPS_H

#include "kernels/huffman_loops.h"

enum { CORRECTIONS = 32 }; /* behind a code and its sign so many bits are still there */

/* The blocks behind this symbol's code, this one included, in which nothing new comes. 14 bits are there. */
INLINE uint32_t read_run(struct huffman_reader *r, unsigned size)
{
	uint32_t run = 1u << size;

	if (size) {
		run += (uint32_t)first_bits(r->window, size);
		pass(r, size);
	}
	return run;
}

static bool loops_dc_first(struct huffman_reader *reader, const struct huffman_unit *unit,
	unsigned shift, int16_t *const *blocks, int32_t predictors[HUFFMAN_COMPONENTS])
{
	struct huffman_reader r = *reader;
	int32_t moved[HUFFMAN_COMPONENTS];

	memcpy(moved, predictors, sizeof moved);
	for (unsigned i = 0; i < unit->count; i++) {
		int32_t difference, *dc = &moved[unit->part[i].component];

		refill(&r);
		if (!read_dc(&r, unit->part[i].dc, &difference) ||
			__builtin_add_overflow(*dc, difference, dc))
			return false;
		blocks[i][0] = (int16_t)((uint32_t)*dc << shift);
	}
	r.held &= 63;
	if (reads_behind(&r))
		return false;
	*reader = r;
	memcpy(predictors, moved, sizeof moved);
	return true;
}

static bool loops_dc_refine(
	struct huffman_reader *reader, unsigned count, unsigned shift, int16_t *const *blocks)
{
	struct huffman_reader r = *reader;

	refill(&r);
	for (unsigned i = 0; i < count; i++) {
		blocks[i][0] |= (int16_t)(r.window >> 63 << shift);
		pass(&r, 1);
	}
	r.held &= 63;
	if (reads_behind(&r))
		return false;
	*reader = r;
	return true;
}

/* A value of 1 bit at least, `shift` bits up. (T.81, F.2.2.1: where its first bit is 0 it is negative.) */
INLINE int16_t shifted_value(struct huffman_reader *r, unsigned size, unsigned shift)
{
	uint32_t bits = (uint32_t)first_bits(r->window, size);
	uint32_t negative = (uint32_t)((int64_t)~r->window >> 63);

	pass(r, size);
	return (int16_t)((bits - (negative & ((1u << size) - 1))) << shift);
}

INLINE bool first_block(
	struct huffman_reader *r, struct huffman_band *band, int16_t *coef, uint64_t *nonzero)
{
	unsigned place = band->first - 1;
	uint64_t set = 0;

	do {
		int symbol;

		refill(r);
		symbol = read_symbol(r, band->codes);
		if (symbol < 0)
			return false;
		if (!(symbol & 15) && symbol >> 4 < 15) {
			band->run = read_run(r, (unsigned)symbol >> 4) - 1;
			break;
		}
		place += ((unsigned)symbol >> 4) + 1;
		if (place > band->last)
			return false;
		if (symbol & 15) {
			coef[huffman_natural[place]] = shifted_value(r, symbol & 15, band->shift);
			set |= (uint64_t)1 << place;
		}
	} while (place < band->last);
	*nonzero |= set;
	return true;
}

/* Behind the data no more than a block is read: it would be seen. */
static int loops_band_first(struct huffman_reader *reader, struct huffman_band *band,
	const uint8_t *stop, int16_t (*blocks)[64], uint64_t *nonzero, unsigned count)
{
	struct huffman_reader r = *reader;
	unsigned i = 0;

	while (i < count && r.next <= stop) {
		if (band->run) {
			unsigned idle = band->run < count - i ? band->run : count - i;

			band->run -= idle;
			i += idle;
		} else {
			if (!first_block(&r, band, blocks[i], &nonzero[i]))
				return -1;
			i++;
		}
	}
	r.held &= 63;
	if (reads_behind(&r))
		return -1;
	*reader = r;
	return (int)i;
}

/* Moves the coefficients at these places one step away from zero, those whose bit is 1. CORRECTIONS bits are there. */
INLINE void correct(struct huffman_reader *r, uint64_t places, int16_t *coef, unsigned shift)
{
	unsigned left = CORRECTIONS;

	for (; places; places &= places - 1, left--) {
		int16_t *c = &coef[huffman_natural[__builtin_ctzll(places)]];
		int one = *c < 0 ? -1 : 1;

		if (!LIKELY(left)) {
			refill(r);
			left = CORRECTIONS;
		}
		*c = (int16_t)(*c + (int)((unsigned)(one & -(int)(r->window >> 63)) << shift));
		pass(r, 1);
	}
}

/* One symbol, and what it passes. rest: places of the band that were not passed. */
INLINE enum outcome refine_some(struct huffman_reader *r, struct huffman_band *band, int16_t *coef,
	uint64_t *rest, uint64_t *nonzero)
{
	uint64_t zeros = *rest & ~*nonzero, target;
	int symbol, value;

	refill(r);
	symbol = read_symbol(r, band->codes);
	if (symbol < 0 || (symbol & 15) > 1)
		return BROKEN;
	if (!(symbol & 15) && symbol >> 4 < 15) {
		band->run = read_run(r, (unsigned)symbol >> 4);
		return ENDS;
	}
	value = r->window >> 63 ? 1 : -1;
	pass(r, symbol & 1);
	for (int run = symbol >> 4; run; run--)
		zeros &= zeros - 1;
	if (!zeros)
		return BROKEN;
	target = zeros & -zeros;
	correct(r, *rest & *nonzero & (target - 1), coef, band->shift);
	*rest &= -target << 1;
	if (symbol & 1) {
		coef[huffman_natural[__builtin_ctzll(target)]] = (int16_t)((unsigned)value
			<< band->shift);
		*nonzero |= target;
	}
	return *rest ? GOES_ON : ENDS;
}

INLINE bool refine_block(
	struct huffman_reader *r, struct huffman_band *band, int16_t *coef, uint64_t *nonzero)
{
	uint64_t rest = ~(uint64_t)0 >> (63 - band->last) & ~(uint64_t)0 << band->first;
	enum outcome outcome = GOES_ON;

	while (!band->run && outcome == GOES_ON)
		outcome = refine_some(r, band, coef, &rest, nonzero);
	if (outcome == BROKEN)
		return false;
	if (band->run) {
		if (rest & *nonzero) {
			refill(r);
			correct(r, rest & *nonzero, coef, band->shift);
		}
		band->run--;
	}
	return true;
}

static int loops_band_refine(struct huffman_reader *reader, struct huffman_band *band,
	const uint8_t *stop, int16_t (*blocks)[64], uint64_t *nonzero, unsigned count)
{
	struct huffman_reader r = *reader;
	unsigned i;

	for (i = 0; i < count && r.next <= stop; i++)
		if (!refine_block(&r, band, blocks[i], &nonzero[i]))
			return -1;
	r.held &= 63;
	if (reads_behind(&r))
		return -1;
	*reader = r;
	return (int)i;
}

#endif
