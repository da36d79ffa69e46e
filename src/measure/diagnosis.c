/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/diagnosis.h"

#include "measure/histogram.h"

/* Below these there is too little to judge by. */
static const double least_run_s = 0.2;
enum { LEAST_EACH = 4 }; /* images a worker */

/* Workers that had an image in hand this share of the time were not kept waiting. */
static const double busy_enough = 0.85;
/* Workers that were on a CPU for less than this of the time with an image in hand had to share it. */
static const double crowded = 0.8;
/* A reason to wait stands out with this share of all time, and this share of all waiting. */
static const double stands_out = 0.1, most_of_waiting = 0.6;
/* Whether reads are paced by their bytes: this share of the pace, from at least so many reads of different sizes. */
static const double paced_by_bytes = 0.5, sizes_differ = 0.1;
enum { LEAST_PACED = 16 };

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static void sum_workers(const struct imgbatch_profile *p, struct diagnosis *d)
{
	double stage[IMGBATCH_STAGE_COUNT] = {0}, idle[IMGBATCH_IDLE_COUNT] = {0};
	double hand = 0, help = 0, all, cpu = 0;

	for (unsigned w = 0; p->worker && w < p->workers; w++) {
		double tail_s = (double)p->worker[w].idle_ns[IMGBATCH_IDLE_TAIL] / 1e9;

		for (unsigned i = 0; i < IMGBATCH_STAGE_COUNT; i++)
			stage[i] += (double)p->worker[w].stage_ns[i];
		for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
			idle[i] += (double)p->worker[w].idle_ns[i];
		help += (double)p->worker[w].help_ns;
		d->tail_s = tail_s > d->tail_s ? tail_s : d->tail_s;
	}
	for (unsigned i = IMGBATCH_STAGE_PLAN; i <= IMGBATCH_STAGE_ENCODE; i++) {
		hand += stage[i];
		cpu += (double)p->stage[i].cpu_ns;
	}
	all = hand + help;
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		all += idle[i];
	d->busy = ratio(hand + help, all);
	d->on_cpu = ratio(cpu, hand);
	d->shared = d->on_cpu > 0 && d->on_cpu < crowded;
	d->heaviest = IMGBATCH_STAGE_DECODE;
	for (unsigned i = IMGBATCH_STAGE_PLAN; i <= IMGBATCH_STAGE_ENCODE; i++) {
		d->stage[i] = cpu > 0 ? ratio((double)p->stage[i].cpu_ns, cpu)
				      : ratio(stage[i], hand);
		if (d->stage[i] > d->stage[d->heaviest])
			d->heaviest = (enum imgbatch_stage)i;
	}
	for (unsigned i = 0; i < IMGBATCH_IDLE_COUNT; i++)
		d->idle[i] = ratio(idle[i], all);
}

/* How much of the time between two reads their bytes explain. False: their sizes do not differ enough to say. */
static bool explained_by_bytes(const struct imgbatch_line *pace, double *share)
{
	double n = (double)pace->count, mean, variance, slope;

	if (pace->count < LEAST_PACED || pace->y <= 0)
		return false;
	mean = pace->x / n;
	variance = pace->xx / n - mean * mean;
	if (variance <= sizes_differ * sizes_differ * mean * mean)
		return false;
	slope = (pace->xy / n - mean * pace->y / n) / variance;
	*share = slope * pace->x / pace->y;
	return true;
}

/* What workers could do, had they always an image in hand, as far as the CPUs allow. */
static double rate_of_workers(const struct imgbatch_profile *p, const struct diagnosis *d)
{
	double in_hand = ratio(d->rate, d->busy);
	double all_cpus = ratio((double)p->images * p->cpus, p->process_cpu_s + p->workers_cpu_s);

	return all_cpus > 0 && all_cpus < in_hand ? all_cpus : in_hand;
}

static double rate_of_decoding(const struct imgbatch_profile *p)
{
	unsigned at_once = p->workers < p->cpus || !p->cpus ? p->workers : p->cpus;
	double cpu_s = (double)p->stage[IMGBATCH_STAGE_DECODE].cpu_ns / 1e9;

	return ratio((double)p->stage[IMGBATCH_STAGE_DECODE].wall_ns.count * at_once, cpu_s);
}

