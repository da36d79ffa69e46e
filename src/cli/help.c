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

/* The default in brackets; of a switch only where it is on. */
static void print_option(FILE *file, const struct imgbatch_option_info *option)
{
	size_t at = print_option_name(file, option);
	bool off = !option->value && strcmp(option->initial, "yes") != 0;
	char text[256];

	snprintf(text, sizeof text, off || !*option->initial ? "%s" : "%s [%s]", option->help,
		option->initial);
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

	fputs("Options, as --NAME VALUE or --NAME=VALUE; --no-NAME turns a switch off\n", file);
	for (size_t i = 0; (option = option_at(i)); i++) {
		if (strcmp(group, option->group) != 0)
			fprintf(file, " %s\n", option->group);
		group = option->group;
		print_option(file, option);
	}
}

enum { SHORT_USAGE = 24 };

/*
 * Bytes of a usage that say what is taken, without the settings behind: "WxH" of "WxH[,fill=C]", "[P]" of
 * "[P]"; none where that alone is long.
 */
static size_t taken_length(const char *usage)
{
	size_t length = usage[0] == '[' ? strcspn(usage, "]") + 1 : strcspn(usage, "[ ");

	if (strncmp(usage, "[,", 2) == 0 || length > SHORT_USAGE)
		return 0;
	return length;
}

static size_t print_operation_name(FILE *file, const struct imgbatch_operation_info *operation)
{
	size_t taken = taken_length(operation->usage);

	return (size_t)fprintf(file, "  --%s%s%.*s", operation->name, taken ? " " : "", (int)taken,
		operation->usage);
}

static void print_recipe_words(FILE *file)
{
	fputs("Defaults of all operations\n", file);
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		print_wrapped(file, (size_t)fprintf(file, "  --%s", word->name), TEXT_COLUMN, WIDTH,
			word->help);
}

/* One a line, with their summaries. */
static void print_operations_long(FILE *file)
{
	const struct imgbatch_operation_info *operation;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		size_t at = print_operation_name(file, operation);

		if (at >= TEXT_COLUMN) {
			putc('\n', file);
			at = 0;
		}
		print_wrapped(file, at, TEXT_COLUMN, WIDTH, operation->summary);
	}
	print_recipe_words(file);
}

/* Side by side. */
static void print_operations_packed(FILE *file, bool random)
{
	const struct imgbatch_operation_info *operation;
	size_t at = 0;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		if (operation->random != random)
			continue;
		if (at &&
			at + 5 + strlen(operation->name) + taken_length(operation->usage) > WIDTH) {
			putc('\n', file);
			at = 0;
		}
		at += print_operation_name(file, operation);
	}
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
	print_recipe_words(file);
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
