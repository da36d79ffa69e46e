/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job's steps. Engines are handed what they have room for, writes first: a finished write frees a slot.
 * Each step ends in another list, in the other engine's hands, or in finish().
 */
#include "sched/inner.h"

#include "base/fault.h"

#include <string.h>

enum { INPUT_ALIGN = 64 };

static void lane_add(struct lane *lane, struct seat *seat)
{
	seat->job.next = NULL;
	if (lane->last)
		lane->last->job.next = &seat->job;
	else
		lane->first = seat;
	lane->last = seat;
	lane->count++;
}

static struct seat *lane_pop(struct lane *lane)
{
	struct seat *seat = lane->first;

	if (!seat)
		return NULL;
	lane->first = (struct seat *)seat->job.next;
	if (!lane->first)
		lane->last = NULL;
	lane->count--;
	return seat;
}

void run_end(struct sched *sched, int code, const char *detail)
{
	if (!sched->code) {
		sched->code = code;
		fault_set(&sched->fault, code, "%s", detail);
	}
	sched->exhausted = true;
}

/* The job's end: tells the client, and the seat is free. */
static void finish(struct sched *sched, struct seat *seat, const struct sched_outcome *outcome)
{
	int stop = sched->client->finished(sched->client->ctx, &seat->job, outcome);

	if (stop)
		run_end(sched, stop < 0 ? stop : IMGBATCH_E_CANCELED, "stopped");
	watch_finished(sched, seat);
	memory_release(sched, seat);
	seat->live = false;
	sched->live--;
	sched->stats.jobs++;
	sched->free_seats[sched->free_count++] = seat->job.slot;
}

static void finish_ok(struct sched *sched, struct seat *seat)
{
	finish(sched, seat, &(struct sched_outcome){.stage = STAGE_WRITE, .detail = ""});
}

static void finish_fault(
	struct sched *sched, struct seat *seat, enum task_stage stage, const struct fault *fault)
{
	finish(sched, seat,
		&(struct sched_outcome){fault->code, stage, fault->detail, seat->job.error});
}

static void finish_canceled(struct sched *sched, struct seat *seat)
{
	static const enum task_stage stages[] = {
		[JOB_READ] = STAGE_READ, [JOB_WORK] = STAGE_DECODE, [JOB_WRITE] = STAGE_WRITE};

	finish(sched, seat,
		&(struct sched_outcome){IMGBATCH_E_CANCELED, stages[seat->job.phase],
			code_text(IMGBATCH_E_CANCELED), 0});
}

/* Starting */

static void submit_io(struct sched *sched, struct seat *seat, enum job_phase phase)
{
	seat->job.phase = phase;
	sched->io_busy++;
	sched->writing += phase == JOB_WRITE;
	seat->far = sched->io_now != &sched->io[0];
	watch_io_submitted(sched, seat);
	sched->io_now->engine->submit(sched->io_now->io, &seat->job);
}

static void submit_work(struct sched *sched, struct seat *seat)
{
	seat->job.request.granted = seat->need && seat->need != UINT64_MAX ? seat->need
									   : sched->memory.share;
	memory_work_begin(sched, seat);
	sched->cpu_busy++;
	watch_work_submitted(sched, seat);
	sched->settings.cpu->submit(sched->cpu, &seat->job);
}

/* Where reads may be many and slow, writes do not wait for them to come back. */
static bool write_room(const struct sched *sched)
{
	return (sched->adapt.on ? sched->writing : sched->io_busy) < sched->io_capacity;
}

bool flow_read_room(const struct sched *sched)
{
	unsigned reading = sched->io_busy - sched->writing;

	if (!sched->adapt.on)
		return sched->io_busy < sched->io_capacity;
	return reading < sched->io_limit &&
		sched->live < sched->cpu_capacity + sched->io_limit + SEATS_SPARE;
}

static void start_writes(struct sched *sched)
{
	while (sched->to_write.first && write_room(sched))
		submit_io(sched, lane_pop(&sched->to_write), JOB_WRITE);
}

/* Takes the job with the largest input out of a lane. Lanes are no longer than there are slots. */
static struct seat *lane_pop_largest(struct lane *lane)
{
	struct job **largest = NULL, *before = NULL, *taken;
	struct job *first = lane->first ? &lane->first->job : NULL;

