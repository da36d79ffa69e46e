/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sandbox.h. Order matters: Landlock needs a descriptor for a moment, so it comes before the limit on descriptors;
 * seccomp comes last, since everything before it is a system call that it would forbid.
 */
#include "helper/sandbox.h"

#include "cpu/cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#ifndef SYS_landlock_create_ruleset /* glibc 2.36 has them; the numbers are the same everywhere */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum {
	EXIT_LOCK_LOST = 96, /* a lock that the probe found could not be closed */
	/* malloc keeps so much at its heap's end (main.c), and fragments. */
	MEMORY_SLACK = 128 << 20,
};

/* -- Limits ------------------------------------------------------------------------------------------- */

static void limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	struct rlimit value = {soft, hard};

	setrlimit(what, &value);
}

/*
 * Twice what was granted: the pool keeps buffers of earlier images while a decoder's own lie beside them. The pool
 * itself refuses what passes the grant; this bound is for what the libraries take.
 */
static rlim_t data_limit(const struct sandbox *sandbox, uint64_t granted)
{
	uint64_t most = RLIM_INFINITY;

	if (__builtin_mul_overflow(granted, 2, &most) ||
		__builtin_add_overflow(most, sandbox->base + MEMORY_SLACK, &most))
		return RLIM_INFINITY;
	return most;
}

static rlim_t data_limit_hard(const struct sandbox *sandbox)
{
	return sandbox->memory ? data_limit(sandbox, sandbox->memory) : RLIM_INFINITY;
}

void sandbox_grant(struct sandbox *sandbox, uint64_t granted)
{
	rlim_t hard = data_limit_hard(sandbox), soft = data_limit(sandbox, granted);

	if (!sandbox->limits || granted == sandbox->granted)
		return;
	sandbox->granted = granted;
	limit(RLIMIT_DATA, soft < hard ? soft : hard, hard);
}

/* Private writable bytes of this process, as RLIMIT_DATA counts them, and its stack's; 0 where unknown. */
static uint64_t data_size(void)
{
	unsigned long long pages = 0;
	char text[256];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	if (n > 0) {
		text[n] = 0;
		sscanf(text, "%*u %*u %*u %*u %*u %llu", &pages);
	}
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void descriptors_close(int socket)
{
	if (socket > 0)
		close_range(0, (unsigned)socket - 1, 0);
	close_range((unsigned)socket + 1, ~0U, 0);
}

static void limits_enter(const struct sandbox *sandbox)
{
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_FSIZE, 0, 0);
	limit(RLIMIT_NPROC, 0, 0); /* does not hold for root */
	limit(RLIMIT_DATA, data_limit_hard(sandbox), data_limit_hard(sandbox));
}

/* -- Landlock ----------------------------------------------------------------------------------------- */

/* As of ABI 6. Debian 12's header knows the first field only; a kernel that does wants the others to be 0. */
struct ruleset {
	uint64_t files, network, scoped;
};

static int landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* Everything that an ABI can forbid, by the numbers in the kernel's linux/landlock.h. */
static struct ruleset ruleset_for(int abi)
{
	struct ruleset all = {.files = (1 << 13) - 1};

	if (abi >= 2)
		all.files |= 1 << 13; /* linking and renaming between folders */
	if (abi >= 3)
		all.files |= 1 << 14; /* truncating */
	if (abi >= 4)
		all.network = 3; /* binding and connecting TCP */
	if (abi >= 5)
		all.files |= 1 << 15; /* ioctl on devices */
	if (abi >= 6)
		all.scoped = 3; /* abstract sockets and signals to those outside */
	return all;
}

/* 0 or -1 with errno. */
static int landlock_enter(void)
{
	int abi = landlock_abi(), fd, done;

	if (abi < 0)
		return -1;
	struct ruleset rules = ruleset_for(abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
	if (fd < 0)
		return -1;
	done = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return done;
}

/* -- seccomp ------------------------------------------------------------------------------------------ */

/* What a worker lives on: memory, time, its end. None of these reaches outside the process. */
static const int allowed[] = {
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrusage),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What the C library tries on its own: a message of abort(), the size of memory for qsort, a locale. It copes. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(stat),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(ioctl),
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(uname),
	SCMP_SYS(prctl),
};

static int rule(scmp_filter_ctx filter, uint32_t action, int call)
{
	return seccomp_rule_add(filter, action, call, 0);
}

