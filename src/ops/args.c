/* SPDX-License-Identifier: Apache-2.0 */
/* Taking words. Everything fails through args_fail, which keeps the first fault. */
#include "ops/args.h"

#include "base/nearest.h"
#include "base/number.h"
#include "kernels/filter.h"
#include "ops/color.h"
#include "ops/gravity.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const args_filter_names[FILTER_COUNT] = {
	"nearest",
	"box",
	"bilinear",
	"hamming",
	"bicubic",
	"lanczos",
};

void args_init(struct op_args *args, const char *name, unsigned line, struct fault *fault)
{
	args->name = name;
	args->line = line;
	args->count = args->known_count = args->listed = 0;
	args->fault = fault;
	args->code = 0;
}

bool args_add(struct op_args *args, const char *text, size_t length)
{
	double value;

	if (args->count == OP_WORDS_MAX)
		return false;
	args->word[args->count++] = (struct op_word){
		.text = text,
		.length = length,
		.number = number_parse(text, length, &value),
	};
	return true;
}

void args_fail(struct op_args *args, const struct op_word *word, const char *format, ...)
{
	struct str shown = STR_INIT;
	char what[FAULT_DETAIL_MAX];
	va_list list;

	if (args->code)
		return;
	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	if (word) {
		str_add_escaped(&shown, word->text, word->length < 60 ? word->length : 60);
		args->code = fault_set(args->fault, IMGBATCH_E_RECIPE, "line %u: %s: \"%s\": %s",
			args->line, args->name, str_text(&shown), what);
	} else {
		args->code = fault_set(args->fault, IMGBATCH_E_RECIPE, "line %u: %s: %s",
			args->line, args->name, what);
	}
	str_release(&shown);
}

static bool word_is(const struct op_word *word, const char *text)
{
	return strlen(text) == word->length && !memcmp(word->text, text, word->length);
}

static const char *equals_of(const struct op_word *word)
{
	return memchr(word->text, '=', word->length);
}

/* The name part of KEY=VALUE, or all of a flag. */
static size_t key_length(const struct op_word *word)
{
	const char *equals = equals_of(word);

	return equals ? (size_t)(equals - word->text) : word->length;
}

static void remember(struct op_args *args, const char *name)
{
	if (args->known_count < OP_KEYS_MAX)
		args->known[args->known_count++] = name;
}

int args_end(struct op_args *args)
{
	for (size_t i = 0; i < args->count && !args->code; i++) {
		const struct op_word *word = &args->word[i];
		struct nearest nearest;

		if (word->taken)
			continue;
		nearest_init(&nearest, word->text, key_length(word));
		for (size_t k = 0; k < args->known_count; k++)
			nearest_offer(&nearest, args->known[k]);
		if (nearest.name)
			args_fail(args, word, "not known here; did you mean %s?", nearest.name);
		else
			args_fail(args, word, "%s",
				equals_of(word) ? "no such setting"
						: "nothing here takes this word");
	}
	return args->code;
}

const struct op_word *args_value_if_any(struct op_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		struct op_word *word = &args->word[i];

		if (equals_of(word))
			return NULL; /* bare words behind a setting are its list, or flags */
		if (!word->taken) {
			word->taken = true;
			return word;
		}
	}
	return NULL;
}

const struct op_word *args_value(struct op_args *args, const char *wanted)
{
	const struct op_word *word = args_value_if_any(args);

	if (!word)
		args_fail(args, NULL, "%s is missing", wanted);
	return word;
}

bool args_flag(struct op_args *args, const char *flag)
{
	bool found = false;

	remember(args, flag);
	for (size_t i = 0; i < args->count; i++) {
		if (!args->word[i].taken && word_is(&args->word[i], flag))
			found = args->word[i].taken = true;
	}
	return found;
}

static struct op_word *find_key(struct op_args *args, const char *key)
{
	struct op_word *found = NULL;

	for (size_t i = 0; i < args->count; i++) {
		struct op_word *word = &args->word[i];

		if (!equals_of(word) || key_length(word) != strlen(key) ||
			memcmp(word->text, key, key_length(word)) != 0)
			continue;
		if (found)
			args_fail(args, word, "given twice");
		found = word;
	}
	return found;
}

size_t args_key(struct op_args *args, const char *key, struct op_word *values, size_t max)
{
	struct op_word *word = find_key(args, key), *end = args->word + args->count;
	size_t count = 0;
	size_t name = strlen(key) + 1;

	remember(args, key);
	if (!word)
		return 0;
	values[count++] = (struct op_word){word->text + name, word->length - name, false, true};
	word->taken = true;
	if (!values[0].length)
		args_fail(args, word, "a value is missing");
	for (word++; word < end && word->number && !word->taken; word++) {
		if (count == max) {
			args_fail(args, word, "%s takes %zu value%s at most", key, max,
				max == 1 ? "" : "s");
			break;
		}
		word->taken = true;
		values[count++] = *word;
	}
	return count;
}

