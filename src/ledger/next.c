/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan, read back: images in order, their outputs by number, and names that change when the output is made.
 *
 * Images are read in chunks rather than from one long query: an open query would hold the write-ahead log.
 */
#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

/* --- rows --- */

static size_t add_column(struct str *text, sqlite3_stmt *stmt, int column, size_t *size)
{
	size_t at = text->length;

	*size = (size_t)sqlite3_column_bytes(stmt, column);
	str_add_bytes(text, sqlite3_column_blob(stmt, column), *size);
	str_add_char(text, 0);
	return at;
}

static uint32_t root_index(const struct ledger *ledger, int64_t id)
{
	for (uint32_t i = 0; i < ledger->root_count; i++)
		if (ledger->root_id[i] == id)
			return i;
	return 0;
}

void image_from_row(
	struct ledger *ledger, sqlite3_stmt *stmt, struct image_row *row, struct str *text)
{
	struct ledger_image *image = &row->image;
	size_t unused;

	*image = (struct ledger_image){
		.seq = (uint64_t)sqlite3_column_int64(stmt, 0),
		.root = root_index(ledger, sqlite3_column_int64(stmt, 1)),
		.follow = sqlite3_column_int(stmt, 4),
		.number = (unsigned)sqlite3_column_int(stmt, 5),
		.outputs = (uint32_t)sqlite3_column_int64(stmt, 6),
		.state = (enum ledger_state)sqlite3_column_int(stmt, 7),
		.code = sqlite3_column_int(stmt, 8),
		.warnings = (unsigned)sqlite3_column_int(stmt, 11),
		.size = (uint64_t)sqlite3_column_int64(stmt, 12),
		.mtime_ns = sqlite3_column_int64(stmt, 13),
		.width = (uint32_t)sqlite3_column_int64(stmt, 14),
		.height = (uint32_t)sqlite3_column_int64(stmt, 15),
		.read_us = (uint64_t)sqlite3_column_int64(stmt, 16),
		.work_us = (uint64_t)sqlite3_column_int64(stmt, 17),
		.write_us = (uint64_t)sqlite3_column_int64(stmt, 18),
	};
	row->path = add_column(text, stmt, 2, &image->path_size);
	row->name = row->path;
	image->name_size = image->path_size;
	if (sqlite3_column_type(stmt, 3) != SQLITE_NULL)
		row->name = add_column(text, stmt, 3, &image->name_size);
	row->stage = add_column(text, stmt, 9, &unused);
	row->detail = add_column(text, stmt, 10, &unused);
}

const struct ledger_image *image_fix(struct image_row *row, const struct str *text)
{
	struct ledger_image *image = &row->image;

	image->path = str_text(text) + row->path;
	image->name = str_text(text) + row->name;
	image->stage = str_text(text) + row->stage;
	image->detail = str_text(text) + row->detail;
	return image;
}

int image_get(struct ledger *ledger, uint64_t seq, struct ledger_image *image, struct str *text,
	struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_GET, fault);
	struct image_row row;
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	str_clear(text);
	db_int(stmt, 1, (int64_t)seq);
	code = db_step(ledger, stmt, fault);
	if (code <= 0)
		return code ? code
			    : fault_set(fault, IMGBATCH_E_LEDGER, "the ledger contradicts itself");
	image_from_row(ledger, stmt, &row, text);
	sqlite3_reset(stmt);
	if (text->failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	*image = *image_fix(&row, text);
	return 0;
}

/* --- images in order --- */

static int read_chunk(struct ledger *ledger, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_CHUNK, fault);
	int code = 1;

	if (!ledger->chunk)
		ledger->chunk = calloc(NEXT_CHUNK, sizeof *ledger->chunk);
	if (!stmt || !ledger->chunk)
		return stmt ? fault_set(fault, IMGBATCH_E_NOMEM, "out of memory")
			    : IMGBATCH_E_LEDGER;
	str_clear(&ledger->chunk_text);
	ledger->chunk_at = ledger->chunk_count = 0;
	db_int(stmt, 1, (int64_t)ledger->chunk_from);
	db_int(stmt, 2, NEXT_CHUNK);
	while (ledger->chunk_count < NEXT_CHUNK && (code = db_step(ledger, stmt, fault)) > 0)
		image_from_row(
			ledger, stmt, &ledger->chunk[ledger->chunk_count++], &ledger->chunk_text);
	sqlite3_reset(stmt);
	if (code >= 0 && ledger->chunk_text.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	if (ledger->chunk_count)
		ledger->chunk_from = ledger->chunk[ledger->chunk_count - 1].image.seq + 1;
	return code < 0 ? code : 0;
}

