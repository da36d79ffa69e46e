/* SPDX-License-Identifier: Apache-2.0 */
/* Questions: what `status` and `replay` show, also while a run goes on in another process. */
#include "ledger/internal.h"

#include <string.h>

const char *ledger_state_name(enum ledger_state state)
{
	static const char *const names[] = {
		[LEDGER_PLANNED] = "planned",
		[LEDGER_OK] = "ok",
		[LEDGER_DAMAGED] = "damaged",
		[LEDGER_FAILED] = "failed",
		[LEDGER_IGNORED] = "ignored",
		[LEDGER_SKIPPED] = "skipped",
		[LEDGER_NOT_ATTEMPTED] = "not_attempted",
	};

	return (size_t)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

static sqlite3_stmt *ask(struct ledger *ledger, const char *sql, struct fault *fault)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(ledger->db, sql, -1, &stmt, NULL))
		db_fault(ledger, fault);
	return stmt;
}

int ledger_counts(struct ledger *ledger, struct ledger_counts *counts, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	if (!ledger->readonly) {
		*counts = ledger->counts;
		return 0;
	}
	*counts = (struct ledger_counts){0};
	stmt = ask(ledger, "SELECT state, count(*), sum(outputs) FROM image GROUP BY state", fault);
	if (!stmt)
		return IMGBATCH_E_LEDGER;
	while ((code = db_step(ledger, stmt, fault)) > 0) {
		enum ledger_state state = (enum ledger_state)sqlite3_column_int(stmt, 0);
		uint64_t count = (uint64_t)sqlite3_column_int64(stmt, 1);

		*counts_of(counts, state) += count;
		counts->listed += count;
		if (state == LEDGER_DAMAGED)
			counts->ok += count;
		if (state == LEDGER_OK || state == LEDGER_DAMAGED)
			counts->outputs += (uint64_t)sqlite3_column_int64(stmt, 2);
	}
	sqlite3_finalize(stmt);
	return code;
}

int ledger_failures(struct ledger *ledger, int (*each)(void *ctx, int code, uint64_t count),
	void *ctx, struct fault *fault)
{
	sqlite3_stmt *stmt;
	char sql[200];
	int code;

	sqlite3_snprintf(sizeof sql, sql,
		"SELECT code, count(*) FROM image WHERE state = %d GROUP BY code "
		"ORDER BY 2 DESC, 1 DESC",
		LEDGER_FAILED);
	stmt = ask(ledger, sql, fault);
	if (!stmt)
		return IMGBATCH_E_LEDGER;
	while ((code = db_step(ledger, stmt, fault)) > 0)
		if (each(ctx, sqlite3_column_int(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1)))
			break;
	sqlite3_finalize(stmt);
	return code < 0 ? code : 0;
}

int ledger_each_failed(struct ledger *ledger,
	int (*each)(void *ctx, const struct ledger_image *image), void *ctx, struct fault *fault)
{
	struct image_row row;
	sqlite3_stmt *stmt;
	char sql[400];
	int code;

	sqlite3_snprintf(sizeof sql, sql,
		"SELECT " IMAGE_COLUMNS " FROM image WHERE state = %d ORDER BY seq", LEDGER_FAILED);
	stmt = ask(ledger, sql, fault);
	if (!stmt)
		return IMGBATCH_E_LEDGER;
	while ((code = db_step(ledger, stmt, fault)) > 0) {
		str_clear(&ledger->names);
		image_from_row(ledger, stmt, &row, &ledger->names);
		if (ledger->names.failed)
			code = fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
		if (code < 0 || each(ctx, image_fix(&row, &ledger->names)))
			break;
	}
	sqlite3_finalize(stmt);
	return code < 0 ? code : 0;
}

/* --- runs and origins --- */

/* Appends a column with a NUL behind it; returns where it begins. */
static size_t keep(struct str *text, sqlite3_stmt *stmt, int column)
{
	size_t at = text->length;

	str_add_bytes(text, sqlite3_column_blob(stmt, column),
		(size_t)sqlite3_column_bytes(stmt, column));
	str_add_char(text, 0);
	return at;
}

