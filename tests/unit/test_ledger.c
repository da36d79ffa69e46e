/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the ledger: everything listed is accounted for, names collide before anything is written, an unchanged
 * output is left alone and a changed one is not, a killed run loses nothing that was committed and knows its own
 * files again, and the plan of 100,000 images takes bounded memory.
 */
#include "ledger/ledger.h"
#include "sink/names.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../home.h"

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct fault *f_ = &fault;                                                         \
		*f_ = (struct fault){0};                                                           \
		int code_ = (call);                                                                \
		if (code_)                                                                         \
			fail_msg("%s: %s %s", #call, code_name(code_), f_->detail);                \
	} while (0)

static struct fault fault;

static int setup(void **state)
{
	return home_enter(state) || mkdir("in", 0777) || mkdir("out", 0777) ? -1 : 0;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (long)st.st_size;
}

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* --- a small run over the ledger, as src/run does it --- */

struct run {
	struct ledger *ledger;
	int in, out;
	enum ledger_if_exists if_exists;
	bool fold, rename, probe, same_times;
	uint64_t digest;
	unsigned copies;
	const char *ext; /* of outputs; NULL: the input's */
	struct name_template template;
	const char *roots[1];
	int root_dirs[1];
};

static const struct run plain = {.digest = 1, .copies = 1};

static int make_names(struct run *run, const char *name, uint64_t seq, unsigned number,
	struct ledger_names *names)
{
	struct name_pieces pieces;
	int code = 0;

	name_split(&pieces, name, strlen(name));
	ledger_names_clear(names);
	for (unsigned copy = 0; !code && copy < run->copies; copy++) {
		struct name_values values = {
			.name = name,
			.name_size = strlen(name),
			.ext = run->ext ? run->ext : pieces.ext,
			.ext_size = run->ext ? strlen(run->ext) : pieces.ext_size,
			.n = seq,
			.copy = copy,
			.copies = run->copies,
			.number = number,
		};

		code = name_expand(&run->template, &values, &names->text, NULL);
		if (!code)
			code = ledger_names_add(names);
	}
	return code;
}

static int probe(void *ctx, const struct ledger_image *image, struct fault *why)
{
	(void)ctx;
	(void)why;
	if (strstr(image->path, "bad"))
		return IMGBATCH_E_OPEN;
	return strstr(image->path, ".txt") ? IMGBATCH_E_NOT_IMAGE : 0;
}

static int rename_names(void *ctx, const struct ledger_image *image, unsigned number,
	struct ledger_names *names, struct fault *why)
{
	(void)why;
	return make_names(ctx, image->name, image->seq, number, names);
}

