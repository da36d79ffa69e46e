/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file, in or out, with plain calls: what the blocking engines do, and the rules that the event loop shares.
 *
 *	in:   open ─ fstat ─ read ... ─ fstat ─ close
 *	out:  open temp ─ write ... ─ times ─ [fsync] ─ fstat ─ close ─ rename to path
 *
 * An output's directories are made when a name turns out to have none: most outputs share a directory,
 * so asking first would cost a system call a file for nothing.
 */
#include "io/file.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACE_ALIGN = 64 };
enum { SCARCE_MS = 10, SCARCE_TRIES = 50 };

/* Reading */

struct extent file_place(const struct job *job, uint32_t index, const struct slots *slots)
{
	uint64_t begin = 0;

	if (index > 0) {
		struct extent before = job->read[index - 1].got;

		begin = before.offset + before.length + PLACE_ALIGN - 1;
		begin -= begin % PLACE_ALIGN;
	}
	if (begin > slots->input_room)
		begin = slots->input_room;
	return (struct extent){begin, slots->input_room - begin};
}

int file_read_flags(const struct job_read *read)
{
	/* O_NONBLOCK: opening a FIFO without a writer returns, and fstat can then say what it is. */
	return O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (read->follow ? 0 : O_NOFOLLOW);
}

bool file_open_again(int error, unsigned *tries)
{
	if (error == EINTR)
		return true;
	if ((error != EMFILE && error != ENFILE) || ++*tries > SCARCE_TRIES)
		return false;
	nanosleep(&(struct timespec){.tv_nsec = SCARCE_MS * 1000000L}, NULL);
	return true;
}

int file_read_refused(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
		return IMGBATCH_E_SYSTEM;
	case ENOENT:
		return IMGBATCH_E_VANISHED;
	case ENXIO: /* a socket, or a device file without a device */
	case ENODEV:
		return IMGBATCH_E_NOT_REGULAR;
	default:
		return IMGBATCH_E_OPEN;
	}
}

int file_read_begin(int fd, struct job_read *read, struct extent place, int *error)
{
	struct stat st;
	uint64_t length;

	if (fstat(fd, &st) < 0) {
		*error = errno;
		return IMGBATCH_E_READ;
	}
	if (!S_ISREG(st.st_mode))
		return IMGBATCH_E_NOT_REGULAR;
	read->size = (uint64_t)st.st_size;
	read->mtime = st.st_mtim;
	length = read->size > read->offset ? read->size - read->offset : 0;
	if (read->length && read->length < length)
		length = read->length;
	read->oversize = length > place.length || (read->most && length > read->most);
	if (read->oversize)
		length = place.length < FILE_HEAD ? place.length : FILE_HEAD;
	read->got = (struct extent){place.offset, length};
	return 0;
}

bool file_again(int fd, int error)
{
	if (error == EINTR)
		return true;
	if (error != EAGAIN)
		return false;
	/* Some file systems take O_NONBLOCK at its word. We know by now that it is a regular file. */
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || !(flags & O_NONBLOCK))
		return false;
	return fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

int file_read_end(int fd, const struct job_read *read, int *error)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		*error = errno;
		return IMGBATCH_E_READ;
	}
	if ((uint64_t)st.st_size != read->size || st.st_mtim.tv_sec != read->mtime.tv_sec ||
		st.st_mtim.tv_nsec != read->mtime.tv_nsec)
		return IMGBATCH_E_CHANGED;
	return 0;
}

static int read_bytes(int fd, struct job_read *read, uint8_t *slot, int *error)
{
	uint64_t wanted = read->got.length;
	uint64_t done = 0;

	while (done < wanted) {
		uint64_t left = wanted - done;
		ssize_t n = pread(fd, slot + read->got.offset + done,
			left < FILE_CHUNK ? left : FILE_CHUNK, (off_t)(read->offset + done));

		if (n < 0 && file_again(fd, errno))
			continue;
		if (n < 0) {
			*error = errno;
			return IMGBATCH_E_READ;
		}
		if (n == 0)
			break;
		done += (uint64_t)n;
	}
	read->got.length = done;
	return 0;
}

