/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the page about a run share: its sections, and words in markup. */
#ifndef REPORT_RUN_PAGE_PARTS_H
#define REPORT_RUN_PAGE_PARTS_H

#include "report/run_page.h"

/* Text and names come from anywhere: only through these. NULL is "". */
void part_add_text(struct str *out, const char *text);
/* A name: what is very long loses its middle. Fit for an attribute. */
void part_add_name(struct str *out, const char *name);
/* The same as markup, in which lines break behind slashes and the folder is paler than the file. */
void part_add_path(struct str *out, const char *name);
/* "1,234 files", "1 file": many is the plural. */
void part_add_count(struct str *out, uint64_t count, const char *one, const char *many);
/* "812 B", "4.2 kB", "34 MB": powers of 1000. */
void part_add_bytes(struct str *out, uint64_t bytes);
/* "12 µs", "0.42 ms", "4.2 s". */
void part_add_ms(struct str *out, double ms);
/* <section id=ID><h2>TITLE</h2>; closed by </section>. */
void part_begin(struct str *out, const char *id, const char *title);
void part_end(struct str *out);
/* <img> of a picture, or a box that says why there is none. The name is its text alternative. */
void part_add_picture(struct str *out, const struct kept *kept, const char *name);

/* The sections, in the page's order. Each is left out where it has nothing to say. */
void run_page_add_time(struct str *out, const struct run_page *page);
void run_page_add_tables(
	struct str *out, const struct imgbatch_profile *profile); /* within that one */
void run_page_add_sizes(struct str *out, const struct run_page *page);
void run_page_add_failures(struct str *out, const struct run_page *page);
void run_page_add_warnings(struct str *out, const struct run_page *page);
void run_page_add_slowest(struct str *out, const struct run_page *page);
void run_page_add_sheet(struct str *out, const struct run_page *page);
void run_page_add_there(struct str *out, const struct run_page *page);
void run_page_add_settings(struct str *out, const struct run_page *page);
void run_page_add_versions(struct str *out, const struct run_page *page);

#endif
