/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `imgbatch --man`: the manual page in mdoc(7), tables and prose. Every argument of a macro is preceded by `\&`, so that no
 * option's value is taken for another macro.
 */
#include "cli/cli.h"

#include <string.h>

/* Text as roff reads it. at_start: a dot or a quote here would begin a request. */
static void print_roff(const char *text, bool at_start)
{
	for (; *text; text++) {
		if (at_start && strchr(".'", *text))
			fputs("\\&", stdout);
		at_start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '"')
			fputs("\\(dq", stdout);
		else if (*text == '^')
			fputs("\\(ha", stdout);
		else if (*text == '~')
			fputs("\\(ti", stdout);
		else
			putchar(*text);
	}
}

/* Running text: blank lines become paragraphs; an input line ends with its sentence, or when it is long. */
static void print_paragraphs(const char *text)
{
	char line[1024];

	while (*text) {
		size_t length = 0;

		if (*text == '\n' || *text == ' ') {
			if (text[0] == '\n' && text[1] == '\n')
				puts(".Pp");
			text++;
			continue;
		}
		while (text[length] && text[length] != '\n' && length < sizeof line - 1) {
			if (text[length] == ' ' && (text[length - 1] == '.' || length > 64))
				break;
			length++;
		}
		memcpy(line, text, length);
		line[length] = '\0';
		print_roff(line, true);
		putchar('\n');
		text += length;
	}
}

/* A line of a list: `--name value`. */
static void print_item(const char *name, const char *value)
{
	char letter = option_letter(name);

	fputs(".It ", stdout);
	if (letter)
		printf("Fl \\&%c , ", letter);
	fputs("Fl \\&\\-", stdout);
	print_roff(name, false);
	if (value && *value) {
		fputs(" Ar \"\\&", stdout);
		print_roff(value, false);
		putchar('"');
	}
	putchar('\n');
}

static void print_option(const struct imgbatch_option_info *option)
{
	print_item(option->name, option->value);
	print_paragraphs(option->help);
	if (*option->initial) {
		puts(".br");
		fputs("Default: ", stdout);
		print_roff(option->initial, false);
		puts(".");
	}
}

/* what: said before each group's name. */
static void print_options(const char *what, const struct imgbatch_option_info *(*row)(size_t index))
{
	const struct imgbatch_option_info *option;
	const char *group = "";

	for (size_t i = 0; (option = row(i)); i++) {
		if (strcmp(group, option->group) != 0) {
			if (*group)
				puts(".El");
			printf(".Ss %s: %s\n.Bl -tag -width indent\n", what, option->group);
			group = option->group;
		}
		print_option(option);
	}
	puts(".El");
}

static void print_operation(const struct imgbatch_operation_info *operation)
{
	print_item(operation->name, operation->usage);
	print_paragraphs(operation->summary);
	if (operation->help && *operation->help) {
		puts(".Pp");
		print_paragraphs(operation->help);
	}
}

/* A section for each group. */
static void print_operations(void)
{
	const struct imgbatch_operation_info *operation;
	const char *group = "";

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++) {
		if (strcmp(group, operation->group) != 0) {
			if (*group)
				puts(".El");
			printf(".Ss Operations: %s\n.Bl -tag -width indent\n", operation->group);
		}
		group = operation->group;
		print_operation(operation);
	}
	puts(".El");
}

static void print_recipe_words(void)
{
	puts(".Bl -tag -width indent");
	for (const struct recipe_word *word = recipe_words; word->name; word++) {
		print_item(word->name, word->value);
		print_paragraphs(word->help);
	}
	puts(".El");
}

static void print_header(void)
{
	puts(".\\\" Made by imgbatch --man from its own tables.\n"
	     ".Dd $Mdocdate$\n"
	     ".Dt IMGBATCH 1\n"
	     ".Os\n"
	     ".Sh NAME\n"
	     ".Nm imgbatch\n"
	     ".Nd turn a tree of JPEG and PNG images into another one\n"
	     ".Sh SYNOPSIS\n"
	     ".Nm\n"
	     ".Op Cm run\n"
	     ".Fl \\-in Ar path ...\n"
	     ".Fl \\-out Ar dir\n"
	     ".Op Ar operations\n"
	     ".Op Ar options\n"
	     ".Nm\n"
	     ".Cm compare\n"
	     ".Ar expected actual\n"
	     ".Op Ar options\n"
	     ".Nm\n"
	     ".Cm preview\n"
	     ".Fl \\-in Ar path ...\n"
	     ".Op Ar operations\n"
	     ".Fl o Ar file\n"
	     ".Nm\n"
	     ".Cm replay\n"
	     ".Ar output\n"
	     ".Op Fl o Ar file\n"
	     ".Nm\n"
	     ".Cm status\n"
	     ".Ar out\n"
	     ".Op Fl \\-json\n"
	     ".Nm\n"
	     ".Cm info\n"
	     ".Ar\n"
	     ".Nm\n"
	     ".Cm ops\n"
	     ".Op Ar name\n"
	     ".Nm\n"
	     ".Cm engines");
}

