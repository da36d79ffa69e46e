/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the promise: whichever engines run, with however many workers, the same files come out byte for byte and
 * every input gets the same verdict. The oracle is sync x serial.
 *
 * Under ThreadSanitizer the openmp engine is left out: libgomp is not instrumented, so its barriers and task
 * queues are invisible to it and everything handed over would be reported.
 */
#include "tree.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
enum { TSAN = 1 };
#else
enum { TSAN = 0 };
#endif

enum {
	SEED = 20240601,
	MEMORY = 40 << 20
}; /* some inputs need more than MEMORY, some more than a share */

static bool left_out(const struct cpu_engine *cpu)
{
	return TSAN && cpu == &cpu_openmp;
}

static unsigned entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A thread that ended may be listed a moment longer. */
static void expect_entries(const char *path, unsigned before)
{
	for (int i = 0; i < 200 && entries(path) > before; i++)
		usleep(10000);
	assert_int_equal(entries(path), before);
}

static void same_verdicts(const struct tree *tree, const struct verdict *oracle, const char *pair)
{
	for (unsigned i = 0; i < tree->count; i++) {
		const struct verdict *v = &tree->verdict[i];

		if (v->code == oracle[i].code && v->stage == oracle[i].stage && v->finished == 1 &&
			v->outputs == oracle[i].outputs && !strcmp(v->detail, oracle[i].detail))
			continue;
		fail_msg("%s: \"%s\": %s %s \"%s\" outputs %u finished %u; oracle: %s %s \"%s\" "
			 "outputs %u",
			pair, tree->name[i], code_name(v->code), stage_name(v->stage), v->detail,
			v->outputs, v->finished, code_name(oracle[i].code),
			stage_name(oracle[i].stage), oracle[i].detail, oracle[i].outputs);
	}
}

static void run_pair(struct tree *tree, const struct io_engine *io, const struct cpu_engine *cpu,
	unsigned workers, const struct verdict *oracle, uint64_t hash)
{
	struct tree_run run = {
		.io = io, .cpu = cpu, .workers = workers, .memory = MEMORY, .host = getpid()};
	char pair[64], name[32];
	unsigned files;

	snprintf(pair, sizeof pair, "%s x %s x %u (seed %d)", io->name, cpu->name, workers, SEED);
	snprintf(name, sizeof name, "%s-%s-%u", io->name, cpu->name, workers);
	int code = tree_run(tree, name, &run);
	if (code == IMGBATCH_E_ENGINE) {
		print_message("left out: %s: %s\n", pair, run.fault.detail);
		return;
	}
	if (code)
		fail_msg("%s: %s: %s", pair, code_name(code), run.fault.detail);
	same_verdicts(tree, oracle, pair);
	if (tree_hash(tree, name, &files) != hash)
		fail_msg("%s: the outputs differ", pair);
	char command[160];
	snprintf(command, sizeof command, "rm -rf '%s/out-%s'", tree->root, name);
	assert_int_equal(system(command), 0);
}

/* The oracle's verdicts are right by themselves: or all would be equal to nonsense. */
static void oracle_is_sane(const struct tree *tree, const struct tree_run *run, unsigned files)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < tree->count; i++) {
		const struct verdict *v = &tree->verdict[i];
		const char *name = tree->name[i];
		int verb = name[strlen(name) - 1];

		assert_int_equal(v->finished, 1);
		if (!strcmp(name, "fifo") || !strcmp(name, "folder.jpg"))
			assert_int_equal(v->code, IMGBATCH_E_NOT_REGULAR);
		else if (!strcmp(name, "gone"))
			assert_int_equal(v->code, IMGBATCH_E_VANISHED);
		else if (!strcmp(name, "link"))
			assert_int_equal(v->code, IMGBATCH_E_OPEN);
		else if (v->code == IMGBATCH_E_EMPTY || v->code == IMGBATCH_E_COLLISION ||
			v->code == IMGBATCH_E_LIMIT_FILE || v->code == IMGBATCH_E_LIMIT_MEMORY)
			seen |= v->code == IMGBATCH_E_EMPTY          ? 1
				: v->code == IMGBATCH_E_LIMIT_FILE   ? 2
				: v->code == IMGBATCH_E_LIMIT_MEMORY ? 4
								     : 8;
		else if (verb == 'f')
			assert_int_equal(v->code, IMGBATCH_E_CORRUPT);
		else if (verb == 'b')
			assert_int_equal(v->code, IMGBATCH_E_CRASH);
		else
			assert_int_equal(v->code, 0);
		if (verb == 'm' && !v->code)
			assert_int_equal(v->outputs, 5);
	}
	assert_int_equal(seen, 15);
	assert_true(files > 100);
	assert_true(run->stats.needs > 0 && run->stats.mores > 0);
	assert_int_equal(run->stats.jobs, tree->count);
}

static void every_pair(void **state)
{
	static struct verdict oracle[TREE_MAX];
	static const unsigned workers[] = {1, 2, 7};
	struct tree_run run = {.io = &io_sync,
		.cpu = &cpu_serial,
		.workers = 1,
		.memory = MEMORY,
		.host = getpid()};
	static struct tree tree;
	unsigned files, fds = entries("/proc/self/fd"), threads = entries("/proc/self/task");

	(void)state;
	tree_make(&tree, SEED, "");
	assert_int_equal(tree_run(&tree, "oracle", &run), 0);
	uint64_t hash = tree_hash(&tree, "oracle", &files);
	oracle_is_sane(&tree, &run, files);
	memcpy(oracle, tree.verdict, sizeof oracle);
	for (int twice = 0; twice < 2; twice++)
		for (int io = 0; io < IO_ENGINE_COUNT; io++)
			for (int cpu = 0; cpu < CPU_ENGINE_COUNT; cpu++)
				for (unsigned w = 0; w < 3 && !left_out(cpu_engines[cpu]); w++)
					run_pair(&tree, io_engines[io], cpu_engines[cpu],
						workers[w], oracle, hash);
	tree_remove(&tree);
	expect_entries("/proc/self/fd", fds);
	expect_entries("/proc/self/task", threads);
}

static atomic_bool over;

static void *bystander(void *arg)
{
	while (!atomic_load(&over))
		usleep(1000);
	return arg;
}

/* The host has threads and an OpenMP pool of its own before and while the engines run. */
static int host_begin(void **state)
{
	pthread_t *thread = malloc(sizeof *thread);
	int sum = TSAN ? 3 : 0;

	*state = thread;
	pthread_create(thread, NULL, bystander, NULL);
#pragma omp parallel num_threads(TSAN ? 1 : 3) reduction(+ : sum)
	sum += omp_get_thread_num();
	return sum % 3 ? -1 : 0;
}

static int host_end(void **state)
{
	atomic_store(&over, true);
	pthread_join(*(pthread_t *)*state, NULL);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_pair, host_begin, host_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
