/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends what happens when something dies: a worker, the fork server, the parent; and when a run is stopped. Nobody hangs,
 * every job ends exactly once, neighbours finish, and only the image that kills twice is told to have killed.
 */
#include "tree.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SEED = 20240602,
	MEMORY = 64 << 20,
	PATIENCE_S = 100 /* before a run counts as one that hangs */
};

/* Under ThreadSanitizer: libgomp is not instrumented, so its barriers are invisible to it. */
static bool left_out(const struct cpu_engine *cpu)
{
#if defined(__SANITIZE_THREAD__)
	return cpu == &cpu_openmp;
#else
	(void)cpu;
	return false;
#endif
}

static struct tree tree;
static struct verdict oracle[TREE_MAX];

static void make_oracle(const char *verbs)
{
	struct tree_run run = {.io = &io_sync,
		.cpu = &cpu_serial,
		.workers = 1,
		.memory = MEMORY,
		.host = getpid()};

	tree_make(&tree, SEED, verbs);
	assert_int_equal(tree_run(&tree, "oracle", &run), 0);
	memcpy(oracle, tree.verdict, sizeof oracle);
}

static bool same(unsigned i)
{
	const struct verdict *v = &tree.verdict[i];

	return v->finished == 1 && v->code == oracle[i].code && v->outputs == oracle[i].outputs &&
		!strcmp(v->detail, oracle[i].detail);
}

/* The verdict that a deadly input gets; 0 for any other. */
static int deadly(const char *name)
{
	if (name[0] != 'x')
		return 0;
	return name[strlen(name) - 1] == 't' ? IMGBATCH_E_TIMEOUT : IMGBATCH_E_CRASH;
}

static void check_deadly(unsigned i)
{
	const struct verdict *v = &tree.verdict[i];
	int verb = tree.name[i][strlen(tree.name[i]) - 1];

	assert_int_equal(v->finished, 1);
	assert_int_equal(v->code, deadly(tree.name[i]));
	if (verb == 'k')
		assert_string_equal(v->detail, "sig=9 (Killed)");
	if (verb == 's')
		assert_string_equal(v->detail, "sig=11 (Segmentation fault)");
	if (verb == 'x')
		assert_string_equal(v->detail, "its worker exited or gave no usable answer");
}

static void crash_pair(const struct io_engine *io, unsigned workers)
{
	struct tree_run run = {.io = io,
		.cpu = &cpu_processes,
		.workers = workers,
		.memory = MEMORY,
		.timeout_ms = 300,
		.replace = true};
	unsigned dead = 0;

	assert_int_equal(tree_run(&tree, "crash", &run), 0);
	for (unsigned i = 0; i < tree.count; i++) {
		if (deadly(tree.name[i])) {
			check_deadly(i);
			dead++;
		} else if (!same(i)) {
			fail_msg("%s x %u: \"%s\" (seed %d): %s \"%s\", oracle %s", io->name,
				workers, tree.name[i], SEED, code_name(tree.verdict[i].code),
				tree.verdict[i].detail, code_name(oracle[i].code));
		}
	}
	/* 'b' answers nonsense, twice, in every engine. */
	assert_true(run.stats.deaths >= 2 * dead && run.stats.retries * 2 == run.stats.deaths);
}

static void crashes_cost_one_image(void **state)
{
	(void)state;
	make_oracle("skxtsskkxxt");
	for (int io = 0; io < IO_ENGINE_COUNT; io++)
		for (unsigned workers = 1; workers <= 7 && tree_io_runs(io_engines[io]);
			workers += 3)
			crash_pair(io_engines[io], workers);
	tree_remove(&tree);
}

/* A work that asks for a byte more each time is refused after a while, by every engine, and its neighbours finish. */
static void greed_comes_to_an_end(void **state)
{
	struct tree_run run = {.io = &io_threads,
		.workers = 2,
		.memory = MEMORY,
		.replace = true,
		.host = getpid()};

	(void)state;
	make_oracle("gg");
	for (int cpu = 0; cpu < CPU_ENGINE_COUNT; cpu++) {
		run.cpu = cpu_engines[cpu];
		if (left_out(run.cpu))
			continue;
		assert_int_equal(tree_run(&tree, "greed", &run), 0);
		assert_true(run.stats.needs < 1000);
		for (unsigned i = 0; i < tree.count; i++) {
			assert_true(same(i));
			if (tree.name[i][0] == 'x')
				assert_int_equal(tree.verdict[i].code, IMGBATCH_E_LIMIT_MEMORY);
		}
	}
	tree_remove(&tree);
}

/*
 * Workers that die as they are born, or stop and never say a word: nothing can be charged, and the run ends instead of
 * forking, or waiting, for ever.
 */