static void run_open(struct run *run)
{
	struct ledger_settings settings = {.path = "out/ledger.sqlite",
		.fold = run->fold ? name_fold : NULL,
		.if_exists = run->if_exists,
		.same_times = run->same_times};
	struct ledger_run about = {.version = "1",
		.recipe = "resize 8x8",
		.settings = "",
		.root = run->roots,
		.root_dir = run->root_dirs,
		.root_count = 1};

	run->in = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run->out = open("out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run->roots[0] = home;
	run->root_dirs[0] = run->in;
	settings.dir = run->out;
	about.digest = run->digest;
	if (!run->template.part)
		OK(name_template_parse(&run->template, NULL, true, &fault));
	OK(ledger_open(&run->ledger, &settings, &fault));
	OK(ledger_begin(run->ledger, &about, &fault));
}

static enum ledger_state plan(struct run *run, const char *name)
{
	struct ledger_input input = {.dir = run->in,
		.path = name,
		.path_size = strlen(name),
		.name = name,
		.name_size = strlen(name)};
	struct ledger_names names = {0};
	struct ledger_counts counts;
	enum ledger_state state;

	OK(ledger_counts(run->ledger, &counts, &fault));
	OK(make_names(run, name, counts.listed, 0, &names));
	OK(ledger_plan(run->ledger, &input, &names, &state, NULL, &fault));
	ledger_names_release(&names);
	return state;
}

static int settle(struct run *run)
{
	struct ledger_settler settler = {.ctx = run,
		.probe = run->probe ? probe : NULL,
		.rename = run->rename ? rename_names : NULL};

	fault = (struct fault){0};
	return ledger_settle(run->ledger, &settler, &fault);
}

/* "Writes" one output, as the I/O engine would: E_EXISTS where a file stands that may not be replaced. */
static int write_output(struct run *run, const struct ledger_image *image, uint32_t index)
{
	struct ledger_output output;
	struct ledger_made made = {
		.width = 8, .height = 6, .recipe = "resize 8x6", .recipe_size = 10};
	struct stat in, out;
	int fd;

	fault = (struct fault){0};
	assert_int_equal(ledger_output_get(run->ledger, image->seq, index, &output, &fault), 1);
	fd = openat(run->out, output.path,
		O_WRONLY | O_CREAT | (output.replace ? O_TRUNC : O_EXCL) | O_CLOEXEC, 0666);
	if (fd < 0)
		return IMGBATCH_E_EXISTS;
	assert_int_equal(write(fd, "pixels", 6), 6);
	assert_int_equal(fstatat(run->in, image->path, &in, 0), 0);
	if (run->same_times)
		assert_int_equal(
			futimens(fd, (const struct timespec[]){in.st_mtim, in.st_mtim}), 0);
	assert_int_equal(fstat(fd, &out), 0);
	close(fd);
	made.bytes = (uint64_t)out.st_size;
	made.mtime_ns = mtime_of(&out);
	made.input_size = (uint64_t)in.st_size;
	made.input_mtime_ns = mtime_of(&in);
	OK(ledger_finish_output(run->ledger, image->seq, index, &made, &fault));
	return 0;
}

/* Whether the row of an image says this of its failure. */
static int image_detail(struct run *run, uint64_t seq, const char *stage, const char *detail)
{
	struct ledger_image image;

	ledger_rewind(run->ledger, seq);
	return ledger_next(run->ledger, &image, &fault) == 1 && !strcmp(image.stage, stage) &&
		!strcmp(image.detail, detail);
}

/* Does what is planned. Returns how many images were worked on. */
static unsigned work(struct run *run, unsigned at_most)
{
	struct ledger_image image;
	unsigned done = 0;
	int got;

	ledger_rewind(run->ledger, 0);
	while (done < at_most && (got = ledger_next(run->ledger, &image, &fault))) {
		struct ledger_result result = {.state = LEDGER_OK, .width = 100, .height = 50};

		assert_int_equal(got, 1);
		if (image.state != LEDGER_PLANNED)
			continue;
		done++;
		for (uint32_t i = 0; !result.code && i < image.outputs; i++)
			result.code = write_output(run, &image, i);
		if (result.code) {
			result.state = LEDGER_FAILED;
			result.stage = "write";
			result.detail = "why";
		}
		OK(ledger_finish_image(run->ledger, image.seq, &result, &fault));
		if (ledger_pending(run->ledger) >= 64)
			OK(ledger_commit(run->ledger, &fault));
	}
	return done;
}

static void check_counts(const struct ledger_counts *c)
{
	assert_int_equal(c->listed,
		c->ok + c->failed + c->ignored + c->skipped + c->not_attempted + c->planned);
}

static struct ledger_counts run_close(struct run *run)
{
	struct ledger_counts counts, read;
	struct ledger *status;

	OK(ledger_end(run->ledger, 0, &fault));
	OK(ledger_counts(run->ledger, &counts, &fault));
	check_counts(&counts);
	assert_int_equal(counts.planned, 0);
	OK(ledger_open_readonly(&status, "out/ledger.sqlite", &fault));
	OK(ledger_counts(status, &read, &fault));
	read.outputs = counts.outputs; /* counted by plan there */
	assert_memory_equal(&counts, &read, sizeof counts);
	ledger_close(status);
	ledger_close(run->ledger);
	close(run->in);
	close(run->out);
	name_template_release(&run->template);
	return counts;
}

/* The whole of a run over names; how many images were worked on. */
static unsigned run_all(struct run run, const char *const *names, struct ledger_counts *counts)
{
	unsigned done;

	run_open(&run);
	for (; *names; names++)
		plan(&run, *names);
	OK(settle(&run));
	done = work(&run, UINT32_MAX);
	*counts = run_close(&run);
	return done;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void make_inputs(const char *const *names)
{
	char path[300];

	for (; *names; names++) {
		snprintf(path, sizeof path, "in/%s", *names);
		write_file(path, *names);
	}
}

/* --- running again --- */

static void second_run_does_nothing(void **state)
{
	const char *const *names = NAMES("a.jpg", "b.jpg", "c.jpg");
	struct ledger_counts counts;
	struct run copies = plain;

	(void)state;
	make_inputs(names);
	assert_int_equal(run_all(plain, names, &counts), 3);
	assert_int_equal(counts.ok, 3);
	assert_int_equal(counts.outputs, 3);
	assert_int_equal(run_all(plain, names, &counts), 0);
	assert_int_equal(counts.skipped, 3);
	assert_int_equal(run_all(plain, names, &counts), 0);
	copies.copies = 2; /* other names: a-0.jpg, a-1.jpg */
	assert_int_equal(run_all(copies, names, &counts), 3);
	assert_int_equal(counts.outputs, 6);
	assert_int_equal(run_all(copies, names, &counts), 0);
	assert_int_equal(run_all(plain, names, &counts), 0);
}

static void what_changed_is_done_again(void **state)
{
	const char *const *names = NAMES("a.jpg", "b.jpg", "c.jpg", "d.jpg");
	struct ledger_counts counts;
	struct run other = plain;
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	(void)state;
	make_inputs(names);
	assert_int_equal(run_all(plain, names, &counts), 4);
	write_file("in/a.jpg", "longer than it was"); /* input's size */
	assert_int_equal(utimensat(AT_FDCWD, "in/b.jpg", times, 0), 0); /* input's mtime */
	write_file("out/c.jpg", "somebody wrote here"); /* the file itself */
	assert_int_equal(run_all(plain, names, &counts), 3);
	assert_int_equal(counts.skipped, 1);
	assert_int_equal(unlink("out/d.jpg"), 0);
	assert_int_equal(run_all(plain, names, &counts), 1);
	other.digest = 2;
	assert_int_equal(run_all(other, names, &counts), 4);
	assert_int_equal(run_all(other, names, &counts), 0);
}

static void another_input_for_the_name_is_done(void **state)
{
	struct ledger_counts counts;
	struct run png = plain;
	struct stat st;
	struct timespec times[2];

	(void)state;
	png.ext = "png";
	make_inputs(NAMES("a.jpg"));
	assert_int_equal(stat("in/a.jpg", &st), 0);
	assert_int_equal(run_all(png, NAMES("a.jpg"), &counts), 1);
	write_file("in/a.gif", "a.jpg"); /* same size and time, another file */
	times[0] = times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, "in/a.gif", times, 0), 0);
	assert_int_equal(run_all(png, NAMES("a.gif"), &counts), 1);
	assert_int_equal(run_all(png, NAMES("a.gif"), &counts), 0);
}

static void foreign_files_are_respected(void **state)
{
	struct ledger_counts counts;
	struct run run = plain;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg"));
	write_file("out/a.jpg", "mine");
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 2);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(counts.ok, 1);
	/* And again: that it was planned once does not make it ours. */
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 1);
	assert_int_equal(counts.failed, 1);
	run.if_exists = LEDGER_SKIP;
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 0);
	assert_int_equal(counts.skipped, 2);
	run.if_exists = LEDGER_ERROR;
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 2);
	assert_int_equal(counts.failed, 2);
	run.if_exists = LEDGER_OVERWRITE;
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 2);
	assert_int_equal(counts.ok, 2);
	run.if_exists = LEDGER_UPDATE;
	assert_int_equal(run_all(run, NAMES("a.jpg", "b.jpg"), &counts), 0);
}

