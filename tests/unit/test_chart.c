/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends charts: whatever they are told they are well-formed, nothing stands outside of the drawing, lengths are in proportion to
 * values, ticks are round, and every value is in the table as well.
 */
#include "report/chart.h"
#include "report/chart_draw.h"

#include <expat.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a reading of the markup found. */
struct seen {
	double width, height; /* of the drawing */
	double bars[32]; /* widths of <rect>s that have a hint's colour */
	double rows[32]; /* and their heights */
	size_t bar_count;
	unsigned paths, dashed;
	char text[8192]; /* all character data, parted by | */
};

static double number(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return strtod(attributes[1], NULL);
	return 0;
}

static const char *word(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return "";
}

static void on_begin(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct seen *seen = ctx;

	strncat(seen->text, "|", sizeof seen->text - strlen(seen->text) - 1);
	if (!strcmp(name, "svg")) {
		seen->width = number(attributes, "width");
		seen->height = number(attributes, "height");
	}
	if (!strcmp(name, "path"))
		seen->paths++;
	if (!strcmp(word(attributes, "class"), "ideal"))
		seen->dashed++;
	if (!strcmp(name, "rect") && seen->bar_count < 32) {
		double x = number(attributes, "x"), y = number(attributes, "y");
		double width = number(attributes, "width"), height = number(attributes, "height");

		assert_true(x >= 0 && x + width <= seen->width);
		assert_true(y >= 0 && y + height <= seen->height);
		seen->rows[seen->bar_count] = height;
		seen->bars[seen->bar_count++] = width;
	}
	if (!strcmp(name, "text") || !strcmp(name, "line")) {
		static const char *const across[] = {"x", "x1", "x2"},
					 *const down[] = {"y", "y1", "y2"};

		for (int i = 0; i < 3; i++) {
			assert_in_range((uintmax_t)number(attributes, across[i]), 0, CHART_WIDTH);
			assert_true(number(attributes, down[i]) >= 0);
			assert_true(number(attributes, down[i]) <= seen->height);
		}
	}
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct seen *seen = ctx;

	(void)name;
	strncat(seen->text, "|", sizeof seen->text - strlen(seen->text) - 1);
}

static void on_text(void *ctx, const XML_Char *text, int length)
{
	struct seen *seen = ctx;
	size_t room = sizeof seen->text - strlen(seen->text) - 1;

	strncat(seen->text, text, room < (size_t)length ? room : (size_t)length);
}

/* Reads it as XML, which is stricter than a browser, and empties it. */
static void read_chart(struct str *out, struct seen *seen)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");

	assert_false(out->failed);
	*seen = (struct seen){0};
	XML_SetUserData(parser, seen);
	XML_SetElementHandler(parser, on_begin, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, str_text(out), (int)out->length, 1) != XML_STATUS_OK)
		fail_msg("%s in %s", XML_ErrorString(XML_GetErrorCode(parser)), str_text(out));
	XML_ParserFree(parser);
	str_release(out);
}

static void ticks_are_round(void **state)
{
	static const double highs[] = {0.0003, 0.7, 1, 9, 10, 11, 99, 100, 101, 12345, 3e9};
	double last;

	(void)state;
	for (size_t i = 0; i < sizeof highs / sizeof *highs; i++) {
		double step = chart_step(highs[i], 6, &last);
		double digit = step / pow(10, floor(log10(step) + 1e-9));

		assert_true(
			fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6);
		assert_true(last >= highs[i] * (1 - 1e-6) && last < highs[i] + step * 1.01);
		assert_true(highs[i] / step <= 6.001 && highs[i] / step > 2);
	}
	assert_true(chart_step(0, 6, &last) == 1 && last == 1);
	assert_true(chart_step(NAN, 6, &last) == 1 && last == 1);
}

static void values_have_three_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {{0.05, "0.05"}, {0.5, "0.5"}, {1, "1"}, {12.34, "12.3"}, {99.96, "100"},
		{999.7, "1,000"}, {123456, "123,456"}, {0.000321, "0.000321"}, {-1, "0.00"}};
	struct str out = STR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		chart_add_value(&out, rows[i].value);
		assert_string_equal(str_text(&out), rows[i].text);
		str_clear(&out);
	}
	chart_add_px(&out, -3.25);
	chart_add_px(&out, 7);
	assert_true(!strcmp(str_text(&out), "-3.27") || !strcmp(str_text(&out), "-3.37"));
	str_release(&out);
}

static const struct chart plain = {"A <title> & \"more\"", NULL, "images/s"};

static void bars_are_as_long_as_their_values(void **state)
{
	const struct chart_bar bars[] = {{"one", NULL, 100, NAN, NAN, 0, false},
		{"two", "best", 200, 190, 260, 1, true},
		{"none", "not here", NAN, NAN, NAN, 2, false},
		{"zero", NULL, 0, NAN, NAN, 9, false}};
	struct str out = STR_INIT;
	struct seen seen;

	(void)state;
	chart_add_bars(&out, &plain, bars, 4);
	read_chart(&out, &seen);
	assert_int_equal(seen.bar_count, 3);
	assert_true(fabs(seen.bars[1] - 2 * seen.bars[0]) < 0.3);
	assert_true(seen.bars[0] > 50 && seen.bars[2] == 0);
	assert_non_null(strstr(seen.text, "|200 best|"));
	assert_non_null(strstr(seen.text, "|not here|"));
	assert_non_null(strstr(seen.text, "|two: 200 images/s|"));
	assert_non_null(strstr(seen.text, "|two||200||190||260|")); /* the table */
	assert_non_null(strstr(seen.text, "A <title> & \"more\""));
}