static void stillborn_workers_end_the_run(void **state)
{
	static const int signals[] = {SIGKILL, SIGSTOP};
	struct tree_run run = {.io = &io_threads,
		.cpu = &cpu_processes,
		.workers = 2,
		.memory = MEMORY,
		.timeout_ms = 100,
		.sandbox = CPU_SANDBOX_OFF /* whose probe would stop, too */};

	(void)state;
	tree_make(&tree, SEED, "");
	for (int i = 0; i < 2; i++) {
		run.stillborn = signals[i];
		alarm(PATIENCE_S);
		assert_int_equal(tree_run(&tree, "born", &run), IMGBATCH_E_ENGINE);
		alarm(0);
		assert_string_equal(run.fault.detail, "worker processes die before they begin");
	}
	tree_remove(&tree);
}

/* Calls fn for each child of parent. Returns how many there are. */
static unsigned each_child(pid_t parent, void (*fn)(pid_t child))
{
	DIR *proc = opendir("/proc");
	unsigned count = 0;
	struct dirent *entry;

	while ((entry = readdir(proc))) {
		char path[300], line[512] = "";
		pid_t pid = atoi(entry->d_name), ppid = 0;
		FILE *stat;

		if (pid <= 0)
			continue;
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		stat = fopen(path, "r");
		if (!stat)
			continue;
		if (fgets(line, sizeof line, stat) && strrchr(line, ')'))
			sscanf(strrchr(line, ')'), ") %*c %d", &ppid);
		fclose(stat);
		if (ppid != parent)
			continue;
		count++;
		if (fn)
			fn(pid);
	}
	closedir(proc);
	return count;
}

static void kill_it(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void stop_it(pid_t pid)
{
	kill(pid, SIGSTOP);
}

static void kill_children_of(pid_t pid)
{
	each_child(pid, kill_it);
}

static void kill_server(struct tree_run *run)
{
	if (run->ticks == 4)
		each_child(getpid(), kill_it);
}

static void kill_workers(struct tree_run *run)
{
	if (run->ticks == 4)
		each_child(getpid(), kill_children_of);
}

static void killed_from_outside(void (*how)(struct tree_run *run))
{
	struct tree_run run = {.io = &io_threads,
		.cpu = &cpu_processes,
		.workers = 3,
		.memory = MEMORY,
		.spin_us = 2000,
		.on_tick = how,
		.host = getpid()};
	unsigned files, expected;

	make_oracle("");
	alarm(PATIENCE_S);
	assert_int_equal(tree_run(&tree, "killed", &run), 0);
	alarm(0);
	assert_true(run.ticks > 4);
	for (unsigned i = 0; i < tree.count; i++)
		/* What answers nonsense is charged once for that, and may have been met by the kill too. */
		if (!same(i) && tree.verdict[i].code != oracle[i].code)
			fail_msg("\"%s\": %s %s", tree.name[i], code_name(tree.verdict[i].code),
				tree.verdict[i].detail);
	assert_int_equal(tree_hash(&tree, "oracle", &expected), tree_hash(&tree, "killed", &files));
	tree_remove(&tree);
}

static void stop_server(struct tree_run *run)
{
	if (run->ticks == 4)
		each_child(getpid(), stop_it);
	if (run->ticks == 5)
		each_child(getpid(), kill_children_of);
}

/* A fork server that was stopped cannot replace whom it has lost: after a while it is replaced itself. */
static void stopped_server_is_replaced(void **state)
{
	(void)state;
	killed_from_outside(stop_server);
}

static void killed_workers_are_replaced(void **state)
{
	(void)state;
	killed_from_outside(kill_workers);
}

static void killed_server_is_replaced(void **state)
{
	(void)state;
	killed_from_outside(kill_server);
}

static void always_kill(struct tree_run *run)
{
	(void)run;
	each_child(getpid(), kill_it);
}

/* Somebody kills every server: the run ends instead of turning for ever. */
static void death_loop_ends(void **state)
{
	struct tree_run run = {.io = &io_threads,
		.cpu = &cpu_processes,
		.workers = 2,
		.memory = MEMORY,
		.spin_us = 200000,
		.on_tick = always_kill};

	(void)state;
	tree_make(&tree, SEED, "");
	assert_int_equal(tree_run(&tree, "loop", &run), IMGBATCH_E_ENGINE);
	for (unsigned i = 0; i < tree.count; i++)
		assert_true(tree.verdict[i].finished <= 1);
	assert_true(strlen(run.fault.detail) > 0);
	tree_remove(&tree);
}

static void stop_pair(const struct io_engine *io, const struct cpu_engine *cpu)
{
	struct tree_run run = {.io = io,
		.cpu = cpu,
		.workers = 3,
		.memory = MEMORY,
		.spin_us = 500,
		.stop_after = 30,
		.replace = true,
		.host = getpid()};
	unsigned done = 0, files, outputs = 0;
	char name[32];

	snprintf(name, sizeof name, "%s-%s", io->name, cpu->name);
	int code = tree_run(&tree, name, &run);
	if (code == IMGBATCH_E_ENGINE)
		return;
	assert_int_equal(code, IMGBATCH_E_CANCELED);
	for (unsigned i = 0; i < tree.count; i++) {
		const struct verdict *v = &tree.verdict[i];

		assert_true(v->finished <= 1);
		if (v->finished && v->code != IMGBATCH_E_CANCELED && !same(i))
			fail_msg("%s: \"%s\": %s %s", name, tree.name[i], code_name(v->code),
				v->detail);
		done += v->finished && v->code != IMGBATCH_E_CANCELED;
		outputs += v->outputs;
	}
	assert_true(done >= 30 && done < tree.count);
	tree_hash(&tree, name, &files); /* nothing temporary is left */
	assert_true(files >= outputs);
}

static void stopped_in_the_middle(void **state)
{
	(void)state;
	make_oracle("");
	for (int io = 0; io < IO_ENGINE_COUNT; io++)
		for (int cpu = 0; cpu < CPU_ENGINE_COUNT; cpu++)
			if (!left_out(cpu_engines[cpu]))
				stop_pair(io_engines[io], cpu_engines[cpu]);
	tree_remove(&tree);
}

/* Workers that hang without a timeout do not keep a stop waiting. */
static void stop_kills_hung_workers(void **state)
{
	struct tree_run run = {.io = &io_threads,
		.cpu = &cpu_processes,
		.workers = 2,
		.memory = MEMORY,
		.stop_tick = 40,
		.replace = true};
	uint64_t start = clock_us();

	(void)state;
	tree_make(&tree, SEED, "t");
	/* The hung one comes first: by the fortieth tick it has long begun. */
	memcpy(tree.name[0], tree.name[150], sizeof tree.name[0]);
	assert_int_equal(tree_run(&tree, "hung", &run), IMGBATCH_E_CANCELED);
	assert_int_equal(tree.verdict[0].code, IMGBATCH_E_CANCELED);
	assert_true(clock_us() - start < 2000000);
	tree_remove(&tree);
}

/* kill -9 of the program that runs: its workers are gone within a second. */
static void orphans_are_gone(void **state)
{
	struct tree_run run = {.io = &io_threads,
		.cpu = &cpu_processes,
		.workers = 4,
		.memory = MEMORY,
		.replace = true};
	pid_t pid;

	(void)state;
	tree_make(&tree, SEED, "tttt");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		tree_run(&tree, "orphans", &run);
		_exit(0);
	}
	usleep(500000);
	kill(pid, SIGKILL);
	uint64_t start = clock_us();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	assert_int_equal(errno, ECHILD);
	assert_true(clock_us() - start < 1000000);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	tree_remove(&tree);
}

