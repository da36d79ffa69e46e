/* SPDX-License-Identifier: Apache-2.0 */
/* The page that --html asks for: what is known here of the run and its settings, handed to report/. */
#include "run/html.h"

#include "base/machine.h"
#include "base/replace.h"
#include "report/run_page.h"
#include "run/option.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
	WORDS_MOST = 20, /* of an option that repeats */
	NOTES_MOST = 8 << 10, /* bytes */
};

static int no_memory(struct fault *fault)
{
	return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the page about the run");
}

static bool begins_page(const char *head)
{
	while (isspace((unsigned char)*head))
		head++;
	return !*head || !strncasecmp(head, "<!doctype html", 14) || !strncasecmp(head, "<html", 5);
}

/*
 * A page takes the place of a page, or of an empty file. Anything else that is there was hardly meant: a photo whose name
 * came behind --html by mistake is worth more than a page.
 */
static int check_place(const char *path, struct fault *fault)
{
	char head[64] = "";
	int code = file_replaceable(path, fault), fd;
	ssize_t got = 0;

	if (code)
		return code;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* what cannot be read is told when it is to be written */
	got = read(fd, head, sizeof head - 1);
	close(fd);
	if (got <= 0 || begins_page(head))
		return 0;
	return fault_set(fault, IMGBATCH_E_WRITE, "--html %.120s: is there and no HTML page", path);
}

int run_html_open(struct run *run)
{
	int code;

	if (!run->options->html)
		return 0;
	code = check_place(run->options->html, &run->fault);
	if (code)
		return code;
	run->html = calloc(1, sizeof *run->html);
	if (!run->html)
		return no_memory(&run->fault);
	gather_init(&run->html->gather);
	run->html->started = time(NULL);
	return 0;
}

void run_html_close(struct run *run)
{
	if (run->html) {
		gather_release(&run->html->gather);
		str_release(&run->html->notes);
	}
	free(run->html);
	run->html = NULL;
}

void run_html_image(
	struct run *run, const struct imgbatch_image *image, const struct kept_place *place)
{
	if (run->html)
		gather_image(&run->html->gather, image, place, run->out_dir);
}

/* One output of it, of those that are images. The ledger is only asked about the few that are kept. */
void run_html_skipped(struct run *run, const struct ledger_image *row)
{
	const struct imgbatch_image image = {.name = row->name, .bytes_in = row->size};
	struct ledger_output there;
	struct fault ignored;
	uint64_t which;

	if (!run->html || !gather_wants_there(&run->html->gather, row->name, &which) ||
		ledger_output_get(run->ledger, row->seq, (uint32_t)(which % run->outputs), &there,
			&ignored) <= 0)
		return;
	gather_there(&run->html->gather, &image,
		&(struct imgbatch_output){.path = there.path,
			.width = there.width,
			.height = there.height,
			.bytes = there.bytes,
			.recipe = there.recipe},
		run->out_dir);
}

void run_html_note(const struct run *run, const char *text)
{
	struct str *notes = run->html ? &run->html->notes : NULL;

	if (!notes || notes->length > NOTES_MOST)
		return;
	if (notes->length)
		str_add_char(notes, '\n');
	str_add(notes, text);
}

/* -- settings ----------------------------------------------------------------------------------------- */

/* The engine that `auto` came to stands behind it. */
static void add_choice(const struct run *run, const struct option *row, struct str *value)
{
	const struct imgbatch_summary *summary = run->summary;
	const char *name = row->info.name;

	if (strcmp(str_text(value), "auto") != 0 || !summary->io || !summary->cpu)
		return;
	if (!strcmp(name, "io"))
		str_addf(value, ": %s", summary->io);
	else if (!strcmp(name, "cpu"))
		str_addf(value, ": %s", summary->cpu);
	else if (!strcmp(name, "jobs"))
		str_addf(value, ": %u", summary->workers);
	else if (!strcmp(name, "io-jobs"))
		str_addf(value, ": %u", summary->io_jobs);
	else if (!strcmp(name, "sandbox") && summary->sandbox)
		str_addf(value, ": %s", summary->sandbox);
	else if (!strcmp(name, "memory"))
		str_addf(value, ": %llu MiB", (unsigned long long)(run_memory(run->options) >> 20));
}

