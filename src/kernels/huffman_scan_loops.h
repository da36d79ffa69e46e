/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four kinds of scan of a progressive image (huffman_kernels.h; ITU-T T.81, annex G), as text like huffman_loops.h.
 *
 * Refining a band walks over coefficients, and what is read depends on which of them are zero: a run counts only those, and
 * each other one that it passes takes a bit. So a word for each block says which are not, a bit a place: where a run ends and
 * what lies before is then arithmetic with words (huffman_places.h), coefficients are touched only where they change, and a
 * block that has nothing to refine is not even looked at.
 */
#ifndef KERNELS_HUFFMAN_SCAN_LOOPS_H
#define KERNELS_HUFFMAN_SCAN_LOOPS_H

#include "kernels/huffman_loops.h"
#include "kernels/huffman_places.h"

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
			set |= place_alone(place);
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

#ifdef PLACES_BY_PDEP

/* A bit for each of these places; those whose bit is 1. CORRECTIONS bits are there. */
INLINE uint64_t read_corrections(struct huffman_reader *r, uint64_t places)
{
	uint64_t early = places, late = 0, corrected;
	unsigned count = places_count(places);

	if (!LIKELY(count <= CORRECTIONS)) {
		early = places_early(places);
		late = places ^ early;
		count = places_count(early);
	}
	/* Of no bits at all this is nonsense, and spread over no places. */
	corrected = places_spread(first_bits(r->window, count), early);
	pass(r, count);
	if (LIKELY(!late))
		return corrected;
	refill(r);
	count = places_count(late);
	corrected |= places_spread(first_bits(r->window, count), late);
	pass(r, count);
	return corrected;
}

#else

INLINE uint64_t read_corrections(struct huffman_reader *r, uint64_t places)
{
	unsigned left = CORRECTIONS;
	uint64_t corrected = 0;

	for (; places; places &= places - 1, left--) {
		if (!LIKELY(left)) {
			refill(r);
			left = CORRECTIONS;
		}
		corrected |= places & -places & -(r->window >> 63);
		pass(r, 1);
	}
	return corrected;
}

#endif

/* Moves the coefficients at these places one step away from zero. */
INLINE void correct(uint64_t places, int16_t *coef, unsigned shift)
{
	for (; places; places &= places - 1) {
		/* The last bit's place, whichever of the first or the last that is. */
		uint64_t alone = places & -places;
		int16_t *c = &coef[huffman_natural[places_first(alone)]];

		*c = (int16_t)(*c + (int)((*c < 0 ? ~0u : 1u) << shift));
	}
}

/* Where a block stands: places of the band that were not passed, and those whose coefficients are to be corrected. */
struct refining {
	uint64_t rest, corrected;
};

/* One symbol, and what it passes. */
INLINE enum outcome refine_some(struct huffman_reader *r, struct huffman_band *band, int16_t *coef,
	uint64_t *nonzero, struct refining *b)
{
	uint64_t target;
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
	target = places_nth(b->rest & ~*nonzero, (unsigned)symbol >> 4);
	if (!target)
		return BROKEN;
	b->corrected |= read_corrections(r, b->rest & *nonzero & places_before(target));
	b->rest &= places_behind(target);
	if (symbol & 1) {
		coef[huffman_natural[places_first(target)]] = (int16_t)((unsigned)value
			<< band->shift);
		*nonzero |= target;
	}
	return b->rest ? GOES_ON : ENDS;
}

INLINE bool refine_block(
	struct huffman_reader *r, struct huffman_band *band, int16_t *coef, uint64_t *nonzero)
{
	struct refining b = {.rest = places_behind(place_alone(band->first - 1)) &
			(places_before(place_alone(band->last)) | place_alone(band->last))};
	enum outcome outcome = GOES_ON;

	while (!band->run && outcome == GOES_ON)
		outcome = refine_some(r, band, coef, nonzero, &b);
	if (outcome == BROKEN)
		return false;
	if (band->run) {
		if (b.rest & *nonzero) {
			refill(r);
			b.corrected |= read_corrections(r, b.rest & *nonzero);
		}
		band->run--;
	}
	correct(b.corrected, coef, band->shift);
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
