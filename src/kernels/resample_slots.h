/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vector variants of 8-bit resampling share: how a plan becomes tables for registers.
 *
 * A register is a row of 32-bit slots. A slot sums one channel of one output, four taps a turn: each of its
 * four bytes is fetched from a window of the source row by an index, and multiplied by a digit of its weight.
 *
 *	source row     r0 g0 b0 r1 g1 b1 r2 g2 b2 r3 g3 b3 r4 g4 b4 r5 ...
 *	               |<- a window: one load at a base ->|
 *	               |                                  '-----------.
 *	                    slot 0        slot 1        slot 2         '  slot 3
 *	index            0  3  6  9    1  4  7 10    2  5  8 11    6  9 12 15   ...
 *	bytes           r0 r1 r2 r3   g0 g1 g2 g3   b0 b1 b2 b3   r2 r3 r4 r5   ...
 *	sums            output 0, r   output 0, g   output 0, b   output 1, r   ...
 *
 * What does not fit a byte is split into digits, so that sums of digits, put together by shifts, are the sum
 * modulo 2^32. Taps that an output has not, and outputs that the plan has not, have weight 0.
 *
 * Several rows share one table. A line weaves four of them (see resample_kernels.h), which makes the pass
 * down the same arithmetic with a slot for each sample and one broadcast weight for all:
 *
 *	line           a0 b0 c0 d0   a1 b1 c1 d1   ...      a, b, c, d: rows; 0, 1, ...: samples
 *	               sample 0      sample 1
 *
 * This header has no intrinsics: a variant says how wide its registers are and how it splits weights.
 */
#ifndef KERNELS_RESAMPLE_SLOTS_H
#define KERNELS_RESAMPLE_SLOTS_H

#include "kernels/axis.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_INLINE static inline __attribute__((always_inline))

enum { SLOTS_WEAVE = 4, SLOTS_WORDS = 4, SLOTS_ROUND = 1 << (AXIS_BITS - 1) };

/* How outputs lie in a register: one of several ways, the first that a plan fits is taken. */
struct slots_way {
	uint8_t windows; /* loads a register, each for an equal share of its slots */
	uint8_t window; /* bytes that one load sees */
	uint8_t outputs; /* of a window */
	uint8_t taps; /* of an output in one turn: 4, or 16 in four slots to be summed (one channel) */
};

/* What a variant makes of four taps. Constant, so that calls are inlined. */
struct slots_form {
	unsigned size; /* bytes of a register */
	unsigned indices, weights; /* words, and so registers, of each; SLOTS_WORDS at most */
	/* Index words of a slot whose first byte is `at` and whose next ones are `step` apart. */
	void (*point)(uint32_t *words, unsigned at, unsigned step);
	/* Weight words of four taps. */
	void (*weigh)(uint32_t *words, const int32_t *weight);
};

/* A plan across, as tables: for each group of outputs so many turns. */
struct slots {
	uint32_t groups, turns;
	unsigned way; /* which was taken */
	size_t step; /* bytes of a line from one group to the next */
	const uint32_t *base; /* of each turn's windows, in bytes from the row's begin */
	const unsigned char *turn; /* its registers: indices, then weights; aligned to 64 */
};

/* Three signed bytes of a weight: k = d0 + 2^8 d1 + 2^16 d2, each less than half a step off. */
SLOTS_INLINE void slots_weigh_bytes(uint32_t *words, const int32_t *weight)
{
	words[0] = words[1] = words[2] = 0;
	for (int i = 0; i < 4; i++) {
		int32_t k = weight[i], carried = (k + 128) >> 8, top = (carried + 128) >> 8;

		assert(top >= -128 && top <= 127);
		words[0] |= (uint32_t)(k & 255) << 8 * i;
		words[1] |= (uint32_t)(carried & 255) << 8 * i;
		words[2] |= (uint32_t)(top & 255) << 8 * i;
	}
}

SLOTS_INLINE void slots_point_bytes(uint32_t *words, unsigned at, unsigned step)
{
	words[0] = at * 0x01010101u + step * 0x03020100u;
}

/* While the tables of one plan are made. */
struct slots_making {
	const struct axis *x;
	unsigned channels;
	struct slots_way way;
	size_t last; /* the last place where a window may begin */
};

/* The window's share of one output, from tap `tap` on. False when its taps lie outside of the window. */
SLOTS_INLINE bool slots_fill_output(const struct slots_making *m, const struct slots_form *form,
	uint32_t output, uint32_t tap, size_t base, uint32_t *slot)
{
	const struct span *span = &m->x->span[output];
	const int32_t *weight = m->x->weight + (size_t)output * m->x->stride;
	const size_t words = form->size / sizeof(uint32_t);
	uint32_t index[SLOTS_WORDS], digits[SLOTS_WORDS];

	for (uint32_t end = tap + m->way.taps; tap < end && tap < span->count; tap += 4, slot++) {
		uint32_t n = span->count - tap < 4 ? span->count - tap : 4;
		size_t at = (size_t)(span->first + tap) * m->channels - base;

		if (at + (size_t)n * m->channels > m->way.window)
			return false;
		form->weigh(digits, weight + tap);
		for (unsigned c = 0; c < m->channels; c++) {
			form->point(index, (unsigned)at + c, m->channels);
			for (unsigned i = 0; i < form->indices; i++)
				slot[words * i + c] = index[i];
			for (unsigned i = 0; i < form->weights; i++)
				slot[words * (form->indices + i) + c] = digits[i];
		}
	}
	return true;
}

