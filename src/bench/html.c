/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A result as a page: the best pair in a sentence, for each store the matrix and its bars, how pairs scale beside the ideal, every
 * cell in a table that can be sorted, and what is to be known beside the figures.
 */
#include "bench/bench.h"

#include "base/version.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/page.h"

#include <string.h>

extern const char bench_html_css[], bench_html_js[];

static void add_text(struct str *out, const char *text)
{
	page_add_text(out, text, strlen(text));
}

/* -- the head --- */

static void add_best_sentence(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const struct imgbatch_bench_cell *best = result_best(result, store);
	const struct imgbatch_bench_cell *own = result_cell(result, store, "auto", "auto", 0);
	size_t close = 0;

	if (!best)
		return;
	for (size_t i = 0; i < result->cell_count; i++)
		close += result->cells[i].store == store && result->cells[i].close &&
			strcmp(result->cells[i].io, "auto") != 0;
	str_add(out, "<li>");
	result_add_store(out, result, store);
	str_addf(out, ": <code>--io %s --cpu %s -j %u</code>, <b>", best->io, best->cpu,
		best->workers);
	result_add_rate(out, best->median);
	str_addf(
		out, "</b> images/s. Within its noise: %zu other%s.", close, close == 1 ? "" : "s");
	if (own && own->rounds) {
		str_add(out, " Left to itself, a run reached ");
		result_add_rate(out, 100 * own->median / best->median);
		str_addf(out, "%% of that (%s x %s).", own->chose_io, own->chose_cpu);
	}
	str_add(out, "</li>\n");
}

static void add_head(struct str *out, const struct imgbatch_bench_result *result)
{
	str_addf(out, "<header>\n<h1>Which engines for these images</h1>\n<p>%zu of %zu files, ",
		result->files, result->listed);
	number_add_short(out, (double)result->bytes / 1e6);
	str_addf(out, " MB, %u rounds in ", result->rounds);
	number_add_duration(out, result->seconds);
	str_add(out, ". ");
	add_text(out, result->system);
	str_addf(out, ". imgbatch %s", VERSION_TEXT);
	if (result->io_jobs)
		str_addf(out, ", <code>--io-jobs %u</code>", result->io_jobs);
	str_add(out, ".</p>\n<p class=\"recipe\"><code>");
	add_text(out, *result->recipe ? result->recipe : "no operations");
	str_add(out, "</code></p>\n</header>\n<ul class=\"best\">\n");
	for (size_t i = 0; i < 3; i++)
		add_best_sentence(out, result, result_store(i));
	str_add(out, "</ul>\n");
	if (result->note_count)
		str_add(out, "<ul class=\"notes\">\n");
	for (size_t i = 0; i < result->note_count; i++) {
		str_add(out, "<li>");
		add_text(out, result->notes[i]);
		str_add(out, "</li>\n");
	}
	if (result->note_count)
		str_add(out, "</ul>\n");
}

/* -- the matrix of a store --- */

static void add_figure(struct str *out, const struct imgbatch_bench_result *result,
	const struct imgbatch_bench_cell *cell)
{
	double of_warm = result_of_warm(result, cell);

	if (!cell || !cell->rounds) {
		str_add(out, "<td class=\"none\" title=\"");
		add_text(out, cell ? cell->reason : "");
		str_add(out, "\">\u2013</td>");
		return;
	}
	str_addf(out, "<td%s><b>",
		cell->best            ? " class=\"first\""
			: cell->close ? " class=\"close\""
				      : "");
	result_add_rate(out, cell->median);
	str_add(out, "</b> <small>");
	result_add_rate(out, cell->low);
	str_add(out, "\u2013");
	result_add_rate(out, cell->high);
	str_add(out, "</small>");
	if (of_warm > 0) {
		str_add(out, "<br><small>");
		result_add_rate(out, of_warm * 100);
		str_add(out, "% of warm</small>");
	}
	str_add(out, "</td>");
}

static unsigned workers_of(const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *cpu)
{
	const char *io;

	for (size_t i = 0; (io = result_engine(result, true, i)); i++) {
		const struct imgbatch_bench_cell *cell = result_cell(result, store, io, cpu, 0);

		if (cell)
			return cell->workers;
	}
	return 0;
}

