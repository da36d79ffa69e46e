/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charts as inline SVG, for pages and as files of their own: bars, stacked bars, lines and areas, histograms. Nothing is
 * fetched and nothing needs a script: the browser shows an element's <title> as a hint, and below each chart its numbers
 * stand as a table that can be unfolded.
 *
 *	<figure class="chart"> <figcaption> title  <svg role="img"> .. </svg>  <details> table </details> </figure>
 *
 * Axes begin at zero, since lengths and areas are compared; ticks are round numbers. Colours are numbered from 0 to
 * CHART_COLOURS - 1 (larger ones begin again) and are chart.css's, in light and dark; lines also differ by their marks.
 * A page that has charts puts report_chart_css into its style sheet.
 *
 * Everything appends to a `struct str`. Texts are borrowed for the call and may hold anything; values that are not finite
 * are not drawn.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHART_COLOURS = 8 };

extern const char report_chart_css[];

/* What all charts are told. */
struct chart {
	const char *title; /* above it */
	const char *about; /* a sentence for who cannot see it; NULL: the title says it */
	const char *unit; /* title of the axis of values, "images/s"; NULL: none */
};

struct chart_bar {
	const char *label;
	const char *note; /* behind the value, such as "best"; NULL: none */
	double value; /* NAN: nothing is drawn, and the note says why */
	double low, high; /* a whisker between them; NAN: none */
	unsigned colour;
	bool strong; /* the label is set in bold */
};

/* Bars from left to right, one below another, each with its value. */
void chart_add_bars(
	struct str *out, const struct chart *chart, const struct chart_bar *bars, size_t count);

struct chart_stack {
	const char *label;
	const double *parts; /* part_count of them, none negative */
};

/* Bars made of parts, which have names and colours 0, 1, ... */
void chart_add_stacks(struct str *out, const struct chart *chart, const char *const *names,
	size_t part_count, const struct chart_stack *stacks, size_t count);

struct chart_line {
	const char *name;
	const double *x, *y; /* x rising */
	const double *low, *high; /* of y, drawn as whiskers; NULL: none */
	size_t count;
	unsigned colour;
	bool ideal; /* dashed and pale, without marks: what could be had at best */
};

struct chart_lines {
	const char *x_unit; /* title of the axis across, "workers", "s" */
	bool at_points; /* ticks across where points are, not at round numbers: for counts */
	bool stacked; /* areas, each on top of those before it, over the first line's x */
};

void chart_add_lines(struct str *out, const struct chart *chart, const struct chart_lines *how,
	const struct chart_line *lines, size_t count);

struct chart_mark {
	const char *name; /* "median" */
	double at;
};

struct chart_histogram {
	const char *x_unit; /* "ms" */
	const double *edges; /* bin_count + 1 of them, rising; of a logarithmic axis all positive */
	const double *counts; /* bin_count; the axis of values is theirs */
	size_t bin_count;
	bool logarithmic; /* the axis across */
	const struct chart_mark *marks; /* lines upward; NULL: none */
	size_t mark_count;
	unsigned colour;
};

void chart_add_histogram(
	struct str *out, const struct chart *chart, const struct chart_histogram *histogram);

/*
 * Round ticks for an axis from 0 to high: a step of 1, 2 or 5 times a power of ten such that there are about `wanted`
 * of them. Returns the step, 1 where high is not positive; *last: the first tick at or above high.
 */
double chart_step(double high, unsigned wanted, double *last);

#endif
