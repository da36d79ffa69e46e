/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTML report. Pairs come in order of names and are shown worst first, so that nothing can be written before the last one:
 *
 *	pair ─┬─ passed ─► a line of text
 *	      └─ failed ─► an entry: words, small pictures, a part, the whole ───► close: sorted, written
 *	                            └──────────── shed: the worst keep them ───┘
 *
 * Each size of picture has a budget of its own, and so has each list of names: neither memory nor page grow without bound.
 */
#include "base/replace.h"
#include "compare/html.h"
#include "report/numbers.h"
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

extern const char compare_html_css[], compare_html_js[];

enum {
	ENTRIES_MOST = 2000, /* failures with words and pictures; others are named */
	NAMES_MOST = 20000, /* in each of the two lists */
};

/* Bytes of markup that the page holds of pictures of one size. */
static const size_t picture_budget = (size_t)24 << 20;

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
	struct html_maker maker;
	struct entry *entry; /* owned */
	size_t count, room;
	size_t held[HTML_SIZES]; /* bytes */
	struct badness least[HTML_SIZES]; /* of those that keep a size that others had to give up */
	bool scarce[HTML_SIZES]; /* some had to */
	uint64_t failed;
	struct names passed, further; /* further: failures beyond ENTRIES_MOST */
};

static int no_memory(struct fault *fault)
{
	return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the HTML report");
}

static void *html_open(const char *path, struct fault *fault)
{
	struct html *html = calloc(1, sizeof *html);

	/* Whatever was measured is shown: no bound on pixels. */
	if (html && !reader_init(&html->maker.reader, 0, fault)) {
		html->path = path;
		return html;
	}
	free(html);
	no_memory(fault);
	return NULL;
}

static void entry_release(struct entry *entry)
{
	str_release(&entry->line);
	str_release(&entry->facts);
	for (unsigned size = 0; size < HTML_SIZES; size++)
		str_release(&entry->picture[size]);
}

static void html_free(struct html *html)
{
	for (size_t i = 0; i < html->count; i++)
		entry_release(&html->entry[i]);
	free(html->entry);
	page_pictures_release(&html->maker.encoders);
	reader_release(&html->maker.reader);
	str_release(&html->passed.markup);
	str_release(&html->further.markup);
	str_release(&html->roots);
	free(html);
}

/* -- one pair ----------------------------------------------------------------------------------------- */

/* A broken file is trouble, another size is all different, measured differences go by their RMS. */
static struct badness badness_of(const struct imgbatch_pair *pair, uint64_t order)
{
	struct badness badness = {.order = order};

	switch (pair->verdict) {
	case IMGBATCH_PAIR_BROKEN:
		break;
	case IMGBATCH_PAIR_MISSING:
		badness.rank = 3;
		break;
	case IMGBATCH_PAIR_EXTRA:
		badness.rank = 4;
		break;
	default:
		badness.rank = pair->measured ? 2 : 1;
	}
	if (pair->measured)
		badness.amount = pair->measures.rms / pair->measures.peak;
	return badness;
}

/* Less than 0 where a is worse than b. */
static int worse_first(const struct badness *a, const struct badness *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->amount != b->amount)
		return a->amount > b->amount ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int compare_entries(const void *a, const void *b)
{
	return worse_first(
		&((const struct entry *)a)->badness, &((const struct entry *)b)->badness);
}

static void add_line(struct str *out, const struct imgbatch_pair *pair)
{
	str_add(out, "<span class=\"name\">");
	page_add_name(out, pair->name, strlen(pair->name));
	str_add(out, "</span>");
	if (pair->verdict == IMGBATCH_PAIR_EQUAL)
		return;
	html_add_badge(out, pair);
	if (pair->explanation && *pair->explanation) {
		str_add(out, "<span class=\"why\">");
		page_add_text(out, pair->explanation, strlen(pair->explanation));
		str_add(out, "</span>");
	}
	str_add(out, "<span class=\"figures\">");
	html_add_figures(out, pair);
	str_add(out, "</span>");
}

/* A line of text for what has no entry. */
static void name_pair(
	struct names *names, const char *verdict, const char *cause, const struct str *line)
{
	if (names->count++ >= NAMES_MOST)
		return;
	str_addf(&names->markup, "<li data-verdict=\"%s\" data-cause=\"%s\">", verdict, cause);
	str_add_bytes(&names->markup, str_text(line), line->length);
	str_add(&names->markup, "</li>\n");
}

/* A string's room follows its needs in powers of two; what is kept for long takes what it needs. */
static void trim(struct str *s)
{
	char *text = s->text ? realloc(s->text, s->length + 1) : NULL;

	if (text) {
		s->text = text;
		s->room = s->length + 1;
	}
}

