/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a run, left to right. An option of the library becomes imgbatch_set(), an operation becomes a line of
 * recipe text; so order among operations is kept and the library alone judges values.
 *
 * An operation takes the next word as its value unless that begins with `--`, or with a dash and a letter: `-10` is
 * a value, `-j` is not. `--in` takes words up to the next option. `--NAME=VALUE` works for all of them. What stands
 * behind a lone `--` are inputs, whatever they look like.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a recipe file: a mistyped name is not read into memory whole. */
enum { RECIPE_MAX = 16 << 20 };

struct parser {
	struct run_args *args;
	char **word;
	int count, next;
	/* The option at hand. */
	const char *name; /* as typed, without dashes */
	size_t length;
	const char *value; /* behind `=`; NULL: none there */
};

static int set(struct parser *p, const char *option, const char *value)
{
	struct imgbatch_fault fault = {0};
	int code = imgbatch_set(p->args->batch, option, value, &fault);

	return code ? complain_fault(code, &fault) : 0;
}

/* The next word, if there is one that can be a value. */
static const char *next_value(const struct parser *p, bool dash_is_fine)
{
	const char *word = p->next < p->count ? p->word[p->next] : NULL;

	if (!word || strncmp(word, "--", 2) == 0)
		return NULL;
	if (word[0] == '-' && isalpha((unsigned char)word[1]) && !dash_is_fine)
		return NULL;
	return word;
}

/* The value of an option that must have one; NULL after a complaint. */
static const char *need_value(struct parser *p, const char *takes)
{
	const char *value = p->value ? p->value : next_value(p, true);

	if (!value) {
		complain("--%.*s needs a value: %s", (int)p->length, p->name, takes);
		return NULL;
	}
	if (!p->value)
		p->next++;
	return value;
}

/* One of two readers of standard input would find nothing. */
static int claim_stdin(struct parser *p, const char *option)
{
	if (p->args->stdin_reader && strcmp(p->args->stdin_reader, option) != 0) {
		complain("--%s and --%s cannot both read standard input", p->args->stdin_reader,
			option);
		return STATUS_USAGE;
	}
	p->args->stdin_reader = option;
	return 0;
}

/* -- operations --- */

/* The detail of a fault in an option's text, which is no file and has no lines. */
static const char *without_line(const char *detail)
{
	int skip = 0;

	sscanf(detail, "line %*u: %n", &skip);
	return detail + skip;
}

/* path: of a file that holds the text, NULL where the option itself is the text. */
static int add_recipe(struct parser *p, const char *text, const char *path)
{
	struct imgbatch_fault fault = {0};
	int code = imgbatch_recipe_parse(p->args->batch, text, &fault);
	const char *detail = *fault.detail ? fault.detail : imgbatch_code_text(code);

	if (!code)
		return 0;
	fprintf(stderr, "imgbatch: --%.*s", (int)p->length, p->name);
	if (path) {
		putc(' ', stderr);
		print_name(stderr, path);
	}
	fprintf(stderr, ": %s: %s\n", imgbatch_code_name(code),
		path ? detail : without_line(detail));
	return code == IMGBATCH_E_NOMEM ? STATUS_ENVIRONMENT : STATUS_USAGE;
}

static int add_operation(struct parser *p)
{
	const char *value = p->value ? p->value : next_value(p, false);
	char *text;
	int status;

	if (value && !p->value)
		p->next++;
	if (value && value[strcspn(value, ";\n")]) {
		complain("--%.*s takes one operation's value; --recipe takes a list of operations",
			(int)p->length, p->name);
		return STATUS_USAGE;
	}
	if (asprintf(&text, "%.*s%s%s", (int)p->length, p->name, value ? " " : "",
		    value ? value : "") < 0)
		return complain_fault(IMGBATCH_E_NOMEM, NULL);
	status = add_recipe(p, text, NULL);
	free(text);
	return status;
}

