/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's frame: opening the two engines, and the loop that waits. What happens to a job stands in flow.c.
 */
#include "sched/inner.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

enum { IO_JOBS_GUESS = 32 }; /* no engine has a use for more by default */

/* Slots are only address space until they are used, so enough are laid out for any engine's capacity. */
static uint32_t slots_wanted(const struct sched_settings *settings)
{
	unsigned io = settings->io_jobs ? 2 * settings->io_jobs : IO_JOBS_GUESS;

	if (io < settings->io_most)
		io = settings->io_most;

	return memory_seats(settings,
		settings->slots ? settings->slots : CPU_JOBS_EACH * settings->workers + io + 2);
}

int sched_open_io(struct sched *sched, struct io_port *port, const struct io_engine *engine,
	unsigned jobs, struct fault *fault)
{
	struct io_settings settings = {
		.jobs = jobs,
		.reading = sched->settings.profile ? &sched->tally.reading : NULL,
		.writing = sched->settings.profile ? &sched->tally.writing : NULL,
		.slots = &sched->slots,
		.done = sched->queue,
		.slow = sched->settings.slow,
		.null_bytes = sched->settings.null_bytes,
		.null_size = sched->settings.null_size,
	};

	port->engine = engine;
	return engine->open(&port->io, &settings, fault);
}

static int open_engines(struct sched *sched, struct fault *fault)
{
	const struct sched_settings *settings = &sched->settings;
	struct cpu_settings cpu = {
		.workers = settings->workers,
		.inner = settings->inner,
		.slots = &sched->slots,
		.done = sched->queue,
		.task = settings->task,
		.config = settings->config,
		.config_size = settings->config_size,
		.helper = settings->helper,
		.timeout_ms = settings->timeout_ms,
		.sandbox = settings->sandbox,
		.memory = settings->memory,
	};
	int code = settings->cpu->open(&sched->cpu, &cpu, fault);

	if (code)
		return code;
	sched->cpu_capacity = settings->cpu->capacity(sched->cpu);
	sched->io_now = &sched->io[0];
	code = sched_open_io(sched, sched->io_now, settings->io, settings->io_jobs, fault);
	if (!code)
		sched->io_limit = sched->io_capacity = settings->io->capacity(sched->io[0].io);
	return code;
}

/* Engines may have fewer than they were asked for. */
static unsigned workers_of(const struct sched *sched)
{
	unsigned workers = sched->cpu_capacity / CPU_JOBS_EACH;

	return workers ? workers : 1;
}

static int open_seats(struct sched *sched, struct fault *fault)
{
	unsigned reads = sched->settings.io_most > sched->io_capacity ? sched->settings.io_most
								      : sched->io_capacity;
	uint32_t useful = sched->cpu_capacity + reads + SEATS_SPARE;

	sched->seat_count = sched->slots.count;
	if (!sched->settings.slots && sched->seat_count > useful)
		sched->seat_count = useful;
	sched->seats = calloc(sched->seat_count, sizeof *sched->seats);
	sched->free_seats = calloc(sched->seat_count, sizeof *sched->free_seats);
	if (!sched->seats || !sched->free_seats || tally_workers(&sched->tally, workers_of(sched)))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the scheduler");
	for (uint32_t i = 0; i < sched->seat_count; i++)
		sched->free_seats[i] = sched->seat_count - 1 - i;
	sched->free_count = sched->seat_count;
	return 0;
}

int sched_open(struct sched **out, const struct sched_settings *settings, struct fault *fault)
{
	struct sched *sched = calloc(1, sizeof *sched);
	int code;

	*out = NULL;
	if (!sched)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for the scheduler");
	sched->settings = *settings;
	if (sched->settings.workers == 0)
		sched->settings.workers = 1;
	sched->slots.fd = -1;
	tally_init(&sched->tally, settings->profile);
	sched->queue = queue_new();
	code = sched->queue
		? 0
		: fault_set(fault, IMGBATCH_E_SYSTEM, "no descriptor for the scheduler");
	if (!code)
		code = slots_open(&sched->slots, slots_wanted(&sched->settings),
			settings->input_room, settings->output_room, fault);
	if (!code)
		code = open_engines(sched, fault);
	if (!code)
		code = open_seats(sched, fault);
	if (code) {
		sched_close(sched);
		return code;
	}
	adapt_open(sched);
	memory_init(sched);
	*out = sched;
	return 0;
}

