/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name that a wrong one is nearest to, by the restricted Damerau-Levenshtein distance: how many letters were
 * dropped, added, changed, or swapped with their neighbour. A word that begins a name counts as one slip, since
 * names are never abbreviated silently and people try.
 */
#include "cli/cli.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 63 }; /* longer words are near to nothing */

void guess_init(struct guess *guess, const char *word, size_t length)
{
	*guess = (struct guess){.word = word, .length = length};
	/* A third of the letters may be wrong, and two of a short word. */
	guess->distance = (length / 3 > 2 ? length / 3 : 2) + 1;
	if (length < 3)
		guess->distance = length;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Three rows of the table are enough: a swap looks two rows back. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3],
		       *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void guess_offer(struct guess *guess, const char *prefix, const char *name)
{
	char whole[NAME_MAX_LENGTH + 1];
	int length = snprintf(whole, sizeof whole, "%s%s", prefix, name);
	size_t slips;

	if (length < 0 || length > NAME_MAX_LENGTH || guess->length > NAME_MAX_LENGTH)
		return;
	slips = distance(guess->word, guess->length, whole, (size_t)length);
	if (guess->length >= 3 && strncmp(guess->word, whole, guess->length) == 0)
		slips = least(slips, 1);
	if (slips >= guess->distance)
		return;
	guess->distance = slips;
	guess->prefix = prefix;
	guess->name = name;
}
