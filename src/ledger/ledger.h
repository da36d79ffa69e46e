/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is planned for every image and what happened to it, in SQLite beside the output (schema: schema.h).
 *
 *	ledger_begin ─► ledger_plan, once an input in listing order ─► ledger_settle ─► ledger_next, once an input
 *	  ─► ledger_finish_output*, ledger_finish_image, now and then ledger_commit ─► ledger_end ─► ledger_close
 *
 * Two kinds of row. An `image` row is this run's: one an entry of the listing, so that listed = ok + failed +
 * ignored + skipped + not_attempted. An `output` row lives from run to run: one a name under OUT, with what was
 * written there from which input; it is how an unchanged output is recognised, and how a file of ours is told
 * from one that no row knows.
 *
 * Planning is streamed and committed in batches; names collide here, before anything is written. Results are kept
 * in memory until ledger_commit(), so that the caller can make the files durable first; what a kill takes is
 * done again by the next run. Readers (status) are never locked out.
 *
 * One thread at a time. Names and paths are bytes. Times are nanoseconds since 1970.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/fault.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

enum ledger_state {
	LEDGER_PLANNED,
	LEDGER_OK,
	LEDGER_DAMAGED, /* written on request; counts as ok, too */
	LEDGER_FAILED,
	LEDGER_IGNORED,
	LEDGER_SKIPPED, /* every output was there already */
	LEDGER_NOT_ATTEMPTED,
};
/* "planned", "ok", ..: as in reports. Static text. */
const char *ledger_state_name(enum ledger_state state);

enum ledger_if_exists { LEDGER_UPDATE, LEDGER_SKIP, LEDGER_OVERWRITE, LEDGER_ERROR };

enum { LEDGER_BATCH = 512 }; /* results worth a commit */

struct ledger_settings {
	const char *
		path; /* of the file, or NULL: a private one on disk that goes with ledger_close() (dry runs) */
	int dir; /* of OUT, for looking at files there; borrowed; -1: nothing is there */
	/*
	 * Appends a name as it is compared, where OUT's file system takes names that differ only in case for one:
	 * sink's name_fold. NULL: names are compared as they are.
	 */
	void (*fold)(struct str *out, const char *name, size_t size);
	bool assume_empty; /* OUT held nothing when it was opened */
	bool dry; /* what happens is undone by ledger_close() */
	enum ledger_if_exists if_exists;
	bool same_times; /* outputs get times that do not tell when they were written */
	/*
	 * Power may fail: the file stays sound. What was committed may still be lost until the log beside the file
	 * ("-wal"), where there is one, is synced; that is the caller's, who can do it beside the run.
	 */
	bool durable;
};

/* Opens or makes the file. E_LEDGER: unreadable, not a ledger, or one of a newer version of the program. */
int ledger_open(
	struct ledger **ledger, const struct ledger_settings *settings, struct fault *fault);
/* For status and replay: nothing is written, a run may go on meanwhile. E_NOTHING when there is no ledger. */
int ledger_open_readonly(struct ledger **ledger, const char *path, struct fault *fault);
/* Does not commit. NULL is fine. */
void ledger_close(struct ledger *ledger);

/* --- beginning a run --- */

struct ledger_run {
	const char *version; /* of the program */
	const char *recipe, *settings; /* texts, for status and replay */
	/* Of recipe, settings and output version: everything but the input that an output's bytes depend on. */
	uint64_t digest;
	const char *const *root; /* real paths of the roots, by source's index */
	const int *
		root_dir; /* their directories, likewise; borrowed until ledger_settle() returns; may be NULL */
	uint32_t root_count;
};
int ledger_begin(struct ledger *ledger, const struct ledger_run *run, struct fault *fault);

/* --- planning --- */

enum { LEDGER_BESIDE_MAX = 2 };

