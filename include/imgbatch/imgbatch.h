/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libimgbatch: parallel batch image processing.
 *
 * A batch is what `struct imgbatch` holds: options, set by name exactly as on the command line, and a
 * recipe of operations. It can be run over files (imgbatch_run) or applied to one image in memory
 * (imgbatch_process).
 *
 *	struct imgbatch *batch = imgbatch_new();
 *	struct imgbatch_fault fault;
 *
 *	if (imgbatch_set(batch, "in", "photos", &fault) || imgbatch_set(batch, "out", "small", &fault) ||
 *		imgbatch_set(batch, "cpu", "threads", &fault) ||
 *		imgbatch_recipe_parse(batch, "short-edge 256; crop 224x224", &fault) ||
 *		imgbatch_run(batch, NULL, NULL, &fault))
 *		fprintf(stderr, "%s: %s\n", imgbatch_code_name(fault.code), fault.detail);
 *	imgbatch_free(batch);
 *
 * The library never prints, never exits, installs no signal handler, and may be called from a program that
 * has threads. Functions return 0 or a negative code of <imgbatch/errors.h>, unless they say otherwise.
 * A batch belongs to one thread at a time, but for imgbatch_stop; different batches are independent.
 */
#ifndef IMGBATCH_IMGBATCH_H
#define IMGBATCH_IMGBATCH_H

#include <imgbatch/errors.h>
#include <imgbatch/profile.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define IMGBATCH_API __attribute__((visibility("default")))
#else
#define IMGBATCH_API
#endif

/* What went wrong, for a person. The caller owns the struct; pass NULL where the text is not wanted. */
struct imgbatch_fault {
	int code; /* 0, or one of enum imgbatch_error */
	char detail[192]; /* one line of UTF-8 */
};

/* "1.2.3": of the library that runs. Static text, as are all `const char *` results here unless said. */
IMGBATCH_API const char *imgbatch_version(void);
/* "E_TRUNCATED" for IMGBATCH_E_TRUNCATED; "E_UNKNOWN" for a number that is no code. */
IMGBATCH_API const char *imgbatch_code_name(int code);
/* The sentence that goes with a code. */
IMGBATCH_API const char *imgbatch_code_text(int code);
/* "W_EXT" for the bit IMGBATCH_W_EXT; NULL for what is no bit of a warning. */
IMGBATCH_API const char *imgbatch_warning_name(unsigned bit);
/* Frees a string that a function here gave to its caller. NULL is fine. */
IMGBATCH_API void imgbatch_free_text(char *text);

/* -- A batch and its options -------------------------------------------------------------------------- */

struct imgbatch;

/* NULL when out of memory. */
IMGBATCH_API struct imgbatch *imgbatch_new(void);
/* NULL is fine. Not while it runs. */
IMGBATCH_API void imgbatch_free(struct imgbatch *batch);

/*
 * Sets an option by its name on the command line, without the dashes: ("quality", "85"), ("in", "photos").
 * Options that take several values (in, include, exclude) collect them call by call. A switch takes NULL
 * or "yes", and "no" to switch it off again. IMGBATCH_E_USAGE with a fault that names option and value.
 */
IMGBATCH_API int imgbatch_set(struct imgbatch *batch, const char *option, const char *value,
	struct imgbatch_fault *fault);

/*
 * Appends operations to the recipe: the same text as on the command line and in recipe files, one
 * operation a line or parted by `;`. IMGBATCH_E_RECIPE with a fault that names line and word; the recipe is then
 * as it was.
 */
IMGBATCH_API int imgbatch_recipe_parse(
	struct imgbatch *batch, const char *text, struct imgbatch_fault *fault);
/* The whole recipe, every default spelled out; imgbatch_free_text() it. NULL when out of memory. */
IMGBATCH_API char *imgbatch_recipe_text(const struct imgbatch *batch);

/* One row of the table of options, for help and completion. */
struct imgbatch_option_info {
	const char *name; /* without dashes */
	const char *value; /* what it takes, "N" or "sync|threads|event"; NULL: a switch */
	const char *initial; /* the default as text; "" where there is none */
	const char *
		group; /* "input", "labels", "output", "engines", "limits", "checks", "seldom needed" */
	const char *help; /* one line */
	bool repeats; /* may be set several times */
};