static void print_value(const struct run *run, const struct option *row, struct str *value)
{
	size_t nth = 0;

	while (nth < WORDS_MOST) {
		size_t before = value->length;

		if (nth)
			str_add(value, ", ");
		if (!option_print(row, run->options, nth, value)) {
			value->length = before;
			break;
		}
		nth++;
	}
	if (nth == WORDS_MOST)
		str_add(value, ", ..");
	if (value->text)
		value->text[value->length] = '\0';
	add_choice(run, row, value);
}

static size_t count_options(void)
{
	size_t count = 0;

	while (option_row(count))
		count++;
	return count;
}

static bool print_options(const struct run *run, struct run_page_option *option, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct option *row = option_row(i);
		struct str value = STR_INIT;

		print_value(run, row, &value);
		str_add(&value, "");
		option[i] = (struct run_page_option){.name = row->info.name,
			.group = row->info.group,
			.value = value.text,
			.is_set = option_is_set(row, run->options)};
		if (value.failed || !value.text)
			return false;
	}
	return true;
}

/* -- the page ----------------------------------------------------------------------------------------- */

/* What the page borrows while it is made. */
struct texts {
	struct str command;
	char *recipe, *build, *folder; /* owned */
	char machine[512];
	struct run_page_option *option; /* owned, each value too */
	size_t option_count;
};

static bool texts_fill(const struct run *run, struct texts *texts)
{
	*texts = (struct texts){.option_count = count_options()};
	texts->option = calloc(texts->option_count + 1, sizeof *texts->option);
	texts->recipe = imgbatch_recipe_text(run->batch);
	texts->build = imgbatch_build_text();
	texts->folder = getcwd(NULL, 0);
	machine_describe(texts->machine, sizeof texts->machine);
	options_print_command(run->batch, &texts->command);
	return texts->option && texts->recipe && texts->build && !texts->command.failed &&
		print_options(run, texts->option, texts->option_count);
}

static void texts_release(struct texts *texts)
{
	for (size_t i = 0; texts->option && i < texts->option_count; i++)
		free(texts->option[i].value);
	free(texts->option);
	free(texts->recipe);
	free(texts->build);
	free(texts->folder);
	str_release(&texts->command);
}

static void print_page(struct run *run, int code, const struct texts *texts, struct str *out)
{
	const struct options *options = run->options;
	const struct run_page page = {
		.gather = &run->html->gather,
		.summary = run->summary,
		.code = code,
		.detail = run->fault.detail,
		.refused = code && imgbatch_exit_status(code, run->summary) == 2,
		.started = run->html->started,
		.ended = run->html->started + (int64_t)(run->summary->seconds + 0.5),
		.in = options->in.count ? options->in.word[0] : options->files_from,
		.more_in = options->in.count + (options->files_from != NULL) > 1,
		.out = options->out,
		.folder = texts->folder ? texts->folder : "",
		.command = str_text(&texts->command),
		.recipe = texts->recipe,
		.notes = str_text(&run->html->notes),
		.random = recipe_is_random(&run->batch->recipe),
		.option = texts->option,
		.option_count = texts->option_count,
		.build = texts->build,
		.machine = texts->machine,
	};

	run_page_print(out, &page);
}

int run_html_write(struct run *run, int code, struct fault *fault)
{
	struct str page = STR_INIT;
	struct texts texts;
	int failed;

	if (!run->html)
		return 0;
	run_html_pictures(run, code == IMGBATCH_E_CANCELED);
	if (texts_fill(run, &texts) && !run->html->gather.out_of_memory && !run->html->notes.failed)
		print_page(run, code, &texts, &page);
	else
		page.failed = true;
	failed = page.failed ? no_memory(fault)
			     : file_replace(run->options->html, page.text, page.length, fault);
	texts_release(&texts);
	str_release(&page);
	return failed;
}