/* One input, as listed. Borrowed for the call. */
struct ledger_input {
	uint32_t root; /* index in ledger_run.root */
	int dir; /* what path and side are relative to */
	const char *path;
	size_t path_size;
	const char *name; /* mirrored */
	size_t name_size;
	bool follow; /* path is a symbolic link to be followed */
	/* Files beside it that the outputs depend on (a mask, labels); path NULL: none, else it ends in NUL. */
	struct ledger_beside {
		int dir;
		const char *path;
	} beside[LEDGER_BESIDE_MAX];
	uint64_t also; /* a number of what else they depend on; 0: nothing */
	/* LEDGER_PLANNED, or what the listing knows: LEDGER_IGNORED, or LEDGER_FAILED with code and detail. */
	enum ledger_state state;
	int code;
	const char *detail; /* may be NULL */
	bool incomplete; /* stands for a directory that could not be listed: nothing may be pruned */
};

/* Names of an image's outputs: output i is text[end[i - 1] .. end[i]). The caller's; see ledger_names_add(). */
struct ledger_names {
	struct str text;
	size_t *end; /* owned */
	size_t count, room;
};
void ledger_names_clear(struct ledger_names *names);
void ledger_names_release(struct ledger_names *names);
/* Ends an output's name, which was appended to names->text. E_NOMEM also tells of a failed append. */
int ledger_names_add(struct ledger_names *names);

/*
 * Lists an input and plans its outputs (none when input->state is not LEDGER_PLANNED). *state (may be NULL) is what
 * became of it: LEDGER_PLANNED; LEDGER_SKIPPED: its outputs are up to date, or are kept by if_exists; or what input->state
 * said. Names that collide are noted and settled later. *seq (may be NULL) is its number, from 0.
 *
 * A file at a planned name that no row knows is no error yet, since the input may turn out to be no image: its
 * output has replace = false, and writing it is E_EXISTS.
 */
int ledger_plan(struct ledger *ledger, const struct ledger_input *input,
	const struct ledger_names *names, enum ledger_state *state, uint64_t *seq,
	struct fault *fault);

/* An image row. Pointers are borrowed until the next call with the ledger. */
struct ledger_image {
	uint64_t seq;
	uint32_t root; /* index in this run's ledger_run.root */
	const char *path, *name; /* end in NUL */
	size_t path_size, name_size;
	bool follow;
	unsigned number; /* what --on-collision suffix added: name_values.number; 0: nothing */
	uint32_t outputs; /* planned */
	enum ledger_state state;
	int code;
	const char *stage, *detail; /* "" when none */
	unsigned warnings; /* enum imgbatch_warning bits */
	uint64_t size; /* of the input; 0 when not known */
	int64_t mtime_ns;
	uint32_t width, height;
	uint64_t read_us, work_us, write_us;
};

struct ledger_settler {
	void *ctx;
	/*
	 * Looks at an input whose output's name collides: 0: an image; E_NOT_IMAGE: ignored, its names are free
	 * again; another code: failed, likewise. NULL: all are images.
	 */
	int (*probe)(void *ctx, const struct ledger_image *image, struct fault *fault);
	/*
	 * --on-collision suffix: the image's names again with number 1, 2, .. until all are free. 0, or the code
	 * that this image fails with. NULL: collisions are refused.
	 */
	int (*rename)(void *ctx, const struct ledger_image *image, unsigned number,
		struct ledger_names *names, struct fault *fault);
	/* An image is planned again: fills input->beside and also; borrowed until the next call. NULL: none has any. */
	void (*beside)(void *ctx, const struct ledger_image *image, struct ledger_input *input);
};
/*
 * Ends planning: settles the collisions, in listing order, so that the same listing gets the same names. E_NAMES names
 * the first two inputs and what they would both write; ledger_clashes() lists them all. E_NOTHING: nothing was listed.
 */
int ledger_settle(struct ledger *ledger, const struct ledger_settler *settler, struct fault *fault);

