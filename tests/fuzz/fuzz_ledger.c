/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger that somebody else has written: `status` must tell something or say E_LEDGER, and a run that goes on with it, and
 * prunes, must touch nothing outside of its folder.
 *
 * An input that begins as SQLite's files do is the ledger. Any other is a list of changes to a sound one: values put
 * into its tables through SQLite, bytes put over its file.
 */
#include "ledger/ledger.h"

#include "fuzz.h"
#include "json.h"

#include <fcntl.h>
#include <imgbatch/imgbatch.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUTS = 5, MTIME = 1000000000, CHANGES_MAX = 64 };

static const char magic[] = "SQLite format 3";

/* In fuzz_folder(): in/ with the inputs; out/ with the outputs; out/.imgbatch/ledger.sqlite; and a bystander. */
static char in_path[240], out_path[240], ledger_path[300], bystander[240];
static int in_dir, out_dir;
static uint8_t *sound; /* the ledger that changes begin with */
static sqlite3_int64 sound_size;

static const char *const names[INPUTS] = {"a.jpg", "b.jpg", "c.jpg", "d.png", "e.txt"};

/* A file of six bytes and a certain age, which is what the ledger says of outputs. */
static void put_file(int dir, const char *name)
{
	struct timespec times[2] = {{.tv_sec = MTIME}, {.tv_sec = MTIME}};
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_check(fd >= 0 && write(fd, "pixels", 6) == 6 && !futimens(fd, times) && !close(fd),
		"%s: %m", name);
}

static int begin(struct ledger *ledger, struct fault *fault)
{
	const char *const roots[] = {in_path};
	struct ledger_run run = {.version = "1",
		.recipe = "resize 8x8",
		.settings = "format=same",
		.digest = 7,
		.root = roots,
		.root_dir = &in_dir,
		.root_count = 1};

	return ledger_begin(ledger, &run, fault);
}

static int open_ledger(struct ledger **ledger, struct fault *fault)
{
	struct ledger_settings settings = {
		.path = ledger_path, .dir = out_dir, .if_exists = LEDGER_OVERWRITE};

	return ledger_open(ledger, &settings, fault);
}

static int plan(struct ledger *ledger, const char *name, struct fault *fault)
{
	struct ledger_input input = {.dir = in_dir,
		.path = name,
		.path_size = strlen(name),
		.name = name,
		.name_size = strlen(name),
		.state = strstr(name, ".txt") ? LEDGER_IGNORED : LEDGER_PLANNED};
	struct ledger_names outputs = {0};
	int code;

	str_add(&outputs.text, name);
	code = ledger_names_add(&outputs);
	if (!code)
		code = ledger_plan(ledger, &input, &outputs, NULL, NULL, fault);
	ledger_names_release(&outputs);
	return code;
}

static int work_on(struct ledger *ledger, const struct ledger_image *image, struct fault *fault)
{
	struct ledger_made made = {.bytes = 6,
		.mtime_ns = (int64_t)MTIME * 1000000000,
		.width = 8,
		.height = 8,
		.recipe = "resize 8x8",
		.recipe_size = 10,
		.input_size = 6,
		.input_mtime_ns = (int64_t)MTIME * 1000000000};
	struct ledger_result result = {.state = LEDGER_OK, .size = 6};
	int code = 0;

	if (image->seq == 1) {
		result.state = LEDGER_FAILED;
		result.code = IMGBATCH_E_CORRUPT;
		result.stage = "decode";
		result.detail = "scan 1 of 1";
	} else {
		code = ledger_finish_output(ledger, image->seq, 0, &made, fault);
	}
	return code ? code : ledger_finish_image(ledger, image->seq, &result, fault);
}

/* A run: all that is planned, and prunes. Whatever goes wrong ends it, with a fault. */
static int run(struct ledger *ledger, unsigned inputs, struct fault *fault)
{
	static const char *const ways[] = {"../masks/", NULL};
	const struct ledger_pruner pruner = {.ways = ways};
	struct ledger_settler settler = {0};
	struct ledger_image image;
	struct ledger_pruned pruned;
	int code = begin(ledger, fault), got = 0;

	for (unsigned i = 0; !code && i < inputs; i++)
		code = plan(ledger, names[i], fault);
	if (!code)
		code = ledger_settle(ledger, &settler, fault);
	if (code)
		return code;
	ledger_rewind(ledger, 0);
	for (unsigned i = 0; !code && i <= inputs && (got = ledger_next(ledger, &image, fault)) > 0;
		i++)
		if (image.state == LEDGER_PLANNED)
			code = work_on(ledger, &image, fault);
	code = code ? code : got < 0 ? got : ledger_end(ledger, 0, fault);
	return code ? code : ledger_prune(ledger, &pruner, &pruned, fault);
}

