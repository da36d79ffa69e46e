/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning one input: each of its outputs takes its name, or finds it taken.
 *
 *	no row has the name             a new row; a file there is foreign
 *	a row of an earlier run has it  ours: up to date, kept, or to be done again
 *	an image of this run has it     a collision, noted for ledger_settle()
 *
 * An input is looked at (stat) only when a row of an earlier run could match it, and the output folder only when
 * it was not empty: the first run over a million images makes no call a file here.
 */
#include "ledger/internal.h"

#include "base/list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* --- names --- */

void ledger_names_clear(struct ledger_names *names)
{
	str_clear(&names->text);
	names->count = 0;
}

void ledger_names_release(struct ledger_names *names)
{
	str_release(&names->text);
	free(names->end);
	*names = (struct ledger_names){0};
}

int ledger_names_add(struct ledger_names *names)
{
	size_t *end = list_room(names->end, sizeof *end, names->count + 1, &names->room, 16);

	if (!end)
		return IMGBATCH_E_NOMEM;
	names->end = end;
	names->end[names->count++] = names->text.length;
	return names->text.failed ? IMGBATCH_E_NOMEM : 0;
}

const char *ledger_key(struct ledger *ledger, const char *path, size_t size, size_t *key_size)
{
	if (!ledger->settings.fold) {
		*key_size = size;
		return path;
	}
	str_clear(&ledger->key);
	ledger->settings.fold(&ledger->key, path, size);
	*key_size = ledger->key.length;
	return ledger->key.failed ? NULL : str_text(&ledger->key);
}

bool ledger_stat(const struct ledger *ledger, const char *path, size_t size, struct stat *st)
{
	char name[4096];

	if (ledger->settings.dir < 0 || size >= sizeof name)
		return false;
	memcpy(name, path, size);
	name[size] = 0;
	return !fstatat(ledger->settings.dir, name, st, AT_SYMLINK_NOFOLLOW);
}

/* --- rows of earlier runs --- */

static void found_fill(struct ledger *ledger, sqlite3_stmt *stmt, struct found *found)
{
	struct str *text = &ledger->taken;

	str_clear(text);
	*found = (struct found){
		.id = sqlite3_column_int64(stmt, 0),
		.run = sqlite3_column_int64(stmt, 1),
		.seq = sqlite3_column_int64(stmt, 2),
		.index = sqlite3_column_int64(stmt, 3),
		.root = sqlite3_column_int64(stmt, 4),
		.digest = sqlite3_column_int64(stmt, 5),
		.flags = (unsigned)sqlite3_column_int(stmt, 6),
		.made = sqlite3_column_int(stmt, 7),
		.input_size = (size_t)sqlite3_column_bytes(stmt, 8),
		.size = (uint64_t)sqlite3_column_int64(stmt, 9),
		.bytes = (uint64_t)sqlite3_column_int64(stmt, 10),
		.size_mtime_ns = sqlite3_column_int64(stmt, 11),
		.mtime_ns = sqlite3_column_int64(stmt, 12),
		.side = sqlite3_column_int64(stmt, 13),
		.moved_size = (size_t)sqlite3_column_bytes(stmt, 14),
	};
	str_add_bytes(text, sqlite3_column_blob(stmt, 8), found->input_size);
	str_add_bytes(text, sqlite3_column_blob(stmt, 14), found->moved_size);
	found->input = str_text(text);
	found->moved = str_text(text) + found->input_size;
}

int ledger_find(struct ledger *ledger, const char *path, size_t size, struct found *found,
	struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_BY_KEY, fault);
	size_t key_size;
	const char *key = ledger_key(ledger, path, size, &key_size);
	int code;

	if (!stmt || !key)
		return stmt ? IMGBATCH_E_NOMEM : IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, key, key_size);
	code = db_step(ledger, stmt, fault);
	if (code > 0) {
		found_fill(ledger, stmt, found);
		sqlite3_reset(stmt);
		if (ledger->taken.failed)
			return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	}
	return code;
}

bool ledger_is_taken(const struct ledger *ledger, const struct found *found)
{
	return found->run == ledger->run && found->seq >= 0;
}

