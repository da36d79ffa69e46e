/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of a resampling: feeds blocks of source rows to h, and makes output rows by v as soon as
 * their last tap has come. Rows that do not fill a block wait, copied, for the next call.
 */
#include "kernels/resample.h"

#include "kernels/alpha.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <string.h>

static const struct resample_kernels *kernels_for(const struct axis *x)
{
	return x->key.deep ? kernels()->resample_u16 : kernels()->resample_u8;
}

static size_t round64(size_t size)
{
	return (size + 63) & ~(size_t)63;
}

static size_t row_bytes(const struct axis *x, uint8_t channels)
{
	return (size_t)(x->high - x->low) * channels * (x->key.deep ? 2 : 1);
}

/* Where the parts of a resampler's memory begin; the last is its size. */
struct layout {
	size_t wait_size, line_size;
	uint32_t lines;
	size_t wait, scratch, ring, line, total;
};

static struct layout layout_of(const struct axis *x, const struct axis *y, uint8_t channels)
{
	const struct resample_kernels *k = kernels_for(x);
	struct layout l;

	l.wait_size = round64(row_bytes(x, channels) + 64);
	l.line_size = round64(k->line_size((size_t)x->key.count * channels));
	/* While a window is used, the block that ended it may have run past it, and begun before it. */
	l.lines = (y->reach + k->rows + k->weave) / k->weave + k->rows / k->weave + 1;
	l.wait = 0;
	l.scratch = l.wait + l.wait_size * k->rows;
	l.ring = l.scratch + round64(k->scratch(x, y, channels));
	l.line = l.ring + l.line_size * l.lines;
	l.total = l.line + round64(l.lines * sizeof(void *));
	return l;
}

size_t resampler_memory(const struct axis *x, const struct axis *y, uint8_t channels)
{
	return layout_of(x, y, channels).total;
}

uint64_t resampler_estimate(const struct axis_key *x, const struct axis_key *y, uint8_t channels)
{
	struct axis ax = {.key = *x, .low = 0, .high = x->in, .reach = axis_reach(x)};
	struct axis ay = {.key = *y, .low = 0, .high = y->in, .reach = axis_reach(y)};

	return layout_of(&ax, &ay, channels).total;
}

void resampler_init(struct resampler *r, const struct axis *x, const struct axis *y,
	const struct image *out, uint32_t column, void *memory)
{
	struct layout l = layout_of(x, y, out->shape.channels);
	unsigned char *bytes = memory;

	assert(column <= x->low && x->key.deep == y->key.deep);
	assert(out->shape.width == x->key.count && out->shape.height == y->key.count);
	*r = (struct resampler){
		.x = x,
		.y = y,
		.kernels = kernels_for(x),
		.out = *out,
		.column = column,
		.lines = l.lines,
		.line_size = l.line_size,
		.wait_size = l.wait_size,
		.wait = bytes + l.wait,
		.scratch = bytes + l.scratch,
		.ring = bytes + l.ring,
		.line = (void **)(bytes + l.line),
	};
	resampler_limit(r, 0, y->key.count);
}

void resampler_limit(struct resampler *r, uint32_t first, uint32_t last)
{
	assert(first < last && last <= r->y->key.count);
	r->first = r->row = first;
	r->last = last;
	r->base = UINT32_MAX;
	r->end = 0;
	for (uint32_t i = first; i < last; i++) {
		const struct span *span = &r->y->span[i];

		if (span->first < r->base)
			r->base = span->first;
		if (span->first + span->count > r->end)
			r->end = span->first + span->count;
	}
	r->lined = r->given = r->base;
}

void resampler_needs(const struct resampler *r, uint32_t *from, uint32_t *to)
{
	*from = r->y->low + r->base;
	*to = r->y->low + r->end;
}

static void *ring_line(const struct resampler *r, uint32_t row)
{
	return r->ring + r->line_size * ((row - r->base) / r->kernels->weave % r->lines);
}

/* Output rows whose taps are all in the ring. */
static void make_rows(struct resampler *r)
{
	uint8_t channels = r->out.shape.channels;
	unsigned weave = r->kernels->weave;

	for (; r->row < r->last; r->row++) {
		const struct span *span = &r->y->span[r->row];
		uint32_t end = span->first + span->count, n = 0;
		unsigned skip = (span->first - r->base) % weave;
		void *out = image_row(&r->out, r->row);

		if (end > r->lined && r->lined < r->end)
			break;
		for (uint32_t row = span->first - skip; row < end; row += weave)
			r->line[n++] = ring_line(r, row);
		r->kernels->v(r->y, r->row, skip, (const void *const *)r->line,
			(size_t)r->x->key.count * channels, out, r->scratch);
		if (shape_has_alpha(&r->out.shape))
			alpha_divide_row(out, out, r->x->key.count, channels, r->out.shape.sample);
	}
}

/* One block across into the ring, then what it completes. */
static void take_block(struct resampler *r, const void *const *rows)
{
	const struct resample_kernels *k = r->kernels;
	void *lines[RESAMPLE_BLOCK_MAX];

	for (unsigned i = 0; i < k->rows / k->weave; i++)
		lines[i] = ring_line(r, r->lined + i * k->weave);
	k->h(r->x, r->out.shape.channels, rows, lines, r->scratch);
	r->lined += k->rows;
	make_rows(r);
}

/* A source row on its way into a block: premultiplied where there is alpha. */
static const void *place_row(struct resampler *r, const unsigned char *row, unsigned i, bool stays)
{
	void *wait = r->wait + r->wait_size * i;
	uint8_t channels = r->out.shape.channels;

	if (shape_has_alpha(&r->out.shape)) {
		alpha_multiply_row(
			wait, row, r->x->high - r->x->low, channels, r->out.shape.sample);
		return wait;
	}
	if (stays)
		return row;
	memcpy(wait, row, row_bytes(r->x, channels));
	return wait;
}

/* The block that starts at r->lined: rows that waited, new ones, and at the end the last one again. */
static uint32_t fill_block(struct resampler *r, const unsigned char *row, size_t stride, uint32_t n)
{
	unsigned rows = r->kernels->rows, have = r->given - r->lined, i;
	const void *block[RESAMPLE_BLOCK_MAX];
	uint32_t took = rows - have;
	bool whole;

	if (took > r->end - r->given)
		took = r->end - r->given;
	whole = n >= took;
	if (!whole)
		took = n;
	for (i = 0; i < have; i++)
		block[i] = r->wait + r->wait_size * i;
	for (; i < have + took; i++, row += stride)
		block[i] = place_row(r, row, i, whole);
	r->given += took;
	if (!whole)
		return took;
	assert(i > 0);
	for (; i < rows; i++)
		block[i] = block[i - 1];
	take_block(r, block);
	return took;
}

uint32_t resampler_rows(struct resampler *r, const struct image *strip, uint32_t y)
{
	uint32_t want = r->y->low + r->given, n = strip->shape.height;
	const unsigned char *row;

	assert(y <= want);
	if (want - y >= n || r->row == r->last)
		return r->row;
	row = image_row(strip, want - y);
	row += (size_t)(r->x->low - r->column) * shape_pixel_size(&strip->shape);
	n -= want - y;
	while (n && r->given < r->end) {
		uint32_t took = fill_block(r, row, strip->stride, n);

		row += took * strip->stride;
		n -= took;
	}
	return r->row;
}

bool resample_prepare(struct axis *x, uint8_t channels)
{
	const struct resample_kernels *k = kernels_for(x);

	if (k->table && !x->table[channels])
		x->table[channels] = k->table(x, channels);
	return !k->table || x->table[channels];
}