static void planned_names_are_forgotten_when_unused(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(NAMES("a.jpg"));
	run_open(&run);
	plan(&run, "a.jpg");
	OK(settle(&run));
	counts = run_close(&run); /* stopped before it began */
	assert_int_equal(counts.not_attempted, 1);
	write_file("out/a.jpg", "mine");
	assert_int_equal(run_all(plain, NAMES("a.jpg"), &counts), 1);
	assert_int_equal(counts.failed, 1);
}

/* --- collisions --- */

static int count_clash(void *ctx, const struct ledger_clash *clash)
{
	unsigned *count = ctx;

	assert_true(clash->first.seq < clash->second.seq);
	++*count;
	return 0;
}

static void collisions_are_refused(void **state)
{
	struct run run = plain;
	unsigned count = 0;

	(void)state;
	run.ext = "jpg";
	run_open(&run);
	plan(&run, "a.jpg");
	plan(&run, "b.jpg");
	plan(&run, "a.png");
	plan(&run, "a.gif");
	assert_int_equal(settle(&run), IMGBATCH_E_NAMES);
	assert_string_equal(fault.detail, "\"a.jpg\" and \"a.png\" would both write \"a.jpg\"");
	OK(ledger_clashes(run.ledger, count_clash, &count, &fault));
	assert_int_equal(count, 2);
	assert_int_equal(run_close(&run).not_attempted, 4);
}

static void case_collides_only_where_it_folds(void **state)
{
	struct run run = plain;

	(void)state;
	run_open(&run);
	plan(&run, "a.jpg");
	plan(&run, "A.JPG");
	OK(settle(&run));
	run_close(&run);
	unlink("out/ledger.sqlite");
	run = plain;
	run.fold = true;
	run_open(&run);
	plan(&run, "\xc3\x84.jpg");
	plan(&run, "\xc3\xa4.JPG");
	assert_int_equal(settle(&run), IMGBATCH_E_NAMES);
	run_close(&run);
}

static void what_is_no_image_gives_its_name_up(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(NAMES("a.bad", "a.jpg", "a.txt", "b.jpg", "b.txt"));
	run.ext = "jpg";
	run.probe = true;
	assert_int_equal(
		run_all(run, NAMES("a.bad", "a.jpg", "a.txt", "b.jpg", "b.txt"), &counts), 2);
	assert_int_equal(counts.ok, 2);
	assert_int_equal(counts.ignored, 2);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(
		run_all(run, NAMES("a.bad", "a.jpg", "a.txt", "b.jpg", "b.txt"), &counts), 0);
	assert_int_equal(counts.skipped, 2);
}

static void output_name(struct run *run, uint64_t seq, uint32_t index, const char *wanted)
{
	struct ledger_output output;

	assert_int_equal(ledger_output_get(run->ledger, seq, index, &output, &fault), 1);
	assert_string_equal(output.path, wanted);
}

static void suffixes_are_the_same_each_time(void **state)
{
	const char *const *names = NAMES("a.gif", "a.jpg", "a.png", "a_1.gif", "b.gif");
	struct run run = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(names);
	run.ext = "jpg";
	run.rename = true;
	for (int again = 0; again < 2; again++) {
		struct run this = run;
		struct ledger_image image;

		run_open(&this);
		for (size_t i = 0; names[i]; i++)
			plan(&this, names[i]);
		OK(settle(&this));
		output_name(&this, 0, 0, "a.jpg");
		output_name(&this, 1, 0, "a_2.jpg"); /* a_1.jpg is somebody's own name */
		output_name(&this, 2, 0, "a_3.jpg");
		output_name(&this, 3, 0, "a_1.jpg");
		output_name(&this, 4, 0, "b.jpg");
		ledger_rewind(this.ledger, 2);
		assert_int_equal(ledger_next(this.ledger, &image, &fault), 1);
		assert_int_equal(image.number, 3);
		assert_int_equal(work(&this, UINT32_MAX), again ? 0 : 5);
		counts = run_close(&this);
		assert_int_equal(again ? counts.skipped : counts.ok, 5);
	}
}

static void copies_are_renamed_together(void **state)
{
	struct run run = plain;

	(void)state;
	make_inputs(NAMES("a.gif", "a.jpg"));
	run.ext = "jpg";
	run.copies = 2;
	run.rename = true;
	run_open(&run);
	plan(&run, "a.gif");
	plan(&run, "a.jpg");
	OK(settle(&run));
	output_name(&run, 1, 0, "a-0_1.jpg");
	output_name(&run, 1, 1, "a-1_1.jpg");
	run_close(&run);
}

static void an_image_may_collide_with_itself(void **state)
{
	struct run run = plain;

	(void)state;
	OK(name_template_parse(&run.template, "{stem}.{ext}", true, &fault));
	run.copies = 2;
	run_open(&run);
	plan(&run, "a.jpg");
	assert_int_equal(settle(&run), IMGBATCH_E_NAMES);
	run_close(&run);
	run = plain;
	OK(name_template_parse(&run.template, "{stem}.{ext}", true, &fault));
	run.copies = 2;
	run.rename = true;
	run_open(&run);
	plan(&run, "a.jpg");
	OK(settle(&run));
	assert_int_equal(run_close(&run).failed, 1);
}

static void a_million_ways_to_one_name_stay_quick(void **state)
{
	struct run run = plain;
	struct ledger_output output;

	(void)state;
	OK(name_template_parse(&run.template, "all.{ext}", true, &fault));
	run.ext = "jpg";
	run.rename = true;
	run_open(&run);
	for (int i = 0; i < 3000; i++) {
		char name[32];

		snprintf(name, sizeof name, "%d.jpg", i);
		plan(&run, name);
	}
	OK(settle(&run));
	assert_int_equal(ledger_output_get(run.ledger, 2999, 0, &output, &fault), 1);
	assert_string_equal(output.path, "all_2999.jpg");
	run_close(&run);
}

