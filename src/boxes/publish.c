/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no ledger knows: written whole under a temporary name, and durable, if that is asked for, when the run ends. */
#include "boxes/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Some file systems cannot sync a folder, and some folders may not be read. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str folder = STR_INIT;
	int fd, error = 0;

	if (slash)
		str_add_bytes(&folder, path, (size_t)(slash - path) + 1);
	else
		str_add_char(&folder, '.');
	fd = folder.failed ? -1 : open(str_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder.failed)
		error = ENOMEM;
	else if (fd >= 0 && fsync(fd) && errno == EIO)
		error = EIO;
	if (fd >= 0)
		close(fd);
	str_release(&folder);
	return error;
}

int publish(int file, const char *temp, const char *path, bool durable)
{
	int error = durable && fsync(file) && errno != EINVAL ? errno : 0;

	if (close(file) && !error)
		error = errno;
	if (!error && rename(temp, path))
		error = errno;
	return error || !durable ? error : sync_folder(path);
}
