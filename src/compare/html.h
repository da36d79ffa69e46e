/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTML report share. One failed pair is one <details>: a line with small pictures that is always seen,
 * and what is seen once it is opened, which html_viewer.js makes a viewer of.
 */
#ifndef COMPARE_HTML_H
#define COMPARE_HTML_H

#include "base/fault.h"
#include "base/str.h"
#include "compare/compare.h"
#include "compare/picture.h"
#include "report/page_picture.h"

/* html_words.c: what is said about a pair, as markup. */
void html_add_badge(struct str *out, const struct imgbatch_pair *pair);
/* `12 of 3,072 pixels (0.39%), largest difference 34`; sizes or a reason where nothing was measured. */
void html_add_figures(struct str *out, const struct imgbatch_pair *pair);
/* A <dl> with all that is known. */
void html_add_facts(struct str *out, const struct imgbatch_pair *pair);

/* The pictures of a failed pair are markup, in three sizes. */
enum html_size {
	HTML_SMALL, /* beside its name: expected, actual, where they differ */
	HTML_PART, /* a small part around the differences, every sample kept */
	HTML_WHOLE, /* a large part, or all of it; shown instead of HTML_PART where the page has room */
	HTML_SIZES,
};

/* What makes them, kept from pair to pair; zeroed before first use. One thread at a time. */
struct html_maker {
	struct html_maker *next; /* for html.c */
	struct reader
		reader[2]; /* of sides that were not decoded before; pool NULL: not made yet */
	struct page_pictures encoders;
};

void html_maker_release(struct html_maker *maker);
/*
 * html_pictures.c. Appends to the strings whose sizes are wanted; there is nothing to append for a file that is not there or cannot
 * be decoded.
 */
int html_make_pictures(struct html_maker *maker, const struct imgbatch_pair *pair,
	const struct compare_shown *shown, const bool wanted[HTML_SIZES],
	struct str picture[HTML_SIZES], struct fault *fault);

/* html_diff.c: the picture of the differences, 8-bit RGB, in heat.h's colours. */
/* What holds all pixels that count as different; width 0: none does. */
struct rect html_diff_box(const struct image *diff);
/* At most `side` pixels each way; a pixel that differs stays visible. small->data is the caller's to free. */
int html_diff_shrink(
	const struct image *diff, uint32_t side, struct image *small, struct fault *fault);

#endif
