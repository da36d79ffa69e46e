/* SPDX-License-Identifier: Apache-2.0 */
/* Two trees merged by the names below them: which files belong together, and which stand alone. One thread. */
#ifndef COMPARE_PAIRS_H
#define COMPARE_PAIRS_H

#include "compare/compare.h"

enum { SIDE_EXPECTED, SIDE_ACTUAL, SIDES };

/* One name, and where it was found. */
struct pair_name {
	const char *name; /* of the listing */
	bool there[SIDES];
	int code; /* not 0: it was listed, and is no file to be read */
};

/* The names below a tree, sorted bytewise. */
struct tree_names {
	char *text; /* owned: name NUL name NUL ... */
	size_t used, room;
	struct tree_name {
		size_t at; /* in text */
		int code;
	} * name; /* owned */
	size_t count, name_room;
};

struct pairs {
	struct tree_names tree[SIDES];
	size_t next[SIDES];
};

/*
 * Lists both trees; one that is NULL holds nothing. E_USAGE where a tree is missing, E_NOMEM. pairs_release() in any case.
 */
int pairs_list(struct pairs *pairs, const char *const tree[SIDES],
	const struct compare_settings *settings, struct fault *fault);
/* A listing of one name instead. E_NOMEM. */
int pairs_of_files(struct pairs *pairs, const char *name, bool expected);
/*
 * Another name of the expected side, if the settings take it; names are added in order, and to an empty side. E_NOMEM.
 */
int pairs_expect(struct pairs *pairs, const char *name, const struct compare_settings *settings);
/* The next name in order; false behind the last. */
bool pairs_next(struct pairs *pairs, struct pair_name *pair);
void pairs_release(struct pairs *pairs);

#endif
