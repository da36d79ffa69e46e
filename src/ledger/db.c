/* SPDX-License-Identifier: Apache-2.0 */
/* The thin layer over SQLite: statements prepared once, transactions, and its errors as ours. */
#include "ledger/internal.h"

static const char *const texts[STMT_COUNT] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_IMAGE_ADD] =
		"INSERT INTO image (seq, root, path, name, follow, outputs, state, code, "
		"detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STMT_IMAGE_GET] = "SELECT " IMAGE_COLUMNS " FROM image WHERE seq = ?1",
	[STMT_IMAGE_CHUNK] = "SELECT " IMAGE_COLUMNS
			     " FROM image WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
	[STMT_IMAGE_FINISH] =
		"UPDATE image SET state = ?2, code = ?3, stage = ?4, detail = ?5, warnings = ?6, "
		"size = ?7, mtime_ns = ?8, width = ?9, height = ?10, read_us = ?11, work_us = ?12, "
		"write_us = ?13 WHERE seq = ?1",
	[STMT_IMAGE_STATE] =
		"UPDATE image SET state = ?2, code = ?3, stage = ?4, detail = ?5 WHERE seq = ?1",
	[STMT_IMAGE_RENAMED] = "UPDATE image SET number = ?2, outputs = ?3 WHERE seq = ?1",
	[STMT_OUTPUT_ADD] = "INSERT INTO output (key, path, run, seq, idx, flags, root, input) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING",
	[STMT_OUTPUT_BY_KEY] =
		"SELECT id, run, seq, idx, root, digest, flags, made, input, input_size, bytes, "
		"input_mtime_ns, mtime_ns, side, moved FROM output WHERE key = ?1",
	[STMT_OUTPUT_TAKE] =
		"UPDATE output SET path = ?2, run = ?3, flags = ?4, seq = ?5, idx = ?6 "
		"WHERE id = ?1",
	/* The same place as in the last run: the index on (seq, idx) is left alone. */
	[STMT_OUTPUT_RETAKE] = "UPDATE output SET path = ?2, run = ?3, flags = ?4 WHERE id = ?1",
	[STMT_OUTPUT_GET] = "SELECT id, ifnull(path, key), flags, made, bytes, mtime_ns, width, "
			    "height, recipe, "
			    "digest, stored_width, stored_height, orientation FROM output "
			    "WHERE seq = ?1 AND idx = ?2 AND run = ?3",
	[STMT_OUTPUT_MOVE] = "UPDATE output SET idx = ?2, moved = ?3 WHERE id = ?1",
	[STMT_OUTPUT_FORGET] = "DELETE FROM output WHERE id = ?1",
	[STMT_OUTPUT_FINISH] =
		"UPDATE output SET made = 1, moved = NULL, flags = 1, made_run = ?3, "
		"root = (SELECT root FROM image WHERE seq = ?1), "
		"input = (SELECT path FROM image WHERE seq = ?1), "
		"digest = ?4, input_size = ?5, input_mtime_ns = ?6, side = ?7, bytes = ?8, "
		"mtime_ns = ?9, width = ?10, height = ?11, recipe = ?12, "
		"stored_width = ?13, stored_height = ?14, orientation = ?15 "
		"WHERE seq = ?1 AND idx = ?2 AND run = ?3",
	/* An image lets go of its names: those never written are forgotten, others wait for a new owner. */
	[STMT_OUTPUT_DROP] = "DELETE FROM output WHERE seq = ?1 AND run = ?2 AND made = 0",
	[STMT_OUTPUT_RELEASE] = "UPDATE output SET seq = -1 WHERE seq = ?1 AND run = ?2",
	[STMT_OUTPUT_SETTLED] =
		"SELECT count(*) FROM output WHERE seq = ?1 AND run = ?2 AND idx >= 0 "
		"AND flags & 10",
	[STMT_CLASH_ADD] = "INSERT INTO clash (seq, idx, path, holder) VALUES (?1, ?2, ?3, ?4)",
	[STMT_CLASH_AFTER] =
		"SELECT id, seq, idx, path FROM clash WHERE id > ?1 ORDER BY id LIMIT 1",
	[STMT_CLASH_DROP] = "DELETE FROM clash WHERE id = ?1",
	[STMT_CLASH_DROP_IMAGE] = "DELETE FROM clash WHERE seq = ?1",
	[STMT_CLASH_OF_IMAGE] = "SELECT count(*) FROM clash WHERE seq = ?1",
	[STMT_INVOLVED_AFTER] = "SELECT seq FROM involved WHERE seq >= ?1 ORDER BY seq LIMIT 1",
	[STMT_HINT_GET] = "SELECT number FROM hint WHERE path = ?1",
	[STMT_HINT_SET] = "INSERT INTO hint (path, number) VALUES (?1, ?2) "
			  "ON CONFLICT (path) DO UPDATE SET number = ?2",
};

