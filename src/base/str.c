/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void str_release(struct str *s)
{
	free(s->text);
	*s = (struct str)STR_INIT;
}

void str_clear(struct str *s)
{
	s->length = 0;
	s->failed = false;
	if (s->text)
		s->text[0] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool grow(struct str *s, size_t more)
{
	size_t room = s->room ? s->room : 64;
	char *text;

	if (s->failed)
		return false;
	if (s->text && s->room - s->length > more)
		return true;
	while (room - s->length <= more)
		room *= 2;
	text = realloc(s->text, room);
	if (!text) {
		s->failed = true;
		return false;
	}
	s->text = text;
	s->room = room;
	return true;
}

void str_add_bytes(struct str *s, const void *bytes, size_t size)
{
	if (!grow(s, size))
		return;
	if (size)
		memcpy(s->text + s->length, bytes, size);
	s->length += size;
	s->text[s->length] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
	str_add_bytes(s, &c, 1);
}

void str_addf(struct str *s, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !grow(s, (size_t)length)) {
		s->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(s->text + s->length, (size_t)length + 1, format, args);
	va_end(args);
	s->length += (size_t)length;
}

const char *str_text(const struct str *s)
{
	return s->text ? s->text : "";
}

/* Overlong forms, surrogates and what lies above U+10FFFF are none (RFC 3629). */
size_t str_utf8(const void *bytes, size_t left, uint32_t *character)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *p = bytes;
	uint32_t code = p[0];
	size_t length = p[0] < 0x80 ? 1
		: p[0] >= 0xF0      ? 4
		: p[0] >= 0xE0      ? 3
		: p[0] >= 0xC0      ? 2
				    : 0;

	if (length == 0 || p[0] > 0xF4 || length > left)
		return 0;
	if (length > 1)
		code &= 0x7Fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3F);
	}
	if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
		return 0;
	if (character)
		*character = code;
	return length;
}

bool str_is_utf8(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0, length; i < size; i += length) {
		length = str_utf8(p + i, size - i, NULL);
		if (!length)
			return false;
	}
	return true;
}

/* Control characters; those of C1 (U+0080 to U+009F) steer terminals as those of C0 do. */
static bool is_control(const uint8_t *p, size_t length)
{
	return p[0] < 0x20 || p[0] == 0x7F || (length == 2 && p[0] == 0xC2 && p[1] < 0xA0);
}

/* Whether what begins here is a character whose end is missing. */
static bool is_cut(const uint8_t *p, size_t left)
{
	size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC0 ? 2 : 0;

	for (size_t i = 1; i < left; i++)
		if ((p[i] & 0xC0) != 0x80)
			return false;
	return left < length;
}

void str_make_plain(char *text)
{
	uint8_t *p = (uint8_t *)text;

	for (size_t left = strlen(text), length; left; left -= length, p += length) {
		length = str_utf8(p, left, NULL);
		if (!length && is_cut(p, left)) {
			*p = '\0';
			return;
		}
		if (length && !is_control(p, length))
			continue;
		length = length ? length : 1;
		memset(p, '?', length);
	}
}

void str_add_escaped(struct str *s, const void *name, size_t size)
{
	const uint8_t *p = name;

	for (size_t i = 0; i < size;) {
		size_t length = str_utf8(p + i, size - i, NULL);
		bool plain = length && !is_control(p + i, length) && p[i] != '\\' && p[i] != '"';

		if (plain) {
			str_add_bytes(s, p + i, length);
			i += length;
			continue;
		}
		str_addf(s, "\\x%02X", p[i++]);
	}
}

void str_add_json(struct str *s, const void *text, size_t size)
{
	const uint8_t *p = text;

	str_add_char(s, '"');
	for (size_t i = 0; i < size;) {
		size_t length = str_utf8(p + i, size - i, NULL);

		if (!length) {
			str_add(s, "\xEF\xBF\xBD");
			i++;
			continue;
		}
		if (p[i] == '"' || p[i] == '\\')
			str_addf(s, "\\%c", p[i]);
		else if (p[i] < 0x20 || p[i] == 0x7F)
			str_addf(s, "\\u%04x", p[i]);
		else
			str_add_bytes(s, p + i, length);
		i += length;
	}
	str_add_char(s, '"');
}
