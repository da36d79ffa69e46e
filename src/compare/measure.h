/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring two images of one shape. All sums are whole numbers, and SSIM's are added row by row in one order, so the
 * measures do not depend on how many threads help. Any thread.
 */
#ifndef COMPARE_MEASURE_H
#define COMPARE_MEASURE_H

#include "base/fault.h"
#include "base/parallel.h"
#include "base/pool.h"
#include "image/image.h"

#include <imgbatch/imgbatch.h>

/* What became of a pixel, for pictures of differences and for explanations. */
enum mark { MARK_EQUAL, MARK_WITHIN, MARK_DIFFERS, MARK_ANTIALIASED };

struct comparison {
	struct image a, b; /* expected and actual, of one shape */
	uint64_t ignored; /* pixels that were made equal because they do not count */
	const struct imgbatch_budget *budget;
	const struct parallel *parallel; /* NULL: nobody helps */
	struct pool *pool;
};

/* All but SSIM. */
void measure_pixels(const struct comparison *c, struct imgbatch_measures *measures);
/* SSIM; E_NOMEM. See struct imgbatch_measures. */
int measure_ssim(const struct comparison *c, double *ssim, struct fault *fault);
/* Marks of row y, width bytes. */
void measure_marks(const struct comparison *c, uint32_t y, uint8_t *marks);

/* -- perceptual.c: the distance of two colours as it is seen ----------------------------------------------- */

/*
 * Counts pixels of rows [first, first + rows) that are farther apart than threshold, and among them those that are
 * anti-aliased in one of the images and left out of `differing`, when aa. marks (of those rows) may be NULL.
 *
 * The square of the distance is 0.5053 dY^2 + 0.299 dI^2 + 0.1957 dQ^2 of colours laid over white (Kotsarenko, Ramos 2010),
 * compared with 35215 threshold^2; anti-aliasing as Vysniauskas 2009. Both as pixelmatch up to version 7 does it with a white
 * background, and odiff. 16-bit levels are divided by 257.
 */
struct perceptual_counts {
	uint64_t differing, antialiased;
};
void perceptual_count(const struct image *a, const struct image *b, uint32_t first, uint32_t rows,
	double threshold, bool aa, struct perceptual_counts *counts, uint8_t *marks);

#endif