static int lists_add(scmp_filter_ctx filter)
{
	int code = 0;

	for (size_t i = 0; !code && i < sizeof allowed / sizeof *allowed; i++)
		code = rule(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (size_t i = 0; !code && i < sizeof refused / sizeof *refused; i++)
		code = rule(filter, SCMP_ACT_ERRNO(EACCES), refused[i]);
	return code;
}

/* Calls that depend on what they are told. */
static int bounded_add(scmp_filter_ctx filter, int socket)
{
	const struct scmp_arg_cmp
		/* Its own socket, and no other. */
		ours = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)socket),
		/* Private memory that is never code; no file behind it. */
		no_code = SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		own_memory = SCMP_A3_32(
			SCMP_CMP_MASKED_EQ, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS),
		/* A signal to itself: abort() and assert() end so. */
		itself = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid()),
		/* Its own bound on memory, up to the hard one. */
		own = SCMP_A0_32(SCMP_CMP_EQ, 0), data = SCMP_A1_32(SCMP_CMP_EQ, RLIMIT_DATA);
	int code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1, ours);

	if (!code)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, ours);
	if (!code)
		code = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_code, own_memory);
	if (!code)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code);
	if (!code)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself);
	if (!code)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, own, data);
	return code;
}

/* 0 or -1 with errno. Whatever is not named kills the whole process, another architecture's calls too. */
static int seccomp_enter(int socket)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	scmp_filter_ctx filter;
	int code = -ENOMEM;

	/* Asked here, since libseccomp does not pass the reason on. */
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		return -1;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter) {
		code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
		/* A binary tree, and errors as the kernel gave them. */
		if (!code)
			code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		if (!code)
			code = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
		/* For all threads of the process: they share its memory. */
		if (!code)
			code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
		if (!code)
			code = lists_add(filter);
		if (!code)
			code = bounded_add(filter, socket);
		if (!code)
			code = seccomp_load(filter);
		seccomp_release(filter);
	}
	errno = -code;
	return code ? -1 : 0;
}

/* -- Both --------------------------------------------------------------------------------------------- */

/* Closes the locks among `wanted`. Returns those that hold; error: errno of each that does not. */
static uint32_t locks_enter(
	const struct sandbox *sandbox, uint32_t wanted, int socket, int error[CPU_LOCK_COUNT])
{
	uint32_t held = 0;

	descriptors_close(socket);
	limits_enter(sandbox);
	if (wanted && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		error[0] = error[1] = errno;
		wanted = 0;
	}
	if (wanted & CPU_LOCK_LANDLOCK) {
		if (landlock_enter())
			error[1] = errno;
		else
			held |= CPU_LOCK_LANDLOCK;
	}
	limit(RLIMIT_NOFILE, 0, 0);
	if (wanted & CPU_LOCK_SECCOMP) {
		if (seccomp_enter(socket))
			error[0] = errno;
		else
			held |= CPU_LOCK_SECCOMP;
	}
	return held;
}

void sandbox_measure(struct sandbox *sandbox)
{
	if (sandbox->limits)
		sandbox->base = data_size();
}

void sandbox_enter_thread(const struct sandbox *sandbox)
{
	if (!sandbox->limits || !sandbox->locks)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		((sandbox->locks & CPU_LOCK_LANDLOCK) && landlock_enter()))
		_exit(EXIT_LOCK_LOST);
}

void sandbox_enter(const struct sandbox *sandbox, int socket)
{
	int error[CPU_LOCK_COUNT];

	if (sandbox->limits &&
		locks_enter(sandbox, sandbox->locks, socket, error) != sandbox->locks)
		_exit(EXIT_LOCK_LOST);
}

/* Sanitizers' run-time libraries open, map and write on their own. */
#if defined(IMGBATCH_SANITIZED)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static void tell_missing(uint32_t held, const int error[CPU_LOCK_COUNT], char *text)
{
	static const char *const names[CPU_LOCK_COUNT] = {"seccomp", "Landlock"};
	size_t at = 0;

	text[0] = 0;
	for (int i = 0; i < CPU_LOCK_COUNT; i++) {
		const char *why = error[i] == ENOSYS ? "this kernel has none"
						     : strerrordesc_np(error[i]);

		if (held & 1u << i)
			continue;
		at += (size_t)snprintf(text + at, FAULT_DETAIL_MAX - at, "%s%s: %s", at ? "; " : "",
			names[i], why ? why : "refused");
	}
}

/* What a child tells of what it could enter, in memory that it shares. */
struct probed {
	uint32_t held;
	int error[CPU_LOCK_COUNT];
};

int sandbox_probe(struct sandbox *sandbox, char missing[FAULT_DETAIL_MAX])
{
	struct probed *probed;
	pid_t child;

	sandbox->base = data_size();
	if (sanitized) {
		sandbox->limits = false;
		snprintf(missing, FAULT_DETAIL_MAX, "not in a sanitizer build");
		return 0;
	}
	sandbox->limits = true;
	probed = mmap(
		NULL, sizeof *probed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probed == MAP_FAILED)
		return -1;
	child = fork();
	if (child == 0) {
		probed->held = locks_enter(
			sandbox, CPU_LOCK_SECCOMP | CPU_LOCK_LANDLOCK, 0, probed->error);
		_exit(0);
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	sandbox->locks = probed->held;
	tell_missing(probed->held, probed->error, missing);
	munmap(probed, sizeof *probed);
	return child > 0 ? 0 : -1;
}
