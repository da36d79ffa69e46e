/* SPDX-License-Identifier: Apache-2.0 */
/* See tree.h. */
#include "tree.h"

#include "base/hash.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KINDS = 150 };

struct walk {
	struct tree *tree;
	struct tree_run *run;
	struct sched *sched;
	int out;
	unsigned next;
};

/* The names of one job's outputs: borrowed by the job while it is written. */
struct names {
	unsigned index;
	char temp[TASK_OUTPUTS_MAX][96], path[TASK_OUTPUTS_MAX][96];
	uint32_t written;
};

void tree_file(struct tree *tree, const char *name, int verb, unsigned size)
{
	static uint8_t bytes[1 << 20];
	unsigned state = size * 2654435761u + (unsigned)verb;
	int fd = openat(tree->in, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0 && size <= sizeof bytes);
	for (unsigned i = 0; i < size; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(state >> 24);
	}
	if (size)
		bytes[0] = (uint8_t)verb;
	if (size > 1 && verb == 'n')
		bytes[1] %= 60; /* MiB wanted */
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	snprintf(tree->name[tree->count++], sizeof tree->name[0], "%s", name);
}

static void tree_odd_ones(struct tree *tree)
{
	assert_int_equal(mkfifoat(tree->in, "fifo", 0644), 0);
	assert_int_equal(mkdirat(tree->in, "folder.jpg", 0755), 0);
	assert_int_equal(symlinkat("d0/000-c", tree->in, "link"), 0);
	for (const char *const *name =
			(const char *const[]){"fifo", "folder.jpg", "link", "gone", NULL};
		*name; name++)
		snprintf(tree->name[tree->count++], sizeof tree->name[0], "%s", *name);
}

void tree_make(struct tree *tree, unsigned seed, const char *verbs)
{
	static const char harmless[] = "crnmfpbc";
	char path[128], name[48];

	memset(tree, 0, sizeof *tree);
	/* A file system in memory where there is one: making and removing thousands of files is not what is tested. */
	snprintf(tree->root, sizeof tree->root, "/dev/shm/imgbatch-tree-XXXXXX");
	if (!mkdtemp(tree->root)) {
		snprintf(tree->root, sizeof tree->root, "/tmp/imgbatch-tree-XXXXXX");
		assert_non_null(mkdtemp(tree->root));
	}
	snprintf(path, sizeof path, "%s/in", tree->root);
	mkdir(path, 0755);
	tree->in = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < KINDS; i++) {
		int verb = harmless[i % (sizeof harmless - 1)];

		snprintf(name, sizeof name, "d%u", i % 7);
		mkdirat(tree->in, name, 0755);
		snprintf(name, sizeof name, "d%u/%03u-%c", i % 7, i, verb);
		seed = seed * 1664525u + 1013904223u;
		tree_file(tree, name, verb,
			i % 11 == 10 ? 0 : (seed >> 8) % (i % 5 ? 3000 : 200000) + 2);
	}
	for (; *verbs; verbs++) {
		snprintf(name, sizeof name, "x%u-%c", tree->count, *verbs);
		tree_file(tree, name, *verbs, 100);
	}
	tree_odd_ones(tree);
}

void tree_remove(struct tree *tree)
{
	char command[128];

	close(tree->in);
	snprintf(command, sizeof command, "rm -rf '%s'", tree->root);
	assert_int_equal(system(command), 0);
}

/* The client */

static int walk_next(void *ctx, struct job *job)
{
	struct walk *walk = ctx;
	struct names *names;

	if (walk->next == walk->tree->count)
		return 0;
	names = calloc(1, sizeof *names);
	names->index = walk->next++;
	job->seq = names->index;
	job->user = names;
	job->read_count = 1 + (names->index % 13 == 0 && names->index < KINDS);
	for (uint32_t i = 0; i < job->read_count; i++) {
		job->read[i].dir = walk->tree->in;
		job->read[i].path = walk->tree->name[i ? 1 : names->index];
		/* Every tenth is read from its middle on: a part of a larger file. */
		job->read[i].length = names->index % 10 == 9 ? 50 : 0;
	}
	job->request.key[0] = names->index;
	return 1;
}

static int walk_plan(void *ctx, struct job *job, struct fault *fault)
{
	struct walk *walk = ctx;
	struct names *names = job->user;

	if (names->index % 50 == 49)
		return fault_set(fault, IMGBATCH_E_COLLISION, "collides as asked");
	job->write_count = job->reply.output_count;
	for (uint32_t i = 0; i < job->write_count; i++) {
		struct job_write *write = &job->write[i];
		unsigned nth = names->written + i;

		snprintf(names->temp[i], sizeof names->temp[i], ".tmp/%u-%u.part", names->index,
			nth);
		snprintf(names->path[i], sizeof names->path[i], "%s-%u/%u",
			walk->tree->name[names->index], nth % 2, nth);
		*write = (struct job_write){
			.dir = walk->out,
			.temp = names->temp[i],
			.path = names->path[i],
			.bytes = job->reply.output[i].bytes,
			.mode = 0644,
			.replace = walk->run->replace,
			.sync = walk->run->sync,
			.set_mtime = true,
			.mtime = {1000000000 + names->index, 123000},
		};
	}
	return 0;
}

