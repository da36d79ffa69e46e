/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTML report. Pairs come in order of names and are shown worst first, so that nothing can be written before the last one:
 *
 *	pair ─┬─ passed ─────────────► a line of text
 *	      └─ failed ─► pictures ─► an entry: words, small pictures, a part, the whole ─┬─► close: sorted, written
 *	        in the thread that compared it          └── shed: the worst keep them ◄────┘
 *
 * Each size of picture has a budget of its own, and so has each list of names: neither memory nor page grow without bound.
 */
#include "base/list.h"
#include "base/replace.h"
#include "compare/html_inner.h"
#include "report/numbers.h"
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of markup that the page holds of pictures of one size. */
static const size_t picture_budget = (size_t)24 << 20;

/* What was made of a failed pair beside others. */
struct prepared {
	struct str picture[HTML_SIZES];
};

static int no_memory(struct fault *fault)
{
	return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the HTML report");
}

static void *html_open(const char *path, struct fault *fault)
{
	struct html *html = calloc(1, sizeof *html);

	if (!html) {
		no_memory(fault);
		return NULL;
	}
	html->path = path;
	pthread_mutex_init(&html->lock, NULL);
	return html;
}

void html_entry_release(struct entry *entry)
{
	str_release(&entry->line);
	str_release(&entry->facts);
	for (unsigned size = 0; size < HTML_SIZES; size++)
		str_release(&entry->picture[size]);
}

static void html_free(struct html *html)
{
	for (size_t i = 0; i < html->count; i++)
		html_entry_release(&html->entry[i]);
	free(html->entry);
	for (struct html_maker *maker = html->makers, *next; maker; maker = next) {
		next = maker->next;
		html_maker_release(maker);
		free(maker);
	}
	pthread_mutex_destroy(&html->lock);
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

/* Pictures that would be shed again are not wanted. With the lock held, or in the thread that alone writes. */
static void find_wanted(
	const struct html *html, const struct badness *badness, bool wanted[HTML_SIZES])
{
	for (unsigned size = 0; size < HTML_SIZES; size++)
		wanted[size] = !html->scarce[size] || worse_first(badness, &html->least[size]) < 0;
}

/* The entry takes what is prepared; others may have made it unwanted since. */
static int take_pictures(
	struct html *html, struct entry *entry, struct prepared *prepared, struct fault *fault)
{
	bool wanted[HTML_SIZES];

	find_wanted(html, &entry->badness, wanted);
	for (unsigned size = 0; size < HTML_SIZES && prepared; size++) {
		if (!wanted[size])
			continue;
		entry->picture[size] = prepared->picture[size];
		prepared->picture[size] = (struct str)STR_INIT;
		if (entry->picture[size].failed)
			return no_memory(fault);
		trim(&entry->picture[size]);
		html->held[size] += entry->picture[size].length;
	}
	return 0;
}

static int add_entry(struct html *html, const struct imgbatch_pair *pair, struct prepared *prepared,
	struct fault *fault)
{
	struct entry *entry = list_room(
		html->entry, sizeof *entry, html->count + 1, &html->room, 64);

	if (!entry)
		return no_memory(fault);
	html->entry = entry;
	entry = &html->entry[html->count++];
	*entry = (struct entry){.badness = badness_of(pair, html->failed++),
		.verdict = compare_verdict_name(pair->verdict),
		.cause = compare_cause_name(pair->cause)};
	add_line(&entry->line, pair);
	html_add_facts(&entry->facts, pair);
	if (entry->line.failed || entry->facts.failed)
		return no_memory(fault);
	entry->shown = pair->expected.width || pair->actual.width;
	return take_pictures(html, entry, prepared, fault);
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
		html_entry_release(entry);
	}
	pthread_mutex_lock(&html->lock);
	for (unsigned size = 0; size < HTML_SIZES; size++)
		shed_pictures(html, size);
	pthread_mutex_unlock(&html->lock);
}

/* -- in the threads that compare ------------------------------------------------------------------------ */

/* One that nobody works with, and what is wanted; what is scarce only grows, so that later on no more is. */
static struct html_maker *begin_making(
	struct html *html, const struct imgbatch_pair *pair, bool wanted[HTML_SIZES])
{
	/* A pair that is as bad as another comes behind it; which is asked again when it is added. */
	struct badness badness = badness_of(pair, 0);
	struct html_maker *maker;

	pthread_mutex_lock(&html->lock);
	maker = html->makers;
	html->makers = maker ? maker->next : NULL;
	find_wanted(html, &badness, wanted);
	pthread_mutex_unlock(&html->lock);
	return maker ? maker : calloc(1, sizeof *maker);
}

static void end_making(struct html *html, struct html_maker *maker)
{
	pthread_mutex_lock(&html->lock);
	maker->next = html->makers;
	html->makers = maker;
	pthread_mutex_unlock(&html->lock);
}

static int html_prepare(void *report, const struct imgbatch_pair *pair,
	const struct compare_shown *shown, void **prepared, struct fault *fault)
{
	struct html *html = report;
	bool wanted[HTML_SIZES];
	struct html_maker *maker = begin_making(html, pair, wanted);
	struct prepared *made = calloc(1, sizeof *made);
	int code;

	*prepared = made;
	code = maker && made ? html_make_pictures(maker, pair, shown, wanted, made->picture, fault)
			     : no_memory(fault);
	if (maker)
		end_making(html, maker);
	return code;
}

static void html_discard(void *prepared)
{
	struct prepared *made = prepared;

	for (unsigned size = 0; size < HTML_SIZES && made; size++)
		str_release(&made->picture[size]);
	free(made);
}

/* -- full? ---------------------------------------------------------------------------------------------- */

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

static int html_add(
	void *report, const struct imgbatch_pair *pair, void *prepared, struct fault *fault)
{
	struct html *html = report;
	int code;

	note_roots(html, pair);
	code = pair->failed ? add_entry(html, pair, prepared, fault)
			    : add_passed(html, pair, fault);
	if (!code && is_full(html))
		shed(html);
	return code;
}

static int html_close(
	void *report, const struct imgbatch_compare_summary *summary, struct fault *fault)
{
	struct html *html = report;
	struct str page = STR_INIT;
	int code = 0;

	if (summary) {
		shed(html);
		html_add_page(&page, html, summary);
		code = page.failed ? no_memory(fault)
				   : file_replace(html->path, page.text, page.length, fault);
	}
	str_release(&page);
	html_free(html);
	return code;
}

const struct compare_report compare_html = {
	.option = "html",
	.help = "one page with all failures, worst first, to look at in a browser",
	.open = html_open,
	.prepare = html_prepare,
	.discard = html_discard,
	.add = html_add,
	.close = html_close,
};
