/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded in front of libc (LD_PRELOAD), this writes down all that a program does to files and folders below one folder, with
 * every byte, in the order in which it happens: what a cut of power could leave of it is worked out from that (power.py).
 *
 *	IMGBATCH_RECORD=FILE         what is written down; in the program of the name imgbatch only
 *	IMGBATCH_RECORD_BELOW=DIR    real and absolute
 *
 * One line for each call that succeeded; words are parted by tabs, files are told by their inode, times are in nanoseconds:
 *
 *	create INODE PATH            mkdir INODE PATH           unlink PATH        rename FROM TO      link FROM TO
 *	write INODE TIME OFFSET SIZE, and the bytes behind the line
 *	size INODE TIME SIZE         time INODE TIME
 *	sync NUMBER INODE            before a sync begins: what is written down above is what it will have seen
 *	synced NUMBER                once it has succeeded
 *
 * One lock is held around each call and its line, so that the order is the true one; a sync is not held up. io_uring passes
 * libc by, and pages that are mapped are not seen (SQLite's -shm file, which means nothing after a restart).
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	int file; /* -1: nothing is written down */
	const char *below;
	size_t below_size;
	pthread_mutex_t lock; /* guards the order of calls and lines */
	unsigned long syncs;
} recorder = {.file = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("IMGBATCH_RECORD"), *below = getenv("IMGBATCH_RECORD_BELOW");

	if (!file || !below || strcmp(program_invocation_short_name, "imgbatch") != 0)
		return;
	recorder.below = below;
	recorder.below_size = strlen(below);
	recorder.file = (int)syscall(
		SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* --- what is written down --- */

static void lock(void)
{
	if (recorder.file >= 0)
		pthread_mutex_lock(&recorder.lock);
}

static void unlock(void)
{
	int error = errno;

	if (recorder.file >= 0)
		pthread_mutex_unlock(&recorder.lock);
	errno = error;
}

/* A line, and bytes behind it. What cannot be written down must not go unnoticed. */
static void put_bytes(const char *line, size_t length, const void *bytes, size_t size)
{
	const struct iovec parts[2] = {{(char *)line, length}, {(void *)bytes, size}};

	if (syscall(SYS_writev, recorder.file, parts, bytes ? 2 : 1) !=
		(long)(length + (bytes ? size : 0)))
		_exit(98);
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	char line[2 * PATH_MAX + 128];
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	put_bytes(line, (size_t)size, NULL, 0);
}

/* The whole path of a name in a folder; false: it is not below what is looked at. */
static bool whole(int dir, const char *name, char path[PATH_MAX])
{
	char link[40];
	long size = 0;

	if (recorder.file < 0)
		return false;
	if (*name != '/') {
		if (dir == AT_FDCWD)
			strcpy(link, "/proc/self/cwd");
		else
			snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
		size = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
		if (size <= 0 || (size_t)size + strlen(name) + 2 > PATH_MAX)
			return false;
		path[size++] = '/';
	}
	strcpy(path + size, name);
	return !strncmp(path, recorder.below, recorder.below_size);
}

/* A file or folder below what is looked at, by its descriptor. */
static bool seen(int fd, struct stat *st)
{
	char path[PATH_MAX];

	return recorder.file >= 0 && call_path(fd, st, path) &&
		!strncmp(path, recorder.below, recorder.below_size);
}

static unsigned long long inode(const struct stat *st)
{
	return (unsigned long long)st->st_ino;
}

static long long mtime(const struct stat *st)
{
	return (long long)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* --- files --- */

int on_open(int dir, const char *name, int flags, mode_t mode)
{
	bool changes = recorder.file >= 0 && (flags & (O_CREAT | O_TRUNC)) &&
		(flags & __O_TMPFILE) != __O_TMPFILE;
	char path[PATH_MAX];
	bool there = false;
	struct stat st;
	int fd;

	if (!changes || !whole(dir, name, path))
		return (int)syscall(SYS_openat, dir, name, flags, mode);
	lock();
	there = !fstatat(dir, name, &st, 0);
	fd = (int)syscall(SYS_openat, dir, name, flags, mode);
	if (fd >= 0 && !fstat(fd, &st)) {
		if (!there)
			put("create\t%llu\t%s\n", inode(&st), path);
		else if (flags & O_TRUNC)
			put("size\t%llu\t%lld\t0\n", inode(&st), mtime(&st));
	}
	unlock();
	return fd;
}

ssize_t on_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	char line[160];
	struct stat st;
	ssize_t done;
	int length;

	if (!seen(fd, &st))
		return syscall(SYS_pwrite64, fd, bytes, size, offset);
	lock();
	done = syscall(SYS_pwrite64, fd, bytes, size, offset);
	if (done > 0 && !fstat(fd, &st)) {
		length = snprintf(line, sizeof line, "write\t%llu\t%lld\t%lld\t%zd\n", inode(&st),
			mtime(&st), (long long)offset, done);
		put_bytes(line, (size_t)length, bytes, (size_t)done);
	}
	unlock();
	return done;
}

/* Of a file that is opened to append, or written by more than one thread, the place would be another. */
ssize_t write(int fd, const void *bytes, size_t size)
{
	struct stat st;
	off_t at;
	ssize_t done;

	if (!seen(fd, &st))
		return syscall(SYS_write, fd, bytes, size);
	at = lseek(fd, 0, SEEK_CUR);
	done = on_pwrite(fd, bytes, size, at);
	if (done > 0)
		lseek(fd, at + done, SEEK_SET);
	return done;
}

int ftruncate(int fd, off_t size)
{
	struct stat st;
	int result;

	if (!seen(fd, &st))
		return (int)syscall(SYS_ftruncate, fd, size);
	lock();
	result = (int)syscall(SYS_ftruncate, fd, size);
	if (!result && !fstat(fd, &st))
		put("size\t%llu\t%lld\t%lld\n", inode(&st), mtime(&st), (long long)size);
	unlock();
	return result;
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int futimens(int fd, const struct timespec times[2])
{
	struct stat st;
	int result;

	if (!seen(fd, &st))
		return (int)syscall(SYS_utimensat, fd, NULL, times, 0);
	lock();
	result = (int)syscall(SYS_utimensat, fd, NULL, times, 0);
	if (!result && !fstat(fd, &st))
		put("time\t%llu\t%lld\n", inode(&st), mtime(&st));
	unlock();
	return result;
}

int on_sync(long number, int fd)
{
	unsigned long mine = 0;
	struct stat st;
	int result;

	if (!seen(fd, &st))
		return (int)syscall(number, fd);
	lock();
	mine = ++recorder.syncs;
	put("sync\t%lu\t%llu\n", mine, inode(&st));
	unlock();
	result = (int)syscall(number, fd);
	lock();
	if (!result)
		put("synced\t%lu\n", mine);
	unlock();
	return result;
}

/* --- names --- */

int on_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	char old[PATH_MAX], new[PATH_MAX];
	bool looks = whole(from_dir, from, old) && whole(to_dir, to, new);
	int result;

	lock();
	result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
	if (!result && looks)
		put("rename\t%s\t%s\n", old, new);
	unlock();
	return result;
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	char old[PATH_MAX], new[PATH_MAX];
	bool looks = whole(from_dir, from, old) && whole(to_dir, to, new);
	int result;

	lock();
	result = (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
	if (!result && looks)
		put("link\t%s\t%s\n", old, new);
	unlock();
	return result;
}

int unlinkat(int dir, const char *name, int flags)
{
	char path[PATH_MAX];
	bool looks = whole(dir, name, path);
	int result;

	lock();
	result = (int)syscall(SYS_unlinkat, dir, name, flags);
	if (!result && looks)
		put("unlink\t%s\n", path);
	unlock();
	return result;
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int on_mkdir(int dir, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	bool looks = whole(dir, name, path);
	struct stat st;
	int result;

	lock();
	result = (int)syscall(SYS_mkdirat, dir, name, mode);
	if (!result && looks && !fstatat(dir, name, &st, 0))
		put("mkdir\t%llu\t%s\n", inode(&st), path);
	unlock();
	return result;
}