/* An engine that cannot run says why, and leaves nothing behind. */
static void refusals_have_reasons(void **state)
{
	struct tree_run run = {.io = &io_sync, .workers = 2, .refuse = true};

	(void)state;
	tree_make(&tree, SEED, "");
	for (int cpu = 0; cpu < CPU_ENGINE_COUNT; cpu++) {
		run.cpu = cpu_engines[cpu];
		if (left_out(run.cpu))
			continue;
		assert_int_equal(tree_run(&tree, "no", &run), IMGBATCH_E_ENGINE);
		assert_string_equal(run.fault.detail, "refused as asked");
	}
	run = (struct tree_run){.io = &io_sync, .cpu = &cpu_processes, .workers = 2};
	run.helper = "/nonexistent/worker";
	assert_int_equal(tree_run(&tree, "no", &run), IMGBATCH_E_ENGINE);
	assert_non_null(strstr(run.fault.detail, "No such file"));
	run.helper = "/bin/true";
	assert_int_equal(tree_run(&tree, "no", &run), IMGBATCH_E_ENGINE);
	assert_true(strlen(run.fault.detail) > 0);
	tree_remove(&tree);
}

static int without_io_uring(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 77;
	struct tree_run run = {.io = &io_event, .cpu = &cpu_serial, .workers = 1};
	int refused = tree_run(&tree, "no", &run) == IMGBATCH_E_ENGINE &&
		strstr(run.fault.detail, "io_uring is refused: Operation not permitted");
	run.io = &io_threads;
	run.host = getpid();
	return refused && tree_run(&tree, "yes", &run) == 0 ? 0 : 1;
}

/* Containers often block io_uring: the engine says so, and the others do not care. */
static void blocked_ring_is_told(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	tree_make(&tree, SEED, "");
	pid = fork();
	if (pid == 0)
		_exit(without_io_uring());
	waitpid(pid, &status, 0);
	tree_remove(&tree);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crashes_cost_one_image),
		cmocka_unit_test(greed_comes_to_an_end),
		cmocka_unit_test(stillborn_workers_end_the_run),
		cmocka_unit_test(killed_workers_are_replaced),
		cmocka_unit_test(killed_server_is_replaced),
		cmocka_unit_test(stopped_server_is_replaced),
		cmocka_unit_test(death_loop_ends),
		cmocka_unit_test(stopped_in_the_middle),
		cmocka_unit_test(stop_kills_hung_workers),
		cmocka_unit_test(orphans_are_gone),
		cmocka_unit_test(refusals_have_reasons),
		cmocka_unit_test(blocked_ring_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
