/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run-wide sums, as the scheduler keeps them: every image's costs are added once and forgotten. One thread, but for
 * the meters, which the I/O engines' threads tell.
 */
#ifndef MEASURE_TALLY_H
#define MEASURE_TALLY_H

#include "measure/account.h"
#include "measure/meter.h"

#include <stdbool.h>

struct tally {
	struct imgbatch_profile *out; /* borrowed; NULL: nothing is measured */
	struct account *account; /* owned; out->workers of them */
	struct meter reading, writing;
	uint64_t begun_ns; /* of out->run_s */
	uint64_t worked_ns; /* when the last image left a worker's hands */
	uint64_t levels_ns; /* until when the levels' areas are summed */
};

/* Sums go to `out`, which is zeroed but for what the caller fills; NULL: nothing is measured. */
void tally_init(struct tally *tally, struct imgbatch_profile *out);
/* Rows for so many workers, before it begins. 0, or -1 when out of memory. */
int tally_workers(struct tally *tally, unsigned workers);
void tally_release(struct tally *tally);

/* Workers' time begins. */
void tally_begin(struct tally *tally, uint64_t now_ns);
/* The values of out->levels have held until now. */
void tally_levels(struct tally *tally, uint64_t now_ns);
/* An image was read, or was written. */
void tally_read(struct tally *tally, const struct spent_io *io, unsigned files, uint64_t bytes);
void tally_write(struct tally *tally, const struct spent_io *io, unsigned files, uint64_t bytes);
/* A worker had one in hand (account_work); a worker died on one (account_lost). Zeros: nothing is measured. */
struct account_span tally_work(struct tally *tally, uint32_t worker, const struct account_way *way,
	const struct spent_work *work, uint64_t helped_ns, uint64_t now_ns);
struct account_span tally_lost(
	struct tally *tally, uint32_t worker, const struct account_way *way, uint64_t now_ns);
/* An image has ended, for good or not. */
void tally_image(struct tally *tally, const struct spent_job *spent, uint64_t now_ns);
/* Workers' time ends. helped: the engine's count for a worker; NULL: none helps. */
void tally_end(struct tally *tally, uint64_t now_ns, uint64_t (*helped)(void *ctx, uint32_t worker),
	void *ctx);

/* A level takes a new value. */
void level_set(struct imgbatch_level *level, uint64_t value);

#endif
