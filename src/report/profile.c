/* SPDX-License-Identifier: Apache-2.0 */
/* What a run measured, as JSON: one object for the run, a small one for each image. Times are milliseconds. */
#include "measure/histogram.h"
#include "report/numbers.h"
#include "report/report.h"

#include <string.h>

static const char *const stage_names[IMGBATCH_STAGE_COUNT] = {
	"queue", "read", "plan", "decode", "operations", "encode", "write"};
static const char *const idle_names[IMGBATCH_IDLE_COUNT] = {
	"start", "input", "memory", "output", "handoff", "tail", "end", "lost"};
static const char *const bound_names[] = {"unknown", "cpu", "latency", "bandwidth", "writing",
	"memory", "straggler", "overhead", "mixed"};

const char *report_bound_name(enum imgbatch_bound bound)
{
	return (size_t)bound < sizeof bound_names / sizeof *bound_names ? bound_names[bound]
									: "unknown";
}

/* Begins a member: a comma unless it is the first of its object. */
static void key(struct str *out, const char *name)
{
	if (out->length && out->text[out->length - 1] != '{')
		str_add_char(out, ',');
	str_addf(out, "\"%s\":", name);
}

static void add_count(struct str *out, const char *name, uint64_t value)
{
	key(out, name);
	str_addf(out, "%llu", (unsigned long long)value);
}

static void add_ms(struct str *out, const char *name, uint64_t ns)
{
	key(out, name);
	number_add_milli(out, (ns + 500) / 1000);
}

static void add_real(struct str *out, const char *name, double value)
{
	key(out, name);
	number_add_milli(out, number_milli(value));
}

static void add_text(struct str *out, const char *name, const char *text)
{
	key(out, name);
	str_add_json(out, text, strlen(text));
}

static void open_object(struct str *out, const char *name)
{
	key(out, name);
	str_add_char(out, '{');
}

/* --- an image --- */

void report_image_stages(struct str *out, const struct imgbatch_image_profile *image)
{
	open_object(out, "stages");
	add_ms(out, "queue", image->stage_ns[IMGBATCH_STAGE_QUEUE]);
	add_ms(out, "plan", image->stage_ns[IMGBATCH_STAGE_PLAN]);
	add_ms(out, "decode", image->stage_ns[IMGBATCH_STAGE_DECODE]);
	open_object(out, "operations");
	for (unsigned i = 0; i < image->operation_count; i++)
		add_ms(out, image->operation[i].name, image->operation[i].wall_ns);
	str_add_char(out, '}');
	add_ms(out, "encode", image->stage_ns[IMGBATCH_STAGE_ENCODE]);
	add_ms(out, "cpu", image->cpu_ns);
	add_ms(out, "io_cpu", image->io_cpu_ns);
	add_count(out, "faults", image->minor_faults + image->major_faults);
	str_add_char(out, '}');
}

/* --- a run --- */

static void add_parts(struct str *out, const struct imgbatch_profile *m)
{
	open_object(out, "seconds");
	add_real(out, "plan", m->plan_s);
	add_real(out, "open", m->open_s);
	add_real(out, "run", m->run_s);
	add_real(out, "end", m->end_s);
	str_add_char(out, '}');
	open_object(out, "cpu_seconds");
	add_real(out, "process", m->process_cpu_s);
	add_real(out, "workers", m->workers_cpu_s);
	str_add_char(out, '}');
	add_count(out, "cpus", m->cpus);
	add_count(out, "workers", m->workers);
	add_count(out, "io_jobs", m->io_jobs);
	add_count(out, "slots", m->slots);
	add_count(out, "memory", m->memory);
	add_count(out, "peak_rss", m->peak_rss);
	add_count(out, "worker_peak_rss", m->worker_peak_rss);
	add_count(out, "images", m->images);
}

static void add_stage(struct str *out, const char *name, const struct imgbatch_stage_profile *stage)
{
	const struct imgbatch_histogram *wall = &stage->wall_ns;

	open_object(out, name);
	add_count(out, "images", wall->count);
	add_ms(out, "ms", wall->sum);
	add_ms(out, "cpu_ms", stage->cpu_ns);
	add_ms(out, "median", histogram_quantile(wall, 0.5));
	add_ms(out, "p90", histogram_quantile(wall, 0.9));
	add_ms(out, "p99", histogram_quantile(wall, 0.99));
	add_ms(out, "most", wall->most);
	str_add_char(out, '}');
}

static void add_stages(struct str *out, const struct imgbatch_profile *m)
{
	open_object(out, "stages");
	for (unsigned i = 0; i < IMGBATCH_STAGE_COUNT; i++)
		add_stage(out, stage_names[i], &m->stage[i]);
	str_add_char(out, '}');
	open_object(out, "operations");
	for (unsigned i = 0; i < m->operation_count; i++) {
		open_object(out, m->operation[i].name);
		add_count(out, "count", m->operation[i].count);
		add_ms(out, "ms", m->operation[i].wall_ns);
		add_ms(out, "cpu_ms", m->operation[i].cpu_ns);
		str_add_char(out, '}');
	}
	str_add_char(out, '}');
	open_object(out, "faults");
	add_count(out, "minor", m->minor_faults);
	add_count(out, "major", m->major_faults);
	add_count(out, "io_minor", m->io_minor_faults);
	add_count(out, "io_major", m->io_major_faults);
	str_add_char(out, '}');
}

