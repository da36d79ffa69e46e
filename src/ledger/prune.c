/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing what earlier runs wrote and this one no longer wants. A file goes only while it is just as it was
 * recorded: what somebody has changed since is theirs.
 */
#include "ledger/internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PRUNE_BATCH = 1024 }; /* files that are made durably gone together */

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

/* Tells who makes it durable. */
static int remove_file(struct ledger *ledger, const struct ledger_pruner *pruner,
	struct stale *stale, struct ledger_pruned *pruned)
{
	struct stat st;

	if (!ledger_stat(ledger, stale->path.text, stale->path.length, &st))
		return 0; /* somebody was faster */
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != stale->bytes ||
		stat_mtime_ns(&st) != stale->mtime_ns ||
		unlinkat(ledger->settings.dir, stale->path.text, 0)) {
		pruned->changed++;
		return 0;
	}
	pruned->removed++;
	if (pruner->removed && pruner->removed(pruner->ctx, stale->path.text))
		return IMGBATCH_E_NOMEM;
	remove_empty_folders(ledger, &stale->path);
	return 0;
}

static int forget(struct ledger *ledger, int64_t id, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_FORGET, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, id);
	return db_do(ledger, stmt, fault);
}

/* Rows of files that are gone for good: one that power brought back after its row had gone would be nobody's. */
static int forget_all(struct ledger *ledger, const struct ledger_pruner *pruner, const int64_t *id,
	size_t count, struct fault *fault)
{
	int code = pruner->settle ? pruner->settle(pruner->ctx, fault) : 0;

	if (!code)
		code = db_begin(ledger, fault);
	for (size_t i = 0; !code && i < count; i++)
		code = forget(ledger, id[i], fault);
	return code ? code : db_commit(ledger, fault);
}

static int prune_all(struct ledger *ledger, sqlite3_stmt *stmt, const struct ledger_pruner *pruner,
	struct ledger_pruned *pruned, struct fault *fault)
{
	int64_t gone[PRUNE_BATCH];
	struct stale stale = {0};
	size_t count = 0;
	int code;

	while ((code = stale_after(ledger, stmt, &stale, fault)) > 0) {
		if (!is_inside(&stale.path, pruner->ways))
			continue;
		gone[count++] = stale.id;
		code = remove_file(ledger, pruner, &stale, pruned);
		if (code) {
			fault_set(fault, code, "out of memory");
			break;
		}
		if (count < PRUNE_BATCH)
			continue;
		code = forget_all(ledger, pruner, gone, count, fault);
		count = 0;
		if (code)
			break;
	}
	str_release(&stale.path);
	return code || !count ? code : forget_all(ledger, pruner, gone, count, fault);
}

int ledger_prune(struct ledger *ledger, const struct ledger_pruner *pruner,
	struct ledger_pruned *pruned, struct fault *fault)
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
	code = prune_all(ledger, stmt, pruner, pruned, fault);
	sqlite3_finalize(stmt);
	return code;
}
