/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends what is said about a run: exact NDJSON, escaped names, a progress line that fits.
 */
#include "base/fault.h"
#include "report/numbers.h"
#include "report/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct str *out, const char *wanted)
{
	assert_false(out->failed);
	assert_string_equal(str_text(out), wanted);
	str_release(out);
}

static void image_objects(void **state)
{
	struct report_output outputs[] = {
		{"a/b-0.jpg", 9, 224, 224, 12345, "a/b-0.png"}, {"\xff", 1, 1, 2, 3, NULL}};
	struct report_image image = {.in = "a/b.jpg",
		.in_size = 7,
		.status = REPORT_OK,
		.warnings = IMGBATCH_W_EXT | IMGBATCH_W_CRC,
		.width = 500,
		.height = 375,
		.bytes_in = 100000,
		.outputs = outputs,
		.output_count = 2,
		.read_us = 120,
		.work_us = 3045,
		.write_us = 1000000,
		.timed = true};
	struct str out = STR_INIT;

	(void)state;
	report_image_json(&out, &image);
	expect(&out,
		"{\"type\":\"image\",\"in\":\"a/b.jpg\",\"status\":\"ok\",\"warnings\":[\"W_EXT\","
		"\"W_CRC\"],\"width\":500,\"height\":375,\"bytes_in\":100000,\"outputs\":[{"
		"\"path\":"
		"\"a/"
		"b-0.jpg\",\"width\":224,\"height\":224,\"bytes\":12345,\"mask\":\"a/"
		"b-0.png\"},{\"path\":"
		"\"\xef\xbf\xbd\","
		"\"path_b64\":\"/"
		"w==\",\"width\":1,\"height\":2,\"bytes\":3}],\"ms\":{\"read\":0.120,"
		"\"work\":3.045,\"write\":1000.000}}\n");
}

static void failure_objects(void **state)
{
	struct report_image image = {.in = "a\n\"\xfe.jpg",
		.in_size = 8,
		.status = REPORT_FAILED,
		.code = IMGBATCH_E_TRUNCATED,
		.stage = "decode",
		.detail = "ends in scan 1 of 1"};
	struct str out = STR_INIT;

	(void)state;
	report_image_json(&out, &image);
	expect(&out,
		"{\"type\":\"image\",\"in\":\"a\\u000a\\\"\xef\xbf\xbd.jpg\",\"in_b64\":\"YQoi/"
		"i5qcGc=\","
		"\"status\":\"failed\",\"code\":\"E_TRUNCATED\",\"stage\":\"decode\",\"detail\":"
		"\"ends in scan 1 of 1\",\"warnings\":[],\"bytes_in\":0,\"outputs\":[]}\n");
}

static void summary_objects(void **state)
{
	struct report_summary summary = {.listed = 10,
		.ok = 5,
		.damaged = 1,
		.failed = 1,
		.ignored = 2,
		.skipped = 1,
		.not_attempted = 1,
		.outputs = 5,
		.bytes_in = 7,
		.bytes_out = 8,
		.seconds = 1.2345,
		.cpu_seconds = 2,
		.io = "threads",
		.cpu = "processes",
		.workers = 8,
		.sandbox = "seccomp+landlock"};
	struct str out = STR_INIT;

	(void)state;
	report_summary_json(&out, &summary);
	expect(&out,
		"{\"type\":\"summary\",\"schema\":1,\"listed\":10,\"ok\":5,\"damaged\":1,"
		"\"failed\":1,\"ignored\":2,\"skipped\":1,\"not_attempted\":1,\"outputs\":5,"
		"\"bytes_in\":7,\"bytes_out\":8,\"seconds\":1.235,\"cpu_seconds\":2.000,"
		"\"io\":\"threads\",\"cpu\":\"processes\",\"workers\":8,"
		"\"sandbox\":\"seccomp+landlock\"}\n");
}

static void failure_lines(void **state)
{
	struct str out = STR_INIT;

	(void)state;
	report_failure_line(
		&out, "a/b.jpg", 7, IMGBATCH_E_TRUNCATED, "ends in scan 1 of 1, row 160 of 375");
	expect(&out, "\"a/b.jpg\": E_TRUNCATED: ends in scan 1 of 1, row 160 of 375\n");
	report_failure_line(&out, "\033[31m\n\xff\\", 8, IMGBATCH_E_EMPTY, NULL);
	expect(&out, "\"\\x1B[31m\\x0A\\xFF\\x5C\": E_EMPTY: the file holds zero bytes\n");
	/* A detail's own escapes stay; raw control bytes do not get through. */
	report_failure_line(&out, "a", 1, IMGBATCH_E_OPEN, "x\\x0Ay");
	expect(&out, "\"a\": E_OPEN: x\\x0Ay\n");
	report_failure_line(&out, "a", 1, IMGBATCH_E_OPEN, "x\033y");
	expect(&out, "\"a\": E_OPEN: x\\x1By\n");
}

