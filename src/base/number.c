/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C locale is switched to for the moment: a host program may have set another, and the library may not
 * change it. glibc's newlocale allocates nothing for "C".
 */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool plain(const char *text, size_t length)
{
	bool digit = false;

	for (size_t i = 0; i < length; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			digit = true;
		else if (!text[i] || !strchr("+-.eE", text[i]))
			return false;
	}
	return digit;
}

bool number_parse(const char *text, size_t length, double *value)
{
	char copy[64], *end;
	locale_t c;

	if (length >= sizeof copy || !plain(text, length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	*value = c ? strtod_l(copy, &end, c) : strtod(copy, &end);
	if (c)
		freelocale(c);
	return end == copy + length && isfinite(*value);
}

bool number_parse_whole(const char *text, size_t length, uint64_t *value)
{
	uint64_t sum = 0;

	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

void number_print(char text[NUMBER_TEXT_MAX], double value)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = c ? uselocale(c) : c;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, NUMBER_TEXT_MAX, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (c) {
		uselocale(old);
		freelocale(c);
	}
}