static void print_description(void)
{
	puts(".Sh DESCRIPTION\n"
	     ".Nm\n"
	     "reads every JPEG and PNG image below its inputs, applies operations in the\n"
	     "order given, and writes\n"
	     "the results below another directory, which mirrors the inputs.\n"
	     "The same inputs, operations and seed give the same bytes, whichever\n"
	     "engines run and with however many\n"
	     "workers.\n"
	     "What is neither JPEG nor PNG by its content is counted as ignored and\n"
	     "never touched.\n"
	     ".Pp\n"
	     "Running the same command again is how to go on after an interruption:\n"
	     "outputs that are up to date are\n"
	     "left, what is missing or has changed is made.\n"
	     ".Pp\n"
	     "Options are never abbreviated.\n"
	     "A value follows as the next word or behind an equals sign; switches are\n"
	     "turned off by\n"
	     ".Fl \\-no\\- Ns Ar name .\n"
	     "What stands behind a lone\n"
	     ".Fl \\-\n"
	     "are inputs.");
	puts(".Bl -tag -width indent");
	for (const struct command *command = commands; command->name; command++) {
		printf(".It Nm Cm \\&%s\n", command->name);
		print_paragraphs(command->help ? command->help
					       : "Does the above; the word may be left out.");
	}
	puts(".El");
}

static void print_recipe_section(void)
{
	puts(".Sh OPERATIONS\n"
	     "Every operation is an option whose value is one word: values first, then\n"
	     "settings, parted by commas,\n"
	     "as in\n"
	     ".Ql \\-\\-rotate 12.5,expand,fill=#000 .\n"
	     "The next word is taken unless it begins with two dashes, or with a dash\n"
	     "and a letter.\n"
	     "A recipe file has the same words one a line, with blanks or commas\n"
	     "between; a number sign begins a\n"
	     "comment.\n"
	     ".Fl \\-print\\-recipe\n"
	     "prints such a file with every default spelled out.\n"
	     ".Pp\n"
	     "Random operations draw for each image and copy, from\n"
	     ".Fl \\-seed\n"
	     "and the output's name, and become fixed ones.\n"
	     ".Ss Defaults of all operations\n"
	     "They hold for the whole recipe wherever they stand;\n"
	     "an operation's own setting wins.");
	print_recipe_words();
	print_operations();
}

static void print_environment(void)
{
	puts(".Sh ENVIRONMENT\n"
	     ".Bl -tag -width IMGBATCH_WORKER\n"
	     ".It Ev IMGBATCH_ENTROPY\n"
	     "What\n"
	     ".Fl \\-entropy Ar auto\n"
	     "comes to:\n"
	     ".Ql stock ,\n"
	     ".Ql fast\n"
	     "or\n"
	     ".Ql auto .\n"
	     ".It Ev IMGBATCH_ISA\n"
	     "Forces the kernels of one instruction set:\n"
	     ".Ql c ,\n"
	     ".Ql avx2 ,\n"
	     ".Ql avx2pdep\n"
	     "(AVX2 where the PDEP instruction is quick),\n"
	     ".Ql avxvnni\n"
	     "or\n"
	     ".Ql avx512 .\n"
	     "One that this machine lacks, or is slow at, is refused.\n"
	     "The results are the same.\n"
	     ".It Ev IMGBATCH_WORKER\n"
	     "The worker program of\n"
	     ".Fl \\-cpu Ar processes ,\n"
	     "where\n"
	     ".Fl \\-worker\n"
	     "does not name it.\n"
	     ".It Ev NO_COLOR\n"
	     "When set and not empty, messages on a terminal have no colours.\n"
	     ".It Ev TERM\n"
	     "There is no progress line on a terminal that is\n"
	     ".Ql dumb .\n"
	     ".El\n"
	     ".Sh FILES\n"
	     ".Bl -tag -width OUT/.imgbatch/\n"
	     ".It Pa OUT/.imgbatch/\n"
	     "The ledger of what was planned and made, the lock, and temporary files\n"
	     "while a run goes on.\n"
	     "Without it outputs are no longer recognised as up to date.\n"
	     ".El");
}

