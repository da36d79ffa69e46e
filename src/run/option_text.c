/* SPDX-License-Identifier: Apache-2.0 */
/* Options as text: the way back from imgbatch_set(), and a command that says them all. */
#include "base/number.h"
#include "run/option.h"

#include <ctype.h>
#include <string.h>

static const void *field_of(const struct option *row, const struct options *options)
{
	return (const char *)options + row->offset;
}

/* -- one value ---------------------------------------------------------------------------------------- */

/* The longest suffix that says a number exactly: 268435456 is 256M. */
static void print_count(uint64_t number, uint64_t unit, struct str *out)
{
	static const char suffixes[] = "\0KMGT";
	const char *suffix = suffixes;

	for (; number && number % unit == 0 && suffix < suffixes + 4; suffix++)
		number /= unit;
	str_addf(out, "%llu%.1s", (unsigned long long)number, suffix);
}

static void print_number(const struct option *row, uint64_t number, struct str *out)
{
	if (!number && !strcmp(row->info.initial, "auto"))
		str_add(out, "auto");
	else if (number == UINT64_MAX && !strcmp(row->info.initial, "none"))
		str_add(out, "none");
	else if (row->kind == KIND_NUMBER)
		str_addf(out, "%llu", (unsigned long long)number);
	else
		print_count(number, row->kind == KIND_SIZE ? 1024 : 1000, out);
}

static void print_real(double value, struct str *out)
{
	char text[NUMBER_TEXT_MAX];

	number_print(text, value);
	str_add(out, text);
}

/* Word `index` of those parted by |. */
static void print_choice(const char *words, size_t index, struct str *out)
{
	while (index && *words) {
		words += strcspn(words, "|");
		words += *words == '|';
		index--;
	}
	str_add_bytes(out, words, strcspn(words, "|"));
}

static size_t choice_of(const struct option *row, const void *field)
{
	uint8_t index = *(const uint8_t *)field;

	if (row->offset != offsetof(struct options, format))
		return index;
	return index == FORMAT_SAME ? 0 : index + 1u;
}

static bool print_text(const char *text, const char *without, struct str *out)
{
	if (!text)
		text = without;
	str_add(out, text);
	return *text != '\0';
}

static void print_field(const struct option *row, const void *field, struct str *out)
{
	switch (row->kind) {
	case KIND_SWITCH:
		str_add(out, *(const bool *)field ? "yes" : "no");
		break;
	case KIND_NUMBER:
	case KIND_SIZE:
	case KIND_COUNT:
		print_number(row, *(const uint64_t *)field, out);
		break;
	case KIND_SECONDS:
	case KIND_REAL:
		print_real(*(const double *)field, out);
		break;
	case KIND_CHOICE:
		print_choice(row->info.value, choice_of(row, field), out);
		break;
	case KIND_BOOL_CHOICE:
		print_choice(row->info.value, *(const bool *)field, out);
		break;
	case KIND_WORDS:
	case KIND_TEXT:
	case KIND_AUTO:
		break;
	}
}

bool option_print(
	const struct option *row, const struct options *options, size_t nth, struct str *out)
{
	const void *field = field_of(row, options);
	const struct words *words = field;

	if (row->kind == KIND_WORDS) {
		if (nth >= words->count)
			return false;
		str_add(out, words->word[nth]);
		return true;
	}
	if (nth)
		return false;
	if (row->kind == KIND_TEXT)
		return print_text(*(char *const *)field, row->info.initial, out);
	if (row->kind == KIND_AUTO)
		return print_text(*(char *const *)field, "auto", out);
	print_field(row, field, out);
	return true;
}

bool option_is_set(const struct option *row, const struct options *options)
{
	struct str value = STR_INIT, initial = STR_INIT;
	struct options fresh;
	bool is_set;

	if (row->kind == KIND_WORDS || row->kind == KIND_TEXT || row->kind == KIND_AUTO)
		return row->kind == KIND_WORDS
			? ((const struct words *)field_of(row, options))->count > 0
			: *(char *const *)field_of(row, options) != NULL;
	options_init(&fresh);
	option_print(row, options, 0, &value);
	option_print(row, &fresh, 0, &initial);
	is_set = strcmp(str_text(&value), str_text(&initial)) != 0;
	str_release(&value);
	str_release(&initial);
	return is_set;
}

/* -- the command -------------------------------------------------------------------------------------- */

/* What no shell takes for more than it is. */
static bool is_plain(const char *word)
{
	for (const char *c = word; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-+=,.:/@%^", *c))
			return false;
	return *word != '\0';
}

static bool is_printable(const char *word)
{
	for (const char *c = word; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			return false;
	return str_is_utf8(word, strlen(word));
}

/* $'..', in which any byte can be said. */
static void print_bytes(const char *word, struct str *out)
{
	str_add(out, "$'");
	for (const char *c = word; *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (byte == '\\' || byte == '\'')
			str_addf(out, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7F)
			str_addf(out, "\\%03o", byte);
		else
			str_add_char(out, *c);
	}
	str_add(out, "'");
}

static void print_word(const char *word, struct str *out)
{
	if (is_plain(word)) {
		str_add(out, word);
	} else if (!is_printable(word)) {
		print_bytes(word, out);
	} else {
		str_add_char(out, '\'');
		for (const char *c = word; *c; c++) {
			if (*c == '\'')
				str_add(out, "'\\'");
			str_add_char(out, *c);
		}
		str_add_char(out, '\'');
	}
}

static void print_option(const struct option *row, const struct options *options, struct str *out)
{
	struct str value = STR_INIT;

	for (size_t nth = 0; option_print(row, options, nth, &value); nth++) {
		bool is_switch = row->kind == KIND_SWITCH;
		bool is_off = is_switch && !strcmp(str_text(&value), "no");

		str_addf(out, " --%s%s", is_off ? "no-" : "", row->info.name);
		if (!is_switch) {
			/* A value that looks like an option is one word with it. */
			str_add_char(out, str_text(&value)[0] == '-' ? '=' : ' ');
			print_word(str_text(&value), out);
		}
		str_clear(&value);
	}
	out->failed = out->failed || value.failed;
	str_release(&value);
}

/* "resize 256x256 filter=lanczos" as --resize '256x256 filter=lanczos'. */
static void print_operation(const char *line, size_t size, struct str *out)
{
	size_t name = strcspn(line, " \n");
	struct str value = STR_INIT;

	str_addf(out, " --%.*s", (int)(name < size ? name : size), line);
	if (name < size) {
		str_add_bytes(&value, line + name + 1, size - name - 1);
		str_add_char(out, str_text(&value)[0] == '-' ? '=' : ' ');
		print_word(str_text(&value), out);
	}
	out->failed = out->failed || value.failed;
	str_release(&value);
}

void options_print_command(const struct imgbatch *batch, struct str *out)
{
	char *recipe = imgbatch_recipe_text(batch);
	const struct option *row;

	str_add(out, "imgbatch");
	for (size_t i = 0; (row = option_row(i)); i++)
		if (option_is_set(row, &batch->options))
			print_option(row, &batch->options, out);
	for (const char *line = recipe; line && *line;) {
		size_t size = strcspn(line, "\n");

		if (size)
			print_operation(line, size, out);
		line += size + (line[size] != '\0');
	}
	out->failed = out->failed || !recipe;
	imgbatch_free_text(recipe);
}