static void summary_texts(void **state)
{
	struct report_summary summary = {.listed = 1334,
		.ok = 1279,
		.damaged = 2,
		.failed = 3,
		.ignored = 12,
		.skipped = 40,
		.outputs = 1281,
		.bytes_in = 142800000,
		.seconds = 4.2,
		.io = "threads",
		.cpu = "processes",
		.workers = 8};
	struct str out = STR_INIT;

	(void)state;
	report_summary_text(&out, &summary);
	expect(&out,
		"1,279 ok (2 damaged), 3 failed, 12 ignored, 40 skipped: 1,334 listed\n"
		"1,281 files written in 4.2 s: 305 images/s, 34 MB/s in; threads + processes x "
		"8\n");
	summary = (struct report_summary){.listed = 40, .skipped = 40, .seconds = 0.1};
	report_summary_text(&out, &summary);
	expect(&out, "0 ok, 40 skipped: 40 listed\n");
	summary = (struct report_summary){.listed = 2, .ok = 2, .outputs = 1, .dry = true};
	report_summary_text(&out, &summary);
	expect(&out, "2 to do: 2 listed\n1 file would be written\n");
	summary = (struct report_summary){.listed = 1, .ok = 1, .outputs = 1, .seconds = 3725};
	report_summary_text(&out, &summary);
	expect(&out, "1 ok: 1 listed\n1 file written in 1 h 2 min: 0.00 images/s\n");
}

static uint64_t ms(uint64_t n)
{
	return 5000000000u + n * 1000000;
}

static void progress_lines(void **state)
{
	struct report_progress progress = {0};
	struct report_state now = {.now_ns = ms(0), .total = 50000};
	struct str out = STR_INIT;

	(void)state;
	assert_true(report_progress_line(&progress, &now, false, &out));
	expect(&out, "\r0/50000  0%\033[K");
	now.now_ns = ms(99);
	assert_false(report_progress_line(&progress, &now, false, &out));
	now = (struct report_state){
		.now_ns = ms(2000), .done = 610, .total = 50000, .failed = 3, .bytes = 68000000};
	assert_true(report_progress_line(&progress, &now, false, &out));
	expect(&out, "\r610/50000  1%  305 images/s  34 MB/s  2:42 left  3 failed\033[K");
	/* The rate follows the last seconds, not the whole run. */
	for (int i = 1; i <= 40; i++) {
		now.now_ns = ms(2000 + 1000 * (uint64_t)i);
		now.done += 10;
		str_release(&out);
		assert_true(report_progress_line(&progress, &now, false, &out));
	}
	assert_non_null(strstr(out.text, "  10 images/s"));
	str_release(&out);
	now.now_ns = ms(42001); /* too soon, but the last one is always shown */
	now.done = 50000;
	assert_true(report_progress_line(&progress, &now, true, &out));
	assert_null(strstr(out.text, "left"));
	assert_non_null(strstr(out.text, "1,190 images/s"));
	assert_int_equal(out.text[out.length - 1], '\n');
	str_release(&out);
}

static void progress_fits_the_terminal(void **state)
{
	struct report_state now = {.now_ns = ms(0), .total = 50000};
	struct str out = STR_INIT;
	size_t shown = 0;

	(void)state;
	for (unsigned columns = 12; columns < 100; columns++) {
		struct report_progress progress = {.columns = columns};
		size_t width;

		now = (struct report_state){.now_ns = ms(0), .total = 50000};
		report_progress_line(&progress, &now, false, &out);
		str_clear(&out);
		now = (struct report_state){.now_ns = ms(2000),
			.done = 610,
			.total = 50000,
			.failed = 3,
			.bytes = 68000000};
		report_progress_line(&progress, &now, false, &out);
		width = out.length - 1 - 3; /* without "\r" and "\033[K" */
		assert_true(width < columns);
		assert_true(width >= shown);
		shown = width;
		str_clear(&out);
	}
	assert_int_equal(
		shown, strlen("610/50000  1%  305 images/s  34 MB/s  2:42 left  3 failed"));
	str_release(&out);
}

static void colour_is_only_on_request(void **state)
{
	struct report_progress progress = {.colour = true};
	struct report_state now = {.now_ns = ms(0), .done = 1, .failed = 1};
	struct str out = STR_INIT;

	(void)state;
	report_progress_line(&progress, &now, false, &out);
	expect(&out, "\r1  \033[31m1 failed\033[0m\033[K");
}

static void statuses_have_names(void **state)
{
	(void)state;
	assert_string_equal(report_status_name(REPORT_NOT_ATTEMPTED), "not_attempted");
	assert_string_equal(report_status_name((enum report_status)99), "unknown");
}

static void fine_numbers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0, "0.00"}, {0.42, "0.42"}, {0.005, "0.01"}, {0.00499, "0.0050"},
		{0.0031, "0.0031"}, {0.00099, "0.00099"}, {0.0000079, "0.0000079"},
		{0.000999, "0.0010"}, {1e-13, "0.00"}, {-0.001, "0.00"}, {NAN, "0.00"},
		{1234, "1,234"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str text = STR_INIT;

		number_add_fine(&text, cases[i].value);
		assert_string_equal(str_text(&text), cases[i].text);
		str_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_objects),
		cmocka_unit_test(failure_objects),
		cmocka_unit_test(summary_objects),
		cmocka_unit_test(failure_lines),
		cmocka_unit_test(summary_texts),
		cmocka_unit_test(fine_numbers),
		cmocka_unit_test(progress_lines),
		cmocka_unit_test(progress_fits_the_terminal),
		cmocka_unit_test(colour_is_only_on_request),
		cmocka_unit_test(statuses_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
