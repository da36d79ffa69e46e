/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signs that explain.c looks for, one at a time. Each returns whether it saw what it knows, and then appends the
 * evidence. They look at grey planes where colour does not matter. Any thread.
 */
#ifndef COMPARE_SIGNS_H
#define COMPARE_SIGNS_H

#include "base/str.h"
#include "compare/measure.h"

/*
 * An image's luma in 8 bits. Most signs are ruled out by looking at a few places: a row is worked out when it is first
 * looked at. One thread at a time.
 */
struct plane {
	uint32_t width, height;
	const struct image *image; /* borrowed */
	const struct plane *twin; /* NULL, or a plane that has those rows that `same` says */
	const uint8_t *same;
	uint8_t *level; /* borrowed from a pool, as the next */
	const uint8_t **row; /* in level, or the twin's; NULL: not worked out */
};

/* Works it out. */
const uint8_t *plane_make_row(const struct plane *plane, uint32_t y);

static inline const uint8_t *plane_row(const struct plane *plane, uint32_t y)
{
	return plane->row[y] ? plane->row[y] : plane_make_row(plane, y);
}

static inline uint8_t plane_at(const struct plane *plane, uint32_t x, uint32_t y)
{
	return plane_row(plane, y)[x];
}

/* Of a large image every step-th pixel along both axes tells enough: about a million of them. */
static inline uint32_t sign_step(uint32_t width, uint32_t height)
{
	uint32_t step = 1;

	while ((uint64_t)(width / step) * (height / step) > 1 << 20)
		step++;
	return step;
}

/* False when there is no memory for it. */
bool plane_make(struct plane *plane, const struct image *image, struct pool *pool);
/* Both images of a comparison. */
bool plane_make_both(struct plane plane[2], const struct comparison *c);
/* Mean difference of both planes at the same places, over up to some thousands of them. */
double plane_difference(const struct plane *a, const struct plane *b);

/* moved.c: the image flipped, turned or transposed; sizes may differ. direct: the difference as they lie, or large. */
bool sign_moved(const struct plane *a, const struct plane *b, double direct, struct str *out);
/* shifted.c: moved by whole pixels. */
bool sign_shifted(const struct comparison *c, const struct plane *a, const struct plane *b,
	double direct, struct str *out);
/* levels.c: every level of a channel became another one. */
bool sign_levels(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out);
/* premultiplied.c: colours times alpha, or divided by it. */
bool sign_premultiplied(const struct comparison *c, struct str *out);
/* blocks.c: b was quantized in blocks of 8x8 and a was not, or not so. */
bool sign_blocks(const struct plane *a, const struct plane *b, struct str *out);
/* region.c: whatever it is, it is in a small part. */
bool sign_region(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out);
/* resized.c: cropped, padded or scaled. */
bool sign_resized(const struct plane *a, const struct plane *b, struct str *out);

#endif
