/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch ops [NAME]`: the table of operations, or all about one of them. */
#include "cli/cli.h"

#include <string.h>

enum { WIDTH = 100 };

static void list(void)
{
	const struct imgbatch_operation_info *operation;
	const char *group = "";

	puts("Operations, by group. Random ones are drawn anew for every image and copy, "
	     "repeatable by "
	     "--seed.");
	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		if (strcmp(group, operation->group) != 0)
			printf("\n%s\n", operation->group);
		group = operation->group;
		printf("  %s%s%s\n", operation->name, *operation->usage ? " " : "",
			operation->usage);
		print_wrapped(stdout, 0, 8, WIDTH, operation->summary);
	}
}

static void tell(const struct imgbatch_operation_info *operation)
{
	printf("--%s%s%s\n\n", operation->name, *operation->usage ? " " : "", operation->usage);
	print_wrapped(stdout, 0, 4, WIDTH, operation->summary);
	if (operation->help && *operation->help) {
		putchar('\n');
		print_wrapped(stdout, 0, 4, WIDTH, operation->help);
	}
	if (operation->random)
		print_wrapped(stdout, 0, 4, WIDTH,
			"\nRandom: it draws, from --seed and the output's name, and becomes fixed "
			"operations.");
}

static int unknown(const char *name)
{
	const struct imgbatch_operation_info *operation;
	struct guess guess;

	guess_init(&guess, name, strlen(name));
	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		guess_offer(&guess, "", operation->name);
	fputs("imgbatch: there is no operation ", stderr);
	print_name(stderr, name);
	if (guess.name)
		fprintf(stderr, "; did you mean %s?\n", guess.name);
	else
		fputs("; imgbatch ops lists all\n", stderr);
	return STATUS_USAGE;
}

static int tell_recipe_word(const struct recipe_word *word)
{
	printf("--%s%s%s\n\n", word->name, *word->value ? " " : "", word->value);
	print_wrapped(stdout, 0, 4, WIDTH, word->help);
	print_wrapped(stdout, 0, 4, WIDTH,
		"\nA default of the whole recipe, wherever it stands; an operation's own setting "
		"wins.");
	return STATUS_OK;
}

int cmd_ops(int count, char **words)
{
	const struct imgbatch_operation_info *operation;
	const char *name;

	if (count == 0) {
		list();
		return STATUS_OK;
	}
	if (count > 1) {
		complain("ops takes one name");
		return STATUS_USAGE;
	}
	name = words[0] + (strncmp(words[0], "--", 2) == 0 ? 2 : 0);
	operation = operation_find(name, strlen(name));
	if (operation) {
		tell(operation);
		return STATUS_OK;
	}
	if (recipe_word_find(name, strlen(name)))
		return tell_recipe_word(recipe_word_find(name, strlen(name)));
	return unknown(name);
}