SLOTS_INLINE bool slots_fill_window(const struct slots_making *m, const struct slots_form *form,
	uint32_t output, uint32_t tap, uint32_t *base, uint32_t *slot)
{
	uint32_t end = output + m->way.outputs;
	size_t from = m->last;

	if (end > m->x->key.count)
		end = m->x->key.count;
	for (uint32_t o = output; o < end; o++) {
		size_t at = (size_t)(m->x->span[o].first + tap) * m->channels;

		if (tap < m->x->span[o].count && at < from)
			from = at;
	}
	*base = (uint32_t)from;
	for (; output < end; output++, slot += m->channels)
		if (!slots_fill_output(m, form, output, tap, from, slot))
			return false;
	return true;
}

SLOTS_INLINE bool slots_fill(const struct slots_making *m, const struct slots_form *form,
	const struct slots *slots, uint32_t *base, unsigned char *turn)
{
	const unsigned share = form->size / sizeof(uint32_t) / m->way.windows;

	for (uint32_t g = 0; g < slots->groups; g++) {
		for (uint32_t t = 0; t < slots->turns; t++) {
			for (unsigned w = 0; w < m->way.windows; w++, base++)
				if (!slots_fill_window(m, form,
					    (g * m->way.windows + w) * m->way.outputs,
					    t * m->way.taps, base, (uint32_t *)turn + share * w))
					return false;
			turn += form->size * (form->indices + form->weights);
		}
	}
	return true;
}

static inline size_t slots_up(size_t n, size_t step)
{
	return (n + step - 1) / step * step;
}

/* The tables laid in one way: *full is false when the plan does not fit it. NULL when out of memory. */
SLOTS_INLINE struct slots *slots_lay(
	const struct slots_making *m, const struct slots_form *form, uint32_t widest, bool *full)
{
	const unsigned outputs = m->way.windows * m->way.outputs;
	uint32_t groups = (m->x->key.count + outputs - 1) / outputs;
	uint32_t turns = (widest + m->way.taps - 1) / m->way.taps;
	size_t head = slots_up(sizeof(struct slots), 64), count = (size_t)groups * turns;
	size_t bases = slots_up(count * m->way.windows * sizeof(uint32_t), 64);
	size_t size = head + bases + count * form->size * (form->indices + form->weights);
	unsigned char *memory = aligned_alloc(64, slots_up(size, 64));
	struct slots *slots = (struct slots *)memory;

	if (!memory)
		return NULL;
	memset(memory, 0, size);
	slots->groups = groups;
	slots->turns = turns;
	slots->step = (size_t)outputs * m->channels * SLOTS_WEAVE;
	slots->base = (uint32_t *)(memory + head);
	slots->turn = memory + head + bases;
	*full = slots_fill(m, form, slots, (uint32_t *)(memory + head), memory + head + bases);
	return slots;
}

static inline uint32_t slots_widest(const struct axis *x)
{
	uint32_t widest = 0;

	for (uint32_t i = 0; i < x->key.count; i++)
		if (x->span[i].count > widest)
			widest = x->span[i].count;
	return widest;
}

/* The tables in the first of `count` ways that fits, the last of which must. NULL when out of memory. */
SLOTS_INLINE struct slots *slots_new(const struct axis *x, unsigned channels,
	const struct slots_way *ways, unsigned count, const struct slots_form *form)
{
	uint32_t widest = slots_widest(x);
	size_t row = (size_t)(x->high - x->low) * channels;

	for (unsigned i = 0; i < count; i++) {
		struct slots_making m = {.x = x, .channels = channels, .way = ways[i]};
		struct slots *slots;
		bool full;

		m.last = row > m.way.window ? row - m.way.window : 0;
		slots = slots_lay(&m, form, widest, &full);
		if (!slots)
			return NULL;
		slots->way = i;
		if (full)
			return slots;
		free(slots);
	}
	assert(!"a plan fits no way");
	return NULL;
}

/*
 * Rows shorter than a window are read from copies in scratch, `window` bytes each; *rows then points to
 * these, kept in `copies`.
 */
static inline void slots_widen(const struct axis *x, unsigned channels, unsigned window,
	unsigned count, const void *const **rows, const void **copies, unsigned char *scratch)
{
	size_t row = (size_t)(x->high - x->low) * channels;

	if (row >= window)
		return;
	for (unsigned i = 0; i < count; i++, scratch += window)
		copies[i] = memcpy(scratch, (*rows)[i], row);
	*rows = copies;
}

/* Bytes of the words that slots_down makes for any output of y. */
static inline size_t slots_down_size(const struct axis *y, unsigned weights)
{
	return ((size_t)y->reach / SLOTS_WEAVE + 2) * weights * sizeof(uint32_t);
}

/* One output's weights for whole lines, the first tap at row `skip` of the first line. Returns the lines. */
SLOTS_INLINE size_t slots_down(const struct axis *y, uint32_t o, unsigned skip,
	const struct slots_form *form, uint32_t *words)
{
	const int32_t *weight = y->weight + (size_t)o * y->stride;
	uint32_t count = y->span[o].count;
	size_t lines = (skip + count + SLOTS_WEAVE - 1) / SLOTS_WEAVE;

	for (size_t i = 0; i < lines; i++, words += form->weights) {
		int32_t four[SLOTS_WEAVE];

		for (unsigned k = 0; k < SLOTS_WEAVE; k++) {
			size_t tap = SLOTS_WEAVE * i + k - skip; /* wraps where there is none */

			four[k] = tap < count ? weight[tap] : 0;
		}
		form->weigh(words, four);
	}
	return lines;
}

/*
 * Bytes of a line: whole blocks of `block` samples, which the pass down reads, and one register more, which
 * the pass across may write from the last sample on.
 */
static inline size_t slots_line_size(size_t samples, size_t block, size_t size)
{
	return slots_up(samples, block) * SLOTS_WEAVE + size;
}

#endif
