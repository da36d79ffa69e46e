/* SPDX-License-Identifier: Apache-2.0 */
/* How a run's time was spent, drawn: over time and by worker; then its parts as tables. */
#include "report/chart.h"
#include "report/run_page_parts.h"

#include <stdio.h>

enum {
	POINTS_LEAST = 12,
	POINTS_MOST = 128, /* of a line */
	WORKERS_MOST = 16, /* rows of their own */
};

/* -- over time ---------------------------------------------------------------------------------------- */

/* The timeline in so many equal steps that a page can show them all. */
struct series {
	size_t count;
	double x[POINTS_MOST], images[POINTS_MOST], busy[POINTS_MOST], read[POINTS_MOST],
		written[POINTS_MOST];
};

/* The last span is as long as the run goes on in it. */
static double span_end(const struct imgbatch_profile *m, unsigned span)
{
	double end = (double)m->timeline.span_ns * (span + 1) / 1e9;

	return span + 1 == m->timeline.count && m->run_s < end ? m->run_s : end;
}

static void add_step(
	struct series *series, const struct imgbatch_profile *m, unsigned first, unsigned behind)
{
	double begin = (double)m->timeline.span_ns * first / 1e9;
	double seconds = span_end(m, behind - 1) - begin;
	struct imgbatch_span sum = {0};
	size_t at = series->count;

	if (!(seconds > 0))
		return;
	for (unsigned i = first; i < behind; i++) {
		const struct imgbatch_span *span = &m->timeline.span[i];

		sum.images += span->images;
		sum.busy_ns += span->busy_ns;
		sum.read_bytes += span->read_bytes;
		sum.written_bytes += span->written_bytes;
	}
	series->x[at] = begin + seconds / 2;
	series->images[at] = sum.images / seconds;
	series->busy[at] = (double)sum.busy_ns / 1e9 / seconds;
	series->read[at] = (double)sum.read_bytes / 1e6 / seconds;
	series->written[at] = (double)sum.written_bytes / 1e6 / seconds;
	series->count++;
}

/* Of few images few points: a step that holds one or two says nothing of a rate. */
static unsigned points_wanted(const struct imgbatch_profile *m)
{
	uint64_t points = m->images / 10;

	if (points < POINTS_LEAST)
		return POINTS_LEAST;
	return points < POINTS_MOST ? (unsigned)points : POINTS_MOST;
}

static void fill_series(struct series *series, const struct imgbatch_profile *m)
{
	unsigned spans = m->timeline.count, points = points_wanted(m);
	unsigned each = (spans + points - 1) / points;

	series->count = 0;
	for (unsigned first = 0; first < spans; first += each)
		add_step(series, m, first, first + each < spans ? first + each : spans);
}

static void add_rate(struct str *out, const struct series *series)
{
	const struct chart chart = {.title = "Images a second",
		.about = "Images that ended, by second of the run",
		.unit = "images/s"};
	const struct chart_lines how = {.x_unit = "seconds", .stacked = true};
	const struct chart_line line = {
		.name = "images/s", .x = series->x, .y = series->images, .count = series->count};

	chart_add_lines(out, &chart, &how, &line, 1);
}

static void add_busy(struct str *out, const struct series *series, unsigned workers)
{
	const struct chart chart = {.title = "Workers at work",
		.about = "How many workers had an image in hand, and how many there are",
		.unit = "workers"};
	const struct chart_lines how = {.x_unit = "seconds"};
	double all[POINTS_MOST];
	struct chart_line lines[] = {
		{.name = "with an image in hand", .x = series->x, .y = series->busy, .colour = 2},
		{.name = "all there are", .x = series->x, .y = all, .ideal = true},
	};

	for (size_t i = 0; i < series->count; i++)
		all[i] = workers;
	lines[0].count = lines[1].count = series->count;
	chart_add_lines(out, &chart, &how, lines, 2);
}

static void add_storage(struct str *out, const struct series *series)
{
	const struct chart chart = {.title = "Storage",
		.about = "Megabytes read and written a second, page cache included",
		.unit = "MB/s"};
	const struct chart_lines how = {.x_unit = "seconds"};
	struct chart_line lines[] = {
		{.name = "read", .x = series->x, .y = series->read, .colour = 0},
		{.name = "written", .x = series->x, .y = series->written, .colour = 1},
	};

	lines[0].count = lines[1].count = series->count;
	chart_add_lines(out, &chart, &how, lines, 2);
}

/* -- by worker ---------------------------------------------------------------------------------------- */