static void add_matrix(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	const char *io, *cpu;

	str_add(out,
		"<div class=\"wide\"><table class=\"matrix\">\n<caption>images/s: median and "
		"quartiles; the best "
		"is marked, and what is within its noise</caption>\n<tr><td></td>");
	for (size_t k = 0; (cpu = result_engine(result, false, k)); k++)
		str_addf(out, "<th scope=\"col\">%s \u00d7 %u</th>", cpu,
			workers_of(result, store, cpu));
	str_add(out, "</tr>\n");
	for (size_t i = 0; (io = result_engine(result, true, i)); i++) {
		str_addf(out, "<tr><th scope=\"row\">%s</th>", io);
		for (size_t k = 0; (cpu = result_engine(result, false, k)); k++)
			add_figure(out, result, result_cell(result, store, io, cpu, 0));
		str_add(out, "</tr>\n");
	}
	str_add(out, "</table></div>\n");
}

/* -- sections --- */

static void add_store(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store)
{
	if (!result_is_measured(result, store))
		return;
	str_addf(out, "<section id=\"%s\">\n<h2>", store_name(store));
	result_add_store(out, result, store);
	str_add(out, "</h2>\n");
	add_matrix(out, result, store);
	html_add_bars(out, result, store);
	html_add_scaling(out, result, store);
	str_add(out, "</section>\n");
}

/* -- all cells --- */

static void add_value(struct str *out, double value)
{
	str_add(out, "<td data-value=\"");
	number_add_milli(out, number_milli(value));
	str_add(out, "\">");
	result_add_rate(out, value);
	str_add(out, "</td>");
}

static void add_number(struct str *out, unsigned value)
{
	str_addf(out, "<td data-value=\"%u\">", value);
	number_add_grouped(out, value);
	str_add(out, "</td>");
}

static void add_row(struct str *out, const struct imgbatch_bench_cell *cell)
{
	str_addf(out, "<tr%s><td>%s</td><td>%s</td><td>%s</td>",
		cell->best ? " class=\"first\"" : "", store_name(cell->store), cell->io, cell->cpu);
	add_number(out, cell->workers);
	if (cell->rounds) {
		add_value(out, cell->median);
		add_value(out, cell->low);
		add_value(out, cell->high);
		add_value(out, cell->cpu_ms);
		add_value(out, cell->megabytes);
		add_number(out, cell->images);
		add_number(out, cell->failed);
		add_number(out, cell->rounds);
	} else {
		str_add(out, "<td colspan=\"8\" class=\"reason\">");
		add_text(out, cell->reason);
		str_add(out, "</td>");
	}
	str_add(out, "</tr>\n");
}

static void add_table(struct str *out, const struct imgbatch_bench_result *result)
{
	static const char *const heads[] = {"store", "I/O", "CPU", "workers", "images/s", "from",
		"to", "CPU ms an image", "MB/s in", "images", "failed", "rounds"};

	str_add(out,
		"<section>\n<h2>All cells</h2>\n<div class=\"wide\"><table "
		"class=\"all\">\n<thead><tr>");
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		str_addf(out, "<th scope=\"col\">%s</th>", heads[i]);
	str_add(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < result->cell_count; i++)
		add_row(out, &result->cells[i]);
	str_add(out, "</tbody></table></div>\n</section>\n");
}

static void add_method(struct str *out)
{
	str_add(out,
		"<section>\n<h2>How this was measured</h2>\n"
		"<p>Each cell is measured by whole runs of some of the sample into a scratch "
		"folder, planning and the "
		"ledger included, without waiting for the disk. Rounds go through all cells, each "
		"in an order of its "
		"own, and a first one does not count. Figures are medians over rounds, spreads are "
		"quartiles: half of "
		"the runs lay between them. A cell is within the noise of the best when its upper "
		"quartile reaches the "
		"best one's lower quartile. Cells of about one speed run the same images; a much "
		"slower one runs the "
		"first half, quarter and so on, which have files of all sizes in the same "
		"proportion. Machines are "
		"shared and drift: believe ratios, and only those within one "
		"page.</p>\n</section>\n");
}

char *imgbatch_bench_html(const struct imgbatch_bench_result *result)
{
	struct str out = STR_INIT, style = STR_INIT;

	str_add(&style, report_chart_css);
	str_add(&style, bench_html_css);
	page_begin(&out, "imgbatch bench", str_text(&style));
	add_head(&out, result);
	for (size_t i = 0; i < 3; i++)
		add_store(&out, result, result_store(i));
	add_table(&out, result);
	add_method(&out);
	page_end(&out, (const char *const[]){bench_html_js, NULL});
	out.failed = out.failed || style.failed;
	str_release(&style);
	if (!out.failed)
		return out.text;
	str_release(&out);
	return NULL;
}
