/* SPDX-License-Identifier: Apache-2.0 */
/* The page's frame, and its head: how the run ended, in a sentence, numbers and badges. */
#include "report/run_page.h"

#include "base/fault.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/run_page_parts.h"

#include <string.h>
#include <time.h>

extern const char report_run_page_css[];

/* -- how it ended ------------------------------------------------------------------------------------- */

enum ending { DONE, PARTLY, STOPPED, ENDED };

static enum ending ending_of(const struct run_page *page)
{
	if (page->code == IMGBATCH_E_CANCELED)
		return STOPPED;
	if (page->code)
		return ENDED;
	return page->summary->failed ? PARTLY : DONE;
}

/* "1,279 of 1,282 images done, 3 failed" */
static void add_headline(struct str *out, const struct run_page *page)
{
	const struct imgbatch_summary *s = page->summary;
	uint64_t wanted = s->listed - s->ignored;

	if (page->refused) {
		str_addf(out, "Nothing done: %s", code_text(page->code));
		return;
	}
	if (page->code)
		str_add(out, page->code == IMGBATCH_E_CANCELED ? "Stopped: " : "Ended early: ");
	if (!page->code && !s->ok && !s->failed) {
		str_add(out, s->skipped ? "Nothing to do: all is up to date" : "Nothing to do");
		return;
	}
	if (s->ok != wanted) {
		number_add_grouped(out, s->ok);
		str_add(out, " of ");
	}
	part_add_count(out, wanted, "image", "images");
	str_add(out, s->dry_run ? " would be done" : " done");
	if (s->failed) {
		str_add(out, ", ");
		number_add_grouped(out, s->failed);
		str_add(out, " failed");
	}
}

static void add_badge(struct str *out, const char *look, uint64_t count, const char *word)
{
	if (!count)
		return;
	str_addf(out, "<li class=\"badge %s\">", look);
	number_add_grouped(out, count);
	str_addf(out, " %s</li>\n", word);
}

static void add_badges(struct str *out, const struct imgbatch_summary *s)
{
	str_add(out, "<ul class=\"counts\">\n");
	add_badge(out, "good", s->ok, "ok");
	add_badge(out, "warn", s->damaged, "of them damaged");
	add_badge(out, "bad", s->failed, "failed");
	add_badge(out, "", s->skipped, "up to date");
	add_badge(out, "", s->ignored, "ignored");
	add_badge(out, "warn", s->not_attempted, "not attempted");
	add_badge(out, "", s->listed, "listed");
	str_add(out, "</ul>\n");
}

/* What ended the run, and what follows from it. */
static void add_reason(struct str *out, const struct run_page *page)
{
	const char *text = page->detail && *page->detail ? page->detail : code_text(page->code);

	if (!page->code)
		return;
	str_addf(out, "<p class=\"reason\"><code>%s</code> ", code_name(page->code));
	part_add_text(out, text);
	if (page->summary->not_attempted && !page->summary->dry_run && !page->refused)
		str_add(out, ". The same command goes on from here");
	str_add(out, ".</p>\n");
}

/* -- the numbers that are asked for first ------------------------------------------------------------- */

static void begin_figure(struct str *out, const char *term)
{
	str_addf(out, "<div><dt>%s</dt><dd>", term);
}

static void end_figure(struct str *out)
{
	str_add(out, "</dd></div>\n");
}

static void add_rates(struct str *out, const struct imgbatch_summary *s)
{
	double seconds = s->seconds > 1e-6 ? s->seconds : 1e-6;

	begin_figure(out, "Time");
	number_add_duration(out, s->seconds);
	str_add(out, "<small>");
	number_add_duration(out, s->cpu_seconds);
	str_add(out, " of CPU</small>");
	end_figure(out);
	begin_figure(out, "Images");
	number_add_short(out, (double)(s->ok + s->failed) / seconds);
	str_add(out, "/s");
	end_figure(out);
	begin_figure(out, "Read");
	part_add_bytes(out, s->bytes_in);
	str_add(out, "<small>");
	part_add_bytes(out, (uint64_t)((double)s->bytes_in / seconds));
	str_add(out, "/s</small>");
	end_figure(out);
}

static void add_written(struct str *out, const struct imgbatch_summary *s)
{
	begin_figure(out, s->dry_run ? "Would write" : "Written");
	part_add_count(out, s->outputs, "file", "files");
	if (s->bytes_out) {
		str_add(out, "<small>");
		part_add_bytes(out, s->bytes_out);
		str_add(out, "</small>");
	}
	end_figure(out);
}

