/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collisions, after the whole listing is known.
 *
 *	1. look at the content of every input involved: what is no image gives its names up
 *	2. names that became free go to the next in listing order that wanted them
 *	3. what is left is refused, or renamed with a number, again in listing order
 *
 * So the same listing gives the same names. Everything is kept in tables: a million collisions need no memory.
 */
#include "ledger/internal.h"

#include <string.h>

/* Numbers tried for one image: its hint starts where the last one with that name ended. */
enum { NUMBER_MAX = 10000000 };

uint64_t *counts_of(struct ledger_counts *counts, enum ledger_state state)
{
	switch (state) {
	case LEDGER_OK:
		return &counts->ok;
	case LEDGER_DAMAGED:
		return &counts->damaged;
	case LEDGER_FAILED:
		return &counts->failed;
	case LEDGER_IGNORED:
		return &counts->ignored;
	case LEDGER_SKIPPED:
		return &counts->skipped;
	case LEDGER_NOT_ATTEMPTED:
		return &counts->not_attempted;
	default:
		return &counts->planned;
	}
}

void counts_move(struct ledger *ledger, enum ledger_state to)
{
	ledger->counts.planned--;
	++*counts_of(&ledger->counts, to);
	if (to == LEDGER_DAMAGED)
		ledger->counts.ok++;
}

/* --- small steps --- */

static int do_for_image(struct ledger *ledger, enum statement statement, uint64_t seq,
	bool with_run, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, statement, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	if (with_run)
		db_int(stmt, 2, ledger->run);
	return db_do(ledger, stmt, fault);
}

/* The image lets go of every name it holds or wants. */
static int release_names(struct ledger *ledger, uint64_t seq, struct fault *fault)
{
	int code = do_for_image(ledger, STMT_CLASH_DROP_IMAGE, seq, false, fault);

	if (!code)
		code = do_for_image(ledger, STMT_OUTPUT_DROP, seq, true, fault);
	if (!code)
		code = do_for_image(ledger, STMT_OUTPUT_RELEASE, seq, true, fault);
	return code;
}

static int set_state(struct ledger *ledger, uint64_t seq, enum ledger_state state, int why,
	const char *stage, const char *detail, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_STATE, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	db_int(stmt, 2, state);
	db_int(stmt, 3, why);
	db_text(stmt, 4, stage, stage ? strlen(stage) : 0);
	db_text(stmt, 5, detail, detail ? strlen(detail) : 0);
	code = db_do(ledger, stmt, fault);
	if (!code)
		counts_move(ledger, state);
	return code;
}

/* 1: *seq is the first involved image from `from` on; 0: there is none. */
static int involved_after(struct ledger *ledger, uint64_t from, uint64_t *seq, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_INVOLVED_AFTER, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)from);
	code = db_step(ledger, stmt, fault);
	if (code > 0)
		*seq = (uint64_t)sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return code;
}

/* 1: the count is positive. */
static int count_for_image(struct ledger *ledger, enum statement statement, uint64_t seq,
	int64_t *count, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, statement, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	if (statement == STMT_OUTPUT_SETTLED)
		db_int(stmt, 2, ledger->run);
	code = db_step(ledger, stmt, fault);
	*count = code > 0 ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return code < 0 ? code : 0;
}

static void input_of_image(struct ledger *ledger, const struct ledger_settler *settler,
	const struct ledger_image *image, struct ledger_input *input)
{
	*input = (struct ledger_input){
		.root = image->root,
		.dir = ledger->root_dir ? ledger->root_dir[image->root] : -1,
		.path = image->path,
		.path_size = image->path_size,
		.name = image->name,
		.name_size = image->name_size,
		.follow = image->follow,
	};
	if (settler->beside)
		settler->beside(settler->ctx, image, input);
}

/* An image whose last collision is gone may turn out to be up to date. */
static int check_skipped(
	struct ledger *ledger, const struct ledger_image *image, struct fault *fault)
{
	int64_t open_clashes, settled;
	int code = count_for_image(ledger, STMT_CLASH_OF_IMAGE, image->seq, &open_clashes, fault);

