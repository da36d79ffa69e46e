/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of ledger/ share: the connection, its statements, and the results that wait for a commit.
 *
 *	db.c       statements, transactions, errors        results.c  finished images, commit, the end
 *	schema.c   opening, tables, versions               prune.c    outputs whose input has gone
 *	plan.c     one input and its outputs               ask.c      counts, failures, origins
 *	settle.c   collisions                              next.c     planned images and outputs, claims
 *	doubt.c    outputs whose time tells nothing
 */
#ifndef LEDGER_INTERNAL_H
#define LEDGER_INTERNAL_H

#include "ledger/ledger.h"

#include <sqlite3.h>
#include <sys/stat.h>

enum { LEDGER_SCHEMA = 1, PLAN_BATCH = 4096, NEXT_CHUNK = 256 };

/* output.flags */
enum output_flag {
	OUTPUT_REPLACE = 1, /* a file at the name may be replaced */
	OUTPUT_KEEP = 2, /* a file at the name is left alone: --if-exists skip */
	OUTPUT_FOREIGN = 4, /* when it was planned, a file stood there that no row knew */
	OUTPUT_MATCH = 8, /* what stands there is up to date */
	OUTPUT_DOUBT = 16, /* the row's size and time may be another file's: doubt.c */
};

#define IMAGE_COLUMNS                                                                              \
	"seq, root, path, name, follow, number, outputs, state, code, stage, detail, warnings, "   \
	"size, mtime_ns, width, height, read_us, work_us, write_us"

/* Every statement that runs more than once; texts in db.c. */
enum statement {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_IMAGE_ADD,
	STMT_IMAGE_GET,
	STMT_IMAGE_CHUNK,
	STMT_IMAGE_FINISH,
	STMT_IMAGE_STATE,
	STMT_IMAGE_RENAMED,
	STMT_OUTPUT_ADD,
	STMT_OUTPUT_BY_KEY,
	STMT_OUTPUT_TAKE,
	STMT_OUTPUT_RETAKE,
	STMT_OUTPUT_GET,
	STMT_OUTPUT_MOVE,
	STMT_OUTPUT_FORGET,
	STMT_OUTPUT_FINISH,
	STMT_OUTPUT_DROP,
	STMT_OUTPUT_RELEASE,
	STMT_OUTPUT_SETTLED,
	STMT_CLASH_ADD,
	STMT_CLASH_AFTER,
	STMT_CLASH_DROP,
	STMT_CLASH_DROP_IMAGE,
	STMT_CLASH_OF_IMAGE,
	STMT_INVOLVED_AFTER,
	STMT_HINT_GET,
	STMT_HINT_SET,
	STMT_COUNT,
};

/* An image's or output's result; its text lies in ledger->text. */
struct pending {
	bool output;
	uint64_t seq;
	uint32_t index;
	size_t text, stage; /* offsets: detail or recipe; stage, with its NUL */
	size_t text_size;
	union {
		struct ledger_result image; /* detail is in the text */
		struct ledger_made made; /* recipe is in the text */
	};
};

/* An image and where its bytes lie in some text that may still move. */
struct image_row {
	struct ledger_image image;
	size_t path, name, stage, detail;
};

struct ledger {
	sqlite3 *db;
	sqlite3_stmt *stmt[STMT_COUNT];
	struct ledger_settings settings;
	bool readonly, in_transaction;
	unsigned rows; /* in the open transaction */

	int64_t run; /* this run's number */
	uint64_t digest;
	int64_t *root_id; /* by source's index; owned */
	const int *root_dir; /* borrowed from ledger_run */
	uint32_t root_count;
	uint64_t next_seq;
	bool clashes; /* any were noted */
	bool incomplete, unclean; /* a directory was not listed; the run before did not end */
	struct ledger_counts counts;

	struct pending *pending; /* owned */
	size_t pending_count, pending_room;
	struct str text;

	/* Images read ahead: chunk[chunk_at ..), with their bytes in chunk_text. */
	struct image_row *chunk; /* NEXT_CHUNK of them, owned */
	size_t chunk_count, chunk_at;
	struct str chunk_text;
	uint64_t chunk_from; /* the next number to read */

	struct str key, taken, names; /* scratch: a folded name; an output's row; an image's row */
	struct ledger_names renamed;
};

