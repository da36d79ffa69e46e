/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets by file name: a text file of patterns and limits, read once. */
#include "base/whole.h"
#include "compare/limits.h"
#include "source/glob.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* One line. */
struct rule {
	char *pattern;
	char **word; /* "name=value" or "name"; each split at its '=', so value is behind the NUL */
	char **value; /* into word; NULL: none */
	size_t count;
	struct compare_rects ignore;
};

struct tolerances {
	struct rule *rule;
	size_t count;
	struct whole file; /* what the pointers above point into */
};

static const uint64_t largest_file = 16 << 20;

/* The next word of a line, in quotes or not; ends it by a NUL. NULL at the end of the line, or before a comment. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r"), *end;

	if (!*word || *word == '#')
		return NULL;
	if (*word == '"')
		end = strchr(++word, '"');
	else
		end = word + strcspn(word, " \t\r");
	if (!end)
		return NULL;
	*at = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* 0, -1 for a word that is no limit, IMGBATCH_E_NOMEM. */
static int add_word(struct rule *rule, char *word)
{
	struct imgbatch_budget tried;
	char *equals = strchr(word, '=');
	char **words, **values;

	if (equals)
		*equals++ = '\0';
	if (strcmp(word, "ignore") == 0)
		return limits_add_rect(&rule->ignore, equals);
	limits_init(&tried);
	if (limits_set(&tried, word, equals))
		return -1;
	words = realloc(rule->word, (rule->count + 1) * sizeof *words);
	if (!words)
		return IMGBATCH_E_NOMEM;
	rule->word = words;
	values = realloc(rule->value, (rule->count + 1) * sizeof *values);
	if (!values)
		return IMGBATCH_E_NOMEM;
	rule->value = values;
	words[rule->count] = word;
	values[rule->count++] = equals;
	return 0;
}

/* *bad: the word that is wrong. */
static int read_line(struct tolerances *tolerances, char *line, const char **bad)
{
	char *pattern = next_word(&line), *word;
	struct rule *grown;
	int code = 0;

	if (!pattern)
		return 0;
	grown = realloc(tolerances->rule, (tolerances->count + 1) * sizeof *grown);
	if (!grown)
		return IMGBATCH_E_NOMEM;
	tolerances->rule = grown;
	grown += tolerances->count++;
	*grown = (struct rule){.pattern = pattern};
	while (!code && (word = next_word(&line))) {
		*bad = word;
		code = add_word(grown, word);
	}
	return code;
}

static int read_lines(struct tolerances *tolerances, const char *path, struct fault *fault)
{
	char *line = (char *)tolerances->file.bytes;

	for (unsigned number = 1; line; number++) {
		char *end = strchr(line, '\n');
		const char *bad = "";
		int code;

		if (end)
			*end = '\0';
		code = read_line(tolerances, line, &bad);
		if (code == IMGBATCH_E_NOMEM)
			return fault_set(fault, code, "no memory for the tolerances");
		if (code)
			return fault_set(fault, IMGBATCH_E_USAGE,
				"%.80s, line %u: \"%.40s\" is no limit, or not with this value",
				path, number, bad);
		line = end ? end + 1 : NULL;
	}
	return 0;
}

int tolerances_read(struct tolerances **out, const char *path, bool must, struct fault *fault)
{
	struct tolerances *tolerances = calloc(1, sizeof *tolerances);
	struct fault why = {0};
	int code;

	*out = NULL;
	if (!tolerances)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the tolerances");
	code = whole_read(&tolerances->file, AT_FDCWD, path, true, largest_file, &why);
	if (code == IMGBATCH_E_VANISHED && !must) {
		free(tolerances);
		return 0;
	}
	if (code)
		code = fault_set(fault, IMGBATCH_E_USAGE, "%.100s: %s", path, why.detail);
	else
		code = read_lines(tolerances, path, fault);
	if (code)
		tolerances_free(tolerances);
	else
		*out = tolerances;
	return code;
}

void tolerances_free(struct tolerances *tolerances)
{
	if (!tolerances)
		return;
	for (size_t i = 0; i < tolerances->count; i++) {
		free(tolerances->rule[i].word);
		free(tolerances->rule[i].value);
		free(tolerances->rule[i].ignore.rect);
	}
	free(tolerances->rule);
	whole_release(&tolerances->file);
	free(tolerances);
}

void tolerances_find(const struct tolerances *tolerances, const char *name,
	struct imgbatch_budget *budget, const char **rule, const struct compare_rects **ignore)
{
	static const struct compare_rects nothing;

	*rule = "";
	*ignore = &nothing;
	for (size_t i = tolerances ? tolerances->count : 0; i-- > 0;) {
		const struct rule *found = &tolerances->rule[i];

		if (!glob_matches(found->pattern, name))
			continue;
		for (size_t k = 0; k < found->count; k++)
			limits_set(budget, found->word[k], found->value[k]);
		*rule = found->pattern;
		*ignore = &found->ignore;
		return;
	}
}