	for (struct job **link = &first, *previous = NULL; *link;
		previous = *link, link = &(*link)->next)
		if (!largest ||
			(*link)->request.input[0].length > (*largest)->request.input[0].length) {
			largest = link;
			before = previous;
		}
	if (!largest)
		return NULL;
	taken = *largest;
	*largest = taken->next;
	lane->count--;
	lane->first = (struct seat *)first;
	if (lane->last == (struct seat *)taken)
		lane->last = (struct seat *)before;
	return (struct seat *)taken;
}

/*
 * The tail of a run, when no input is left to read: the largest images go first, and none is queued behind another at
 * a worker, so that no core idles while a small image waits behind a large one.
 */
static bool in_tail(const struct sched *sched)
{
	return sched->exhausted;
}

static unsigned work_room(const struct sched *sched)
{
	unsigned workers = sched->settings.workers;

	return in_tail(sched) && workers < sched->cpu_capacity ? workers : sched->cpu_capacity;
}

static void start_work(struct sched *sched)
{
	sched->short_of_memory = false;
	while (sched->cpu_busy < work_room(sched)) {
		struct lane *lane = &sched->to_grant;

		if (!lane->first || !memory_work_ok(sched, lane->first))
			lane = &sched->to_work;
		if (!lane->first || !memory_work_ok(sched, lane->first)) {
			sched->short_of_memory = lane->first || sched->to_grant.first;
			return;
		}
		submit_work(sched,
			lane == &sched->to_work && in_tail(sched) ? lane_pop_largest(lane)
								  : lane_pop(lane));
	}
}

/* Empties the seat for its next job; what its slot holds in memory stays known. */
static struct seat *seat_take(struct sched *sched)
{
	uint32_t index = sched->free_seats[sched->free_count - 1];
	struct seat *seat = &sched->seats[index];
	struct seat fresh = {
		.in_touched = seat->in_touched,
		.out_touched = seat->out_touched,
		.pages = 0,
	};

	fresh.job.slot = index;
	fresh.job.bytes = slot_bytes(&sched->slots, index);
	*seat = fresh;
	return seat;
}

/* Asks the client for one input. False: there is none. */
static bool read_next(struct sched *sched)
{
	struct seat *seat = seat_take(sched);
	int got = sched->client->next(sched->client->ctx, &seat->job);

	if (got <= 0) {
		sched->exhausted = true;
		if (got < 0)
			run_end(sched, got, code_text(got));
		return false;
	}
	sched->free_count--;
	sched->live++;
	seat->live = true;
	seat->pages = memory_expected(sched);
	sched->memory.pages += seat->pages;
	watch_taken(sched, seat);
	submit_io(sched, seat, JOB_READ);
	return true;
}

static void start_reads(struct sched *sched)
{
	while (!sched->exhausted && sched->free_count && flow_read_room(sched) &&
		memory_read_ok(sched))
		if (!read_next(sched))
			return;
}

void flow_start(struct sched *sched)
{
	start_writes(sched);
	start_work(sched);
	start_reads(sched);
	watch_blocked(sched);
	if (sched->io_now->engine->flush)
		sched->io_now->engine->flush(sched->io_now->io);
	if (sched->settings.cpu->flush)
		sched->settings.cpu->flush(sched->cpu);
}

/* Stopping */

static void lane_give_up(struct sched *sched, struct lane *lane)
{
	struct seat *seat;

	while ((seat = lane_pop(lane)))
		finish_canceled(sched, seat);
}

void flow_stop(struct sched *sched)
{
	sched->stopping = true;
	sched->exhausted = true;
	lane_give_up(sched, &sched->to_work);
	lane_give_up(sched, &sched->to_grant);
	lane_give_up(sched, &sched->to_write);
	for (int i = 0; i < 2; i++)
		if (sched->io[i].io && sched->io[i].engine->cancel)
			sched->io[i].engine->cancel(sched->io[i].io);
	if (sched->settings.cpu->cancel)
		sched->settings.cpu->cancel(sched->cpu);
}

