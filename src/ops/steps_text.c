/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps said in words: what an expansion comes to is a line of recipe text, read by the operation's own parser. So no
 * random operation knows another one's parameters, and what is drawn is what its text says.
 */
#include "ops/args.h"
#include "ops/op.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_LENGTH = 512 };

/* Printed as in the C locale: a host program may have set one with decimal commas. */
static bool print_line(char line[LINE_MAX_LENGTH], const char *format, va_list list)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = c ? uselocale(c) : c;
	int length = vsnprintf(line, LINE_MAX_LENGTH, format, list);

	if (c) {
		uselocale(old);
		freelocale(c);
	}
	return length >= 0 && length < LINE_MAX_LENGTH;
}

/* Blanks and commas part words, as in recipes. */
static bool add_words(struct op_args *args, const char *line)
{
	for (line += strspn(line, " ,"); *line; line += strspn(line, " ,")) {
		size_t length = strcspn(line, " ,");

		if (!args_add(args, line, length))
			return false;
		line += length;
	}
	return true;
}

int steps_add_text(
	struct steps *steps, uint32_t position, struct fault *fault, const char *format, ...)
{
	static const struct op_defaults none;
	char line[LINE_MAX_LENGTH];
	struct op_args args;
	const struct op *op;
	struct step *step;
	size_t length;
	va_list list;
	bool whole;

	va_start(list, format);
	whole = print_line(line, format, list);
	va_end(list);
	length = strcspn(line, " ,");
	op = whole ? op_by_name(line, length) : NULL;
	if (!op)
		return fault_set(fault, IMGBATCH_E_RECIPE, "\"%s\" is no step", line);
	args_init(&args, op->name, 0, fault);
	if (!add_words(&args, line + length))
		return fault_set(fault, IMGBATCH_E_RECIPE, "\"%s\" has too many words", line);
	step = steps_add(steps, op, position);
	if (!step)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a step");
	return op->parse(step->params, &args, &none, fault);
}
