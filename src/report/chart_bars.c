/* SPDX-License-Identifier: Apache-2.0 */
/* Bars from left to right, plain ones with whiskers, and stacked ones. */
#include "report/chart_draw.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

enum { BAR = 24, BAR_THICK = 14, ROOM_BELOW = 44, LABELS_MOST = CHART_WIDTH * 2 / 5 };

static double label_room(size_t longest)
{
	double room = (double)longest * CHART_LETTER + 10;

	return room < LABELS_MOST ? room : LABELS_MOST;
}

/* The space that rows of bars are drawn in, below a legend. */
static struct chart_frame rows_frame(
	double labels, double right, double top, size_t count, double most)
{
	struct chart_frame frame = {
		.left = labels,
		.right = CHART_WIDTH - right,
		.top = top,
		.bottom = top + (double)(count ? count : 1) * BAR,
	};

	chart_step(most, 6, &frame.x_high);
	return frame;
}

static void add_rect(struct str *out, const struct chart_frame *frame, unsigned colour, double from,
	double to, double y)
{
	double x = chart_x(frame, from);

	str_addf(out, "<rect class=\"c%u\" rx=\"1\"", colour % CHART_COLOURS);
	chart_add_place(out, "x", x);
	chart_add_place(out, "y", y - BAR_THICK / 2.0);
	chart_add_place(out, "width", chart_x(frame, to) - x);
	chart_add_place(out, "height", BAR_THICK);
	str_add_char(out, '>');
}

/* `LABEL: VALUE` as the browser's hint, which ends the element. */
static void add_hint(
	struct str *out, const char *label, const char *part, double value, const char *unit)
{
	str_add(out, "<title>");
	page_add_text(out, label, strlen(label));
	if (part) {
		str_add(out, ", ");
		page_add_text(out, part, strlen(part));
	}
	str_add(out, ": ");
	chart_add_value(out, value);
	if (unit) {
		str_add_char(out, ' ');
		page_add_text(out, unit, strlen(unit));
	}
	str_add(out, "</title>");
}

/* What does not fit is cut, between two characters; the hint and the table have it all. */
static void add_row_label(
	struct str *out, const struct chart_frame *frame, const char *label, double y, bool strong)
{
	size_t room = (size_t)(frame->left / CHART_LETTER), size = strlen(label);
	struct str text = STR_INIT;

	if (size > room) {
		for (size = room - 1; size && ((unsigned char)label[size] & 0xC0) == 0x80;)
			size--;
	}
	str_add_bytes(&text, label, size);
	str_add(&text, label[size] ? "\u2026" : "");
	chart_add_label(out, frame->left - 8, y + 4, "end", strong ? "label strong" : "label",
		str_text(&text));
	out->failed = out->failed || text.failed;
	str_release(&text);
}

/* -- plain --- */

static bool has_whisker(const struct chart_bar *bar)
{
	return isfinite(bar->low) && isfinite(bar->high);
}

static void add_whisker(
	struct str *out, const struct chart_frame *frame, const struct chart_bar *bar, double y)
{
	double low = chart_x(frame, bar->low), high = chart_x(frame, bar->high);

	chart_add_segment(out, "whisker", low, y, high, y);
	chart_add_segment(out, "whisker", low, y - 4, low, y + 4);
	chart_add_segment(out, "whisker", high, y - 4, high, y + 4);
}

/* The value and the note, behind bar and whisker. */
static void add_said(
	struct str *out, const struct chart_frame *frame, const struct chart_bar *bar, double y)
{
	struct str text = STR_INIT;
	double end = isfinite(bar->value) ? bar->value : 0;

	if (isfinite(bar->value))
		chart_add_value(&text, bar->value);
	if (bar->note) {
		str_add(&text, text.length ? " " : "");
		str_add(&text, bar->note);
	}
	if (has_whisker(bar) && bar->high > end)
		end = bar->high;
	chart_add_label(out, chart_x(frame, end) + 6, y + 4, "start", "value", str_text(&text));
	out->failed = out->failed || text.failed;
	str_release(&text);
}

static void add_bar(struct str *out, const struct chart *chart, const struct chart_frame *frame,
	const struct chart_bar *bar, double y)
{
	add_row_label(out, frame, bar->label, y, bar->strong);
	if (isfinite(bar->value)) {
		add_rect(out, frame, bar->colour, 0, bar->value > 0 ? bar->value : 0, y);
		add_hint(out, bar->label, NULL, bar->value, chart->unit);
		str_add(out, "</rect>\n");
	}
	if (has_whisker(bar))
		add_whisker(out, frame, bar, y);
	add_said(out, frame, bar, y);
}

static void add_bars_table(
	struct str *out, const struct chart *chart, const struct chart_bar *bars, size_t count)
{
	bool whiskers = false;

