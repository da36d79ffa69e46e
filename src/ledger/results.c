/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results wait in memory until their files are durable, then go into the ledger in one transaction. So no write
 * transaction is open while images are worked on, and claims (next.c) can commit on their own.
 */
#include "ledger/internal.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- waiting --- */

static struct pending *pending_add(struct ledger *ledger, const char *text, size_t size)
{
	struct pending *pending = list_room(ledger->pending, sizeof *pending,
		ledger->pending_count + 1, &ledger->pending_room, LEDGER_BATCH);

	if (!pending)
		return NULL;
	ledger->pending = pending;
	pending = &ledger->pending[ledger->pending_count];
	*pending = (struct pending){.text = ledger->text.length, .text_size = size};
	str_add_bytes(&ledger->text, text, size);
	if (ledger->text.failed)
		return NULL;
	ledger->pending_count++;
	return pending;
}

int ledger_finish_output(struct ledger *ledger, uint64_t seq, uint32_t index,
	const struct ledger_made *made, struct fault *fault)
{
	struct pending *pending = pending_add(ledger, made->recipe, made->recipe_size);

	if (!pending)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	pending->output = true;
	pending->seq = seq;
	pending->index = index;
	pending->made = *made;
	ledger->counts.outputs++;
	return 0;
}

int ledger_finish_image(struct ledger *ledger, uint64_t seq, const struct ledger_result *result,
	struct fault *fault)
{
	const char *detail = result->detail ? result->detail : "";
	struct pending *pending = pending_add(ledger, detail, strlen(detail));
	const char *stage = result->stage ? result->stage : "";
	size_t stage_at = ledger->text.length;

	str_add_bytes(&ledger->text, stage, strlen(stage) + 1);
	if (!pending || ledger->text.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	pending->seq = seq;
	pending->image = *result;
	pending->stage = stage_at;
	counts_move(ledger, result->state);
	return 0;
}

size_t ledger_pending(const struct ledger *ledger)
{
	return ledger->pending_count;
}

/* --- writing --- */

static int write_image(struct ledger *ledger, const struct pending *pending, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_IMAGE_FINISH, fault);
	const struct ledger_result *result = &pending->image;
	const char *text = str_text(&ledger->text);

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)pending->seq);
	db_int(stmt, 2, result->state);
	db_int(stmt, 3, result->code);
	db_text(stmt, 4, text + pending->stage, strlen(text + pending->stage));
	db_text(stmt, 5, text + pending->text, pending->text_size);
	db_int(stmt, 6, result->warnings);
	db_int(stmt, 7, (int64_t)result->size);
	db_int(stmt, 8, result->mtime_ns);
	db_int(stmt, 9, result->width);
	db_int(stmt, 10, result->height);
	db_int(stmt, 11, (int64_t)result->read_us);
	db_int(stmt, 12, (int64_t)result->work_us);
	db_int(stmt, 13, (int64_t)result->write_us);
	return db_do(ledger, stmt, fault);
}

static int write_output(struct ledger *ledger, const struct pending *pending, struct fault *fault)
{
	sqlite3_stmt *stmt = db_stmt(ledger, STMT_OUTPUT_FINISH, fault);
	const struct ledger_made *made = &pending->made;

	if (!stmt)
		return IMGBATCH_E_LEDGER;
	db_int(stmt, 1, (int64_t)pending->seq);
	db_int(stmt, 2, pending->index);
	db_int(stmt, 3, ledger->run);
	db_int(stmt, 4, (int64_t)ledger->digest);
	db_int(stmt, 5, (int64_t)made->input_size);
	db_int(stmt, 6, made->input_mtime_ns);
	db_int(stmt, 7, (int64_t)made->side);
	db_int(stmt, 8, (int64_t)made->bytes);
	db_int(stmt, 9, made->mtime_ns);
	db_int(stmt, 10, made->width);
	db_int(stmt, 11, made->height);
	db_text(stmt, 12, str_text(&ledger->text) + pending->text, pending->text_size);
	db_int(stmt, 13, made->stored_width);
	db_int(stmt, 14, made->stored_height);
	db_int(stmt, 15, made->orientation);
	return db_do(ledger, stmt, fault);
}