	if (!code)
		code = count_for_image(ledger, STMT_OUTPUT_SETTLED, image->seq, &settled, fault);
	if (code || open_clashes || !image->outputs || settled < image->outputs)
		return code;
	return set_state(ledger, image->seq, LEDGER_SKIPPED, 0, NULL, NULL, fault);
}

/* --- 1: what is no image gives its names up --- */

static int probe_image(struct ledger *ledger, const struct ledger_settler *settler,
	const struct ledger_image *image, struct fault *fault)
{
	struct fault why = {0};
	int found = settler->probe(settler->ctx, image, &why);
	int code;

	if (!found)
		return 0;
	if (found == IMGBATCH_E_NOMEM || found == IMGBATCH_E_CANCELED)
		return fault_set(fault, found, "%s", why.detail);
	code = release_names(ledger, image->seq, fault);
	if (code)
		return code;
	if (found == IMGBATCH_E_NOT_IMAGE)
		return set_state(ledger, image->seq, LEDGER_IGNORED, found, NULL, NULL, fault);
	return set_state(ledger, image->seq, LEDGER_FAILED, found, "read", why.detail, fault);
}

static int find_involved(struct ledger *ledger, struct fault *fault)
{
	char sql[400];

	sqlite3_snprintf(sizeof sql, sql,
		"INSERT OR IGNORE INTO involved SELECT seq FROM clash;"
		"INSERT OR IGNORE INTO involved SELECT o.seq FROM clash c JOIN output o"
		" ON o.id = c.holder WHERE o.run = %lld AND o.seq >= 0",
		(long long)ledger->run);
	return db_exec(ledger, sql, fault);
}

static int probe_all(
	struct ledger *ledger, const struct ledger_settler *settler, struct fault *fault)
{
	struct ledger_image image;
	uint64_t seq;
	int code = find_involved(ledger, fault);

	for (uint64_t from = 0; !code && settler->probe; from = seq + 1) {
		code = involved_after(ledger, from, &seq, fault);
		if (code <= 0)
			return code;
		code = image_get(ledger, seq, &image, &ledger->names, fault);
		if (!code && image.state == LEDGER_PLANNED)
			code = probe_image(ledger, settler, &image, fault);
	}
	return code;
}

/* --- 2: names that became free --- */

/* A collision, copied out of its row. */
struct clash {
	int64_t id;
	uint64_t seq;
	uint32_t index;
	struct str path;
};

/* 1: the first collision behind `id`; 0: there is none. */
static int clash_after(struct ledger *ledger, int64_t id, struct clash *clash, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_CLASH_AFTER, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, id);
	code = db_step(ledger, stmt, fault);
	if (code <= 0)
		return code;
	clash->id = sqlite3_column_int64(stmt, 0);
	clash->seq = (uint64_t)sqlite3_column_int64(stmt, 1);
	clash->index = (uint32_t)sqlite3_column_int64(stmt, 2);
	str_clear(&clash->path);
	str_add_bytes(
		&clash->path, sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3));
	sqlite3_reset(stmt);
	return clash->path.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "out of memory") : 1;
}

static int drop_clash(struct ledger *ledger, int64_t id, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_CLASH_DROP, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, id);
	return db_do(ledger, stmt, fault);
}

/* Gives the name to the image if it is free by now. */
static int try_take(struct ledger *ledger, const struct ledger_settler *settler,
	const struct clash *clash, struct fault *fault)
{
	struct ledger_image image;
	struct ledger_input input;
	struct planning planning = {.input = &input, .seq = clash->seq};
	struct found found;
	int code = ledger_find(ledger, clash->path.text, clash->path.length, &found, fault);

	if (code < 0 || (code && ledger_is_taken(ledger, &found)))
		return code < 0 ? code : 0;
	code = drop_clash(ledger, clash->id, fault);
	if (!code)
		code = image_get(ledger, clash->seq, &image, &ledger->names, fault);
	if (code)
		return code;
	input_of_image(ledger, settler, &image, &input);
	code = plan_output(
		ledger, &planning, clash->index, clash->path.text, clash->path.length, fault);
	return code < 0 ? code : check_skipped(ledger, &image, fault);
}

