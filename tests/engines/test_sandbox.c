/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the sandbox of worker processes: an image that has taken over its worker gets nowhere, with both locks or
 * with either alone; what cannot be had is told, and is an error where it is required; without a sandbox each attempt
 * succeeds, so that the tests above are about something.
 */
#include "attempts.h"
#include "synthetic.h"

#include "cpu/cpu.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

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

#if defined(IMGBATCH_SANITIZED)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

enum { GRANTED = 16 << 20, MEMORY = 128 << 20, BOTH = CPU_LOCK_SECCOMP | CPU_LOCK_LANDLOCK };

/* One worker, open to be asked. */
struct bench {
	struct slots slots;
	struct queue *done;
	struct cpu *cpu;
	struct cpu_locks locks;
	struct fault fault;
	char verb; /* 'h': attempts are made on the worker's first thread; 'H': on another */
};

static int bench_open_threads(struct bench *bench, enum cpu_sandbox sandbox, unsigned threads)
{
	static const struct synthetic_config config = {.host = 0};
	struct cpu_settings settings = {
		.workers = 1,
		.inner = threads,
		.slots = &bench->slots,
		.task = &synthetic_task,
		.config = &config,
		.config_size = sizeof config,
		.helper = TEST_SYNTHETIC_HELPER,
		.timeout_ms = 20000,
		.sandbox = sandbox,
		.memory = MEMORY,
	};
	int code;

	*bench = (struct bench){.verb = threads > 1 ? 'H' : 'h'};
	bench->done = settings.done = queue_new();
	if (slots_open(&bench->slots, 1, 4096, 1 << 20, &bench->fault))
		abort();
	code = cpu_processes.open(&bench->cpu, &settings, &bench->fault);
	if (!code)
		cpu_processes.locks(bench->cpu, &bench->locks);
	return code;
}

static int bench_open(struct bench *bench, enum cpu_sandbox sandbox)
{
	return bench_open_threads(bench, sandbox, 1);
}

static void bench_close(struct bench *bench)
{
	cpu_processes.close(bench->cpu);
	queue_free(bench->done);
	slots_close(&bench->slots);
}

/* The job that came back for an input of two bytes. */
static void ask_granted(
	struct bench *bench, char verb, unsigned number, uint64_t granted, struct job *job)
{
	uint8_t *slot = slot_bytes(&bench->slots, 0);

	*job = (struct job){.phase = JOB_WORK, .bytes = slot};
	job->request = (struct task_request){
		.input_count = 1,
		.input = {{0, 2}},
		.room = slot_output_room(&bench->slots),
		.granted = granted,
	};
	slot[0] = (uint8_t)verb;
	slot[1] = (uint8_t)number;
	cpu_processes.submit(bench->cpu, job);
	if (queue_take(bench->done, 1, -1) != job)
		abort();
}

static void ask(struct bench *bench, char verb, unsigned number, struct job *job)
{
	ask_granted(bench, verb, number, GRANTED, job);
}

static bool is_crash(const struct job *job)
{
	return job->code == IMGBATCH_E_CRASH;
}

/* What an attempt that left its worker alive has told. */
static struct attempted told(const struct job *job)
{
	struct attempted said;

	if (job->code || job->reply.output_count != 1)
		abort();
	memcpy(&said, job->bytes + job->reply.output[0].bytes.offset, sizeof said);
	return said;
}

/* It did what it tried. A worker that started a program is no worker any more: killed, but not for the attempt. */
static bool succeeds(const struct job *job)
{
	return is_crash(job) ? job->error != SIGSYS : told(job).result >= 0;
}

/* Attempts that fail for reasons of their own: the environment never gets so far, Yama may forbid to trace. */
static bool fails_anyway(const char *name)
{
	return strstr(name, "environment") || strstr(name, "parent's memory") ||
		strstr(name, "trace") || strstr(name, "32-bit") || strstr(name, "standard input");
}

