/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded in front of libc (LD_PRELOAD), this makes one call of a program go wrong: the k-th of its kind, told by the
 * environment, counted from the start of main().
 *
 *	IMGBATCH_FAULT=CALL:K:ERRNO[:HOW]
 *		CALL: open read write fsync close rename mkdir malloc mmap fork thread
 *		HOW: once (as if nothing were said), on: every one from the k-th, short: half of the bytes are moved,
 *		grow: the file gets a byte more before it is read, stall: the call sleeps for ERRNO milliseconds and succeeds
 *	IMGBATCH_FAULT_PATH=TEXT   only calls on files with TEXT in their path count
 *	IMGBATCH_FAULT_WHO=NAME    only in the program of this name (imgbatch when not said)
 *	IMGBATCH_FAULT_FIRED=FILE  is made when the fault happens
 *	IMGBATCH_FAULT_NEWBORN=stop   a forked process stops before it does anything
 *	IMGBATCH_FAULT_LOG=FILE    gets a line for each fsync and rename that happens: "fsync PATH", "rename FROM TO"
 *
 * Of all variables, those that begin like this reach worker processes.
 *
 * read, write, fsync and close are those of regular files and folders: nothing else can be full or broken, and a lost
 * wake-up between threads is no fault that a system makes. io_uring passes libc by.
 *
 * Calls are made by number (calls.h). Allocations use glibc's own names.
 */
#include "calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

enum call {
	OPEN,
	READ,
	WRITE,
	FSYNC,
	CLOSE,
	RENAME,
	MKDIR,
	MALLOC,
	MMAP,
	FORK,
	THREAD,
	CALL_COUNT
};
enum how { ONCE, ON, SHORT, GROW, STALL };

static const char *const names[CALL_COUNT] = {"open", "read", "write", "fsync", "close", "rename",
	"mkdir", "malloc", "mmap", "fork", "thread"};
static const char *const hows[] = {"once", "on", "short", "grow", "stall"};

static struct {
	atomic_bool armed; /* main() has begun, in the right program */
	bool counts; /* there is a fault to be made; else calls are only logged */
	enum call call;
	enum how how;
	unsigned long k;
	int error;
	const char *path, *fired;
	int log; /* -1: none */
	atomic_ulong count;
} shim = {.log = -1};

/* --- what is asked for --- */

static int index_of(const char *const *list, int count, const char *word, size_t size)
{
	for (int i = 0; i < count; i++)
		if (strlen(list[i]) == size && !memcmp(list[i], word, size))
			return i;
	fprintf(stderr, "shim: %.*s?\n", (int)size, word);
	_exit(99);
}

/* "write:17:28:on" */
static void parse(const char *text)
{
	size_t word = strcspn(text, ":");
	char *end;

	shim.call = (enum call)index_of(names, CALL_COUNT, text, word);
	shim.k = strtoul(text + word + 1, &end, 10);
	shim.error = (int)strtol(end + 1, &end, 10);
	if (*end == ':')
		shim.how = (enum how)index_of(hows, 5, end + 1, strlen(end + 1));
	shim.counts = true;
}

static void arm(void)
{
	const char *fault = getenv("IMGBATCH_FAULT"), *who = getenv("IMGBATCH_FAULT_WHO"),
		   *log = getenv("IMGBATCH_FAULT_LOG");

	if (strcmp(program_invocation_short_name, who ? who : "imgbatch") != 0)
		return;
	if (fault)
		parse(fault);
	shim.path = getenv("IMGBATCH_FAULT_PATH");
	shim.fired = getenv("IMGBATCH_FAULT_FIRED");
	if (log)
		shim.log = (int)syscall(
			SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	atomic_store(&shim.armed, true);
}

static int (*real_main)(int, char **, char **);

static int armed_main(int argc, char **argv, char **envp)
{
	arm();
	return real_main(argc, argv, envp);
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
		void (*)(void), void *);

	*(void **)&start = real("__libc_start_main");
	real_main = main;
	return start(armed_main, argc, argv, init, fini, rtld_fini, stack_end);
}

/* --- whether this call is the one --- */

static void note_fired(void)
{
	long fd;

	if (!shim.fired)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, shim.fired, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		syscall(SYS_close, (int)fd);
}

static void sleep_ms(int ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

	syscall(SYS_nanosleep, &time, NULL);
}

/* Counts a call of its kind. True: it is to go wrong, and errno says how (but for SHORT and GROW). */
static bool strikes(enum call call, const char *path)
{
	unsigned long number;

	if (!atomic_load_explicit(&shim.armed, memory_order_relaxed) || !shim.counts ||
		call != shim.call || (shim.path && (!path || !strstr(path, shim.path))))
		return false;
	number = atomic_fetch_add(&shim.count, 1) + 1;
	if (number != shim.k && (shim.how != ON || number < shim.k))
		return false;
	note_fired();
	if (shim.how == STALL) {
		sleep_ms(shim.error);
		return false;
	}
	errno = shim.error;
	return true;
}

