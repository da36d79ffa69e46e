/* SPDX-License-Identifier: Apache-2.0 */
/* `imgbatch preview`: a contact sheet. Its own three options are taken out; all other words are those of a run. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_COLUMNS = 6, DEFAULT_ROWS = 8, DEFAULT_CELL = 160 };

struct wishes {
	const char *grid, *cell, *output; /* NULL: not given */
};

static int take_own(struct wishes *wishes, int *count, char **words)
{
	const struct own_option own[] = {
		{"--grid", &wishes->grid}, {"--cell", &wishes->cell}, {"-o", &wishes->output}};

	return own_take(own, sizeof own / sizeof *own, count, words);
}

/* A whole number up to `end`. */
static bool read_number(const char *text, char end, unsigned *number, const char **rest)
{
	char *stop;
	unsigned long value = strtoul(text, &stop, 10);

	if (*text < '0' || *text > '9' || *stop != end || value > 100000)
		return false;
	*number = (unsigned)value;
	*rest = stop + (end != '\0');
	return true;
}

static const char *format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (strcmp(path, "-") == 0 || (dot && strcasecmp(dot, ".png") == 0))
		return "png";
	if (dot && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0))
		return "jpeg";
	return NULL;
}

static int read_wishes(const struct wishes *wishes, struct imgbatch_preview *preview)
{
	const char *rest;

	*preview = (struct imgbatch_preview){DEFAULT_COLUMNS, DEFAULT_ROWS, DEFAULT_CELL, "png"};
	if (wishes->grid &&
		(!read_number(wishes->grid, 'x', &preview->columns, &rest) ||
			!read_number(rest, '\0', &preview->rows, &rest))) {
		complain("--grid takes COLUMNSxROWS, such as 6x8");
		return STATUS_USAGE;
	}
	if (wishes->cell && !read_number(wishes->cell, '\0', &preview->cell, &rest)) {
		complain("--cell takes a number of pixels");
		return STATUS_USAGE;
	}
	preview->format = wishes->output ? format_of(wishes->output) : NULL;
	if (preview->format)
		return 0;
	complain("preview needs -o FILE, and FILE ends in .png or .jpg (-: standard output)");
	return STATUS_USAGE;
}

static int preview(struct run_args *args, const struct imgbatch_preview *wanted, const char *output)
{
	struct imgbatch_fault fault = {0};
	struct imgbatch_result sheet;
	int code;

	signals_watch(args->batch);
	code = imgbatch_preview(args->batch, wanted, &sheet, &fault);
	signals_watch(NULL);
	if (code == IMGBATCH_E_CANCELED && signals_seen())
		return 128 + signals_seen();
	return code ? complain_fault(code, &fault) : output_file(output, sheet.data, sheet.size);
}

int cmd_preview(int count, char **words)
{
	struct imgbatch_preview wanted;
	struct wishes wishes = {0};
	struct run_args args;
	int status = take_own(&wishes, &count, words);

	if (status)
		return status;
	status = run_args_parse(&args, count, words);
	if (!status && args.help) {
		help_command(stdout, command_find("preview"));
		run_args_release(&args);
		return STATUS_OK;
	}
	if (!status)
		status = read_wishes(&wishes, &wanted);
	if (!status)
		status = preview(&args, &wanted, wishes.output);
	run_args_release(&args);
	return status;
}