/* The whole of a stream as text; NULL with errno (EFBIG: too long, EINVAL: holds a NUL). Caller frees. */
static char *read_text(FILE *file)
{
	char *text = NULL;
	size_t length = 0, got;

	do {
		char *longer = realloc(text, length + BUFSIZ + 1);

		if (!longer)
			goto fail;
		text = longer;
		got = fread(text + length, 1, BUFSIZ, file);
		length += got;
		errno = length > RECIPE_MAX ? EFBIG : errno;
	} while (got == BUFSIZ && length <= RECIPE_MAX);
	if (ferror(file) || length > RECIPE_MAX)
		goto fail;
	text[length] = '\0';
	if (strlen(text) == length)
		return text;
	errno = EINVAL;
fail:
	free(text);
	return NULL;
}

static int add_recipe_file(struct parser *p, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int status = is_stdin ? claim_stdin(p, "recipe") : 0;
	char *text = NULL;
	FILE *file;

	if (status)
		return status;
	file = is_stdin ? stdin : fopen(path, "re");
	if (file)
		text = read_text(file);
	if (!text) {
		fputs("imgbatch: --recipe ", stderr);
		print_name(stderr, path);
		fprintf(stderr, ": %s\n", strerror(errno));
		status = STATUS_USAGE;
	} else {
		status = add_recipe(p, text, path);
	}
	free(text);
	if (file && !is_stdin)
		fclose(file);
	return status;
}

/* -- the command's own options --- */

static int set_progress(struct parser *p, const char *value)
{
	static const char *const mode[] = {"auto", "always", "never"};

	for (size_t i = 0; value && i < sizeof mode / sizeof *mode; i++)
		if (strcmp(value, mode[i]) == 0) {
			p->args->progress = (enum progress_mode)i;
			return 0;
		}
	if (value)
		complain("--progress takes auto, always or never");
	return STATUS_USAGE;
}

static bool *own_switch(struct run_args *args, const char *name)
{
	if (strcmp(name, "json") == 0)
		return &args->json;
	if (strcmp(name, "verbose") == 0)
		return &args->verbose;
	if (strcmp(name, "quiet") == 0)
		return &args->quiet;
	if (strcmp(name, "print-recipe") == 0)
		return &args->print_recipe;
	return NULL;
}

static int set_own(struct parser *p, const struct imgbatch_option_info *option)
{
	bool *flag = own_switch(p->args, option->name);
	const char *value;

	if (!option->value && p->value) {
		complain("--%s takes no value", option->name);
		return STATUS_USAGE;
	}
	if (flag) {
		*flag = true;
		return 0;
	}
	if (strcmp(option->name, "help") == 0 || strcmp(option->name, "version") == 0) {
		p->args->help = option->name[0] == 'h';
		if (!p->args->help)
			complain("--version stands alone");
		return p->args->help ? 0 : STATUS_USAGE;
	}
	if (strcmp(option->name, "progress") == 0)
		return set_progress(p, need_value(p, option->value));
	value = need_value(p, option->value);
	return value ? add_recipe_file(p, value) : STATUS_USAGE;
}

/* -- the library's options --- */

static int set_inputs(struct parser *p, const struct imgbatch_option_info *option)
{
	const char *word = need_value(p, option->value);

	if (!word)
		return STATUS_USAGE;
	do {
		int status = set(p, option->name, word);

		if (status)
			return status;
		word = p->next < p->count ? p->word[p->next] : NULL;
		if (word && word[0] == '-' && word[1])
			word = NULL;
		p->next += word != NULL;
	} while (word);
	return 0;
}

static int set_option(struct parser *p, const struct imgbatch_option_info *option)
{
	const char *value = p->value;

	if (strcmp(option->name, "in") == 0)
		return set_inputs(p, option);
	if (option->value) {
		value = need_value(p, option->value);
		if (!value)
			return STATUS_USAGE;
	}
	if (strcmp(option->name, "files-from") == 0 && value && strcmp(value, "-") == 0 &&
		claim_stdin(p, "files-from"))
		return STATUS_USAGE;
	if (strcmp(option->name, "dry-run") == 0)
		p->args->dry_run = !value || strcmp(value, "no") != 0;
	return set(p, option->name, value);
}

/* The switch behind --no-NAME; NULL when it is none. */
static const struct imgbatch_option_info *negated(const struct parser *p)
{
	const struct imgbatch_option_info *option;

	if (p->length <= 3 || strncmp(p->name, "no-", 3) != 0 || p->value)
		return NULL;
	option = option_find(p->name + 3, p->length - 3);
	return option && !option->value ? option : NULL;
}

