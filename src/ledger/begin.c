/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beginning a run: its row, its roots, and an empty list of images. Output rows stay: they are what earlier
 * runs left.
 */
#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int add_run(struct ledger *ledger, const struct ledger_run *run, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(ledger->db,
		    "INSERT INTO run (version, recipe, settings, digest, started_ns) "
		    "VALUES (?1, ?2, ?3, ?4, ?5)",
		    -1, &stmt, NULL))
		return db_fault(ledger, fault);
	sqlite3_bind_text(stmt, 1, run->version, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, run->recipe, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, run->settings, -1, SQLITE_STATIC);
	db_int(stmt, 4, (int64_t)run->digest);
	db_int(stmt, 5, now_ns());
	code = db_do(ledger, stmt, fault);
	sqlite3_finalize(stmt);
	ledger->run = sqlite3_last_insert_rowid(ledger->db);
	ledger->digest = run->digest;
	return code;
}

/* Roots keep their number from run to run: with it, an output row says which input it came from. */
static int add_root(struct ledger *ledger, sqlite3_stmt *add, sqlite3_stmt *get, const char *path,
	int64_t *id, struct fault *fault)
{
	int code;

	db_blob(add, 1, path, strlen(path));
	code = db_do(ledger, add, fault);
	if (code)
		return code;
	db_blob(get, 1, path, strlen(path));
	code = db_step(ledger, get, fault);
	if (code > 0)
		*id = sqlite3_column_int64(get, 0);
	sqlite3_reset(get);
	return code < 0 ? code : 0;
}

static int add_roots(struct ledger *ledger, const struct ledger_run *run, struct fault *fault)
{
	sqlite3_stmt *add = NULL, *get = NULL;
	int code = 0;

	free(ledger->root_id);
	ledger->root_count = run->root_count;
	ledger->root_dir = run->root_dir;
	ledger->root_id = calloc(run->root_count + 1, sizeof *ledger->root_id);
	if (!ledger->root_id)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	if (sqlite3_prepare_v2(
		    ledger->db, "INSERT OR IGNORE INTO root (path) VALUES (?1)", -1, &add, NULL) ||
		sqlite3_prepare_v2(
			ledger->db, "SELECT id FROM root WHERE path = ?1", -1, &get, NULL))
		code = db_fault(ledger, fault);
	for (uint32_t i = 0; !code && i < run->root_count; i++)
		code = add_root(ledger, add, get, run->root[i], &ledger->root_id[i], fault);
	sqlite3_finalize(add);
	sqlite3_finalize(get);
	return code;
}

/* A run that did not end may have left planned names without a file: see ledger_end(). */
static int note_unclean(struct ledger *ledger, struct fault *fault)
{
	int64_t open_runs = 0;
	int code = db_number(
		ledger, "SELECT count(*) FROM run WHERE ended_ns IS NULL", &open_runs, fault);

	ledger->unclean = open_runs > 0;
	return code;
}

int ledger_begin(struct ledger *ledger, const struct ledger_run *run, struct fault *fault)
{
	int code = db_begin(ledger, fault);

	if (!code)
		code = note_unclean(ledger, fault);
	if (!code)
		code = add_run(ledger, run, fault);
	if (!code)
		code = add_roots(ledger, run, fault);
	if (!code)
		code = db_exec(ledger,
			"DELETE FROM image; DELETE FROM clash; DELETE FROM involved; DELETE FROM "
			"hint",
			fault);
	return code ? code : db_commit(ledger, fault);
}
