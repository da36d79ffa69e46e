/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger below an output folder knows, for a person or as one JSON object. A run may go on meanwhile. */
#include "base/str.h"
#include "ledger/ledger.h"
#include "report/report.h"
#include "run/batch.h"
#include "sink/sink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FAILURES_SHOWN = 20 };

struct telling {
	struct str *out;
	unsigned shown;
	bool first;
};

static void add_time(struct str *out, int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm parts;
	char text[32];

	if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
		str_add(out, text);
}

static int tell_kind(void *ctx, int code, uint64_t count)
{
	struct telling *telling = ctx;

	str_addf(telling->out, "  %s: %llu\n", code_name(code), (unsigned long long)count);
	return 0;
}

static int tell_failed(void *ctx, const struct ledger_image *image)
{
	struct telling *telling = ctx;

	if (telling->shown++ == FAILURES_SHOWN) {
		str_add(telling->out, "  (more: --json lists them all)\n");
		return 1;
	}
	str_add(telling->out, "  ");
	report_failure_line(
		telling->out, image->path, image->path_size, image->code, image->detail);
	return 0;
}

static int tell_failed_json(void *ctx, const struct ledger_image *image)
{
	struct telling *telling = ctx;

	str_add(telling->out, telling->first ? "{\"in\":" : ",{\"in\":");
	telling->first = false;
	str_add_json(telling->out, image->path, image->path_size);
	str_addf(telling->out, ",\"code\":\"%s\",\"stage\":", code_name(image->code));
	str_add_json(telling->out, image->stage, strlen(image->stage));
	str_add(telling->out, ",\"detail\":");
	str_add_json(telling->out, image->detail, strlen(image->detail));
	str_add_char(telling->out, '}');
	return 0;
}

static void say_when(struct str *out, const struct ledger_about *about)
{
	str_addf(out, "run %llu of imgbatch ", (unsigned long long)about->run);
	str_add_escaped(out, about->version, strlen(about->version));
	str_add(out, ", begun ");
	add_time(out, about->started_ns);
	if (!about->ended_ns) {
		str_add(out,
			", not ended: it goes on, or was killed (the same command again goes on "
			"with it)\n");
		return;
	}
	str_add(out, ", ended ");
	add_time(out, about->ended_ns);
	if (about->code)
		str_addf(out, " by %s: %s", code_name(about->code), code_text(about->code));
	str_add_char(out, '\n');
}

/* What the last run was bound by. */
static int say_verdict(struct ledger *ledger, struct str *out, struct fault *fault)
{
	struct str verdict = STR_INIT, json = STR_INIT;
	int code = ledger_get_profile(ledger, &verdict, &json, fault);

	if (code > 0 && verdict.length) {
		str_make_plain(verdict.text);
		str_addf(out, "%s\n", verdict.text);
	}
	str_release(&verdict);
	str_release(&json);
	return code < 0 ? code : 0;
}

static int say_profile_json(struct ledger *ledger, struct str *out, struct fault *fault)
{
	struct str verdict = STR_INIT, json = STR_INIT;
	int code = ledger_get_profile(ledger, &verdict, &json, fault);

	if (code > 0 && json.length)
		str_addf(out, ",\"profile\":%s", json.text);
	str_release(&verdict);
	str_release(&json);
	return code < 0 ? code : 0;
}

static int say_text(struct ledger *ledger, struct str *out, struct fault *fault)
{
	struct telling telling = {.out = out};
	struct ledger_counts counts;
	struct ledger_about about;
	int code = ledger_counts(ledger, &counts, fault);

	if (code)
		return code;
	code = ledger_about(ledger, &about, fault);
	if (code < 0)
		return code;
	if (code)
		say_when(out, &about);
	str_addf(out,
		"%llu listed: %llu ok (%llu damaged), %llu failed, %llu ignored, %llu skipped, "
		"%llu not "
		"attempted, %llu left\n%llu files written\n",
		(unsigned long long)counts.listed, (unsigned long long)counts.ok,
		(unsigned long long)counts.damaged, (unsigned long long)counts.failed,
		(unsigned long long)counts.ignored, (unsigned long long)counts.skipped,
		(unsigned long long)counts.not_attempted, (unsigned long long)counts.planned,
		(unsigned long long)counts.outputs);
	code = say_verdict(ledger, out, fault);
	if (code || !counts.failed)
		return code;
	str_add(out, "failures by kind:\n");
	code = ledger_failures(ledger, tell_kind, &telling, fault);
	if (code)
		return code;
	str_add(out, "failed:\n");
	return ledger_each_failed(ledger, tell_failed, &telling, fault);
}

static int say_json(struct ledger *ledger, struct str *out, struct fault *fault)
{
	struct telling telling = {.out = out, .first = true};
	struct ledger_counts counts;
	struct ledger_about about;
	int code = ledger_counts(ledger, &counts, fault);

	if (code)
		return code;
	str_add(out, "{\"type\":\"status\",\"schema\":1");
	code = ledger_about(ledger, &about, fault);
	if (code < 0)
		return code;
	if (code) {
		str_addf(out, ",\"run\":%llu,\"version\":", (unsigned long long)about.run);
		str_add_json(out, about.version, strlen(about.version));
		str_add(out, ",\"started\":\"");
		add_time(out, about.started_ns);
		str_addf(out, "\",\"ended\":%s,\"code\":\"%s\",\"recipe\":",
			about.ended_ns ? "true" : "false", code_name(about.code));
		str_add_json(out, about.recipe, strlen(about.recipe));
		str_add(out, ",\"settings\":");
		str_add_json(out, about.settings, strlen(about.settings));
	}
	str_addf(out,
		",\"listed\":%llu,\"ok\":%llu,\"damaged\":%llu,\"failed\":%llu,\"ignored\":%llu,"
		"\"skipped\":%llu,\"not_attempted\":%llu,\"left\":%llu,\"outputs\":%llu,"
		"\"failures\":[",
		(unsigned long long)counts.listed, (unsigned long long)counts.ok,
		(unsigned long long)counts.damaged, (unsigned long long)counts.failed,
		(unsigned long long)counts.ignored, (unsigned long long)counts.skipped,
		(unsigned long long)counts.not_attempted, (unsigned long long)counts.planned,
		(unsigned long long)counts.outputs);
	code = ledger_each_failed(ledger, tell_failed_json, &telling, fault);
	str_add_char(out, ']');
	if (!code)
		code = say_profile_json(ledger, out, fault);
	str_add_char(out, '}');
	return code;
}

char *imgbatch_status_text(const char *out_dir, bool json, struct imgbatch_fault *to)
{
	struct str path = STR_INIT, text = STR_INIT;
	struct ledger *ledger = NULL;
	struct fault fault = {0};
	int code;

	str_addf(&path, "%s/" SINK_LEDGER, out_dir);
	code = ledger_open_readonly(&ledger, str_text(&path), &fault);
	if (!code)
		code = json ? say_json(ledger, &text, &fault) : say_text(ledger, &text, &fault);
	ledger_close(ledger);
	str_release(&path);
	if (!code && text.failed)
		code = fault_set(&fault, IMGBATCH_E_NOMEM, "no memory for the text");
	fault_report(to, &fault, code);
	if (!code)
		return text.text;
	str_release(&text);
	return NULL;
}
