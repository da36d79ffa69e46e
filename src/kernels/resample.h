/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling by two plans, row by row: source rows come in, output rows come out as soon as they can.
 *
 *	source rows ──► h: across, as wide as the output ──► ring of lines ──► v: down ──► output rows
 *	(a whole image,        (premultiplied first            (stays in cache)     (alpha divided out
 *	 or strips as decoded)  where there is alpha)                                again)
 *
 * The same bytes come out whether rows arrive one by one or all at once, whole or as a part: see axis.h for
 * plans of parts. 8-bit results are Pillow 9.4's, bit for bit, which rounds to 8 bits between the
 * passes; 16-bit ones are our own definition (double weights, rounded half away from zero after each pass).
 */
#ifndef KERNELS_RESAMPLE_H
#define KERNELS_RESAMPLE_H

#include "image/image.h"
#include "kernels/axis.h"
#include "kernels/resample_kernels.h"

#include <stddef.h>
#include <stdint.h>

enum { RESAMPLE_BLOCK_MAX = 32 };

struct resampler {
	const struct axis *x, *y; /* borrowed */
	const struct resample_kernels *kernels;
	struct image out; /* borrowed storage; y->key.count rows of x->key.count pixels */
	uint32_t column; /* source column of the first pixel of every row given */
	uint32_t first, last; /* output rows to make: first .. last - 1 */

	/* Source rows are counted from y->low. */
	uint32_t base, end; /* the rows needed: base .. end - 1 */
	uint32_t lined; /* rows below this are in the ring */
	uint32_t given; /* rows below this have come: in the ring or waiting */
	uint32_t row; /* the next output row */

	uint32_t lines; /* in the ring */
	size_t line_size, wait_size;
	unsigned char *ring, *wait, *scratch; /* parts of the memory given */
	void **line; /* one output row's lines */
};

/*
 * Bytes of memory that a resampler of these plans takes. channels as in the image; the kernels are those
 * chosen for this machine.
 */
size_t resampler_memory(const struct axis *x, const struct axis *y, uint8_t channels);
/* The same before the plans are made, at most. */
uint64_t resampler_estimate(const struct axis_key *x, const struct axis_key *y, uint8_t channels);

/*
 * out is filled, x->key.count by y->key.count pixels. Source rows will begin at source column `column`, which
 * is x->low or before, and reach x->high or beyond. memory holds resampler_memory() bytes, aligned to 64,
 * and stays the caller's. Plans must be prepared (resample_prepare) and outlive the resampler.
 */
void resampler_init(struct resampler *r, const struct axis *x, const struct axis *y,
	const struct image *out, uint32_t column, void *memory);
/* Makes only output rows first .. last - 1: what lets threads share one image. Before the first rows. */
void resampler_limit(struct resampler *r, uint32_t first, uint32_t last);

/* The source rows it needs, in source coordinates: *from .. *to - 1. Others may be left out or given. */
void resampler_needs(const struct resampler *r, uint32_t *from, uint32_t *to);
/*
 * Takes source rows y, y + 1, ... as the rows of strip. Rows come in order without gaps, from the first needed
 * one (or before) on. Returns how many output rows are finished by now, counted from the top of out.
 * Nothing of strip is kept.
 */
uint32_t resampler_rows(struct resampler *r, const struct image *strip, uint32_t y);

/* Derives what the machine's kernels need from a horizontal plan; once a plan. False when out of memory. */
bool resample_prepare(struct axis *x, uint8_t channels);

#endif