enum { PARTS = 8 };

static const char *const part_names[PARTS] = {"decoding", "operations", "encoding",
	"headers and plans", "helping others", "waiting for input", "waiting for memory or writing",
	"idle otherwise"};

static void fill_parts(double parts[PARTS], const struct imgbatch_worker_profile *worker)
{
	const uint64_t *stage = worker->stage_ns, *idle = worker->idle_ns;
	uint64_t waits = 0;

	for (int i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		waits += idle[i];
	parts[0] = (double)stage[IMGBATCH_STAGE_DECODE] / 1e9;
	parts[1] = (double)stage[IMGBATCH_STAGE_OPERATIONS] / 1e9;
	parts[2] = (double)stage[IMGBATCH_STAGE_ENCODE] / 1e9;
	parts[3] = (double)stage[IMGBATCH_STAGE_PLAN] / 1e9;
	parts[4] = (double)worker->help_ns / 1e9;
	parts[5] = (double)idle[IMGBATCH_IDLE_INPUT] / 1e9;
	parts[6] = (double)(idle[IMGBATCH_IDLE_MEMORY] + idle[IMGBATCH_IDLE_OUTPUT]) / 1e9;
	parts[7] = (double)waits / 1e9 - parts[5] - parts[6];
}

/* The mean of all, then the first of them one by one. */
static void add_workers(struct str *out, const struct imgbatch_profile *m)
{
	const struct chart chart = {.title = "Where the workers' time went",
		.about = "Seconds of each worker, by what it did or waited for",
		.unit = "seconds"};
	unsigned shown = m->workers < WORKERS_MOST ? m->workers : WORKERS_MOST;
	double parts[WORKERS_MOST + 1][PARTS] = {0};
	struct chart_stack stacks[WORKERS_MOST + 1] = {{"mean of all", parts[0]}};
	char labels[WORKERS_MOST + 1][24];

	for (unsigned i = 0; i < m->workers; i++) {
		double own[PARTS];

		fill_parts(own, &m->worker[i]);
		for (int k = 0; k < PARTS; k++) {
			parts[0][k] += own[k] / m->workers;
			if (i < shown)
				parts[i + 1][k] = own[k];
		}
	}
	for (unsigned i = 1; i <= shown; i++) {
		snprintf(labels[i], sizeof labels[i], "worker %u", i - 1);
		stacks[i] = (struct chart_stack){labels[i], parts[i]};
	}
	chart_add_stacks(out, &chart, part_names, PARTS, stacks, m->workers > 1 ? shown + 1 : 1);
	if (shown < m->workers) {
		str_add(out, "<p class=\"note\">The first ");
		str_addf(out, "%u of %u workers.</p>\n", shown, m->workers);
	}
}

/* -- the section -------------------------------------------------------------------------------------- */

/* "Planned for 0.02 s, opened engines in 0.01 s, worked for 1.2 s, ended in 0.01 s." */
static void add_parts(struct str *out, const struct imgbatch_profile *m)
{
	const struct {
		const char *before;
		double seconds;
	} parts[] = {{"Listing and planning ", m->plan_s}, {", opening the engines ", m->open_s},
		{", working ", m->run_s}, {", making durable and ending ", m->end_s}};

	str_add(out, "<p class=\"note\">");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		str_add(out, parts[i].before);
		part_add_ms(out, parts[i].seconds * 1000);
	}
	str_add(out, ".");
	if (m->peak_rss) {
		str_add(out, " At most ");
		part_add_bytes(out, m->peak_rss);
		str_add(out, " of memory in this process");
	}
	if (m->peak_rss && m->worker_peak_rss) {
		str_add(out, ", ");
		part_add_bytes(out, m->worker_peak_rss);
		str_add(out, " in a worker");
	}
	str_add(out, m->peak_rss ? ".</p>\n" : "</p>\n");
}

void run_page_add_time(struct str *out, const struct run_page *page)
{
	const struct imgbatch_profile *m = page->summary->profile;
	struct series series;

	if (!m || !m->images || !m->workers)
		return;
	fill_series(&series, m);
	part_begin(out, "time", "Time");
	add_parts(out, m);
	str_add(out, "<div class=\"charts\">\n");
	if (series.count > 1) {
		add_rate(out, &series);
		add_busy(out, &series, m->workers);
	}
	add_workers(out, m);
	if (series.count > 1)
		add_storage(out, &series);
	str_add(out, "</div>\n");
	run_page_add_tables(out, m);
	part_end(out);
}
