/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/account.h"

void account_init(struct account *account, uint64_t now_ns)
{
	*account = (struct account){.until_ns = now_ns};
}

/* Accounts for the time until `moment`, if that is later than what is accounted for. */
static uint64_t until(struct account *account, uint64_t moment)
{
	uint64_t span = moment > account->until_ns ? moment - account->until_ns : 0;

	account->until_ns += span;
	return span;
}

/*
 * Help that the engine has counted since the last time: taken from what follows, which is time without an image.
 * What cannot have passed yet is left for later.
 */
static void help(struct account *account, struct imgbatch_worker_profile *row, uint64_t helped_ns,
	uint64_t begun_ns)
{
	uint64_t more = helped_ns > account->helped_ns ? helped_ns - account->helped_ns : 0;
	uint64_t room = begun_ns > account->until_ns ? begun_ns - account->until_ns : 0;

	if (more > room)
		more = room;
	account->helped_ns += more;
	account->until_ns += more;
	row->help_ns += more;
}

static void wait(struct account *account, struct imgbatch_worker_profile *row,
	const struct account_way *way, uint64_t begun_ns)
{
	const struct {
		uint64_t moment;
		enum imgbatch_idle why;
	} parts[] = {{way->taken_ns, way->blocked}, {way->ready_ns, way->before},
		{way->submitted_ns, way->held}, {begun_ns, IMGBATCH_IDLE_HANDOFF}};

	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
		uint64_t end = parts[i].moment < begun_ns ? parts[i].moment : begun_ns;

		row->idle_ns[parts[i].why] += until(account, end);
	}
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* The parts of a span by the stages' shares of the whole, as the worker has told them. */
static void by_stage(
	struct imgbatch_worker_profile *row, const struct spent_work *work, uint64_t span)
{
	static const enum imgbatch_stage names[] = {[SPENT_PLAN] = IMGBATCH_STAGE_PLAN,
		[SPENT_DECODE] = IMGBATCH_STAGE_DECODE,
		[SPENT_ENCODE] = IMGBATCH_STAGE_ENCODE};
	uint64_t left = span, whole = 0;

	for (unsigned i = 0; i < SPENT_STAGES && left; i++) {
		uint64_t part = clamp(work->stage[i].wall_ns, 0, left);

		row->stage_ns[names[i]] += part;
		left -= part;
	}
	for (unsigned i = 0; i < work->operation_count; i++)
		whole += work->operation[i].spent.wall_ns;
	whole = clamp(whole, 0, left);
	row->stage_ns[IMGBATCH_STAGE_OPERATIONS] += whole;
	row->stage_ns[IMGBATCH_STAGE_PLAN] += left - whole; /* what no stage has claimed */
}

struct account_span account_work(struct account *account, struct imgbatch_worker_profile *row,
	const struct account_way *way, const struct spent_work *work, uint64_t helped_ns,
	uint64_t now_ns)
{
	uint64_t low = account->until_ns > way->submitted_ns ? account->until_ns
							     : way->submitted_ns;
	uint64_t begun = clamp(work->begun_ns, low < now_ns ? low : now_ns, now_ns);
	uint64_t ended = clamp(work->ended_ns, begun, now_ns);

	help(account, row, helped_ns, begun);
	wait(account, row, way, begun);
	row->images++;
	by_stage(row, work, until(account, ended));
	return (struct account_span){begun, ended};
}

struct account_span account_lost(struct account *account, struct imgbatch_worker_profile *row,
	const struct account_way *way, uint64_t now_ns)
{
	uint64_t lost;

	wait(account, row, way, way->submitted_ns < now_ns ? way->submitted_ns : now_ns);
	row->images++;
	lost = until(account, now_ns);
	row->idle_ns[IMGBATCH_IDLE_LOST] += lost;
	return (struct account_span){account->until_ns - lost, account->until_ns};
}

void account_end(struct account *account, struct imgbatch_worker_profile *row, uint64_t helped_ns,
	const struct account_close *close)
{
	help(account, row, helped_ns, close->now_ns);
	row->idle_ns[IMGBATCH_IDLE_INPUT] += until(account, close->read_ns);
	row->idle_ns[IMGBATCH_IDLE_TAIL] += until(account, close->worked_ns);
	row->idle_ns[IMGBATCH_IDLE_END] += until(account, close->now_ns);
}
