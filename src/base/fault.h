/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, for a person: a code and one line. Callers own the struct; it never allocates.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <imgbatch/errors.h>

enum { FAULT_DETAIL_MAX = 192 };

struct fault {
	int code; /* 0, or one of enum imgbatch_error */
	char detail
		[FAULT_DETAIL_MAX]; /* UTF-8, no newline, no trailing full stop; cut when too long */
};

/*
 * Fills fault (which may be NULL) and returns code, so that a failing function can `return fault_set(...)`. What is no
 * plain text becomes it: str_make_plain().
 */
int fault_set(struct fault *fault, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "E_TRUNCATED" for IMGBATCH_E_TRUNCATED; "OK" for 0; "E_UNKNOWN" for a number no table has. Static text. */
const char *code_name(int code);
/* The table's sentence about a code. Static text. */
const char *code_text(int code);
/* "W_EXT" for the single bit IMGBATCH_W_EXT; NULL for a bit no table has. Static text. */
const char *warning_name(unsigned bit);

#endif
