/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict on a run as one plain paragraph: what it was bound by, by what that shows, what to change, and how far from the
 * limit it was. It says no more than measure/diagnosis.h found.
 */
#include "report/verdict.h"

#include "measure/histogram.h"
#include "report/numbers.h"

#include <string.h>

static void add_share(struct str *out, double share)
{
	double percent = share * 100;

	str_addf(out, "%u%%", percent > 0 ? (unsigned)(percent + 0.5) : 0);
}

static void add_time(struct str *out, double seconds)
{
	if (seconds >= 1) {
		number_add_duration(out, seconds);
		return;
	}
	number_add_short(out, seconds >= 1e-3 ? seconds * 1e3 : seconds * 1e6);
	str_add(out, seconds >= 1e-3 ? " ms" : " us");
}

static void add_rate(struct str *out, double rate)
{
	number_add_short(out, rate);
	str_add(out, " images/s");
}

static void add_size(struct str *out, double bytes)
{
	bool mega = bytes >= 1e6;

	number_add_short(out, mega ? bytes / 1e6 : bytes / 1e3);
	str_add(out, mega ? " MB" : " kB");
}

static double per(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* --- evidence --- */

static const char *const stage_words[IMGBATCH_STAGE_COUNT] = {
	[IMGBATCH_STAGE_PLAN] = "headers and planning",
	[IMGBATCH_STAGE_DECODE] = "decoding",
	[IMGBATCH_STAGE_OPERATIONS] = "operations",
	[IMGBATCH_STAGE_ENCODE] = "encoding"};

/* "61% decoding, 20% operations, ..": of the time with an image in hand, what is worth naming. */
static void add_stages(struct str *out, const struct diagnosis *d)
{
	static const enum imgbatch_stage order[] = {IMGBATCH_STAGE_DECODE,
		IMGBATCH_STAGE_OPERATIONS, IMGBATCH_STAGE_ENCODE, IMGBATCH_STAGE_PLAN};
	const char *between = "";

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
		if (d->stage[order[i]] < 0.02)
			continue;
		str_add(out, between);
		add_share(out, d->stage[order[i]]);
		str_addf(out, " %s", stage_words[order[i]]);
		between = ", ";
	}
}

static void say_workers(struct str *out, const struct imgbatch_profile *p)
{
	if (p->workers == 1)
		str_add(out, "the worker");
	else
		str_addf(out, "the %u workers", p->workers);
}

static void say_busy(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	say_workers(out, p);
	str_add(out, " had an image in hand ");
	add_share(out, d->busy);
	str_add(out, " of the time");
}

/* " and waited 12% for memory, .."; the longest first. */
static void add_waits(struct str *out, const struct diagnosis *d)
{
	static const char *const words[IMGBATCH_IDLE_COUNT] = {"for the run to begin",
		"for images to be read", "for memory", "for outputs to be written",
		"for images that were ready to reach them", "for others to finish",
		"for the last files", "for the dead to be replaced"};
	bool told[IMGBATCH_IDLE_COUNT] = {false};
	const char *between = " and waited ";

	for (unsigned n = 0; n < IMGBATCH_IDLE_COUNT; n++) {
		unsigned best = 0;

		while (best < IMGBATCH_IDLE_COUNT && told[best])
			best++;
		for (unsigned i = best; i < IMGBATCH_IDLE_COUNT; i++)
			if (!told[i] && d->idle[i] > d->idle[best])
				best = i;
		told[best] = true;
		if (d->idle[best] < 0.02)
			return;
		str_add(out, between);
		add_share(out, d->idle[best]);
		str_addf(out, " %s", words[best]);
		between = ", ";
	}
}

static const struct imgbatch_operation_profile *heaviest_operation(const struct imgbatch_profile *p)
{
	const struct imgbatch_operation_profile *most = NULL;

	for (unsigned i = 0; i < p->operation_count; i++)
		if (!most || p->operation[i].wall_ns > most->wall_ns)
			most = &p->operation[i];
	return most && most->name ? most : NULL;
}

/* Whether others wanted the CPUs as well; not said where it cannot be told. */
static void say_crowd(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	if (!d->shared)
		return;
	str_add(out, " Only ");
	add_share(out, d->on_cpu);
	str_add(out, " of that they were on a CPU: ");
	if (p->workers > p->cpus)
		str_addf(out, "there are more workers than the %u CPUs.", p->cpus);
	else
		str_add(out, "something else seems to use the CPUs, too.");
}

