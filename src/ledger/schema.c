/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening: tables, versions, and how the file is journaled.
 *
 * Write-ahead logging lets `status` read while a run writes, but needs memory shared between processes, which network
 * file systems do not give; there the ledger falls back to a rollback journal.
 */
#include "ledger/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x494d4742 /* "IMGB" */ };

/*
 * Names and paths are blobs: bytes, compared as such. output.key is the name as it is compared (folded where
 * the file system folds); output.path is NULL where it is the same. output.seq is -1 for a row that no image
 * of the run holds; idx is -1 - i for the planned name of output i that was written under another one (`moved`).
 */
static const char schema[] =
	"CREATE TABLE run (id INTEGER PRIMARY KEY, version TEXT, recipe TEXT, settings TEXT,"
	" digest INTEGER, started_ns INTEGER, ended_ns INTEGER, code INTEGER,"
	" listed INTEGER, ok INTEGER, damaged INTEGER, failed INTEGER, ignored INTEGER,"
	" skipped INTEGER, not_attempted INTEGER, outputs INTEGER);"
	"CREATE TABLE root (id INTEGER PRIMARY KEY, path BLOB UNIQUE);"
	"CREATE TABLE image (seq INTEGER PRIMARY KEY, root INTEGER, path BLOB, name BLOB,"
	" follow INTEGER, number INTEGER NOT NULL DEFAULT 0, outputs INTEGER, state INTEGER,"
	" code INTEGER, stage TEXT, detail TEXT, warnings INTEGER, size INTEGER, mtime_ns INTEGER,"
	" width INTEGER, height INTEGER, read_us INTEGER, work_us INTEGER, write_us INTEGER);"
	"CREATE TABLE output (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, path BLOB,"
	" run INTEGER, seq INTEGER, idx INTEGER, flags INTEGER, made INTEGER NOT NULL DEFAULT 0,"
	" made_run INTEGER, root INTEGER, input BLOB, digest INTEGER, input_size INTEGER,"
	" input_mtime_ns INTEGER, side INTEGER, bytes INTEGER, mtime_ns INTEGER, width INTEGER,"
	" height INTEGER, recipe TEXT, moved BLOB,"
	" stored_width INTEGER, stored_height INTEGER, orientation INTEGER);"
	"CREATE INDEX output_seq ON output (seq, idx);"
	"CREATE TABLE clash (id INTEGER PRIMARY KEY, seq INTEGER, idx INTEGER, path BLOB,"
	" holder INTEGER);"
	"CREATE INDEX clash_seq ON clash (seq);"
	"CREATE TABLE involved (seq INTEGER PRIMARY KEY);"
	"CREATE TABLE hint (path BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;"
	"PRAGMA application_id = 1229801282;" /* APPLICATION_ID */
	"PRAGMA user_version = 1;"; /* LEDGER_SCHEMA */

_Static_assert(APPLICATION_ID == 1229801282, "as in the schema");
_Static_assert(LEDGER_SCHEMA == 1, "as in the schema");

static bool is_network(const char *path)
{
	static const uint32_t types[] = {0x6969 /* NFS */, 0x517b /* SMB */, 0xff534d42 /* CIFS */,
		0xfe534d42 /* SMB2 */, 0x65735546 /* FUSE */, 0x01021997 /* 9P */,
		0x00c36400 /* Ceph */, 0x0bd00bd0 /* Lustre */, 0x5346414f /* AFS */};
	struct statfs fs;

	if (statfs(path, &fs))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* A journal mode is granted or not; SQLite answers with the one that holds. */
static bool set_journal(struct ledger *ledger, const char *sql, const char *wanted)
{
	sqlite3_stmt *stmt;
	const unsigned char *mode;
	bool granted = false;

	if (sqlite3_prepare_v2(ledger->db, sql, -1, &stmt, NULL))
		return false;
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		mode = sqlite3_column_text(stmt, 0);
		granted = mode && !strcmp((const char *)mode, wanted);
	}
	sqlite3_finalize(stmt);
	return granted;
}

