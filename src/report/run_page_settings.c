/* SPDX-License-Identifier: Apache-2.0 */
/* How the run was set, and what it ran on. */
#include "report/numbers.h"
#include "report/run_page_parts.h"

#include <string.h>

enum { TEXT_MOST = 16 << 10 }; /* bytes of the command and of the recipe that are shown */

static void add_block(struct str *out, const char *title, const char *text)
{
	size_t size = strlen(text);

	str_addf(out, "<h3>%s</h3>\n<pre>", title);
	if (size > TEXT_MOST) {
		struct str head = STR_INIT;

		str_add_bytes(&head, text, TEXT_MOST);
		part_add_text(out, str_text(&head));
		str_add(out, " \u2026 (cut)");
		out->failed = out->failed || head.failed;
		str_release(&head);
	} else {
		part_add_text(out, text);
	}
	str_add(out, "</pre>\n");
}

static void add_option(struct str *out, const struct run_page_option *option)
{
	str_addf(out, "<tr%s><td><code>--", option->is_set ? " class=\"set\"" : "");
	part_add_text(out, option->name);
	str_add(out, "</code></td><td>");
	part_add_name(out, option->value);
	str_addf(out, "</td><td>%s</td></tr>\n", option->is_set ? "given" : "default");
}

static void add_options(struct str *out, const struct run_page *page)
{
	size_t given = 0;

	for (size_t i = 0; i < page->option_count; i++)
		given += page->option[i].is_set;
	str_add(out, "<details>\n<summary>All effective settings: ");
	number_add_grouped(out, given);
	str_add(out, " given, ");
	number_add_grouped(out, page->option_count - given);
	str_add(out,
		" as they are by default</summary>\n<div class=\"wide\"><table class=\"options\">\n"
		"<thead><tr><th>Option</th><th>Value</th><th></th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < page->option_count; i++)
		add_option(out, &page->option[i]);
	str_add(out, "</tbody></table></div>\n</details>\n");
}

void run_page_add_settings(struct str *out, const struct run_page *page)
{
	part_begin(out, "settings", "Settings");
	if (*page->recipe)
		add_block(out, "Recipe", page->recipe);
	add_block(out, "The same run as a command", page->command);
	str_add(out, "<p class=\"note\">Relative paths are below <code>");
	part_add_name(out, page->folder);
	str_add(out, "</code>.</p>\n");
	if (*page->notes)
		add_block(out, "What was chosen, and why", page->notes);
	add_options(out, page);
	part_end(out);
}

void run_page_add_versions(struct str *out, const struct run_page *page)
{
	part_begin(out, "versions", "Versions and machine");
	str_add(out, "<pre>");
	part_add_text(out, page->build);
	str_add(out, "\n");
	part_add_text(out, page->machine);
	str_add(out, "</pre>\n");
	part_end(out);
}
