/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of all charts: figure, axes with round ticks, legend, table. What is drawn inside stands in the other files. */
#include "report/chart_draw.h"
#include "report/numbers.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

double chart_step(double high, unsigned wanted, double *last)
{
	static const double rounds[] = {1, 2, 5, 10};
	double raw, power, step;
	int i = 0;

	if (!(high > 0) || !isfinite(high) || !wanted) {
		*last = 1;
		return 1;
	}
	raw = high / wanted;
	power = pow(10, floor(log10(raw)));
	while (i < 3 && rounds[i] * power < raw * (1 - 1e-9))
		i++;
	step = rounds[i] * power;
	*last = ceil(high / step * (1 - 1e-9)) * step;
	return step;
}

double chart_x(const struct chart_frame *frame, double value)
{
	double share;

	if (frame->x_logarithmic)
		share = log(value / frame->x_low) / log(frame->x_high / frame->x_low);
	else
		share = (value - frame->x_low) / (frame->x_high - frame->x_low);
	return frame->left + share * (frame->right - frame->left);
}

double chart_y(const struct chart_frame *frame, double value)
{
	return frame->bottom - value / frame->y_high * (frame->bottom - frame->top);
}

void chart_add_px(struct str *out, double value)
{
	long tenths = lrint(value * 10);
	unsigned long size = (unsigned long)(tenths < 0 ? -tenths : tenths);

	str_addf(out, "%s%lu", tenths < 0 ? "-" : "", size / 10);
	if (size % 10)
		str_addf(out, ".%lu", size % 10);
}

/* Three digits that matter, without zeros behind the last of them. */
void chart_add_value(struct str *out, double value)
{
	unsigned places = 0;
	unsigned long long whole, part = 1, scaled;

	if (!(value > 0) || value > 1e15) {
		number_add_short(out, value);
		return;
	}
	while (places < 9 && value * pow(10, places) < 99.95)
		places++;
	for (unsigned i = 0; i < places; i++)
		part *= 10;
	scaled = (unsigned long long)llround(value * (double)part);
	for (; places && scaled % 10 == 0; places--, part /= 10)
		scaled /= 10;
	whole = scaled / part;
	number_add_grouped(out, whole);
	if (places)
		str_addf(out, ".%0*llu", (int)places, scaled % part);
}

void chart_add_place(struct str *out, const char *name, double value)
{
	str_addf(out, " %s=\"", name);
	chart_add_px(out, value);
	str_add_char(out, '"');
}

void chart_add_label(struct str *out, double x, double y, const char *anchor, const char *class,
	const char *text)
{
	str_addf(out, "<text class=\"%s\" text-anchor=\"%s\"", class ? class : "label", anchor);
	chart_add_place(out, "x", x);
	chart_add_place(out, "y", y);
	str_add_char(out, '>');
	page_add_text(out, text, strlen(text));
	str_add(out, "</text>\n");
}

void chart_add_segment(
	struct str *out, const char *class, double x1, double y1, double x2, double y2)
{
	str_addf(out, "<line class=\"%s\"", class);
	chart_add_place(out, "x1", x1);
	chart_add_place(out, "y1", y1);
	chart_add_place(out, "x2", x2);
	chart_add_place(out, "y2", y2);
	str_add(out, "/>\n");
}

/* -- figure and table --- */

void chart_begin(struct str *out, const struct chart *chart, double height)
{
	const char *about = chart->about ? chart->about : chart->title;

	str_add(out, "<figure class=\"chart\">\n<figcaption>");
	page_add_text(out, chart->title, strlen(chart->title));
	str_addf(out,
		"</figcaption>\n<div class=\"drawing\">\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d ",
		CHART_WIDTH);
	chart_add_px(out, height);
	str_addf(out, "\" width=\"%d\"", CHART_WIDTH);
	chart_add_place(out, "height", height);
	str_add(out, " aria-label=\"");
	page_add_text(out, about, strlen(about));
	str_add(out, "\">\n");
}

void chart_begin_table(struct str *out)
{
	str_add(out,
		"</svg>\n</div>\n<details><summary>The numbers</summary>\n"
		"<div class=\"drawing\"><table>\n<tr>");
}

void chart_add_head(struct str *out, const char *text)
{
	str_add(out, "<th>");
	page_add_text(out, text, strlen(text));
	str_add(out, "</th>");
}

void chart_add_cell(struct str *out, double value)
{
	str_add(out, "<td>");
	if (isfinite(value))
		chart_add_value(out, value);
	str_add(out, "</td>");
}

void chart_end(struct str *out)
{
	str_add(out, "</table></div>\n</details>\n</figure>\n");
}

/* -- axes --- */

static void add_tick_text(struct str *out, double value, double x, double y, const char *anchor)
{
	struct str text = STR_INIT;

	if (value > 0)
		chart_add_value(&text, value);
	else
		str_add_char(&text, '0');
	chart_add_label(out, x, y, anchor, "tick", str_text(&text));
	out->failed = out->failed || text.failed;
	str_release(&text);
}

/* Steps from 0 that do not pass high, but for the last bit. */
static unsigned steps_to(double high, double step)
{
	return high > 0 ? (unsigned)(high / step * (1 + 1e-9)) : 0;
}

