/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared mapping behind the slots.
 *
 * A memfd rather than anonymous shared memory, so that a program started later can map it too; sealed,
 * so that nobody who holds the descriptor can cut it short under a reader (SIGBUS) or make it grow.
 * Address space is asked for optimistically and taken in halves until the system agrees.
 */
#include "slots/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	SLOT_MIN = 1 << 20, /* a smaller slot holds no useful image */
	TRIM_MIN = 2
		<< 20, /* giving back less costs more than it frees: about 0.2 ms a MiB, and touching it again */
};

static uint64_t page_up(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* The most bytes that may be reserved at all. Passing RLIMIT_FSIZE would raise SIGXFSZ, so it is never tried. */
static uint64_t reserve_limit(void)
{
	struct rlimit limit;
	uint64_t most = SIZE_MAX / 4;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
		limit.rlim_cur < most)
		most = limit.rlim_cur;
	return most;
}

static int memfd_sealed(uint64_t size)
{
	int fd = memfd_create("imgbatch-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)size) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* One attempt: 0, or -1 with errno. */
static int slots_reserve(
	struct slots *slots, uint32_t count, uint64_t input_room, uint64_t output_room)
{
	uint64_t size = page_up(input_room) + page_up(output_room);

	if (size > reserve_limit() / count) {
		errno = ENOMEM;
		return -1;
	}
	slots->fd = memfd_sealed(size * count);
	if (slots->fd < 0)
		return -1;
	slots->base = mmap(NULL, size * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		slots->fd, 0);
	if (slots->base == MAP_FAILED) {
		int error = errno;

		close(slots->fd);
		errno = error;
		return -1;
	}
	slots->size = size;
	slots->input_room = input_room;
	slots->count = count;
	return 0;
}

int slots_open(struct slots *slots, uint32_t count, uint64_t input_room, uint64_t output_room,
	struct fault *fault)
{
	if (count == 0)
		count = 1;
	memset(slots, 0, sizeof *slots);
	while (slots_reserve(slots, count, input_room, output_room) < 0) {
		if (count > 1) {
			count /= 2;
		} else if (input_room + output_room >= 2 * (uint64_t)SLOT_MIN) {
			input_room /= 2;
			output_room /= 2;
		} else {
			slots->fd = -1;
			slots->base = NULL;
			return fault_set(fault, IMGBATCH_E_NOMEM,
				"cannot reserve one slot of memory: %s", strerrordesc_np(errno));
		}
	}
	return 0;
}

void slots_close(struct slots *slots)
{
	if (!slots->base)
		return;
	munmap(slots->base, slots->size * slots->count);
	close(slots->fd);
	memset(slots, 0, sizeof *slots);
	slots->fd = -1;
}

struct extent slot_output_room(const struct slots *slots)
{
	uint64_t begin = page_up(slots->input_room);

	return (struct extent){begin, slots->size - begin};
}

/* Frees the pages behind the first `keep` of the `used` bytes at `begin`. */
static uint64_t room_trim(uint8_t *begin, uint64_t used, uint64_t keep)
{
	uint64_t from = page_up(keep);
	uint64_t to = page_up(used);

	if (to < from + TRIM_MIN)
		return used;
	/* MADV_DONTNEED would only forget this process's view of a shared page; REMOVE frees the page. */
	if (madvise(begin + from, to - from, MADV_REMOVE) < 0)
		return used;
	return from;
}

uint64_t slot_trim(const struct slots *slots, uint32_t index, uint64_t input_used,
	uint64_t output_used, uint64_t keep)
{
	struct extent output = slot_output_room(slots);
	uint8_t *slot = slot_bytes(slots, index);

	if (input_used > output.offset)
		input_used = output.offset;
	if (output_used > output.length)
		output_used = output.length;
	return room_trim(slot, input_used, keep) +
		room_trim(slot + output.offset, output_used, keep);
}
