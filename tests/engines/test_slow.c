/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the simulated slow store: bytes and verdicts are what they are without it, every file waits at least as long as it says,
 * each engine waits in its own way (one after another, or many at once), and a wish to stop is not kept waiting.
 *
 * What is asked of times holds on a machine however busy: lower bounds, and whether waits lay beside one another.
 */
#include "tree.h"

#include "base/clock.h"
#include "io/io.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 16, SIZE = 20000 };

/* -- one engine by itself --- */

struct bench {
	struct slots slots;
	struct queue *queue;
	struct io *io;
	char root[64], name[FILES][16];
	int dir;
	struct job job[FILES];
	uint64_t elapsed_us, sum_us; /* of a reading of all files; the files' own times */
};

static void make_files(struct bench *b)
{
	uint8_t bytes[SIZE];

	snprintf(b->root, sizeof b->root, "/tmp/imgbatch-slow-XXXXXX");
	assert_non_null(mkdtemp(b->root));
	b->dir = open(b->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(b->name[i], sizeof b->name[i], "%d", i);
		fd = openat(b->dir, b->name[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		memset(bytes, i + 1, sizeof bytes);
		assert_int_equal(write(fd, bytes, sizeof bytes), SIZE);
		close(fd);
	}
}

static void remove_files(struct bench *b)
{
	for (int i = 0; i < FILES; i++)
		unlinkat(b->dir, b->name[i], 0);
	close(b->dir);
	rmdir(b->root);
}

static void submit_all(struct bench *b, const struct io_engine *engine)
{
	for (int i = 0; i < FILES; i++) {
		b->job[i] = (struct job){.phase = JOB_READ, .slot = (uint32_t)i, .read_count = 1};
		b->job[i].bytes = slot_bytes(&b->slots, (uint32_t)i);
		b->job[i].read[0] = (struct job_read){.dir = b->dir, .path = b->name[i]};
		engine->submit(b->io, &b->job[i]);
	}
	if (engine->flush)
		engine->flush(b->io);
}

static void take_all(struct bench *b)
{
	for (int left = FILES; left > 0;) {
		struct job *next;

		for (struct job *job = queue_take(b->queue, 1, -1); job; job = next, left--) {
			next = job->next;
			assert_int_equal(job->code, 0);
			assert_int_equal(job->read[0].got.length, SIZE);
			assert_int_equal(job->bytes[SIZE - 1], job->slot + 1);
			b->sum_us += job->read[0].us;
		}
	}
}

/* False: the engine cannot run here. */
static bool read_all(struct bench *b, const struct io_engine *engine, struct slow *slow)
{
	struct io_settings settings = {.jobs = FILES, .slots = &b->slots, .slow = slow};
	struct fault fault;
	uint64_t before;

	*b = (struct bench){0};
	b->queue = settings.done = queue_new();
	assert_int_equal(slots_open(&b->slots, FILES, SIZE, SIZE, &fault), 0);
	make_files(b);
	if (engine->open(&b->io, &settings, &fault)) {
		print_message("%s: %s\n", engine->name, fault.detail);
		remove_files(b);
		return false;
	}
	before = clock_us();
	submit_all(b, engine);
	take_all(b);
	b->elapsed_us = clock_us() - before;
	engine->close(b->io);
	remove_files(b);
	slots_close(&b->slots);
	queue_free(b->queue);
	return true;
}

static struct slow *store(double latency_ms, double megabytes_per_s, const atomic_bool *stopped)
{
	struct slow *slow = slow_new(&(struct slow_settings){latency_ms, megabytes_per_s, stopped});

	assert_non_null(slow);
	return slow;
}

static void waits_lie_behind_or_beside_one_another(void **state)
{
	struct slow *slow = store(60, 0, NULL);
	struct bench b;

	(void)state;
	for (int i = 0; i < IO_ENGINE_COUNT; i++) {
		if (!read_all(&b, io_engines[i], slow))
			continue;
		assert_true(b.sum_us >= (uint64_t)FILES * 60000);
		if (io_engines[i] == &io_sync)
			assert_true(b.sum_us <= b.elapsed_us);
		else
			assert_true(b.sum_us > 2 * b.elapsed_us);
	}
	slow_free(slow);
}

static void one_line_carries_all_bytes(void **state)
{
	struct bench b;

	(void)state;
	for (int i = 0; i < IO_ENGINE_COUNT; i++) {
		struct slow *slow = store(0, 2, NULL); /* 10 ms a file */

		if (read_all(&b, io_engines[i], slow))
			assert_true(b.elapsed_us >= FILES * SIZE / 2);
		slow_free(slow);
	}
}

static void without_it_nothing_waits(void **state)
{
	struct slow *quick = store(0, 0, NULL);

	(void)state;
	assert_int_equal(slow_answer(NULL), 0);
	assert_int_equal(slow_transfer(NULL, 1 << 30), 0);
	assert_int_equal(slow_until(NULL, 0), 0);
	assert_int_equal(slow_answer(quick), 0);
	assert_int_equal(slow_transfer(quick, 1 << 30), 0);
	slow_free(quick);
}

/* -- whole runs --- */

static uint64_t run_tree(struct tree *tree, const struct io_engine *io, struct slow *slow,
	const char *out, unsigned *files, int *code)
{
	struct tree_run run = {
		.io = io, .cpu = &cpu_threads, .workers = 2, .io_jobs = 40, .slow = slow};

	*code = tree_run(tree, out, &run);
	return *code ? 0 : tree_hash(tree, out, files);
}

static void bytes_and_verdicts_are_the_same(void **state)
{
	struct slow *slow = store(3, 50, NULL);
	struct verdict oracle[TREE_MAX];
	struct tree tree;
	unsigned files, count;
	uint64_t hash;
	int code;

	(void)state;
	tree_make(&tree, 7, "");
	hash = run_tree(&tree, &io_sync, NULL, "plain", &count, &code);
	assert_int_equal(code, 0);
	memcpy(oracle, tree.verdict, sizeof oracle);
	for (int i = 0; i < IO_ENGINE_COUNT; i++) {
		uint64_t got = run_tree(
			&tree, io_engines[i], slow, io_engines[i]->name, &files, &code);

		if (code == IMGBATCH_E_ENGINE)
			continue;
		assert_int_equal(code, 0);
		assert_true(got == hash && files == count);
		for (unsigned k = 0; k < tree.count; k++) {
			assert_int_equal(tree.verdict[k].code, oracle[k].code);
			assert_int_equal(tree.verdict[k].finished, 1);
		}
	}
	tree_remove(&tree);
	slow_free(slow);
}

static void *stop_soon(void *arg)
{
	usleep(100000);
	atomic_store((atomic_bool *)arg, true);
	return NULL;
}

/* One file alone would wait a hundred seconds. */
static void a_wish_to_stop_is_not_kept_waiting(void **state)
{
	atomic_bool stopped;
	struct bench b;

	(void)state;
	for (int i = 0; i < IO_ENGINE_COUNT; i++) {
		struct slow *slow = store(100000, 0, &stopped);
		pthread_t thread;

		atomic_init(&stopped, false);
		assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stopped), 0);
		if (read_all(&b, io_engines[i], slow))
			assert_true(b.elapsed_us < 50000000);
		pthread_join(thread, NULL);
		slow_free(slow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_it_nothing_waits),
		cmocka_unit_test(waits_lie_behind_or_beside_one_another),
		cmocka_unit_test(one_line_carries_all_bytes),
		cmocka_unit_test(bytes_and_verdicts_are_the_same),
		cmocka_unit_test(a_wish_to_stop_is_not_kept_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