static void print_exit(void)
{
	puts(".Sh EXIT STATUS\n"
	     ".Bl -tag -width 130,_143");
	for (const struct exit_row *row = exit_rows; row->status; row++) {
		printf(".It %s\n", row->status);
		print_roff(row->meaning, true);
		puts(".");
	}
	puts(".El");
}

static void print_streams(void)
{
	puts(".Sh STREAMS\n"
	     "Standard output carries only what was asked for:\n"
	     ".Fl \\-json ,\n"
	     ".Fl \\-print\\-recipe ,\n"
	     ".Fl \\-dry\\-run ,\n"
	     "help and the other commands' answers.\n"
	     "Everything else goes to standard error: a progress line on a terminal,\n"
	     "warnings, a line for each image\n"
	     "that failed, at most 20 of a kind unless\n"
	     ".Fl \\-verbose\n"
	     "is given, and a summary.\n"
	     "Names in messages are in quotes, with control bytes and what is not UTF\\-8\n"
	     "as\n"
	     ".Ql \\ex Ns Ar HH .\n"
	     ".Pp\n"
	     "With\n"
	     ".Fl \\-json\n"
	     "there is one object a line and image, with its\n"
	     ".Ql status :\n"
	     "ok, damaged, failed, ignored, skipped or not_attempted;\n"
	     "failed ones have\n"
	     ".Ql code ,\n"
	     ".Ql stage\n"
	     "and\n"
	     ".Ql detail .\n"
	     "Then comes one object with the\n"
	     ".Ql type\n"
	     "summary, where listed is the sum of ok, failed, ignored, skipped and\n"
	     "not_attempted;\n"
	     "damaged ones count in ok, too.");
}

/* X(name, number, text) rows of the contract: names and sentences of all codes. */
static void print_faults(void)
{
#define X(name, number, text) {#name, text},
	static const struct {
		const char *name, *text;
	} rows[] = {IMGBATCH_ERROR_LIST(X)};
#undef X
#define X(name, bit, text) {#name, text},
	static const struct {
		const char *name, *text;
	} warnings[] = {IMGBATCH_WARNING_LIST(X)};
#undef X

	puts(".Sh DIAGNOSTICS\n"
	     "A bad image never stops the others.\n"
	     "It has one of the codes up to E_BOXES, and no output, unless\n"
	     ".Fl \\-keep\\-damaged\n"
	     "asked for one; the codes from E_USAGE on end a run.\n"
	     ".Bl -tag -width indent -compact");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		printf(".It Er \\&%s\n", rows[i].name);
		print_roff(rows[i].text, true);
		puts(".");
	}
	puts(".El\n"
	     ".Pp\n"
	     "Warnings: the image is fine, but something about it is odd.\n"
	     ".Bl -tag -width indent -compact");
	for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
		printf(".It Er \\&%s\n", warnings[i].name);
		print_roff(warnings[i].text, true);
		puts(".");
	}
	puts(".El");
}

static void print_examples(void)
{
	puts(".Sh EXAMPLES\n"
	     "Images for a classifier, the short side 256, the middle 224 by 224:\n"
	     ".Pp\n"
	     ".Dl imgbatch \\-\\-in photos \\-\\-out out \\-\\-short\\-edge 256 \\-\\-crop "
	     "224x224\n"
	     ".Pp\n"
	     "Every file decoded to its end, and an account of each image kept:\n"
	     ".Pp\n"
	     ".Dl imgbatch \\-\\-in photos \\-\\-out out \\-\\-check full \\-\\-json > account\n"
	     ".Pp\n"
	     "A recipe kept, and used again:\n"
	     ".Pp\n"
	     ".Dl imgbatch \\-\\-print\\-recipe \\-\\-resize 512x512 \\-\\-grayscale > "
	     "small.recipe\n"
	     ".Dl imgbatch \\-\\-in photos \\-\\-out out \\-\\-recipe small.recipe");
}

int man_print(void)
{
	char title[80];

	print_header();
	print_description();
	puts(".Sh OPTIONS");
	print_options("Options", option_at);
	for (const struct command *command = commands; command->name; command++)
		if (command->option) {
			snprintf(title, sizeof title, "Options of %s", command->name);
			print_options(title, command->option);
		}
	print_recipe_section();
	print_streams();
	print_environment();
	print_exit();
	print_examples();
	print_faults();
	return STATUS_OK;
}
