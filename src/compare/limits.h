/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets: how far a pair may differ. Set by the names of the options, on the command line for all pairs and in a
 * tolerances file by pattern:
 *
 *	# pattern           limits
 *	*.jpg               threshold=2 max-diff-percent=0.1
 *	"two words/?.png"   perceptual=0.1 aa max-diff-pixels=20
 *	charts/clock.png    ignore=10,10,80,20
 *
 * The last line whose pattern matches wins; what it does not say is as on the command line. Patterns are those of
 * --include: on the whole name or its last component, and `*` crosses `/`.
 */
#ifndef COMPARE_LIMITS_H
#define COMPARE_LIMITS_H

#include "compare/compare.h"

void limits_init(struct imgbatch_budget *budget);
/* Sets one. 0, or -1 for a value that it does not take or a name that is none. value NULL: a switch. */
int limits_set(struct imgbatch_budget *budget, const char *name, const char *value);
/* "X,Y,W,H". 0, -1 for anything else, IMGBATCH_E_NOMEM. */
int limits_add_rect(struct compare_rects *rects, const char *text);

struct tolerances;

/*
 * Reads a file; E_USAGE names file and line. *tolerances is NULL where path is not there and `must` is false.
 */
int tolerances_read(
	struct tolerances **tolerances, const char *path, bool must, struct fault *fault);
void tolerances_free(struct tolerances *tolerances); /* NULL is fine */
/*
 * The budget of a name, from that of all pairs. *rule: the pattern, "" for none; *ignore: its rectangles; both borrowed
 * from tolerances. tolerances may be NULL.
 */
void tolerances_find(const struct tolerances *tolerances, const char *name,
	struct imgbatch_budget *budget, const char **rule, const struct compare_rects **ignore);

/* Which limits these measures exceed; also counts: what the budget asks of unequal pixels. */
unsigned limits_exceeded(
	const struct imgbatch_budget *budget, const struct imgbatch_measures *measures);

#endif
