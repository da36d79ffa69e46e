/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of JSON text that a parser has found to be well-formed: the members of an object, the items of an array, with
 * where they stand, so that a text can be written again with some of its values replaced. Nothing is read beyond
 * a piece's end whatever it holds.
 */
#ifndef BOXES_JSON_H
#define BOXES_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece {
	const char *text;
	size_t size;
};

/* One member of an object, or item of an array (key empty). */
struct json_member {
	struct piece key; /* between its quotes */
	struct piece value; /* without blanks around it */
	struct piece whole; /* from the key's (or value's) first character to the value's last */
};

/* Walks what stands between the brackets of `whole`. at: 0 at first. false: that was the last one, or no member. */
bool json_next(struct piece whole, size_t *at, struct json_member *member);
bool json_key_is(const struct json_member *member, const char *key);
/* A piece that is a number, finite and below 1e15 either way; false: it is not. */
bool json_number(struct piece piece, double *value);
bool json_integer(struct piece piece, int64_t *value);
/* The numbers of an array, at most `most`; *count says how many. false: another thing is in it, or more. */
bool json_numbers(struct piece piece, double *values, size_t most, size_t *count);

#endif
