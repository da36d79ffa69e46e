/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of pictures into another one, with callbacks: what the command does, in one page.
 *
 *	batch IN OUT [ENGINE]
 *
 * Exits as the command would. ^C ends the run soon, and the next one goes on where it stopped.
 */
#include <imgbatch/imgbatch.h>

#include <signal.h>
#include <stdio.h>

static struct imgbatch *batch;

/* imgbatch_stop is one of the few functions that a signal handler may call. */
static void interrupted(int signal_number)
{
	(void)signal_number;
	imgbatch_stop(batch);
}

/* Each image once, as it ends, from the thread that called imgbatch_run. */
static void tell_image(void *ctx, const struct imgbatch_image *image)
{
	uint64_t *bytes = ctx;

	if (image->status == IMGBATCH_IMAGE_FAILED) {
		/* Names are bytes from a file system: imgbatch_image_line escapes what a terminal would obey. */
		char *line = imgbatch_image_line(image);

		fprintf(stderr, "%s\n", line ? line : image->detail);
		imgbatch_free_text(line);
		return;
	}
	for (size_t i = 0; i < image->output_count; i++)
		*bytes += image->outputs[i].bytes;
}

/* Notes say what `auto` chose and why; warnings, what could not be had. */
static void tell_message(void *ctx, int level, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s: %s\n", level ? "note" : "warning", text);
}

/* Options have their names of the command line, so that there is one list of them to know. */
static int prepare(int argc, char **argv, struct imgbatch_fault *fault)
{
	if (imgbatch_set(batch, "in", argv[1], fault) || imgbatch_set(batch, "out", argv[2], fault))
		return -1;
	if (argc > 3 && imgbatch_set(batch, "cpu", argv[3], fault))
		return -1;
	if (imgbatch_set(batch, "quality", "85", fault))
		return -1;
	return imgbatch_recipe_parse(batch, "short-edge 64; crop 48x48", fault);
}

int main(int argc, char **argv)
{
	uint64_t bytes = 0;
	struct imgbatch_callbacks callbacks = {
		.ctx = &bytes, .image = tell_image, .message = tell_message};
	struct imgbatch_summary summary = {0};
	struct imgbatch_fault fault = {0};
	int code;

	if (argc < 3) {
		fprintf(stderr, "usage: %s IN OUT [ENGINE]\n", argv[0]);
		return 2;
	}
	batch = imgbatch_new();
	if (!batch)
		return 3;
	if (prepare(argc, argv, &fault)) {
		fprintf(stderr, "%s: %s\n", imgbatch_code_name(fault.code), fault.detail);
		imgbatch_free(batch);
		return 2;
	}
	signal(SIGINT, interrupted);

	code = imgbatch_run(batch, &callbacks, &summary, &fault);
	if (code && fault.code)
		fprintf(stderr, "%s: %s\n", imgbatch_code_name(fault.code), fault.detail);
	printf("%llu ok, %llu failed, %llu files, %llu bytes, %s x %s\n",
		(unsigned long long)summary.ok, (unsigned long long)summary.failed,
		(unsigned long long)summary.outputs, (unsigned long long)bytes,
		summary.io ? summary.io : "-", summary.cpu ? summary.cpu : "-");
	signal(SIGINT, SIG_DFL);
	imgbatch_free(batch);
	return imgbatch_exit_status(code, &summary);
}