/* The path behind a descriptor; false: not a regular file or folder, or it does not matter. */
static bool path_of(int fd, char path[PATH_MAX])
{
	struct stat st;

	return atomic_load_explicit(&shim.armed, memory_order_relaxed) && call_path(fd, &st, path);
}

static bool strikes_fd(enum call call, int fd)
{
	char path[PATH_MAX];
	int before = errno;

	if (!shim.counts || call != shim.call || !path_of(fd, path))
		return false;
	errno = before;
	return strikes(call, path);
}

static void log_line(const char *what, const char *path, const char *other)
{
	char line[2 * PATH_MAX + 32];
	int size = snprintf(line, sizeof line, "%s %s %s\n", what, path, other);

	syscall(SYS_write, shim.log, line, (size_t)size);
}

/* --- files --- */

int on_open(int dir, const char *path, int flags, mode_t mode)
{
	if (strikes(OPEN, path))
		return -1;
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* One byte more at its end, by a descriptor of our own. */
static void grow(int fd)
{
	char path[PATH_MAX];
	long other;

	if (!path_of(fd, path))
		return;
	other = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC);
	syscall(SYS_write, (int)other, "", 1UL);
	syscall(SYS_close, (int)other);
}

/* How many of `size` bytes are to be moved; -1: none, and it fails. */
static ssize_t allowed(enum call call, int fd, size_t size)
{
	if (!strikes_fd(call, fd))
		return (ssize_t)size;
	if (shim.how == SHORT)
		return (ssize_t)(size / 2 ? size / 2 : size);
	if (shim.how != GROW)
		return -1;
	grow(fd);
	return (ssize_t)size;
}

ssize_t read(int fd, void *bytes, size_t size)
{
	ssize_t some = allowed(READ, fd, size);

	return some < 0 ? -1 : syscall(SYS_read, fd, bytes, (size_t)some);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	ssize_t some = allowed(READ, fd, size);

	return some < 0 ? -1 : syscall(SYS_pread64, fd, bytes, (size_t)some, offset);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset)
{
	return pread(fd, bytes, size, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	ssize_t some = allowed(WRITE, fd, size);

	return some < 0 ? -1 : syscall(SYS_write, fd, bytes, (size_t)some);
}

ssize_t on_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	ssize_t some = allowed(WRITE, fd, size);

	return some < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, (size_t)some, offset);
}

int on_sync(long number, int fd)
{
	char path[PATH_MAX];
	int result;

	if (strikes_fd(FSYNC, fd))
		return -1;
	result = (int)syscall(number, fd);
	if (!result && shim.log >= 0 && path_of(fd, path))
		log_line("fsync", path, "");
	return result;
}

/* The descriptor is gone whatever close says, as in the kernel. */
int close(int fd)
{
	bool fails = strikes_fd(CLOSE, fd);
	int error = errno;
	int result = (int)syscall(SYS_close, fd);

	if (!fails || result)
		return result;
	errno = error;
	return -1;
}

/* --- names --- */

int on_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	int result;

	if (strikes(RENAME, to))
		return -1;
	result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
	if (!result && shim.log >= 0)
		log_line("rename", from, to);
	return result;
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	return strikes(RENAME, to) ? -1
				   : (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

int on_mkdir(int dir, const char *path, mode_t mode)
{
	return strikes(MKDIR, path) ? -1 : (int)syscall(SYS_mkdirat, dir, path, mode);
}

/* --- memory --- */

void *malloc(size_t size)
{
	return strikes(MALLOC, NULL) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return strikes(MALLOC, NULL) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return strikes(MALLOC, NULL) ? NULL : __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return strikes(MALLOC, NULL) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
	void *got = strikes(MALLOC, NULL) ? NULL : __libc_memalign(alignment, size);

	if (!got)
		return ENOMEM;
	*p = got;
	return 0;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (strikes(MMAP, NULL))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
	return mmap(at, size, protection, flags, fd, offset);
}

/* --- processes and threads --- */

pid_t fork(void)
{
	pid_t (*call)(void);
	pid_t pid;

	if (strikes(FORK, NULL))
		return -1;
	*(void **)&call = real("fork");
	pid = call();
	if (!pid && getenv("IMGBATCH_FAULT_NEWBORN"))
		raise(SIGSTOP);
	return pid;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	int (*call)(pid_t *, const char *, const posix_spawn_file_actions_t *,
		const posix_spawnattr_t *, char *const[], char *const[]);

	if (strikes(FORK, NULL))
		return errno;
	*(void **)&call = real("posix_spawn");
	return call(pid, path, actions, attributes, argv, envp);
}

int pthread_create(
	pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *arg)
{
	int (*call)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (strikes(THREAD, NULL))
		return errno;
	*(void **)&call = real("pthread_create");
	return call(thread, attributes, start, arg);
}
