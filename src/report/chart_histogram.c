/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms: counts in bins over an even or a logarithmic axis, with marks such as the median's. */
#include "report/chart_draw.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

enum { HEIGHT = 220, ROOM_LEFT = 64, ROOM_RIGHT = 24, ROOM_BELOW = 44 };

static struct chart_frame histogram_frame(const struct chart_histogram *histogram)
{
	double top = 26 + (double)histogram->mark_count * CHART_LINE, most = 0;
	struct chart_frame frame = {
		.left = ROOM_LEFT,
		.right = CHART_WIDTH - ROOM_RIGHT,
		.top = top,
		.bottom = top + HEIGHT,
		.x_low = histogram->edges[0],
		.x_high = histogram->edges[histogram->bin_count],
		.x_logarithmic = histogram->logarithmic,
	};

	for (size_t i = 0; i < histogram->bin_count; i++)
		if (histogram->counts[i] > most)
			most = histogram->counts[i];
	chart_step(most, 5, &frame.y_high);
	if (frame.x_high <= frame.x_low)
		frame.x_high = frame.x_low + 1;
	return frame;
}

/* Bins stand side by side with a hair between them. */
static void add_bin(struct str *out, const struct chart_frame *frame,
	const struct chart_histogram *histogram, size_t i)
{
	double left = chart_x(frame, histogram->edges[i]);
	double right = chart_x(frame, histogram->edges[i + 1]);
	double y = chart_y(frame, histogram->counts[i]);

	if (!(histogram->counts[i] > 0))
		return;
	str_addf(out, "<rect class=\"c%u\"", histogram->colour % CHART_COLOURS);
	chart_add_place(out, "x", left);
	chart_add_place(out, "y", y);
	chart_add_place(out, "width", right - left > 2 ? right - left - 1 : right - left);
	chart_add_place(out, "height", frame->bottom - y);
	str_add(out, "><title>");
	chart_add_value(out, histogram->edges[i]);
	str_add(out, " to ");
	chart_add_value(out, histogram->edges[i + 1]);
	if (histogram->x_unit) {
		str_add_char(out, ' ');
		page_add_text(out, histogram->x_unit, strlen(histogram->x_unit));
	}
	str_add(out, ": ");
	chart_add_value(out, histogram->counts[i]);
	str_add(out, "</title></rect>\n");
}

/* Names stand one below another, so that marks close together can be read; near the right edge, left of their line. */
static void add_mark(struct str *out, const struct chart_frame *frame,
	const struct chart_mark *mark, const char *unit, size_t row)
{
	double x = chart_x(frame, mark->at), y = 14 + (double)row * CHART_LINE;
	struct str text = STR_INIT;
	bool left;

	if (!isfinite(x) || x < frame->left - 1 || x > frame->right + 1)
		return;
	str_addf(&text, "%s ", mark->name);
	chart_add_value(&text, mark->at);
	if (unit)
		str_addf(&text, " %s", unit);
	left = x + (double)text.length * CHART_LETTER > CHART_WIDTH - 8;
	chart_add_segment(out, "mark", x, y, x, frame->bottom);
	chart_add_label(
		out, left ? x - 5 : x + 5, y + 4, left ? "end" : "start", "value", str_text(&text));
	out->failed = out->failed || text.failed;
	str_release(&text);
}

static void add_histogram_table(
	struct str *out, const struct chart *chart, const struct chart_histogram *histogram)
{
	chart_begin_table(out);
	chart_add_head(out, "from");
	chart_add_head(out, histogram->x_unit ? histogram->x_unit : "to");
	chart_add_head(out, chart->unit ? chart->unit : "count");
	for (size_t i = 0; i < histogram->bin_count; i++) {
		if (!(histogram->counts[i] > 0))
			continue;
		str_add(out, "</tr>\n<tr>");
		chart_add_cell(out, histogram->edges[i]);
		chart_add_cell(out, histogram->edges[i + 1]);
		chart_add_cell(out, histogram->counts[i]);
	}
	str_add(out, "</tr>\n");
}

void chart_add_histogram(
	struct str *out, const struct chart *chart, const struct chart_histogram *histogram)
{
	struct chart_frame frame = histogram_frame(histogram);

	chart_begin(out, chart, frame.bottom + ROOM_BELOW);
	chart_add_values_axis(out, &frame, chart->unit, false);
	chart_add_x_axis(out, &frame, histogram->x_unit);
	for (size_t i = 0; i < histogram->bin_count; i++)
		add_bin(out, &frame, histogram, i);
	for (size_t i = 0; i < histogram->mark_count; i++)
		add_mark(out, &frame, &histogram->marks[i], histogram->x_unit, i);
	add_histogram_table(out, chart, histogram);
	chart_end(out);
}
