/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every pair of engines, measured on a sample of one's own data.
 *
 *	struct imgbatch_bench_settings settings = {.seconds = 60, .stores = IMGBATCH_BENCH_WARM | IMGBATCH_BENCH_COLD};
 *	struct imgbatch_bench_result *result = imgbatch_bench(batch, &settings, NULL, &fault);
 *	char *text = result ? imgbatch_bench_text(result) : NULL;
 *
 * A cell is one I/O engine, one CPU engine, a number of workers, and where the inputs come from. It is measured by whole runs
 * (imgbatch_run) of some of the sample into a scratch folder, durability none. Rounds go through all cells, each in another
 * order, so that a machine that becomes faster or slower does so for all; figures are medians and quartiles over rounds.
 */
#ifndef IMGBATCH_BENCH_H
#define IMGBATCH_BENCH_H

#include <imgbatch/imgbatch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where inputs come from. */
enum imgbatch_bench_store {
	IMGBATCH_BENCH_WARM = 1, /* the page cache */
	IMGBATCH_BENCH_COLD = 2, /* storage: they are dropped from the page cache before each run */
	IMGBATCH_BENCH_SLOW = 4, /* the page cache, behind what the options simulate-.. say */
};

struct imgbatch_bench_settings {
	double seconds; /* for all of it, 1 .. 86400 */
	unsigned stores; /* enum imgbatch_bench_store bits, at least one */
	const char *scratch; /* a folder for links and outputs; NULL: that of TMPDIR, or /tmp */
};

struct imgbatch_bench_cell {
	const char *io, *cpu; /* engines; "auto" of the cell that leaves the choice to the run */
	const char *chose_io, *chose_cpu; /* what ran in the end */
	unsigned workers;
	enum imgbatch_bench_store store;
	unsigned
		rounds; /* runs that count; with fewer than 3 nothing but `median` is to be relied on */
	unsigned images; /* a run, those that failed too */
	unsigned failed; /* of them */
	double median, low, high; /* images/s: median and quartiles; 0 without rounds */
	double cpu_ms; /* CPU time an image, of all processes: median */
	double megabytes; /* 10^6 bytes/s read: median */
	bool best; /* the fastest of its store, `auto` aside */
	bool close; /* its quartiles reach up to the best one's: nobody could tell them apart */
	char reason[192]; /* why it was not measured; "" */
};

struct imgbatch_bench_result {
	const struct imgbatch_bench_cell *cells;
	size_t cell_count;
	size_t files, listed; /* in the sample; among the inputs */
	uint64_t bytes; /* of the sample */
	unsigned cpus; /* that this process may use */
	unsigned rounds; /* complete ones */
	unsigned io_jobs; /* as asked for; 0: each engine's own choice */
	double seconds; /* that it took */
	double others; /* share of this machine's CPU time, 0 .. 1, that other programs took meanwhile */
	double latency_ms, megabytes_per_s; /* of the simulated store */
	bool stopped; /* early, by imgbatch_stop */
	unsigned failed; /* the most images that failed in one run; 0: none ever did */
	const char *recipe; /* the operations, one a line */
	const char *system; /* the machine and the scratch folder's file system, in words */
	const char *const *notes; /* what is to be known beside the figures: a sentence each */
	size_t note_count;
};

struct imgbatch_bench_callbacks {
	void *ctx;
	/* Before each run, from the thread that called: what it is, seconds so far, and seconds that all may take. */
	void (*step)(void *ctx, const char *what, double seconds, double of);
};

/*
 * Measures. Inputs, recipe, limits and all that bytes depend on are the batch's; so are io, cpu, jobs and io-jobs, which
 * restrict the cells where they are set. Its output options that would harm (out, prune, dry-run, ..) play no part. Images
 * that fail are counted and go on. imgbatch_stop(batch) ends it early: what was measured is the result. callbacks may be NULL.
 * The result is the caller's until imgbatch_bench_free(); NULL on failure, with a fault:
 *
 *	IMGBATCH_E_USAGE        settings that cannot be; a scratch folder that cannot be used
 *	IMGBATCH_E_NOTHING      no image among the inputs
 *	any other               as imgbatch_run()
 */
IMGBATCH_API struct imgbatch_bench_result *imgbatch_bench(struct imgbatch *batch,
	const struct imgbatch_bench_settings *settings,
	const struct imgbatch_bench_callbacks *callbacks, struct imgbatch_fault *fault);
/* NULL is fine. */
IMGBATCH_API void imgbatch_bench_free(struct imgbatch_bench_result *result);

/* Texts of a result; imgbatch_free_text() them. NULL when out of memory. */
IMGBATCH_API char *imgbatch_bench_text(const struct imgbatch_bench_result *result);
IMGBATCH_API char *imgbatch_bench_json(
	const struct imgbatch_bench_result *result); /* one line, no newline */
IMGBATCH_API char *imgbatch_bench_html(
	const struct imgbatch_bench_result *result); /* a page that fetches nothing */

#ifdef __cplusplus
}
#endif

#endif