/* --- db.c --- */

/* What SQLite says went wrong, as E_LEDGER or E_NOMEM. */
int db_fault(struct ledger *ledger, struct fault *fault);
int db_exec(struct ledger *ledger, const char *sql, struct fault *fault);
/* A statement ready for binding; NULL, with a fault. */
sqlite3_stmt *db_stmt(struct ledger *ledger, enum statement statement, struct fault *fault);
/* Steps: 1: a row; 0: done, and reset; negative. */
int db_step(struct ledger *ledger, sqlite3_stmt *stmt, struct fault *fault);
/* Steps a statement without rows. */
int db_do(struct ledger *ledger, sqlite3_stmt *stmt, struct fault *fault);
/* Binding, by position from 1. Bytes are borrowed until the next reset; size 0 is an empty blob, NULL is null. */
void db_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t size);
void db_int(sqlite3_stmt *stmt, int at, int64_t value);
void db_text(sqlite3_stmt *stmt, int at, const char *text, size_t size);
/* One number from one query without parameters. */
int db_number(struct ledger *ledger, const char *sql, int64_t *value, struct fault *fault);
/* Opens a transaction if none is; ends it. A dry ledger has a single one, and ends it never. */
int db_begin(struct ledger *ledger, struct fault *fault);
int db_commit(struct ledger *ledger, struct fault *fault);

/* --- shared between plan.c, settle.c and next.c --- */

/* A row of `output`, as found by its key. Bytes are borrowed until the next such search. */
struct found {
	int64_t id, run, seq, index, root, digest;
	unsigned flags;
	bool made;
	const char *input;
	size_t input_size;
	uint64_t size, bytes;
	int64_t size_mtime_ns, mtime_ns, side;
	const char *moved;
	size_t moved_size;
};
/* The name as it is compared: folded where the file system folds. Borrowed until the next call. */
const char *ledger_key(struct ledger *ledger, const char *path, size_t size, size_t *key_size);
/* 1: found; 0: no row has this name; negative. */
int ledger_find(struct ledger *ledger, const char *path, size_t size, struct found *found,
	struct fault *fault);
/* Whether a row is held by an image of this run. */
bool ledger_is_taken(const struct ledger *ledger, const struct found *found);
/* fstatat under OUT without following; false when there is nothing, or OUT is not there. */
bool ledger_stat(const struct ledger *ledger, const char *path, size_t size, struct stat *st);

/* OUTPUT_DOUBT, for the row of an output that is about to be replaced, or that was when a run ended suddenly; or 0. */
unsigned doubt_of(const struct ledger *ledger, const struct found *found);
/* Once all is planned: marks what this run is about to replace. */
int doubt_replaced(struct ledger *ledger, struct fault *fault);

/* What an output of an image came to, when it was planned. */
enum verdict { VERDICT_TODO, VERDICT_DONE /* matches, or is kept */, VERDICT_CLASH };
/* An input that is being planned. */
struct planning {
	const struct ledger_input *input;
	uint64_t seq;
	int stated; /* 0: not yet, 1: st is valid, -1: it cannot be had */
	struct stat st;
	uint64_t side;
};
/* Plans output `index` of an image; returns an enum verdict or a negative code. */
int plan_output(struct ledger *ledger, struct planning *planning, uint32_t index, const char *path,
	size_t size, struct fault *fault);
static inline int64_t stat_mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* next.c: an image's row. Its bytes are appended to text, which is cleared first, and borrowed from it. */
int image_get(struct ledger *ledger, uint64_t seq, struct ledger_image *image, struct str *text,
	struct fault *fault);
/* From a statement that yields IMAGE_COLUMNS. Bytes are appended to text; image_fix() makes pointers of them. */
void image_from_row(
	struct ledger *ledger, sqlite3_stmt *stmt, struct image_row *row, struct str *text);
/* The image, once text grows no more. */
const struct ledger_image *image_fix(struct image_row *row, const struct str *text);
/* The counter that a state adds to. */
uint64_t *counts_of(struct ledger_counts *counts, enum ledger_state state);
/* An image leaves `planned` for another state. */
void counts_move(struct ledger *ledger, enum ledger_state to);

#endif
