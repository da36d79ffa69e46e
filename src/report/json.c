/* SPDX-License-Identifier: Apache-2.0 */
/* NDJSON: one object a line. Fields that say nothing are left out, but for the lists, which are always there. */
#include "base/fault.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/report.h"

#include <string.h>

const char *report_status_name(enum report_status status)
{
	static const char *const names[] = {
		[REPORT_OK] = "ok",
		[REPORT_DAMAGED] = "damaged",
		[REPORT_FAILED] = "failed",
		[REPORT_IGNORED] = "ignored",
		[REPORT_SKIPPED] = "skipped",
		[REPORT_NOT_ATTEMPTED] = "not_attempted",
	};

	return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

void report_add_name(struct str *out, const char *key, const char *name, size_t size)
{
	str_addf(out, "\"%s\":", key);
	str_add_json(out, name, size);
	if (str_is_utf8(name, size))
		return;
	str_addf(out, ",\"%s_b64\":\"", key);
	page_add_base64(out, name, size);
	str_add_char(out, '"');
}

static void add_text(struct str *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	str_addf(out, ",\"%s\":", key);
	str_add_json(out, text, strlen(text));
}

static void add_warnings(struct str *out, unsigned warnings)
{
	bool first = true;

	str_add(out, ",\"warnings\":[");
	for (unsigned bit = 1; bit; bit <<= 1) {
		const char *name = warnings & bit ? warning_name(bit) : NULL;

		if (!name)
			continue;
		str_addf(out, first ? "\"%s\"" : ",\"%s\"", name);
		first = false;
	}
	str_add_char(out, ']');
}

static void add_outputs(struct str *out, const struct report_image *image)
{
	str_add(out, ",\"outputs\":[");
	for (size_t i = 0; i < image->output_count; i++) {
		const struct report_output *output = &image->outputs[i];

		str_add(out, i ? ",{" : "{");
		report_add_name(out, "path", output->path, output->path_size);
		str_addf(out, ",\"width\":%u,\"height\":%u,\"bytes\":%llu", output->width,
			output->height, (unsigned long long)output->bytes);
		if (output->mask) {
			str_add_char(out, ',');
			report_add_name(out, "mask", output->mask, strlen(output->mask));
		}
		str_add_char(out, '}');
	}
	str_add_char(out, ']');
}

static void add_times(struct str *out, const struct report_image *image)
{
	str_add(out, ",\"ms\":{\"read\":");
	number_add_milli(out, image->read_us);
	str_add(out, ",\"work\":");
	number_add_milli(out, image->work_us);
	str_add(out, ",\"write\":");
	number_add_milli(out, image->write_us);
	str_add_char(out, '}');
}

void report_image_json(struct str *out, const struct report_image *image)
{
	str_add(out, "{\"type\":\"image\",");
	report_add_name(out, "in", image->in, image->in_size);
	add_text(out, "status", report_status_name(image->status));
	if (image->code)
		add_text(out, "code", code_name(image->code));
	add_text(out, "stage", image->stage);
	add_text(out, "detail", image->detail);
	add_warnings(out, image->warnings);
	if (image->width && image->height)
		str_addf(out, ",\"width\":%u,\"height\":%u", image->width, image->height);
	str_addf(out, ",\"bytes_in\":%llu", (unsigned long long)image->bytes_in);
	add_outputs(out, image);
	if (image->timed)
		add_times(out, image);
	if (image->profile)
		report_image_stages(out, image->profile);
	str_add(out, "}\n");
}

static void add_count(struct str *out, const char *key, uint64_t value)
{
	str_addf(out, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void add_seconds(struct str *out, const char *key, double seconds)
{
	str_addf(out, ",\"%s\":", key);
	number_add_milli(out, number_milli(seconds));
}

void report_summary_json(struct str *out, const struct report_summary *summary)
{
	str_add(out, "{\"type\":\"summary\",\"schema\":1");
	if (summary->dry)
		str_add(out, ",\"dry_run\":true");
	add_count(out, "listed", summary->listed);
	add_count(out, "ok", summary->ok);
	add_count(out, "damaged", summary->damaged);
	add_count(out, "failed", summary->failed);
	add_count(out, "ignored", summary->ignored);
	add_count(out, "skipped", summary->skipped);
	add_count(out, "not_attempted", summary->not_attempted);
	add_count(out, "outputs", summary->outputs);
	add_count(out, "bytes_in", summary->bytes_in);
	add_count(out, "bytes_out", summary->bytes_out);
	add_seconds(out, "seconds", summary->seconds);
	add_seconds(out, "cpu_seconds", summary->cpu_seconds);
	add_text(out, "io", summary->io);
	add_text(out, "cpu", summary->cpu);
	add_count(out, "workers", summary->workers);
	if (summary->sandbox)
		add_text(out, "sandbox", summary->sandbox);
	if (summary->profile) {
		str_add(out, ",\"profile\":");
		report_profile_json(out, summary->profile);
	}
	str_add(out, "}\n");
}
