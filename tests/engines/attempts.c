/* SPDX-License-Identifier: Apache-2.0 */
/* See attempts.h. Each does as little harm as shows that harm could be done: signal 0, a page, /bin/true. */
#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The fork server, in whose program this begins: a worker may not even ask. */
static pid_t parent;

__attribute__((constructor)) static void note_parent(void)
{
	parent = getpid();
}

static long open_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long create_file(void)
{
	long made = open("/tmp/imgbatch-attempt", O_WRONLY | O_CREAT, 0600);

	if (made >= 0)
		unlink("/tmp/imgbatch-attempt");
	return made;
}

static long open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long start_program(void)
{
	char name[] = "/bin/true", *argv[] = {name, NULL};

	return execve(name, argv, NULL);
}

static long trace_parent(void)
{
	long traced = ptrace(PTRACE_SEIZE, parent, 0, 0);

	if (traced == 0)
		ptrace(PTRACE_DETACH, parent, 0, 0);
	return traced;
}

static long signal_parent(void)
{
	return kill(parent, 0);
}

/* A thread of it: another call, which a worker may use on itself. */
static long signal_parent_thread(void)
{
	return syscall(SYS_tgkill, parent, parent, 0);
}

static long map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			MAP_FAILED
		? -1
		: 0;
}

static long turn_into_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long map_shared(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) ==
			MAP_FAILED
		? -1
		: 0;
}

static long fork_one(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

static long copy_descriptor(void)
{
	return dup(0);
}

static long read_input(void)
{
	char byte;

	return read(0, &byte, 1);
}

static long make_memfd(void)
{
	return memfd_create("attempt", 0);
}

static long read_parent(void)
{
	char here;
	struct iovec to = {&here, 1}, from = {&here, 1}; /* forked: the same address there */

	return process_vm_readv(parent, &to, 1, &from, 1, 0);
}

static long read_environment(void)
{
	errno = ENOENT;
	return getenv("IMGBATCH_TEST_PASSED") && getenv("TEST_TOKEN") ? 0 : -1;
}

static long have_more_descriptors(void)
{
	struct rlimit more = {64, 64};

	return setrlimit(RLIMIT_NOFILE, &more);
}

static long change_another_limit(void)
{
	struct rlimit same;

	return getrlimit(RLIMIT_CPU, &same) ? -1 : setrlimit(RLIMIT_CPU, &same);
}

static long take(size_t mib)
{
	/* volatile: compilers know that nobody would miss the block, and newer ones leave it out. */
	void *volatile block = malloc(mib << 20);
	long taken = block ? 0 : -1;

	free(block);
	return taken;
}

/* What test_sandbox grants makes the first too much, what it gives to the run the second. */
static long take_more_than_granted(void)
{
	return take(200);
}

static long take_memory(void)
{
	return take(1024);
}

static long leave_namespace(void)
{
	return unshare(CLONE_FILES);
}

/* By the door of 32-bit programs, whose numbers mean other calls. */
static long call_as_32_bit(void)
{
	long result = 20; /* getpid there */

#if defined(__x86_64__)
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
#endif
	return result;
}

static const struct {
	const char *name;
	long (*run)(void);
} attempts[] = {
	{"open a file", open_file},
	{"create a file", create_file},
	{"open a socket", open_socket},
	{"start a program", start_program},
	{"trace the parent", trace_parent},
	{"signal the parent", signal_parent},
	{"signal the parent's thread", signal_parent_thread},
	{"map code", map_code},
	{"turn memory into code", turn_into_code},
	{"map shared memory", map_shared},
	{"fork", fork_one},
	{"copy a descriptor", copy_descriptor},
	{"read standard input", read_input},
	{"make a file in memory", make_memfd},
	{"read the parent's memory", read_parent},
	{"read the host's environment", read_environment},
	{"have more descriptors", have_more_descriptors},
	{"change another limit", change_another_limit},
	{"take more memory than was granted", take_more_than_granted},
	{"take a GiB of memory", take_memory},
	{"leave its namespace", leave_namespace},
	{"call as a 32-bit program", call_as_32_bit},
};

const char *attempt_name(unsigned number)
{
	return number < sizeof attempts / sizeof *attempts ? attempts[number].name : NULL;
}

struct attempted attempt(unsigned number)
{
	struct attempted said;

	errno = 0;
	said.result = (int32_t)attempts[number].run();
	said.error = said.result < 0 ? errno : 0;
	return said;
}
