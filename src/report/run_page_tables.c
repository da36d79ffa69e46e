/* SPDX-License-Identifier: Apache-2.0 */
/* What a run measured of itself, as tables: stages, operations, what stood between the images, storage. */
#include "measure/histogram.h"
#include "report/numbers.h"
#include "report/run_page_parts.h"

enum { OPERATIONS_MOST = 40 };

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

void run_page_add_tables(struct str *out, const struct imgbatch_profile *m)
{
	str_add(out, "<div class=\"tables\">\n<div>\n");
	add_stages(out, m);
	add_operations(out, m);
	str_add(out, "</div>\n<div>\n");
	add_levels(out, m);
	add_directions(out, m);
	str_add(out, "</div>\n</div>\n");
}
