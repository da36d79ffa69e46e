/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --help, made from the tables. It has to fit on two screens: when the operations' summaries would make it longer,
 * the operations are listed with what they take only, side by side, and `imgbatch ops` tells the rest.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 100,
	TEXT_COLUMN = 34, /* where the explanations begin */
	TWO_SCREENS = 96, /* lines */
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

void help_command(FILE *file, const struct command *command)
{
	if (!command->help) {
		help_full(file);
		return;
	}
	fprintf(file, "usage: imgbatch %s\n\n", command->usage);
	print_wrapped(file, 0, 0, WIDTH, command->help);
}

static void print_commands(FILE *file)
{
	for (const struct command *command = commands; command->name; command++) {
		size_t at = (size_t)fprintf(file, "  imgbatch %s", command->usage);

		if (at >= TEXT_COLUMN + 4) {
			putc('\n', file);
			at = 0;
		}
		print_wrapped(file, at, TEXT_COLUMN, WIDTH, command->summary);
	}
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

/* The default in brackets; one of a switch only where it is on, with the words that switch it off. */
static void print_option(FILE *file, const struct imgbatch_option_info *option)
{
	size_t at = print_option_name(file, option);
	char text[256];

	if (!option->value && strcmp(option->initial, "yes") == 0)
		snprintf(text, sizeof text, "%s (on; --no-%s)", option->help, option->name);
	else if (option->value && *option->initial)
		snprintf(text, sizeof text, "%s [%s]", option->help, option->initial);
	else
		snprintf(text, sizeof text, "%s", option->help);
	if (at >= TEXT_COLUMN) {
		putc('\n', file);
		at = 0;
	}
	print_wrapped(file, at, TEXT_COLUMN, WIDTH, text);
}

static void print_options(FILE *file)
{
	const struct imgbatch_option_info *option;
	const char *group = "";

	for (size_t i = 0; (option = option_at(i)); i++) {
		if (strcmp(group, option->group) != 0)
			fprintf(file, "Options: %s\n", option->group);
		group = option->group;
		print_option(file, option);
	}
}

/* One a line, with their summaries. */
static void print_operations_long(FILE *file)
{
	const struct imgbatch_operation_info *operation;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		size_t at = (size_t)fprintf(file, "  --%s %s", operation->name, operation->usage);

		if (at >= TEXT_COLUMN) {
			putc('\n', file);
			at = 0;
		}
		print_wrapped(file, at, TEXT_COLUMN, WIDTH, operation->summary);
	}
	for (const struct recipe_word *word = recipe_words; word->name; word++) {
		fprintf(file, "  --%s %s\n", word->name, word->value);
		print_wrapped(file, 0, TEXT_COLUMN, WIDTH, word->help);
	}
}

/* A name and the first thing that it takes, without the settings behind. */
static void print_operation_short(FILE *file, size_t *at, const char *name, const char *usage)
{
	size_t taken = strcspn(usage, "[, ");
	char text[64];
	int length = snprintf(text, sizeof text, "--%s%s%.*s", name, taken ? " " : "",
		taken > 24 ? 0 : (int)taken, usage);

	if (*at && *at + 2 + (size_t)length > WIDTH) {
		putc('\n', file);
		*at = 0;
	}
	*at += (size_t)fprintf(file, "  %s", text);
}

static void print_operations_packed(FILE *file, bool random)
{
	const struct imgbatch_operation_info *operation;
	size_t at = 0;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		if (operation->random == random)
			print_operation_short(file, &at, operation->name, operation->usage);
	if (at)
		putc('\n', file);
}

static void print_operations_short(FILE *file)
{
	print_operations_packed(file, false);
	fputs("Random operations, drawn for each image and copy from --seed and the output's "
	      "name\n",
		file);
	print_operations_packed(file, true);
	fputs("Defaults of all operations\n", file);
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		print_wrapped(
			file, (size_t)fprintf(file, "  --%s", word->name), 15, WIDTH, word->help);
}

static void print_all(FILE *file, bool long_operations)
{
	fputs("imgbatch turns a tree of JPEG and PNG images into another one.\n", file);
	print_commands(file);
	fputs("Operations, in the order given: --NAME [VALUE,SETTINGS...] (imgbatch ops NAME tells "
	      "all)\n",
		file);
	if (long_operations)
		print_operations_long(file);
	else
		print_operations_short(file);
	print_options(file);
	fputs("Exit status\n", file);
	for (const struct exit_row *row = exit_rows; row->status; row++)
		fprintf(file, "  %-9s %s\n", row->status, row->meaning);
	fputs("Examples\n"
	      "  imgbatch --in photos --out out --short-edge 256 --crop 224x224\n"
	      "  imgbatch --in photos --out out --random-resized-crop 224 --hflip --copies 4 "
	      "--seed 7\n",
		file);
}

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

void help_full(FILE *file)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool fits;

	if (!memory) {
		print_all(file, false);
		return;
	}
	print_all(memory, true);
	fits = fclose(memory) == 0 && lines_of(text) <= TWO_SCREENS;
	free(text);
	print_all(file, fits);
}