static void say_reach(struct str *out, const struct diagnosis *d, const char *limit)
{
	if (d->limit <= 0)
		return;
	str_addf(out, " The limit: %s ", limit);
	add_rate(out, d->limit);
	str_add(out, "; this run made ");
	add_rate(out, d->rate);
	if (d->reach > 0 && d->reach <= 1.005) {
		str_add(out, ", ");
		add_share(out, d->reach);
		str_add(out, " of it");
	}
	str_add(out, ".");
}

/* --- verdicts --- */

static void say_unknown(struct str *out, const struct imgbatch_profile *p)
{
	if (!p->images) {
		str_add(out, "Nothing was worked on, so there is nothing to say.");
		return;
	}
	str_add(out, "Too little was done to say what bounds it: ");
	number_add_grouped(out, p->images);
	str_add(out, p->images == 1 ? " image in " : " images in ");
	add_time(out, p->run_s);
	str_add(out, ". Beginning and ending took ");
	add_time(out, p->plan_s + p->open_s + p->end_s);
	str_add(out, ".");
}

static void say_overhead(
	struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	const char *advice = "more images in one run share it";

	str_add(out, "Bound by beginning and ending: of ");
	add_time(out, d->wall_s);
	str_add(out, ", listing and planning took ");
	add_time(out, p->plan_s);
	str_add(out, ", opening the engines ");
	add_time(out, p->open_s);
	str_add(out, ", making durable and closing ");
	add_time(out, p->end_s);
	str_add(out, ", and work on ");
	number_add_grouped(out, p->images);
	str_add(out, p->images == 1 ? " image only " : " images only ");
	add_time(out, p->run_s);
	if (p->end_s > p->plan_s && p->end_s > p->open_s)
		advice = "the disk takes that long to make files durable: --durability none leaves "
			 "that to the system";
	str_addf(out, ". What to change: %s.", advice);
}

static void say_cpu_advice(
	struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	const struct imgbatch_operation_profile *operation = heaviest_operation(p);

	str_add(out, " What to change: ");
	if (d->shared && p->workers <= p->cpus)
		str_add(out, "leave the CPUs to it");
	else if (p->workers != p->cpus && d->used < 0.85)
		str_addf(out, "as many workers as CPUs (--jobs %u)", p->cpus);
	else
		str_add(out, "more CPUs");
	str_add(out, ", or less work: ");
	if (d->heaviest == IMGBATCH_STAGE_OPERATIONS && operation)
		str_addf(out, "most of it is operations, of these %s takes the longest.",
			operation->name);
	else if (d->heaviest == IMGBATCH_STAGE_ENCODE)
		str_add(out,
			"most of it is encoding: a lower --png-level, or JPEG in place of PNG, is "
			"cheaper.");
	else
		str_add(out,
			"most of it is decoding: --decode scaled decodes large JPEGs smaller where "
			"they are shrunk.");
}

static void say_cpu(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	str_add(out,
		d->shared ? "Bound by the CPU, which had to be shared: " : "Bound by the CPU: ");
	say_busy(out, p, d);
	str_add(out, " (");
	add_stages(out, d);
	str_add(out, ").");
	say_crowd(out, p, d);
	say_cpu_advice(out, p, d);
	say_reach(out, d, "decoding alone, with all else free, would let them make");
}

/* "1,200 images of 34 kB on average, 4.2 ms each, 3.9 at a time: 31 MB/s" */
static void add_storage(struct str *out, const struct imgbatch_storage_profile *s)
{
	double images = (double)s->size.count;

	number_add_grouped(out, s->size.count);
	str_add(out, " images of ");
	add_size(out, per((double)s->bytes, images));
	str_add(out, " on average, ");
	add_time(out, per((double)s->flight_ns / 1e9, images));
	str_add(out, " each, ");
	number_add_short(out, per((double)s->flight_ns, (double)s->busy_ns));
	str_add(out, " at a time: ");
	add_size(out, per((double)s->bytes * 1e9, (double)s->busy_ns));
	str_add(out, "/s");
}