static int take_free_names(
	struct ledger *ledger, const struct ledger_settler *settler, struct fault *fault)
{
	struct clash clash = {0};
	int code = 0;

	while (!code) {
		code = clash_after(ledger, clash.id, &clash, fault);
		if (code <= 0)
			break;
		code = try_take(ledger, settler, &clash, fault);
	}
	str_release(&clash.path);
	return code;
}

/* --- 3: what is left --- */

/* Whether all names are free for this image, and differ from one another. 1: free; 0: not. */
static int names_free(
	struct ledger *ledger, uint64_t seq, const struct ledger_names *names, struct fault *fault)
{
	const char *text = str_text(&names->text);
	struct found found;
	size_t from = 0;

	for (size_t i = 0; i < names->count; from = names->end[i++]) {
		int code = ledger_find(ledger, text + from, names->end[i] - from, &found, fault);

		if (code < 0)
			return code;
		if (code && ledger_is_taken(ledger, &found) && found.seq != (int64_t)seq)
			return 0;
	}
	return 1;
}

static int hint_get(
	struct ledger *ledger, const struct str *path, unsigned *number, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_HINT_GET, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, path->text, path->length);
	code = db_step(ledger, stmt, fault);
	*number = code > 0 ? (unsigned)sqlite3_column_int(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return code < 0 ? code : 0;
}

static int hint_set(
	struct ledger *ledger, const struct str *path, unsigned number, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_HINT_SET, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, path->text, path->length);
	db_int(stmt, 2, number);
	return db_do(ledger, stmt, fault);
}

/* The first number, behind the hint, whose names are all free; they are left in ledger->renamed. */
static int find_number(struct ledger *ledger, const struct ledger_settler *settler,
	const struct ledger_image *image, unsigned *number, struct fault *why)
{
	struct ledger_names *names = &ledger->renamed;
	int code = 0;

	while (!code && *number < NUMBER_MAX) {
		++*number;
		ledger_names_clear(names);
		code = settler->rename(settler->ctx, image, *number, names, why);
		if (!code)
			code = names_free(ledger, image->seq, names, why);
	}
	return code > 0 ? 0
		: code  ? code
			: fault_set(why, IMGBATCH_E_COLLISION, "no free name found");
}

static int note_number(
	struct ledger *ledger, uint64_t seq, unsigned number, size_t outputs, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_RENAMED, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	db_int(stmt, 2, number);
	db_int(stmt, 3, (int64_t)outputs);
	return db_do(ledger, stmt, fault);
}

/* Plans an image again under the names in ledger->renamed. */
static int plan_renamed(struct ledger *ledger, const struct ledger_settler *settler,
	struct ledger_image *image, struct fault *fault)
{
	const struct ledger_names *names = &ledger->renamed;
	struct ledger_input input;
	struct planning planning = {.input = &input, .seq = image->seq};
	const char *text = str_text(&names->text);
	size_t from = 0;

	input_of_image(ledger, settler, image, &input);
	for (size_t i = 0; i < names->count; from = names->end[i++]) {
		int code = plan_output(
			ledger, &planning, (uint32_t)i, text + from, names->end[i] - from, fault);

		if (code < 0)
			return code;
		if (code == VERDICT_CLASH)
			return IMGBATCH_E_COLLISION; /* two outputs of this image have one name */
	}
	image->outputs = (uint32_t)names->count;
	return check_skipped(ledger, image, fault);
}

static int rename_image(struct ledger *ledger, const struct ledger_settler *settler,
	const struct clash *clash, struct fault *fault)
{
	struct ledger_image image;
	struct fault why = {0};
	unsigned number = 0;
	int code = image_get(ledger, clash->seq, &image, &ledger->names, fault);

	if (!code)
		code = hint_get(ledger, &clash->path, &number, fault);
	if (code)
		return code;
	code = find_number(ledger, settler, &image, &number, &why);
	if (code == IMGBATCH_E_LEDGER || code == IMGBATCH_E_NOMEM)
		return fault_set(fault, code, "%s", why.detail);
	if (!code)
		code = hint_set(ledger, &clash->path, number, &why);
	if (release_names(ledger, image.seq, fault))
		return IMGBATCH_E_LEDGER;
	if (!code)
		code = plan_renamed(ledger, settler, &image, &why);
	if (code == IMGBATCH_E_LEDGER || code == IMGBATCH_E_NOMEM)
		return fault_set(fault, code, "%s", why.detail);
	if (!code)
		return note_number(ledger, image.seq, number, image.outputs, fault);
	code = set_state(ledger, image.seq, LEDGER_FAILED, code, "write", why.detail, fault);
	return code ? code : release_names(ledger, image.seq, fault);
}

