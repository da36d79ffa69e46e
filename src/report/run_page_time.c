/* SPDX-License-Identifier: Apache-2.0 */
/* How a run's time was spent: over time, by worker, by stage and operation, and what stood between the images. */
#include "measure/histogram.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/run_page_parts.h"

#include <stdio.h>

enum {
	POINTS_LEAST = 12,
	POINTS_MOST = 128, /* of a line */
	WORKERS_MOST = 16, /* rows of their own */
	OPERATIONS_MOST = 40,
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

/* -- tables ------------------------------------------------------------------------------------------- */

static void begin_table(struct str *out, const char *title, const char *const *heads)
{
	str_addf(out, "<h3>%s</h3>\n<div class=\"wide\"><table>\n<thead><tr><th></th>", title);
	for (; *heads; heads++)
		str_addf(out, "<th class=\"number\">%s</th>", *heads);
	str_add(out, "</tr></thead>\n<tbody>\n");
}

static void end_table(struct str *out)
{
	str_add(out, "</tbody></table></div>\n");
}

static void begin_cell(struct str *out)
{
	str_add(out, "<td class=\"number\">");
}

static void add_time(struct str *out, uint64_t ns)
{
	begin_cell(out);
	part_add_ms(out, (double)ns / 1e6);
	str_add(out, "</td>");
}

static void add_number(struct str *out, uint64_t number)
{
	begin_cell(out);
	number_add_grouped(out, number);
	str_add(out, "</td>");
}

static void add_share(struct str *out, double share)
{
	begin_cell(out);
	number_add_short(out, share * 100);
	str_add(out, "%</td>");
}

static void add_stage(
	struct str *out, const struct imgbatch_profile *m, int stage, const char *name)
{
	const struct imgbatch_histogram *wall = &m->stage[stage].wall_ns;
	bool of_worker = stage >= IMGBATCH_STAGE_PLAN && stage <= IMGBATCH_STAGE_ENCODE;
	double all = m->run_s * m->workers * 1e9;

	if (!wall->count)
		return;
	str_addf(out, "<tr><td>%s</td>", name);
	add_time(out, histogram_quantile(wall, 0.5));
	add_time(out, histogram_quantile(wall, 0.95));
	add_time(out, wall->most);
	add_time(out, wall->sum);
	if (of_worker && all > 0)
		add_share(out, (double)wall->sum / all);
	else
		str_add(out, "<td></td>");
	if (stage != IMGBATCH_STAGE_QUEUE)
		add_time(out, m->stage[stage].cpu_ns);
	else
		str_add(out, "<td></td>");
	str_add(out, "</tr>\n");
}

static void add_stages(struct str *out, const struct imgbatch_profile *m)
{
	static const char *const heads[] = {
		"median", "95%", "longest", "sum", "of all", "CPU", NULL};
	static const char *const names[IMGBATCH_STAGE_COUNT] = {"queueing", "reading",
		"headers and plans", "decoding", "operations", "encoding", "writing"};

	begin_table(out, "Time of each stage", heads);
	for (int i = 0; i < IMGBATCH_STAGE_COUNT; i++)
		add_stage(out, m, i, names[i]);
	end_table(out);
	str_add(out,
		"<p class=\"note\">Of an image; the sum of all, and its share of the workers' "
		"time.</p>\n");
}

static void add_operations(struct str *out, const struct imgbatch_profile *m)
{
	static const char *const heads[] = {"times", "each", "sum", "CPU", NULL};
	unsigned count = m->operation_count < OPERATIONS_MOST ? m->operation_count
							      : OPERATIONS_MOST;

	if (!count)
		return;
	begin_table(out, "Operations", heads);
	for (unsigned i = 0; i < count; i++) {
		const struct imgbatch_operation_profile *operation = &m->operation[i];

		str_add(out, "<tr><td><code>");
		part_add_text(out, operation->name);
		str_add(out, "</code></td>");
		add_number(out, operation->count);
		add_time(out, operation->count ? operation->wall_ns / operation->count : 0);
		add_time(out, operation->wall_ns);
		add_time(out, operation->cpu_ns);
		str_add(out, "</tr>\n");
	}
	end_table(out);
}

static void add_level(struct str *out, const struct imgbatch_profile *m, const char *name,
	const struct imgbatch_level *level, bool bytes)
{
	double mean = m->run_s > 0 ? level->area_s / m->run_s : 0;

	str_addf(out, "<tr><td>%s</td>", name);
	begin_cell(out);
	if (bytes)
		part_add_bytes(out, (uint64_t)mean);
	else
		number_add_short(out, mean);
	str_add(out, "</td>");
	begin_cell(out);
	if (bytes)
		part_add_bytes(out, level->most);
	else
		number_add_grouped(out, level->most);
	str_add(out, "</td></tr>\n");
}

static void add_levels(struct str *out, const struct imgbatch_profile *m)
{
	static const char *const heads[] = {"mean", "most", NULL};
	const struct imgbatch_levels *l = &m->levels;

	begin_table(out, "Between the images", heads);
	add_level(out, m, "being read", &l->reading, false);
	add_level(out, m, "read, waiting for a worker", &l->ready, false);
	add_level(out, m, "of these, for memory", &l->held, false);
	add_level(out, m, "with workers, in hand or queued", &l->working, false);
	add_level(out, m, "made, waiting for a writer", &l->finished, false);
	add_level(out, m, "being written", &l->writing, false);
	add_level(out, m, "slots in use", &l->slots, false);
	add_level(out, m, "memory behind the slots", &l->slot_bytes, true);
	end_table(out);
}

/* Bytes a second while anything was in flight, and how much was. */
static void add_direction(
	struct str *out, const char *name, const struct imgbatch_storage_profile *storage)
{
	double seconds = (double)storage->busy_ns / 1e9;

	if (!storage->files)
		return;
	str_addf(out, "<tr><td>%s</td>", name);
	add_number(out, storage->files);
	begin_cell(out);
	part_add_bytes(out, storage->bytes);
	str_add(out, "</td>");
	begin_cell(out);
	part_add_bytes(out, seconds > 0 ? (uint64_t)((double)storage->bytes / seconds) : 0);
	str_add(out, "/s</td>");
	begin_cell(out);
	number_add_short(out, seconds > 0 ? (double)storage->flight_ns / 1e9 / seconds : 0);
	str_add(out, "</td></tr>\n");
}

static void add_directions(struct str *out, const struct imgbatch_profile *m)
{
	static const char *const heads[] = {"files", "bytes", "while any", "in flight", NULL};

	if (!m->reading.files && !m->writing.files)
		return;
	begin_table(out, "Storage, page cache included", heads);
	add_direction(out, "reading", &m->reading);
	add_direction(out, "writing", &m->writing);
	end_table(out);
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
	str_add(out, "</div>\n<div class=\"tables\">\n<div>\n");
	add_stages(out, m);
	add_operations(out, m);
	str_add(out, "</div>\n<div>\n");
	add_levels(out, m);
	add_directions(out, m);
	str_add(out, "</div>\n</div>\n");
	part_end(out);
}
