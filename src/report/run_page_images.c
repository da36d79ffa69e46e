/* SPDX-License-Identifier: Apache-2.0 */
/* Images on the page about a run: failures by kind, warnings, the slowest, and the sheet of what was made. */
#include "base/fault.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/run_page_parts.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 200 }; /* failures in all */

/* "500x375, 48 kB", as far as it is known. */
static void add_form(struct str *out, uint32_t width, uint32_t height, uint64_t bytes)
{
	if (width)
		str_addf(out, "%u\u00D7%u", width, height);
	if (bytes) {
		str_add(out, width ? ", " : "");
		part_add_bytes(out, bytes);
	}
}

/* -- failures ----------------------------------------------------------------------------------------- */

static void add_failure(struct str *out, const struct kept *kept, bool pictured)
{
	const char *said = kept->detail && *kept->detail ? kept->detail : code_text(kept->code);

	str_add(out, "<li class=\"row\">");
	if (pictured)
		part_add_picture(out, kept, kept->name);
	str_add(out, "<span class=\"words\">");
	part_add_path(out, kept->name);
	if (kept->code) {
		str_add(out, "<span class=\"why\">");
		part_add_text(out, said);
		str_add(out, "</span>");
	}
	str_add(out, "<span class=\"form\">");
	if (kept->stage && *kept->stage)
		str_addf(out, "in %s%s", kept->stage, kept->bytes ? "; " : "");
	add_form(out, kept->width, kept->height, kept->bytes);
	str_add(out, "</span></span></li>\n");
}

/* Why none of a kind has a picture, where that is for one reason; NULL. */
static const char *all_without(const struct few *few, size_t count)
{
	const char *why = count ? few->kept[0].without : NULL;

	for (size_t i = 0; i < count; i++)
		if (few->kept[i].picture || few->kept[i].without != why)
			return NULL;
	return why;
}

static void add_kind(struct str *out, struct gather_kind *kind, int code, size_t most)
{
	size_t shown = kind->few.count < most ? kind->few.count : most;
	const char *without = all_without(&kind->few, shown);

	if (code)
		str_addf(out, "<h3><code>%s</code> ", code_name(code));
	else
		str_add(out, "<h3>");
	part_add_text(out, code ? code_text(code) : "damaged, and written all the same");
	str_addf(out, "<span class=\"badge %s\">", code ? "bad" : "warn");
	number_add_grouped(out, kind->count);
	str_add(out, "</span>");
	if (without)
		str_addf(out, "<small>%s</small>", without);
	str_add(out, "</h3>\n<ul class=\"rows\">\n");
	few_sort_by_name(&kind->few, shown);
	for (size_t i = 0; i < shown; i++)
		add_failure(out, &kind->few.kept[i], !without);
	str_add(out, "</ul>\n");
	if (shown == kind->count)
		return;
	str_add(out, "<p class=\"note\">and ");
	number_add_grouped(out, kind->count - shown);
	str_add(out, " more; these were picked by a hash of their names.</p>\n");
}

struct order {
	size_t kind;
	uint64_t count;
};

static int most_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->kind < y->kind ? -1 : 1;
}

void run_page_add_failures(struct str *out, const struct run_page *page)
{
	struct order order[GATHER_KINDS];
	size_t kinds = 0, most;

	for (size_t i = 0; i < GATHER_KINDS; i++)
		if (page->gather->failed[i].count)
			order[kinds++] = (struct order){i, page->gather->failed[i].count};
	if (!kinds)
		return;
	qsort(order, kinds, sizeof *order, most_first);
	most = ROWS_MOST / kinds + 1;
	part_begin(out, "failures", page->summary->failed ? "What failed" : "What was damaged");
	for (size_t i = 0; i < kinds; i++)
		add_kind(out, &page->gather->failed[order[i].kind], -(int)order[i].kind, most);
	if (page->summary->failed)
		str_add(out,
			"<p class=\"note\"><code>imgbatch status OUT</code> and "
			"<code>--json</code> "
			"name them all.</p>\n");
	part_end(out);
}

/* -- warnings, and what was ignored ------------------------------------------------------------------- */

/* `a.jpg, b.jpg, ..` of those that were kept. */
static void add_examples(struct str *out, struct few *few)
{
	few_sort_by_name(few, few->count);
	for (size_t i = 0; i < few->count; i++) {
		str_add(out, i ? ", " : "");
		part_add_path(out, few->kept[i].name);
	}
}

static void add_warning(
	struct str *out, const char *name, const char *text, struct gather_kind *kind)
{
	if (!kind->count)
		return;
	str_add(out, "<tr><td>");
	if (name)
		str_addf(out, "<code>%s</code> ", name);
	part_add_text(out, text);
	str_add(out, "</td><td class=\"number\">");
	number_add_grouped(out, kind->count);
	str_add(out, "</td><td>");
	add_examples(out, &kind->few);
	str_add(out, kind->count > kind->few.count ? ", \u2026</td></tr>\n" : "</td></tr>\n");
}

