/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is measured of jobs as they pass: how long each waited and was worked on, what their workers waited for
 * meanwhile (measure/account.h), and how full everything is. Nothing here decides anything.
 */
#include "sched/inner.h"

#include "base/clock.h"

static bool off(const struct sched *sched)
{
	return !sched->tally.out;
}

static void passed(const struct sched *sched, const struct job *job)
{
	if (sched->client->passed)
		sched->client->passed(sched->client->ctx, job);
}

static void queued_until(struct seat *seat, uint64_t begun_ns)
{
	if (begun_ns > seat->queued_ns)
		seat->job.spent.queue_ns += begun_ns - seat->queued_ns;
}

void watch_taken(struct sched *sched, struct seat *seat)
{
	if (off(sched))
		return;
	seat->way = (struct account_way){.blocked = sched->blocked,
		.before = IMGBATCH_IDLE_INPUT,
		.held = IMGBATCH_IDLE_HANDOFF,
		.taken_ns = clock_ns()};
	seat->job.spent.taken_ns = seat->queued_ns = seat->way.taken_ns;
}

void watch_io_submitted(struct sched *sched, struct seat *seat)
{
	(void)sched;
	seat->job.io = (struct spent_io){0};
}

static void add_io(struct spent_job *sum, struct spent *spent, const struct spent_io *io)
{
	spent->wall_ns += io->ended_ns - io->begun_ns;
	spent->cpu_ns += io->cpu_ns;
	sum->io_minor_faults += io->minor_faults;
	sum->io_major_faults += io->major_faults;
}

void watch_read(struct sched *sched, struct seat *seat)
{
	struct job *job = &seat->job;
	uint64_t bytes = 0;

	if (off(sched) || !job->io.begun_ns)
		return;
	queued_until(seat, job->io.begun_ns);
	add_io(&job->spent, &job->spent.read, &job->io);
	for (uint32_t i = 0; i < job->read_done; i++)
		bytes += job->read[i].got.length;
	tally_read(&sched->tally, &job->io, job->read_done, bytes);
	seat->way.ready_ns = seat->queued_ns = job->io.ended_ns;
	passed(sched, job);
}

void watch_work_submitted(struct sched *sched, struct seat *seat)
{
	seat->job.worker = JOB_NO_WORKER;
	if (!off(sched))
		seat->way.submitted_ns = clock_ns();
}

static uint64_t helped(void *ctx, uint32_t worker)
{
	const struct sched *sched = ctx;
	const struct cpu_engine *cpu = sched->settings.cpu;

	return cpu->helped ? cpu->helped(sched->cpu, worker) : 0;
}

/* It was in hand until the span's end; what follows waits from then on. */
static void worked(struct sched *sched, struct seat *seat, const struct account_span *span)
{
	struct job *job = &seat->job;

	job->spent.worker = job->worker;
	job->worked_from_ns = span->begun_ns;
	job->worked_to_ns = span->ended_ns;
	if (!span->ended_ns)
		return;
	queued_until(seat, span->begun_ns);
	seat->queued_ns = span->ended_ns;
	passed(sched, job);
}

void watch_work(struct sched *sched, struct seat *seat)
{
	struct job *job = &seat->job;
	struct account_span span;
	uint64_t now;

	if (off(sched) || job->worker == JOB_NO_WORKER || job->code == IMGBATCH_E_CANCELED)
		return;
	now = clock_ns();
	if (job->code) {
		span = tally_lost(&sched->tally, job->worker, &seat->way, now);
	} else {
		spent_work_add(&job->spent.work, &job->reply.spent);
		span = tally_work(&sched->tally, job->worker, &seat->way, &job->reply.spent,
			helped(sched, job->worker), now);
	}
	worked(sched, seat, &span);
}

void watch_write(struct sched *sched, struct seat *seat)
{
	struct job *job = &seat->job;
	uint64_t bytes = 0;

	if (off(sched) || !job->io.begun_ns)
		return;
	queued_until(seat, job->io.begun_ns);
	add_io(&job->spent, &job->spent.write, &job->io);
	for (uint32_t i = 0; i < job->written; i++)
		bytes += job->write[i].bytes.length;
	tally_write(&sched->tally, &job->io, job->written, bytes);
	seat->queued_ns = job->io.ended_ns;
	passed(sched, job);
}

void watch_again(struct sched *sched, struct seat *seat, enum imgbatch_idle before)
{
	if (off(sched))
		return;
	seat->way.before = before;
	seat->way.held = IMGBATCH_IDLE_HANDOFF;
	seat->way.ready_ns = seat->queued_ns = clock_ns();
}

void watch_finished(struct sched *sched, const struct seat *seat)
{
	if (!off(sched))
		tally_image(&sched->tally, &seat->job.spent, clock_ns());
}

/* Beyond shares, unless a job was promised all there is. */
static uint64_t granted(const struct sched *sched)
{
	return sched->memory.large == UINT64_MAX ? sched->memory.total : sched->memory.large;
}

void watch_levels(struct sched *sched)
{
	struct imgbatch_levels *levels;
	unsigned waiting = sched->to_work.count + sched->to_grant.count;

	if (off(sched))
		return;
	levels = &sched->tally.out->levels;
	tally_levels(&sched->tally, clock_ns());
	level_set(&levels->reading, sched->io_busy - sched->writing);
	level_set(&levels->ready, waiting);
	level_set(&levels->working, sched->cpu_busy);
	level_set(&levels->held, sched->short_of_memory ? waiting : 0);
	level_set(&levels->finished, sched->to_write.count);
	level_set(&levels->writing, sched->writing);
	level_set(&levels->slots, sched->live);
	level_set(&levels->slot_bytes, sched->memory.pages);
	level_set(&levels->granted, granted(sched));
}

/* All seats are taken, or all places with the I/O engine: by what? */
static enum imgbatch_idle crowd(const struct sched *sched)
{
	unsigned out = sched->writing + sched->to_write.count;
	unsigned in = sched->io_busy - sched->writing;

	if (sched->cpu_busy >= sched->settings.workers)
		return IMGBATCH_IDLE_HANDOFF;
	return out > in ? IMGBATCH_IDLE_OUTPUT : IMGBATCH_IDLE_INPUT;
}

void watch_blocked(struct sched *sched)
{
	if (sched->free_count && flow_read_room(sched) && !memory_read_ok(sched))
		sched->blocked = IMGBATCH_IDLE_MEMORY;
	else
		sched->blocked = crowd(sched);
	if (sched->short_of_memory) {
		for (struct seat *seat = sched->to_work.first; seat;
			seat = (struct seat *)seat->job.next)
			seat->way.held = IMGBATCH_IDLE_MEMORY;
		for (struct seat *seat = sched->to_grant.first; seat;
			seat = (struct seat *)seat->job.next)
			seat->way.held = IMGBATCH_IDLE_MEMORY;
	}
}

void watch_end(struct sched *sched)
{
	tally_end(&sched->tally, clock_ns(), helped, sched);
}

void sched_now(const struct sched *sched, struct sched_now *now)
{
	unsigned workers = sched->settings.workers;

	*now = (struct sched_now){
		.reading = sched->io_busy - sched->writing,
		.ready = sched->to_work.count + sched->to_grant.count,
		.working = sched->cpu_busy,
		.finished = sched->to_write.count,
		.writing = sched->writing,
		.starving = sched->cpu_busy < workers ? workers - sched->cpu_busy : 0,
		.exhausted = sched->exhausted,
		.blocked = sched->blocked,
	};
}
