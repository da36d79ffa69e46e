/* SPDX-License-Identifier: Apache-2.0 */
/* Lines with marks and whiskers, stacked areas, and histograms: what has an axis across of its own. */
#include "report/chart_draw.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

enum { HEIGHT = 260, ROOM_LEFT = 64, ROOM_RIGHT = 24, ROOM_BELOW = 44, KEYS_MOST = 32 };

static void add_xy(struct str *out, char step, double x, double y)
{
	str_add_char(out, step);
	chart_add_px(out, x);
	str_add_char(out, ' ');
	chart_add_px(out, y);
}

static bool there(const struct chart_line *line, size_t i)
{
	return isfinite(line->x[i]) && isfinite(line->y[i]);
}

/* -- lines --- */

static void add_path(
	struct str *out, const struct chart_frame *frame, const struct chart_line *line)
{
	char step = 'M';

	if (line->ideal)
		str_add(out, "<path class=\"ideal\" d=\"");
	else
		str_addf(out, "<path class=\"line s%u\" d=\"", line->colour % CHART_COLOURS);
	for (size_t i = 0; i < line->count; i++) {
		if (!there(line, i)) {
			step = 'M';
			continue;
		}
		add_xy(out, step, chart_x(frame, line->x[i]), chart_y(frame, line->y[i]));
		step = 'L';
	}
	str_add(out, "\"/>\n");
}

static void add_upright_whisker(
	struct str *out, const struct chart_frame *frame, const struct chart_line *line, size_t i)
{
	double x = chart_x(frame, line->x[i]);
	double low = chart_y(frame, line->low[i]), high = chart_y(frame, line->high[i]);

	if (!isfinite(low) || !isfinite(high))
		return;
	chart_add_segment(out, "whisker", x, low, x, high);
	chart_add_segment(out, "whisker", x - 4, low, x + 4, low);
	chart_add_segment(out, "whisker", x - 4, high, x + 4, high);
}

/* With hints; of very many points only the line is drawn, for marks would hide it. */
static void add_points(
	struct str *out, const struct chart_frame *frame, const struct chart_line *line)
{
	if (line->ideal || line->count > 40)
		return;
	for (size_t i = 0; i < line->count; i++) {
		if (!there(line, i))
			continue;
		if (line->low && line->high)
			add_upright_whisker(out, frame, line, i);
		str_add(out, "<g><title>");
		page_add_text(out, line->name, strlen(line->name));
		str_add(out, ", ");
		chart_add_value(out, line->x[i]);
		str_add(out, ": ");
		chart_add_value(out, line->y[i]);
		str_add(out, "</title>");
		chart_add_point(
			out, line->colour, chart_x(frame, line->x[i]), chart_y(frame, line->y[i]));
		str_add(out, "</g>\n");
	}
}

/* -- stacked areas --- */

static double height_below(const struct chart_line *lines, size_t line, size_t i)
{
	double all = 0;

	for (size_t k = 0; k < line; k++)
		if (i < lines[k].count && isfinite(lines[k].y[i]))
			all += lines[k].y[i];
	return all;
}

static void add_area(struct str *out, const struct chart_frame *frame,
	const struct chart_line *lines, size_t line)
{
	const double *x = lines[0].x;
	size_t count = lines[line].count < lines[0].count ? lines[line].count : lines[0].count;

	if (!count)
		return;
	str_addf(out, "<path class=\"area c%u\" d=\"", lines[line].colour % CHART_COLOURS);
	for (size_t i = 0; i < count; i++)
		add_xy(out, i ? 'L' : 'M', chart_x(frame, x[i]),
			chart_y(frame, height_below(lines, line + 1, i)));
	for (size_t i = count; i-- > 0;)
		add_xy(out, 'L', chart_x(frame, x[i]),
			chart_y(frame, height_below(lines, line, i)));
	str_add(out, "z\"><title>");
	page_add_text(out, lines[line].name, strlen(lines[line].name));
	str_add(out, "</title></path>\n");
}

/* -- both --- */

static double at_most(double a, double b)
{
	return isfinite(b) && b > a ? b : a;
}

