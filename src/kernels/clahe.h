/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contrast limited adaptive histogram equalization: each tile of the image has its own equalizing table, made
 * of a histogram whose peaks are cut and spread over all levels; a pixel takes the mean, weighted by distance,
 * of what the four nearest tiles' tables say.
 *
 * Source: Zuiderveld, Graphics Gems IV, 1994, in the form of OpenCV's CLAHE, exact for one channel: sides that
 * the tiles do not divide are mirrored up to the next multiple for the histograms (both sides, then: a side that
 * was divided gets one more pixel a tile), single precision in the order written here. Colour: the same of the
 * luma (grey.h), and the luma's change is added to red, green and blue, which leaves Cb and Cr as they are.
 */
#ifndef KERNELS_CLAHE_H
#define KERNELS_CLAHE_H

#include "image/image.h"

#include <stdint.h>

enum { CLAHE_TILES_MAX = 64 };

struct clahe {
	const struct image *out, *in;
	uint32_t tiles; /* each way */
	uint32_t width, height; /* of a tile */
	int32_t most; /* samples that a level of the histogram may hold; 0: any number */
	float scale;
	uint8_t *lut; /* tiles x tiles x 256 */
	uint32_t *table; /* by four neighbouring tiles: neighbour_kernels.h */
	uint32_t *column; /* of each pixel of a row: which four in table's row */
	float *right; /* and the weight of the right two */
};

/* Bytes for the whole, and what each share takes besides. */
size_t clahe_memory(const struct shape *shape, uint32_t tiles);
size_t clahe_share_memory(const struct shape *shape);
/*
 * An image of 8 bits; limit: how often a level may be found in a tile, in multiples of what it would be if all were
 * equally frequent; 0: no limit. out and in do not overlap and outlive it.
 */
void clahe_init(struct clahe *c, const struct image *out, const struct image *in, double limit,
	uint32_t tiles, void *memory);
/* First the tables of tiles in tile rows from .. to - 1, of `tiles`; all of them done, once: */
void clahe_tiles(struct clahe *c, uint32_t from, uint32_t to, void *share);
void clahe_join(struct clahe *c);
/* Then rows from .. to - 1 of out. */
void clahe_rows(struct clahe *c, uint32_t from, uint32_t to, void *share);

#endif
