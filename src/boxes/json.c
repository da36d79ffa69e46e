/* SPDX-License-Identifier: Apache-2.0 */
#include "boxes/json.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct piece p, size_t at)
{
	while (at < p.size && is_blank(p.text[at]))
		at++;
	return at;
}

/* From a string's quote to behind its other one. */
static size_t skip_string(struct piece p, size_t at)
{
	for (at++; at < p.size && p.text[at] != '"'; at++)
		at += p.text[at] == '\\';
	return at < p.size ? at + 1 : p.size;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct piece p, size_t at)
{
	size_t depth = 0;

	while (at < p.size) {
		char c = p.text[at];

		if (!depth && (c == ',' || c == '}' || c == ']' || is_blank(c)))
			return at;
		if (c == '"') {
			at = skip_string(p, at);
		} else {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			at++;
		}
		if (!depth && (c == '"' || c == '}' || c == ']'))
			return at;
	}
	return at;
}

/* The key at `at`, in front of its colon; behind which the value begins. */
static size_t take_key(struct piece p, size_t at, struct piece *key)
{
	size_t end = skip_string(p, at);

	*key = (struct piece){p.text + at + 1, end - at >= 2 ? end - at - 2 : 0};
	at = skip_blanks(p, end);
	return at < p.size && p.text[at] == ':' ? skip_blanks(p, at + 1) : p.size;
}

bool json_next(struct piece whole, size_t *at, struct json_member *member)
{
	struct piece inside = {whole.text, whole.size ? whole.size - 1 : 0};
	bool object = whole.size && whole.text[0] == '{';
	size_t begin, end;

	*member = (struct json_member){.key = {whole.text, 0}};
	if (!whole.size || (!object && whole.text[0] != '['))
		return false;
	begin = skip_blanks(inside, *at ? *at : 1);
	if (*at && begin < inside.size && inside.text[begin] == ',')
		begin = skip_blanks(inside, begin + 1);
	if (begin >= inside.size)
		return false;
	member->whole.text = inside.text + begin;
	end = begin;
	if (object)
		end = take_key(inside, begin, &member->key);
	member->value.text = inside.text + end;
	*at = skip_value(inside, end);
	member->value.size = *at - end;
	member->whole.size = *at - begin;
	return member->value.size > 0;
}

bool json_key_is(const struct json_member *member, const char *key)
{
	return member->key.size == strlen(key) && !memcmp(member->key.text, key, member->key.size);
}

bool json_number(struct piece piece, double *value)
{
	return number_parse(piece.text, piece.size, value) && fabs(*value) < 1e15;
}

bool json_integer(struct piece piece, int64_t *value)
{
	bool minus = piece.size && piece.text[0] == '-';
	uint64_t whole;

	if (!number_parse_whole(piece.text + minus, piece.size - minus, &whole) ||
		whole > INT64_MAX)
		return false;
	*value = minus ? -(int64_t)whole : (int64_t)whole;
	return true;
}

bool json_numbers(struct piece piece, double *values, size_t most, size_t *count)
{
	struct json_member item;

	*count = 0;
	if (!piece.size || piece.text[0] != '[')
		return false;
	for (size_t at = 0; json_next(piece, &at, &item); ++*count)
		if (*count == most || !json_number(item.value, &values[*count]))
			return false;
	return true;
}
