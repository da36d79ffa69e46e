/* SPDX-License-Identifier: Apache-2.0 */
#include "report/run_page_parts.h"

#include "report/numbers.h"
#include "report/page.h"

#include <string.h>

/* Bytes of a name that are shown: so much of its beginning and of its end. */
enum { NAME_HEAD = 80, NAME_TAIL = 160 };

void part_add_text(struct str *out, const char *text)
{
	if (text)
		page_add_text(out, text, strlen(text));
}

/* A cut behind whole characters. */
static size_t back_to_character(const char *name, size_t at)
{
	while (at && ((unsigned char)name[at] & 0xC0) == 0x80)
		at--;
	return at;
}

void part_add_name(struct str *out, const char *name)
{
	size_t size = name ? strlen(name) : 0, head, tail;

	if (size <= NAME_HEAD + NAME_TAIL) {
		page_add_name(out, name, size);
		return;
	}
	head = back_to_character(name, NAME_HEAD);
	tail = back_to_character(name, size - NAME_TAIL);
	page_add_name(out, name, head);
	str_add(out, " \u2026 ");
	page_add_name(out, name + tail, size - tail);
}

/* A name's folder: it may break behind each slash. */
static void add_folder(struct str *out, const char *name, size_t size)
{
	str_add(out, "<span class=\"folder\">");
	for (size_t begin = 0, end; begin < size; begin = end) {
		const char *slash = memchr(name + begin, '/', size - begin);

		end = (size_t)(slash - name) + 1;
		page_add_name(out, name + begin, end - begin);
		str_add(out, "<wbr>");
	}
	str_add(out, "</span>");
}

void part_add_path(struct str *out, const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL;

	str_add(out, "<span class=\"name\">");
	if (slash && strlen(name) <= NAME_HEAD + NAME_TAIL) {
		add_folder(out, name, (size_t)(slash - name) + 1);
		name = slash + 1;
	}
	part_add_name(out, name);
	str_add(out, "</span>");
}

void part_add_count(struct str *out, uint64_t count, const char *one, const char *many)
{
	number_add_grouped(out, count);
	str_addf(out, " %s", count == 1 ? one : many);
}

void part_add_bytes(struct str *out, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000) {
		str_addf(out, "%u B", (unsigned)bytes);
		return;
	}
	for (; value >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
		value /= 1000;
	number_add_short(out, value);
	str_addf(out, " %s", units[unit]);
}

void part_add_ms(struct str *out, double ms)
{
	if (ms > 0 && ms < 0.095)
		str_addf(out, "%u \u00B5s", (unsigned)(ms * 1000 + 0.5));
	else if (ms < 1000)
		number_add_short(out, ms);
	else
		number_add_short(out, ms / 1000);
	if (ms >= 0.095 || !(ms > 0))
		str_add(out, ms < 1000 ? " ms" : " s");
}

void part_begin(struct str *out, const char *id, const char *title)
{
	str_addf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void part_end(struct str *out)
{
	str_add(out, "</section>\n");
}

void part_add_picture(struct str *out, const struct kept *kept, const char *name)
{
	if (!kept->picture) {
		str_add(out, "<span class=\"nothing\">");
		part_add_text(out, kept->without ? kept->without : "no picture");
		str_add(out, "</span>");
		return;
	}
	str_add(out, "<img alt=\"");
	part_add_name(out, name);
	str_add(out, "\" src=\"");
	page_add_picture(out, kept->type, kept->picture, kept->picture_size);
	str_add(out, "\">");
}
