/* SPDX-License-Identifier: Apache-2.0 */
/* Codes and their names, all read from the one table in errors.h. */
#include "base/fault.h"

#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

int fault_set(struct fault *fault, int code, const char *format, ...)
{
	va_list args;

	if (!fault)
		return code;
	fault->code = code;
	va_start(args, format);
	vsnprintf(fault->detail, sizeof fault->detail, format, args);
	va_end(args);
	str_make_plain(fault->detail); /* what a file says of itself may be part of it */
	return code;
}

const char *code_name(int code)
{
	switch (code) {
	case 0:
		return "OK";
#define X(name, number, text)                                                                      \
	case -(number):                                                                            \
		return #name;
		IMGBATCH_ERROR_LIST(X)
#undef X
	default:
		return "E_UNKNOWN";
	}
}

const char *code_text(int code)
{
	switch (code) {
	case 0:
		return "no error";
#define X(name, number, text)                                                                      \
	case -(number):                                                                            \
		return text;
		IMGBATCH_ERROR_LIST(X)
#undef X
	default:
		return "unknown error";
	}
}

const char *warning_name(unsigned bit)
{
	switch (bit) {
#define X(name, shift, text)                                                                       \
	case 1u << (shift):                                                                        \
		return #name;
		IMGBATCH_WARNING_LIST(X)
#undef X
	default:
		return NULL;
	}
}