static void say_input(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	bool bandwidth = d->bound == IMGBATCH_BOUND_BANDWIDTH;

	str_addf(out, "Bound by storage, %s: ",
		bandwidth          ? "by how many bytes a second it reads"
			: d->paced ? "by how long it takes to answer"
				   : "by reading");
	say_busy(out, p, d);
	add_waits(out, d);
	str_add(out, "; storage read ");
	add_storage(out, &p->reading);
	if (bandwidth)
		str_add(out,
			", in step with the bytes. What to change: faster storage, or files that "
			"are smaller or nearer; more reads at once will not help.");
	else if (d->paced)
		str_addf(out,
			", whatever their size. What to change: more reads at once (--io event, "
			"--io-jobs above %u), until that no longer helps.",
			p->io_jobs);
	else
		str_addf(out,
			". The files are too few or too much of one size to tell latency from "
			"bandwidth: try more reads at once (--io event, --io-jobs above %u); where "
			"that does not help, it is bandwidth.",
			p->io_jobs);
	say_reach(out, d, "at the rate at which storage has answered,");
}

static void say_writing(
	struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	str_add(out, "Bound by writing: ");
	say_busy(out, p, d);
	add_waits(out, d);
	str_add(out, "; storage wrote ");
	add_storage(out, &p->writing);
	str_add(out,
		". What to change: faster storage for the output, fewer or smaller files, "
		"--durability batch where it is `file`.");
	say_reach(out, d, "at the rate at which storage has taken them,");
}

static void say_memory(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	str_add(out, "Bound by memory: ");
	say_busy(out, p, d);
	add_waits(out, d);
	str_add(out, ", with a budget of ");
	add_size(out, (double)p->memory);
	str_add(out,
		". What to change: a larger --memory if there is any, or fewer workers, so that "
		"each may take more.");
	say_reach(out, d, "with images always at hand, the workers would make");
}

static void say_straggler(
	struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	const struct imgbatch_slow *slow = &p->slowest[0];

	str_add(out, "Bound by a straggler: at the end workers had nothing left to do for up to ");
	add_time(out, d->tail_s);
	str_add(out, " of ");
	add_time(out, p->run_s);
	str_add(out, ", while others were still at work. The slowest image, \"");
	str_add_escaped(out, slow->name, strlen(slow->name));
	str_addf(out, "\" (%ux%u), took ", slow->width, slow->height);
	add_time(out, (double)slow->work_ns / 1e9);
	str_add(out, "; half of all take less than ");
	add_time(out,
		(double)(histogram_quantile(&p->stage[IMGBATCH_STAGE_DECODE].wall_ns, 0.5)) / 1e9);
	str_add(out,
		" to decode. What to change: --cpu threads or openmp, which split the last large "
		"images; or list such images first.");
	say_reach(out, d, "with work until the end, the workers would make");
}

static void say_mixed(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	str_add(out, "Bound by no one thing: ");
	say_busy(out, p, d);
	add_waits(out, d);
	str_add(out, ".");
	if (d->busy > 0) {
		str_add(out, " With an image in hand: ");
		add_stages(out, d);
		str_add(out, ".");
	}
	say_crowd(out, p, d);
	say_reach(out, d, "with images always at hand, the workers would make");
}

void report_verdict(struct str *out, const struct imgbatch_profile *p, const struct diagnosis *d)
{
	switch (d->bound) {
	case IMGBATCH_BOUND_UNKNOWN:
		say_unknown(out, p);
		return;
	case IMGBATCH_BOUND_CPU:
		say_cpu(out, p, d);
		return;
	case IMGBATCH_BOUND_LATENCY:
	case IMGBATCH_BOUND_BANDWIDTH:
		say_input(out, p, d);
		return;
	case IMGBATCH_BOUND_WRITING:
		say_writing(out, p, d);
		return;
	case IMGBATCH_BOUND_MEMORY:
		say_memory(out, p, d);
		return;
	case IMGBATCH_BOUND_STRAGGLER:
		say_straggler(out, p, d);
		return;
	case IMGBATCH_BOUND_OVERHEAD:
		say_overhead(out, p, d);
		return;
	case IMGBATCH_BOUND_MIXED:
		say_mixed(out, p, d);
		return;
	}
}