static int read_open(int fd, struct job_read *read, struct extent place, uint8_t *slot,
	struct slow *slow, int *error)
{
	int code = file_read_begin(fd, read, place, error);

	if (!code)
		slow_sleep(slow, slow_transfer(slow, read->got.length));
	if (!code)
		code = read_bytes(fd, read, slot, error);
	if (!code)
		code = file_read_end(fd, read, error);
	return code;
}

static int read_one(
	struct job_read *read, struct extent place, uint8_t *slot, struct slow *slow, int *error)
{
	uint64_t start = clock_us();
	unsigned tries = 0;
	int code, fd;

	slow_sleep(slow, slow_answer(slow));
	do
		fd = openat(read->dir, read->path, file_read_flags(read));
	while (fd < 0 && file_open_again(errno, &tries));
	if (fd < 0) {
		*error = errno;
		code = file_read_refused(errno);
	} else {
		code = read_open(fd, read, place, slot, slow, error);
		close(fd);
	}
	read->us = clock_us() - start;
	return code;
}

static void read_all(struct job *job, const struct slots *slots, struct slow *slow)
{
	job->code = 0;
	job->error = 0;
	job->read_done = 0;
	for (uint32_t i = 0; i < job->read_count && !job->code; i++) {
		job->code = read_one(
			&job->read[i], file_place(job, i, slots), job->bytes, slow, &job->error);
		if (!job->code)
			job->read_done++;
	}
}

/* Writing */

int file_write_flags(void)
{
	return O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
}

int file_write_allowed(const struct job_write *write, int *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
		write->bytes.length <= limit.rlim_cur)
		return 0;
	*error = EFBIG;
	return IMGBATCH_E_WRITE;
}

int file_make_parents(int dir, const char *path)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, length + 1);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdirat(dir, part, 0777) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

int file_write_refused(int error)
{
	switch (error) {
	case EEXIST:
	case EISDIR: /* a directory has the output's name, */
	case ENOTEMPTY:
	case ENOTDIR: /* or a file that of a directory above it */
		return IMGBATCH_E_EXISTS;
	case ENAMETOOLONG: /* this name's fault and not the disk's: the other images go on */
	case EILSEQ:
		return IMGBATCH_E_OPEN;
	default:
		return IMGBATCH_E_WRITE;
	}
}

void file_write_start(int fd)
{
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int file_write_end(int fd, struct job_write *write, bool sync, int *error)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, write->mtime};
	struct stat st;

	if ((write->set_mtime && futimens(fd, times) < 0) || (sync && fsync(fd) < 0) ||
		fstat(fd, &st) < 0) {
		*error = errno;
		return IMGBATCH_E_WRITE;
	}
	write->written = st.st_mtim;
	return 0;
}

/* For file systems that do not know RENAME_NOREPLACE: a second name is never given to a taken place. */
static int publish_link(const struct job_write *write)
{
	if (linkat(write->dir, write->temp, write->dir, write->path, 0) < 0)
		return -1;
	unlinkat(write->dir, write->temp, 0);
	return 0;
}