/* A file at this name is one that an earlier run wrote, or was about to write when it was killed. */
static bool is_ours(const struct found *found)
{
	return found->made || (!(found->flags & OUTPUT_FOREIGN) && !found->moved_size);
}

/* --- is it up to date? --- */

uint64_t ledger_side(uint64_t size, int64_t mtime_ns)
{
	/* One number that differs when either does, for all that files do in practice; never 0. */
	uint64_t mixed = ((uint64_t)mtime_ns ^ size * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;

	return (mixed ^ mixed >> 32) | 1;
}

uint64_t ledger_sides_add(uint64_t sides, uint64_t side)
{
	return side ? sides * 0x9e3779b97f4a7c15u + side : sides;
}

/* Looks at the input, once an image. */
static bool planning_stat(struct planning *planning)
{
	const struct ledger_input *input = planning->input;
	int flags = input->follow ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat side;

	if (planning->stated)
		return planning->stated > 0;
	planning->stated = -1;
	if (fstatat(input->dir, input->path, &planning->st, flags))
		return false;
	for (int i = 0; i < LEDGER_BESIDE_MAX; i++) {
		const struct ledger_beside *beside = &input->beside[i];

		if (!beside->path)
			continue;
		if (fstatat(beside->dir, beside->path, &side, 0))
			return false;
		planning->side = ledger_sides_add(
			planning->side, ledger_side((uint64_t)side.st_size, stat_mtime_ns(&side)));
	}
	planning->side = ledger_sides_add(planning->side, input->also);
	planning->stated = 1;
	return true;
}

static bool input_matches(
	struct ledger *ledger, struct planning *planning, const struct found *found)
{
	const struct ledger_input *input = planning->input;

	return found->made && found->digest == (int64_t)ledger->digest &&
		found->root == ledger->root_id[input->root] &&
		found->input_size == input->path_size &&
		!memcmp(found->input, input->path, input->path_size) && planning_stat(planning) &&
		found->size == (uint64_t)planning->st.st_size &&
		found->size_mtime_ns == stat_mtime_ns(&planning->st) &&
		(uint64_t)found->side == planning->side;
}

static bool file_matches(const struct found *found, const struct stat *file)
{
	return S_ISREG(file->st_mode) && found->bytes == (uint64_t)file->st_size &&
		found->mtime_ns == stat_mtime_ns(file);
}

static bool is_current(struct ledger *ledger, struct planning *planning, const struct found *found,
	const struct stat *file)
{
	return file && ledger->settings.if_exists == LEDGER_UPDATE &&
		!(found->flags & OUTPUT_DOUBT) && file_matches(found, file) &&
		input_matches(ledger, planning, found);
}

/* --- taking a name --- */

static unsigned flags_of_foreign(const struct ledger *ledger, bool exists)
{
	switch (ledger->settings.if_exists) {
	case LEDGER_OVERWRITE:
		return OUTPUT_REPLACE;
	case LEDGER_SKIP:
		return exists ? OUTPUT_KEEP | OUTPUT_FOREIGN : 0;
	default:
		return exists ? OUTPUT_FOREIGN : 0;
	}
}

/* What a run planned that ended suddenly may be there without all its bytes, if power was cut: that is never kept. */
static unsigned flags_of_ours(
	const struct ledger *ledger, const struct found *found, bool exists, bool current)
{
	if (exists && found->made && ledger->settings.if_exists == LEDGER_SKIP)
		return OUTPUT_KEEP | OUTPUT_REPLACE;
	if (exists && ledger->settings.if_exists == LEDGER_ERROR)
		return 0;
	return OUTPUT_REPLACE | (current ? OUTPUT_MATCH : 0);
}

static int take_row(struct ledger *ledger, const struct found *found, uint64_t seq, int64_t index,
	unsigned flags, const char *path, size_t size, struct fault *fault)
{
	bool same = found->seq == (int64_t)seq && found->index == index;
	sqlite3_stmt *stmt = db_stmt(ledger, same ? STMT_OUTPUT_RETAKE : STMT_OUTPUT_TAKE, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, found->id);
	db_blob(stmt, 2, ledger->settings.fold ? path : NULL, size);
	db_int(stmt, 3, ledger->run);
	db_int(stmt, 4, flags | (found->flags & OUTPUT_DOUBT));
	if (!same) {
		db_int(stmt, 5, (int64_t)seq);
		db_int(stmt, 6, index);
	}
	ledger->rows++;
	return db_do(ledger, stmt, fault);
}

/* A new row. 1: added; 0: the name has one already. */
static int add_row(struct ledger *ledger, const struct planning *planning, uint32_t index,
	unsigned flags, const char *path, size_t size, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_ADD, fault);
	const struct ledger_input *input = planning->input;
	size_t key_size;
	const char *key = ledger_key(ledger, path, size, &key_size);
	int code;

	if (!stmt || !key)
		return stmt ? IMGBATCH_E_NOMEM : IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, key, key_size);
	db_blob(stmt, 2, ledger->settings.fold ? path : NULL, size);
	db_int(stmt, 3, ledger->run);
	db_int(stmt, 4, (int64_t)planning->seq);
	db_int(stmt, 5, index);
	db_int(stmt, 6, flags);
	db_int(stmt, 7, ledger->root_id[input->root]);
	db_blob(stmt, 8, input->path, input->path_size);
	code = db_do(ledger, stmt, fault);
	ledger->rows++;
	return code ? code : sqlite3_changes(ledger->db) > 0;
}