static void walk_wrote(void *ctx, struct job *job)
{
	struct names *names = job->user;

	(void)ctx;
	assert_int_equal(job->written, job->write_count);
	names->written += job->written;
}

static int walk_finished(void *ctx, struct job *job, const struct sched_outcome *outcome)
{
	struct walk *walk = ctx;
	struct names *names = job->user;
	struct verdict *verdict = &walk->tree->verdict[names->index];

	verdict->code = outcome->code;
	verdict->stage = outcome->stage;
	snprintf(verdict->detail, sizeof verdict->detail, "%s", outcome->detail);
	verdict->outputs = names->written + (outcome->code ? 0 : job->written);
	verdict->finished++;
	free(names);
	if (++walk->run->done == walk->run->stop_after)
		sched_stop(walk->sched);
	return 0;
}

static void walk_tick(void *ctx)
{
	struct walk *walk = ctx;

	if (++walk->run->ticks == walk->run->stop_tick)
		sched_stop(walk->sched);
	if (walk->run->on_tick)
		walk->run->on_tick(walk->run);
}

static int walk_run(struct walk *walk)
{
	struct sched_client client = {walk, walk_next, NULL, walk_plan, walk_wrote, walk_finished,
		walk_tick, 5, NULL, NULL};
	int code;

	walk->run->sched = walk->sched;
	code = sched_run(walk->sched, &client, &walk->run->fault);
	walk->run->sched = NULL;
	sched_stats(walk->sched, &walk->run->stats);
	sched_close(walk->sched);
	return code;
}

bool tree_io_runs(const struct io_engine *engine)
{
	struct slots slots;
	struct queue *queue = queue_new();
	struct io_settings settings = {.jobs = 1, .slots = &slots, .done = queue};
	struct fault fault = {0};
	struct io *io;
	int code;

	assert_non_null(queue);
	assert_int_equal(slots_open(&slots, 1, 4096, 4096, NULL), 0);
	code = engine->open(&io, &settings, &fault);
	if (code)
		print_message("left out: %s: %s\n", engine->name, fault.detail);
	else
		engine->close(io);
	slots_close(&slots);
	queue_free(queue);
	return code == 0;
}

int tree_run(struct tree *tree, const char *out, struct tree_run *run)
{
	struct synthetic_config config = {.host = run->host,
		.spin_us = run->spin_us,
		.refuse = run->refuse,
		.stillborn = run->stillborn};
	struct sched_settings settings = {
		.io = run->io,
		.cpu = run->cpu,
		.io_jobs = run->io_jobs,
		.io_most = run->io_most,
		.io_far = run->io_far,
		.workers = run->workers,
		.slots = run->slots,
		.input_room = 150000,
		.output_room = 4 << 20,
		.memory = run->memory,
		.timeout_ms = run->timeout_ms,
		.task = &synthetic_task,
		.config = &config,
		.config_size = sizeof config,
		.sandbox = run->sandbox,
		.slow = run->slow,
		.helper = run->helper ? run->helper : TEST_SYNTHETIC_HELPER,
	};
	struct walk walk = {.tree = tree, .run = run};
	char path[128];
	int code;

	memset(tree->verdict, 0, sizeof tree->verdict);
	memset(&run->fault, 0, sizeof run->fault);
	run->ticks = run->done = 0;
	code = sched_open(&walk.sched, &settings, &run->fault);
	if (code)
		return code;
	snprintf(path, sizeof path, "%s/out-%s", tree->root, out);
	mkdir(path, 0755);
	walk.out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	code = walk_run(&walk);
	close(walk.out);
	return code;
}

/* Hashing what was written */

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static uint64_t file_hash(const char *path, uint64_t hash)
{
	static uint8_t bytes[8 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof bytes);
	struct stat st;

	assert_true(n >= 0 && n < (ssize_t)sizeof bytes);
	fstat(fd, &st);
	close(fd);
	hash = hash64(&st.st_mtim.tv_sec, sizeof st.st_mtim.tv_sec, hash);
	return hash64(bytes, (size_t)n, hash);
}

static uint64_t folder_hash(const char *path, uint64_t hash, unsigned *files)
{
	struct dirent **entries;
	int n = scandir(path, &entries, no_dots, alphasort);
	char below[512];

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		struct stat st;

		snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
		hash = hash64(entries[i]->d_name, strlen(entries[i]->d_name), hash);
		free(entries[i]);
		assert_int_equal(lstat(below, &st), 0);
		assert_null(strstr(below, ".part"));
		if (S_ISDIR(st.st_mode)) {
			hash = folder_hash(below, hash, files);
		} else {
			hash = file_hash(below, hash);
			(*files)++;
		}
	}
	free(entries);
	return hash;
}

uint64_t tree_hash(const struct tree *tree, const char *out, unsigned *files)
{
	char path[128];

	*files = 0;
	snprintf(path, sizeof path, "%s/out-%s", tree->root, out);
	return folder_hash(path, 1, files);
}