/* Row `index` of a table, NULL behind its end: call with 0, 1, 2 ... */
IMGBATCH_API const struct imgbatch_option_info *imgbatch_option_info(size_t index);

/* One row of the table of operations. */
struct imgbatch_operation_info {
	const char *name, *usage; /* "crop", "WxH[+X+Y][,gravity=G][,fill=C]" */
	const char *summary; /* one line */
	const char *help; /* paragraphs */
	bool random; /* draws, and expands into others */
	const char *
		group; /* "geometry", "values", "random geometry" ...; rows of a group are neighbours */
};

IMGBATCH_API const struct imgbatch_operation_info *imgbatch_operation_info(size_t index);

/* One engine, and whether it can run on this machine now. */
struct imgbatch_engine_info {
	const char *kind; /* "io" or "cpu" */
	const char *name, *summary;
	bool available;
	char reason[192]; /* why not */
	char sandbox
		[256]; /* of processes: what workers are locked in with here, and what is missing and why; else "" */
};

/* Tries engine `index`. 0, or IMGBATCH_E_NOTHING behind the end of the table. */
IMGBATCH_API int imgbatch_engine_info(size_t index, struct imgbatch_engine_info *info);
/* Three more lines about what this build runs on: instruction sets, entropy decoding, libraries and their versions. free_text() it. */
IMGBATCH_API char *imgbatch_build_text(void);

/* -- A run over files --------------------------------------------------------------------------------- */

enum imgbatch_status {
	IMGBATCH_IMAGE_OK,
	IMGBATCH_IMAGE_DAMAGED, /* written all the same, on request (keep-damaged) */
	IMGBATCH_IMAGE_FAILED,
	IMGBATCH_IMAGE_IGNORED, /* no image, or a symbolic link not to be followed */
	IMGBATCH_IMAGE_SKIPPED, /* its outputs are up to date */
	IMGBATCH_IMAGE_NOT_ATTEMPTED, /* the run ended before its turn */
};

struct imgbatch_output {
	const char *path; /* below OUT; bytes, not always UTF-8 */
	uint32_t width, height; /* pixels */
	uint64_t bytes;
	const char *recipe; /* the drawn recipe that made it; "" in a dry run */
	const char *mask; /* its mask, below masks-out; NULL without masks */
};

/* What became of one image. Everything is borrowed for the call that gets it. */
struct imgbatch_image {
	enum imgbatch_status status;
	const char *name; /* the input, below its root (or as listed); bytes, not always UTF-8 */
	int code; /* of a failed one (and why it is ignored) */
	const char *stage; /* "read", "decode", "draw", "op", "encode", "write"; "" unless failed */
	const char *detail;
	unsigned warnings; /* enum imgbatch_warning bits */
	uint32_t width, height; /* of the input as stored; 0 where unknown */
	uint64_t bytes_in;
	uint64_t memory; /* dry run: bytes that working on it would take, by its header; else 0 */
	const struct imgbatch_output *outputs;
	size_t output_count;
	double read_ms, work_ms, write_ms; /* wall time in each stage */
	const struct imgbatch_image_profile *profile; /* NULL: it was not begun */
};

struct imgbatch_summary {
	/* listed = ok + failed + ignored + skipped + not_attempted; damaged ones count in ok too. */
	uint64_t listed, ok, damaged, failed, ignored, skipped, not_attempted;
	uint64_t outputs; /* files written */
	uint64_t bytes_in, bytes_out;
	double seconds, cpu_seconds; /* wall; CPU of this process and its workers */
	const char *io, *cpu; /* engines that ran */
	/*
	 * What locks worker processes in: "seccomp+landlock", "seccomp", "landlock", or "none" (also where sandbox=off);
	 * NULL where no worker process ran.
	 */
	const char *sandbox;
	unsigned workers,
		io_jobs; /* io_jobs: what the I/O engine has a use for at once, as used last */
	bool dry_run;
	const struct imgbatch_profile *
		profile; /* the batch's, until its next run or imgbatch_free(); NULL: no engine ran */
};

struct imgbatch_progress {
	uint64_t listed, done, failed; /* images; listed may still grow while planning */
	uint64_t bytes_in;
	double seconds;
	bool planning; /* inputs are still being listed */
};

