/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bench, as its files share it.
 *
 *	sample.c  which files, and links to them in a scratch folder     cells.c    what is measured, and what falls first
 *	cache.c   files in and out of the page cache                     once.c     one run of a cell
 *	scratch.c that folder, locked while it is used; what a killed bench left
 *	rounds.c  runs, one after another, until time is up              figures.c  medians, quartiles, the best
 *	bench.c   the public call, told as a story                       text.c, json.c, html.c: the result, said three ways
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/fault.h"
#include "base/str.h"
#include "bench/system.h"
#include "run/batch.h"

#include <imgbatch/bench.h>

enum { BENCH_ROUNDS_LEAST = 3 };

/* -- sample.c --- */

struct sample_file {
	char *path, *name; /* owned; absolute; below the tree of links */
	uint64_t bytes;
};

struct bench_sample {
	struct sample_file
		*files; /* owned; in an order of which every beginning has files of all sizes */
	size_t count, listed;
	uint64_t bytes;
	size_t passes; /* how often a run may go through all, under other names */
	char *scratch; /* owned: a folder of ours, removed with the sample; in/ has the links, out/ what runs make */
	int lock; /* where there is such a folder: an open file that says so to other benches */
	char *root, *list, *out, *masks, *labels; /* owned: paths in it */
	size_t linked; /* passes that have links */
};

/* Picks and links. E_NOTHING, E_USAGE for a scratch folder that cannot be. sample_release() in every case. */
int sample_open(struct bench_sample *sample, const struct imgbatch *batch, const char *scratch,
	struct fault *fault);
void sample_release(struct bench_sample *sample);
/* How many images a run may have. */
size_t sample_most(const struct bench_sample *sample);
/* Makes the list of the first `count` of them, at most sample_most(), and empties the places of outputs. */
int sample_list(struct bench_sample *sample, size_t count, struct fault *fault);

/* -- scratch.c --- */

/*
 * A new folder in `wanted` (NULL: that of TMPDIR, or /tmp), and the paths in it; what benches that were killed left there is
 * removed. E_USAGE where none can be made. scratch_remove() in every case.
 */
int scratch_make(struct bench_sample *sample, const char *wanted, struct fault *fault);
void scratch_remove(struct bench_sample *sample);
/* Removes a folder of it with all below, following no link. NULL is fine. */
void scratch_empty(const char *path);

/* -- cache.c --- */

/* Drops the first `count` files from the page cache; the share of their pages, 0 .. 1, that stayed there all the same. */
double cache_drop(const struct bench_sample *sample, size_t count);
/* Reads files `from` to `count`, exclusive, so that they are in it. */
void cache_fill(const struct bench_sample *sample, size_t from, size_t count);

/* -- cells.c --- */

struct cell {
	struct imgbatch_bench_cell is; /* what is told of it */
	unsigned rank; /* falls before those of lower ranks when there is too little time */
	bool active;
	size_t count; /* images of a run; 0: not yet known */
	double rate; /* images/s, expected or measured so far */
	double cost; /* seconds of a run beside the run itself: links, caches, removing outputs */
	double *rates, *cpu_ms, *megabytes; /* owned: of each round, is.rounds of them */
	size_t room;
};

struct cells {
	struct cell *cell; /* owned */
	size_t count;
};

struct bench;

/* All that can run here, within what the batch's options ask for. */
int cells_make(struct bench *bench, struct fault *fault);
void cells_release(struct cells *cells);
/* "event x threads, 4 workers, cold" */
void cell_add_name(struct str *out, const struct imgbatch_bench_cell *cell);
const char *store_name(enum imgbatch_bench_store store); /* "warm"; static text */
/* Adds what one run gave. 0, or E_NOMEM. */
int cell_add(struct cell *cell, const struct imgbatch_summary *summary);
/* It is not, or no longer, measured. */
void cell_cannot(struct cell *cell, const char *why);
/* Takes the active cell of the highest rank off, with a reason. False: there is but one left. */
bool cells_drop_one(struct cells *cells, const char *reason);
size_t cells_active(const struct cells *cells);

/* -- bench.c --- */

struct bench {
	struct imgbatch *batch;
	struct imgbatch_bench_settings settings;
	const struct imgbatch_bench_callbacks *callbacks; /* never NULL; its function may be */
	struct options wanted; /* the batch's own; borrowed from it while runs have others */
	struct bench_sample sample;
	struct cells cells;
	struct str *notes; /* owned, note_count of them */
	size_t note_count;
	uint64_t began_ns;
	struct system_load load; /* then */
	double others; /* share of this machine that others took since */
	unsigned rounds; /* complete */
	size_t filled; /* so many files of the sample are in the page cache for sure */
	unsigned failed, failed_of; /* the most images that failed in one run, of how many */
	double stayed; /* the largest share that stayed in it all the same */
	bool stopped;
};

double bench_seconds(const struct bench *bench); /* since it began */
double bench_left(const struct bench *bench); /* until it has to end; may be negative */
/* A sentence for the result; printf-like. */
void bench_note(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- once.c --- */

/* Runs a cell over `count` images. 1: it ran; 0: it cannot, or bench->stopped; negative: the bench is over. */
int bench_run(struct bench *bench, struct cell *cell, size_t count,
	struct imgbatch_summary *summary, struct fault *fault);

/* -- rounds.c --- */

/* All of the measuring: until time is up, or imgbatch_stop. */
int rounds_run(struct bench *bench, struct fault *fault);

/* -- figures.c --- */

/* Median and quartiles, by linear interpolation between neighbours (R's type 7). values get sorted; count > 0. */
struct quartiles {
	double low, median, high;
};
struct quartiles quartiles_of(double *values, size_t count);
/* Fills the figures of all cells, and tells the best. */
void figures_fill(struct cells *cells);

/* -- result.c: what the texts share --- */

/* A cell of a result, NULL where there is none; workers 0: as many as that pair has at most. */
const struct imgbatch_bench_cell *result_cell(const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store, const char *io, const char *cpu, unsigned workers);
/* The best one of a store; NULL where nothing was measured. */
const struct imgbatch_bench_cell *result_best(
	const struct imgbatch_bench_result *result, enum imgbatch_bench_store store);
/* The index-th engine of a kind ("io", "cpu") that any cell has; NULL behind the last. `auto` is none. */
const char *result_engine(const struct imgbatch_bench_result *result, bool io, size_t index);
/* The next larger number of workers that any cell has; 0: there is none. */
unsigned result_workers_after(const struct imgbatch_bench_result *result, unsigned workers);
/* "warm cache", "cold cache", "slow store (20 ms, 100 MB/s)" */
void result_add_store(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store);
/*
 * What a cell of another store reaches of the same pair and workers with a warm cache, 0 .. ; 0: one of them was not measured,
 * or it is that one.
 */
double result_of_warm(
	const struct imgbatch_bench_result *result, const struct imgbatch_bench_cell *cell);
/* Whether any cell of a store was. */
bool result_is_measured(
	const struct imgbatch_bench_result *result, enum imgbatch_bench_store store);
/* Numbers of images/s for people: three digits that matter. */
void result_add_rate(struct str *out, double rate);
/* The stores, in the order in which they are told; index 0 .. 2. */
enum imgbatch_bench_store result_store(size_t index);

/* -- html_charts.c --- */

/* The bars of a store's pairs. */
void html_add_bars(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store);
/* How they scale, by I/O engine: that of the best pair first, the others folded away; nothing where nothing scales. */
void html_add_scaling(struct str *out, const struct imgbatch_bench_result *result,
	enum imgbatch_bench_store store);

#endif
