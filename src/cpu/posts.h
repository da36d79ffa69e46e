/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of the worker processes: posts, each of which a worker fills.
 *
 *	submit ─► pending ─► post: jobs[0] runs, others queue in its socket ─► done queue
 *	             ▲                 │ death: jobs[0] is charged if it had begun
 *	             └─────────────────┘        the others go back, first in line
 *
 * Everything in struct cpu below `lock` is guarded by it. submit and cancel hold it on the scheduler's thread, the
 * supervisor holds it while it handles what epoll reported.
 */
#ifndef CPU_POSTS_H
#define CPU_POSTS_H

#include "cpu/cpu.h"
#include "cpu/wire.h"

#include <pthread.h>
#include <stdbool.h>

struct post {
	int socket; /* -1: nobody is there */
	uint32_t generation;
	struct job *jobs[CPU_JOBS_EACH]; /* sent and not answered, oldest first */
	unsigned count;
	bool started; /* the oldest has begun */
	bool barren; /* no job has begun since the worker was forked */
	bool gone; /* dying or dead: nothing more is sent to it */
	uint64_t gone_us; /* since when; the server must tell of its end before long */
	int verdict; /* why we killed it: E_TIMEOUT, E_CRASH, E_CANCELED (for nothing); 0: we did not */
	uint64_t began_us; /* when the oldest came to its turn */
	uint64_t retry_us; /* when to ask again for a worker that could not be forked; 0: not */
};

enum cpu_state { CPU_STARTING, CPU_UP, CPU_LOST };

struct cpu {
	struct cpu_settings settings;
	char path[4096]; /* of the helper */
	pthread_t supervisor;
	int epoll, event; /* event: eventfd that wakes the supervisor */

	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t settled; /* state has left CPU_STARTING */
	enum cpu_state state;
	struct helper helper;
	uint32_t generation; /* of the workers that the present server was started with */
	bool ready; /* the present server has taken its settings */
	struct cpu_locks locks; /* as it told */
	struct post *posts;
	struct job *pending, **pending_last;
	unsigned forks_open; /* of the workers asked for at the start, how many are not answered */
	unsigned alive;
	unsigned barren_deaths, server_deaths; /* in a row */
	uint64_t start_by_us; /* the helper must have answered by then; 0: it has */
	bool canceled, closing;
	struct fault fault; /* of CPU_LOST */
};

enum { WATCH_CONTROL = -1, WATCH_EVENT = -2 }; /* beside posts' indexes, as epoll's data */

void pending_add(struct cpu *cpu, struct job *job);
/* Gives posts with room what is pending. */
void posts_feed(struct cpu *cpu);
/* What lies in a post's socket. */
void post_receive(struct cpu *cpu, struct post *post);
/* Reads what a dead or dying worker has still said, until the end of its socket; waits for that at most wait_ms. */
void post_drain(struct cpu *cpu, struct post *post, int wait_ms);
/* Its worker is dead, by status as waitpid gives it: accounts for its jobs and empties the post. */
void post_settle(struct cpu *cpu, struct post *post, int status, bool oom);
/* One more that came to nothing; too many in a row, and the engine is lost. */
void post_barren(struct cpu *cpu, const char *detail);
/* A worker has come. */
void post_fill(struct cpu *cpu, struct post *post, int socket);
/* Kills the worker: verdict is what its running job will get. */
void post_kill(struct cpu *cpu, struct post *post, int verdict);
/* It is dying or has to: nothing more is sent to it, and the server is to kill it. */
void post_give_up(struct cpu *cpu, struct post *post);
/* All of them, also those whose fork is not told yet. */
void posts_give_up(struct cpu *cpu);
/* Kills who has overrun, and a server that does not do its part; asks again for who could not be forked. */
void posts_check(struct cpu *cpu, uint64_t now_us);
/*
 * Milliseconds until posts_check may have something to do. Never long: jobs are sent while the supervisor sleeps, and a
 * worker that hangs before it says a word does not wake it.
 */
int posts_timeout(const struct cpu *cpu, uint64_t now_us);
/* Sends an order; a server that does not take it is as good as dead and will be found so. */
void order_send(struct cpu *cpu, uint32_t what, const struct post *post);
/* The engine is of no more use: every job comes back with E_ENGINE. */
void cpu_lost(struct cpu *cpu, const char *detail);

#endif