bool args_key_is(struct op_args *args, const char *key, const char *text)
{
	struct op_word *word = find_key(args, key);
	size_t name = strlen(key) + 1;

	if (!word || word->length != name + strlen(text) ||
		memcmp(word->text + name, text, strlen(text)) != 0)
		return false;
	return word->taken = true;
}

double args_number(struct op_args *args, const struct op_word *word, double low, double high)
{
	char from[NUMBER_TEXT_MAX], to[NUMBER_TEXT_MAX];
	double value;

	if (!word)
		return low;
	if (!number_parse(word->text, word->length, &value)) {
		args_fail(args, word, "not a number");
		return low;
	}
	if (value < low || value > high) {
		number_print(from, low);
		number_print(to, high);
		args_fail(args, word, "out of range %s to %s", from, to);
		return low;
	}
	return value == 0 ? 0 : value; /* no negative zero: it would print as -0 */
}

uint32_t args_whole(struct op_args *args, const struct op_word *word, uint32_t low, uint32_t high)
{
	uint64_t value;

	if (!word)
		return low;
	if (!number_parse_whole(word->text, word->length, &value)) {
		args_fail(args, word, "not a whole number");
		return low;
	}
	if (value < low || value > high) {
		args_fail(args, word, "out of range %u to %u", low, high);
		return low;
	}
	return (uint32_t)value;
}

static void fail_choice(
	struct op_args *args, const struct op_word *word, const char *const *names, size_t count)
{
	struct str list = STR_INIT;
	struct nearest nearest;

	nearest_init(&nearest, word->text, word->length);
	for (size_t i = 0; i < count; i++) {
		nearest_offer(&nearest, names[i]);
		str_addf(&list, "%s%s", i ? ", " : "", names[i]);
	}
	if (nearest.name && word->length > 1)
		args_fail(args, word, "did you mean %s?", nearest.name);
	else
		args_fail(args, word, "not one of %s", str_text(&list));
	str_release(&list);
}

uint8_t args_choice(
	struct op_args *args, const struct op_word *word, const char *const *names, size_t count)
{
	if (!word)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (word_is(word, names[i]))
			return (uint8_t)i;
	fail_choice(args, word, names, count);
	return 0;
}

static bool side_of(const char *text, size_t length, uint32_t *side)
{
	uint64_t value;

	if (!number_parse_whole(text, length, &value) || value < 1 || value > OP_SIDE_MAX)
		return false;
	*side = (uint32_t)value;
	return true;
}

void args_size(struct op_args *args, const struct op_word *word, bool square, uint32_t *width,
	uint32_t *height)
{
	const char *x;
	bool good;

	*width = *height = 1;
	if (!word)
		return;
	x = memchr(word->text, 'x', word->length);
	if (x) {
		size_t left = (size_t)(x - word->text);

		good = side_of(word->text, left, width) &&
			side_of(x + 1, word->length - left - 1, height);
	} else {
		good = square && side_of(word->text, word->length, width);
		*height = *width;
	}
	if (!good)
		args_fail(args, word, "expected %s, sides 1 to %d", square ? "N or WxH" : "WxH",
			OP_SIDE_MAX);
}

/* A sign and digits at `at`. */
static bool parse_offset(const struct op_word *word, size_t *at, int32_t *offset)
{
	size_t start = *at + 1;
	uint64_t value;
	bool minus;

	if (*at >= word->length || (word->text[*at] != '+' && word->text[*at] != '-'))
		return false;
	minus = word->text[*at] == '-';
	for (*at = start; *at < word->length && word->text[*at] >= '0' && word->text[*at] <= '9';)
		++*at;
	if (!number_parse_whole(word->text + start, *at - start, &value) || value > OP_SIDE_MAX)
		return false;
	*offset = minus ? -(int32_t)value : (int32_t)value;
	return true;
}

bool args_geometry(struct op_args *args, const struct op_word *word, uint32_t *width,
	uint32_t *height, int32_t *x, int32_t *y)
{
	struct op_word size;
	size_t at = 0;

	*width = *height = 1;
	*x = *y = 0;
	if (!word)
		return false;
	while (at < word->length && word->text[at] != '+' && word->text[at] != '-')
		at++;
	size = *word;
	size.length = at;
	args_size(args, &size, true, width, height);
	if (at == word->length)
		return false;
	if (!parse_offset(word, &at, x) || !parse_offset(word, &at, y) || at != word->length)
		args_fail(args, word, "expected WxH or WxH+X+Y, offsets up to %d", OP_SIDE_MAX);
	return true;
}

/* The one value of a key. */
static const struct op_word *one(struct op_args *args, const char *key, struct op_word *value)
{
	return args_key(args, key, value, 1) ? value : NULL;
}

