/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing what earlier runs wrote and this one no longer wants. A file goes only while it is just as it was
 * recorded: what somebody has changed since is theirs.
 */
#include "ledger/internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A row whose file may go. */
struct stale {
	int64_t id;
	struct str path;
	uint64_t bytes;
	int64_t mtime_ns;
};

/* The first stale row behind `id`. A planned name that was written elsewhere this time is stale, too. */
static int stale_after(
	struct ledger *ledger, sqlite3_stmt *stmt, struct stale *stale, struct fault *fault)
{
	int code;

	sqlite3_reset(stmt);
	db_int(stmt, 1, stale->id);
	db_int(stmt, 2, ledger->run);
	code = db_step(ledger, stmt, fault);
	if (code <= 0)
		return code;
	stale->id = sqlite3_column_int64(stmt, 0);
	str_clear(&stale->path);
	str_add_bytes(
		&stale->path, sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
	stale->bytes = (uint64_t)sqlite3_column_int64(stmt, 2);
	stale->mtime_ns = sqlite3_column_int64(stmt, 3);
	sqlite3_reset(stmt);
	return stale->path.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "out of memory") : 1;
}

/* Folders above a file that is gone, as far as they are empty. */
static void remove_empty_folders(const struct ledger *ledger, struct str *path)
{
	char *slash;

	while ((slash = strrchr(path->text, '/'))) {
		*slash = 0;
		if (unlinkat(ledger->settings.dir, path->text, AT_REMOVEDIR))
			return;
	}
}

/* Behind the way to one of the run's own folders, if it begins with one. */
static const char *behind_way(const char *text, const char *const *ways)
{
	for (; *ways; ways++)
		if (**ways && !strncmp(text, *ways, strlen(*ways)))
			return text + strlen(*ways);
	return text;
}

/* A name below OUT, or one of the ways. The ledger may have come with the folder, from anywhere, and say anything. */
static bool is_inside(const struct str *path, const char *const *ways)
{
	const char *text = behind_way(str_text(path), ways);

	if (!*text || *text == '/' || strlen(str_text(path)) != path->length)
		return false;
	for (const char *part = text; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
			return false;
	}
	return true;
}

static void remove_file(struct ledger *ledger, struct stale *stale, struct ledger_pruned *pruned)
{
	struct stat st;

	if (!ledger_stat(ledger, stale->path.text, stale->path.length, &st))
		return; /* somebody was faster */
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != stale->bytes ||
		stat_mtime_ns(&st) != stale->mtime_ns) {
		pruned->changed++;
		return;
	}
	if (unlinkat(ledger->settings.dir, stale->path.text, 0)) {
		pruned->changed++;
		return;
	}
	pruned->removed++;
	remove_empty_folders(ledger, &stale->path);
}

static int forget(struct ledger *ledger, const struct stale *stale, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_FORGET, fault);
	int code = db_begin(ledger, fault);

	if (!stmt || code)
		return code ? code : IMGBATCH_E_LEDGER;
	db_int(stmt, 1, stale->id);
	code = db_do(ledger, stmt, fault);
	if (!code && ++ledger->rows >= PLAN_BATCH)
		code = db_commit(ledger, fault);
	return code;
}

static int prune_all(struct ledger *ledger, sqlite3_stmt *stmt, const char *const *ways,
	struct ledger_pruned *pruned, struct fault *fault)
{
	struct stale stale = {0};
	int code;

	while ((code = stale_after(ledger, stmt, &stale, fault)) > 0) {
		if (!is_inside(&stale.path, ways))
			continue;
		remove_file(ledger, &stale, pruned);
		code = forget(ledger, &stale, fault);
		if (code)
			break;
	}
	str_release(&stale.path);
	return code ? code : db_commit(ledger, fault);
}

int ledger_prune(struct ledger *ledger, const char *const *ways, struct ledger_pruned *pruned,
	struct fault *fault)
{
	sqlite3_stmt *stmt;
	int code;

	*pruned = (struct ledger_pruned){0};
	if (ledger->incomplete)
		return fault_set(fault, IMGBATCH_E_OPEN,
			"nothing was pruned: a folder of the input could not be listed");
	if (ledger->settings.dry)
		return 0;
	if (sqlite3_prepare_v2(ledger->db,
		    "SELECT id, ifnull(path, key), bytes, mtime_ns FROM output WHERE id > ?1 AND "
		    "made = 1 AND (run < ?2 OR seq < 0 OR moved IS NOT NULL) ORDER BY id LIMIT 1",
		    -1, &stmt, NULL))
		return db_fault(ledger, fault);
	code = prune_all(ledger, stmt, ways, pruned, fault);
	sqlite3_finalize(stmt);
	return code;
}
