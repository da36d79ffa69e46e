/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results go into the ledger once their files are durable, so that no row ever claims a file that a power cut could
 * take:
 *
 *	gathered ─► in hand: files and folders are synced beside the run ─► rows committed ─► the ledger's log synced, likewise
 *
 * Batches are begun when they are full, and at least every few seconds. With --durability none nothing is synced, and
 * rows are committed at once.
 *
 * The ledger's log is synced on this thread where something must be known before it happens: all planned names before the
 * first file, and a name that was claimed late before its file. After a power cut the next run so knows its own files.
 */
#include "base/clock.h"
#include "run/run.h"

enum { COMMIT_NS = 2000000000 };
enum {
	GATHERED_MAX = 32 * LEDGER_BATCH
}; /* results in memory: more than these wait for the disk */

int commit_open(struct run *run)
{
	struct durable_settings settings = {
		.dir = run->out_dir,
		.files = run->options->durability == DURABILITY_BATCH,
		.journal = SINK_LEDGER_LOG,
	};
	struct durable *durable;
	int code;

	if (run->options->dry_run || run->options->durability == DURABILITY_NONE)
		return 0;
	code = durable_open(&run->durable, &settings, &run->fault);
	if (code)
		return code;
	durable = run->durable;
	/* The ledger's name, too: its folder is on the way to its log. */
	if (durable_add(durable, SINK_LEDGER_LOG) || durable_begin(durable))
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory to plan durably");
	code = durable_poll(durable, true, &run->fault);
	return code < 0 ? code : sink_settle(run->sink, &run->fault);
}

bool commit_wanted(const struct run *run)
{
	/* What ended the run does not keep results from the ledger, unless it was the ledger, the disk or memory. */
	return !run->ended_by || run->ended_by == IMGBATCH_E_FAILURES;
}

int commit_file(struct run *run, const char *path)
{
	if (run->durable && durable_add(run->durable, path))
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a name");
	return 0;
}

int commit_removed(void *ctx, const char *path)
{
	return commit_file(ctx, path);
}

int commit_removals(void *ctx, struct fault *fault)
{
	struct run *run = ctx;
	int code;

	if (!run->durable)
		return 0;
	if (durable_begin(run->durable))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a batch");
	code = durable_poll(run->durable, true, fault);
	return code < 0 ? code : 0;
}

int commit_claim(struct run *run)
{
	return run->durable ? durable_journal(run->durable, &run->fault) : 0;
}

/* The batch in hand, once it is durable, into the ledger; whose log is next. */
static int collect(struct run *run, bool wait)
{
	size_t count = run->in_hand;
	int code = durable_poll(run->durable, wait, &run->fault);

	if (code <= 0)
		return code;
	run->in_hand = 0;
	code = ledger_commit_first(run->ledger, count, &run->fault);
	if (!code && count && durable_begin_journal(run->durable))
		code = fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a batch");
	return code;
}

static int begin(struct run *run)
{
	run->in_hand = ledger_pending(run->ledger);
	run->committed_ns = clock_ns();
	if (durable_begin(run->durable))
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a batch");
	return 0;
}

int commit_now_and_then(struct run *run)
{
	size_t gathered = ledger_pending(run->ledger) - run->in_hand;
	bool due = gathered &&
		(gathered >= LEDGER_BATCH || clock_ns() - run->committed_ns >= COMMIT_NS);
	int code = 0;

	if (!run->durable && due) {
		code = ledger_commit(run->ledger, &run->fault);
		run->committed_ns = clock_ns();
	}
	if (!run->durable)
		return code;
	code = collect(run, gathered >= GATHERED_MAX);
	return code || !due || durable_busy(run->durable) ? code : begin(run);
}

int commit_rest(struct run *run)
{
	int code = 0;

	if (!run->durable)
		return ledger_commit(run->ledger, &run->fault);
	while (!code && durable_busy(run->durable))
		code = collect(run, true);
	if (!code && ledger_pending(run->ledger))
		code = begin(run);
	while (!code && durable_busy(run->durable))
		code = collect(run, true);
	return code;
}
