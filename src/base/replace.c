/* SPDX-License-Identifier: Apache-2.0 */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What can be renamed onto: a device or a pipe there is no report, and would be gone. */
static bool replaceable(const char *path)
{
	struct stat facts;

	return stat(path, &facts) || S_ISREG(facts.st_mode);
}

int file_replaceable(const char *path, struct fault *fault)
{
	if (replaceable(path))
		return 0;
	return fault_set(fault, IMGBATCH_E_WRITE, "%.120s: is there and no regular file", path);
}

/* Every folder above path. 0 or an errno. */
static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int failed;

		*slash = '\0';
		failed = mkdir(path, 0777) && errno != EEXIST;
		*slash = '/';
		if (failed)
			return errno;
	}
	return 0;
}

/* 0 or an errno. */
static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t got = write(fd, bytes, size);

		if (got < 0 && errno != EINTR)
			return errno;
		if (got > 0) {
			bytes += got;
			size -= (size_t)got;
		}
	}
	return 0;
}

/* The kernel applies the umask: asking for it would change it for the host's other threads. */
static int create(const char *temporary)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	do
		fd = open(temporary, flags, 0666);
	while (fd < 0 &&
		(errno == EINTR ||
			/* of a process that was killed */
			(errno == EEXIST && !unlink(temporary))));
	return fd;
}

/* 0 or an errno. */
static int write_beside(char *temporary, const char *path, const void *bytes, size_t size)
{
	int error = make_folders(temporary), fd;

	if (error)
		return error;
	fd = create(temporary);
	if (fd < 0)
		return errno;
	error = write_all(fd, bytes, size);
	if (close(fd) && !error)
		error = errno;
	if (!error && rename(temporary, path))
		error = errno;
	if (error)
		unlink(temporary);
	return error;
}

int file_replace(const char *path, const void *bytes, size_t size, struct fault *fault)
{
	int error = file_replaceable(path, fault);
	char *temporary;

	if (error)
		return error;
	if (asprintf(&temporary, "%s.%ld.tmp", path, (long)gettid()) < 0)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path");
	error = write_beside(temporary, path, bytes, size);
	free(temporary);
	return error
		? fault_set(fault, IMGBATCH_E_WRITE, "%.120s: %s", path, strerrordesc_np(error))
		: 0;
}
