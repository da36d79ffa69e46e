/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends how files are made durable: batch by batch, what is gone or odd costs nothing, and the accounts of a batch are
 * kept whether it is waited for or not. That a sync which fails is told is defended by tests/faults, which can make one fail.
 */
#include "io/durable.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../home.h"

static int dir;

static int setup(void **state)
{
	if (home_enter(state))
		return -1;
	dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || mkdirat(dir, "a", 0777) || mkdirat(dir, "a/b", 0777) ? -1 : 0;
}

static int teardown(void **state)
{
	close(dir);
	return home_leave(state);
}

static void make(const char *path, mode_t mode)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	close(fd);
}

static struct durable *open_durable(bool files, const char *journal)
{
	struct durable_settings settings = {.dir = dir, .files = files, .journal = journal};
	struct durable *durable;

	assert_int_equal(durable_open(&durable, &settings, NULL), 0);
	return durable;
}

static void finish(struct durable *durable)
{
	struct fault fault = {0};

	assert_true(durable_busy(durable));
	if (durable_poll(durable, true, &fault) != 1)
		fail_msg("%s", fault.detail);
	assert_false(durable_busy(durable));
	assert_int_equal(durable_poll(durable, true, &fault), 0);
}

static void batches_end(void **state)
{
	struct durable *durable = open_durable(true, "log");
	struct fault fault;
	char name[32];

	(void)state;
	assert_int_equal(durable_poll(durable, true, &fault), 0);
	make("log", 0666);
	for (int batch = 0; batch < 5; batch++) {
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof name, "a/%s%d", i % 2 ? "b/" : "", i);
			make(name, 0666);
			assert_int_equal(durable_add(durable, name), 0);
		}
		assert_int_equal(durable_begin(durable), 0);
		finish(durable);
	}
	assert_int_equal(durable_begin(durable), 0); /* nothing was added: the log is left */
	finish(durable);
	assert_int_equal(durable_begin_journal(durable), 0);
	finish(durable);
	assert_int_equal(durable_journal(durable, &fault), 0);
	durable_close(durable);
	durable_close(NULL);
}

/* Polled now and then, as a run does it, while the next batch is gathered. */
static void polling_does_not_wait(void **state)
{
	struct durable *durable = open_durable(true, NULL);
	int got = 0;

	(void)state;
	make("a/x", 0666);
	make("a/y", 0666);
	assert_int_equal(durable_add(durable, "a/x"), 0);
	assert_int_equal(durable_begin(durable), 0);
	assert_int_equal(durable_add(durable, "a/y"), 0);
	for (int i = 0; !got && i < 10000; i++) {
		got = durable_poll(durable, false, NULL);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	assert_int_equal(got, 1);
	assert_int_equal(durable_begin(durable), 0);
	finish(durable);
	durable_close(durable);
}

static void odd_ones_cost_nothing(void **state)
{
	struct durable *durable = open_durable(true, "no/log");
	static const char *const names[] = {
		"gone", "gone/too", "a", "pipe", "link", "sealed", "../elsewhere/x"};

	(void)state;
	assert_int_equal(mkfifoat(dir, "pipe", 0666), 0);
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	make("sealed", 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(durable_add(durable, names[i]), 0);
	assert_int_equal(durable_begin(durable), 0);
	finish(durable);
	durable_close(durable);
}

static void closing_with_a_batch_in_hand(void **state)
{
	struct durable *durable = open_durable(false, "log");

	(void)state;
	make("log", 0666);
	assert_int_equal(durable_add(durable, "a/b/c"), 0);
	assert_int_equal(durable_begin(durable), 0);
	durable_close(durable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(batches_end, setup, teardown),
		cmocka_unit_test_setup_teardown(polling_does_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_ones_cost_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_with_a_batch_in_hand, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
