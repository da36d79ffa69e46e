/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

bool call_path(int fd, struct stat *st, char path[PATH_MAX])
{
	char link[40];
	long size;

	if (fstat(fd, st) || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		return false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	size = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
	path[size > 0 ? size : 0] = 0;
	return true;
}

/* --- opening --- */

#define MODE_OF(flags, last)                                                                       \
	__extension__({                                                                            \
		mode_t mode_ = 0;                                                                  \
		if ((flags) & (O_CREAT | __O_TMPFILE)) {                                           \
			va_list args_;                                                             \
			va_start(args_, last);                                                     \
			mode_ = va_arg(args_, mode_t);                                             \
			va_end(args_);                                                             \
		}                                                                                  \
		mode_;                                                                             \
	})

int open(const char *path, int flags, ...)
{
	return on_open(AT_FDCWD, path, flags, MODE_OF(flags, flags));
}

int open64(const char *path, int flags, ...)
{
	return on_open(AT_FDCWD, path, flags, MODE_OF(flags, flags));
}

int openat(int dir, const char *path, int flags, ...)
{
	return on_open(dir, path, flags, MODE_OF(flags, flags));
}

int openat64(int dir, const char *path, int flags, ...)
{
	return on_open(dir, path, flags, MODE_OF(flags, flags));
}

int creat(const char *path, mode_t mode)
{
	return on_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
	return creat(path, mode);
}

/* What fortified programs call. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return on_open(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return on_open(AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir, const char *path, int flags)
{
	return on_open(dir, path, flags, 0);
}

int __openat64_2(int dir, const char *path, int flags)
{
	return on_open(dir, path, flags, 0);
}

/* --- files --- */

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return on_pwrite(fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return on_pwrite(fd, bytes, size, offset);
}

int fsync(int fd)
{
	return on_sync(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return on_sync(SYS_fdatasync, fd);
}

/* --- names --- */

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	return on_rename(from_dir, from, to_dir, to, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return on_rename(from_dir, from, to_dir, to, 0);
}

int rename(const char *from, const char *to)
{
	return on_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return on_mkdir(dir, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return on_mkdir(AT_FDCWD, path, mode);
}