static double rate_of(const struct imgbatch_storage_profile *storage)
{
	return ratio((double)storage->size.count * 1e9, (double)storage->busy_ns);
}

static double limit_of(const struct imgbatch_profile *p, const struct diagnosis *d)
{
	switch (d->bound) {
	case IMGBATCH_BOUND_CPU:
		return rate_of_decoding(p);
	case IMGBATCH_BOUND_LATENCY:
	case IMGBATCH_BOUND_BANDWIDTH:
		return rate_of(&p->reading);
	case IMGBATCH_BOUND_WRITING:
		return rate_of(&p->writing);
	default:
		return rate_of_workers(p, d);
	}
}

/* One image, or a few, that took so long that it is they who made the tail. */
static bool is_straggler(const struct imgbatch_profile *p, const struct diagnosis *d)
{
	double median = (double)histogram_quantile(&p->stage[IMGBATCH_STAGE_DECODE].wall_ns, 0.5);
	double slowest = p->slowest_count ? (double)p->slowest[0].work_ns : 0;

	return d->idle[IMGBATCH_IDLE_TAIL] >= stands_out && slowest / 1e9 >= d->tail_s / 2 &&
		slowest > 4 * median;
}

static double overhead_s(const struct imgbatch_profile *p)
{
	return p->plan_s + p->open_s + p->end_s;
}

/* The reason to wait that stands out; MIXED where none does. */
static enum imgbatch_bound of_waiting(const struct diagnosis *d)
{
	static const struct {
		enum imgbatch_idle idle;
		enum imgbatch_bound bound;
	} reasons[] = {{IMGBATCH_IDLE_INPUT, IMGBATCH_BOUND_LATENCY},
		{IMGBATCH_IDLE_OUTPUT, IMGBATCH_BOUND_WRITING},
		{IMGBATCH_IDLE_MEMORY, IMGBATCH_BOUND_MEMORY}};
	double waiting = 1 - d->busy - d->idle[IMGBATCH_IDLE_TAIL];

	for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		double share = d->idle[reasons[i].idle];

		if (reasons[i].idle == IMGBATCH_IDLE_OUTPUT)
			share += d->idle[IMGBATCH_IDLE_END]; /* the last files, too */

		if (share < stands_out || share < most_of_waiting * waiting)
			continue;
		if (reasons[i].bound == IMGBATCH_BOUND_LATENCY && d->paced && d->by_bytes)
			return IMGBATCH_BOUND_BANDWIDTH;
		return reasons[i].bound;
	}
	return IMGBATCH_BOUND_MIXED;
}

static enum imgbatch_bound judge(const struct imgbatch_profile *p, const struct diagnosis *d)
{
	if (!p->images || !p->stage[IMGBATCH_STAGE_PLAN].wall_ns.count)
		return IMGBATCH_BOUND_UNKNOWN;
	if (d->wall_s >= least_run_s && overhead_s(p) > p->run_s)
		return IMGBATCH_BOUND_OVERHEAD;
	if (is_straggler(p, d) && p->run_s >= least_run_s)
		return IMGBATCH_BOUND_STRAGGLER;
	if (p->run_s < least_run_s || p->images < (uint64_t)LEAST_EACH * p->workers)
		return IMGBATCH_BOUND_UNKNOWN;
	if (d->busy >= busy_enough)
		return IMGBATCH_BOUND_CPU;
	/* That a scheduler does not get to run because all CPUs are taken, by workers or by others, is no reason of its own. */
	if (d->busy + d->idle[IMGBATCH_IDLE_HANDOFF] >= busy_enough &&
		(d->used >= busy_enough || d->shared))
		return IMGBATCH_BOUND_CPU;
	return of_waiting(d);
}

void diagnose(const struct imgbatch_profile *p, struct diagnosis *d)
{
	double explained = 0;

	*d = (struct diagnosis){.wall_s = p->run_s + overhead_s(p)};
	d->rate = ratio((double)p->images, p->run_s);
	d->used = ratio(p->process_cpu_s + p->workers_cpu_s, d->wall_s * p->cpus);
	sum_workers(p, d);
	d->paced = explained_by_bytes(&p->reading.pace, &explained);
	d->by_bytes = d->paced && explained >= paced_by_bytes;
	d->bound = judge(p, d);
	d->limit = limit_of(p, d);
	d->reach = ratio(d->rate, d->limit);
}
