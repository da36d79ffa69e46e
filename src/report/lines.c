/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a person: one failure, and the summary. */
#include "base/fault.h"
#include "report/numbers.h"
#include "report/report.h"

#include <string.h>

/* --- failures --- */

/* A detail is our own text with names in it that are escaped already: a backslash stays as it is. */
static void add_detail(struct str *out, const char *detail)
{
	size_t size = strlen(detail);
	bool plain = str_is_utf8(detail, size);

	for (size_t i = 0; plain && i < size; i++)
		plain = (unsigned char)detail[i] >= 0x20 && detail[i] != 0x7f;
	if (plain)
		str_add_bytes(out, detail, size);
	else
		str_add_escaped(out, detail, size);
}

void report_failure_line(
	struct str *out, const char *in, size_t in_size, int code, const char *detail)
{
	str_add_char(out, '"');
	str_add_escaped(out, in, in_size);
	str_addf(out, "\": %s: ", code_name(code));
	add_detail(out, detail && *detail ? detail : code_text(code));
	str_add_char(out, '\n');
}

/* --- the summary --- */

static void add_part(struct str *out, bool *first, uint64_t count, const char *word, bool always)
{
	if (!count && !always)
		return;
	if (!*first)
		str_add(out, ", ");
	*first = false;
	number_add_grouped(out, count);
	str_addf(out, " %s", word);
}

static void add_counts(struct str *out, const struct report_summary *s)
{
	bool first = true;

	add_part(out, &first, s->ok, s->dry ? "to do" : "ok", true);
	if (s->damaged) {
		str_add(out, " (");
		number_add_grouped(out, s->damaged);
		str_add(out, " damaged)");
	}
	add_part(out, &first, s->failed, "failed", false);
	add_part(out, &first, s->ignored, "ignored", false);
	add_part(out, &first, s->skipped, "skipped", false);
	add_part(out, &first, s->not_attempted, "not attempted", false);
	str_add(out, ": ");
	number_add_grouped(out, s->listed);
	str_add(out, " listed\n");
}

static void add_rate(struct str *out, const struct report_summary *s)
{
	if (s->seconds <= 0)
		return;
	str_add(out, ": ");
	number_add_short(out, (double)(s->ok + s->failed) / s->seconds);
	str_add(out, " images/s");
	if (s->bytes_in) {
		str_add(out, ", ");
		number_add_short(out, (double)s->bytes_in / s->seconds / 1e6);
		str_add(out, " MB/s in");
	}
}

static void add_work(struct str *out, const struct report_summary *s)
{
	number_add_grouped(out, s->outputs);
	str_add(out, s->outputs == 1 ? " file " : " files ");
	str_add(out, s->dry ? "would be written" : "written in ");
	if (!s->dry) {
		number_add_duration(out, s->seconds);
		add_rate(out, s);
	}
	if (s->io && s->cpu) {
		str_addf(out, "; %s + %s", s->io, s->cpu);
		if (s->workers > 1)
			str_addf(out, " x %u", s->workers);
		if (s->sandbox)
			str_addf(out, ", sandbox: %s", s->sandbox);
	}
	str_add_char(out, '\n');
}

void report_summary_text(struct str *out, const struct report_summary *summary)
{
	add_counts(out, summary);
	if (summary->ok || summary->failed || summary->outputs)
		add_work(out, summary);
}