static int tune(struct ledger *ledger, struct fault *fault)
{
	const char *path = ledger->settings.path;
	bool durable = path && ledger->settings.durable, log;
	int code;

	sqlite3_busy_timeout(ledger->db, 10000);
	code = db_exec(
		ledger, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF", fault);
	if (code)
		return code;
	if (!path)
		return db_exec(
			ledger, "PRAGMA journal_mode = OFF; PRAGMA cache_size = -8192", fault);
	log = !is_network(path) && set_journal(ledger, "PRAGMA journal_mode = WAL", "wal");
	if (!log)
		set_journal(ledger, "PRAGMA journal_mode = DELETE", "delete");
	/* With a log, NORMAL syncs at checkpoints only: a power cut may lose the last commits, never the file. */
	if (log && durable)
		code = db_exec(ledger, "PRAGMA synchronous = NORMAL", fault);
	return code ? code
		    : db_exec(ledger,
			      "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 8192;"
			      "PRAGMA journal_size_limit = 67108864",
			      fault);
}

/* 1: a new, empty file; 0: a ledger of this version. */
static int check_version(struct ledger *ledger, struct fault *fault)
{
	int64_t application = 0, version = 0, tables = 0;
	int code = db_number(ledger, "PRAGMA application_id", &application, fault);

	if (!code)
		code = db_number(ledger, "PRAGMA user_version", &version, fault);
	if (!code)
		code = db_number(ledger, "SELECT count(*) FROM sqlite_master", &tables, fault);
	if (code)
		return code;
	if (!application && !version && !tables)
		return 1;
	if (application != APPLICATION_ID)
		return fault_set(fault, IMGBATCH_E_LEDGER, "the file is not a ledger of imgbatch");
	if (version > LEDGER_SCHEMA)
		return fault_set(fault, IMGBATCH_E_LEDGER,
			"the ledger was written by a newer imgbatch (its format is %lld, this one "
			"reads up to %d)",
			(long long)version, LEDGER_SCHEMA);
	return 0;
}

static int make_tables(struct ledger *ledger, struct fault *fault)
{
	int code = db_exec(ledger, "BEGIN IMMEDIATE", fault);

	if (!code)
		code = db_exec(ledger, schema, fault);
	if (!code)
		code = db_exec(ledger, "COMMIT", fault);
	return code;
}

/* Ledgers of before there were boxes lack three columns; what reads older ledgers only never asks for these. */
static int add_columns(struct ledger *ledger, struct fault *fault)
{
	int64_t there = 0;
	int code = db_number(ledger,
		"SELECT count(*) FROM pragma_table_info('output') WHERE name = 'orientation'",
		&there, fault);

	if (code || there)
		return code;
	return db_exec(ledger,
		"BEGIN IMMEDIATE; ALTER TABLE output ADD COLUMN stored_width INTEGER;"
		"ALTER TABLE output ADD COLUMN stored_height INTEGER;"
		"ALTER TABLE output ADD COLUMN orientation INTEGER; COMMIT",
		fault);
}

static int open_file(struct ledger *ledger, const char *path, int flags, struct fault *fault)
{
	/* An empty name is a private file that SQLite makes, unlinks and forgets. */
	if (sqlite3_open_v2(path ? path : "", &ledger->db, flags | SQLITE_OPEN_NOMUTEX, NULL))
		return ledger->db ? db_fault(ledger, fault)
				  : fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	return 0;
}

int ledger_open(struct ledger **ledger, const struct ledger_settings *settings, struct fault *fault)
{
	struct ledger *l = calloc(1, sizeof *l);
	int code;

	*ledger = NULL;
	if (!l)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	l->settings = *settings;
	code = open_file(l, settings->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fault);
	if (!code)
		code = check_version(l, fault);
	if (code >= 0) {
		int fresh = code;

		code = tune(l, fault);
		if (!code)
			code = fresh ? make_tables(l, fault) : add_columns(l, fault);
	}
	if (code) {
		ledger_close(l);
		return code;
	}
	*ledger = l;
	return 0;
}

/* Characters that mean something in a URI. */
static void add_uri(struct str *uri, const char *path)
{
	str_add(uri, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			str_addf(uri, "%%%02x", (unsigned char)*path);
		else
			str_add_char(uri, *path);
	}
	str_add(uri, "?immutable=1");
}

/* On a medium that cannot be written there is no run going on, and no shared memory to be had. */
static int reopen_immutable(struct ledger *ledger, const char *path, struct fault *fault)
{
	struct str uri = STR_INIT;
	int code;

	sqlite3_close(ledger->db);
	ledger->db = NULL;
	add_uri(&uri, path);
	code = open_file(ledger, str_text(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, fault);
	str_release(&uri);
	return code ? code : check_version(ledger, fault);
}

int ledger_open_readonly(struct ledger **ledger, const char *path, struct fault *fault)
{
	struct ledger *l;
	int64_t run = 0;
	int code;

	*ledger = NULL;
	if (access(path, F_OK))
		return fault_set(
			fault, IMGBATCH_E_NOTHING, "no ledger there: %s", strerrordesc_np(errno));
	l = calloc(1, sizeof *l);
	if (!l)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	l->readonly = true;
	l->settings = (struct ledger_settings){.path = path, .dir = -1};
	code = open_file(l, path, SQLITE_OPEN_READONLY, fault);
	if (!code) {
		sqlite3_busy_timeout(l->db, 10000);
		code = check_version(l, fault);
	}
	if (code < 0 && l->db && sqlite3_errcode(l->db) != SQLITE_OK)
		code = reopen_immutable(l, path, fault);
	if (code == 1)
		code = fault_set(fault, IMGBATCH_E_NOTHING, "the ledger is empty");
	if (!code)
		code = db_number(l, "SELECT ifnull(max(id), 0) FROM run", &run, fault);
	if (code) {
		ledger_close(l);
		return code;
	}
	l->run = run;
	*ledger = l;
	return 0;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (int i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(ledger->stmt[i]);
	if (ledger->db && !sqlite3_get_autocommit(ledger->db))
		sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(ledger->db);
	free(ledger->root_id);
	free(ledger->pending);
	free(ledger->chunk);
	str_release(&ledger->text);
	str_release(&ledger->chunk_text);
	str_release(&ledger->key);
	str_release(&ledger->taken);
	str_release(&ledger->names);
	ledger_names_release(&ledger->renamed);
	free(ledger);
}
