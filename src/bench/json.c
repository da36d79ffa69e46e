/* SPDX-License-Identifier: Apache-2.0 */
/* A result as one object of JSON. What was not measured has no figures, but a reason. */
#include "bench/bench.h"

#include "base/version.h"
#include "report/numbers.h"

#include <string.h>

static void add_string(struct str *out, const char *key, const char *text)
{
	str_addf(out, "\"%s\":", key);
	str_add_json(out, text, strlen(text));
	str_add_char(out, ',');
}

static void add_number(struct str *out, const char *key, double value)
{
	str_addf(out, "\"%s\":", key);
	number_add_milli(out, number_milli(value));
	str_add_char(out, ',');
}

static void add_count(struct str *out, const char *key, uint64_t value)
{
	str_addf(out, "\"%s\":%llu,", key, (unsigned long long)value);
}

static void add_flag(struct str *out, const char *key, bool value)
{
	str_addf(out, "\"%s\":%s,", key, value ? "true" : "false");
}

/* Takes the comma behind the last member. */
static void close_with(struct str *out, char bracket)
{
	if (!out->failed && out->length && out->text[out->length - 1] == ',')
		out->text[--out->length] = '\0';
	str_add_char(out, bracket);
}

static void add_figures(struct str *out, const struct imgbatch_bench_cell *cell)
{
	add_string(out, "chose_io", cell->chose_io);
	add_string(out, "chose_cpu", cell->chose_cpu);
	add_count(out, "images", cell->images);
	add_count(out, "failed", cell->failed);
	add_number(out, "median", cell->median);
	add_number(out, "low", cell->low);
	add_number(out, "high", cell->high);
	add_number(out, "cpu_ms", cell->cpu_ms);
	add_number(out, "megabytes_per_s", cell->megabytes);
	add_flag(out, "best", cell->best);
	add_flag(out, "close", cell->close);
}

static void add_cell(struct str *out, const struct imgbatch_bench_cell *cell)
{
	str_add_char(out, '{');
	add_string(out, "io", cell->io);
	add_string(out, "cpu", cell->cpu);
	add_count(out, "workers", cell->workers);
	add_string(out, "store", store_name(cell->store));
	add_count(out, "rounds", cell->rounds);
	if (cell->rounds)
		add_figures(out, cell);
	else
		add_string(out, "reason", cell->reason);
	close_with(out, '}');
	str_add_char(out, ',');
}

static void add_facts(struct str *out, const struct imgbatch_bench_result *result)
{
	add_string(out, "type", "bench");
	add_count(out, "schema", 1);
	add_string(out, "version", VERSION_TEXT);
	add_string(out, "system", result->system);
	add_count(out, "cpus", result->cpus);
	add_string(out, "recipe", result->recipe);
	add_count(out, "files", result->files);
	add_count(out, "listed", result->listed);
	add_count(out, "bytes", result->bytes);
	add_count(out, "io_jobs", result->io_jobs);
	add_number(out, "latency_ms", result->latency_ms);
	add_number(out, "bandwidth_mb_per_s", result->megabytes_per_s);
	add_count(out, "rounds", result->rounds);
	add_number(out, "seconds", result->seconds);
	add_number(out, "others", result->others);
	add_flag(out, "stopped", result->stopped);
	add_count(out, "failed", result->failed);
}

char *imgbatch_bench_json(const struct imgbatch_bench_result *result)
{
	struct str out = STR_INIT;

	str_add_char(&out, '{');
	add_facts(&out, result);
	str_add(&out, "\"notes\":[");
	for (size_t i = 0; i < result->note_count; i++) {
		str_add_json(&out, result->notes[i], strlen(result->notes[i]));
		str_add_char(&out, ',');
	}
	close_with(&out, ']');
	str_add(&out, ",\"cells\":[");
	for (size_t i = 0; i < result->cell_count; i++)
		add_cell(&out, &result->cells[i]);
	close_with(&out, ']');
	str_add_char(&out, '}');
	if (!out.failed)
		return out.text;
	str_release(&out);
	return NULL;
}