/* Each unsettled collision: two inputs (root and path) and the name. Return nonzero from `each` to stop. */
struct ledger_clash {
	struct ledger_image first, second; /* only seq, root, path, name are filled */
	const char *output;
	size_t output_size;
};
int ledger_clashes(struct ledger *ledger, int (*each)(void *ctx, const struct ledger_clash *clash),
	void *ctx, struct fault *fault);

/* --- the run --- */

/*
 * Every image row in listing order: those planned, to be done, and the others, to be reported. 1: filled, and its
 * pointers hold until the next ledger_next(); 0: that was all. Reads ahead by some hundred rows; finishing images
 * meanwhile is fine.
 */
int ledger_next(struct ledger *ledger, struct ledger_image *image, struct fault *fault);
/* ledger_next() begins again from this number. */
void ledger_rewind(struct ledger *ledger, uint64_t seq);

/* An output row. Pointers are borrowed until the next call with the ledger. */
struct ledger_output {
	uint64_t seq;
	uint32_t index;
	const char *path; /* ends in NUL */
	size_t path_size;
	bool replace; /* may replace a file there: an earlier run's, or --if-exists overwrite */
	bool keep; /* --if-exists skip, and a file is there: leave it, write nothing */
	/* What was written there, in this run or an earlier one. */
	bool made;
	uint64_t bytes;
	int64_t mtime_ns;
	uint32_t width, height;
	const char *recipe; /* drawn; "" when none was recorded */
	uint64_t digest;
	uint32_t stored_width, stored_height; /* of the input; 0: was not recorded */
	uint8_t orientation;
};
/* Output `index` of an image of this run: 1: filled; 0: there is none. */
int ledger_output_get(struct ledger *ledger, uint64_t seq, uint32_t index,
	struct ledger_output *output, struct fault *fault);
/*
 * The name of an output turned out otherwise (true extension, late template): takes path instead. Committed at once, so
 * a killed run knows its own file. E_COLLISION: another input of this run has it; E_EXISTS: a file that no row knows.
 */
int ledger_output_claim(struct ledger *ledger, uint64_t seq, uint32_t index, const char *path,
	size_t path_size, bool *replace, struct fault *fault);

/* A file's size and mtime as one number, which is not 0. */
uint64_t ledger_side(uint64_t size, int64_t mtime_ns);
/* All that an output depends on beside its input, as one number: from 0, each side in turn; 0 adds nothing. */
uint64_t ledger_sides_add(uint64_t sides, uint64_t side);

/* A file that now stands, complete, under its final name. Borrowed for the call. */
struct ledger_made {
	uint64_t bytes;
	int64_t mtime_ns; /* of the written file */
	uint32_t width, height;
	const char *recipe; /* drawn; need not end in NUL; NULL when recipe_size is 0 */
	size_t recipe_size;
	uint64_t input_size; /* as read, by fstat */
	int64_t input_mtime_ns;
	uint64_t side; /* ledger_sides_add() of all in the order of ledger_input */
	uint32_t stored_width, stored_height; /* of the input; 0: nobody will ask */
	uint8_t orientation; /* the move that laid it upright */
};
int ledger_finish_output(struct ledger *ledger, uint64_t seq, uint32_t index,
	const struct ledger_made *made, struct fault *fault);

struct ledger_result {
	enum ledger_state state; /* LEDGER_OK, DAMAGED, FAILED, IGNORED or NOT_ATTEMPTED */
	int code;
	const char *stage, *detail; /* borrowed for the call; NULL when none */
	unsigned warnings;
	uint64_t size;
	int64_t mtime_ns;
	uint32_t width, height;
	uint64_t read_us, work_us, write_us;
};
int ledger_finish_image(struct ledger *ledger, uint64_t seq, const struct ledger_result *result,
	struct fault *fault);

