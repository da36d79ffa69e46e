/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit's XML as Jenkins, GitLab and GitHub's actions read it: one test suite, a case a pair. A difference is a failure, a
 * broken file an error, an allowed absence is skipped. The counts stand at the beginning, so the cases are kept until
 * the end.
 */
#include "compare/compare.h"

#include "base/replace.h"
#include "report/numbers.h"

#include <stdlib.h>
#include <string.h>

struct junit {
	const char *path;
	struct str cases;
};

static void *junit_open(const char *path, struct fault *fault)
{
	struct junit *junit = calloc(1, sizeof *junit);

	if (junit)
		junit->path = path;
	else
		fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a report");
	return junit;
}

/* A name or text inside an attribute; XML 1.0 has no place for control bytes, not even escaped. */
static void add_attribute(struct str *out, const char *text)
{
	struct str clean = STR_INIT;

	str_add_escaped(&clean, text, strlen(text));
	for (const char *c = str_text(&clean); *c; c++) {
		if (*c == '&')
			str_add(out, "&amp;");
		else if (*c == '<')
			str_add(out, "&lt;");
		else if (*c == '>')
			str_add(out, "&gt;");
		else if (*c == '"')
			str_add(out, "&quot;");
		else
			str_add_char(out, *c);
	}
	str_release(&clean);
}

static void add_outcome(struct str *out, const struct imgbatch_pair *pair)
{
	const char *kind = pair->verdict == IMGBATCH_PAIR_BROKEN ? "error" : "failure";
	struct str text = STR_INIT;

	compare_pair_text(&text, pair);
	if (!pair->failed)
		kind = "skipped";
	str_addf(out, "<%s message=\"", kind);
	add_attribute(out, str_text(&text));
	if (pair->failed)
		str_addf(out, "\" type=\"%s",
			pair->verdict == IMGBATCH_PAIR_DIFFERENT
				? compare_cause_name(pair->cause)
				: compare_verdict_name(pair->verdict));
	str_add(out, "\"/>");
	str_release(&text);
}

static int junit_add(
	void *report, const struct imgbatch_pair *pair, void *prepared, struct fault *fault)
{
	struct junit *junit = report;
	struct str *out = &junit->cases;

	(void)prepared;
	str_add(out, "<testcase classname=\"imgbatch.compare\" name=\"");
	add_attribute(out, pair->name);
	str_add(out, "\" time=\"");
	number_add_milli(out, number_milli(pair->ms / 1000));
	str_add(out, "\">");
	if (pair->failed || pair->verdict == IMGBATCH_PAIR_MISSING ||
		pair->verdict == IMGBATCH_PAIR_EXTRA)
		add_outcome(out, pair);
	str_add(out, "</testcase>\n");
	return out->failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a report") : 0;
}

static void add_counts(struct str *out, const struct imgbatch_compare_summary *summary)
{
	uint64_t absent = summary->missing + summary->extra;
	uint64_t counted = summary->failed - summary->broken - summary->different;

	str_addf(out, " tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" skipped=\"%llu\" time=\"",
		(unsigned long long)summary->pairs,
		(unsigned long long)(summary->failed - summary->broken),
		(unsigned long long)summary->broken, (unsigned long long)(absent - counted));
	number_add_milli(out, number_milli(summary->seconds));
	str_add(out, "\">\n");
}

static int junit_close(
	void *report, const struct imgbatch_compare_summary *summary, struct fault *fault)
{
	struct junit *junit = report;
	struct str out = STR_INIT;
	int code = 0;

	if (summary) {
		str_add(&out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
			"<testsuite name=\"imgbatch compare\"");
		add_counts(&out, summary);
		str_add_bytes(&out, str_text(&junit->cases), junit->cases.length);
		str_add(&out, "</testsuite>\n</testsuites>\n");
		code = out.failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a report")
				  : file_replace(junit->path, out.text, out.length, fault);
	}
	str_release(&out);
	str_release(&junit->cases);
	free(junit);
	return code;
}

const struct compare_report compare_junit = {
	.option = "junit",
	.help = "write the verdicts as JUnit XML",
	.open = junit_open,
	.add = junit_add,
	.close = junit_close,
};
