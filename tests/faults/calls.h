/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libc has many names for a few calls: open, openat, open64, what fortified programs call in their place, and so on. In a
 * library that is loaded in front of libc, calls.c leads them all to the few below, which each such library has of its own.
 *
 * Calls are made by number (syscall), so that nothing here finds itself again.
 */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden) /* no names for the program to meet */

/* The library's own. Each returns what the call does, errno set. */
int on_open(int dir, const char *path, int flags, mode_t mode);
ssize_t on_pwrite(int fd, const void *bytes, size_t size, off_t offset);
int on_sync(long number, int fd); /* number: SYS_fsync or SYS_fdatasync */
int on_rename(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int on_mkdir(int dir, const char *path, mode_t mode);

/* The path behind the descriptor of a regular file or a folder, whose facts go into *st; false: it is of neither. */
bool call_path(int fd, struct stat *st, char path[PATH_MAX]);

#pragma GCC visibility pop

#endif
