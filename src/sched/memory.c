/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: one budget for the whole run.
 *
 *	budget ─┬─ pages of the slots: an eighth, or a MiB a slot when that is more
 *	        └─ workers: equal shares; a job that needs more waits until the shares of those running, and what
 *	           was promised to others, leave room; while one waits, no job may start that would keep it waiting
 *
 * What needs more than the whole budget is refused by comparing with the budget itself, so that the verdict does
 * not depend on engines or on the number of workers. What needs less always runs: alone, in the end.
 */
#include "sched/inner.h"

enum {
	TRIM_ABOVE = 8
		<< 20, /* giving pages back costs 0.2 ms a MiB and touching them again 0.7: rarely worth it */
	TRIM_LEAST = 2 << 20,
	TRIM_KEEP = 1 << 20, /* of each room */
	PAGES_PART = 8, /* of the budget: one in this many */
};

uint32_t memory_seats(const struct sched_settings *settings, uint32_t wanted)
{
	uint64_t most = settings->memory / PAGES_PART / SEAT_PAGES;

	if (!settings->memory || most >= wanted)
		return wanted;
	return most < 3 ? 3 : (uint32_t)most;
}

void memory_init(struct sched *sched)
{
	uint64_t budget = sched->settings.memory;
	struct memory *memory = &sched->memory;

	memory->share = UINT64_MAX;
	memory->trim_above = TRIM_ABOVE;
	if (!budget)
		return;
	memory->page_budget = budget / PAGES_PART;
	if (memory->page_budget < (uint64_t)sched->seat_count * SEAT_PAGES)
		memory->page_budget = (uint64_t)sched->seat_count * SEAT_PAGES;
	memory->total = budget > 2 * memory->page_budget ? budget - memory->page_budget
							 : budget / 2;
	memory->share = memory->total / sched->settings.workers;
	memory_room(sched,
		sched->adapt.on ? sched->cpu_capacity + sched->io_limit + SEATS_SPARE
				: sched->seat_count);
}

void memory_room(struct sched *sched, unsigned seats)
{
	struct memory *memory = &sched->memory;
	uint64_t each = memory->page_budget /
		(seats < sched->seat_count ? seats : sched->seat_count);

	if (!memory->page_budget)
		return;
	memory->trim_above = each < TRIM_LEAST ? TRIM_LEAST : each < TRIM_ABOVE ? each : TRIM_ABOVE;
}

uint64_t memory_expected(const struct sched *sched)
{
	return sched->adapt.on ? sched->adapt.expected : SEAT_PAGES;
}

bool memory_read_ok(const struct sched *sched)
{
	const struct memory *memory = &sched->memory;

	return !memory->page_budget || sched->live == 0 ||
		memory->pages + memory_expected(sched) <= memory->page_budget;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* What `normal` jobs within their share may have out at once: only one a worker runs. */
static uint64_t normal_memory(const struct sched *sched, unsigned normal)
{
	unsigned workers = sched->settings.workers;

	return sched->memory.share * (normal < workers ? normal : workers);
}

bool memory_work_ok(const struct sched *sched, const struct seat *seat)
{
	const struct memory *memory = &sched->memory;
	uint64_t after;

	if (!memory->total || sched->cpu_busy == 0)
		return true;
	after = add_capped(
		memory->large, normal_memory(sched, memory->normal + (seat->need ? 0 : 1)));
	if (seat->need)
		return add_capped(after, seat->need) <= memory->total;
	/* One that waits for a grant comes first: leave its room free. */
	if (sched->to_grant.first)
		after = add_capped(after, sched->to_grant.first->need);
	return after <= memory->total;
}

void memory_work_begin(struct sched *sched, struct seat *seat)
{
	seat->large = seat->need != 0;
	if (seat->large)
		sched->memory.large = add_capped(sched->memory.large, seat->need);
	else
		sched->memory.normal++;
}

void memory_work_end(struct sched *sched, struct seat *seat)
{
	if (!seat->large)
		sched->memory.normal--;
	else if (sched->memory.large == UINT64_MAX)
		sched->memory.large = 0; /* such a job runs alone */
	else
		sched->memory.large -= seat->need;
	seat->large = false;
}

static uint64_t end_of(struct extent e)
{
	return e.offset + e.length;
}

static void raise_to(uint64_t *most, uint64_t value)
{
	if (*most < value)
		*most = value;
}

static void pages_count(struct sched *sched, struct seat *seat, uint64_t pages)
{
	sched->memory.pages += pages - seat->pages;
	seat->pages = pages;
}

void memory_touched(struct sched *sched, struct seat *seat)
{
	const struct job *job = &seat->job;
	uint64_t output = slot_output_room(&sched->slots).offset;

	for (uint32_t i = 0; i < job->read_count; i++)
		raise_to(&seat->in_touched, end_of(job->read[i].got));
	if (job->phase == JOB_WORK && job->code == 0)
		for (uint32_t i = 0; i < job->reply.output_count; i++) {
			const struct task_output *out = &job->reply.output[i];

			raise_to(&seat->out_touched, end_of(out->bytes) - output);
			if (out->recipe.length)
				raise_to(&seat->out_touched, end_of(out->recipe) - output);
			if (out->mask.length)
				raise_to(&seat->out_touched, end_of(out->mask) - output);
		}
	else if (job->phase == JOB_WORK && job->code)
		seat->out_touched = sched->slots.size - output; /* a dead worker does not say */
	pages_count(sched, seat,
		seat->in_touched + seat->out_touched > SEAT_PAGES && !job->code
			? seat->in_touched + seat->out_touched
			: SEAT_PAGES);
}

void memory_release(struct sched *sched, struct seat *seat)
{
	pages_count(sched, seat, 0);
	if (seat->in_touched + seat->out_touched <= sched->memory.trim_above)
		return;
	slot_trim(&sched->slots, seat->job.slot, seat->in_touched, seat->out_touched, TRIM_KEEP);
	seat->in_touched = seat->in_touched < TRIM_KEEP ? seat->in_touched : TRIM_KEEP;
	seat->out_touched = seat->out_touched < TRIM_KEEP ? seat->out_touched : TRIM_KEEP;
}