static void unlocked_can_do_harm(unsigned threads)
{
	struct bench bench;
	struct job job;

	assert_int_equal(bench_open_threads(&bench, CPU_SANDBOX_OFF, threads), 0);
	assert_int_equal(bench.locks.held, 0);
	assert_string_equal(bench.locks.missing, "");
	for (unsigned i = 0; attempt_name(i); i++) {
		ask(&bench, bench.verb, i, &job);
		if (!succeeds(&job) && !fails_anyway(attempt_name(i)))
			fail_msg("\"%s\" fails without a sandbox: %d", attempt_name(i), job.error);
	}
	bench_close(&bench);
}

static void unlocked_workers_can_do_harm(void **state)
{
	(void)state;
	unlocked_can_do_harm(1);
	unlocked_can_do_harm(3);
}

static void nothing_of_the_environment_reaches_workers(void **state)
{
	struct bench bench;
	struct job job;

	(void)state;
	setenv("TEST_TOKEN", "secret", 1);
	setenv("IMGBATCH_TEST_PASSED", "1", 1);
	assert_int_equal(bench_open(&bench, CPU_SANDBOX_OFF), 0);
	for (unsigned i = 0; attempt_name(i); i++)
		if (strstr(attempt_name(i), "environment")) {
			ask(&bench, bench.verb, i, &job);
			assert_int_equal(told(&job).result, -1);
		}
	bench_close(&bench);
}

/* The first attempt that got through; NULL: none. */
static const char *first_success(struct bench *bench)
{
	struct job job;

	for (unsigned i = 0; attempt_name(i); i++) {
		ask(bench, bench->verb, i, &job);
		if (succeeds(&job))
			return attempt_name(i);
	}
	/* And the worker that is there by now works. */
	ask(bench, 'c', 0, &job);
	return job.code || job.reply.output_count != 1 ? "nothing, but it does not work" : NULL;
}

static void locked_get_nowhere(unsigned threads)
{
	struct bench bench;
	const char *through;

	assert_int_equal(bench_open_threads(&bench, CPU_SANDBOX_AUTO, threads), 0);
	if (bench.locks.held != BOTH)
		print_message("here there is no %s\n", bench.locks.missing);
	if (!(bench.locks.held & CPU_LOCK_SECCOMP))
		skip();
	through = first_success(&bench);
	if (through)
		fail_msg("a locked worker could %s", through);
	bench_close(&bench);
}

static void locked_workers_get_nowhere(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	locked_get_nowhere(1);
	locked_get_nowhere(3);
}

/* The bound on memory follows what is granted, up and down. */
static void memory_is_bound(unsigned threads)
{
	static const struct {
		uint64_t granted;
		bool taken;
	} steps[] = {{GRANTED, false}, {MEMORY, true}, {GRANTED, false}};
	struct bench bench;
	struct job job;
	unsigned number = 0;

	while (strcmp(attempt_name(number), "take more memory than was granted") != 0)
		number++;
	assert_int_equal(bench_open_threads(&bench, CPU_SANDBOX_AUTO, threads), 0);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		ask_granted(&bench, bench.verb, number, steps[i].granted, &job);
		assert_int_equal(told(&job).result >= 0, steps[i].taken);
	}
	bench_close(&bench);
}

static void memory_is_bound_by_the_grant(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	memory_is_bound(1);
	memory_is_bound(3);
}

