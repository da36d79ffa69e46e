/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <string.h>

enum { LONGEST = 63 }; /* longer words are no typing slips of ours */

void nearest_init(struct nearest *nearest, const char *word, size_t length)
{
	*nearest = (struct nearest){.word = word, .length = length};
	nearest->distance = (unsigned)(length / 3 ? length / 3 : 1) + 1;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* row[0] is the current row of the table, row[1] and row[2] the two before. */
static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *row[3] = {rows[0], rows[1], rows[2]};

	for (size_t j = 0; j <= bn; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *oldest = row[2];

		row[2] = row[1];
		row[1] = row[0];
		row[0] = oldest;
		row[0][0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			unsigned best = row[1][j - 1] + (a[i - 1] != b[j - 1]);

			best = least(best, least(row[1][j], row[0][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, row[2][j - 2] + 1);
			row[0][j] = best;
		}
	}
	return row[0][bn];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t length = strlen(name);
	unsigned found;

	if (nearest->length > LONGEST || length > LONGEST)
		return;
	found = distance(nearest->word, nearest->length, name, length);
	if (found < nearest->distance) {
		nearest->distance = found;
		nearest->name = name;
	}
}
