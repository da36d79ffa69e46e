/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string. An allocation that fails leaves the text as it was and sets `failed`, so that a
 * sequence of appends is checked once, at its end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char *text; /* NUL-terminated once anything was appended, else NULL; owned */
	size_t length; /* without the NUL */
	size_t room;
	bool failed;
};

#define STR_INIT                                                                                   \
	{                                                                                          \
		0                                                                                  \
	}

void str_release(struct str *s); /* frees; usable again */
void str_clear(struct str *s); /* empties, keeps the room */
void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const void *bytes, size_t size);
void str_add_char(struct str *s, char c);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text, "" when empty; borrowed until the next append. */
const char *str_text(const struct str *s);
/* A file name for a person: control bytes, backslash and what is not UTF-8 as \xHH. */
void str_add_escaped(struct str *s, const void *name, size_t size);
/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void str_add_json(struct str *s, const void *text, size_t size);
bool str_is_utf8(const void *bytes, size_t size);
/* Bytes of the UTF-8 sequence that begins here, of `left` at least 1, and its character (not NULL); 0 where there is none. */
size_t str_utf8(const void *bytes, size_t left, uint32_t *character);
/*
 * Makes a line of UTF-8 of a text, in place: control characters and bytes that are no UTF-8 become question marks; a
 * character that was cut at the end goes.
 */
void str_make_plain(char *text);

#endif