static int add_clash(struct ledger *ledger, uint64_t seq, uint32_t index, const char *path,
	size_t size, int64_t holder, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_CLASH_ADD, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	db_int(stmt, 2, index);
	db_blob(stmt, 3, path, size);
	db_int(stmt, 4, holder);
	code = db_do(ledger, stmt, fault);
	ledger->clashes = true;
	return code ? code : VERDICT_CLASH;
}

/*
 * The planned name was written under another one last time (its content's true extension, say). What stands
 * there decides, and is held for this image, so that it neither counts as gone nor is done again without need.
 */
static int follow_moved(struct ledger *ledger, struct planning *planning, uint32_t index,
	const struct found *planned, struct fault *fault)
{
	struct str path = STR_INIT;
	struct found found;
	struct stat file;
	bool exists, done = false;
	int code;

	str_add_bytes(&path, planned->moved, planned->moved_size);
	code = path.failed ? IMGBATCH_E_NOMEM
			   : ledger_find(ledger, path.text, path.length, &found, fault);
	if (code > 0 && !ledger_is_taken(ledger, &found)) {
		unsigned flags;

		exists = ledger_stat(ledger, path.text, path.length, &file);
		flags = flags_of_ours(ledger, &found, exists,
			is_current(ledger, planning, &found, exists ? &file : NULL));
		done = flags & (OUTPUT_MATCH | OUTPUT_KEEP);
		code = take_row(ledger, &found, planning->seq,
			done ? (int64_t)index : -1 - (int64_t)index, flags, path.text, path.length,
			fault);
	}
	str_release(&path);
	return code < 0 ? code : done ? VERDICT_DONE : VERDICT_TODO;
}

static int take_moved(struct ledger *ledger, struct planning *planning, uint32_t index,
	const struct found *found, bool exists, const char *path, size_t size, struct fault *fault)
{
	struct found kept = *found;
	int verdict = follow_moved(ledger, planning, index, found, fault);
	int code;

	if (verdict < 0)
		return verdict;
	code = take_row(ledger, &kept, planning->seq,
		verdict == VERDICT_DONE ? -1 - (int64_t)index : (int64_t)index,
		flags_of_foreign(ledger, exists), path, size, fault);
	return code ? code : verdict;
}

/* A row that no image of this run holds becomes this image's. */
static int take_found(struct ledger *ledger, struct planning *planning, uint32_t index,
	const struct found *found, const struct stat *file, const char *path, size_t size,
	struct fault *fault)
{
	bool exists = file != NULL;
	unsigned flags;
	int code;

