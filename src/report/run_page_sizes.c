/* SPDX-License-Identifier: Apache-2.0 */
/* How large images were and how long they took: histograms, and quantiles as a table. */
#include "measure/histogram.h"
#include "report/chart.h"
#include "report/numbers.h"
#include "report/run_page_parts.h"

enum { BINS_MOST = 40 };

struct distribution {
	const char *title, *about, *unit;
	const struct imgbatch_histogram *histogram;
	double one; /* of the unit, in the histogram's values */
	void (*add)(struct str *out, double value); /* one of them, for a person */
	unsigned colour;
};

static void add_bytes(struct str *out, double value)
{
	part_add_bytes(out, (uint64_t)value);
}

static void add_pixels(struct str *out, double value)
{
	number_add_grouped(out, (uint64_t)value);
}

static void add_us(struct str *out, double value)
{
	part_add_ms(out, value / 1000);
}

/* Buckets as bins of equal width on a logarithmic axis: one, two, four.. to a bin. */
struct bins {
	double edges[BINS_MOST + 1], counts[BINS_MOST];
	size_t count;
};

static void fill_bins(struct bins *bins, const struct distribution *d)
{
	const uint64_t *bucket = d->histogram->bucket;
	unsigned first = 1, behind = IMGBATCH_BUCKETS - 1,
		 each = 1; /* of the last no end is known */

	while (first < behind && !bucket[first])
		first++;
	while (behind > first && !bucket[behind - 1])
		behind--;
	while ((behind - first + each - 1) / each > BINS_MOST)
		each *= 2;
	bins->count = 0;
	for (unsigned i = first; i < behind; i += each) {
		bins->edges[bins->count] = (double)histogram_low(i) / d->one;
		bins->counts[bins->count] = 0;
		for (unsigned k = i; k < i + each && k < behind; k++)
			bins->counts[bins->count] += (double)bucket[k];
		bins->count++;
		bins->edges[bins->count] = (double)histogram_low(i + each) / d->one;
	}
}

static void add_distribution(struct str *out, const struct distribution *d)
{
	const struct chart chart = {.title = d->title, .about = d->about, .unit = "images"};
	const struct chart_mark median = {
		"median", (double)histogram_quantile(d->histogram, 0.5) / d->one};
	struct bins bins;

	fill_bins(&bins, d);
	if (!bins.count)
		return;
	chart_add_histogram(out, &chart,
		&(struct chart_histogram){.x_unit = d->unit,
			.edges = bins.edges,
			.counts = bins.counts,
			.bin_count = bins.count,
			.logarithmic = true,
			.marks = &median,
			.mark_count = median.at >= bins.edges[0] ? 1 : 0,
			.colour = d->colour});
}

static void add_quantiles(struct str *out, const struct distribution *d)
{
	const struct imgbatch_histogram *h = d->histogram;
	const double values[] = {(double)histogram_quantile(h, 0.05),
		(double)histogram_quantile(h, 0.5), (double)histogram_quantile(h, 0.95),
		(double)h->most, (double)h->sum / (double)h->count};

	str_addf(out, "<tr><td>%s</td>", d->title);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		str_add(out, "<td class=\"number\">");
		d->add(out, values[i]);
		str_add(out, "</td>");
	}
	str_add(out, "</tr>\n");
}

void run_page_add_sizes(struct str *out, const struct run_page *page)
{
	const struct gather *g = page->gather;
	const struct distribution all[] = {
		{"Input files", "Images by the size of their files", "kB", &g->bytes_in, 1e3,
			add_bytes, 0},
		{"Input pixels", "Images by how many pixels they have", "megapixels", &g->pixels,
			1e6, add_pixels, 4},
		{"Output files", "Outputs by the size of their files", "kB", &g->bytes_out, 1e3,
			add_bytes, 1},
		{"Work on an image", "Images by the time that a worker took for them", "ms",
			&g->work_us, 1e3, add_us, 2},
	};
	const size_t count = sizeof all / sizeof *all;
	uint64_t any = 0;

	for (size_t i = 0; i < count; i++)
		any += all[i].histogram->count;
	if (!any)
		return;
	part_begin(out, "sizes", "Sizes and times");
	str_add(out, "<div class=\"charts\">\n");
	for (size_t i = 0; i < count; i++)
		if (all[i].histogram->count)
			add_distribution(out, &all[i]);
	str_add(out,
		"</div>\n<div class=\"wide\"><table>\n<thead><tr><th></th><th "
		"class=\"number\">5%</th>"
		"<th class=\"number\">median</th><th class=\"number\">95%</th><th class=\"number\">"
		"most</th><th class=\"number\">mean</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < count; i++)
		if (all[i].histogram->count)
			add_quantiles(out, &all[i]);
	str_add(out, "</tbody></table></div>\n");
	part_end(out);
}
