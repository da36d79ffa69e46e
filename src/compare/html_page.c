/* SPDX-License-Identifier: Apache-2.0 */
/* The page of failed pairs, written down: counts, entries as they are sorted, names. */
#include "compare/html_inner.h"
#include "report/numbers.h"
#include "report/page.h"

extern const char compare_html_css[], compare_html_dom_js[], compare_html_png_js[],
	compare_html_pixels_js[], compare_html_heat_js[], compare_html_view_js[],
	compare_html_paint_js[], compare_html_readout_js[], compare_html_pointer_js[],
	compare_html_viewer_js[], compare_html_pairs_js[], compare_html_bar_js[],
	compare_html_keys_js[], compare_html_js[];

/* Each uses at once, while it is read, what stands above it only. */
static const char *const script[] = {compare_html_dom_js, compare_html_png_js,
	compare_html_pixels_js, compare_html_heat_js, compare_html_view_js, compare_html_paint_js,
	compare_html_readout_js, compare_html_pointer_js, compare_html_viewer_js,
	compare_html_pairs_js, compare_html_bar_js, compare_html_keys_js, compare_html_js, NULL};

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
		html_entry_release(&html->entry[i]); /* the page has them now */
		html->entry[i] = (struct entry){0};
	}
	str_add(out, "</section>\n");
	add_names(out, "more failed", &html->further);
	add_names(out, "passed", &html->passed);
}

void html_add_page(
	struct str *page, struct html *html, const struct imgbatch_compare_summary *summary)
{
	struct str title = STR_INIT;

	str_addf(&title, "%llu of %llu failed: imgbatch compare",
		(unsigned long long)summary->failed, (unsigned long long)summary->pairs);
	page_begin(page, str_text(&title), compare_html_css);
	add_body(page, html, summary);
	page_end(page, script);
	page->failed = page->failed || title.failed;
	str_release(&title);
}
