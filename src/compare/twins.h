/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two pictures decoded together. Most pairs are equal but for a part: where both files store the same bytes below rows
 * that are equal, one of them is decoded and the other is known.
 */
#ifndef COMPARE_TWINS_H
#define COMPARE_TWINS_H

#include "base/parallel.h"
#include "compare/picture.h"

/* Whether this is possible: both are undecoded, by one codec, of one shape. */
bool twins_possible(const struct picture *a, const struct picture *b);
/*
 * same[y]: whether row y of b is that of a; b's own row is undefined there. Where all rows are, neither is decoded.
 * parallel, which may be NULL, helps where they differ.
 */
int twins_decode(struct picture *a, struct picture *b, uint8_t *same,
	const struct parallel *parallel, struct fault *fault);

#endif