double args_number_key(
	struct op_args *args, const char *key, double low, double high, double fallback)
{
	struct op_word value;

	return one(args, key, &value) ? args_number(args, &value, low, high) : fallback;
}

uint32_t args_whole_key(
	struct op_args *args, const char *key, uint32_t low, uint32_t high, uint32_t fallback)
{
	struct op_word value;

	return one(args, key, &value) ? args_whole(args, &value, low, high) : fallback;
}

uint8_t args_choice_key(struct op_args *args, const char *key, const char *const *names,
	size_t count, uint8_t fallback)
{
	struct op_word value;

	return one(args, key, &value) ? args_choice(args, &value, names, count) : fallback;
}

void args_range_key(
	struct op_args *args, const char *key, double least, double most, double range[2])
{
	struct op_word values[2];
	size_t count = args_key(args, key, values, 2);

	if (!count)
		return;
	if (count != 2) {
		args_fail(args, &values[0], "%s takes two values, low and high", key);
		return;
	}
	range[0] = args_number(args, &values[0], least, most);
	range[1] = args_number(args, &values[1], least, most);
	if (range[0] > range[1])
		args_fail(args, &values[1], "%s: the low end comes first", key);
}

void args_range_if_any(struct op_args *args, double least, double most, double range[2])
{
	const struct op_word *low = args_value_if_any(args);
	const struct op_word *high = low ? args_value_if_any(args) : NULL;

	if (!low)
		return;
	range[0] = range[1] = args_number(args, low, least, most);
	if (high)
		range[1] = args_number(args, high, least, most);
	if (range[0] > range[1])
		args_fail(args, high, "the low end comes first");
}

double args_chance(struct op_args *args, double fallback)
{
	const struct op_word *word = args_value_if_any(args);

	return word ? args_number(args, word, 0, 1) : args_number_key(args, "p", 0, 1, fallback);
}

uint8_t args_filter(struct op_args *args, const struct op_defaults *defaults, uint8_t own)
{
	return args_choice_key(args, "filter", args_filter_names, FILTER_COUNT,
		defaults->filter_set ? defaults->filter : own);
}

bool args_linear(struct op_args *args, const struct op_defaults *defaults, uint8_t filter)
{
	bool linear = args_flag(args, "linear");

	return (linear || defaults->linear) && filter != FILTER_NEAREST;
}

uint8_t args_gravity(struct op_args *args, const struct op_defaults *defaults)
{
	return args_choice_key(args, "gravity", gravity_names, GRAVITY_COUNT, defaults->gravity);
}

/* One word or three to four levels. */
static void color_of(
	struct op_args *args, const struct op_word *words, size_t count, uint8_t color[4])
{
	uint64_t level;

	if (count == 1 && !number_parse_whole(words[0].text, words[0].length, &level)) {
		const char *near;

		if (color_parse(words[0].text, words[0].length, color))
			return;
		near = color_nearest(words[0].text, words[0].length);
		if (near)
			args_fail(args, &words[0], "no such colour; did you mean %s?", near);
		else
			args_fail(args, &words[0], "not a colour: #rrggbb, a name, or r,g,b[,a]");
		return;
	}
	if (count == 2) {
		args_fail(args, &words[1], "a colour has one, three or four levels");
		return;
	}
	color[3] = 255;
	for (size_t i = 0; i < count; i++)
		color[i] = (uint8_t)args_whole(args, &words[i], 0, 255);
	if (count == 1)
		color[1] = color[2] = color[0];
}

void args_color(struct op_args *args, const char *key, uint8_t color[4], const uint8_t fallback[4])
{
	struct op_word values[4];
	size_t count = args_key(args, key, values, 4);

	memcpy(color, fallback, 4);
	if (count)
		color_of(args, values, count, color);
}

void args_color_values(struct op_args *args, uint8_t color[4])
{
	struct op_word values[4];
	const struct op_word *word = args_value(args, "a colour");
	size_t count = 0;

	for (; word && count < 4; word = args_value_if_any(args))
		values[count++] = *word;
	if (word)
		args_fail(args, word, "a colour has one, three or four levels");
	if (count)
		color_of(args, values, count, color);
}

void args_print_number(struct str *out, const char *key, double value)
{
	args_print_numbers(out, key, &value, 1);
}

void args_print_numbers(struct str *out, const char *key, const double *values, size_t count)
{
	char text[NUMBER_TEXT_MAX];

	str_addf(out, " %s%s", key, *key ? "=" : "");
	for (size_t i = 0; i < count; i++) {
		number_print(text, values[i]);
		str_addf(out, "%s%s", i ? "," : "", text);
	}
}

void args_print_color(struct str *out, const char *key, const uint8_t color[4])
{
	str_addf(out, " %s=", key);
	color_print(color, out);
}