struct imgbatch_callbacks {
	void *ctx;
	/* Each image once, as it ends (skipped ones too), from the thread that called imgbatch_run. */
	void (*image)(void *ctx, const struct imgbatch_image *image);
	/* A few times a second. */
	void (*progress)(void *ctx, const struct imgbatch_progress *progress);
	/* A line worth telling: what `auto` chose and why, an engine that could not run. level: 0 warning, 1 note. */
	void (*message)(void *ctx, int level, const char *text);
};

/*
 * Runs the batch and returns when every image was accounted for. callbacks, summary and fault may be NULL.
 *
 *	0                       done; summary->failed says how many images failed
 *	IMGBATCH_E_FAILURES     stopped early: more images failed than max-failures allows
 *	IMGBATCH_E_CANCELED     stopped early: imgbatch_stop was called
 *	any other               refused before the first write (E_USAGE, E_RECIPE, E_NOTHING, E_INSIDE, E_NAMES), or ended
 *	                        by the environment (E_LOCKED, E_ENGINE, E_WRITE, E_LEDGER, E_NOMEM, E_SYSTEM)
 *
 * E_WRITE that names the file of option "html" is that page's alone: all else is done.
 */
IMGBATCH_API int imgbatch_run(struct imgbatch *batch, const struct imgbatch_callbacks *callbacks,
	struct imgbatch_summary *summary, struct imgbatch_fault *fault);
/*
 * Makes a running imgbatch_run end soon, its ledger valid and no temporary file left; the same run later goes on
 * where it stopped. Any thread, and async-signal-safe. A batch that was stopped stays so.
 */
IMGBATCH_API void imgbatch_stop(struct imgbatch *batch);
/*
 * What the command exits with for a result of imgbatch_run: 0 all well, 1 some images failed, 2 usage or refused
 * before the first write, 3 environment, 4 more than max-failures. E_CANCELED: 3; a command that knows the signal says
 * 128 + its number.
 */
IMGBATCH_API int imgbatch_exit_status(int code, const struct imgbatch_summary *summary);

/* Texts that the command prints; imgbatch_free_text() them. NULL when out of memory. */
IMGBATCH_API char *imgbatch_image_json(
	const struct imgbatch_image *image); /* one line, no newline */
IMGBATCH_API char *imgbatch_summary_json(const struct imgbatch_summary *summary);
IMGBATCH_API char *imgbatch_image_line(
	const struct imgbatch_image *image); /* "a.jpg": E_TRUNCATED: ... */
IMGBATCH_API char *imgbatch_summary_text(const struct imgbatch_summary *summary);
/* Fits in `width` terminal columns. */
IMGBATCH_API char *imgbatch_progress_line(const struct imgbatch_progress *progress, unsigned width);

/* -- One image in memory ------------------------------------------------------------------------------ */

struct imgbatch_result {
	void *data; /* the encoded file; the batch's, valid until its next imgbatch_process or imgbatch_free */
	size_t size;
	uint32_t width, height;
	const char *format; /* "jpeg", "png" */
	const char *recipe; /* the drawn recipe, as long as data */
	unsigned warnings; /* enum imgbatch_warning bits */
	const void *mask; /* the encoded mask, as long as data; NULL: there was none */
	size_t mask_size;
};

/*
 * Does to one image in memory what a run would do to a file called `name` below its root: bytes in, bytes out, no
 * files, no threads, the same bytes as every engine gives. name seeds the draws of random operations and may
 * be NULL (""). copy is 0 .. copies - 1. Memory is kept from call to call.
 * Fails with that image's code.
 */
IMGBATCH_API int imgbatch_process(struct imgbatch *batch, const void *bytes, size_t size,
	const char *name, unsigned copy, struct imgbatch_result *result,
	struct imgbatch_fault *fault);

/* What goes with an image in memory and follows it through its drawn recipe. Zeros: nothing does. */
struct imgbatch_beside {
	const void *mask; /* a PNG, as --masks has them; borrowed for the call */
	size_t mask_size;
	/*
	 * Boxes in pixels of the image as stored: left, top, right, bottom. When the call succeeds each is where it lies in
	 * the output, cut to it; zeros where nothing is left of it. Operations that draw by boxes draw by these. NULL: none
	 * are known; known to be none is a pointer with a box_count of 0.
	 */
	double (*boxes)[4];
	size_t box_count;
};