/* Results that wait for a commit. */
size_t ledger_pending(const struct ledger *ledger);
/* Writes them in one transaction. Make their files durable first. */
int ledger_commit(struct ledger *ledger, struct fault *fault);
/* The oldest `count` of them only: those whose files are durable by now. */
int ledger_commit_first(struct ledger *ledger, size_t count, struct fault *fault);
/* Forgets them all, for their files could not be made durable: their images are planned again. */
void ledger_drop_pending(struct ledger *ledger);

/* --- the end --- */

/*
 * Commits; what is still planned becomes not_attempted; names that were planned and never written are forgotten.
 * code is the run's outcome: 0 or an enum imgbatch_error.
 */
int ledger_end(struct ledger *ledger, int code, struct fault *fault);

/* Before ledger_end(): what this run measured of itself, as a paragraph and as one JSON object. The last run's is kept. */
int ledger_put_profile(
	struct ledger *ledger, const char *verdict, const char *json, struct fault *fault);

struct ledger_pruned {
	uint64_t removed, changed; /* files removed; files left because they are not as recorded */
};
struct ledger_pruner {
	/*
	 * How names begin that lead from OUT to the run's other folders ("../masks/"), ended by NULL; what any other name
	 * outside of OUT stands for is left alone.
	 */
	const char *const *ways;
	/* A file is gone: E_NOMEM. Before rows are forgotten, that is made durable. NULL, both: it need not be. */
	int (*removed)(void *ctx, const char *path);
	int (*settle)(void *ctx, struct fault *fault);
	void *ctx;
};
/*
 * After ledger_end(): removes files that earlier runs wrote and this run neither planned nor kept, with the folders
 * that this empties. E_OPEN, and nothing happens, when a directory of the input could not be listed.
 */
int ledger_prune(struct ledger *ledger, const struct ledger_pruner *pruner,
	struct ledger_pruned *pruned, struct fault *fault);

/* --- asking; all of these work on a read-only ledger, too --- */

struct ledger_counts {
	/* listed = ok + failed + ignored + skipped + not_attempted + planned (0 after ledger_end()) */
	uint64_t listed, planned, ok, damaged, failed, ignored, skipped, not_attempted;
	uint64_t outputs; /* files written by this run */
};
/* Of this run, kept as it goes; on a read-only ledger they are counted. */
int ledger_counts(struct ledger *ledger, struct ledger_counts *counts, struct fault *fault);

/* Codes of failed images with their number, most frequent first. */
int ledger_failures(struct ledger *ledger, int (*each)(void *ctx, int code, uint64_t count),
	void *ctx, struct fault *fault);
/* Failed images in listing order. Return nonzero from `each` to stop. */
int ledger_each_failed(struct ledger *ledger,
	int (*each)(void *ctx, const struct ledger_image *image), void *ctx, struct fault *fault);

/* The last run. Pointers are borrowed until the next call with the ledger. */
struct ledger_about {
	uint64_t run; /* 1, 2, .. */
	const char *version, *recipe, *settings;
	uint64_t digest;
	int64_t started_ns, ended_ns; /* ended_ns 0: goes on, or was killed */
	int code;
};
/* 1: filled; 0: there was no run. */
int ledger_about(struct ledger *ledger, struct ledger_about *about, struct fault *fault);

/*
 * What the last run measured of itself: 1: there; 0: not known, it goes on, or an older version ran. verdict is UTF-8 and may
 * hold anything; json is valid JSON, or empty where what was recorded is none.
 */
int ledger_get_profile(
	struct ledger *ledger, struct str *verdict, struct str *json, struct fault *fault);

/* Where an output came from, for replay. */
struct ledger_origin {
	struct ledger_output output;
	const char *root; /* real path */
	const char *input; /* relative to root unless absolute */
	size_t input_path_size;
	uint64_t input_size;
	int64_t input_mtime_ns;
	struct ledger_about about; /* the run that wrote it */
};
/* By its path under OUT. 1: filled; 0: no row knows it. */
int ledger_origin(struct ledger *ledger, const char *path, size_t path_size,
	struct ledger_origin *origin, struct fault *fault);

#endif
