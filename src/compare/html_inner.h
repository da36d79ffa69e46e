/* SPDX-License-Identifier: Apache-2.0 */
/* The report in the making, which html.c fills and html_page.c writes down. */
#ifndef COMPARE_HTML_INNER_H
#define COMPARE_HTML_INNER_H

#include "compare/html.h"

#include <pthread.h>

enum {
	ENTRIES_MOST = 2000, /* failures with words and pictures; others are named */
	NAMES_MOST = 20000, /* in each of the two lists */
};

/* The worst come first: by verdict, then by how much they differ. */
struct badness {
	unsigned rank; /* of the verdict, 0 the worst */
	double amount; /* the more the worse */
	uint64_t order; /* as they came */
};

struct entry {
	struct badness badness;
	const char *verdict, *cause; /* static text */
	struct str line, facts; /* markup: what is always seen, what is seen once it is opened */
	struct str picture[HTML_SIZES]; /* markup; empty: none, or shed */
	bool shown; /* there are pictures, or were */
};

/* Names with a few words each. */
struct names {
	struct str markup;
	uint64_t count;
};

struct html {
	const char *path; /* borrowed */
	struct str roots; /* "golden/ against actual/", as text */
	pthread_mutex_t lock; /* guards makers, and least and scarce against threads that prepare */
	struct html_maker *makers; /* owned; those that nobody works with */
	struct entry *entry; /* owned */
	size_t count, room;
	size_t held[HTML_SIZES]; /* bytes */
	struct badness least[HTML_SIZES]; /* of those that keep a size that others had to give up */
	bool scarce[HTML_SIZES]; /* some had to */
	uint64_t failed;
	struct names passed, further; /* further: failures beyond ENTRIES_MOST */
};

/* The whole page. Takes the entries' markup, to be freed as it goes. */
void html_add_page(
	struct str *page, struct html *html, const struct imgbatch_compare_summary *summary);
void html_entry_release(struct entry *entry);

#endif
