/* SPDX-License-Identifier: Apache-2.0 */
/* The trace's bounds: its size, what it says of what was left out, and a disk that is full. tests/cli/test_trace.py reads the format. */
#include "report/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/imgbatch-trace-XXXXXX";

static const char *operation(uint32_t op)
{
	return op ? "blur" : "resize";
}

/* As of a run that works on images of 1 ms, one behind the other. */
static void feed(struct trace *trace, unsigned images)
{
	struct imgbatch_levels levels = {.ready = {.now = 3}};
	struct trace_image image = {.name = "a/picture.jpg", .name_size = 13, .bytes = 1000};

	for (unsigned i = 0; i < images; i++) {
		uint64_t at = (uint64_t)i * 1000000;
		struct spent_io io = {.begun_ns = at, .ended_ns = at + 1000};
		struct spent_work work = {.begun_ns = at,
			.ended_ns = at + 900000,
			.stage = {{100000, 0}, {300000, 0}, {100000, 0}},
			.operation_count = 2,
			.operation = {{0, 1, {200000, 0}}, {1, 1, {200000, 0}}}};

		trace_io(trace, TRACE_READ, &io, &image);
		trace_work(trace, 0, at, at + 900000, &work, &image);
		trace_io(trace, TRACE_WRITE, &io, &image);
		trace_levels(trace, &levels, at);
	}
}

static char *text_of(size_t *size)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 64 << 20);

	*size = fread(text, 1, (64 << 20) - 1, file);
	fclose(file);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static void it_is_bounded_and_says_so(void **unused)
{
	struct trace_settings settings = {.path = path, .most = 100000, .operation = operation};
	struct trace *trace;
	struct fault fault;
	unsigned bars;
	size_t size;
	char *text, last[64];

	(void)unused;
	assert_int_equal(trace_open(&trace, &settings, &fault), 0);
	feed(trace, 200000); /* 200 s */
	assert_int_equal(trace_close(trace, 200000000000, &fault), 0);
	text = text_of(&size);
	assert_memory_equal(text, "[\n", 2);
	assert_string_equal(text + size - 3, "\n]\n");
	/* Bars up to the bound, and some thousand samples of two counters behind them. */
	assert_true(size > 100000 && size < 100000 + 8000 * 2 * 200);
	bars = count(text, "\"cat\":\"image\"") + count(text, "\"cat\":\"read\"") +
		count(text, "\"cat\":\"write\"");
	snprintf(last, sizeof last, "\"args\":{\"left_out\":%u,", 3 * 200000 - bars);
	assert_true(bars > 100);
	assert_non_null(strstr(text, last));
	assert_true(count(text, "\"ph\":\"C\"") > 1000);
	free(text);
}

static void nothing_is_left_out_unsaid(void **unused)
{
	struct trace_settings settings = {.path = path, .operation = operation};
	struct trace *trace;
	struct fault fault;
	size_t size;
	char *text;

	(void)unused;
	assert_int_equal(trace_open(&trace, &settings, &fault), 0);
	feed(trace, 1000);
	assert_int_equal(trace_close(trace, 1000000000, &fault), 0);
	text = text_of(&size);
	assert_int_equal(count(text, "\"cat\":\"image\""), 1000);
	assert_int_equal(count(text, "\"cat\":\"stage\""), 5000);
	assert_int_equal(count(text, "left_out"), 0);
	assert_true(size < 1000 * 1500); /* documented: about 1 kB an image */
	free(text);
}

/* Stages that claim more than their image stay within it. */
static void stages_stay_within(void **unused)
{
	struct trace_settings settings = {.path = path, .operation = operation};
	struct trace_image image = {.name = "x", .name_size = 1};
	struct spent_work work = {.stage = {{700, 0}, {UINT64_MAX, 0}, {700, 0}}};
	struct trace *trace;
	struct fault fault;
	size_t size;
	char *text;

	(void)unused;
	assert_int_equal(trace_open(&trace, &settings, &fault), 0);
	trace_work(trace, 5000, 1000, 2000, &work, &image);
	assert_int_equal(trace_close(trace, 3000, &fault), 0);
	text = text_of(&size);
	assert_non_null(strstr(text, "\"decode\",\"cat\":\"stage\",\"ts\":1.700,\"dur\":0.300,"));
	assert_non_null(strstr(text, "\"encode\",\"cat\":\"stage\",\"ts\":2.000,\"dur\":0.000,"));
	free(text);
}

static void a_full_disk_is_told(void **unused)
{
	struct trace_settings settings = {.path = path, .operation = operation};
	struct rlimit before, small = {300000, 300000};
	struct trace *trace;
	struct fault fault;

	(void)unused;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	assert_int_equal(trace_open(&trace, &settings, &fault), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	feed(trace, 2000);
	assert_int_equal(trace_close(trace, 1, &fault), IMGBATCH_E_WRITE);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_non_null(strstr(fault.detail, "File too large"));
	assert_int_equal(trace_close(NULL, 1, &fault), 0);
}

static void what_is_no_file_is_refused(void **unused)
{
	struct trace_settings settings = {.path = "/tmp", .operation = operation};
	struct trace *trace;
	struct fault fault;

	(void)unused;
	assert_int_equal(trace_open(&trace, &settings, &fault), IMGBATCH_E_WRITE);
	assert_null(trace);
	settings.path = "/nonexistent/x";
	assert_int_equal(trace_open(&trace, &settings, &fault), IMGBATCH_E_WRITE);
	assert_null(trace);
}

static int make(void **unused)
{
	int fd = mkstemp(path);

	(void)unused;
	return fd < 0 ? -1 : close(fd);
}

static int clean(void **unused)
{
	(void)unused;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_bounded_and_says_so),
		cmocka_unit_test(nothing_is_left_out_unsaid),
		cmocka_unit_test(stages_stay_within),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
