/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kept a run from being faster: a pure function of its profile. Where nothing stands out it says so. All shares are
 * of 1, and of the time of all workers together unless another whole is named.
 */
#ifndef MEASURE_DIAGNOSIS_H
#define MEASURE_DIAGNOSIS_H

#include <imgbatch/profile.h>

struct diagnosis {
	enum imgbatch_bound bound;
	double wall_s; /* the whole run */
	double rate; /* images a second of run_s */
	double busy; /* share with an image in hand, or helping */
	double idle[IMGBATCH_IDLE_COUNT]; /* shares */
	double on_cpu; /* of the time with an image in hand, the share that workers had a CPU; 0: unknown */
	bool shared; /* on_cpu is so low that others must have wanted the CPUs, too, or there are more workers than CPUs */
	double used; /* of the CPUs' time during the whole run, the share that this run used */
	double stage
		[IMGBATCH_STAGE_COUNT]; /* PLAN to ENCODE: shares of the CPU time with an image in hand; of all such time where that is unknown */
	enum imgbatch_stage heaviest; /* among those */
	double tail_s; /* at the end of the run, how long the first idle worker had nothing to do while others worked */
	bool paced,
		by_bytes; /* whether it can be told what the time of reads depends on, and whether that is their size */
	double limit; /* images a second that the bound allows at most: see below; 0: not known */
	double reach; /* rate as a share of limit; 0: not known */
};

/*
 * limit is, for
 *	CPU                  what the workers could decode if all else were free
 *	LATENCY, BANDWIDTH   what storage has given while it was asked
 *	WRITING              what storage has taken while it was asked
 *	all others           what the workers could do if nothing kept them waiting
 */
void diagnose(const struct imgbatch_profile *profile, struct diagnosis *diagnosis);

#endif
