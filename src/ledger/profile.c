/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the last run measured of itself, as text. The table is made when it is first written to: ledgers of older versions have
 * none, and older versions leave it alone.
 */
#include "ledger/internal.h"

#include <string.h>

enum { TEXT_MOST = 8 << 20 }; /* bytes that are believed of a file which may come from anywhere */

static int put(struct ledger *ledger, const char *verdict, const char *json, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(ledger->db,
		    "INSERT INTO profile (run, verdict, json) VALUES (?1, ?2, ?3)", -1, &stmt,
		    NULL))
		return db_fault(ledger, fault);
	db_int(stmt, 1, ledger->run);
	db_text(stmt, 2, verdict, strlen(verdict));
	db_text(stmt, 3, json, strlen(json));
	code = db_do(ledger, stmt, fault);
	sqlite3_finalize(stmt);
	return code;
}

int ledger_put_profile(
	struct ledger *ledger, const char *verdict, const char *json, struct fault *fault)
{
	int code = db_begin(ledger, fault);

	if (!code)
		code = db_exec(ledger,
			"CREATE TABLE IF NOT EXISTS profile "
			"(run INTEGER PRIMARY KEY, verdict TEXT, json TEXT);"
			"DELETE FROM profile",
			fault);
	if (!code)
		code = put(ledger, verdict, json, fault);
	return code ? code : db_commit(ledger, fault);
}

static void take(sqlite3_stmt *stmt, int column, struct str *text)
{
	const char *bytes = sqlite3_column_blob(stmt, column);
	size_t size = (size_t)sqlite3_column_bytes(stmt, column);

	if (bytes && size <= TEXT_MOST && str_is_utf8(bytes, size) && !memchr(bytes, 0, size))
		str_add_bytes(text, bytes, size);
}

/* Text that is no JSON is left out, and what is comes without spaces. */
static int get(struct ledger *ledger, struct str *verdict, struct str *json, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(ledger->db,
		    "SELECT verdict, CASE WHEN json_valid(json) THEN json(json) END FROM profile "
		    "WHERE run = (SELECT max(id) FROM run)",
		    -1, &stmt, NULL))
		return db_fault(ledger, fault);
	code = db_step(ledger, stmt, fault);
	if (code > 0) {
		take(stmt, 0, verdict);
		take(stmt, 1, json);
		if (verdict->failed || json->failed)
			code = fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	}
	sqlite3_finalize(stmt);
	return code;
}

int ledger_get_profile(
	struct ledger *ledger, struct str *verdict, struct str *json, struct fault *fault)
{
	int64_t there = 0;
	int code = db_number(ledger,
		"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'profile'",
		&there, fault);

	str_clear(verdict);
	str_clear(json);
	if (code || !there)
		return code;
	return get(ledger, verdict, json, fault);
}
