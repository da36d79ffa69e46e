/* SPDX-License-Identifier: Apache-2.0 */
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fault_errno(struct fault *fault, int code)
{
	return fault_set(fault, code, "%s", strerrordesc_np(errno));
}

static int read_all(struct whole *whole, int fd, size_t wanted, struct fault *fault)
{
	while (whole->size < wanted) {
		ssize_t got = read(fd, whole->bytes + whole->size, wanted - whole->size);

		if (got == 0)
			break;
		if (got > 0)
			whole->size += (size_t)got;
		else if (errno != EINTR)
			return fault_errno(fault, IMGBATCH_E_READ);
	}
	whole->bytes[whole->size] = '\0';
	return 0;
}

static int read_open(struct whole *whole, int fd, uint64_t most, struct fault *fault)
{
	struct stat facts;

	if (fstat(fd, &facts))
		return fault_errno(fault, IMGBATCH_E_READ);
	if (!S_ISREG(facts.st_mode))
		return fault_set(fault, IMGBATCH_E_NOT_REGULAR, "not a regular file");
	if ((uint64_t)facts.st_size > most)
		return fault_set(fault, IMGBATCH_E_LIMIT_FILE, "larger than %llu MiB",
			(unsigned long long)(most >> 20));
	whole->mtime_ns = (int64_t)facts.st_mtim.tv_sec * 1000000000 + facts.st_mtim.tv_nsec;
	whole->bytes = malloc((size_t)facts.st_size + 1);
	if (!whole->bytes)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the file");
	return read_all(whole, fd, (size_t)facts.st_size, fault);
}

int whole_read(struct whole *whole, int dir, const char *path, bool follow, uint64_t most,
	struct fault *fault)
{
	int fd = openat(dir, path,
		O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
	int code;

	*whole = (struct whole){0};
	if (fd < 0)
		return fault_errno(fault, errno == ENOENT ? IMGBATCH_E_VANISHED : IMGBATCH_E_OPEN);
	code = read_open(whole, fd, most, fault);
	close(fd);
	if (code)
		whole_release(whole);
	return code;
}

void whole_release(struct whole *whole)
{
	free(whole->bytes);
	*whole = (struct whole){0};
}