/* The sound one, in one piece, as SQLite hands it out. */
static void keep_sound(void)
{
	uint8_t *copy;
	FILE *file = fopen(ledger_path, "rb");
	struct stat st;

	fuzz_check(file && !fstat(fileno(file), &st), "%m");
	sound_size = st.st_size;
	copy = malloc((size_t)sound_size);
	fuzz_check(fread(copy, 1, (size_t)sound_size, file) == (size_t)sound_size, "%m");
	fclose(file);
	copy[18] = copy[19] = 1; /* no write-ahead log: memory has none */
	sound = copy;
}

static void make_folders(void)
{
	char hidden[260];

	snprintf(in_path, sizeof in_path, "%s/in", fuzz_folder());
	snprintf(out_path, sizeof out_path, "%s/out", fuzz_folder());
	snprintf(bystander, sizeof bystander, "%s/bystander", fuzz_folder());
	snprintf(hidden, sizeof hidden, "%s/.imgbatch", out_path);
	snprintf(ledger_path, sizeof ledger_path, "%s/ledger.sqlite", hidden);
	fuzz_check(!mkdir(in_path, 0700) && !mkdir(out_path, 0700) && !mkdir(hidden, 0700), "%m");
	in_dir = open(in_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out_dir = open(out_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < INPUTS; i++)
		put_file(in_dir, names[i]);
	put_file(AT_FDCWD, bystander);
}

static void make_sound(void)
{
	struct ledger *ledger;
	struct fault fault = {0};

	make_folders();
	fuzz_check(!open_ledger(&ledger, &fault), "%s", fault.detail);
	fuzz_check(!run(ledger, INPUTS, &fault), "%s", fault.detail);
	ledger_close(ledger);
	keep_sound();
}

/* -- changes -- */

static void bind(sqlite3_stmt *stmt, struct fuzz_bytes *in)
{
	static const char *const paths[] = {"../bystander", "", "/", ".", "../in/a.jpg", "a.jpg",
		"../masks/../bystander", ".imgbatch/ledger.sqlite", "\x1b[2J\n\xff"};
	uint8_t what = fuzz_u8(in);
	size_t size = what >> 4;

	switch (what & 7) {
	case 0:
		break; /* NULL */
	case 1:
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)fuzz_u64(in));
		break;
	case 2:
		sqlite3_bind_int64(stmt, 1, (int8_t)fuzz_u8(in));
		break;
	case 3:
		sqlite3_bind_double(stmt, 1, (double)fuzz_u64(in) * 1e-3);
		break;
	case 4:
		sqlite3_bind_text(stmt, 1, bystander, -1, SQLITE_STATIC); /* absolute */
		break;
	case 5:
	case 6:
		sqlite3_bind_blob(
			stmt, 1, paths[size % 9], (int)strlen(paths[size % 9]), SQLITE_STATIC);
		break;
	default:
		size = size < in->left ? size : in->left;
		sqlite3_bind_text(stmt, 1, (const char *)in->at, (int)size, SQLITE_TRANSIENT);
		in->at += size;
		in->left -= size;
	}
}

/* One column, of one row or of all. */
static void change_value(sqlite3 *db, struct fuzz_bytes *in)
{
	static const char *const tables[] = {
		"run", "root", "image", "output", "output", "image", "clash", "hint"};
	const char *table = tables[fuzz_u8(in) & 7];
	uint8_t column = fuzz_u8(in), row = fuzz_u8(in);
	char *sql = sqlite3_mprintf("SELECT * FROM %s", table);
	sqlite3_stmt *stmt = NULL;
	const char *name;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
		name = sqlite3_column_name(stmt, column % sqlite3_column_count(stmt));
		sqlite3_free(sql);
		sql = sqlite3_mprintf("UPDATE %s SET \"%w\" = ?1 %s %d", table, name,
			row & 128 ? "WHERE ?1 OR 1 OR" : "WHERE rowid =", row & 7);
		sqlite3_finalize(stmt);
		stmt = NULL;
		if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
			bind(stmt, in);
			sqlite3_step(stmt);
		}
	}
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

