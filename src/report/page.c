/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <stdint.h>
#include <string.h>

extern const char report_page_css[];

void page_begin(struct str *out, const char *title, const char *style)
{
	str_add(out,
		"<!doctype html>\n<html lang=\"en\" class=\"plain\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>");
	page_add_text(out, title, strlen(title));
	str_add(out, "</title>\n<style>\n");
	str_add(out, report_page_css);
	if (style)
		str_add(out, style);
	str_add(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void add_script(struct str *out, const char *const script[])
{
	str_add(out, "<script>\n\"use strict\";\n(() => {\n");
	for (; *script; script++)
		str_add(out, *script);
	str_add(out, "})();\n</script>\n");
}

void page_end(struct str *out, const char *const script[])
{
	str_add(out, "</main>\n");
	if (script)
		add_script(out, script);
	str_add(out, "</body>\n</html>\n");
}

/* What stands for a character in markup; NULL: itself. */
static const char *entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ? "\xEF\xBF\xBD" : NULL;
	}
}

/* Bytes of the character at text, 0 where it is none of UTF-8. */
static size_t character(const char *text, size_t left)
{
	for (size_t length = 1; length <= 4 && length <= left; length++)
		if (str_is_utf8(text, length))
			return length;
	return 0;
}

void page_add_text(struct str *out, const char *text, size_t size)
{
	for (size_t i = 0, length; i < size; i += length ? length : 1) {
		const char *instead = entity((unsigned char)text[i]);

		length = character(text + i, size - i);
		if (instead)
			str_add(out, instead);
		else if (length)
			str_add_bytes(out, text + i, length);
		else
			str_add(out, "\xEF\xBF\xBD");
	}
}

void page_add_name(struct str *out, const char *name, size_t size)
{
	struct str escaped = STR_INIT;

	str_add_escaped(&escaped, name, size);
	page_add_text(out, str_text(&escaped), escaped.length);
	out->failed = out->failed || escaped.failed;
	str_release(&escaped);
}

void page_add_base64(struct str *out, const void *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t three = (uint32_t)from[i] << 16;
		char four[4];

		if (left > 1)
			three |= (uint32_t)from[i + 1] << 8;
		if (left > 2)
			three |= from[i + 2];
		for (int k = 0; k < 4; k++)
			four[k] = digits[three >> (18 - 6 * k) & 63];
		if (left < 3)
			four[3] = '=';
		if (left < 2)
			four[2] = '=';
		str_add_bytes(out, four, 4);
	}
}

void page_add_picture(struct str *out, const char *type, const void *bytes, size_t size)
{
	str_addf(out, "data:image/%s;base64,", type);
	page_add_base64(out, bytes, size);
}
