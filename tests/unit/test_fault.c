/* SPDX-License-Identifier: Apache-2.0 */
/* Defends what a fault says: one line of UTF-8, whatever a file had to say in it, and cut between characters. */
#include "base/fault.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void texts_become_plain(void **state)
{
	static const struct {
		const char *text, *plain;
	} cases[] = {
		{"", ""},
		{"plain, with \\ and \"", "plain, with \\ and \""},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
			"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\x1b[2J\n\t\x7f", "?[2J???"},
		{"a\xc2\x9b"
		 "b\xc2\xa0",
			"a??b\xc2\xa0"}, /* C1's CSI, and a blank that is none of them */
		{"\xff"
		 "a\xc0\xaf\xed\xa0\x80",
			"?a?????"}, /* no UTF-8, overlong, a surrogate */
		{"a\xe2\x82z", "a??z"},
		{"cut \xc3", "cut "},
		{"cut \xe2\x82", "cut "},
		{"cut \xf0\x9f\x98", "cut "},
		{"none \x80\x80", "none ??"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[64];

		strcpy(text, cases[i].text);
		str_make_plain(text);
		assert_string_equal(text, cases[i].plain);
	}
}

static void faults_are_cut_between_characters(void **state)
{
	char longer[3 * FAULT_DETAIL_MAX + 1] = "";
	struct fault fault;

	(void)state;
	for (int i = 0; i < FAULT_DETAIL_MAX; i++)
		strcat(longer, "\xe2\x82\xac");
	for (int shift = 0; shift < 3; shift++) {
		assert_int_equal(
			fault_set(&fault, IMGBATCH_E_CORRUPT, "%.*s%s", shift, "ab", longer),
			IMGBATCH_E_CORRUPT);
		assert_true(str_is_utf8(fault.detail, strlen(fault.detail)));
		assert_in_range(strlen(fault.detail), FAULT_DETAIL_MAX - 4, FAULT_DETAIL_MAX - 1);
	}
	fault_set(&fault, IMGBATCH_E_CORRUPT, "ends in chunk %s", "\x1b\n\xffT");
	assert_string_equal(fault.detail, "ends in chunk ???T");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_plain),
		cmocka_unit_test(faults_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