static const char *warning_text(unsigned bit)
{
#define TEXT(name, number, text) [number] = text,
	static const char *const texts[GATHER_WARNINGS] = {IMGBATCH_WARNING_LIST(TEXT)};
#undef TEXT

	return texts[bit] ? texts[bit] : "";
}

void run_page_add_warnings(struct str *out, const struct run_page *page)
{
	uint64_t all = page->gather->ignored.count;

	for (unsigned bit = 0; bit < GATHER_WARNINGS; bit++)
		all += page->gather->warned[bit].count;
	if (!all)
		return;
	part_begin(out, "warnings", "Warnings, and what was ignored");
	str_add(out,
		"<div class=\"wide\"><table>\n<thead><tr><th>What</th><th "
		"class=\"number\">Images</th>"
		"<th>Such as</th></tr></thead>\n<tbody>\n");
	for (unsigned bit = 0; bit < GATHER_WARNINGS; bit++)
		add_warning(out, warning_name(1u << bit), warning_text(bit),
			&page->gather->warned[bit]);
	add_warning(out, NULL, "no images, or symbolic links: ignored", &page->gather->ignored);
	str_add(out, "</tbody></table></div>\n");
	part_end(out);
}

/* -- the slowest -------------------------------------------------------------------------------------- */

static void add_slow(struct str *out, const struct imgbatch_slow *slow)
{
	const uint64_t ns[] = {slow->read_ns, slow->work_ns, slow->write_ns};

	str_add(out, "<tr><td>");
	part_add_path(out, slow->name);
	/* Of a longer name there is no more. */
	str_add(out, strlen(slow->name) + 1 == sizeof slow->name ? "\u2026</td><td>" : "</td><td>");
	add_form(out, slow->width, slow->height, slow->bytes);
	str_add(out, "</td>");
	for (int i = 0; i < 3; i++) {
		str_add(out, "<td class=\"number\">");
		part_add_ms(out, (double)ns[i] / 1e6);
		str_add(out, "</td>");
	}
	str_add(out, "</tr>\n");
}

void run_page_add_slowest(struct str *out, const struct run_page *page)
{
	const struct imgbatch_profile *profile = page->summary->profile;

	if (!profile || profile->slowest_count < 2)
		return;
	part_begin(out, "slowest", "The slowest images");
	str_add(out,
		"<div class=\"wide\"><table>\n<thead><tr><th>Image</th><th>Input</th>"
		"<th class=\"number\">Read</th><th class=\"number\">Work</th>"
		"<th class=\"number\">Write</th></tr></thead>\n<tbody>\n");
	for (unsigned i = 0; i < profile->slowest_count; i++)
		add_slow(out, &profile->slowest[i]);
	str_add(out, "</tbody></table></div>\n");
	part_end(out);
}

/* -- the sheet ---------------------------------------------------------------------------------------- */

static void add_output(struct str *out, const struct kept *kept, bool random)
{
	str_add(out, "<figure>");
	part_add_picture(out, kept, kept->output);
	str_add(out, "<figcaption>");
	part_add_path(out, kept->output);
	str_add(out, "<span class=\"form\">");
	add_form(out, kept->out_width, kept->out_height, kept->out_bytes);
	str_add(out, "</span>");
	if (random && kept->recipe && *kept->recipe) {
		str_add(out, "<details><summary>drawn recipe</summary><pre>");
		part_add_text(out, kept->recipe);
		str_add(out, "</pre></details>");
	}
	str_add(out, "</figcaption></figure>\n");
}

static void add_sheet(struct str *out, struct gather_kind *kind, const char *what, bool random)
{
	if (kind->count > kind->few.count) {
		str_add(out, "<p class=\"note\">");
		number_add_grouped(out, kind->few.count);
		str_add(out, " of ");
		number_add_grouped(out, kind->count);
		str_addf(out, " %s, picked by a hash of their names.</p>\n", what);
	}
	few_sort_by_name(&kind->few, kind->few.count);
	str_add(out, "<div class=\"sheet\">\n");
	for (size_t i = 0; i < kind->few.count; i++)
		add_output(out, &kind->few.kept[i], random);
	str_add(out, "</div>\n");
}

void run_page_add_sheet(struct str *out, const struct run_page *page)
{
	struct gather_kind *outputs = &page->gather->outputs;

	if (!outputs->count || page->summary->dry_run)
		return;
	part_begin(out, "sheet", "What was made");
	add_sheet(out, outputs, "images", page->random);
	part_end(out);
}

void run_page_add_there(struct str *out, const struct run_page *page)
{
	struct gather_kind *there = &page->gather->there;

	if (!there->few.count || page->summary->dry_run)
		return;
	part_begin(out, "there", "What was there already");
	str_add(out,
		"<p class=\"note\">Made by earlier runs, or kept as they were: this run wrote none "
		"of "
		"them.</p>\n");
	add_sheet(out, there, "skipped images, one output of each", page->random);
	part_end(out);
}