static void add_worker(struct str *out, const struct imgbatch_worker_profile *worker)
{
	str_add_char(out, '{');
	add_count(out, "images", worker->images);
	for (unsigned i = IMGBATCH_STAGE_PLAN; i <= IMGBATCH_STAGE_ENCODE; i++)
		add_ms(out, stage_names[i], worker->stage_ns[i]);
	add_ms(out, "help", worker->help_ns);
	open_object(out, "idle");
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		if (worker->idle_ns[i])
			add_ms(out, idle_names[i], worker->idle_ns[i]);
	str_add(out, "}}");
}

static void add_workers(struct str *out, const struct imgbatch_profile *m)
{
	key(out, "worker_ms");
	str_add_char(out, '[');
	for (unsigned i = 0; m->worker && i < m->workers; i++) {
		if (i)
			str_add_char(out, ',');
		add_worker(out, &m->worker[i]);
	}
	str_add_char(out, ']');
}

static void add_storage(
	struct str *out, const char *name, const struct imgbatch_storage_profile *storage)
{
	double busy = (double)storage->busy_ns;

	open_object(out, name);
	add_count(out, "files", storage->files);
	add_count(out, "bytes", storage->bytes);
	add_count(out, "device_bytes", storage->device_bytes);
	add_ms(out, "busy_ms", storage->busy_ns);
	add_ms(out, "cpu_ms", storage->cpu_ns);
	add_real(out, "in_flight", busy > 0 ? (double)storage->flight_ns / busy : 0);
	add_real(out, "mb_per_s", busy > 0 ? (double)storage->bytes * 1e3 / busy : 0);
	add_count(out, "median_bytes", histogram_quantile(&storage->size, 0.5));
	add_count(out, "most_bytes", storage->size.most);
	str_add_char(out, '}');
}

static void add_levels(struct str *out, const struct imgbatch_profile *m)
{
	const struct imgbatch_levels *l = &m->levels;
	const struct {
		const char *name;
		const struct imgbatch_level *level;
	} all[] = {{"reading", &l->reading}, {"ready", &l->ready}, {"working", &l->working},
		{"held", &l->held}, {"finished", &l->finished}, {"writing", &l->writing},
		{"slots", &l->slots}, {"slot_bytes", &l->slot_bytes}, {"granted", &l->granted}};

	open_object(out, "levels");
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		open_object(out, all[i].name);
		add_real(out, "mean", m->run_s > 0 ? all[i].level->area_s / m->run_s : 0);
		add_count(out, "most", all[i].level->most);
		str_add_char(out, '}');
	}
	str_add_char(out, '}');
}

enum span_column { SPAN_IMAGES, SPAN_READ, SPAN_WRITTEN, SPAN_BUSY };

static void add_spans(struct str *out, const char *name, const struct imgbatch_timeline *timeline,
	enum span_column column)
{
	key(out, name);
	str_add_char(out, '[');
	for (unsigned i = 0; i < timeline->count; i++) {
		const struct imgbatch_span *span = &timeline->span[i];
		uint64_t value = column == SPAN_IMAGES ? span->images
			: column == SPAN_READ          ? span->read_bytes
			: column == SPAN_WRITTEN       ? span->written_bytes
						       : span->busy_ns / 1000000;

		str_addf(out, i ? ",%llu" : "%llu", (unsigned long long)value);
	}
	str_add_char(out, ']');
}

static void add_timeline(struct str *out, const struct imgbatch_timeline *timeline)
{
	open_object(out, "timeline");
	add_count(out, "span_ms", timeline->span_ns / 1000000);
	add_spans(out, "images", timeline, SPAN_IMAGES);
	add_spans(out, "read_bytes", timeline, SPAN_READ);
	add_spans(out, "written_bytes", timeline, SPAN_WRITTEN);
	add_spans(out, "busy_ms", timeline, SPAN_BUSY);
	str_add_char(out, '}');
}

static void add_slowest(struct str *out, const struct imgbatch_profile *m)
{
	key(out, "slowest");
	str_add_char(out, '[');
	for (unsigned i = 0; i < m->slowest_count; i++) {
		const struct imgbatch_slow *slow = &m->slowest[i];

		str_add(out, i ? ",{" : "{");
		report_add_name(out, "in", slow->name, strlen(slow->name));
		add_ms(out, "ms", slow->work_ns);
		add_ms(out, "read_ms", slow->read_ns);
		add_ms(out, "write_ms", slow->write_ns);
		add_count(out, "bytes", slow->bytes);
		add_count(out, "width", slow->width);
		add_count(out, "height", slow->height);
		str_add_char(out, '}');
	}
	str_add_char(out, ']');
}

void report_profile_json(struct str *out, const struct imgbatch_profile *m)
{
	str_add_char(out, '{');
	add_text(out, "bound", report_bound_name(m->bound));
	add_text(out, "verdict", m->verdict);
	add_parts(out, m);
	add_stages(out, m);
	add_workers(out, m);
	add_storage(out, "reading", &m->reading);
	add_storage(out, "writing", &m->writing);
	add_levels(out, m);
	add_timeline(out, &m->timeline);
	add_slowest(out, m);
	str_add_char(out, '}');
}
