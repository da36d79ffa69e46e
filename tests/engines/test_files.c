/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends how every I/O engine meets a file: what is refused with which code, that nothing blocks, that short and
 * interrupted transfers are continued, and that an output is absent or whole, with nothing temporary left beside it.
 */
#include "tree.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 200000, BIG = 150000, CAP = 1000 };

/* Short transfers and interruptions, put between the engines and the kernel while `capped` is set. */

static atomic_bool capped;
static atomic_uint calls;
static atomic_int changing = -1; /* a descriptor of the file that changes while it is read */

static void change(void)
{
	struct timespec times[2] = {
		{0}, {.tv_sec = 1000000000, .tv_nsec = atomic_fetch_add(&calls, 1)}};

	if (atomic_load(&changing) >= 0)
		futimens(atomic_load(&changing), times);
}

static bool interrupted(void)
{
	errno = EINTR;
	return atomic_load(&capped) && atomic_fetch_add(&calls, 1) % 3 == 2;
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset);
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset);

ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset)
{
	if (interrupted())
		return -1;
	change();
	return syscall(
		SYS_pread64, fd, bytes, atomic_load(&capped) && size > CAP ? CAP : size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	if (interrupted())
		return -1;
	return syscall(
		SYS_pwrite64, fd, bytes, atomic_load(&capped) && size > CAP ? CAP : size, offset);
}

int io_uring_submit_and_wait(struct io_uring *ring, unsigned wait)
{
	int (*real)(struct io_uring *, unsigned) = dlsym(RTLD_NEXT, "io_uring_submit_and_wait");

	for (unsigned i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++) {
		struct io_uring_sqe *sqe = &ring->sq.sqes[i & *ring->sq.kring_mask];

		if (sqe->opcode == IORING_OP_READ &&
			sqe->len > sizeof(uint64_t)) /* not the eventfd */
			change();
		if (atomic_load(&capped) &&
			(sqe->opcode == IORING_OP_READ || sqe->opcode == IORING_OP_WRITE) &&
			sqe->len > CAP)
			sqe->len = CAP;
	}
	return real(ring, wait);
}

/* One engine, two slots, one folder. */

struct bench {
	const struct io_engine *engine;
	struct io *io;
	struct slots slots;
	struct queue *queue;
	struct job job;
	char root[64];
	int dir;
};

static void engine_open(struct bench *b)
{
	struct io_settings settings = {.jobs = 2, .slots = &b->slots, .done = b->queue};
	struct fault fault;

	if (b->engine->open(&b->io, &settings, &fault))
		fail_msg("%s: %s", b->engine->name, fault.detail);
}

static int bench_begin(struct bench *b, const struct io_engine *engine)
{
	memset(b, 0, sizeof *b);
	b->engine = engine;
	snprintf(b->root, sizeof b->root, "/tmp/imgbatch-files-XXXXXX");
	assert_non_null(mkdtemp(b->root));
	b->dir = open(b->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	b->queue = queue_new();
	assert_int_equal(slots_open(&b->slots, 2, ROOM, ROOM, NULL), 0);
	engine_open(b);
	return 0;
}

static void bench_end(struct bench *b)
{
	char command[100];

	b->engine->close(b->io);
	slots_close(&b->slots);
	queue_free(b->queue);
	close(b->dir);
	snprintf(command, sizeof command, "rm -rf '%s'", b->root);
	assert_int_equal(system(command), 0);
}

static void job_run(struct bench *b, enum job_phase phase)
{
	b->job.phase = phase;
	b->job.slot = 1;
	b->job.bytes = slot_bytes(&b->slots, 1);
	b->engine->submit(b->io, &b->job);
	if (b->engine->flush)
		b->engine->flush(b->io);
	struct job *back = NULL;
	for (int i = 0; i < 100 && !back; i++)
		back = queue_take(b->queue, 1, 100);
	assert_ptr_equal(back, &b->job);
	assert_null(back->next);
}

static int read_file(struct bench *b, const char *path, bool follow)
{
	memset(&b->job, 0, sizeof b->job);
	b->job.read_count = 1;
	b->job.read[0] = (struct job_read){.dir = b->dir, .path = path, .follow = follow};
	job_run(b, JOB_READ);
	return b->job.code;
}

static int write_file(
	struct bench *b, const char *temp, const char *path, uint64_t size, bool replace)
{
	memset(&b->job, 0, sizeof b->job);
	b->job.write_count = 1;
	b->job.write[0] = (struct job_write){.dir = b->dir,
		.temp = temp,
		.path = path,
		.bytes = {slot_output_room(&b->slots).offset, size},
		.mode = 0640,
		.replace = replace};
	job_run(b, JOB_WRITE);
	return b->job.code;
}

static uint8_t pattern(uint64_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13);
}

static void make_file(struct bench *b, const char *name, size_t size)
{
	int fd = openat(b->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint8_t *bytes = malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern(i);
	assert_int_equal(syscall(SYS_write, fd, bytes, size), size);
	free(bytes);
	close(fd);
}

static void expect_bytes(struct bench *b, uint32_t input, uint64_t from, uint64_t length)
{
	struct extent got = b->job.read[input].got;

	assert_int_equal(got.length, length);
	for (uint64_t i = 0; i < length; i++)
		if (b->job.bytes[got.offset + i] != pattern(from + i))
			fail_msg("%s: byte %llu differs", b->engine->name, (unsigned long long)i);
}

static bool exists(struct bench *b, const char *name)
{
	return faccessat(b->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

/* The tests, each for one engine. */

static void reads(struct bench *b)
{
	make_file(b, "plain", 5000);
	make_file(b, "empty", 0);
	assert_int_equal(read_file(b, "plain", false), 0);
	expect_bytes(b, 0, 0, 5000);
	assert_int_equal(b->job.read[0].size, 5000);
	assert_int_equal(read_file(b, "empty", false), 0);
	assert_int_equal(b->job.read[0].got.length, 0);

	memset(&b->job, 0, sizeof b->job);
	b->job.read_count = 2;
	b->job.read[0] = (struct job_read){
		.dir = b->dir, .path = "plain", .offset = 100, .length = 33};
	b->job.read[1] = (struct job_read){
		.dir = b->dir, .path = "plain", .offset = 4990, .length = 99};
	job_run(b, JOB_READ);
	assert_int_equal(b->job.code, 0);
	expect_bytes(b, 0, 100, 33);
	expect_bytes(b, 1, 4990, 10);
	assert_int_equal(b->job.read[1].got.offset, 64);
	assert_int_equal(b->job.read_done, 2);
	/* Each input has a bound of its own, whatever room there is. */
	b->job.read[0] = (struct job_read){.dir = b->dir, .path = "plain", .most = 5000};
	b->job.read[1] = (struct job_read){.dir = b->dir, .path = "plain", .most = 4999};
	job_run(b, JOB_READ);
	assert_int_equal(b->job.code, 0);
	assert_false(b->job.read[0].oversize);
	assert_true(b->job.read[1].oversize);
	/* A file that promises more than it holds: fine as it is. */
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0) {
		assert_int_equal(
			read_file(b, "/sys/kernel/mm/transparent_hugepage/enabled", false), 0);
		assert_in_range(b->job.read[0].got.length, 1, 4095);
	}
}

static void reads_in_pieces(struct bench *b)
{
	make_file(b, "big", BIG);
	atomic_store(&capped, true);
	int code = read_file(b, "big", false);
	atomic_store(&capped, false);
	assert_int_equal(code, 0);
	expect_bytes(b, 0, 0, BIG);
}

static void writes_in_pieces(struct bench *b)
{
	uint64_t room = slot_output_room(&b->slots).offset;

	for (uint64_t i = 0; i < BIG; i++)
		slot_bytes(&b->slots, 1)[room + i] = pattern(i);
	atomic_store(&capped, true);
	int code = write_file(b, "t", "out", BIG, false);
	atomic_store(&capped, false);
	assert_int_equal(code, 0);
	assert_int_equal(read_file(b, "out", false), 0);
	expect_bytes(b, 0, 0, BIG);
}

static void oversize(struct bench *b)
{
	make_file(b, "fits", ROOM);
	assert_int_equal(read_file(b, "fits", false), 0);
	assert_false(b->job.read[0].oversize);
	expect_bytes(b, 0, 0, ROOM);
	make_file(b, "large", ROOM + 1);
	assert_int_equal(read_file(b, "large", false), 0);
	assert_true(b->job.read[0].oversize);
	assert_int_equal(b->job.read[0].size, ROOM + 1);
	expect_bytes(b, 0, 0, 65536);
}

static void not_files(struct bench *b)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char longest[300];

	memset(longest, 'n', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", b->root);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(mkfifoat(b->dir, "fifo", 0644), 0);
	assert_int_equal(mkdirat(b->dir, "folder", 0755), 0);
	make_file(b, "plain", 10);
	assert_int_equal(symlinkat("plain", b->dir, "link"), 0);
	assert_int_equal(symlinkat("nothing", b->dir, "dangling"), 0);
	assert_int_equal(read_file(b, "fifo", false), IMGBATCH_E_NOT_REGULAR);
	assert_int_equal(read_file(b, "folder", false), IMGBATCH_E_NOT_REGULAR);
	assert_int_equal(read_file(b, "socket", false), IMGBATCH_E_NOT_REGULAR);
	assert_int_equal(read_file(b, "/dev/null", false), IMGBATCH_E_NOT_REGULAR);
	assert_int_equal(read_file(b, "nothing", false), IMGBATCH_E_VANISHED);
	assert_int_equal(read_file(b, "dangling", true), IMGBATCH_E_VANISHED);
	assert_int_equal(read_file(b, "link", false), IMGBATCH_E_OPEN);
	assert_int_equal(b->job.error, ELOOP);
	assert_int_equal(read_file(b, "link", true), 0);
	expect_bytes(b, 0, 0, 10);
	assert_int_equal(read_file(b, longest, false), IMGBATCH_E_OPEN);
	assert_int_equal(read_file(b, "plain/below", false), IMGBATCH_E_OPEN);
	close(fd);
}

static void changed(struct bench *b)
{
	make_file(b, "big", BIG);
	atomic_store(&changing, openat(b->dir, "big", O_WRONLY | O_CLOEXEC));
	int code = read_file(b, "big", false);
	close(atomic_exchange(&changing, -1));
	assert_int_equal(code, IMGBATCH_E_CHANGED);
	assert_int_equal(read_file(b, "big", false), 0);
}

static void writes(struct bench *b)
{
	struct stat st;
	mode_t mask = umask(027);

	assert_int_equal(write_file(b, ".tmp/a", "d/e/f", 100, false), 0);
	assert_int_equal(b->job.written, 1);
	assert_int_equal(fstatat(b->dir, "d/e/f", &st, 0), 0);
	assert_int_equal(st.st_size, 100);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_mtim.tv_nsec, b->job.write[0].written.tv_nsec);
	assert_int_equal(write_file(b, ".tmp/a", "d/e/f", 50, true), 0);
	assert_int_equal(fstatat(b->dir, "d/e/f", &st, 0), 0);
	assert_int_equal(st.st_size, 50);
	assert_int_equal(write_file(b, ".tmp/a", "none", 0, false), 0);
	umask(mask);

	memset(&b->job.write[0].written, 0, sizeof b->job.write[0].written);
	b->job.write[0].path = "dated";
	b->job.write[0].start = true;
	b->job.write[0].sync = true;
	b->job.write[0].set_mtime = true;
	b->job.write[0].mtime = (struct timespec){1234567890, 5000};
	job_run(b, JOB_WRITE);
	assert_int_equal(b->job.code, 0);
	assert_int_equal(fstatat(b->dir, "dated", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(b->job.write[0].written.tv_sec, 1234567890);
}

static void refuses_writes(struct bench *b)
{
	char longest[300];

	memset(longest, 'n', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	make_file(b, "taken", 10);
	mkdirat(b->dir, "folder", 0755);
	make_file(b, "stale", 999); /* what a killed run left behind */
	assert_int_equal(write_file(b, "t", "taken", 100, false), IMGBATCH_E_EXISTS);
	assert_int_equal(read_file(b, "taken", false), 0);
	assert_int_equal(b->job.read[0].size, 10);
	assert_int_equal(write_file(b, "t", "folder", 100, true), IMGBATCH_E_EXISTS);
	assert_int_equal(write_file(b, "t", "taken/x", 100, true), IMGBATCH_E_EXISTS);
	assert_int_equal(write_file(b, "t", longest, 100, true), IMGBATCH_E_OPEN);
	assert_false(exists(b, "t"));
	assert_int_equal(write_file(b, "stale", "fresh", 100, false), 0);
	assert_false(exists(b, "stale"));
	assert_int_equal(read_file(b, "fresh", false), 0);
	assert_int_equal(b->job.read[0].size, 100); /* nothing of the stale one is in it */
	assert_int_equal(files_in(b->root), 3);
}

static void stops_at_the_first(struct bench *b)
{
	make_file(b, "taken", 10);
	memset(&b->job, 0, sizeof b->job);
	b->job.write_count = 3;
	for (int i = 0; i < 3; i++)
		b->job.write[i] = (struct job_write){.dir = b->dir,
			.temp = "t",
			.path = (const char *[]){"one", "taken", "three"}[i],
			.bytes = {slot_output_room(&b->slots).offset, 10},
			.mode = 0644};
	job_run(b, JOB_WRITE);
	assert_int_equal(b->job.code, IMGBATCH_E_EXISTS);
	assert_int_equal(b->job.written, 1);
	assert_true(exists(b, "one"));
	assert_false(exists(b, "three"));
	assert_false(exists(b, "t"));

	memset(&b->job, 0, sizeof b->job);
	b->job.read_count = 2;
	b->job.read[0] = (struct job_read){.dir = b->dir, .path = "nothing"};
	b->job.read[1] = (struct job_read){.dir = b->dir, .path = "taken"};
	job_run(b, JOB_READ);
	assert_int_equal(b->job.code, IMGBATCH_E_VANISHED);
	assert_int_equal(b->job.read[1].size, 0);
	assert_int_equal(b->job.read_done, 0);
	b->job.read[0].path = "taken";
	b->job.read[1].path = "nothing";
	job_run(b, JOB_READ);
	assert_int_equal(b->job.code, IMGBATCH_E_VANISHED);
	assert_int_equal(b->job.read_done, 1);
}

static void file_size_limit(struct bench *b)
{
	struct rlimit limit, small;

	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	int code = write_file(b, "t", "out", 5000, false); /* SIGXFSZ would end the test */
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(code, IMGBATCH_E_WRITE);
	assert_int_equal(b->job.error, EFBIG);
	assert_int_equal(files_in(b->root), 0);
}

static void full_disk(struct bench *b)
{
	char path[100];
	int dir = b->dir;

	snprintf(path, sizeof path, "%s/full", b->root);
	mkdir(path, 0755);
	if (mount("none", path, "tmpfs", 0, "size=64k") < 0)
		return; /* not root: file_size_limit shows much of the same */
	b->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int first = write_file(b, "t", "small", 1000, false);
	int code = write_file(b, "t", "large", 100000, false);
	int error = b->job.error;
	unsigned files = files_in(path);
	close(b->dir);
	b->dir = dir;
	umount(path);
	assert_int_equal(first, 0);
	assert_int_equal(code, IMGBATCH_E_WRITE);
	assert_int_equal(error, ENOSPC);
	assert_int_equal(files, 1);
}

static void each_engine(void (*test)(struct bench *b))
{
	struct bench b;

	for (int i = 0; i < IO_ENGINE_COUNT; i++) {
		if (!tree_io_runs(io_engines[i]))
			continue;
		bench_begin(&b, io_engines[i]);
		test(&b);
		bench_end(&b);
	}
}

#define EACH(name)                                                                                 \
	static void each_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		each_engine(name);                                                                 \
	}
EACH(reads)
EACH(reads_in_pieces)
EACH(writes_in_pieces)
EACH(oversize)
EACH(not_files)
EACH(changed)
EACH(writes)
EACH(refuses_writes)
EACH(stops_at_the_first)
EACH(file_size_limit)
EACH(full_disk)

/* A full disk ends the run, says which file and why, and leaves what is finished. */
static void run_ends_on_full_disk(void **state)
{
	static struct tree tree;
	char path[128];

	(void)state;
	for (int io = 0; io < IO_ENGINE_COUNT; io++) {
		struct tree_run run = {
			.io = io_engines[io], .cpu = &cpu_threads, .workers = 2, .host = getpid()};
		unsigned files, outputs = 0;

		if (!tree_io_runs(io_engines[io]))
			continue;
		tree_make(&tree, 1, "");
		snprintf(path, sizeof path, "%s/out-full", tree.root);
		mkdir(path, 0755);
		if (mount("none", path, "tmpfs", 0, "size=256k") < 0) {
			tree_remove(&tree);
			skip();
		}
		int code = tree_run(&tree, "full", &run);
		tree_hash(&tree, "full", &files);
		umount(path);
		assert_int_equal(code, IMGBATCH_E_WRITE);
		assert_non_null(strstr(run.fault.detail, "No space left on device"));
		for (unsigned i = 0; i < tree.count; i++) {
			assert_true(tree.verdict[i].finished <= 1);
			outputs += tree.verdict[i].outputs;
		}
		assert_true(files >= outputs && files > 0);
		tree_remove(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reads),
		cmocka_unit_test(each_reads_in_pieces),
		cmocka_unit_test(each_writes_in_pieces),
		cmocka_unit_test(each_oversize),
		cmocka_unit_test(each_not_files),
		cmocka_unit_test(each_changed),
		cmocka_unit_test(each_writes),
		cmocka_unit_test(each_refuses_writes),
		cmocka_unit_test(each_stops_at_the_first),
		cmocka_unit_test(each_file_size_limit),
		cmocka_unit_test(each_full_disk),
		cmocka_unit_test(run_ends_on_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
