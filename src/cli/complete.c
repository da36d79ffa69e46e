/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts for bash, zsh and fish, from the same tables as the parser. Each script is the shell's own way to
 * say: at the first word a command or an option; behind an option that takes a choice, its words; behind one that
 * takes a folder or a file, those; else the options.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <string.h>

bool value_choices(
	const char *value, void (*each)(void *ctx, const char *word, size_t length), void *ctx)
{
	size_t whole;

	value += value && *value == '['; /* "[cw|ccw]": it may be left out */
	whole = value ? strcspn(value, "[], ") : 0;
	if (!whole || !memchr(value, '|', whole))
		return false;
	for (size_t i = 0; i < whole; i++)
		if (!islower((unsigned char)value[i]) && !isdigit((unsigned char)value[i]) &&
			!strchr("|-", value[i]))
			return false;
	for (size_t at = 0, length; at < whole; at += length + 1) {
		length = strcspn(value + at, "|[], ");
		if (each)
			each(ctx, value + at, length);
	}
	return true;
}

static void print_word(void *ctx, const char *word, size_t length)
{
	fprintf(ctx, "%.*s ", (int)length, word);
}

enum takes { TAKES_NOTHING, TAKES_WORD, TAKES_CHOICE, TAKES_FILE, TAKES_DIR };

static enum takes takes(const char *value)
{
	if (!value || !*value)
		return TAKES_NOTHING;
	if (value_choices(value, NULL, NULL))
		return TAKES_CHOICE;
	if (strncmp(value, "DIR", 3) == 0)
		return TAKES_DIR;
	if (strncmp(value, "FILE", 4) == 0 || strncmp(value, "PATH", 4) == 0)
		return TAKES_FILE;
	return TAKES_WORD;
}

/* Every word that begins with dashes: calls each with its name, what it takes, and what it is for. */
typedef void option_fn(const char *name, const char *value, const char *help);

static void each_option(option_fn *each)
{
	const struct imgbatch_option_info *option;
	const struct imgbatch_operation_info *operation;
	char name[64];

	for (size_t i = 0; (option = option_at(i)); i++) {
		each(option->name, option->value, option->help);
		snprintf(name, sizeof name, "no-%s", option->name);
		if (!option->value && !option_is_own(option))
			each(name, NULL, option->help);
	}
	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		each(operation->name, operation->usage, operation->summary);
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		each(word->name, word->value, word->help);
}

/* Likewise, those of `compare`. */
static void each_compare_option(option_fn *each)
{
	const struct imgbatch_option_info *option;

	for (size_t i = 0; (option = compare_option_at(i)); i++)
		each(option->name, option->value, option->help);
}

/* Likewise, those that `bench` has beside a run's. */
static void each_bench_option(option_fn *each)
{
	const struct imgbatch_option_info *option;

	for (size_t i = 0; (option = bench_option_at(i)); i++)
		each(option->name, option->value, option->help);
}

static void print_commands(void)
{
	for (const struct command *command = commands; command->name; command++)
		printf("%s ", command->name);
}

static void print_operations(void)
{
	const struct imgbatch_operation_info *operation;

	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		printf("%s ", operation->name);
}

/* -- bash --- */

static void bash_option(const char *name, const char *value, const char *help)
{
	(void)value;
	(void)help;
	printf("--%s ", name);
}

static void bash_case(const char *name, const char *value, const char *help)
{
	(void)help;
	switch (takes(value)) {
	case TAKES_CHOICE:
		printf("\t--%s)\n\t\tCOMPREPLY=($(compgen -W '", name);
		value_choices(value, print_word, stdout);
		printf("' -- \"$cur\"))\n\t\treturn ;;\n");
		return;
	case TAKES_FILE:
		printf("\t--%s)\n\t\t_imgbatch_files -f\n\t\treturn ;;\n", name);
		return;
	case TAKES_DIR:
		printf("\t--%s)\n\t\t_imgbatch_files -d\n\t\treturn ;;\n", name);
		return;
	case TAKES_WORD: /* nothing to offer, but an operation's value may be left out */
	case TAKES_NOTHING:
		return;
	}
}