/* imgbatch_process() of an image with company (NULL: without). The options masks and boxes are for runs and play no part. */
IMGBATCH_API int imgbatch_process_beside(struct imgbatch *batch, const void *bytes, size_t size,
	const char *name, unsigned copy, struct imgbatch_beside *beside,
	struct imgbatch_result *result, struct imgbatch_fault *fault);

/* -- What was made, made again ------------------------------------------------------------------------ */

struct imgbatch_replay {
	struct imgbatch_result made; /* the output, made again */
	const char
		*output; /* path of the file it stands for; "" where a sidecar has another name */
	const char *input; /* path of what it was made from */
	const char *version; /* of the program that wrote it: another one's bytes may differ */
	bool there; /* a file is in the output's place */
	bool same; /* and it holds the very bytes that were made now */
	bool touched; /* or somebody has changed it since: size or time are not as recorded */
};

/*
 * Makes an output again: the recorded recipe on its recorded input, with the settings of the run that wrote it,
 * whichever run of its folder that was. Nothing is written. The result, its strings and bytes are the caller's until
 * imgbatch_replay_free(); NULL on failure, with a fault.
 *
 * path is the output's, input NULL: all else is in the ledger of the folder that the run wrote into. Or path is that
 * of a sidecar (option "sidecar") and input that of its input: then no ledger is needed.
 *
 *	IMGBATCH_E_NOTHING      no ledger, no such output in it, no such sidecar
 *	IMGBATCH_E_VANISHED     the input is gone
 *	IMGBATCH_E_CHANGED      the input is not what it was (size and time; of a sidecar: size and hash)
 *	IMGBATCH_E_LEDGER       what was recorded cannot be read by this version
 *	any other               as imgbatch_process()
 */
IMGBATCH_API struct imgbatch_replay *imgbatch_replay(
	const char *path, const char *input, struct imgbatch_fault *fault);
/* NULL is fine. */
IMGBATCH_API void imgbatch_replay_free(struct imgbatch_replay *replay);

/* -- Looking ------------------------------------------------------------------------------------------ */

/* What a contact sheet is to look like. */
struct imgbatch_preview {
	unsigned columns, rows; /* cells; columns at least 2 */
	unsigned cell; /* side of a cell in pixels, 64 .. 1024 */
	const char *format; /* "png" or "jpeg" */
};

/*
 * A contact sheet of what a run of this batch would make: pictures spread evenly over its inputs, each beside its outputs
 * with their drawn recipes, shortened for the eye, below. Copy j of a picture is what a run with the same seed makes as its
 * copy j, so a sheet shows samples of the data set itself. As many copies are shown as the batch makes of an image; where
 * that is one, and chance decides, as many as fit. A picture that fails has its error in its cell, and the sheet goes on.
 * The sheet is the batch's, valid until its next imgbatch_preview or imgbatch_free. imgbatch_stop() ends it early.
 *
 *	IMGBATCH_E_USAGE        a grid, cell or format that cannot be
 *	IMGBATCH_E_NOTHING      no image among the inputs
 *	any other               as imgbatch_run() before it plans
 */
IMGBATCH_API int imgbatch_preview(struct imgbatch *batch, const struct imgbatch_preview *preview,
	struct imgbatch_result *sheet, struct imgbatch_fault *fault);

/* Header facts of one file as a line of JSON; imgbatch_free_text() it. NULL on failure, with a fault. */
IMGBATCH_API char *imgbatch_info(const char *path, struct imgbatch_fault *fault);

/* What the ledger below OUT knows, as text for a person; imgbatch_free_text() it. NULL with a fault. */
IMGBATCH_API char *imgbatch_status_text(const char *out, bool json, struct imgbatch_fault *fault);

/* -- Saving ------------------------------------------------------------------------------------------- */

/*
 * Bytes that a function here gave, into a file that is whole or not there, as the library writes its own reports: it is made or
 * replaced, and the folders above it are made. Any thread, but one at a time for one path.
 *
 *	IMGBATCH_E_WRITE        the disk's refusal, or something that is no regular file is at path, and stays
 */
IMGBATCH_API int imgbatch_save(
	const char *path, const void *bytes, size_t size, struct imgbatch_fault *fault);

#ifdef __cplusplus
}
#endif

#include <imgbatch/compare.h>

#endif
