/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, with a point whatever the locale, and without losing a bit. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_MAX = 32 };

/* A finite decimal number that is the whole of text; 63 characters at most. No hex, no infinities. */
bool number_parse(const char *text, size_t length, double *value);
/* An unsigned decimal integer that is the whole of text. */
bool number_parse_whole(const char *text, size_t length, uint64_t *value);
/* The shortest of %.15g, %.16g and %.17g that reads back to the same value. */
void number_print(char text[NUMBER_TEXT_MAX], double value);

#endif