static void add_engines(struct str *out, const struct imgbatch_summary *s)
{
	if (!s->io || !s->cpu)
		return;
	begin_figure(out, "Engines");
	part_add_text(out, s->io);
	str_add(out, " + ");
	part_add_text(out, s->cpu);
	str_add(out, "<small>");
	part_add_count(out, s->workers, "worker", "workers");
	str_addf(out, ", %u files in flight</small>", s->io_jobs);
	end_figure(out);
}

static void add_figures(struct str *out, const struct run_page *page)
{
	str_add(out, "<dl class=\"figures\">\n");
	add_rates(out, page->summary);
	add_written(out, page->summary);
	add_engines(out, page->summary);
	str_add(out, "</dl>\n");
}

/* -- the head ----------------------------------------------------------------------------------------- */

/* "2026-11-26 15:53:04 +0000" */
static void add_moment(struct str *out, int64_t seconds)
{
	time_t moment = (time_t)seconds;
	char text[64] = "";
	struct tm parts;

	if (localtime_r(&moment, &parts) &&
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &parts))
		part_add_text(out, text);
}

static void add_way(struct str *out, const struct run_page *page)
{
	str_add(out, "<p>");
	if (page->in) {
		str_add(out, "<code>");
		part_add_name(out, page->in);
		str_addf(out, "</code>%s ", page->more_in ? " and more" : "");
	}
	str_add(out, "\u2192 <code>");
	part_add_name(out, page->out);
	str_addf(out, "</code>%s<br>", page->summary->dry_run ? " (dry run)" : "");
	add_moment(out, page->started);
	str_add(out, " to ");
	add_moment(out, page->ended);
	str_add(out, "</p>\n");
}

static void add_verdict(struct str *out, const struct imgbatch_profile *profile)
{
	if (!profile || !profile->verdict[0])
		return;
	str_add(out, "<p class=\"verdict\">");
	part_add_text(out, profile->verdict);
	str_add(out, "</p>\n");
}

static void add_head(struct str *out, const struct run_page *page, const char *links)
{
	static const char *const looks[] = {"good", "bad", "warn", "bad"};

	str_addf(out, "<header class=\"ending-%s\">\n<h1>", looks[ending_of(page)]);
	add_headline(out, page);
	str_add(out, "</h1>\n");
	add_way(out, page);
	add_badges(out, page->summary);
	add_reason(out, page);
	add_figures(out, page);
	add_verdict(out, page->summary->profile);
	str_add(out, links);
	str_add(out, "</header>\n");
}

/* -- the page ----------------------------------------------------------------------------------------- */

static const struct {
	const char *id, *title; /* as in the section itself */
	void (*add)(struct str *out, const struct run_page *page);
} sections[] = {
	{"time", "Time", run_page_add_time},
	{"sizes", "Sizes", run_page_add_sizes},
	{"failures", "Failures", run_page_add_failures},
	{"sheet", "Outputs", run_page_add_sheet},
	{"there", "Kept", run_page_add_there},
	{"slowest", "Slowest", run_page_add_slowest},
	{"warnings", "Warnings", run_page_add_warnings},
	{"settings", "Settings", run_page_add_settings},
	{"versions", "Versions", run_page_add_versions},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* The sections, and links to those that have something to say. */
static void print_sections(struct str *body, struct str *links, const struct run_page *page)
{
	str_add(links, "<nav>\n");
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t before = body->length;

		sections[i].add(body, page);
		if (body->length > before)
			str_addf(links, "<a href=\"#%s\">%s</a>\n", sections[i].id,
				sections[i].title);
	}
	str_add(links, "</nav>\n");
}

void run_page_print(struct str *out, const struct run_page *page)
{
	struct str title = STR_INIT, style = STR_INIT, links = STR_INIT, body = STR_INIT;

	add_headline(&title, page);
	str_add(&title, ": imgbatch");
	str_add(&style, report_chart_css);
	str_add(&style, report_run_page_css);
	print_sections(&body, &links, page);
	page_begin(out, str_text(&title), str_text(&style));
	add_head(out, page, str_text(&links));
	str_add_bytes(out, str_text(&body), body.length);
	page_end(out, NULL);
	out->failed = out->failed || title.failed || style.failed || links.failed || body.failed;
	str_release(&title);
	str_release(&style);
	str_release(&links);
	str_release(&body);
}