/* `prev` is the option that the word belongs to: behind --in that may be many words back. */
static void bash(void)
{
	fputs("# bash completion for imgbatch\n"
	      "_imgbatch_files()\n{\n"
	      "\tlocal IFS=$'\\n'\n"
	      "\tcompopt -o filenames 2>/dev/null\n"
	      "\tCOMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n}\n\n"
	      "_imgbatch()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} own= i\n"
	      "\tCOMPREPLY=()\n"
	      "\t[[ $cur == = ]] && cur=\n"
	      "\t[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\tcase ${COMP_WORDS[1]} in\n"
	      "\tops)\n"
	      "\t\tCOMPREPLY=($(compgen -W '",
		stdout);
	print_operations();
	fputs("' -- \"$cur\"))\n\t\treturn ;;\n"
	      "\tpreview) [[ $prev == -o ]] && { _imgbatch_files -f; return; } ;;\n"
	      "\tinfo | replay)\n\t\t_imgbatch_files -f\n\t\treturn ;;\n"
	      "\tstatus)\n"
	      "\t\tif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W --json -- \"$cur\")); else "
	      "_imgbatch_files -d; fi\n"
	      "\t\treturn ;;\n"
	      "\tengines) return ;;\n"
	      "\tcompare)\n"
	      "\t\tcase $prev in\n",
		stdout);
	each_compare_option(bash_case);
	fputs("\t\tesac\n"
	      "\t\tif [[ $cur != -* ]]; then _imgbatch_files -f; return; fi\n"
	      "\t\tCOMPREPLY=($(compgen -W '",
		stdout);
	each_compare_option(bash_option);
	fputs("' -- \"$cur\"))\n\t\treturn ;;\n"
	      "\tbench)\n"
	      "\t\tcase $prev in\n",
		stdout);
	each_bench_option(bash_case);
	fputs("\t\tesac\n"
	      "\t\town='",
		stdout);
	each_bench_option(bash_option);
	fputs("' ;;\n"
	      "\tesac\n"
	      "\tif [[ $cur != -* ]]; then\n"
	      "\t\tfor ((i = COMP_CWORD - 1; i > 0; i--)); do\n"
	      "\t\t\t[[ ${COMP_WORDS[i]} == -* ]] && break\n"
	      "\t\tdone\n"
	      "\t\t[[ ${COMP_WORDS[i]} == --in ]] && prev=--in\n"
	      "\tfi\n"
	      "\tcase $prev in\n",
		stdout);
	each_option(bash_case);
	fputs("\tesac\n"
	      "\tif [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W '",
		stdout);
	print_commands();
	fputs("' -- \"$cur\"))\n\t\treturn\n\tfi\n"
	      "\tCOMPREPLY=($(compgen -W \"$own",
		stdout);
	each_option(bash_option);
	fputs("\" -- \"$cur\"))\n}\n\ncomplete -F _imgbatch imgbatch\n", stdout);
}

/* -- zsh --- */