static int publish_once(const struct job_write *write)
{
	if (write->replace)
		return renameat(write->dir, write->temp, write->dir, write->path);
	if (renameat2(write->dir, write->temp, write->dir, write->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
		return publish_link(write);
	return -1;
}

int file_publish(const struct job_write *write, int *error)
{
	if (publish_once(write) == 0)
		return 0;
	if (errno == ENOENT && file_make_parents(write->dir, write->path) == 0 &&
		publish_once(write) == 0)
		return 0;
	*error = errno;
	unlinkat(write->dir, write->temp, 0);
	return file_write_refused(*error);
}

/* The temporary file, made exclusively; one that a killed run left behind is removed. -1 with errno. */
static int temp_open(const struct job_write *write)
{
	unsigned tries = 0;

	for (int attempt = 0;; attempt++) {
		int fd;

		do
			fd = openat(write->dir, write->temp, file_write_flags(), write->mode);
		while (fd < 0 && file_open_again(errno, &tries));
		if (fd >= 0 || attempt == 2)
			return fd;
		if (errno == ENOENT && file_make_parents(write->dir, write->temp) == 0)
			continue;
		if (errno == EEXIST && unlinkat(write->dir, write->temp, 0) == 0)
			continue;
		return -1;
	}
}

static int write_bytes(int fd, const struct job_write *write, const uint8_t *slot, int *error)
{
	uint64_t done = 0;

	while (done < write->bytes.length) {
		uint64_t left = write->bytes.length - done;
		ssize_t n = pwrite(fd, job_write_bytes(write, slot) + done,
			left < FILE_CHUNK ? left : FILE_CHUNK, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*error = n < 0 ? errno : EIO;
			return IMGBATCH_E_WRITE;
		}
		done += (uint64_t)n;
	}
	return 0;
}

static int write_open(int fd, struct job_write *write, const uint8_t *slot, int *error)
{
	int code = write_bytes(fd, write, slot, error);

	if (!code && write->start)
		file_write_start(fd);
	if (!code)
		code = file_write_end(fd, write, write->sync, error);
	/* A full disk often speaks only here. After EINTR the descriptor is closed all the same. */
	if (close(fd) < 0 && errno != EINTR && !code) {
		*error = errno;
		code = IMGBATCH_E_WRITE;
	}
	if (code)
		unlinkat(write->dir, write->temp, 0);
	return code;
}

static int write_one(struct job_write *write, const uint8_t *slot, int *error)
{
	uint64_t start = clock_us();
	int code = file_write_allowed(write, error);
	int fd;

	if (code)
		return code;
	fd = temp_open(write);
	if (fd < 0) {
		*error = errno;
		return file_write_refused(errno);
	}
	code = write_open(fd, write, slot, error);
	if (!code)
		code = file_publish(write, error);
	write->us = clock_us() - start;
	return code;
}

static void write_all(struct job *job)
{
	job->code = 0;
	job->error = 0;
	job->written = 0;
	for (uint32_t i = 0; i < job->write_count && !job->code; i++) {
		job->code = write_one(&job->write[i], job->bytes, &job->error);
		if (!job->code)
			job->written++;
	}
}

/* Both */

/* Fills what the phase took; only what is asked for is measured. */
static void spent_begin(struct spent_io *spent, struct meter *meter, const struct file_hand *hand)
{
	if (!meter)
		return;
	*spent = (struct spent_io){.begun_ns = clock_ns(), .row = hand->row};
	meter_enter(meter, spent->begun_ns);
}

static void spent_end(struct spent_io *spent, struct meter *meter, struct file_hand *hand,
	const struct rusage *before, const struct rusage *after)
{
	uint64_t cpu_ns;

	if (!meter)
		return;
	spent->ended_ns = clock_ns();
	meter_leave(meter, spent->ended_ns);
	cpu_ns = clock_thread_ns();
	spent->cpu_ns = cpu_ns - hand->charged_ns;
	hand->charged_ns = cpu_ns;
	spent->minor_faults = (uint32_t)(after->ru_minflt - before->ru_minflt);
	spent->major_faults = (uint32_t)(after->ru_majflt - before->ru_majflt);
}

long file_do(struct job *job, const struct io_settings *settings, struct file_hand *hand)
{
	struct meter *meter = job->phase == JOB_READ ? settings->reading : settings->writing;
	struct rusage before = {0}, after = {0};

	getrusage(RUSAGE_THREAD, &before);
	spent_begin(&job->io, meter, hand);
	if (job->phase == JOB_READ)
		read_all(job, settings->slots, settings->slow);
	else
		write_all(job);
	getrusage(RUSAGE_THREAD, &after);
	spent_end(&job->io, meter, hand, &before, &after);
	return after.ru_nvcsw - before.ru_nvcsw;
}