void sched_close(struct sched *sched)
{
	if (!sched)
		return;
	assert(sched->live == 0);
	for (int i = 0; i < 2; i++)
		if (sched->io[i].io)
			sched->io[i].engine->close(sched->io[i].io);
	if (sched->cpu)
		sched->settings.cpu->close(sched->cpu);
	slots_close(&sched->slots);
	queue_free(sched->queue);
	free(sched->seats);
	free(sched->free_seats);
	tally_release(&sched->tally);
	free(sched);
}

void sched_stop(struct sched *sched)
{
	atomic_store(&sched->stop, true);
	queue_wake(sched->queue);
}

static void tick(struct sched *sched)
{
	const struct sched_client *client = sched->client;
	uint64_t now;

	if (!client->tick)
		return;
	now = clock_ns();
	if (now - sched->ticked_ns < (uint64_t)client->interval_ms * 1000000)
		return;
	sched->ticked_ns = now;
	client->tick(client->ctx);
}

/*
 * How many completions are worth waking up for. While every worker has jobs queued behind the one in hand, what comes
 * back may gather: no worker runs dry as long as fewer come back than each has in store.
 */
static unsigned worth_waking(const struct sched *sched)
{
	unsigned each = sched->cpu_busy / sched->settings.workers;

	return each > 2 ? each - 1 : 1;
}

/* Takes what the engines have handed back, waiting only when they have work and too little is ready. */
static void take_completed(struct sched *sched)
{
	const struct sched_client *client = sched->client;
	int timeout = client->tick && client->interval_ms ? (int)client->interval_ms : -1;
	struct job *next;

	timeout = adapt_timeout(sched, timeout);
	assert(sched->io_busy + sched->cpu_busy > 0);
	for (struct job *job = queue_take(sched->queue, worth_waking(sched), timeout); job;
		job = next) {
		next = job->next;
		if (job->phase == JOB_WORK) {
			sched->cpu_busy--;
			memory_work_end(sched, (struct seat *)job);
		} else {
			sched->io_busy--;
			sched->writing -= job->phase == JOB_WRITE;
			job->io.row += ((struct seat *)job)->far ? FAR_ROWS : 0;
		}
		flow_completed(sched, job);
	}
}

int sched_run(struct sched *sched, const struct sched_client *client, struct fault *fault)
{
	sched->client = client;
	sched->ticked_ns = clock_ns();
	tally_begin(&sched->tally, sched->ticked_ns);
	for (;;) {
		if (atomic_load(&sched->stop) && !sched->stopping) {
			run_end(sched, IMGBATCH_E_CANCELED, "stopped on request");
			flow_stop(sched);
		}
		if (!sched->stopping)
			flow_start(sched);
		watch_levels(sched);
		if (sched->live == 0)
			break;
		adapt_waits(sched);
		take_completed(sched);
		adapt_waited(sched);
		tick(sched);
	}
	watch_end(sched);
	adapt_tell(sched);
	sched->client = NULL;
	if (sched->code)
		fault_set(fault, sched->code, "%s", sched->fault.detail);
	return sched->code;
}

void sched_stats(const struct sched *sched, struct sched_stats *stats)
{
	*stats = sched->stats;
	stats->workers = sched->settings.workers;
	stats->slots = sched->seat_count;
	stats->io_capacity = sched->adapt.on ? sched->io_limit : sched->io_capacity;
	stats->io = sched->io_now->engine->name;
	stats->share = sched->memory.share;
	if (sched->settings.cpu->locks)
		sched->settings.cpu->locks(sched->cpu, &stats->locks);
}
