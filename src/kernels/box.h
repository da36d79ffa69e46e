/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Means over boxes whose sides need not be whole: the window's whole samples count fully, the two at its ends by a
 * fraction; edges repeat. Three of them, one after the other, come close to a Gaussian.
 *
 * Source: Pillow 9.4 (BoxBlur.c), bit for bit in 8 bits: weights in 2^-24, each pass rounded to 8 bits, all
 * passes across before all passes down. 16-bit samples by the same formula.
 *
 *	across:  32 rows ─ turned ─► W lines of 32 lanes ─ passes ─► turned back ─► rows of the result
 *	down:    H lines of 128 samples, cut from the result ─ passes ─► put back
 *
 * So both directions are the same loop, which steps from line to line with as many lanes as there are.
 */
#ifndef KERNELS_BOX_H
#define KERNELS_BOX_H

#include "image/image.h"
#include "kernels/neighbour_kernels.h"

/* A box of this radius, 0 or more. */
struct box box_of(float radius);
/* The radius of the boxes that, three times, come to a Gaussian of this radius (its standard deviation). */
float box_gaussian_radius(float radius);

/* Bytes that a share of the work takes, whichever direction. */
size_t box_memory(const struct shape *shape);
/* How many strips there are to do across and down; shares take from .. to - 1 of them. */
uint32_t box_strips_across(const struct shape *shape);
uint32_t box_strips_down(const struct shape *shape);
/* in and out have one shape and are not the same image. */
void box_across(const struct image *out, const struct image *in, const struct box *box,
	unsigned passes, uint32_t from, uint32_t to, void *memory);
/* In place, once all of box_across is done. */
void box_down(const struct image *image, const struct box *box, unsigned passes, uint32_t from,
	uint32_t to, void *memory);

#endif
