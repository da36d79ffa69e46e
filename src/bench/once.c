/* SPDX-License-Identifier: Apache-2.0 */
/* One run of one cell: the batch's options exchanged for the while, the inputs where the cell wants them. */
#include "bench/bench.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct options run_options(const struct bench *bench, const struct imgbatch_bench_cell *cell)
{
	const struct bench_sample *sample = &bench->sample;
	struct options options = bench->wanted;
	bool slow = cell->store == IMGBATCH_BENCH_SLOW;

	options.in = options.include = options.exclude = (struct words){0};
	options.files_from = sample->list;
	options.root = sample->root;
	options.null = options.follow = true;
	options.html = options.trace = NULL;
	options.keep_roots = options.dry_run = options.prune = false;
	options.out = sample->out;
	options.masks_out = options.masks ? sample->masks : NULL;
	options.boxes_out = options.boxes ? sample->labels : NULL;
	options.on_collision = COLLISION_SUFFIX; /* of files that a run would refuse together */
	options.if_exists = EXISTS_OVERWRITE;
	options.durability = DURABILITY_NONE;
	options.max_failures = UINT64_MAX;
	options.io = strcmp(cell->io, "auto") ? (char *)cell->io : NULL;
	options.cpu = strcmp(cell->cpu, "auto") ? (char *)cell->cpu : NULL;
	if (options.io || options.cpu) /* else they are the run's choice, too */
		options.jobs = cell->workers;
	options.simulate_latency = slow ? options.simulate_latency : 0;
	options.simulate_bandwidth = slow ? options.simulate_bandwidth : 0;
	return options;
}

/* What earlier runs have written goes to disk now, not while this one is being measured. */
static void settle(const struct bench *bench)
{
	int fd = open(bench->sample.scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}

static void prepare_cache(struct bench *bench, const struct cell *cell, size_t count)
{
	double stayed;

	if (cell->is.store != IMGBATCH_BENCH_COLD) {
		cache_fill(&bench->sample, bench->filled, count);
		bench->filled = bench->filled > count ? bench->filled : count;
		return;
	}
	settle(bench);
	stayed = cache_drop(&bench->sample, count);
	if (stayed > bench->stayed)
		bench->stayed = stayed;
	bench->filled = 0;
}

int bench_run(struct bench *bench, struct cell *cell, size_t count,
	struct imgbatch_summary *summary, struct fault *fault)
{
	struct imgbatch_fault why = {0};
	int code = sample_list(&bench->sample, count, fault);

	if (code)
		return code;
	prepare_cache(bench, cell, count);
	bench->batch->options = run_options(bench, &cell->is);
	code = imgbatch_run(bench->batch, NULL, summary, &why);
	bench->batch->options = bench->wanted;
	if (code == IMGBATCH_E_CANCELED || atomic_load(&bench->batch->stopped)) {
		bench->stopped = true;
		return 0;
	}
	if (code == IMGBATCH_E_ENGINE) {
		cell_cannot(cell, why.detail);
		return 0;
	}
	if (code)
		return fault_set(fault, code, "%s", why.detail);
	if (!(summary->ok + summary->failed))
		return fault_set(fault, IMGBATCH_E_NOTHING,
			"no image among the first %zu of the sample", count);
	if (summary->failed > bench->failed) {
		bench->failed = (unsigned)summary->failed;
		bench->failed_of = (unsigned)(summary->ok + summary->failed);
	}
	cell->is.chose_io = summary->io;
	cell->is.chose_cpu = summary->cpu;
	return 1;
}
