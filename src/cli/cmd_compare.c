/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch compare EXPECTED ACTUAL`: words into a comparison, a line for each failure, and the exit status. */
#include "cli/cli.h"

#include <string.h>

enum { PATHS = 2, LINES = 20 /* of failures, unless all are wanted */ };

struct compare {
	struct imgbatch_comparison *comparison; /* owned */
	const char *path[PATHS];
	int paths;
	bool json, verbose, quiet, hashes;
	unsigned long long lines; /* of failures */
};

/* A word and what it takes, as they are met. */
struct words {
	int count, next;
	char **word;
};

static void tell_text(FILE *file, char *text)
{
	if (!text) {
		complain_fault(IMGBATCH_E_NOMEM, NULL);
		return;
	}
	if (file == stderr)
		fputs("imgbatch: ", file);
	fprintf(file, "%s\n", text);
	imgbatch_free_text(text);
}

static void tell_pair(void *ctx, const struct imgbatch_pair *pair)
{
	struct compare *c = ctx;
	bool counts = pair->failed || pair->updated;

	if (c->json)
		tell_text(stdout, imgbatch_pair_json(pair));
	if (c->quiet || (!counts && !c->verbose))
		return;
	if (c->verbose || c->lines++ < LINES)
		tell_text(stderr, imgbatch_pair_line(pair));
}

static void tell_message(void *ctx, int level, const char *text)
{
	const struct compare *c = ctx;

	if (level == 0 || c->verbose)
		complain("%s", text);
}

static void tell_end(const struct compare *c, const struct imgbatch_compare_summary *summary)
{
	if (c->json)
		tell_text(stdout, imgbatch_compare_summary_json(summary));
	if (c->quiet)
		return;
	if (c->lines > LINES)
		complain("and %llu more; --verbose tells all", c->lines - LINES);
	tell_text(stderr, imgbatch_compare_summary_text(summary));
}

/* -- words ------------------------------------------------------------------------------------------------- */

static const struct imgbatch_option_info *find(const char *name, size_t length)
{
	const struct imgbatch_option_info *option;

	for (size_t i = 0; (option = compare_option_at(i)); i++)
		if (strncmp(option->name, name, length) == 0 && !option->name[length])
			return option;
	return NULL;
}

static int unknown(const char *word, size_t length)
{
	const struct imgbatch_option_info *option;
	struct guess guess;

	guess_init(&guess, word + 2, length);
	for (size_t i = 0; (option = compare_option_at(i)); i++)
		guess_offer(&guess, "", option->name);
	fputs("imgbatch: unknown option ", stderr);
	print_name(stderr, word);
	if (guess.name)
		fprintf(stderr, "; did you mean --%s?\n", guess.name);
	else
		fputs("; imgbatch compare --help lists all\n", stderr);
	return STATUS_USAGE;
}

/* The switches that only the command knows; NULL when it is none. */
static bool *own_switch(struct compare *c, const char *name)
{
	return strcmp(name, "json") == 0       ? &c->json
		: strcmp(name, "verbose") == 0 ? &c->verbose
		: strcmp(name, "quiet") == 0   ? &c->quiet
					       : NULL;
}

/* A value that may be left out is the next word only where no path is still to come. */
static bool takes_next(
	const struct compare *c, const struct imgbatch_option_info *option, const struct words *w)
{
	if (!option->value || w->next == w->count)
		return false;
	if (option->value[0] != '[')
		return true;
	return w->word[w->next][0] != '-' && c->paths == (c->hashes ? 1 : PATHS);
}

static int set(struct compare *c, const struct imgbatch_option_info *option, const char *value)
{
	struct imgbatch_fault fault = {0};
	bool *own = own_switch(c, option->name);
	int code;

	if (own) {
		*own = !value || strcmp(value, "no") != 0;
		return 0;
	}
	if (strcmp(option->name, "hashes") == 0)
		c->hashes = true;
	code = imgbatch_comparison_set(c->comparison, option->name, value, &fault);
	return code ? complain_fault(code, &fault) : 0;
}

static int read_option(struct compare *c, struct words *w, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const struct imgbatch_option_info *option = find(word + 2, length);
	const char *value = word[2 + length] ? word + 3 + length : NULL;

	if (!option && strncmp(word, "--no-", 5) == 0) {
		option = find(word + 5, strlen(word + 5));
		if (option && !option->value)
			return set(c, option, "no");
		option = NULL;
	}
	if (!option)
		return unknown(word, length);
	if (!value && takes_next(c, option, w))
		value = w->word[w->next++];
	return set(c, option, value);
}

static const char *of_letter(char letter)
{
	return letter == 'q'    ? "--quiet"
		: letter == 'v' ? "--verbose"
		: letter == 'j' ? "--jobs"
				: NULL;
}

static int read_word(struct compare *c, struct words *w, const char *word)
{
	if (word[0] == '-' && word[1] && word[1] != '-' && !word[2] && of_letter(word[1]))
		word = of_letter(word[1]);
	if (word[0] == '-' && word[1] == '-' && word[2])
		return read_option(c, w, word);
	if (word[0] == '-' && word[1])
		return unknown(word, strlen(word));
	if (c->paths == PATHS) {
		complain("compare takes EXPECTED and ACTUAL, and no more");
		return STATUS_USAGE;
	}
	c->path[c->paths++] = word;
	return 0;
}

static int read_words(struct compare *c, struct words *w)
{
	int status = 0;

	while (w->next < w->count && !status) {
		const char *word = w->word[w->next++];

		if (strcmp(word, "--") == 0)
			break;
		status = read_word(c, w, word);
	}
	while (w->next < w->count && !status) {
		if (c->paths == PATHS)
			return STATUS_USAGE;
		c->path[c->paths++] = w->word[w->next++];
	}
	return status;
}

static int compare(struct compare *c)
{
	bool told = c->json || !c->quiet; /* if not, nothing is explained */
	struct imgbatch_compare_callbacks callbacks = {
		.ctx = c, .pair = told ? tell_pair : NULL, .message = tell_message};
	struct imgbatch_compare_summary summary;
	struct imgbatch_fault fault = {0};
	const char *actual = c->path[c->paths == PATHS];
	int code;

	if (!actual) {
		complain("compare needs EXPECTED and ACTUAL; imgbatch compare --help tells more");
		return STATUS_USAGE;
	}
	code = imgbatch_compare(c->comparison, c->paths == PATHS ? c->path[0] : NULL, actual,
		&callbacks, &summary, &fault);
	if (code)
		complain_fault(code, &fault);
	else
		tell_end(c, &summary);
	return imgbatch_compare_status(code, &summary);
}

int cmd_compare(int count, char **words)
{
	struct compare c = {.comparison = imgbatch_comparison_new()};
	struct words w = {.count = count, .word = words};
	int status;

	if (!c.comparison)
		return complain_fault(IMGBATCH_E_NOMEM, NULL);
	status = read_words(&c, &w);
	if (!status)
		status = compare(&c);
	imgbatch_comparison_free(c.comparison);
	return status;
}
