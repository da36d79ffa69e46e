/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends the slots (sealed, lazy, taken in halves when the system grants less, pages given back) and the crew's splits.
 */
#include "slots/crew.h"
#include "slots/slots.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t backed(const struct slots *slots)
{
	struct stat st;

	assert_int_equal(fstat(slots->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void opens_and_seals(void **state)
{
	struct slots slots;

	(void)state;
	assert_int_equal(slots_open(&slots, 4, 100001, 5000, NULL), 0);
	assert_int_equal(slots.count, 4);
	assert_int_equal(slots.input_room, 100001);
	assert_int_equal(slots.size % (size_t)sysconf(_SC_PAGESIZE), 0);
	assert_true(slot_output_room(&slots).offset >= 100001);
	assert_true(slot_output_room(&slots).length >= 5000);
	assert_ptr_equal(slot_bytes(&slots, 3), slots.base + 3 * slots.size);
	assert_int_equal(ftruncate(slots.fd, 10), -1);
	assert_int_equal(ftruncate(slots.fd, 1 << 30), -1);
	assert_int_equal(backed(&slots), 0);
	slots_close(&slots);
	slots_close(&slots);
}

static void takes_less(void **state)
{
	struct rlimit limit, small;
	struct slots slots;
	struct fault fault;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 20 << 20;
	setrlimit(RLIMIT_FSIZE, &small); /* passing it would raise SIGXFSZ */
	assert_int_equal(slots_open(&slots, 16, 4 << 20, 4 << 20, NULL), 0);
	assert_int_equal(slots.count, 2);
	assert_int_equal(slots.input_room, 4 << 20);
	slots_close(&slots);
	assert_int_equal(slots_open(&slots, 1, (uint64_t)1 << 40, (uint64_t)1 << 40, NULL), 0);
	assert_in_range(slots.input_room, 1 << 20, 10 << 20);
	slots_close(&slots);
	small.rlim_cur = 500000;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(slots_open(&slots, 3, 1 << 20, 1 << 20, &fault), IMGBATCH_E_NOMEM);
	setrlimit(RLIMIT_FSIZE, &limit);
	slots_close(&slots);
}

static void trims(void **state)
{
	enum { MIB = 1 << 20 };
	struct slots slots;

	(void)state;
	assert_int_equal(slots_open(&slots, 2, 16 * MIB, 16 * MIB, NULL), 0);
	uint8_t *slot = slot_bytes(&slots, 1);
	memset(slot, 1, 10 * MIB);
	memset(slot + 16 * MIB, 2, 5 * MIB);
	assert_int_equal(backed(&slots), 15 * MIB);
	assert_int_equal(slot_trim(&slots, 1, 10 * MIB, 5 * MIB, MIB), 2 * MIB);
	assert_int_equal(backed(&slots), 2 * MIB);
	assert_int_equal(slot[MIB - 1], 1);
	assert_int_equal(slot[MIB], 0);
	assert_int_equal(slot[17 * MIB - 1], 2);
	/* Too little to be worth it. */
	assert_int_equal(slot_trim(&slots, 1, MIB + 4096, MIB, MIB), 2 * MIB + 4096);
	slots_close(&slots);
}

/* The crew: splits are shared with idle threads, and each part is done once. */

enum { PARTS = 1000, JOBS = 200 };

static void add_one(void *arg, unsigned i)
{
	atomic_uint *parts = arg;

	atomic_fetch_add(&parts[i], 1);
}

static atomic_uint jobs_run, wrong;

static void run_split(void *ctx, void *worker, struct job *job, const struct parallel *parallel)
{
	atomic_uint parts[PARTS] = {0};

	(void)ctx;
	(void)worker;
	(void)job;
	for (int round = 0; round < 5; round++)
		parallel_for(parallel, PARTS, add_one, parts);
	for (int i = 0; i < PARTS; i++)
		if (atomic_load(&parts[i]) != 5)
			atomic_fetch_add(&wrong, 1);
	atomic_fetch_add(&jobs_run, 1);
}

static void crew_splits(void **state)
{
	static struct job jobs[JOBS];
	struct crew_settings settings = {.threads = 4, .run = run_split};
	struct crew *crew;

	(void)state;
	assert_int_equal(crew_open(&crew, &settings, NULL), 0);
	assert_int_equal(crew_size(crew), 4);
	for (int i = 0; i < JOBS; i++) {
		crew_add(crew, &jobs[i], i % 2);
		if (i % 20 == 0)
			usleep(1000);
	}
	crew_close(crew);
	assert_int_equal(atomic_load(&jobs_run), JOBS);
	assert_int_equal(atomic_load(&wrong), 0);
}

static void run_count(void *ctx, void *worker, struct job *job, const struct parallel *parallel)
{
	(void)ctx;
	(void)worker;
	(void)job;
	(void)parallel;
	atomic_fetch_add(&jobs_run, 1);
}

/* However long it waits before it wakes one more thread: no job is left lying. */
static void crew_is_patient(void **state)
{
	static struct job jobs[JOBS];
	struct crew_settings settings = {.threads = 4, .run = run_count};
	struct crew *crew;

	(void)state;
	atomic_store(&jobs_run, 0);
	assert_int_equal(crew_open(&crew, &settings, NULL), 0);
	crew_patience(crew, 1000);
	for (unsigned i = 0; i < JOBS; i++) {
		crew_add(crew, &jobs[i], i % 2);
		if (i % 10)
			continue;
		for (int wait = 0; wait < 100000 && atomic_load(&jobs_run) <= i; wait++)
			usleep(100);
		assert_int_equal(atomic_load(&jobs_run), i + 1);
	}
	crew_close(crew);
	assert_int_equal(atomic_load(&jobs_run), JOBS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_seals),
		cmocka_unit_test(takes_less),
		cmocka_unit_test(trims),
		cmocka_unit_test(crew_splits),
		cmocka_unit_test(crew_is_patient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
