/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in and out of the page cache, without root: POSIX_FADV_DONTNEED drops the clean pages of a file, and mincore tells whether
 * it did. Files in memory (tmpfs) stay, and so may what others map; mincore tells nothing about files of other users, and
 * counts them as resident. What lies below the page cache (a disk's own, a host's of a virtual machine) stays as it is.
 */
#include "bench/bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18 };

struct pages {
	uint64_t all, resident;
};

static void count_pages(int fd, uint64_t size, struct pages *pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), count = (size_t)((size + page - 1) / page);
	unsigned char *there = count ? malloc(count) : NULL;
	void *map = there ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (map != MAP_FAILED) {
		if (mincore(map, (size_t)size, there) == 0) {
			pages->all += count;
			for (size_t i = 0; i < count; i++)
				pages->resident += there[i] & 1;
		}
		munmap(map, (size_t)size);
	}
	free(there);
}

static void drop_file(const struct sample_file *file, struct pages *pages)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return;
	fdatasync(fd); /* dirty pages would stay */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		count_pages(fd, (uint64_t)st.st_size, pages);
	close(fd);
}

double cache_drop(const struct bench_sample *sample, size_t count)
{
	struct pages pages = {0};

	for (size_t i = 0; i < count && i < sample->count; i++)
		drop_file(&sample->files[i], &pages);
	return pages.all ? (double)pages.resident / (double)pages.all : 0;
}

void cache_fill(const struct bench_sample *sample, size_t from, size_t count)
{
	char *block = malloc(BLOCK);

	for (size_t i = from; block && i < count && i < sample->count; i++) {
		int fd = open(sample->files[i].path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

		while (fd >= 0 && read(fd, block, BLOCK) > 0)
			continue;
		if (fd >= 0)
			close(fd);
	}
	free(block);
}
