/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --help, made from the tables. It has to fit on two screens: so the operations are only named, side by side, and
 * `imgbatch ops` tells the rest.
 */
#include "cli/cli.h"

#include <string.h>

enum {
	WIDTH = 100,
	TEXT_COLUMN = 34, /* where the explanations begin */
	LIST_COLUMN = 17, /* where the names of operations begin */
};

void help_short(FILE *file)
{
	fputs("usage: imgbatch --in PATH... --out DIR [OPERATIONS, in order] [OPTIONS]\n", file);
	for (const struct command *command = commands + 1; command->name; command++)
		fprintf(file, "       imgbatch %s\n", command->usage);
	fputs("e.g.:  imgbatch --in photos --out out --short-edge 256 --crop 224x224\n"
	      "imgbatch --help tells more.\n",
		file);
}

/* In the column, or behind a long name where it fits there, or else on a line of its own. */
static void print_explained(FILE *file, size_t at, const char *text)
{
	if (at + 2 > TEXT_COLUMN && at + 2 + strlen(text) <= WIDTH) {
		fprintf(file, "  %s\n", text);
		return;
	}
	if (at + 2 > TEXT_COLUMN) {
		putc('\n', file);
		at = 0;
	}
	print_wrapped(file, at, TEXT_COLUMN, WIDTH, text);
}

static void print_commands(FILE *file)
{
	for (const struct command *command = commands; command->name; command++)
		print_explained(file, (size_t)fprintf(file, "  imgbatch %s", command->usage),
			command->summary);
}

/* `  -j, --jobs N`; the column behind it. */
static size_t print_option_name(FILE *file, const struct imgbatch_option_info *option)
{
	char letter = option_letter(option->name);
	int at = fprintf(file, "  ");

	if (letter)
		at += fprintf(file, "-%c, ", letter);
	at += fprintf(file, "--%s", option->name);
	if (option->value)
		at += fprintf(file, " %s", option->value);
	return (size_t)at;
}

/* The default in brackets; of a switch only where it is on. */
static void print_option(FILE *file, const struct imgbatch_option_info *option)
{
	size_t at = print_option_name(file, option);
	bool off = !option->value && strcmp(option->initial, "yes") != 0;
	char text[256];

	snprintf(text, sizeof text, off || !*option->initial ? "%s" : "%s [%s]", option->help,
		option->initial);
	print_explained(file, at, text);
}

/* Another word of a list in columns, behind at bytes of a line; returns the bytes behind it. */
static size_t print_listed(FILE *file, size_t at, const char *name)
{
	if (at + 1 + strlen(name) > WIDTH) {
		fprintf(file, "\n%*s", LIST_COLUMN, "");
		at = LIST_COLUMN;
	}
	return at + (size_t)fprintf(file, " %s", name);
}

/* A group that is named only, side by side: the manual page and `imgbatch bench --help` tell the rest. */
static const char seldom[] = "seldom needed";

static size_t print_seldom(FILE *file, size_t at, const struct imgbatch_option_info *option)
{
	char text[80];

	snprintf(text, sizeof text, "--%s %s", option->name, option->value ? option->value : "");
	return print_listed(file, at, text);
}

static void print_options(FILE *file, const struct imgbatch_option_info *(*row)(size_t index))
{
	const struct imgbatch_option_info *option;
	const char *group = "";
	size_t at = 0;

	fputs("Options, as --NAME VALUE or --NAME=VALUE; --no-NAME turns a switch off\n", file);
	for (size_t i = 0; (option = row(i)); i++) {
		bool first = strcmp(group, option->group) != 0;

		if (first && at)
			putc('\n', file);
		group = option->group;
		if (strcmp(group, seldom) == 0) {
			at = first ? (size_t)fprintf(file, " %-*s", LIST_COLUMN - 1, group) - 1
				   : at;
			at = print_seldom(file, at, option);
			continue;
		}
		at = 0;
		if (first)
			fprintf(file, " %s\n", group);
		print_option(file, option);
	}
	fputs(at ? "\n" : "", file);
}

/* Names only, a group a paragraph: there are too many for more. */
static void print_operations(FILE *file)
{
	const struct imgbatch_operation_info *operation;
	const char *group = "";
	size_t at = 0;

	fputs("Operations, in the order given, as --NAME [VALUE,SETTINGS...]; imgbatch ops [NAME] "
	      "tells "
	      "more",
		file);
	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		if (strcmp(group, operation->group) != 0)
			at = (size_t)fprintf(file, "\n %-*s", LIST_COLUMN - 1, operation->group) -
				1;
		group = operation->group;
		at = print_listed(file, at, operation->name);
	}
	at = (size_t)fprintf(file, "\n %-*s", LIST_COLUMN - 1, "defaults of all") - 1;
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		at = print_listed(file, at, word->name);
	putc('\n', file);
}

/* As running text: a line for each would cost two more. */
static void print_exits(FILE *file)
{
	char text[800];
	size_t at = (size_t)snprintf(text, sizeof text, "Exit status.");

	for (const struct exit_row *row = exit_rows; row->status && at < sizeof text; row++)
		at += (size_t)snprintf(
			text + at, sizeof text - at, " %s: %s.", row->status, row->meaning);
	print_wrapped(file, 0, 0, WIDTH, text);
}

void help_command(FILE *file, const struct command *command)
{
	if (!command->help) {
		help_full(file);
		return;
	}
	fprintf(file, "usage: imgbatch %s\n\n", command->usage);
	print_wrapped(file, 0, 0, WIDTH, command->help);
	if (!command->option)
		return;
	putc('\n', file);
	print_options(file, command->option);
}

void help_full(FILE *file)
{
	fputs("imgbatch turns a tree of JPEG and PNG images into another one.\n", file);
	print_commands(file);
	print_operations(file);
	print_options(file, option_at);
	print_exits(file);
	fputs("e.g.:  imgbatch --in photos --out out --short-edge 256 --crop 224x224\n"
	      "       imgbatch --in photos --out out --random-resized-crop 224 --hflip --copies 4 "
	      "--seed 7\n",
		file);
}