static void change_bytes(uint8_t *file, sqlite3_int64 size, struct fuzz_bytes *in)
{
	size_t at = (fuzz_u16(in) | (size_t)fuzz_u8(in) << 16) % (size_t)size;
	size_t count = fuzz_u8(in) & 31;

	while (count-- && in->left && at < (size_t)size)
		file[at++] = fuzz_u8(in);
}

/* First what goes through SQLite, then what does not. */
static void write_changed(struct fuzz_bytes *in)
{
	unsigned values = fuzz_u8(in) & 15;
	sqlite3_int64 size = sound_size;
	unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size), *file;
	sqlite3 *db = NULL;

	memcpy(copy, sound, (size_t)size);
	fuzz_check(!sqlite3_open(":memory:", &db) &&
			!sqlite3_deserialize(db, "main", copy, size, size,
				SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE),
		"%s", sqlite3_errmsg(db));
	while (values--)
		change_value(db, in);
	file = sqlite3_serialize(db, "main", &size, 0);
	fuzz_check(file, "%s", sqlite3_errmsg(db));
	for (unsigned i = 0; in->left && i < CHANGES_MAX; i++)
		change_bytes(file, size, in);
	fuzz_write(ledger_path, file, (size_t)size);
	sqlite3_free(file);
	sqlite3_close(db);
}

static void remove_beside(const char *suffix)
{
	char path[320];

	snprintf(path, sizeof path, "%s%s", ledger_path, suffix);
	unlink(path);
}

static void write_ledger(const uint8_t *data, size_t size)
{
	struct fuzz_bytes in = {data, size};

	remove_beside("-wal");
	remove_beside("-shm");
	remove_beside("-journal");
	if (size >= sizeof magic && !memcmp(data, magic, sizeof magic))
		fuzz_write(ledger_path, data, size);
	else
		write_changed(&in);
}

/* -- what must hold -- */

static void check_status(void)
{
	struct imgbatch_fault said;

	for (int json = 0; json < 2; json++) {
		char *text = imgbatch_status_text(out_path, json, &said);

		fuzz_check(
			text || said.code == IMGBATCH_E_LEDGER || said.code == IMGBATCH_E_NOTHING,
			"%s: %s", imgbatch_code_name(said.code), said.detail);
		fuzz_check(text || said.detail[0], "no word");
		fuzz_check_text(text ? text : said.detail);
		fuzz_check(!text || !json || json_valid(text), "%s", text);
		imgbatch_free_text(text);
	}
}

static void check_origins(void)
{
	struct fault fault = {0};
	struct ledger *ledger;
	struct ledger_origin origin;
	int code = ledger_open_readonly(&ledger, ledger_path, &fault);

	fuzz_check_fault(&fault, code);
	if (code)
		return;
	for (unsigned i = 0; i < INPUTS; i++) {
		fault = (struct fault){0};
		code = ledger_origin(ledger, names[i], strlen(names[i]), &origin, &fault);
		fuzz_check(code <= 1, "%d", code);
		fuzz_check_fault(&fault, code < 0 ? code : 0);
		fuzz_check(code < 1 ||
				(strlen(origin.root) < (size_t)sound_size * 100 &&
					strlen(origin.input) <= origin.input_path_size),
			"%s", names[i]);
	}
	ledger_close(ledger);
}

static void check_run(void)
{
	struct fault fault = {0};
	struct ledger *ledger;
	int code = open_ledger(&ledger, &fault);

	fuzz_check_fault(&fault, code);
	if (code)
		return;
	code = run(ledger, 2, &fault);
	fuzz_check_fault(&fault, code);
	ledger_close(ledger);
}

/* Pruning takes outputs away; it may take nothing else. */
static void check_files(void)
{
	for (unsigned i = 0; i < INPUTS; i++) {
		fuzz_check(!faccessat(in_dir, names[i], F_OK, 0), "%s is gone", names[i]);
		put_file(out_dir, names[i]);
	}
	fuzz_check(!access(bystander, F_OK), "the bystander is gone");
	fuzz_check(!access(ledger_path, F_OK), "the ledger is gone");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!sound)
		make_sound();
	write_ledger(data, size);
	check_status();
	check_origins();
	check_run();
	check_files();
	return 0;
}