/* --- claims --- */

static int claim(struct run *run, uint64_t seq, const char *path, bool *replace)
{
	fault = (struct fault){0};
	return ledger_output_claim(run->ledger, seq, 0, path, strlen(path), replace, &fault);
}

static unsigned claim_run(struct run run, bool wants_skip)
{
	struct ledger_image image;
	struct ledger_result ok = {.state = LEDGER_OK};
	unsigned done = 0;
	bool replace;

	run_open(&run);
	plan(&run, "a.png"); /* JPEG by its content */
	plan(&run, "b.jpg");
	OK(settle(&run));
	while (ledger_next(run.ledger, &image, &fault) == 1) {
		if (image.state != LEDGER_PLANNED)
			continue;
		done++;
		if (!image.seq) {
			OK(claim(&run, 0, "a.jpg", &replace));
			output_name(&run, 0, 0, "a.jpg");
			assert_int_equal(claim(&run, 0, "b.jpg", &replace), IMGBATCH_E_COLLISION);
			output_name(&run, 0, 0, "a.jpg");
		}
		OK(write_output(&run, &image, 0));
		OK(ledger_finish_image(run.ledger, image.seq, &ok, &fault));
	}
	if (wants_skip)
		output_name(&run, 0, 0, "a.jpg");
	run_close(&run);
	return done;
}

static void claimed_names_are_found_again(void **state)
{
	(void)state;
	make_inputs(NAMES("a.png", "b.jpg"));
	assert_int_equal(claim_run(plain, false), 2);
	assert_true(exists("out/a.jpg"));
	assert_false(exists("out/a.png"));
	assert_int_equal(claim_run(plain, true), 0);
	write_file("in/a.png", "changed");
	assert_int_equal(claim_run(plain, false), 1);
	assert_int_equal(claim_run(plain, true), 0);
}

static void claims_respect_foreign_files(void **state)
{
	struct run run = plain;
	bool replace = true;

	(void)state;
	make_inputs(NAMES("a.png"));
	write_file("out/a.jpg", "mine");
	run_open(&run);
	plan(&run, "a.png");
	OK(settle(&run));
	assert_int_equal(claim(&run, 0, "a.jpg", &replace), IMGBATCH_E_EXISTS);
	OK(claim(&run, 0, "a.jpeg", &replace));
	assert_false(replace);
	run_close(&run);
}

/* --- kills --- */