/* Text inside '[...]' of a specification, which is inside single quotes. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]:\\", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void zsh_option(const char *name, const char *value, const char *help)
{
	static const char *const action[] = {
		"", ":value: ", "", ":file:_files", ":folder:_files -/"};
	enum takes what = takes(value);

	printf("\t\t'*--%s[", name);
	print_zsh_text(help);
	printf("]%s", action[what]);
	if (what == TAKES_CHOICE) {
		fputs(":choice:(", stdout);
		value_choices(value, print_word, stdout);
		putchar(')');
	}
	fputs("'\n", stdout);
}

static void zsh(void)
{
	fputs("#compdef imgbatch\n"
	      "# zsh completion for imgbatch\n"
	      "_imgbatch() {\n"
	      "\tlocal -a options compared benched commands\n"
	      "\tcommands=(\n",
		stdout);
	for (const struct command *command = commands; command->name; command++) {
		printf("\t\t'%s:", command->name);
		print_zsh_text(command->summary);
		fputs("'\n", stdout);
	}
	fputs("\t)\n\toptions=(\n", stdout);
	each_option(zsh_option);
	fputs("\t)\n\tcompared=(\n", stdout);
	each_compare_option(zsh_option);
	fputs("\t)\n\tbenched=(\n", stdout);
	each_bench_option(zsh_option);
	fputs("\t)\n"
	      "\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
	      "\t\t_describe command commands\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase $words[2] in\n"
	      "\tops) compadd ",
		stdout);
	print_operations();
	fputs(";;\n"
	      "\tinfo | replay) _files ;;\n"
	      "\tstatus) _arguments '--json[one line of JSON]' '*:folder:_files -/' ;;\n"
	      "\tengines) ;;\n"
	      "\tbench) _arguments -s $benched $options '*:file:_files' ;;\n"
	      "\tcompare) _arguments -s $compared '*:file or folder:_files' ;;\n"
	      "\t*) _arguments -s $options '*:file:_files' ;;\n"
	      "\tesac\n"
	      "}\n"
	      "if [[ $funcstack[1] == _imgbatch ]]; then _imgbatch \"$@\"; else compdef _imgbatch "
	      "imgbatch; fi\n",
		stdout);
}

/* -- fish --- */

static void print_fish_text(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void fish_row(const char *when, const char *name, const char *value, const char *help)
{
	static const char *const action[] = {
		"", " -x", " -x -a '", " -r -F", " -x -a '(__fish_complete_directories)'"};
	enum takes what = takes(value);
	char letter = option_letter(name);

	printf("complete -c imgbatch -n '%s' -l %s", when, name);
	if (letter)
		printf(" -s %c", letter);
	fputs(action[what], stdout);
	if (what == TAKES_CHOICE) {
		value_choices(value, print_word, stdout);
		putchar('\'');
	}
	fputs(" -d ", stdout);
	print_fish_text(help);
	putchar('\n');
}

static void fish_option(const char *name, const char *value, const char *help)
{
	fish_row("__imgbatch_runs", name, value, help);
}

static void fish_compare_option(const char *name, const char *value, const char *help)
{
	fish_row("__fish_seen_subcommand_from compare", name, value, help);
}

static void fish_bench_option(const char *name, const char *value, const char *help)
{
	fish_row("__fish_seen_subcommand_from bench", name, value, help);
}

static void fish(void)
{
	fputs("# fish completion for imgbatch\n"
	      "function __imgbatch_runs\n"
	      "\tnot __fish_seen_subcommand_from ",
		stdout);
	for (const struct command *command = commands + 1; command->name; command++)
		if (command->main != cmd_preview &&
			command->main != cmd_bench) /* which take a run's words */
			printf("%s ", command->name);
	fputs("\nend\n", stdout);
	for (const struct command *command = commands; command->name; command++) {
		printf("complete -c imgbatch -n __fish_use_subcommand -f -a %s -d ", command->name);
		print_fish_text(command->summary);
		putchar('\n');
	}
	fputs("complete -c imgbatch -n '__fish_seen_subcommand_from ops' -f -a '", stdout);
	print_operations();
	fputs("'\n"
	      "complete -c imgbatch -n '__fish_seen_subcommand_from status' -f -a "
	      "'(__fish_complete_directories)'\n"
	      "complete -c imgbatch -n '__fish_seen_subcommand_from status' -l json\n"
	      "complete -c imgbatch -n '__fish_seen_subcommand_from engines' -f\n",
		stdout);
	each_option(fish_option);
	each_compare_option(fish_compare_option);
	each_bench_option(fish_bench_option);
}

int complete_print(const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].print();
			return STATUS_OK;
		}
	complain("--completion takes bash, zsh or fish");
	return STATUS_USAGE;
}
