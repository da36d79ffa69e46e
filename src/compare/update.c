/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/update.h"

#include "base/whole.h"
#include "source/glob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t largest_file = (uint64_t)1 << 32;

int update_allowed(const struct compare_settings *settings, struct fault *fault)
{
	const char *ci = getenv("CI");

	if (!settings->update || settings->force || !ci || !*ci)
		return 0;
	return fault_set(fault, IMGBATCH_E_USAGE,
		"--update where CI is set would make any failure golden; --force does it all the "
		"same");
}

bool update_wanted(const struct compare_settings *settings, const struct imgbatch_pair *pair)
{
	if (!settings->update || !pair->failed || !pair->actual.path)
		return false;
	if (pair->verdict != IMGBATCH_PAIR_DIFFERENT && pair->verdict != IMGBATCH_PAIR_EXTRA)
		return false;
	return !settings->update_glob || glob_matches(settings->update_glob, pair->name);
}

static int write_failed(struct fault *fault, const char *path, int error)
{
	return fault_set(fault, IMGBATCH_E_WRITE, "%.120s: %s", path, strerrordesc_np(error));
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
	int fd = open(temporary, flags, 0666);

	if (fd < 0 && errno == EEXIST && !unlink(temporary)) /* of a process that was killed */
		fd = open(temporary, flags, 0666);
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

int compare_write_file(const char *path, const void *bytes, size_t size, struct fault *fault)
{
	char *temporary;
	int error;

	if (asprintf(&temporary, "%s.%ld.tmp", path, (long)gettid()) < 0)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path");
	error = write_beside(temporary, path, bytes, size);
	free(temporary);
	return error ? write_failed(fault, path, error) : 0;
}

int update_file(const char *actual, const char *expected, struct fault *fault)
{
	struct whole file;
	int code = whole_read(&file, AT_FDCWD, actual, true, largest_file, fault);

	if (!code)
		code = compare_write_file(expected, file.bytes, file.size, fault);
	whole_release(&file);
	return code;
}