/* Ends the run for a reason that an engine gave, and this job with it. */
static void finish_run(struct sched *sched, struct seat *seat, const struct fault *fault)
{
	run_end(sched, fault->code, fault->detail);
	finish_canceled(sched, seat);
	if (!sched->stopping)
		flow_stop(sched);
}

/* READ is over. */

static void prepare_work(struct sched *sched, struct seat *seat)
{
	struct job *job = &seat->job;
	struct task_request *request = &job->request;

	job->phase = JOB_WORK;
	request->seq = job->seq;
	request->slot = job->slot;
	request->input_count = job->read_count;
	for (uint32_t i = 0; i < job->read_count; i++) {
		request->input[i] = job->read[i].got;
		if (job->read[i].oversize)
			request->flags |= i ? TASK_OVERSIZE_BESIDE : TASK_OVERSIZE;
	}
	request->room = slot_output_room(&sched->slots);
}

/* Behind what was read. */
static struct extent room_left(const struct sched *sched, const struct job *job)
{
	uint64_t begin = 0, end = sched->slots.input_room;

	for (uint32_t i = 0; i < job->read_count; i++)
		begin = job->read[i].got.offset + job->read[i].got.length;
	begin = (begin + INPUT_ALIGN - 1) / INPUT_ALIGN * INPUT_ALIGN;
	return (struct extent){begin < end ? begin : end, begin < end ? end - begin : 0};
}

/* Inputs are there: the client's own are added, and the job may be worked on. */
static void begin_work(struct sched *sched, struct seat *seat)
{
	const struct sched_client *client = sched->client;
	struct job *job = &seat->job;
	struct fault fault = {0};

	memory_touched(sched, seat);
	adapt_read(sched, seat);
	prepare_work(sched, seat);
	if (client->ready)
		fault.code = client->ready(client->ctx, job, room_left(sched, job), &fault);
	if (fault.code)
		finish_fault(sched, seat, STAGE_READ, &fault);
	else
		lane_add(&sched->to_work, seat);
}

static void read_completed(struct sched *sched, struct seat *seat)
{
	struct fault fault = {0};

	watch_read(sched, seat);
	if (seat->job.code == IMGBATCH_E_CANCELED || (sched->stopping && !seat->job.code)) {
		finish_canceled(sched, seat);
	} else if (seat->job.code == IMGBATCH_E_SYSTEM) { /* nor could any other input be read */
		verdict_read(&seat->job, &fault);
		finish_run(sched, seat, &fault);
	} else if (seat->job.code) {
		verdict_read(&seat->job, &fault);
		finish_fault(sched, seat, STAGE_READ, &fault);
	} else {
		begin_work(sched, seat);
	}
}

/* WORK is over. */

/* Outputs are ready: written after the client has named them, or the work goes on when there are none. */
static void work_ready(struct sched *sched, struct seat *seat)
{
	const struct sched_client *client = sched->client;
	struct job *job = &seat->job;
	struct fault fault = {0};
	int code = 0;

	job->write_count = 0;
	job->written = 0;
	if (client->plan_writes)
		code = client->plan_writes(client->ctx, job, &fault);
	if (code) {
		fault.code = code;
		finish_fault(sched, seat, STAGE_WRITE, &fault);
		return;
	}
	job->phase = JOB_WRITE;
	job->code = 0;
	job->error = 0;
	if (job->write_count)
		lane_add(&sched->to_write, seat);
	else
		flow_completed(sched, job);
}

/* By the header, then by doubling: a work that asks more often only wants to keep us busy. */
enum { NEEDS_MAX = 64 };

static void work_needs(struct sched *sched, struct seat *seat)
{
	uint64_t need = seat->job.reply.need;
	bool again = ++seat->needs > NEEDS_MAX;
	struct fault fault;

	sched->stats.needs++;
	if (need <= sched->settings.memory && !again) {
		seat->need = need;
		watch_again(sched, seat, IMGBATCH_IDLE_HANDOFF);
		lane_add(&sched->to_grant, seat);
		return;
	}
	if (again)
		fault_set(&fault, IMGBATCH_E_LIMIT_MEMORY, "asks for more memory again and again");
	else
		fault_set(&fault, IMGBATCH_E_LIMIT_MEMORY,
			"needs %.1f MiB, the whole run may use %.1f", (double)need / 1048576,
			(double)sched->settings.memory / 1048576);
	finish_fault(sched, seat, STAGE_DECODE, &fault);
}