	for (size_t i = 0; i < count; i++)
		whiskers = whiskers || has_whisker(&bars[i]);
	chart_begin_table(out);
	chart_add_head(out, "");
	chart_add_head(out, chart->unit ? chart->unit : "value");
	if (whiskers) {
		chart_add_head(out, "from");
		chart_add_head(out, "to");
	}
	for (size_t i = 0; i < count; i++) {
		str_add(out, "</tr>\n<tr>");
		chart_add_head(out, bars[i].label);
		chart_add_cell(out, bars[i].value);
		if (whiskers) {
			chart_add_cell(out, bars[i].low);
			chart_add_cell(out, bars[i].high);
		}
	}
	str_add(out, "</tr>\n");
}

void chart_add_bars(
	struct str *out, const struct chart *chart, const struct chart_bar *bars, size_t count)
{
	size_t longest = 0, behind = 0;
	double most = 0;
	struct chart_frame frame;

	for (size_t i = 0; i < count; i++) {
		size_t label = strlen(bars[i].label),
		       note = bars[i].note ? strlen(bars[i].note) + 1 : 0;

		longest = label > longest ? label : longest;
		behind = note > behind ? note : behind;
		if (isfinite(bars[i].value) && bars[i].value > most)
			most = bars[i].value;
		if (has_whisker(&bars[i]) && bars[i].high > most)
			most = bars[i].high;
	}
	frame = rows_frame(
		label_room(longest), (double)(behind + 8) * CHART_LETTER, 6, count, most);
	chart_begin(out, chart, frame.bottom + ROOM_BELOW);
	chart_add_values_axis(out, &frame, chart->unit, true);
	for (size_t i = 0; i < count; i++)
		add_bar(out, chart, &frame, &bars[i], frame.top + ((double)i + 0.5) * BAR);
	add_bars_table(out, chart, bars, count);
	chart_end(out);
}

/* -- stacked --- */

static double part(const struct chart_stack *stack, size_t i)
{
	return isfinite(stack->parts[i]) && stack->parts[i] > 0 ? stack->parts[i] : 0;
}

static double sum(const struct chart_stack *stack, size_t part_count)
{
	double all = 0;

	for (size_t i = 0; i < part_count; i++)
		all += part(stack, i);
	return all;
}

static void add_stack(struct str *out, const struct chart *chart, const struct chart_frame *frame,
	const char *const *names, size_t part_count, const struct chart_stack *stack, double y)
{
	struct str text = STR_INIT;
	double from = 0;

	add_row_label(out, frame, stack->label, y, false);
	for (size_t i = 0; i < part_count; i++) {
		double size = part(stack, i);

		if (size == 0)
			continue;
		add_rect(out, frame, (unsigned)i, from, from + size, y);
		add_hint(out, stack->label, names[i], size, chart->unit);
		str_add(out, "</rect>\n");
		from += size;
	}
	chart_add_value(&text, from);
	chart_add_label(out, chart_x(frame, from) + 6, y + 4, "start", "value", str_text(&text));
	out->failed = out->failed || text.failed;
	str_release(&text);
}

static void add_stacks_table(struct str *out, const char *const *names, size_t part_count,
	const struct chart_stack *stacks, size_t count)
{
	chart_begin_table(out);
	chart_add_head(out, "");
	for (size_t i = 0; i < part_count; i++)
		chart_add_head(out, names[i]);
	chart_add_head(out, "sum");
	for (size_t k = 0; k < count; k++) {
		str_add(out, "</tr>\n<tr>");
		chart_add_head(out, stacks[k].label);
		for (size_t i = 0; i < part_count; i++)
			chart_add_cell(out, stacks[k].parts[i]);
		chart_add_cell(out, sum(&stacks[k], part_count));
	}
	str_add(out, "</tr>\n");
}

/* The legend's height; drawn only where wanted. */
static double add_names(struct str *out, const char *const *names, size_t count, bool draw)
{
	struct chart_key keys[4 * CHART_COLOURS] = {0};

	if (count > sizeof keys / sizeof *keys)
		count = sizeof keys / sizeof *keys;
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct chart_key){names[i], (unsigned)i, false};
	if (draw)
		chart_add_legend(out, keys, count, 0, false);
	return chart_legend_height(keys, count);
}

void chart_add_stacks(struct str *out, const struct chart *chart, const char *const *names,
	size_t part_count, const struct chart_stack *stacks, size_t count)
{
	size_t longest = 0;
	double most = 0;
	struct chart_frame frame;

	for (size_t i = 0; i < count; i++) {
		size_t label = strlen(stacks[i].label);
		double all = sum(&stacks[i], part_count);

		longest = label > longest ? label : longest;
		most = all > most ? all : most;
	}
	frame = rows_frame(label_room(longest), 8 * CHART_LETTER,
		add_names(out, names, part_count, false) + 6, count, most);
	chart_begin(out, chart, frame.bottom + ROOM_BELOW);
	add_names(out, names, part_count, true);
	chart_add_values_axis(out, &frame, chart->unit, true);
	for (size_t i = 0; i < count; i++)
		add_stack(out, chart, &frame, names, part_count, &stacks[i],
			frame.top + ((double)i + 0.5) * BAR);
	add_stacks_table(out, names, part_count, stacks, count);
	chart_end(out);
}