/* Takes the oldest `count` results out, with their texts. */
static void pending_remove(struct ledger *ledger, size_t count)
{
	struct str *text = &ledger->text;
	size_t left = ledger->pending_count - count;
	size_t gone = left ? ledger->pending[count].text : text->length;

	memmove(ledger->pending, ledger->pending + count, left * sizeof *ledger->pending);
	ledger->pending_count = left;
	for (size_t i = 0; i < left; i++) {
		ledger->pending[i].text -= gone;
		if (!ledger->pending[i].output)
			ledger->pending[i].stage -= gone;
	}
	if (!left) {
		str_clear(text);
		return;
	}
	memmove(text->text, text->text + gone, text->length - gone + 1);
	text->length -= gone;
}

int ledger_commit_first(struct ledger *ledger, size_t count, struct fault *fault)
{
	int code;

	if (!count)
		return 0;
	code = db_begin(ledger, fault);
	for (size_t i = 0; !code && i < count; i++)
		code = ledger->pending[i].output ? write_output(ledger, &ledger->pending[i], fault)
						 : write_image(ledger, &ledger->pending[i], fault);
	if (!code)
		code = db_commit(ledger, fault);
	if (code)
		return code;
	pending_remove(ledger, count);
	return 0;
}

int ledger_commit(struct ledger *ledger, struct fault *fault)
{
	return ledger_commit_first(ledger, ledger->pending_count, fault);
}

void ledger_drop_pending(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->pending_count; i++) {
		const struct pending *pending = &ledger->pending[i];

		if (pending->output) {
			ledger->counts.outputs--;
			continue;
		}
		--*counts_of(&ledger->counts, pending->image.state);
		if (pending->image.state == LEDGER_DAMAGED)
			ledger->counts.ok--;
		ledger->counts.planned++;
	}
	pending_remove(ledger, ledger->pending_count);
}

/* --- the end --- */

/*
 * Names that were planned and never written are forgotten: should a file appear there later, it is not ours.
 * A run that was killed left such rows without an image to tell them by, so then all rows are looked at.
 */
static int forget_unmade(struct ledger *ledger, struct fault *fault)
{
	char sql[400];
	int code;

	sqlite3_snprintf(sizeof sql, sql,
		"DELETE FROM output WHERE made = 0 AND moved IS NULL AND run = %lld AND seq IN "
		"(SELECT seq FROM image WHERE state NOT IN (%d, %d, %d))",
		(long long)ledger->run, LEDGER_OK, LEDGER_DAMAGED, LEDGER_SKIPPED);
	code = db_exec(ledger, sql, fault);
	if (!code && ledger->unclean) {
		sqlite3_snprintf(sizeof sql, sql,
			"DELETE FROM output WHERE made = 0 AND run < %lld", (long long)ledger->run);
		code = db_exec(ledger, sql, fault);
	}
	return code;
}

static int end_images(struct ledger *ledger, struct fault *fault)
{
	char sql[200];

	if (!ledger->counts.planned)
		return 0;
	sqlite3_snprintf(sizeof sql, sql, "UPDATE image SET state = %d WHERE state = %d",
		LEDGER_NOT_ATTEMPTED, LEDGER_PLANNED);
	ledger->counts.not_attempted += ledger->counts.planned;
	ledger->counts.planned = 0;
	return db_exec(ledger, sql, fault);
}

static int end_run(struct ledger *ledger, int outcome, struct fault *fault)
{
	const struct ledger_counts *c = &ledger->counts;
	struct timespec now;
	char sql[600];

	clock_gettime(CLOCK_REALTIME, &now);
	sqlite3_snprintf(sizeof sql, sql,
		"UPDATE run SET ended_ns = %lld WHERE ended_ns IS NULL;"
		"UPDATE run SET code = %d, listed = %llu, ok = %llu, damaged = %llu, failed = %llu,"
		" ignored = %llu, skipped = %llu, not_attempted = %llu, outputs = %llu"
		" WHERE id = %lld",
		(long long)now.tv_sec * 1000000000 + now.tv_nsec, outcome,
		(unsigned long long)c->listed, (unsigned long long)c->ok,
		(unsigned long long)c->damaged, (unsigned long long)c->failed,
		(unsigned long long)c->ignored, (unsigned long long)c->skipped,
		(unsigned long long)c->not_attempted, (unsigned long long)c->outputs,
		(long long)ledger->run);
	return db_exec(ledger, sql, fault);
}

int ledger_end(struct ledger *ledger, int outcome, struct fault *fault)
{
	int code = ledger_commit(ledger, fault);

	if (!code)
		code = db_begin(ledger, fault);
	if (!code)
		code = end_images(ledger, fault);
	if (!code)
		code = forget_unmade(ledger, fault);
	if (!code)
		code = end_run(ledger, outcome, fault);
	return code ? code : db_commit(ledger, fault);
}