static void work_failed(struct sched *sched, struct seat *seat)
{
	struct fault fault = {.code = seat->job.reply.code};

	memcpy(fault.detail, seat->job.reply.detail, sizeof fault.detail);
	finish_fault(sched, seat, (enum task_stage)seat->job.reply.stage, &fault);
}

/* A worker was lost on this job: once more, alone; then it is the image's fault. */
static void work_died(struct sched *sched, struct seat *seat)
{
	struct job *job = &seat->job;
	struct fault fault;

	sched->stats.deaths++;
	if (seat->deaths++ == 0 && !sched->stopping) {
		sched->stats.retries++;
		job->alone = true;
		if (job->code == IMGBATCH_E_MEMORY)
			seat->need = UINT64_MAX; /* nothing else runs beside it */
		watch_again(sched, seat, IMGBATCH_IDLE_HANDOFF);
		lane_add(seat->need ? &sched->to_grant : &sched->to_work, seat);
		return;
	}
	verdict_death(sched, job, &fault);
	finish_fault(sched, seat, STAGE_DECODE, &fault);
}

static void work_lost(struct sched *sched, struct seat *seat)
{
	struct fault fault;

	fault_set(&fault, seat->job.code, "%s", seat->job.reply.detail);
	finish_run(sched, seat, &fault);
}

static void work_answered(struct sched *sched, struct seat *seat)
{
	switch ((enum task_status)seat->job.reply.status) {
	case TASK_DONE:
	case TASK_MORE:
		work_ready(sched, seat);
		return;
	case TASK_NEED:
		work_needs(sched, seat);
		return;
	case TASK_FAIL:
		work_failed(sched, seat);
		return;
	}
}

static void work_completed(struct sched *sched, struct seat *seat)
{
	memory_touched(sched, seat);
	watch_work(sched, seat);
	switch (seat->job.code) {
	case 0:
		/* A verdict that is there is told, also while stopping; what would go on is not. */
		if (sched->stopping && seat->job.reply.status != TASK_FAIL)
			finish_canceled(sched, seat);
		else
			work_answered(sched, seat);
		return;
	case IMGBATCH_E_CRASH:
	case IMGBATCH_E_TIMEOUT:
	case IMGBATCH_E_MEMORY:
		work_died(sched, seat);
		return;
	case IMGBATCH_E_CANCELED:
		finish_canceled(sched, seat);
		return;
	default:
		work_lost(sched, seat);
		return;
	}
}

/* WRITE is over. */

static void write_completed(struct sched *sched, struct seat *seat)
{
	const struct sched_client *client = sched->client;
	struct job *job = &seat->job;

	if (job->reply.status != TASK_MORE) {
		finish_ok(sched, seat);
		return;
	}
	sched->stats.mores++;
	if (client->wrote)
		client->wrote(client->ctx, job);
	job->phase = JOB_WORK;
	job->request.from = job->reply.next;
	watch_again(sched, seat, IMGBATCH_IDLE_OUTPUT);
	if (sched->stopping)
		finish_canceled(sched, seat);
	else
		lane_add(seat->need ? &sched->to_grant : &sched->to_work, seat);
}

static void write_failed(struct sched *sched, struct seat *seat)
{
	struct fault fault = {0};

	if (seat->job.code == IMGBATCH_E_CANCELED) {
		finish_canceled(sched, seat);
		return;
	}
	verdict_write(&seat->job, &fault);
	/* The disk's refusal is not the image's fault: it is told once, as the run's end. */
	if (fault.code == IMGBATCH_E_WRITE)
		finish_run(sched, seat, &fault);
	else
		finish_fault(sched, seat, STAGE_WRITE, &fault);
}

void flow_completed(struct sched *sched, struct job *job)
{
	struct seat *seat = (struct seat *)job;

	switch (job->phase) {
	case JOB_READ:
		read_completed(sched, seat);
		return;
	case JOB_WORK:
		work_completed(sched, seat);
		return;
	case JOB_WRITE:
		if (job->write_count)
			watch_write(sched, seat);
		if (job->code)
			write_failed(sched, seat);
		else
			write_completed(sched, seat);
		return;
	}
}