/* Pictures that would be shed again are not made: encoding them takes longer than all else here. */
static int make_pictures(struct html *html, struct entry *entry, const struct imgbatch_pair *pair,
	struct fault *fault)
{
	bool wanted[HTML_SIZES];
	int code;

	for (unsigned size = 0; size < HTML_SIZES; size++)
		wanted[size] = !html->scarce[size] ||
			worse_first(&entry->badness, &html->least[size]) < 0;
	code = html_make_pictures(&html->maker, pair, wanted, entry->picture, fault);
	for (unsigned size = 0; size < HTML_SIZES && !code; size++) {
		if (entry->picture[size].failed)
			code = no_memory(fault);
		trim(&entry->picture[size]);
		html->held[size] += entry->picture[size].length;
	}
	entry->shown = pair->expected.width || pair->actual.width;
	return code;
}

static int add_entry(struct html *html, const struct imgbatch_pair *pair, struct fault *fault)
{
	struct entry *entry;

	if (html->count == html->room) {
		size_t room = html->room ? 2 * html->room : 64;

		entry = realloc(html->entry, room * sizeof *entry);
		if (!entry)
			return no_memory(fault);
		html->entry = entry;
		html->room = room;
	}
	entry = &html->entry[html->count++];
	*entry = (struct entry){.badness = badness_of(pair, html->failed++),
		.verdict = compare_verdict_name(pair->verdict),
		.cause = compare_cause_name(pair->cause)};
	add_line(&entry->line, pair);
	html_add_facts(&entry->facts, pair);
	if (entry->line.failed || entry->facts.failed)
		return no_memory(fault);
	return make_pictures(html, entry, pair, fault);
}

static int add_passed(struct html *html, const struct imgbatch_pair *pair, struct fault *fault)
{
	struct str line = STR_INIT;

	add_line(&line, pair);
	name_pair(&html->passed, pair->updated ? "updated" : compare_verdict_name(pair->verdict),
		compare_cause_name(pair->cause), &line);
	str_release(&line);
	return html->passed.markup.failed ? no_memory(fault) : 0;
}

/* -- the worst of them -------------------------------------------------------------------------------- */

static void shed_pictures(struct html *html, enum html_size size)
{
	for (size_t i = html->count; i > 1 && html->held[size] > picture_budget; i--) {
		html->held[size] -= html->entry[i - 1].picture[size].length;
		str_release(&html->entry[i - 1].picture[size]);
		html->least[size] = html->entry[i - 2].badness;
		html->scarce[size] = true;
	}
}

/* Sorts the entries and takes from the least bad ones what the budgets have no room for. */
static void shed(struct html *html)
{
	if (html->count)
		qsort(html->entry, html->count, sizeof *html->entry, compare_entries);
	for (; html->count > ENTRIES_MOST; html->count--) {
		struct entry *entry = &html->entry[html->count - 1];

		name_pair(&html->further, entry->verdict, entry->cause, &entry->line);
		for (unsigned size = 0; size < HTML_SIZES; size++)
			html->held[size] -= entry->picture[size].length;
		entry_release(entry);
	}
	for (unsigned size = 0; size < HTML_SIZES; size++)
		shed_pictures(html, size);
}

/* Half as much again as there is room for: so sorting is rare. */
static bool is_full(const struct html *html)
{
	bool full = html->count > ENTRIES_MOST + ENTRIES_MOST / 2;

	for (unsigned size = 0; size < HTML_SIZES; size++)
		full = full || html->held[size] > picture_budget + picture_budget / 2;
	return full;
}

/* "golden" of "golden/a/b.png" and "a/b.png". */
static void add_root(struct str *out, const char *path, const char *name)
{
	size_t size = strlen(path), tail = strlen(name);

	if (size > tail && strcmp(path + size - tail, name) == 0) {
		size -= tail;
		while (size > 1 && path[size - 1] == '/')
			size--;
	}
	str_add(out, "<code>");
	page_add_name(out, path, size);
	str_add(out, "</code>");
}

/* The two trees, of the first pair that is in both. */
static void note_roots(struct html *html, const struct imgbatch_pair *pair)
{
	if (html->roots.length || !pair->expected.path || !pair->actual.path)
		return;
	add_root(&html->roots, pair->expected.path, pair->name);
	str_add(&html->roots, " expected, ");
	add_root(&html->roots, pair->actual.path, pair->name);
	str_add(&html->roots, " actual");
}

static int html_add(void *report, const struct imgbatch_pair *pair, struct fault *fault)
{
	struct html *html = report;
	int code;

	note_roots(html, pair);
	code = pair->failed ? add_entry(html, pair, fault) : add_passed(html, pair, fault);
	if (!code && is_full(html))
		shed(html);
	return code;
}

