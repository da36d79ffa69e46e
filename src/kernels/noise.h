/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random samples that are a pure function of a seed and their place: Philox blocks (base/philox.h) with the
 * counter (block of the row, row, 0, 0) and the key (seed, what they are for).
 *
 * Normal numbers by Box and Muller's transform in single precision, its logarithm, sine and cosine by polynomials of
 * our own: additions, products, quotients and roots, which IEEE 754 defines to the bit, in an order that is
 * written down. So every machine and instruction set has the same noise; no libm has a say in it.
 */
#ifndef KERNELS_NOISE_H
#define KERNELS_NOISE_H

#include "image/image.h"

#include <stdint.h>

/* Bytes that a share takes, for images of this shape. */
size_t noise_memory(const struct shape *shape);
/*
 * Rows from .. to - 1 of out: in + sigma x a standard normal number, rounded half up, clipped, alpha as it was.
 * sigma in levels of 255. One number a sample, alpha's not used. The images do not overlap.
 */
void noise_rows(const struct image *out, const struct image *in, float sigma, uint32_t seed,
	uint32_t from, uint32_t to, void *memory);
/*
 * Rows of uniform samples into image, alpha as it was; x, y: where image's corner lies in what the noise is for, whose
 * rows have the width of `width` pixels. memory for that width.
 */
void noise_fill(const struct image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t seed,
	void *memory);

#endif