static int rename_all(
	struct ledger *ledger, const struct ledger_settler *settler, struct fault *fault)
{
	struct clash clash = {0};
	int code;

	while ((code = clash_after(ledger, 0, &clash, fault)) > 0) {
		code = rename_image(ledger, settler, &clash, fault);
		if (code)
			break;
	}
	str_release(&clash.path);
	return code;
}

/* --- refusing --- */

static int fill_clash(struct ledger *ledger, const struct clash *row, struct ledger_clash *clash,
	struct str *first_text, struct fault *fault)
{
	struct found found;
	int code = ledger_find(ledger, row->path.text, row->path.length, &found, fault);

	if (code <= 0)
		return code;
	code = image_get(ledger, (uint64_t)found.seq, &clash->first, first_text, fault);
	if (!code)
		code = image_get(ledger, row->seq, &clash->second, &ledger->names, fault);
	clash->output = row->path.text;
	clash->output_size = row->path.length;
	return code ? code : 1;
}

int ledger_clashes(struct ledger *ledger, int (*each)(void *ctx, const struct ledger_clash *clash),
	void *ctx, struct fault *fault)
{
	struct clash row = {0};
	struct ledger_clash clash;
	struct str first = STR_INIT;
	int code;

	while ((code = clash_after(ledger, row.id, &row, fault)) > 0) {
		code = fill_clash(ledger, &row, &clash, &first, fault);
		if (code < 0 || (code && each(ctx, &clash)))
			break;
	}
	str_release(&row.path);
	str_release(&first);
	return code < 0 ? code : 0;
}

static int name_clash(void *ctx, const struct ledger_clash *clash)
{
	struct str text = STR_INIT;

	str_add(&text, "\"");
	str_add_escaped(&text, clash->first.path, clash->first.path_size);
	str_add(&text, "\" and \"");
	str_add_escaped(&text, clash->second.path, clash->second.path_size);
	str_add(&text, "\" would both write \"");
	str_add_escaped(&text, clash->output, clash->output_size);
	str_add(&text, "\"");
	fault_set(ctx, IMGBATCH_E_NAMES, "%s", str_text(&text));
	str_release(&text);
	return 1;
}

static int refuse_left(struct ledger *ledger, struct fault *fault)
{
	int64_t left = 0;
	int code = db_number(
		ledger, "SELECT count(*) FROM (SELECT 1 FROM clash LIMIT 1)", &left, fault);

	if (code || !left)
		return code;
	fault_set(fault, IMGBATCH_E_NAMES, "two inputs would write one name");
	code = ledger_clashes(ledger, name_clash, fault, fault);
	return code ? code : IMGBATCH_E_NAMES;
}

/* --- the whole --- */

int ledger_settle(struct ledger *ledger, const struct ledger_settler *settler, struct fault *fault)
{
	int code = db_begin(ledger, fault);

	if (!code && ledger->clashes) {
		code = probe_all(ledger, settler, fault);
		if (!code)
			code = take_free_names(ledger, settler, fault);
		if (!code && settler->rename)
			code = rename_all(ledger, settler, fault);
		if (!code)
			code = refuse_left(ledger, fault);
	}
	if (!code)
		code = doubt_replaced(ledger, fault);
	if (!code || code == IMGBATCH_E_NAMES) {
		int committed = db_commit(ledger, fault);

		code = committed ? committed : code;
	}
	if (!code && !ledger->counts.listed)
		code = fault_set(fault, IMGBATCH_E_NOTHING, "nothing matched");
	return code;
}
