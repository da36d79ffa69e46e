/* SPDX-License-Identifier: Apache-2.0 */
/* The public structs as text, through report/: what the command prints, for any program that wants the same. */
#include "base/clock.h"
#include "base/version.h"
#include "kernels/dispatch.h"
#include "report/report.h"
#include "run/batch.h"

#include <stdio.h> /* jpeglib.h takes it for granted */

#include <jpeglib.h>
#include <lcms2.h>
#include <libdeflate.h>
#include <png.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The text without its newline, or NULL when memory ran out on the way. */
static char *finish(struct str *text)
{
	if (text->failed) {
		str_release(text);
		return NULL;
	}
	str_add(text, "");
	while (text->length && text->text[text->length - 1] == '\n')
		text->text[--text->length] = '\0';
	return text->text;
}

static enum report_status status_of(enum imgbatch_status status)
{
	_Static_assert((int)IMGBATCH_IMAGE_NOT_ATTEMPTED == (int)REPORT_NOT_ATTEMPTED &&
			(int)IMGBATCH_IMAGE_FAILED == (int)REPORT_FAILED,
		"both enums list the same words in the same order");
	return (enum report_status)status;
}

static struct report_output *report_outputs(const struct imgbatch_image *image)
{
	struct report_output *outputs = calloc(image->output_count + 1, sizeof *outputs);

	for (size_t i = 0; outputs && i < image->output_count; i++)
		outputs[i] = (struct report_output){
			.path = image->outputs[i].path,
			.path_size = strlen(image->outputs[i].path),
			.width = image->outputs[i].width,
			.height = image->outputs[i].height,
			.bytes = image->outputs[i].bytes,
			.mask = image->outputs[i].mask,
		};
	return outputs;
}

char *imgbatch_image_json(const struct imgbatch_image *image)
{
	struct report_output *outputs = report_outputs(image);
	struct report_image said = {
		.in = image->name,
		.in_size = strlen(image->name),
		.status = status_of(image->status),
		.code = image->code,
		.stage = image->stage,
		.detail = image->detail,
		.warnings = image->warnings,
		.width = image->width,
		.height = image->height,
		.bytes_in = image->bytes_in,
		.memory = image->memory,
		.outputs = outputs,
		.output_count = image->output_count,
		.read_us = (uint64_t)(image->read_ms * 1000),
		.work_us = (uint64_t)(image->work_ms * 1000),
		.write_us = (uint64_t)(image->write_ms * 1000),
		.timed = true,
		.profile = image->profile,
	};
	struct str text = STR_INIT;

	if (!outputs)
		return NULL;
	report_image_json(&text, &said);
	free(outputs);
	return finish(&text);
}

static struct report_summary summary_of(const struct imgbatch_summary *summary)
{
	return (struct report_summary){
		.listed = summary->listed,
		.ok = summary->ok,
		.damaged = summary->damaged,
		.failed = summary->failed,
		.ignored = summary->ignored,
		.skipped = summary->skipped,
		.not_attempted = summary->not_attempted,
		.outputs = summary->outputs,
		.bytes_in = summary->bytes_in,
		.bytes_out = summary->bytes_out,
		.seconds = summary->seconds,
		.cpu_seconds = summary->cpu_seconds,
		.io = summary->io,
		.cpu = summary->cpu,
		.sandbox = summary->sandbox,
		.workers = summary->workers,
		.dry = summary->dry_run,
		.profile = summary->profile,
	};
}

char *imgbatch_summary_json(const struct imgbatch_summary *summary)
{
	struct report_summary said = summary_of(summary);
	struct str text = STR_INIT;

	report_summary_json(&text, &said);
	return finish(&text);
}

char *imgbatch_summary_text(const struct imgbatch_summary *summary)
{
	struct report_summary said = summary_of(summary);
	struct str text = STR_INIT;

	report_summary_text(&text, &said);
	return finish(&text);
}

char *imgbatch_image_line(const struct imgbatch_image *image)
{
	const char *detail = image->detail && image->detail[0] ? image->detail : NULL;
	struct str text = STR_INIT;

	report_failure_line(&text, image->name, strlen(image->name), image->code, detail);
	return finish(&text);
}

/*
 * The words of report/'s line without what steers a terminal. One mark at the beginning makes its rate the
 * average of the whole run.
 */
static void add_progress(struct str *text, const struct report_state *state, unsigned width)
{
	static const char start[] = "\r", end[] = "\033[K\n";
	struct report_progress progress = {.started_ns = 1, .marks = 1, .columns = width};
	struct str line = STR_INIT;

	report_progress_line(&progress, state, true, &line);
	if (line.length > strlen(start) + strlen(end))
		str_add_bytes(
			text, line.text + strlen(start), line.length - strlen(start) - strlen(end));
	str_release(&line);
}

char *imgbatch_progress_line(const struct imgbatch_progress *progress, unsigned width)
{
	struct str text = STR_INIT;
	struct report_state state = {
		.now_ns = (uint64_t)(progress->seconds * 1e9) + 1,
		.done = progress->done,
		.total = progress->planning ? 0 : progress->listed,
		.failed = progress->failed,
		.bytes = progress->bytes_in,
	};

	if (progress->planning)
		str_addf(&text, "listing: %llu", (unsigned long long)progress->listed);
	else
		add_progress(&text, &state, width);
	return finish(&text);
}

const char *imgbatch_version(void)
{
	return VERSION_TEXT;
}

const char *imgbatch_code_name(int code)
{
	return code_name(code);
}

const char *imgbatch_code_text(int code)
{
	return code_text(code);
}

const char *imgbatch_warning_name(unsigned bit)
{
	return warning_name(bit);
}

/* "kernels avx512 (IMGBATCH_ISA picks one of c, avx2, avx2pdep, avxvnni, avx512)" */
static void add_kernels(struct str *text)
{
	const char *between = "";

	str_addf(text, "kernels %s (IMGBATCH_ISA picks one of ", kernels()->name);
	for (size_t i = 0; i < kernel_set_count; i++) {
		if (kernel_sets[i]->runs && !kernel_sets[i]->runs())
			continue;
		str_addf(text, "%s%s", between, kernel_sets[i]->name);
		between = ", ";
	}
	str_add(text, ")\n");
}

char *imgbatch_build_text(void)
{
	struct str text = STR_INIT;

	add_kernels(&text);
	entropy_describe(&text);
	str_add(&text, "\n");
	str_addf(&text,
		"imgbatch %s, built with libjpeg-turbo %d.%d.%d and libdeflate %s; "
		"libpng %s, lcms2 %d.%02d, SQLite %s",
		VERSION_TEXT, LIBJPEG_TURBO_VERSION_NUMBER / 1000000,
		LIBJPEG_TURBO_VERSION_NUMBER / 1000 % 1000, LIBJPEG_TURBO_VERSION_NUMBER % 1000,
		LIBDEFLATE_VERSION_STRING, png_get_libpng_ver(NULL),
		cmsGetEncodedCMMversion() / 1000, cmsGetEncodedCMMversion() % 1000 / 10,
		sqlite3_libversion());
	return finish(&text);
}
