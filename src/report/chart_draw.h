/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the charts' files share: places in pixels of a drawing CHART_WIDTH wide, marks of SVG, and the table below. A
 * `struct chart_frame` is the rectangle that values are drawn in.
 */
#ifndef REPORT_CHART_DRAW_H
#define REPORT_CHART_DRAW_H

#include "report/chart.h"

enum {
	CHART_WIDTH = 760,
	CHART_LETTER = 7, /* pixels of an average letter, rather more */
	CHART_LINE = 18, /* of text */
};

/* Axis across and upward: values from 0 (or low, logarithmic) to high lie between left and right, bottom and top. */
struct chart_frame {
	double left, right, top, bottom; /* pixels */
	double x_low, x_high, y_high;
	bool x_logarithmic;
};

double chart_x(const struct chart_frame *frame, double value);
double chart_y(const struct chart_frame *frame, double value);

/* A number of pixels, to a tenth; whatever the locale. */
void chart_add_px(struct str *out, double value);
/* A value for people: three digits that matter; "0.00" for what is not positive. */
void chart_add_value(struct str *out, double value);
/* ` NAME="PIXELS"` */
void chart_add_place(struct str *out, const char *name, double value);
/* Text at a place; anchor: "start", "middle", "end"; class may be NULL. */
void chart_add_label(struct str *out, double x, double y, const char *anchor, const char *class,
	const char *text);
void chart_add_segment(
	struct str *out, const char *class, double x1, double y1, double x2, double y2);

/* <figure> up to the opened <svg>, of that many pixels. */
void chart_begin(struct str *out, const struct chart *chart, double height);
/* </svg> and the table's head; then rows of the caller's; then chart_end(). */
void chart_begin_table(struct str *out);
void chart_add_head(struct str *out, const char *text); /* a cell of the first row or column */
void chart_add_cell(struct str *out, double value); /* NAN: empty */
void chart_end(struct str *out);

/* Grid, ticks and titles. across: values from left to right; else from bottom to top. */
void chart_add_values_axis(
	struct str *out, const struct chart_frame *frame, const char *unit, bool across);
/* The axis across of lines and histograms, at round numbers. */
void chart_add_x_axis(struct str *out, const struct chart_frame *frame, const char *unit);
/* One tick of it. */
void chart_add_x_tick(struct str *out, const struct chart_frame *frame, double value);
void chart_add_x_title(struct str *out, const struct chart_frame *frame, const char *unit);

/* A legend in rows from y downward; marks: as chart_add_point() makes them, else squares. Returns the pixels it took. */
struct chart_key {
	const char *name;
	unsigned colour;
	bool ideal;
};
double chart_legend_height(const struct chart_key *keys, size_t count);
void chart_add_legend(
	struct str *out, const struct chart_key *keys, size_t count, double y, bool marks);
/* A point of a line: circle, square, diamond or triangle by its colour. */
void chart_add_point(struct str *out, unsigned colour, double x, double y);

#endif