static int switch_off(struct parser *p, const struct imgbatch_option_info *option)
{
	bool *flag;

	if (!option_is_own(option)) {
		if (strcmp(option->name, "dry-run") == 0)
			p->args->dry_run = false;
		return set(p, option->name, "no");
	}
	flag = own_switch(p->args, option->name);
	if (flag) {
		*flag = false;
		return 0;
	}
	complain("--%s cannot be switched off", option->name);
	return STATUS_USAGE;
}

/* -- words --- */

static int unknown_option(const struct parser *p)
{
	struct guess guess;
	const struct imgbatch_option_info *option;
	const struct imgbatch_operation_info *operation;

	guess_init(&guess, p->name, p->length);
	for (size_t i = 0; (option = option_at(i)); i++) {
		guess_offer(&guess, "", option->name);
		if (!option->value && !option_is_own(option))
			guess_offer(&guess, "no-", option->name);
	}
	for (size_t i = 0; (operation = imgbatch_operation_info(i)); i++)
		guess_offer(&guess, "", operation->name);
	for (const struct recipe_word *word = recipe_words; word->name; word++)
		guess_offer(&guess, "", word->name);
	fputs("imgbatch: unknown option ", stderr);
	print_name(stderr, p->word[p->next - 1]);
	if (guess.name)
		fprintf(stderr, "; did you mean --%s%s?\n", guess.prefix, guess.name);
	else
		fputs("; imgbatch --help lists all\n", stderr);
	return STATUS_USAGE;
}

static int long_option(struct parser *p, const char *word)
{
	const struct imgbatch_option_info *option;

	p->name = word + 2;
	p->length = strcspn(p->name, "=");
	p->value = p->name[p->length] ? p->name + p->length + 1 : NULL;
	option = option_find(p->name, p->length);
	if (option)
		return option_is_own(option) ? set_own(p, option) : set_option(p, option);
	if (operation_find(p->name, p->length) || recipe_word_find(p->name, p->length))
		return add_operation(p);
	option = negated(p);
	return option ? switch_off(p, option) : unknown_option(p);
}

/* `-j N`, `-jN` and `-j=N`; letters do not gather behind one dash. */
static int short_option(struct parser *p, const char *word)
{
	const char *name = option_of_letter(word[1]);
	const struct imgbatch_option_info *option = name ? option_find(name, strlen(name)) : NULL;

	p->name = word + 1;
	p->length = strlen(p->name);
	if (!option || (word[2] && !option->value))
		return unknown_option(p);
	p->name = option->name;
	p->length = strlen(option->name);
	p->value = word[2] ? word + 2 + (word[2] == '=') : NULL;
	return option_is_own(option) ? set_own(p, option) : set_option(p, option);
}

static int stray_word(const char *word)
{
	fputs("imgbatch: ", stderr);
	print_name(stderr, word);
	fputs(" belongs to no option; inputs are given with --in, or behind --\n", stderr);
	return STATUS_USAGE;
}

static int rest_are_inputs(struct parser *p)
{
	int status = 0;

	while (p->next < p->count && !status)
		status = set(p, "in", p->word[p->next++]);
	return status;
}

int run_args_parse(struct run_args *args, int count, char **words)
{
	struct parser p = {.args = args, .word = words, .count = count};
	int status = 0;

	*args = (struct run_args){.batch = imgbatch_new()};
	if (!args->batch)
		return complain_fault(IMGBATCH_E_NOMEM, NULL);
	while (p.next < count && !status && !args->help) {
		const char *word = words[p.next++];

		if (strcmp(word, "--") == 0)
			status = rest_are_inputs(&p);
		else if (strncmp(word, "--", 2) == 0)
			status = long_option(&p, word);
		else if (word[0] == '-' && word[1])
			status = short_option(&p, word);
		else
			status = stray_word(word);
	}
	return status;
}

void run_args_release(struct run_args *args)
{
	imgbatch_free(args->batch);
	args->batch = NULL;
}

bool asks_for_help(int count, char **words)
{
	return count == 1 && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0);
}