static void add_across(struct str *out, const struct chart_frame *frame, double step)
{
	for (unsigned i = 0; i <= steps_to(frame->x_high, step); i++) {
		double x = chart_x(frame, i * step);

		chart_add_segment(out, i ? "grid" : "axis", x, frame->top, x, frame->bottom);
		add_tick_text(out, i * step, x, frame->bottom + 16, "middle");
	}
}

static void add_upward(struct str *out, const struct chart_frame *frame, double step)
{
	for (unsigned i = 0; i <= steps_to(frame->y_high, step); i++) {
		double y = chart_y(frame, i * step);

		chart_add_segment(out, i ? "grid" : "axis", frame->left, y, frame->right, y);
		add_tick_text(out, i * step, frame->left - 6, y + 4, "end");
	}
}

void chart_add_values_axis(
	struct str *out, const struct chart_frame *frame, const char *unit, bool across)
{
	double last;
	double step = chart_step(across ? frame->x_high : frame->y_high, 6, &last);

	if (across)
		add_across(out, frame, step);
	else
		add_upward(out, frame, step);
	if (unit && across)
		chart_add_x_title(out, frame, unit);
	else if (unit)
		chart_add_label(out, 2, frame->top - 10, "start", "unit", unit);
}

void chart_add_x_tick(struct str *out, const struct chart_frame *frame, double value)
{
	double x = chart_x(frame, value);

	chart_add_segment(out, "axis", x, frame->bottom, x, frame->bottom + 4);
	add_tick_text(out, value, x, frame->bottom + 18, "middle");
}

void chart_add_x_title(struct str *out, const struct chart_frame *frame, const char *unit)
{
	chart_add_label(
		out, (frame->left + frame->right) / 2, frame->bottom + 36, "middle", "unit", unit);
}

/* 1, 2 and 5 of each decade; of very many decades only the first. */
static void add_logarithmic(struct str *out, const struct chart_frame *frame)
{
	static const double within[] = {1, 2, 5};
	int first = (int)floor(log10(frame->x_low)), last = (int)ceil(log10(frame->x_high));
	int each = last - first > 5 ? 1 : 3;

	for (int decade = first; decade <= last; decade++)
		for (int i = 0; i < each; i++) {
			double at = within[i] * pow(10, decade);

			if (at >= frame->x_low * (1 - 1e-9) && at <= frame->x_high * (1 + 1e-9))
				chart_add_x_tick(out, frame, at);
		}
}

static void add_linear(struct str *out, const struct chart_frame *frame)
{
	double last;
	double step = chart_step(frame->x_high - frame->x_low, 8, &last);
	double begin = ceil(frame->x_low / step) * step;

	for (unsigned i = 0; i <= steps_to(frame->x_high - begin, step); i++)
		chart_add_x_tick(out, frame, begin + i * step);
}

void chart_add_x_axis(struct str *out, const struct chart_frame *frame, const char *unit)
{
	if (frame->x_logarithmic)
		add_logarithmic(out, frame);
	else
		add_linear(out, frame);
	if (unit)
		chart_add_x_title(out, frame, unit);
}

/* -- legend and points --- */

static double key_width(const struct chart_key *key)
{
	return 30 + (double)strlen(key->name) * CHART_LETTER;
}

/* Where the next key goes: *x, and a new row where it would not fit. Returns whether it is one. */
static bool key_place(const struct chart_key *key, double *x)
{
	bool row = *x > 0 && *x + key_width(key) > CHART_WIDTH;

	if (row)
		*x = 0;
	return row;
}

double chart_legend_height(const struct chart_key *keys, size_t count)
{
	double x = 0, height = count ? CHART_LINE + 4 : 0;

	for (size_t i = 0; i < count; i++) {
		height += key_place(&keys[i], &x) ? CHART_LINE : 0;
		x += key_width(&keys[i]);
	}
	return height;
}

static void add_square(struct str *out, unsigned colour, double x, double y)
{
	str_addf(out, "<rect class=\"c%u\" width=\"10\" height=\"10\"", colour % CHART_COLOURS);
	chart_add_place(out, "x", x - 5);
	chart_add_place(out, "y", y - 5);
	str_add(out, "/>\n");
}

void chart_add_legend(
	struct str *out, const struct chart_key *keys, size_t count, double y, bool marks)
{
	double x = 0;

	y += CHART_LINE / 2.0;
	for (size_t i = 0; i < count; i++) {
		y += key_place(&keys[i], &x) ? CHART_LINE : 0;
		if (keys[i].ideal)
			chart_add_segment(out, "ideal", x + 2, y, x + 16, y);
		else if (marks)
			chart_add_point(out, keys[i].colour, x + 9, y);
		else
			add_square(out, keys[i].colour, x + 9, y);
		chart_add_label(out, x + 20, y + 4, "start", NULL, keys[i].name);
		x += key_width(&keys[i]);
	}
}

/* Each as offsets from its middle, ten pixels large. */
void chart_add_point(struct str *out, unsigned colour, double x, double y)
{
	static const char *const shapes[] = {"m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
		"m-4 -4h8v8h-8z", "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z", "m0 -5l5 9h-10z"};

	str_addf(out, "<path class=\"c%u\" d=\"M", colour % CHART_COLOURS);
	chart_add_px(out, x);
	str_add_char(out, ' ');
	chart_add_px(out, y);
	str_addf(out, "%s\"/>\n", shapes[colour % 4]);
}