int db_fault(struct ledger *ledger, struct fault *fault)
{
	int code = sqlite3_errcode(ledger->db);

	if (code == SQLITE_NOMEM)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	return fault_set(fault, IMGBATCH_E_LEDGER, "ledger: %s", sqlite3_errmsg(ledger->db));
}

int db_exec(struct ledger *ledger, const char *sql, struct fault *fault)
{
	return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) ? db_fault(ledger, fault) : 0;
}

sqlite3_stmt *db_stmt(struct ledger *ledger, enum statement statement, struct fault *fault)
{
	sqlite3_stmt **stmt = &ledger->stmt[statement];

	if (*stmt)
		sqlite3_reset(*stmt);
	else if (sqlite3_prepare_v3(
			 ledger->db, texts[statement], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL))
		db_fault(ledger, fault);
	return *stmt;
}

int db_step(struct ledger *ledger, sqlite3_stmt *stmt, struct fault *fault)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		db_fault(ledger, fault);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : IMGBATCH_E_LEDGER;
}

int db_do(struct ledger *ledger, sqlite3_stmt *stmt, struct fault *fault)
{
	int code = db_step(ledger, stmt, fault);

	if (code > 0) {
		sqlite3_reset(stmt);
		code = 0;
	}
	return code;
}

void db_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t size)
{
	if (bytes && !size)
		sqlite3_bind_zeroblob(stmt, at, 0);
	else
		sqlite3_bind_blob64(stmt, at, bytes, size, SQLITE_STATIC);
}

void db_int(sqlite3_stmt *stmt, int at, int64_t value)
{
	sqlite3_bind_int64(stmt, at, value);
}

void db_text(sqlite3_stmt *stmt, int at, const char *text, size_t size)
{
	if (text && size)
		sqlite3_bind_text64(stmt, at, text, size, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_null(stmt, at);
}

int db_number(struct ledger *ledger, const char *sql, int64_t *value, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(ledger->db, sql, -1, &stmt, NULL))
		return db_fault(ledger, fault);
	code = db_step(ledger, stmt, fault);
	*value = code > 0 ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return code < 0 ? code : 0;
}

int db_begin(struct ledger *ledger, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (ledger->in_transaction)
		return 0;
	stmt = db_stmt(ledger, STMT_BEGIN, fault);
	code = stmt ? db_do(ledger, stmt, fault) : IMGBATCH_E_LEDGER;
	ledger->in_transaction = !code;
	ledger->rows = 0;
	return code;
}

int db_commit(struct ledger *ledger, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (!ledger->in_transaction || ledger->settings.dry)
		return 0;
	stmt = db_stmt(ledger, STMT_COMMIT, fault);
	code = stmt ? db_do(ledger, stmt, fault) : IMGBATCH_E_LEDGER;
	ledger->in_transaction = !sqlite3_get_autocommit(ledger->db);
	return code;
}
