/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain PNG decoded where it was inflated. Filters are functions of a row and the one above it: rows that two files
 * store alike below rows that are equal need no decoding to be known as equal.
 */
#include "codec/png_decoder.h"

#include <assert.h>
#include <string.h>

static bool open_in_place(struct decoder *decoder, struct image *image)
{
	struct png_decoder *d = png_decoder_of(decoder);
	struct png_inflated *f = &d->inflated;

	if (!f->rows || d->palette || d->first || d->last != d->shape.height)
		return false;
	f->lent = true;
	*image = (struct image){.shape = d->shape, .stride = f->size + 1, .data = f->rows + 1};
	return true;
}

static void rows_in_place(struct decoder *decoder, uint32_t count)
{
	struct png_decoder *d = png_decoder_of(decoder);
	uint32_t end = count < d->last - d->next ? d->next + count : d->last;

	d->inflated.end = end; /* what lies behind is still to be held against another image's */
	for (; d->next < end; d->next++)
		png_inflated_row(&d->inflated, d->next, NULL);
}

static uint32_t rows_alike(
	const struct decoder *decoder, const struct decoder *other, uint32_t count)
{
	const struct png_decoder *a = (const struct png_decoder *)decoder;
	const struct png_decoder *b = (const struct png_decoder *)other;
	const struct png_inflated *f = &a->inflated, *g = &b->inflated;
	size_t row = f->size + 1;
	uint32_t alike = 0;

	assert(a->next == b->next && f->size == g->size && f->bpp == g->bpp);
	assert(f->ready <= a->next && g->ready <= b->next);
	while (alike < count && a->next + alike < a->last &&
		memcmp(f->rows + row * (a->next + alike), g->rows + row * (a->next + alike), row) ==
			0)
		alike++;
	return alike;
}

static void skip_rows(struct decoder *decoder, uint32_t count, const void *last)
{
	struct png_decoder *d = png_decoder_of(decoder);

	assert(count <= d->last - d->next && d->inflated.ready <= d->next);
	d->next += count;
	d->inflated.ready = d->next;
	d->inflated.above = last;
}

const struct codec_in_place png_in_place = {
	.open = open_in_place,
	.rows = rows_in_place,
	.alike = rows_alike,
	.skip = skip_rows,
};