static void kill_in_the_middle(unsigned images, unsigned after)
{
	pid_t child = fork();

	if (!child) {
		struct run run = plain;
		char name[32];

		run_open(&run);
		for (unsigned i = 0; i < images; i++) {
			snprintf(name, sizeof name, "%05u.jpg", i);
			plan(&run, name);
		}
		OK(settle(&run));
		work(&run, after);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void killed_run_is_finished_by_the_next(void **state)
{
	enum { IMAGES = 300, AFTER = 200 };
	struct run run = plain;
	struct ledger *status;
	struct ledger_counts counts;
	struct ledger_about about;
	char name[32], path[40];
	unsigned done;

	(void)state;
	for (unsigned i = 0; i < IMAGES; i++) {
		snprintf(path, sizeof path, "in/%05u.jpg", i);
		write_file(path, "x");
	}
	kill_in_the_middle(IMAGES, AFTER);
	OK(ledger_open_readonly(&status, "out/ledger.sqlite", &fault));
	OK(ledger_counts(status, &counts, &fault));
	check_counts(&counts);
	assert_int_equal(counts.listed, IMAGES);
	assert_true(counts.ok >= AFTER - 64 && counts.ok <= AFTER);
	assert_int_equal(ledger_about(status, &about, &fault), 1);
	assert_int_equal(about.ended_ns, 0);
	ledger_close(status);
	/* Files whose rows were lost are known as ours and done again: none fails with E_EXISTS. */
	run_open(&run);
	for (unsigned i = 0; i < IMAGES; i++) {
		snprintf(name, sizeof name, "%05u.jpg", i);
		plan(&run, name);
	}
	OK(settle(&run));
	done = work(&run, UINT32_MAX);
	counts = run_close(&run);
	assert_int_equal(counts.failed, 0);
	assert_int_equal(counts.skipped + counts.ok, IMAGES);
	assert_true(done >= IMAGES - AFTER && done <= IMAGES - AFTER + 64);
}

/* What a killed run had planned over somebody's file is still somebody's file. */
static void killed_run_owns_no_foreign_file(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;
	pid_t child;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg"));
	write_file("out/a.jpg", "mine");
	child = fork();
	if (!child) {
		run_open(&run);
		plan(&run, "a.jpg");
		plan(&run, "b.jpg");
		OK(settle(&run));
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(run_all(plain, NAMES("a.jpg", "b.jpg"), &counts), 2);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(counts.ok, 1);
}

/* The next files to be written, and those that were, in halves: what is not durable yet is in no row. */
static void results_are_committed_in_part(void **state)
{
	struct run run = plain;
	struct ledger *status;
	struct ledger_counts counts;
	struct ledger_image image;
	size_t half;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg", "c.jpg"));
	run_open(&run);
	plan(&run, "a.jpg");
	plan(&run, "b.jpg");
	plan(&run, "c.jpg");
	OK(settle(&run));
	assert_int_equal(work(&run, 1), 1);
	half = ledger_pending(run.ledger);
	assert_int_equal(half, 2); /* an output and its image */
	assert_int_equal(ledger_next(run.ledger, &image, &fault), 1);
	write_output(&run, &image, 0);
	OK(ledger_finish_image(run.ledger, image.seq,
		&(struct ledger_result){
			.state = LEDGER_FAILED, .stage = "write", .detail = "because"},
		&fault));
	OK(ledger_commit_first(run.ledger, half, &fault));
	assert_int_equal(ledger_pending(run.ledger), 2);
	OK(ledger_open_readonly(&status, "out/ledger.sqlite", &fault));
	OK(ledger_counts(status, &counts, &fault));
	assert_int_equal(counts.ok, 1);
	assert_int_equal(counts.planned, 2);
	OK(ledger_commit(run.ledger, &fault));
	OK(ledger_counts(status, &counts, &fault));
	assert_int_equal(counts.failed, 1);
	ledger_close(status);
	assert_int_equal(image_detail(&run, image.seq, "write", "because"), 1);
	assert_int_equal(work(&run, 1), 1);
	run_close(&run);
}

/* Results whose files could not be made durable: the accounts add up, and the run is as good as killed. */
static void dropped_results_are_planned_again(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg"));
	run_open(&run);
	plan(&run, "a.jpg");
	plan(&run, "b.jpg");
	OK(settle(&run));
	assert_int_equal(work(&run, 1), 1);
	ledger_drop_pending(run.ledger);
	assert_int_equal(ledger_pending(run.ledger), 0);
	OK(ledger_counts(run.ledger, &counts, &fault));
	check_counts(&counts);
	assert_int_equal(counts.planned, 2);
	assert_int_equal(counts.outputs, 0);
	ledger_close(run.ledger);
	name_template_release(&run.template);
	close(run.in);
	close(run.out);
	assert_int_equal(run_all(plain, NAMES("a.jpg", "b.jpg"), &counts), 2);
	assert_int_equal(counts.ok, 2);
}

/* As if killed once it had written the outputs of so many images, and before it could say so. */
static void run_until_killed(struct run run, const char *const *names, unsigned at_most)
{
	run_open(&run);
	for (; *names; names++)
		plan(&run, *names);
	OK(settle(&run));
	work(&run, at_most);
	ledger_close(run.ledger);
	name_template_release(&run.template);
	close(run.in);
	close(run.out);
}

/* Files of the same size and time, by other settings: the old ones' rows are believed no longer, until they are true. */
static void what_a_killed_run_replaced_is_in_doubt(void **state)
{
	const char *const *names = NAMES("a.jpg", "b.jpg");
	struct run first = plain, other = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(names);
	first.same_times = other.same_times = true;
	other.digest = 2;
	assert_int_equal(run_all(first, names, &counts), 2);
	assert_int_equal(run_all(first, names, &counts), 0);
	run_until_killed(other, names, 2);
	other.same_times = false; /* that was killed, too, before its first output */
	run_until_killed(other, names, 0);
	assert_int_equal(run_all(first, names, &counts), 2);
	assert_int_equal(run_all(first, names, &counts), 0);
}

/* --if-exists skip keeps whole files only: what no result was committed of may be cut. */
static void skip_keeps_nothing_of_a_killed_run(void **state)
{
	const char *const *names = NAMES("a.jpg", "b.jpg", "c.jpg");
	struct run skipping = plain;
	struct ledger_counts counts;

	(void)state;
	make_inputs(names);
	skipping.if_exists = LEDGER_SKIP;
	write_file("out/c.jpg", "somebody's");
	assert_int_equal(run_all(skipping, NAMES("a.jpg"), &counts), 1);
	run_until_killed(skipping, names, 2);
	write_file("out/b.jpg", "");
	assert_int_equal(run_all(skipping, names, &counts), 1);
	assert_int_equal(counts.skipped, 2);
	assert_int_equal(counts.ok, 1);
	/* And what it kept is not its own: the next run may not replace it. */
	run_all(plain, names, &counts);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(size_of("out/c.jpg"), strlen("somebody's"));
}

static void status_reads_while_a_run_writes(void **state)
{
	struct run run = plain;
	struct ledger *status;
	struct ledger_counts counts;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg"));
	run_open(&run);
	plan(&run, "a.jpg");
	plan(&run, "b.jpg");
	OK(settle(&run));
	assert_int_equal(work(&run, 1), 1);
	OK(ledger_commit(run.ledger, &fault));
	OK(ledger_open_readonly(&status, "out/ledger.sqlite", &fault));
	OK(ledger_counts(status, &counts, &fault));
	assert_int_equal(counts.ok, 1);
	assert_int_equal(counts.planned, 1);
	ledger_close(status);
	assert_int_equal(work(&run, 1), 1);
	run_close(&run);
}

/* --- the rest --- */

static const char *const no_ways[] = {NULL};
static const struct ledger_pruner plain_pruner = {.ways = no_ways};

/* Rows of the ledger as another process would find them. */
static int rows(const char *where)
{
	char sql[200];
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int count;

	sqlite3_snprintf(sizeof sql, sql, "SELECT count(*) FROM output WHERE %s", where);
	assert_int_equal(sqlite3_open("out/ledger.sqlite", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	count = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return count;
}

struct removals {
	unsigned removed, settled;
};

static int on_removed(void *ctx, const char *path)
{
	struct removals *removals = ctx;
	char name[300];

	snprintf(name, sizeof name, "out/%s", path);
	assert_false(exists(name));
	removals->removed++;
	return 0;
}

/* Once the files are gone, and while the rows still stand. */
static int on_settle(void *ctx, struct fault *why)
{
	struct removals *removals = ctx;

	assert_int_equal(removals->removed, 2);
	assert_int_equal(rows("made = 1"), 3);
	removals->settled++;
	return removals->settled == 1 ? fault_set(why, IMGBATCH_E_WRITE, "no sync") : 0;
}

/* A removal that power takes back must not leave a file that no row knows. */
static void rows_are_forgotten_once_their_files_are_gone_for_good(void **state)
{
	struct removals removals = {0};
	const struct ledger_pruner pruner = {no_ways, on_removed, on_settle, &removals};
	struct run run = plain;
	struct ledger_counts counts;
	struct ledger_pruned pruned;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg", "c.jpg"));
	run_all(plain, NAMES("a.jpg", "b.jpg", "c.jpg"), &counts);
	run_open(&run);
	plan(&run, "a.jpg");
	OK(settle(&run));
	OK(ledger_end(run.ledger, 0, &fault));
	assert_int_equal(ledger_prune(run.ledger, &pruner, &pruned, &fault), IMGBATCH_E_WRITE);
	assert_int_equal(rows("made = 1"), 3);
	OK(ledger_prune(run.ledger, &pruner, &pruned, &fault));
	assert_int_equal(removals.removed, 2);
	assert_int_equal(removals.settled, 2);
	run_close(&run);
	assert_int_equal(rows("made = 1"), 1);
}

static void prune_removes_what_is_not_wanted(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;
	struct ledger_pruned pruned;

	(void)state;
	mkdir("in/d", 0777);
	mkdir("out/d", 0777);
	make_inputs(NAMES("a.jpg", "b.jpg", "c.jpg", "d/e.jpg"));
	run_all(plain, NAMES("a.jpg", "b.jpg", "c.jpg", "d/e.jpg"), &counts);
	write_file("out/c.jpg", "changed by hand");
	write_file("out/foreign.jpg", "mine");
	run_open(&run);
	plan(&run, "a.jpg");
	OK(settle(&run));
	work(&run, UINT32_MAX);
	OK(ledger_end(run.ledger, 0, &fault));
	OK(ledger_prune(run.ledger, &plain_pruner, &pruned, &fault));
	assert_int_equal(pruned.removed, 2);
	assert_int_equal(pruned.changed, 1);
	run_close(&run);
	assert_true(exists("out/a.jpg"));
	assert_false(exists("out/b.jpg"));
	assert_true(exists("out/c.jpg"));
	assert_false(exists("out/d"));
	assert_true(exists("out/foreign.jpg"));
}

/* Whoever sends a folder sends its ledger, too. */
static void prune_stays_inside(void **state)
{
	static const char *const paths[] = {
		"../in/b.jpg", "d/../../in/b.jpg", "in/..", "", "../masks/../in/b.jpg", NULL};
	static const char *const ways[] = {"", "../masks/", NULL};
	const struct ledger_pruner pruner = {.ways = ways};
	struct ledger_counts counts;
	char sql[200], absolute[100];

	(void)state;
	mkdir("out/d", 0777);
	snprintf(absolute, sizeof absolute, "%s/in/b.jpg", home);
	for (int i = 0; i <= 5; i++) {
		struct run run = plain;
		struct ledger_pruned pruned;
		struct stat st;
		sqlite3 *db;

		make_inputs(NAMES("a.jpg", "b.jpg"));
		assert_int_equal(stat("in/b.jpg", &st), 0);
		run_all(plain, NAMES("a.jpg", "b.jpg"), &counts);
		sqlite3_open("out/ledger.sqlite", &db);
		sqlite3_snprintf(sizeof sql, sql,
			"UPDATE output SET key = CAST(%Q AS BLOB), bytes = %d, mtime_ns = %lld "
			"WHERE key = CAST('b.jpg' AS BLOB)",
			paths[i] ? paths[i] : absolute, (int)st.st_size, (long long)mtime_of(&st));
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_changes(db), 1);
		sqlite3_close(db);
		run_open(&run);
		plan(&run, "a.jpg");
		OK(settle(&run));
		OK(ledger_end(run.ledger, 0, &fault));
		OK(ledger_prune(run.ledger, &pruner, &pruned, &fault));
		assert_int_equal(pruned.removed, 0);
		run_close(&run);
		assert_true(exists("in/b.jpg"));
		unlink("out/b.jpg");
	}
}

static void prune_needs_a_whole_listing(void **state)
{
	struct run run = plain;
	struct ledger_counts counts;
	struct ledger_pruned pruned;
	struct ledger_input failed = {.path = "d",
		.path_size = 1,
		.name = "d",
		.name_size = 1,
		.state = LEDGER_FAILED,
		.code = IMGBATCH_E_OPEN,
		.detail = "Permission denied",
		.incomplete = true};

	(void)state;
	make_inputs(NAMES("a.jpg"));
	run_all(plain, NAMES("a.jpg"), &counts);
	run_open(&run);
	OK(ledger_plan(run.ledger, &failed, NULL, NULL, NULL, &fault));
	OK(settle(&run));
	OK(ledger_end(run.ledger, 0, &fault));
	assert_int_equal(ledger_prune(run.ledger, &plain_pruner, &pruned, &fault), IMGBATCH_E_OPEN);
	assert_int_equal(run_close(&run).failed, 1);
	assert_true(exists("out/a.jpg"));
}

static int see_failed(void *ctx, const struct ledger_image *image)
{
	struct str *seen = ctx;

	str_addf(seen, "%s %s %s %s\n", image->name, code_name(image->code), image->stage,
		image->detail);
	return 0;
}

static int see_kind(void *ctx, int code, uint64_t count)
{
	str_addf(ctx, "%s %llu\n", code_name(code), (unsigned long long)count);
	return 0;
}

static void questions_are_answered(void **state)
{
	struct run run = plain;
	struct ledger *status;
	struct ledger_origin origin;
	struct ledger_counts counts;
	struct str seen = STR_INIT;
	char odd[] = "x\n\xff.jpg";
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "in/%s", odd);
	write_file(path, odd);
	make_inputs(NAMES("a.jpg"));
	write_file("out/a.jpg", "mine");
	run_all(run, NAMES("a.jpg", odd), &counts);
	OK(ledger_open_readonly(&status, "out/ledger.sqlite", &fault));
	OK(ledger_each_failed(status, see_failed, &seen, &fault));
	OK(ledger_failures(status, see_kind, &seen, &fault));
	assert_string_equal(str_text(&seen), "a.jpg E_EXISTS write why\nE_EXISTS 1\n");
	assert_int_equal(ledger_origin(status, "nothing", 7, &origin, &fault), 0);
	assert_int_equal(ledger_origin(status, odd, strlen(odd), &origin, &fault), 1);
	assert_string_equal(origin.input, odd);
	assert_string_equal(origin.root, home);
	assert_string_equal(origin.output.recipe, "resize 8x6");
	assert_string_equal(origin.about.recipe, "resize 8x8");
	assert_int_equal(origin.output.width, 8);
	ledger_close(status);
	str_release(&seen);
}

static void nothing_listed_is_said(void **state)
{
	struct run run = plain;

	(void)state;
	run_open(&run);
	assert_int_equal(settle(&run), IMGBATCH_E_NOTHING);
	run_close(&run);
}

static void strange_files_are_refused(void **state)
{
	struct ledger *ledger;
	struct ledger_settings settings = {.path = "strange", .dir = -1};
	struct ledger_counts counts;
	sqlite3 *db;

	(void)state;
	assert_int_equal(ledger_open_readonly(&ledger, "strange", &fault), IMGBATCH_E_NOTHING);
	write_file("strange",
		"this is no database, and it is long enough to be looked at as one, "
		"which takes a hundred bytes or so");
	assert_int_equal(ledger_open(&ledger, &settings, &fault), IMGBATCH_E_LEDGER);
	assert_int_equal(ledger_open_readonly(&ledger, "strange", &fault), IMGBATCH_E_LEDGER);
	unlink("strange");
	sqlite3_open("strange", &db);
	sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_int_equal(ledger_open(&ledger, &settings, &fault), IMGBATCH_E_LEDGER);
	assert_non_null(strstr(fault.detail, "not a ledger"));
	make_inputs(NAMES("a.jpg"));
	run_all(plain, NAMES("a.jpg"), &counts);
	sqlite3_open("out/ledger.sqlite", &db);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	settings.path = "out/ledger.sqlite";
	assert_int_equal(ledger_open(&ledger, &settings, &fault), IMGBATCH_E_LEDGER);
	assert_non_null(strstr(fault.detail, "newer"));
}

static void dry_run_changes_nothing(void **state)
{
	struct ledger_counts counts;
	struct ledger *ledger;
	struct ledger_settings settings = {.path = "out/ledger.sqlite", .dry = true};
	struct ledger_run about = {.version = "1",
		.recipe = "",
		.settings = "",
		.digest = 1,
		.root = (const char *const[]){home},
		.root_count = 1};
	struct ledger_names names = {0};
	struct ledger_input input = {
		.path = "a.jpg", .path_size = 5, .name = "a.jpg", .name_size = 5};
	struct ledger_settler settler = {0};
	enum ledger_state planned;

	(void)state;
	make_inputs(NAMES("a.jpg", "b.jpg"));
	run_all(plain, NAMES("a.jpg", "b.jpg"), &counts);
	for (int private = 0; private < 2; private ++) {
		settings.dir = open("out", O_RDONLY | O_DIRECTORY);
		input.dir = open("in", O_RDONLY | O_DIRECTORY);
		if (private)
			settings.path = NULL;
		OK(ledger_open(&ledger, &settings, &fault));
		OK(ledger_begin(ledger, &about, &fault));
		ledger_names_clear(&names);
		str_add(&names.text, "a.jpg");
		OK(ledger_names_add(&names));
		OK(ledger_plan(ledger, &input, &names, &planned, NULL, &fault));
		assert_int_equal(planned, private ? LEDGER_PLANNED : LEDGER_SKIPPED);
		OK(ledger_settle(ledger, &settler, &fault));
		ledger_close(ledger);
		close(settings.dir);
		close(input.dir);
	}
	ledger_names_release(&names);
	OK(ledger_open_readonly(&ledger, "out/ledger.sqlite", &fault));
	OK(ledger_counts(ledger, &counts, &fault));
	assert_int_equal(counts.listed, 2);
	ledger_close(ledger);
}

static void second_inputs_count(void **state)
{
	(void)state;
	assert_true(ledger_side(0, 0) != 0);
	assert_true(ledger_side(1, 2) != ledger_side(2, 1));
	assert_true(ledger_side(1, 2) != ledger_side(1, 3));
	/* What is not there adds nothing; which is which counts. */
	assert_true(ledger_sides_add(0, 7) == 7 && ledger_sides_add(7, 0) == 7);
	assert_true(ledger_sides_add(3, 5) != ledger_sides_add(5, 3));
}

/* Plans one image with files beside it, as if nothing else had changed. */
static enum ledger_state plan_beside(const char *mask, const char *labels, uint64_t also, bool work)
{
	struct run run = plain;
	struct ledger_names names = {0};
	struct ledger_output output;
	struct ledger_made made = {.width = 8,
		.height = 6,
		.bytes = 6,
		.stored_width = 100,
		.stored_height = 50,
		.orientation = 6};
	struct ledger_result result = {.state = LEDGER_OK};
	enum ledger_state state;
	struct stat st;

	run_open(&run);
	struct ledger_input input = {.dir = run.in,
		.path = "a.jpg",
		.path_size = 5,
		.name = "a.jpg",
		.name_size = 5,
		.beside = {{run.in, mask}, {run.in, labels}},
		.also = also};
	OK(make_names(&run, "a.jpg", 0, 0, &names));
	OK(ledger_plan(run.ledger, &input, &names, &state, NULL, &fault));
	OK(settle(&run));
	if (work) {
		write_file("out/a.jpg", "pixels");
		assert_int_equal(stat("out/a.jpg", &st), 0);
		made.mtime_ns = mtime_of(&st);
		assert_int_equal(stat("in/a.jpg", &st), 0);
		made.input_size = (uint64_t)st.st_size;
		made.input_mtime_ns = mtime_of(&st);
		for (int i = 0; i < 2; i++)
			if (input.beside[i].path && !fstatat(run.in, input.beside[i].path, &st, 0))
				made.side = ledger_sides_add(made.side,
					ledger_side((uint64_t)st.st_size, mtime_of(&st)));
		made.side = ledger_sides_add(made.side, also);
		OK(ledger_finish_output(run.ledger, 0, 0, &made, &fault));
		OK(ledger_finish_image(run.ledger, 0, &result, &fault));
		OK(ledger_commit(run.ledger, &fault));
		assert_int_equal(ledger_output_get(run.ledger, 0, 0, &output, &fault), 1);
		assert_true(output.stored_width == 100 && output.stored_height == 50 &&
			output.orientation == 6);
	}
	ledger_names_release(&names);
	run_close(&run);
	return state;
}

static void what_lies_beside_counts(void **state)
{
	(void)state;
	make_inputs(NAMES("a.jpg", "a.txt"));
	write_file("in/a.png", "of another size");
	assert_int_equal(plan_beside("a.png", "a.txt", 9, true), LEDGER_PLANNED);
	assert_int_equal(plan_beside("a.png", "a.txt", 9, false), LEDGER_SKIPPED);
	assert_int_equal(plan_beside("a.png", "a.txt", 8, false), LEDGER_PLANNED);
	assert_int_equal(plan_beside("a.png", NULL, 9, false), LEDGER_PLANNED);
	assert_int_equal(plan_beside("a.txt", "a.png", 9, false), LEDGER_PLANNED);
	assert_int_equal(plan_beside("a.png", "nothing", 9, false), LEDGER_PLANNED);
	write_file("in/a.txt", "another");
	assert_int_equal(plan_beside("a.png", "a.txt", 9, false), LEDGER_PLANNED);
}

/* A ledger from before there were boxes. */
static void an_older_ledger_goes_on(void **state)
{
	static const char sql[] = "ALTER TABLE output DROP COLUMN stored_width;"
				  "ALTER TABLE output DROP COLUMN stored_height;"
				  "ALTER TABLE output DROP COLUMN orientation;";
	const char *const *names = NAMES("a.jpg", "b.jpg");
	struct ledger_counts counts;
	struct ledger_origin origin;
	struct ledger *ledger;
	sqlite3 *db;

	(void)state;
	make_inputs(names);
	assert_int_equal(run_all(plain, names, &counts), 2);
	assert_int_equal(sqlite3_open("out/ledger.sqlite", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	OK(ledger_open_readonly(&ledger, "out/ledger.sqlite", &fault));
	assert_int_equal(ledger_origin(ledger, "a.jpg", 5, &origin, &fault), 1);
	ledger_close(ledger);
	assert_int_equal(run_all(plain, names, &counts), 0);
	assert_int_equal(counts.skipped, 2);
	assert_int_equal(unlink("out/a.jpg"), 0);
	assert_int_equal(plan_beside(NULL, NULL, 0, true), LEDGER_PLANNED);
}

static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &size, &pages), 2);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void big_plans_take_bounded_memory(void **state)
{
	enum { IMAGES = 100000 };
	struct run run = plain;
	struct ledger_image image;
	struct ledger_result ok = {.state = LEDGER_OK};
	struct ledger_made made = {.bytes = 1000, .recipe = "resize 256x192", .recipe_size = 14};
	size_t before, grown;
	uint64_t next = 0;
	char name[64];

	(void)state;
	run_open(&run);
	plan(&run, "0/first.jpg");
	before = resident();
	for (int i = 1; i < IMAGES; i++) {
		snprintf(name, sizeof name, "n%08d/n%08d_%d.JPEG", i / 1000, i / 1000, i);
		plan(&run, name);
	}
	OK(settle(&run));
	while (ledger_next(run.ledger, &image, &fault) == 1) {
		assert_int_equal(image.seq, next++);
		OK(ledger_finish_output(run.ledger, image.seq, 0, &made, &fault));
		OK(ledger_finish_image(run.ledger, image.seq, &ok, &fault));
		if (ledger_pending(run.ledger) >= LEDGER_BATCH)
			OK(ledger_commit(run.ledger, &fault));
	}
	grown = resident() - before;
	assert_int_equal(next, IMAGES);
	assert_int_equal(run_close(&run).ok, IMAGES);
	/* 64 bytes an entry would be 6.4 MB, SQLite's cache is 8 MiB; sanitizers keep freed memory for a while. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	assert_true(grown < (size_t)400 << 20);
#else
	assert_true(grown < (size_t)24 << 20);
#endif
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, home_leave)
	const struct CMUnitTest tests[] = {
		TEST(second_run_does_nothing),
		TEST(what_changed_is_done_again),
		TEST(another_input_for_the_name_is_done),
		TEST(foreign_files_are_respected),
		TEST(planned_names_are_forgotten_when_unused),
		TEST(collisions_are_refused),
		TEST(case_collides_only_where_it_folds),
		TEST(what_is_no_image_gives_its_name_up),
		TEST(suffixes_are_the_same_each_time),
		TEST(copies_are_renamed_together),
		TEST(an_image_may_collide_with_itself),
		TEST(a_million_ways_to_one_name_stay_quick),
		TEST(claimed_names_are_found_again),
		TEST(claims_respect_foreign_files),
		TEST(killed_run_is_finished_by_the_next),
		TEST(killed_run_owns_no_foreign_file),
		TEST(results_are_committed_in_part),
		TEST(dropped_results_are_planned_again),
		TEST(status_reads_while_a_run_writes),
		TEST(what_a_killed_run_replaced_is_in_doubt),
		TEST(skip_keeps_nothing_of_a_killed_run),
		TEST(rows_are_forgotten_once_their_files_are_gone_for_good),
		TEST(prune_removes_what_is_not_wanted),
		TEST(prune_stays_inside),
		TEST(prune_needs_a_whole_listing),
		TEST(questions_are_answered),
		TEST(nothing_listed_is_said),
		TEST(strange_files_are_refused),
		TEST(dry_run_changes_nothing),
		TEST(second_inputs_count),
		TEST(what_lies_beside_counts),
		TEST(an_older_ledger_goes_on),
		TEST(big_plans_take_bounded_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