/* -- the page ----------------------------------------------------------------------------------------- */

static void add_count(struct str *out, const char *name, uint64_t count)
{
	if (!count)
		return;
	str_addf(out, "<li class=\"badge %s\">", name);
	number_add_grouped(out, count);
	str_addf(out, " %s</li>\n", name);
}

static void add_head(
	struct str *out, const struct html *html, const struct imgbatch_compare_summary *summary)
{
	str_add(out, "<header>\n<h1>");
	if (summary->failed) {
		number_add_grouped(out, summary->failed);
		str_add(out, " of ");
	}
	number_add_grouped(out, summary->pairs);
	str_addf(out, " %s %s</h1>\n<p>", summary->pairs == 1 ? "pair" : "pairs",
		summary->failed ? "failed" : "passed");
	str_add_bytes(out, str_text(&html->roots), html->roots.length);
	str_add(out, "</p>\n<ul class=\"counts\">\n");
	add_count(out, "broken", summary->broken);
	add_count(out, "different", summary->different);
	add_count(out, "missing", summary->missing);
	add_count(out, "extra", summary->extra);
	add_count(out, "updated", summary->updated);
	add_count(out, "within", summary->within);
	add_count(out, "equal", summary->equal);
	str_add(out, "</ul>\n</header>\n");
}

/* The pictures to look at closely: the whole where it was kept, else the part. Where scripts run they are text until wanted. */
static void add_pictures(struct str *out, const struct entry *entry)
{
	const struct str *pictures = entry->picture[2].length ? &entry->picture[2]
							      : &entry->picture[1];

	if (!pictures->length && entry->shown)
		str_add(out,
			"<p class=\"note\">Larger pictures were left out: the page keeps those of "
			"worse failures.</p>\n");
	if (!pictures->length)
		return;
	str_add(out, "<noscript>");
	str_add_bytes(out, pictures->text, pictures->length);
	str_add(out, "</noscript>\n");
}

static void add_failure(struct str *out, const struct entry *entry)
{
	str_addf(out, "<details class=\"pair\" data-verdict=\"%s\" data-cause=\"%s\">\n<summary>",
		entry->verdict, entry->cause);
	str_add(out, "<span class=\"words\">");
	str_add_bytes(out, str_text(&entry->line), entry->line.length);
	str_add(out, "</span><span class=\"thumbs\">");
	str_add_bytes(
		out, str_text(&entry->picture[HTML_SMALL]), entry->picture[HTML_SMALL].length);
	str_add(out, "</span></summary>\n");
	str_add_bytes(out, str_text(&entry->facts), entry->facts.length);
	add_pictures(out, entry);
	str_add(out, "</details>\n");
}

static void add_names(struct str *out, const char *what, const struct names *names)
{
	if (!names->count)
		return;
	str_add(out, "<details class=\"names\">\n<summary>");
	number_add_grouped(out, names->count);
	str_addf(out, " %s</summary>\n<ul>\n", what);
	str_add_bytes(out, str_text(&names->markup), names->markup.length);
	if (names->count > NAMES_MOST) {
		str_add(out, "<li>and ");
		number_add_grouped(out, names->count - NAMES_MOST);
		str_add(out, " more</li>\n");
	}
	str_add(out, "</ul>\n</details>\n");
}

static void add_body(
	struct str *out, struct html *html, const struct imgbatch_compare_summary *summary)
{
	add_head(out, html, summary);
	str_add(out, "<section id=\"failures\">\n");
	for (size_t i = 0; i < html->count; i++) {
		add_failure(out, &html->entry[i]);
		entry_release(&html->entry[i]); /* the page has them now */
		html->entry[i] = (struct entry){0};
	}
	str_add(out, "</section>\n");
	add_names(out, "more failed", &html->further);
	add_names(out, "passed", &html->passed);
}

static int html_close(
	void *report, const struct imgbatch_compare_summary *summary, struct fault *fault)
{
	struct html *html = report;
	struct str page = STR_INIT, title = STR_INIT;
	int code = 0;

	if (summary) {
		shed(html);
		str_addf(&title, "%llu of %llu failed: imgbatch compare",
			(unsigned long long)summary->failed, (unsigned long long)summary->pairs);
		page_begin(&page, str_text(&title), compare_html_css);
		add_body(&page, html, summary);
		page_end(&page, compare_html_js);
		code = page.failed || title.failed
			? no_memory(fault)
			: file_replace(html->path, page.text, page.length, fault);
	}
	str_release(&title);
	str_release(&page);
	html_free(html);
	return code;
}

const struct compare_report compare_html = {
	.option = "html",
	.help = "one page with all failures, worst first, to look at in a browser",
	.keeps = true,
	.open = html_open,
	.add = html_add,
	.close = html_close,
};
