/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scheduler's files share. Everything here is touched by the thread in sched_run only, but for `stop`
 * and the queue.
 *
 *	next() ─► [free seat] ─READ─► io ─► work list ─WORK─► cpu ─► write list ─WRITE─► io ─► finished() ─► [free seat]
 *	                                      ▲   large ◄─NEED──┤                        │
 *	                                      └───────◄─death, once, alone      MORE ─►──┘ (work list again)
 */
#ifndef SCHED_INNER_H
#define SCHED_INNER_H

#include "measure/tally.h"
#include "sched/sched.h"
#include "sched/tuner.h"

#include <stdatomic.h>

/* A slot and the job that sits in it. */
struct seat {
	struct job job; /* first, so that a job is its seat */
	uint64_t need; /* private memory promised to its work; 0: a worker's share */
	bool large; /* counted in memory.large while it runs */
	unsigned deaths; /* workers lost on this job */
	unsigned needs; /* times that its work asked for more memory */
	uint64_t in_touched,
		out_touched; /* bytes of the slot's rooms that may be backed by memory */
	uint64_t pages; /* counted in memory.pages */
	struct account_way way; /* to its worker */
	uint64_t queued_ns; /* since when it waits for an engine */
	bool live;
	bool far; /* the job was handed to io[1] last */
};

struct lane {
	struct seat *first, *last;
	unsigned count;
};

struct memory {
	uint64_t total; /* for the workers' private memory, without the slots' pages; 0: no limit */
	uint64_t share; /* a worker's equal part of it */
	uint64_t large; /* promised to jobs that run now and asked for more than a share */
	unsigned normal; /* jobs with the CPU engine that live within a share */
	uint64_t page_budget; /* for the slots' pages; 0: no limit */
	uint64_t pages; /* of live jobs, at least SEAT_PAGES each */
	uint64_t trim_above; /* a slot that holds more is trimmed when its job ends */
};

/* One of the I/O engines that a run has: what stands in a seat says which has its job. */
struct io_port {
	const struct io_engine *engine;
	struct io *io; /* NULL: not open */
};

/* adapt.c's: what was seen since the tuner judged last. */
struct adapt {
	bool on;
	struct tuner tuner;
	struct tuner_seen seen;
	uint64_t since_ns, waits_ns; /* of `seen`; when the present wait began */
	unsigned idle; /* workers that starve during it */
	uint64_t expected; /* pages that a slot is likely to touch */
	struct fault refused; /* why io[1] cannot run here */
};

enum {
	FAR_ROWS = 256
}; /* rows of io[1] are numbered from here: both engines may be at work at once */
enum { SEATS_SPARE = 2 }; /* more than the engines have a use for: for what is between them */
enum { SEAT_PAGES = 1 << 20 }; /* what a usual image is expected to touch of its slot */

struct sched {
	struct sched_settings settings;
	struct slots slots;
	struct queue *queue;
	struct io_port io[2],
		*io_now; /* the second for more reads in flight than the first is made for */
	struct cpu *cpu;
	unsigned io_capacity, cpu_capacity; /* of io_now; of cpu */
	unsigned io_limit; /* reads in flight at most, not above io_capacity */
	struct adapt adapt;

	struct seat *seats;
	uint32_t seat_count;
	uint32_t *free_seats, free_count; /* a stack: the slot used last is the warmest */
	struct lane to_work, to_grant, to_write;
	unsigned io_busy, cpu_busy, live;
	unsigned writing; /* of io_busy, those that write */
	struct memory memory;
	struct tally tally;
	enum imgbatch_idle blocked; /* why no further image is taken */
	bool short_of_memory; /* the first that could be worked on waits for some */

	const struct sched_client *client; /* during sched_run */
	bool exhausted; /* next() has no more, or must not be asked */
	bool stopping; /* everything not begun is given up */
	int code; /* the run's; the first reason to end stays */
	struct fault fault;
	uint64_t ticked_ns;
	struct sched_stats stats;

	atomic_bool stop; /* by sched_stop: any thread, any signal handler */
};

/* memory.c: who may run now. */
void memory_init(struct sched *sched);
/* The count of slots that the budget carries, at most `wanted`. */
uint32_t memory_seats(const struct sched_settings *settings, uint32_t wanted);
bool memory_read_ok(const struct sched *sched);
/* So many slots are in use at once from now on: what each may keep in memory after its job follows from it. */
void memory_room(struct sched *sched, unsigned seats);
/* What the next read is counted as until it is there. */
uint64_t memory_expected(const struct sched *sched);
bool memory_work_ok(const struct sched *sched, const struct seat *seat);
void memory_work_begin(struct sched *sched, struct seat *seat);
void memory_work_end(struct sched *sched, struct seat *seat);
/* Counts what the job has touched of its slot by now. */
void memory_touched(struct sched *sched, struct seat *seat);
/* At the job's end: gives back what a large image left behind. */
void memory_release(struct sched *sched, struct seat *seat);

/* sched.c */
int sched_open_io(struct sched *sched, struct io_port *port, const struct io_engine *engine,
	unsigned jobs, struct fault *fault);

/* adapt.c: how many reads are in flight, and by which engine; nothing where that is fixed. */
void adapt_open(struct sched *sched);
/* The loop is about to wait; how long at most; it has waited, and what came back is dealt with. */
void adapt_waits(struct sched *sched);
int adapt_timeout(const struct sched *sched, int timeout_ms);
void adapt_waited(struct sched *sched);
void adapt_read(struct sched *sched, const struct seat *seat); /* one came back, whole */
void adapt_apply(struct sched *sched); /* what the tuner wants, as far as an engine can do it */
void adapt_tell(const struct sched *sched); /* at the end: what was decided, and why */

/* verdict.c: outcomes in words. */
void verdict_read(const struct job *job, struct fault *fault);
void verdict_death(const struct sched *sched, const struct job *job, struct fault *fault);
void verdict_write(const struct job *job, struct fault *fault);

/*
 * watch.c: what is measured of a job at each turn of its way. The order of calls is that of the way.
 */
void watch_taken(struct sched *sched, struct seat *seat);
void watch_io_submitted(struct sched *sched, struct seat *seat);
void watch_read(struct sched *sched, struct seat *seat); /* READ has come back */
void watch_work_submitted(struct sched *sched, struct seat *seat);
void watch_work(struct sched *sched, struct seat *seat); /* WORK has come back */
void watch_write(struct sched *sched, struct seat *seat); /* WRITE has come back */
/* It is to be worked on again, and was kept from that until now for this reason. */
void watch_again(struct sched *sched, struct seat *seat, enum imgbatch_idle before);
void watch_finished(struct sched *sched, const struct seat *seat);
/* What waits where, from now on. */
void watch_levels(struct sched *sched);
/* Engines have been handed all that they have room for: why not more. */
void watch_blocked(struct sched *sched);
void watch_end(struct sched *sched);

/* flow.c: one job's steps. */
bool flow_read_room(const struct sched *sched); /* for one more, as far as the engine is asked */
void flow_start(struct sched *sched); /* hands engines what they have room for */
void flow_completed(struct sched *sched, struct job *job); /* one came back from an engine */
void flow_stop(struct sched *sched); /* gives up what has not begun */
/* Ends the run with code: the first one stays. */
void run_end(struct sched *sched, int code, const char *detail);

#endif