/* A filter for this process and what it starts: call fails with error, as in a container that refuses it. */
static void refuse_call(unsigned call, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static void refuse_seccomp(void)
{
	/* libseccomp asks prctl() where seccomp() fails; refusing that would take no_new_privs with it. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	refuse_call(SYS_seccomp, EPERM);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static void refuse_landlock(void)
{
	refuse_call(444, ENOSYS); /* landlock_create_ruleset */
}

static void refuse_both(void)
{
	refuse_landlock();
	refuse_seccomp();
}

/* Runs check in a child behind such a filter. */
static void behind(void (*filter)(void), int (*check)(void))
{
	int status;
	pid_t pid;

	if (sanitized)
		skip();
	pid = fork();
	if (pid == 0) {
		filter();
		_exit(check());
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int complain(const char *what, const struct bench *bench)
{
	printf("%s: holds %u, missing \"%s\", %s\n", what, bench->locks.held, bench->locks.missing,
		bench->fault.detail);
	fflush(stdout);
	return 1;
}

static int landlock_alone_for(unsigned threads)
{
	struct bench bench;
	struct job job;
	/* What the limits and Landlock are for; root may still fork. */
	static const char *const closed[] = {"open a file", "create a file", "open a socket",
		"copy a descriptor", "read standard input", "make a file in memory",
		"take more memory than was granted", "take a GiB of memory", "start a program"};

	if (bench_open_threads(&bench, CPU_SANDBOX_AUTO, threads))
		return complain("seccomp refused", &bench);
	if (!bench.locks.held)
		return 77; /* this kernel has no Landlock */
	if (bench.locks.held != CPU_LOCK_LANDLOCK ||
		strcmp(bench.locks.missing, "seccomp: Operation not permitted") != 0)
		return complain("seccomp refused", &bench);
	for (unsigned i = 0; attempt_name(i); i++)
		for (size_t k = 0; k < sizeof closed / sizeof *closed; k++) {
			if (strcmp(attempt_name(i), closed[k]) != 0)
				continue;
			ask(&bench, bench.verb, i, &job);
			if (succeeds(&job))
				return complain(closed[k], &bench);
		}
	bench_close(&bench);
	return 0;
}

static int landlock_alone(void)
{
	int status = landlock_alone_for(1);

	return status ? status : landlock_alone_for(3);
}

static int seccomp_alone_for(unsigned threads)
{
	struct bench bench;
	const char *through;

	if (bench_open_threads(&bench, CPU_SANDBOX_AUTO, threads) ||
		bench.locks.held != CPU_LOCK_SECCOMP ||
		strcmp(bench.locks.missing, "Landlock: this kernel has none") != 0)
		return complain("Landlock refused", &bench);
	through = first_success(&bench);
	bench_close(&bench);
	return through ? complain(through, &bench) : 0;
}

static int seccomp_alone(void)
{
	int status = seccomp_alone_for(1);

	return status ? status : seccomp_alone_for(3);
}

static int nothing_is_told(void)
{
	struct bench bench;
	struct job job;

	if (bench_open(&bench, CPU_SANDBOX_AUTO) || bench.locks.held ||
		!strstr(bench.locks.missing, "seccomp: ") ||
		!strstr(bench.locks.missing, "; Landlock: "))
		return complain("both refused", &bench);
	ask(&bench, 'c', 0, &job);
	bench_close(&bench);
	return job.code ? complain("does not work", &bench) : 0;
}

static int required_is_refused(void)
{
	struct bench bench;

	if (bench_open(&bench, CPU_SANDBOX_REQUIRE) != IMGBATCH_E_ENGINE ||
		!strstr(bench.fault.detail, "--sandbox require") ||
		!strstr(bench.fault.detail, "Landlock: this kernel has none"))
		return complain("required", &bench);
	return 0;
}

static void each_lock_holds_alone(void **state)
{
	(void)state;
	behind(refuse_seccomp, landlock_alone);
	behind(refuse_landlock, seccomp_alone);
}

static void what_is_missing_is_told(void **state)
{
	(void)state;
	behind(refuse_both, nothing_is_told);
	behind(refuse_landlock, required_is_refused);
}

static void sanitizer_builds_say_so(void **state)
{
	struct bench bench;

	(void)state;
	if (!sanitized)
		skip();
	assert_int_equal(bench_open(&bench, CPU_SANDBOX_AUTO), 0);
	assert_string_equal(bench.locks.missing, "not in a sanitizer build");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unlocked_workers_can_do_harm),
		cmocka_unit_test(nothing_of_the_environment_reaches_workers),
		cmocka_unit_test(locked_workers_get_nowhere),
		cmocka_unit_test(memory_is_bound_by_the_grant),
		cmocka_unit_test(each_lock_holds_alone),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(sanitizer_builds_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
