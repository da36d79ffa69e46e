/* SPDX-License-Identifier: Apache-2.0 */
/* Names, lines and paragraphs as a terminal may see them: what others wrote cannot steer it. */
#include "cli/cli.h"

#include <string.h>

/* Bytes of the UTF-8 sequence at s, 0 where there is none. A NUL ends it early, so no length is needed. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

	if (s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what lies above U+10FFFF (RFC 3629). */
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
		(s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return length;
}

static void print_escaped(FILE *file, const char *text, const char *marks)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t length = utf8_length(s);
		bool control = *s < 0x20 || *s == 0x7F || strchr(marks, *s) ||
			(length == 2 && s[0] == 0xC2 && s[1] < 0xA0);

		if (length == 0 || control) {
			fprintf(file, "\\x%02X", *s++);
			continue;
		}
		fwrite(s, 1, length, file);
		s += length;
	}
}

void print_name(FILE *file, const char *name)
{
	putc('"', file);
	print_escaped(file, name, "\"\\");
	putc('"', file);
}

void print_line(FILE *file, const char *text)
{
	print_escaped(file, text, "");
	putc('\n', file);
}

void print_wrapped(FILE *file, size_t at, size_t indent, size_t width, const char *text)
{
	bool first = true; /* no blank before the first word of a line */

	while (*text) {
		size_t length = strcspn(text, " \n");

		if (*text == '\n') {
			putc('\n', file);
			at = 0;
			first = true;
			text++;
			continue;
		}
		if (!first && length && at + 1 + length > width) {
			putc('\n', file);
			at = 0;
			first = true;
		}
		if (length) {
			size_t blanks = at < indent ? indent - at : !first;

			fprintf(file, "%*s%.*s", (int)blanks, "", (int)length, text);
			at += blanks + length;
			first = false;
		}
		text += length;
		text += *text == ' ';
	}
	putc('\n', file);
}
