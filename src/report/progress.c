/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress line. The rate is that of the last ten seconds or so, so that it follows what happens; a narrow
 * terminal loses the less important parts first.
 */
#include "report/numbers.h"
#include "report/report.h"

#include <string.h>

enum { MARK_NS = 600000000 }; /* between marks: a full window spans ten seconds */

struct rate {
	double images, bytes; /* a second */
};

static void mark(struct report_progress *progress, const struct report_state *state)
{
	unsigned last = (progress->marks + REPORT_WINDOW - 1) % REPORT_WINDOW;
	unsigned at = progress->marks % REPORT_WINDOW;

	if (progress->marks && state->now_ns - progress->mark[last].ns < MARK_NS)
		return;
	progress->mark[at].ns = state->now_ns;
	progress->mark[at].done = state->done;
	progress->mark[at].bytes = state->bytes;
	progress->marks++;
}

/* From the oldest mark to now; the whole run's when it is over. */
static struct rate rate_of(
	const struct report_progress *progress, const struct report_state *state, bool whole)
{
	unsigned oldest = progress->marks > REPORT_WINDOW ? progress->marks % REPORT_WINDOW : 0;
	uint64_t from = whole ? progress->started_ns : progress->mark[oldest].ns;
	uint64_t done = whole ? 0 : progress->mark[oldest].done;
	uint64_t bytes = whole ? 0 : progress->mark[oldest].bytes;
	double seconds = (double)(state->now_ns - from) / 1e9;

	if (!progress->marks || seconds < 0.001)
		return (struct rate){0};
	return (struct rate){
		(double)(state->done - done) / seconds, (double)(state->bytes - bytes) / seconds};
}

enum { PART_COUNT, PART_PERCENT, PART_RATE, PART_BYTES, PART_LEFT, PART_FAILED, PARTS };
/* What goes first when there is no room. */
static const uint8_t least_important[] = {
	PART_BYTES, PART_RATE, PART_PERCENT, PART_LEFT, PART_FAILED};

static void add_parts(
	struct str part[PARTS], const struct report_state *state, struct rate rate, bool last)
{
	str_addf(&part[PART_COUNT], "%llu", (unsigned long long)state->done);
	if (state->total) {
		str_addf(&part[PART_COUNT], "/%llu", (unsigned long long)state->total);
		str_addf(&part[PART_PERCENT], "%u%%",
			(unsigned)((double)state->done * 100 / (double)state->total));
	}
	if (rate.images > 0) {
		number_add_short(&part[PART_RATE], rate.images);
		str_add(&part[PART_RATE], " images/s");
		number_add_short(&part[PART_BYTES], rate.bytes / 1e6);
		str_add(&part[PART_BYTES], " MB/s");
	}
	if (rate.images > 0 && state->total > state->done && !last) {
		number_add_clock(
			&part[PART_LEFT], (double)(state->total - state->done) / rate.images);
		str_add(&part[PART_LEFT], " left");
	}
	if (state->failed)
		str_addf(&part[PART_FAILED], "%llu failed", (unsigned long long)state->failed);
}

static size_t width_of(const struct str part[PARTS])
{
	size_t width = 0;

	for (int i = 0; i < PARTS; i++)
		if (part[i].length)
			width += part[i].length + 2;
	return width;
}

static void fit(struct str part[PARTS], size_t columns)
{
	for (size_t i = 0; i < sizeof least_important && width_of(part) > columns; i++)
		str_clear(&part[least_important[i]]);
}

static void join(
	struct str *out, const struct str part[PARTS], const struct report_progress *progress)
{
	bool first = true;

	for (int i = 0; i < PARTS; i++) {
		bool red = i == PART_FAILED && progress->colour;

		if (!part[i].length)
			continue;
		if (!first)
			str_add(out, "  ");
		first = false;
		str_add(out, red ? "\033[31m" : "");
		str_add_bytes(out, part[i].text, part[i].length);
		str_add(out, red ? "\033[0m" : "");
	}
}

bool report_progress_line(struct report_progress *progress, const struct report_state *state,
	bool last, struct str *out)
{
	struct str part[PARTS] = {{0}};

	if (!progress->started_ns)
		progress->started_ns = state->now_ns;
	if (!last && progress->shown_ns && state->now_ns - progress->shown_ns < REPORT_PROGRESS_NS)
		return false;
	mark(progress, state);
	progress->shown_ns = state->now_ns;
	add_parts(part, state, rate_of(progress, state, last), last);
	/* One column stays free: some terminals wrap when the last one is written; and two are width_of's spare. */
	fit(part, (progress->columns ? progress->columns : 80) + 1);
	str_add_char(out, '\r');
	join(out, part, progress);
	str_add(out, last ? "\033[K\n" : "\033[K");
	for (int i = 0; i < PARTS; i++)
		str_release(&part[i]);
	return true;
}