	if (found->moved_size && !found->made)
		return take_moved(ledger, planning, index, found, exists, path, size, fault);
	flags = is_ours(found)
		? flags_of_ours(ledger, found, exists, is_current(ledger, planning, found, file))
		: flags_of_foreign(ledger, exists);
	code = take_row(ledger, found, planning->seq, index, flags, path, size, fault);
	if (code)
		return code;
	return flags & (OUTPUT_MATCH | OUTPUT_KEEP) ? VERDICT_DONE : VERDICT_TODO;
}

int plan_output(struct ledger *ledger, struct planning *planning, uint32_t index, const char *path,
	size_t size, struct fault *fault)
{
	struct stat st;
	bool exists = !ledger->settings.assume_empty && ledger_stat(ledger, path, size, &st);
	unsigned flags = flags_of_foreign(ledger, exists);
	struct found found;
	int code = add_row(ledger, planning, index, flags, path, size, fault);

	if (code)
		return code < 0 ? code : flags & OUTPUT_KEEP ? VERDICT_DONE : VERDICT_TODO;
	code = ledger_find(ledger, path, size, &found, fault);
	if (code <= 0)
		return code ? code
			    : fault_set(fault, IMGBATCH_E_LEDGER, "the ledger contradicts itself");
	if (ledger_is_taken(ledger, &found))
		return add_clash(ledger, planning->seq, index, path, size, found.id, fault);
	return take_found(ledger, planning, index, &found, exists ? &st : NULL, path, size, fault);
}

/* --- the image --- */

static int add_image(struct ledger *ledger, const struct ledger_input *input, uint64_t seq,
	enum ledger_state state, size_t outputs, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_ADD, fault);
	bool same = input->name_size == input->path_size &&
		!memcmp(input->name, input->path, input->name_size);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	db_int(stmt, 2, ledger->root_id[input->root]);
	db_blob(stmt, 3, input->path, input->path_size);
	db_blob(stmt, 4, same ? NULL : input->name, input->name_size);
	db_int(stmt, 5, input->follow);
	db_int(stmt, 6, (int64_t)outputs);
	db_int(stmt, 7, state);
	db_int(stmt, 8, input->code);
	db_text(stmt, 9, input->detail, input->detail ? strlen(input->detail) : 0);
	ledger->rows++;
	return db_do(ledger, stmt, fault);
}

/* All outputs in turn. Returns the image's state, or a negative code. */
static int plan_outputs(struct ledger *ledger, struct planning *planning,
	const struct ledger_names *names, struct fault *fault)
{
	const char *text = str_text(&names->text);
	size_t from = 0, done = 0;

	for (size_t i = 0; i < names->count; from = names->end[i++]) {
		int verdict = plan_output(
			ledger, planning, (uint32_t)i, text + from, names->end[i] - from, fault);

		if (verdict < 0)
			return verdict;
		done += verdict == VERDICT_DONE;
	}
	return names->count && done == names->count ? LEDGER_SKIPPED : LEDGER_PLANNED;
}

int ledger_plan(struct ledger *ledger, const struct ledger_input *input,
	const struct ledger_names *names, enum ledger_state *state, uint64_t *seq,
	struct fault *fault)
{
	struct planning planning = {.input = input, .seq = ledger->next_seq};
	size_t outputs = 0;
	int now = input->state, code = db_begin(ledger, fault);

	if (!code && now == LEDGER_PLANNED && names) {
		outputs = names->count;
		now = plan_outputs(ledger, &planning, names, fault);
	}
	if (code || now < 0)
		return code ? code : now;
	code = add_image(ledger, input, planning.seq, (enum ledger_state)now, outputs, fault);
	if (!code && ledger->rows >= PLAN_BATCH)
		code = db_commit(ledger, fault);
	if (code)
		return code;
	ledger->next_seq++;
	ledger->counts.listed++;
	++*counts_of(&ledger->counts, (enum ledger_state)now);
	ledger->incomplete |= input->incomplete;
	if (state)
		*state = (enum ledger_state)now;
	if (seq)
		*seq = planning.seq;
	return 0;
}