int ledger_next(struct ledger *ledger, struct ledger_image *image, struct fault *fault)
{
	if (ledger->chunk_at == ledger->chunk_count) {
		int code = read_chunk(ledger, fault);

		if (code)
			return code;
	}
	if (ledger->chunk_at == ledger->chunk_count)
		return 0;
	*image = *image_fix(&ledger->chunk[ledger->chunk_at++], &ledger->chunk_text);
	return 1;
}

void ledger_rewind(struct ledger *ledger, uint64_t seq)
{
	ledger->chunk_at = ledger->chunk_count = 0;
	ledger->chunk_from = seq;
}

/* --- outputs --- */

/* Whether this output was written and its result still waits for a commit. */
static bool is_pending(const struct ledger *ledger, uint64_t seq, uint32_t index)
{
	for (size_t i = ledger->pending_count; i--;) {
		const struct pending *pending = &ledger->pending[i];

		if (pending->output && pending->seq == seq && pending->index == index)
			return true;
	}
	return false;
}

static void output_from_row(struct ledger *ledger, sqlite3_stmt *stmt, struct ledger_output *output)
{
	struct str *text = &ledger->taken;
	size_t path, recipe, recipe_size;
	unsigned flags = (unsigned)sqlite3_column_int(stmt, 2);

	str_clear(text);
	path = add_column(text, stmt, 1, &output->path_size);
	recipe = add_column(text, stmt, 8, &recipe_size);
	output->path = str_text(text) + path;
	output->recipe = str_text(text) + recipe;
	output->made = sqlite3_column_int(stmt, 3);
	output->replace = (flags & OUTPUT_REPLACE) ||
		is_pending(ledger, output->seq, output->index);
	output->keep = flags & OUTPUT_KEEP;
	output->bytes = (uint64_t)sqlite3_column_int64(stmt, 4);
	output->mtime_ns = sqlite3_column_int64(stmt, 5);
	output->width = (uint32_t)sqlite3_column_int64(stmt, 6);
	output->height = (uint32_t)sqlite3_column_int64(stmt, 7);
	output->digest = (uint64_t)sqlite3_column_int64(stmt, 9);
	output->stored_width = (uint32_t)sqlite3_column_int64(stmt, 10);
	output->stored_height = (uint32_t)sqlite3_column_int64(stmt, 11);
	output->orientation = (uint8_t)sqlite3_column_int(stmt, 12);
}

/* 1: the row; *id is its number. */
static int output_row(struct ledger *ledger, uint64_t seq, uint32_t index,
	struct ledger_output *output, int64_t *id, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_GET, fault);
	int code;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)seq);
	db_int(stmt, 2, index);
	db_int(stmt, 3, ledger->run);
	code = db_step(ledger, stmt, fault);
	if (code <= 0)
		return code;
	*output = (struct ledger_output){.seq = seq, .index = index};
	*id = sqlite3_column_int64(stmt, 0);
	output_from_row(ledger, stmt, output);
	sqlite3_reset(stmt);
	return ledger->taken.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "out of memory") : 1;
}

int ledger_output_get(struct ledger *ledger, uint64_t seq, uint32_t index,
	struct ledger_output *output, struct fault *fault)
{
	int64_t id;

	return output_row(ledger, seq, index, output, &id, fault);
}

/* --- another name --- */

/* The planned row stays, so that nothing else takes its name in this run and the next one finds its way. */
static int move_planned(struct ledger *ledger, int64_t id, uint32_t index, const char *path,
	size_t size, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_MOVE, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, id);
	db_int(stmt, 2, -1 - (int64_t)index);
	db_blob(stmt, 3, path, size);
	return db_do(ledger, stmt, fault);
}

static int fault_claim(struct fault *fault, int code, const char *path, size_t size)
{
	struct str text = STR_INIT;

	str_add_escaped(&text, path, size);
	fault_set(fault, code, "%s: \"%s\"",
		code == IMGBATCH_E_EXISTS ? "a file that no earlier run recorded stands there"
					  : "another input already has this output's name",
		str_text(&text));
	str_release(&text);
	return code;
}

