/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the known name nearest to a mistyped one.
 *
 * Source: Damerau's distance with adjacent transpositions (optimal string alignment): insertions, deletions,
 * substitutions and swaps of neighbours count one each.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* borrowed; not NUL-terminated */
	size_t length;
	const char *name; /* the best so far; NULL: none near enough. Borrowed from the offers */
	unsigned distance;
};

/* Names at a distance of more than a third of the word's length (but at least 1) are not near. */
void nearest_init(struct nearest *nearest, const char *word, size_t length);
/* The first of equally near names wins. */
void nearest_offer(struct nearest *nearest, const char *name);

#endif