static void words_are_no_markup_and_are_cut_between_characters(void **state)
{
	char label[400] = "<b>&";
	struct chart_bar bar = {label, "</svg>", 3, NAN, NAN, 0, false};
	struct str out = STR_INIT;
	struct seen seen;

	(void)state;
	while (strlen(label) < 390)
		strcat(label, "\xc3\xa9");
	chart_add_bars(&out, &plain, &bar, 1);
	read_chart(&out, &seen);
	assert_non_null(strstr(seen.text, "\xc3\xa9\xe2\x80\xa6|")); /* the axis */
	assert_non_null(strstr(seen.text, label)); /* the table */
}

static void stacks_add_up(void **state)
{
	static const char *const names[] = {"read", "decode", "write"};
	static const double a[] = {1, 2, 3}, b[] = {2, 0, NAN};
	const struct chart_stack stacks[] = {{"a", a}, {"b", b}};
	struct str out = STR_INIT;
	struct seen seen;

	(void)state;
	chart_add_stacks(&out, &plain, names, 3, stacks, 2);
	read_chart(&out, &seen);
	assert_int_equal(seen.bar_count, 3 + 3 + 1); /* the legend's, then those above zero */
	assert_true(fabs(seen.bars[3] + seen.bars[4] - seen.bars[5]) < 0.3);
	assert_true(fabs(seen.bars[6] - seen.bars[4]) < 0.3);
	assert_non_null(strstr(seen.text, "|a, write: 3 images/s|"));
	assert_non_null(strstr(seen.text, "|a||1||2||3||6|"));
}

static void lines_leave_gaps_and_know_the_ideal(void **state)
{
	static const double x[] = {1, 2, 4, 64}, y[] = {10, NAN, 35, 500},
			    high[] = {12, NAN, 40, 700};
	static const double ideal[] = {10, 20, 40, 640};
	const struct chart_line lines[] = {{"threads", x, y, y, high, 4, 0, false},
		{"ideal", x, ideal, NULL, NULL, 4, 7, true}};
	struct chart_lines how = {.x_unit = "workers", .at_points = true};
	struct str out = STR_INIT;
	struct seen seen;

	(void)state;
	chart_add_lines(&out, &plain, &how, lines, 2);
	read_chart(&out, &seen);
	assert_int_equal(seen.dashed, 2); /* in the legend and drawn */
	assert_int_equal(seen.paths, 1 + 2 + 3); /* the legend's mark, two lines, three marks */
	assert_non_null(strstr(seen.text, "|threads, 64: 500|"));
	assert_non_null(strstr(seen.text, "|workers||threads||ideal|"));
	assert_non_null(strstr(seen.text, "|2||||20|"));
	how = (struct chart_lines){.x_unit = "s", .stacked = true};
	chart_add_lines(&out, &plain, &how, lines, 2);
	read_chart(&out, &seen);
	assert_int_equal(seen.paths, 2);
	chart_add_lines(&out, &plain, &how, lines, 0);
	read_chart(&out, &seen);
}

static void histograms(void **state)
{
	static const double even[] = {0, 1, 2, 3}, decades[] = {0.1, 1, 10, 100},
			    counts[] = {4, 0, 8};
	static const struct chart_mark marks[] = {{"median", 1.5}, {"95 %", 99}, {"outside", 1e9}};
	struct chart_histogram histogram = {"ms", even, counts, 3, false, NULL, 0, 0};
	struct str out = STR_INIT;
	struct seen seen;

	(void)state;
	chart_add_histogram(&out, &plain, &histogram);
	read_chart(&out, &seen);
	assert_int_equal(seen.bar_count, 2);
	assert_true(fabs(2 * seen.rows[0] - seen.rows[1]) < 0.3);
	histogram = (struct chart_histogram){"ms", decades, counts, 3, true, marks, 3, 0};
	chart_add_histogram(&out, &plain, &histogram);
	read_chart(&out, &seen);
	assert_true(fabs(seen.bars[0] - seen.bars[1]) < 0.3);
	assert_non_null(strstr(seen.text, "|median 1.5 ms|"));
	assert_non_null(strstr(seen.text, "|95 % 99 ms|"));
	assert_null(strstr(seen.text, "outside"));
}

/* A host with commas in its numbers must not break the drawing. */
static void no_locale_matters(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};
	bool set = false;

	(void)state;
	for (size_t i = 0; i < 3 && !set; i++)
		set = setlocale(LC_NUMERIC, names[i]);
	if (!set)
		skip();
	values_have_three_digits(state);
	setlocale(LC_NUMERIC, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(values_have_three_digits),
		cmocka_unit_test(bars_are_as_long_as_their_values),
		cmocka_unit_test(words_are_no_markup_and_are_cut_between_characters),
		cmocka_unit_test(stacks_add_up),
		cmocka_unit_test(lines_leave_gaps_and_know_the_ideal),
		cmocka_unit_test(histograms),
		cmocka_unit_test(no_locale_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
