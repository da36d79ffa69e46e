/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table of options as the files that set and print values see it. */
#ifndef RUN_OPTION_H
#define RUN_OPTION_H

#include "run/batch.h"

enum option_kind {
	KIND_WORDS, /* struct words, collected */
	KIND_TEXT, /* char * */
	KIND_AUTO, /* char *; "auto" is NULL */
	KIND_SWITCH, /* bool */
	KIND_NUMBER, /* uint64_t between low and high */
	KIND_SIZE, /* uint64_t with K, M, G, T: powers of 1024 */
	KIND_COUNT, /* uint64_t with K, M, G, T: powers of 1000 */
	KIND_SECONDS, /* double */
	KIND_REAL, /* double between low and high */
	KIND_CHOICE, /* uint8_t: the index in info.value, words parted by | */
	KIND_BOOL_CHOICE, /* bool: likewise, two words */
};

struct option {
	struct imgbatch_option_info info;
	enum option_kind kind;
	size_t offset; /* of the field in struct options */
	uint64_t low, high; /* of KIND_REAL, KIND_NUMBER, KIND_SIZE and KIND_COUNT, inclusive */
};

/* Row `index`, NULL behind the end: those of imgbatch_option_info(). */
const struct option *option_row(size_t index);

/*
 * Appends an option's value as imgbatch_set() takes it: "yes" or "no" for a switch, "auto" where that is left to the run.
 * nth: of an option that repeats. False, and nothing is appended, where there is no such value.
 */
bool option_print(
	const struct option *row, const struct options *options, size_t nth, struct str *out);
/* Whether the value is another than the default. */
bool option_is_set(const struct option *row, const struct options *options);
/*
 * Appends a command that makes the same run: the options that are set, then the operations, as words for a POSIX shell
 * (bash's $'..' where a word holds control characters or is not UTF-8).
 */
void options_print_command(const struct imgbatch *batch, struct str *out);

#endif
