/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of a block's places as words, a bit for each place. In which order the bits stand is told nowhere else: where PDEP
 * spreads a window's bits over the places, which come highest first, place 0 must be the highest one; where loops do it,
 * lowest bits are taken away sooner. Each file that includes this says which, by PLACES_BY_PDEP.
 */
#ifndef KERNELS_HUFFMAN_PLACES_H
#define KERNELS_HUFFMAN_PLACES_H

#include <stdint.h>

#ifdef PLACES_BY_PDEP

#include <immintrin.h>

static inline unsigned places_count(uint64_t set)
{
	return (unsigned)_mm_popcnt_u64(set);
}

static inline uint64_t place_alone(unsigned place)
{
	return (uint64_t)1 << 63 >> place;
}

/* Of a set that is not empty. */
static inline unsigned places_first(uint64_t set)
{
	return (unsigned)__builtin_clzll(set);
}

/* The place of a set that has n others before it, alone; 0: there is none. */
static inline uint64_t places_nth(uint64_t set, unsigned n)
{
	unsigned count = places_count(set);

	return n < count ? _pdep_u64((uint64_t)1 << (count - 1 - n), set) : 0;
}

static inline uint64_t places_before(uint64_t alone)
{
	return ~((alone << 1) - 1);
}

static inline uint64_t places_behind(uint64_t alone)
{
	return alone - 1;
}

/* Those of the first 32. */
static inline uint64_t places_early(uint64_t set)
{
	return set & ~(uint64_t)UINT32_MAX;
}

/* Those of a set whose bit is 1: of as many bits as there are places, the first place's highest. */
static inline uint64_t places_spread(uint64_t bits, uint64_t set)
{
	return _pdep_u64(bits, set);
}

#else

static inline uint64_t place_alone(unsigned place)
{
	return (uint64_t)1 << place;
}

static inline unsigned places_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

static inline uint64_t places_nth(uint64_t set, unsigned n)
{
	for (; n; n--)
		set &= set - 1;
	return set & -set;
}

static inline uint64_t places_before(uint64_t alone)
{
	return alone - 1;
}

static inline uint64_t places_behind(uint64_t alone)
{
	return -alone << 1;
}

#endif

#endif
