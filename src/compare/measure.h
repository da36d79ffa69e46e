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
	struct image a, b; /* expected and actual, of one shape; see `same` */
	/*
	 * A byte a row: b's row is a's, and what lies in b is not to be looked at. What is not known is 0 before
	 * measure_pixels(), and known behind it. NULL where sizes differ.
	 */
	uint8_t *same;
	uint64_t ignored; /* pixels that were made equal because they do not count */
	const struct imgbatch_budget *budget;
	const struct parallel *parallel; /* NULL: nobody helps */
	struct pool *pool;
};

static inline const void *expected_row(const struct comparison *c, uint32_t y)
{
	return image_row(&c->a, y);
}

static inline const void *actual_row(const struct comparison *c, uint32_t y)
{
	return image_row(c->same[y] ? &c->a : &c->b, y);
}

/* Copies what is the same from a to b, which can be looked at by itself then. */
void comparison_fill(const struct comparison *c);

/* Samples in the images' own levels. */
uint32_t expected_level(const struct comparison *c, uint32_t x, uint32_t y, unsigned channel);
uint32_t actual_level(const struct comparison *c, uint32_t x, uint32_t y, unsigned channel);

/* All but SSIM. */
void measure_pixels(const struct comparison *c, struct imgbatch_measures *measures);
/* The pixels of row y between the first and the last that are not equal, [from, to); false: all are. */
bool measure_span(const struct comparison *c, uint32_t y, uint32_t *from, uint32_t *to);
/* SSIM, behind measure_pixels(); E_NOMEM. See struct imgbatch_measures. */
int measure_ssim(const struct comparison *c, double *ssim, struct fault *fault);
/* Marks of row y, width bytes; behind measure_pixels(). */
void measure_marks(const struct comparison *c, uint32_t y, uint8_t *marks);

/* -- perceptual.c: the distance of two colours as it is seen ----------------------------------------------- */

/*
 * Counts pixels of rows [first, first + rows) that are farther apart than the budget's threshold, and among them those that
 * are anti-aliased in one of the images and left out of `differing`, when the budget says so. marks (of those rows) may be
 * NULL. Before it, perceptual_prepare().
 *
 * The square of the distance is 0.5053 dY^2 + 0.299 dI^2 + 0.1957 dQ^2 of colours laid over white (Kotsarenko, Ramos 2010),
 * compared with 35215 threshold^2; anti-aliasing as Vysniauskas 2009. Both as pixelmatch up to version 7 does it with a white
 * background, and odiff. 16-bit levels are divided by 257.
 */
struct perceptual_counts {
	uint64_t differing, antialiased;
};
void perceptual_count(const struct comparison *c, uint32_t first, uint32_t rows,
	struct perceptual_counts *counts, uint8_t *marks);
/* What is looked at around rows that differ is made to lie in b. */
void perceptual_prepare(const struct comparison *c);

#endif
