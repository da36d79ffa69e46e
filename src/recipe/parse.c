/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to steps. The text is walked twice: first for the recipe's defaults, which hold wherever they stand, then
 * for its operations. Lists in brackets recurse; their steps land right behind the step that holds them.
 */
#include "recipe/recipe.h"

#include "base/nearest.h"
#include "kernels/filter.h"
#include "ops/args.h"
#include "ops/gravity.h"

#include <string.h>

enum {
	DEPTH_MAX = 8,
	FAN_MAX =
		10000, /* outputs of one image and copy: their product with --copies fits 32 bits */
};

enum pass { PASS_DEFAULTS, PASS_STEPS };

struct parser {
	const char *at, *end;
	unsigned line; /* from 1 */
	unsigned depth; /* of brackets */
	enum pass pass;
	struct recipe *recipe;
	struct fault *fault;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == ',';
}

/* Ends an operation; `|` does so in lists only, and counts as nothing else elsewhere. */
static bool is_break(char c)
{
	return c == '\n' || c == ';' || c == '|';
}

static bool is_bracket(char c)
{
	return c == '[' || c == ']';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* `#` and 3, 4, 6 or 8 hexadecimal digits, then the word's end. */
static bool is_color(const struct parser *p)
{
	const char *c = p->at + 1;
	ptrdiff_t digits;

	while (c < p->end && is_hex(*c))
		c++;
	digits = c - p->at - 1;
	if (c < p->end && !is_blank(*c) && !is_break(*c) && !is_bracket(*c))
		return false;
	return digits == 3 || digits == 4 || digits == 6 || digits == 8;
}

static void skip_comment(struct parser *p)
{
	while (p->at < p->end && *p->at != '\n')
		p->at++;
}

/* To the next word, bracket or break of this line. start: no word of the operation has come yet. */
static void skip_blanks(struct parser *p, bool start)
{
	while (p->at < p->end && is_blank(*p->at))
		p->at++;
	if (p->at < p->end && *p->at == '#' && (start || !is_color(p)))
		skip_comment(p);
}

static void skip_breaks(struct parser *p)
{
	for (skip_blanks(p, true); p->at < p->end && is_break(*p->at); skip_blanks(p, true)) {
		if (*p->at == '|' && !p->depth && p->pass == PASS_STEPS)
			return;
		if (*p->at == '\n')
			p->line++;
		p->at++;
	}
}

static size_t take_word(struct parser *p, const char **word)
{
	*word = p->at;
	while (p->at < p->end && !is_blank(*p->at) && !is_break(*p->at) && !is_bracket(*p->at))
		p->at++;
	return (size_t)(p->at - *word);
}

static int fail(const struct parser *p, const char *word, size_t length, const char *what)
{
	struct str shown = STR_INIT;
	int code;

	str_add_escaped(&shown, word, length < 60 ? length : 60);
	code = fault_set(p->fault, IMGBATCH_E_RECIPE, "line %u: \"%s\": %s", p->line,
		str_text(&shown), what);
	str_release(&shown);
	return code;
}

/* Words that are no operation. */
static const char *const default_names[] = {"filter", "gravity", "background", "linear"};

enum { DEFAULT_NAMES = sizeof default_names / sizeof *default_names };

static int fail_unknown(const struct parser *p, const char *word, size_t length)
{
	struct nearest nearest;
	struct str what = STR_INIT;
	int code;

	nearest_init(&nearest, word, length);
	for (size_t i = 0; i < op_count; i++)
		nearest_offer(&nearest, ops[i]->name);
	for (size_t i = 0; i < DEFAULT_NAMES; i++)
		nearest_offer(&nearest, default_names[i]);
	str_add(&what, "no such operation");
	if (nearest.name)
		str_addf(&what, "; did you mean %s?", nearest.name);
	code = fail(p, word, length, str_text(&what));
	str_release(&what);
	return code;
}

static int parse_list(struct parser *p);

/* From `[` to behind `]`. */
static int parse_brackets(struct parser *p)
{
	unsigned line = p->line;
	const char *open = p->at++;
	int code;

	if (p->depth == DEPTH_MAX)
		return fail(p, open, 1, "lists are nested too deep");
	p->depth++;
	code = parse_list(p);
	p->depth--;
	if (code)
		return code;
	if (p->at == p->end) {
		p->line = line;
		return fail(p, open, 1, "this list has no ]");
	}
	p->at++;
	return 0;
}

/* The rest of an operation's line into args; its list, if it may have one, into steps. */
static int parse_words(struct parser *p, struct op_args *args, bool list, unsigned *lists)
{
	for (skip_blanks(p, false); p->at < p->end && !is_break(*p->at) && *p->at != ']';
		skip_blanks(p, false)) {
		const char *word = p->at;
		size_t length;
		int code;

		if (*word == '[') {
			if (!list || ++*lists > 1)
				return fail(p, word, 1,
					list ? "one list only" : "this operation takes no list");
			code = parse_brackets(p);
			if (code)
				return code;
			continue;
		}
		length = take_word(p, &word);
		if (!args_add(args, word, length))
			return fail(p, word, length, "too many words");
	}
	if (p->at < p->end && *p->at == '|' && !p->depth && p->pass == PASS_STEPS)
		return fail(p, p->at, 1, "only lists in brackets are parted by |");
	return 0;
}

static int parse_default(struct parser *p, struct op_args *args, const char *name)
{
	struct op_defaults *defaults = &p->recipe->defaults;
	const struct op_word *word;

	if (!strcmp(name, "background")) {
		args_color_values(args, defaults->background);
	} else if (!strcmp(name, "linear")) {
		defaults->linear = true;
	} else if (!strcmp(name, "gravity")) {
		word = args_value(args, "a gravity");
		defaults->gravity = args_choice(args, word, gravity_names, GRAVITY_COUNT);
	} else {
		word = args_value(args, "a filter");
		defaults->filter = args_choice(args, word, args_filter_names, FILTER_COUNT);
		defaults->filter_set = true;
	}
	return args_end(args);
}

static const char *default_name(const char *word, size_t length)
{
	for (size_t i = 0; i < DEFAULT_NAMES; i++)
		if (strlen(default_names[i]) == length && !memcmp(default_names[i], word, length))
			return default_names[i];
	return NULL;
}

/* Operations of a list of count steps, those within their lists not counted. */
static size_t count_listed(const struct step *step, size_t count)
{
	size_t listed = 0;

	for (size_t i = 0; i < count; i += 1 + step[i].inside)
		listed++;
	return listed;
}

static int parse_step(struct parser *p, const struct op *op, struct op_args *args)
{
	struct steps *steps = &p->recipe->steps;
	size_t index = steps->count;
	unsigned lists = 0;
	struct step *step;
	int code;

	if (index >= RECIPE_STEPS_MAX)
		return fail(p, op->name, strlen(op->name), "too many operations");
	if (op->fan > 1 &&
		p->depth) /* how many outputs there are is known before anything is drawn */
		return fail(p, op->name, strlen(op->name),
			"makes several outputs, which a list cannot");
	if (op->fan > 1 && recipe_fan(p->recipe) > FAN_MAX / op->fan)
		return fail(p, op->name, strlen(op->name), "too many outputs of one image");
	if (!steps_add(steps, op, (uint32_t)index))
		return fault_set(p->fault, IMGBATCH_E_NOMEM, "no memory for a recipe");
	code = parse_words(p, args, op->list, &lists);
	if (code)
		return code;
	if (op->list && !lists)
		return fail(p, op->name, strlen(op->name), "a list in brackets is missing");
	step = &steps->step[index];
	step->inside = (uint32_t)(steps->count - index - 1);
	if (op->list && !step->inside)
		return fail(p, op->name, strlen(op->name), "its list is empty");
	args->listed = count_listed(step + 1, step->inside);
	return op->parse(step->params, args, &p->recipe->defaults, p->fault);
}

/* One operation, or one default. */
static int parse_line(struct parser *p)
{
	const char *word, *setting;
	size_t length = take_word(p, &word);
	const struct op *op = op_by_name(word, length);
	struct op_args args;
	unsigned lists = 0;
	int code;

	if (!length)
		return fail(p, p->at, 1, "an operation's name was expected");
	setting = default_name(word, length);
	args_init(&args, setting ? setting : op ? op->name : "", p->line, p->fault);
	if (setting && p->depth)
		return fail(p, word, length, "belongs outside of lists");
	if (!setting && p->pass == PASS_STEPS)
		return op ? parse_step(p, op, &args) : fail_unknown(p, word, length);
	code = parse_words(p, &args, !setting, &lists);
	if (setting && !code && p->pass == PASS_DEFAULTS)
		return parse_default(p, &args, setting);
	if (!code || setting)
		return code;
	/* A fault of an operation: the second pass meets it again, and names the operation. */
	p->at = p->end;
	return 0;
}

static int parse_list(struct parser *p)
{
	for (skip_breaks(p); p->at < p->end; skip_breaks(p)) {
		int code;

		if (*p->at == ']') {
			if (p->depth)
				return 0;
			return fail(p, p->at, 1, "there is no list to end here");
		}
		code = parse_line(p);
		if (code)
			return code;
	}
	return 0;
}

static int parse_pass(
	struct recipe *recipe, const char *text, size_t length, enum pass pass, struct fault *fault)
{
	struct parser p = {
		.at = text,
		.end = text + length,
		.line = 1,
		.pass = pass,
		.recipe = recipe,
		.fault = fault,
	};

	return parse_list(&p);
}

int recipe_parse(struct recipe *recipe, const char *text, size_t length, struct fault *fault)
{
	int code;

	recipe_clear(recipe);
	if (!str_is_utf8(text, length) || (length && memchr(text, '\0', length)))
		return fault_set(fault, IMGBATCH_E_RECIPE, "a recipe is UTF-8 text");
	code = parse_pass(recipe, text, length, PASS_DEFAULTS, fault);
	if (!code)
		code = parse_pass(recipe, text, length, PASS_STEPS, fault);
	if (code)
		recipe_clear(recipe);
	return code;
}