static void take_extent(struct chart_frame *frame, const struct chart_lines *how,
	const struct chart_line *lines, size_t count)
{
	double y = 0;

	frame->x_low = INFINITY;
	frame->x_high = 0;
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < lines[k].count; i++) {
			frame->x_low = lines[k].x[i] < frame->x_low ? lines[k].x[i] : frame->x_low;
			frame->x_high = at_most(frame->x_high, lines[k].x[i]);
			y = at_most(
				y, how->stacked ? height_below(lines, k + 1, i) : lines[k].y[i]);
			if (lines[k].high)
				y = at_most(y, lines[k].high[i]);
		}
	chart_step(y, 6, &frame->y_high);
	if (!how->at_points || !isfinite(frame->x_low))
		frame->x_low = 0;
	if (frame->x_high <= frame->x_low)
		frame->x_high = frame->x_low + 1;
}

/* A tick below each point of any line, unless the one before stands too near. */
static void add_point_ticks(struct str *out, const struct chart_frame *frame,
	const struct chart_line *lines, size_t count)
{
	double after = -INFINITY;

	for (;;) {
		double next = INFINITY;

		for (size_t k = 0; k < count; k++)
			for (size_t i = 0; i < lines[k].count; i++)
				if (lines[k].x[i] > after && lines[k].x[i] < next)
					next = lines[k].x[i];
		if (!isfinite(next))
			return;
		if (!isfinite(after) || chart_x(frame, next) - chart_x(frame, after) > 22 ||
			next == frame->x_high)
			chart_add_x_tick(out, frame, next);
		after = next;
	}
}

static const struct chart_line *longest_line(const struct chart_line *lines, size_t count)
{
	const struct chart_line *longest = lines;

	for (size_t k = 1; k < count; k++)
		if (lines[k].count > longest->count)
			longest = &lines[k];
	return longest;
}

/* Of a line at an x; NAN where it has no point there. */
static double value_at(const struct chart_line *line, double x)
{
	for (size_t i = 0; i < line->count; i++)
		if (line->x[i] == x)
			return line->y[i];
	return NAN;
}

static void add_lines_table(struct str *out, const struct chart_lines *how,
	const struct chart_line *lines, size_t count)
{
	const struct chart_line *rows = count ? longest_line(lines, count) : NULL;

	chart_begin_table(out);
	chart_add_head(out, how->x_unit ? how->x_unit : "");
	for (size_t k = 0; k < count; k++)
		chart_add_head(out, lines[k].name);
	for (size_t i = 0; rows && i < rows->count; i++) {
		str_add(out, "</tr>\n<tr>");
		chart_add_cell(out, rows->x[i]);
		for (size_t k = 0; k < count; k++)
			chart_add_cell(out, value_at(&lines[k], rows->x[i]));
	}
	str_add(out, "</tr>\n");
}

static size_t fill_keys(struct chart_key *keys, const struct chart_line *lines, size_t count)
{
	if (count > KEYS_MOST)
		count = KEYS_MOST;
	for (size_t k = 0; k < count; k++)
		keys[k] = (struct chart_key){lines[k].name, lines[k].colour, lines[k].ideal};
	return count;
}

static struct chart_frame upright_frame(double legend)
{
	double top = legend + 26;

	return (struct chart_frame){.left = ROOM_LEFT,
		.right = CHART_WIDTH - ROOM_RIGHT,
		.top = top,
		.bottom = top + HEIGHT};
}

static void draw_lines(struct str *out, const struct chart_frame *frame,
	const struct chart_lines *how, const struct chart_line *lines, size_t count)
{
	for (size_t k = 0; k < count; k++)
		if (how->stacked)
			add_area(out, frame, lines, k);
		else
			add_path(out, frame, &lines[k]);
	for (size_t k = 0; k < count && !how->stacked; k++)
		add_points(out, frame, &lines[k]);
}

void chart_add_lines(struct str *out, const struct chart *chart, const struct chart_lines *how,
	const struct chart_line *lines, size_t count)
{
	struct chart_key keys[KEYS_MOST] = {0};
	size_t key_count = fill_keys(keys, lines, count);
	struct chart_frame frame = upright_frame(chart_legend_height(keys, key_count));

	take_extent(&frame, how, lines, count);
	chart_begin(out, chart, frame.bottom + ROOM_BELOW);
	chart_add_legend(out, keys, key_count, 0, !how->stacked);
	chart_add_values_axis(out, &frame, chart->unit, false);
	if (how->at_points)
		add_point_ticks(out, &frame, lines, count);
	else
		chart_add_x_axis(out, &frame, NULL);
	if (how->x_unit)
		chart_add_x_title(out, &frame, how->x_unit);
	draw_lines(out, &frame, how, lines, count);
	add_lines_table(out, how, lines, count);
	chart_end(out);
}
