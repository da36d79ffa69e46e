/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that take a run's words and a few of their own: these are taken out before the rest is read. */
#include "cli/cli.h"

#include <string.h>

/* `NAME VALUE` or `NAME=VALUE` at words[at]: the words it takes, 0: it is another option, -1: no value. */
static int take(const struct own_option *own, int count, char **words, int at)
{
	size_t length = strlen(own->name);

	if (strncmp(words[at], own->name, length) != 0)
		return 0;
	if (words[at][length] == '=') {
		*own->value = words[at] + length + 1;
		return 1;
	}
	if (words[at][length])
		return 0;
	if (at + 1 == count) {
		complain("%s needs a value", own->name);
		return -1;
	}
	*own->value = words[at + 1];
	return 2;
}

int own_take(const struct own_option *own, size_t own_count, int *count, char **words)
{
	int kept = 0;

	for (int at = 0, taken; at < *count; at += taken ? taken : 1) {
		taken = 0;
		for (size_t i = 0; !taken && i < own_count; i++)
			taken = take(&own[i], *count, words, at);
		if (taken < 0)
			return STATUS_USAGE;
		if (!taken)
			words[kept++] = words[at];
	}
	*count = kept;
	return 0;
}
