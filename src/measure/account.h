/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One worker's time, without a gap: on images by stage, and between images by what it waited for.
 *
 * What a worker waits for is told by what the image that it gets next was doing meanwhile:
 *
 *	│◄──────────────── a worker without an image ───────────────────────────►│ in hand
 *	last end ── blocked ──► taken ── before ──► ready ── held ──► submitted ── HANDOFF ──► begun ─── ended
 *
 * taken: the scheduler took it from the list of inputs; ready: it was read (again: its outputs were written, its memory
 * was asked for); submitted: the CPU engine has it. Moments before the last image's end cost nothing.
 */
#ifndef MEASURE_ACCOUNT_H
#define MEASURE_ACCOUNT_H

#include "measure/spent.h"

#include <imgbatch/profile.h>

/* How an image came to its worker; moments in order. */
struct account_way {
	enum imgbatch_idle blocked, before, held;
	uint64_t taken_ns, ready_ns, submitted_ns;
};

/* A worker, and until when its time is accounted for. */
struct account {
	uint64_t until_ns;
	uint64_t helped_ns; /* of its engine's count, how much is in the row already */
};

/* When a worker had an image in hand, as far as it is believed: spans of one worker never overlap. */
struct account_span {
	uint64_t begun_ns, ended_ns;
};

/* Begins at this moment. */
void account_init(struct account *account, uint64_t now_ns);
/*
 * A worker had an image in hand and gave it back by now_ns. Moments that cannot be, of a process that is not believed, are
 * moved to where they can: behind its last image, behind `submitted`, not later than now. helped_ns: the engine's count for
 * this worker so far.
 */
struct account_span account_work(struct account *account, struct imgbatch_worker_profile *row,
	const struct account_way *way, const struct spent_work *work, uint64_t helped_ns,
	uint64_t now_ns);
/* It died on one. */
struct account_span account_lost(struct account *account, struct imgbatch_worker_profile *row,
	const struct account_way *way, uint64_t now_ns);
/* The run's end: until these moments the last images were read, then in others' hands, then written. */
struct account_close {
	uint64_t read_ns, worked_ns, now_ns;
};
void account_end(struct account *account, struct imgbatch_worker_profile *row, uint64_t helped_ns,
	const struct account_close *close);

#endif