/* May this image have the name? 0, with the row's flags, or why not. */
static int may_claim(struct ledger *ledger, uint64_t seq, const struct found *found, bool known,
	bool exists, unsigned *flags, int *why)
{
	bool overwrite = ledger->settings.if_exists == LEDGER_OVERWRITE;

	*why = 0;
	*flags = OUTPUT_REPLACE;
	if (known && ledger_is_taken(ledger, found) && found->seq != (int64_t)seq)
		return *why = IMGBATCH_E_COLLISION;
	if (exists && ledger->settings.if_exists == LEDGER_ERROR)
		return *why = IMGBATCH_E_EXISTS;
	if (known && (found->made || !(found->flags & OUTPUT_FOREIGN)))
		return 0;
	if (exists && ledger->settings.if_exists == LEDGER_SKIP)
		*flags = OUTPUT_KEEP;
	else if (exists && !overwrite)
		return *why = IMGBATCH_E_EXISTS;
	else if (!overwrite)
		*flags = 0;
	return 0;
}

static int take_known(struct ledger *ledger, uint64_t seq, uint32_t index, int64_t id,
	unsigned flags, const char *path, size_t size, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_TAKE, fault);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, id);
	db_blob(stmt, 2, ledger->settings.fold ? path : NULL, size);
	db_int(stmt, 3, ledger->run);
	db_int(stmt, 4, flags);
	db_int(stmt, 5, (int64_t)seq);
	db_int(stmt, 6, index);
	return db_do(ledger, stmt, fault);
}

static int take_new(struct ledger *ledger, uint64_t seq, uint32_t index, unsigned flags,
	const char *path, size_t size, struct fault *fault)
{
	struct ledger_image image = {0};
	sqlite3_stmt *stmt;
	const char *key;
	size_t key_size;
	int code = image_get(ledger, seq, &image, &ledger->names, fault);

	if (code)
		return code;
	stmt = db_stmt(ledger, STMT_OUTPUT_ADD, fault);
	key = ledger_key(ledger, path, size, &key_size);
	if (!stmt || !key)
		return stmt ? IMGBATCH_E_NOMEM : IMGBATCH_E_LEDGER;
	db_blob(stmt, 1, key, key_size);
	db_blob(stmt, 2, ledger->settings.fold ? path : NULL, size);
	db_int(stmt, 3, ledger->run);
	db_int(stmt, 4, (int64_t)seq);
	db_int(stmt, 5, index);
	db_int(stmt, 6, flags);
	db_int(stmt, 7, ledger->root_id[image.root]);
	db_blob(stmt, 8, image.path, image.path_size);
	return db_do(ledger, stmt, fault);
}

static int claim(struct ledger *ledger, uint64_t seq, uint32_t index, const char *path, size_t size,
	bool *replace, struct fault *fault)
{
	struct ledger_output planned;
	struct found found = {0};
	struct stat st;
	unsigned flags;
	int64_t id;
	int why, known, code = output_row(ledger, seq, index, &planned, &id, fault);
	bool exists;

	if (code <= 0)
		return code ? code
			    : fault_set(fault, IMGBATCH_E_LEDGER, "no such output was planned");
	if (planned.path_size == size && !memcmp(planned.path, path, size)) {
		*replace = planned.replace;
		return 0;
	}
	known = ledger_find(ledger, path, size, &found, fault);
	if (known < 0)
		return known;
	exists = ledger_stat(ledger, path, size, &st);
	if (may_claim(ledger, seq, &found, known, exists, &flags, &why))
		return fault_claim(fault, why, path, size);
	if (flags & OUTPUT_KEEP)
		return fault_claim(fault, IMGBATCH_E_EXISTS, path, size);
	flags |= doubt_of(ledger, &found);
	*replace = flags & OUTPUT_REPLACE;
	if (known && found.id == id)
		return 0; /* differs in case only, on a file system that does not care */
	code = move_planned(ledger, id, index, path, size, fault);
	if (code)
		return code;
	return known ? take_known(ledger, seq, index, found.id, flags, path, size, fault)
		     : take_new(ledger, seq, index, flags, path, size, fault);
}

int ledger_output_claim(struct ledger *ledger, uint64_t seq, uint32_t index, const char *path,
	size_t path_size, bool *replace, struct fault *fault)
{
	int committed, code = db_begin(ledger, fault);

	if (code)
		return code;
	code = claim(ledger, seq, index, path, path_size, replace, fault);
	committed = db_commit(ledger, fault);
	return code ? code : committed;
}