/* The run with this number, its texts kept in ledger->key. 1: filled; 0: no such run. */
static int about_run(
	struct ledger *ledger, int64_t run, struct ledger_about *about, struct fault *fault)
{
	struct str *text = &ledger->key;
	size_t version, recipe, settings;
	sqlite3_stmt *stmt = ask(ledger,
		"SELECT id, version, recipe, settings, digest, started_ns, ended_ns, code "
		"FROM run WHERE id = ?1",
		fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, run);
	code = db_step(ledger, stmt, fault);
	if (code > 0) {
		str_clear(text);
		version = keep(text, stmt, 1);
		recipe = keep(text, stmt, 2);
		settings = keep(text, stmt, 3);
		*about = (struct ledger_about){
			.run = (uint64_t)sqlite3_column_int64(stmt, 0),
			.version = str_text(text) + version,
			.recipe = str_text(text) + recipe,
			.settings = str_text(text) + settings,
			.digest = (uint64_t)sqlite3_column_int64(stmt, 4),
			.started_ns = sqlite3_column_int64(stmt, 5),
			.ended_ns = sqlite3_column_int64(stmt, 6),
			.code = sqlite3_column_int(stmt, 7),
		};
		if (text->failed)
			code = fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	}
	sqlite3_finalize(stmt);
	return code;
}

int ledger_about(struct ledger *ledger, struct ledger_about *about, struct fault *fault)
{
	int64_t run = 0;
	int code = db_number(ledger, "SELECT ifnull(max(id), 0) FROM run", &run, fault);

	return code ? code : about_run(ledger, run, about, fault);
}

static void origin_from_row(
	struct ledger *ledger, sqlite3_stmt *stmt, struct ledger_origin *origin, int64_t *made_run)
{
	struct str *text = &ledger->taken;
	size_t path, recipe, root, input;

	str_clear(text);
	path = keep(text, stmt, 0);
	recipe = keep(text, stmt, 1);
	root = keep(text, stmt, 2);
	input = keep(text, stmt, 3);
	*origin = (struct ledger_origin){
		.output.path = str_text(text) + path,
		.output.path_size = recipe - path - 1,
		.output.recipe = str_text(text) + recipe,
		.output.made = true,
		.output.seq = (uint64_t)sqlite3_column_int64(stmt, 4),
		.output.index = (uint32_t)sqlite3_column_int64(stmt, 5),
		.output.bytes = (uint64_t)sqlite3_column_int64(stmt, 6),
		.output.mtime_ns = sqlite3_column_int64(stmt, 7),
		.output.width = (uint32_t)sqlite3_column_int64(stmt, 8),
		.output.height = (uint32_t)sqlite3_column_int64(stmt, 9),
		.output.digest = (uint64_t)sqlite3_column_int64(stmt, 10),
		.root = str_text(text) + root,
		.input = str_text(text) + input,
		.input_path_size = text->length - input - 1,
		.input_size = (uint64_t)sqlite3_column_int64(stmt, 11),
		.input_mtime_ns = sqlite3_column_int64(stmt, 12),
	};
	*made_run = sqlite3_column_int64(stmt, 13);
}

/* By the name as it is compared, or, where the file system folds case and that differs, by the name as written. */
static int origin_row(struct ledger *ledger, bool by_key, const char *path, size_t path_size,
	struct ledger_origin *origin, int64_t *run, struct fault *fault)
{
	char sql[500];
	sqlite3_stmt *stmt;
	int code;

	sqlite3_snprintf(sizeof sql, sql,
		"SELECT ifnull(o.path, o.key), o.recipe, r.path, o.input, o.seq, o.idx, o.bytes, "
		"o.mtime_ns, o.width, o.height, o.digest, o.input_size, o.input_mtime_ns, "
		"o.made_run "
		"FROM output o LEFT JOIN root r ON r.id = o.root WHERE o.%s = ?1 AND o.made = 1",
		by_key ? "key" : "path");
	stmt = ask(ledger, sql, fault);
	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, path, path_size);
	code = db_step(ledger, stmt, fault);
	if (code > 0)
		origin_from_row(ledger, stmt, origin, run);
	sqlite3_finalize(stmt);
	if (code > 0 && ledger->taken.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	return code;
}

int ledger_origin(struct ledger *ledger, const char *path, size_t path_size,
	struct ledger_origin *origin, struct fault *fault)
{
	int64_t run = 0;
	int code = origin_row(ledger, true, path, path_size, origin, &run, fault);

	if (!code)
		code = origin_row(ledger, false, path, path_size, origin, &run, fault);
	if (code <= 0)
		return code;
	code = about_run(ledger, run, &origin->about, fault);
	return code < 0 ? code : 1;
}
