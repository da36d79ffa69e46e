/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static bool take(const char **at, char c)
{
	skip_blanks(at);
	if (**at != c)
		return false;
	++*at;
	return true;
}

static bool take_escape(const char **at)
{
	unsigned unit;
	int used = 0;

	if (**at && strchr("\"\\/bfnrt", **at)) {
		++*at;
		return true;
	}
	if (sscanf(*at, "u%4x%n", &unit, &used) != 1 || used != 5)
		return false;
	*at += used;
	return true;
}

static bool take_string(const char **at)
{
	if (!take(at, '"'))
		return false;
	while (**at != '"') {
		if ((unsigned char)**at < 0x20)
			return false;
		if (*(*at)++ == '\\' && !take_escape(at))
			return false;
	}
	++*at;
	return true;
}

static bool take_digits(const char **at)
{
	size_t digits = strspn(*at, "0123456789");

	*at += digits;
	return digits > 0;
}

static bool take_number(const char **at)
{
	*at += **at == '-';
	if (**at == '0' && isdigit((unsigned char)(*at)[1]))
		return false;
	if (!take_digits(at))
		return false;
	if (**at == '.') {
		++*at;
		if (!take_digits(at))
			return false;
	}
	if (**at != 'e' && **at != 'E')
		return true;
	++*at;
	*at += **at == '-' || **at == '+';
	return take_digits(at);
}

static bool take_value(const char **at, int depth);

/* Members of an object, or elements of an array, from behind its opening bracket. */
static bool take_members(const char **at, char end, int depth)
{
	if (depth > DEPTH_MAX || take(at, end))
		return depth <= DEPTH_MAX;
	do {
		if (end == '}' && !(take_string(at) && take(at, ':')))
			return false;
		if (!take_value(at, depth))
			return false;
	} while (take(at, ','));
	return take(at, end);
}

static bool take_value(const char **at, int depth)
{
	static const char *const words[] = {"true", "false", "null"};

	skip_blanks(at);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strncmp(*at, words[i], strlen(words[i])) != 0)
			continue;
		*at += strlen(words[i]);
		return true;
	}
	if (**at == '"')
		return take_string(at);
	if (take(at, '{'))
		return take_members(at, '}', depth + 1);
	if (take(at, '['))
		return take_members(at, ']', depth + 1);
	return take_number(at);
}

bool json_valid(const char *text)
{
	if (!take_value(&text, 0))
		return false;
	skip_blanks(&text);
	return !*text;
}
