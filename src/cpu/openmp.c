/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenMP tasks across images, fed by a dispatcher.
 *
 *	scheduler ─ submit ─► inbox ─► dispatcher: one parallel region for the engine's life
 *	                                 ├─ omp task: an image ─► member 1 ─► done queue ─► parks when nothing is left
 *	                                 └─ omp task: an image ─► member 2 ── split ──► omp tasks ─► idle members help
 *
 * The dispatcher is a thread of ours, so the team is its own and the host's OpenMP pool is never touched. It is member 0
 * of the team and feeds the others.
 *
 * Members without a task would wait in the region's barrier, where libgomp spins for milliseconds before it sleeps;
 * OMP_WAIT_POLICY is read when the runtime loads, too early for us to say otherwise. So a member that ends an image and
 * sees no other parks: it sleeps on a condition inside its task. A new image wakes one, a split wakes all that it
 * can use, and they find the new tasks in the barrier.
 *
 * Where the runtime gives a team of one (OMP_THREAD_LIMIT), tasks run in the dispatcher as they are made.
 */
#include "cpu/local.h"
#include "base/clock.h"
#include "slots/crew.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	SPLIT_TASKS = 4
}; /* a member, of one split: enough to even out, few enough for libgomp's queue */

struct cpu {
	struct cpu_settings settings;
	struct parallel parallel;
	pthread_t dispatcher;

	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t fed; /* for the dispatcher: inbox or closing */
	pthread_cond_t unpark; /* for parked members: wakes */
	pthread_cond_t opened;
	void **workers; /* the task's state of each member; only the member itself uses it */
	atomic_uint_least64_t *helped_ns; /* of each member; any thread */
	unsigned size; /* of the team, the dispatcher among them */
	unsigned entered;
	struct job *inbox, **inbox_last;
	unsigned waiting; /* tasks made and not begun */
	unsigned parked, wakes; /* members that sleep, and how many of them were told to go on */
	bool closing;
	struct fault fault;
};

/* Parking */

/* Called with the lock held. */
static void park(struct cpu *cpu)
{
	cpu->parked++;
	while (!cpu->wakes && !cpu->closing)
		pthread_cond_wait(&cpu->unpark, &cpu->lock);
	if (cpu->wakes)
		cpu->wakes--;
	cpu->parked--;
}

/* Called with the lock held: sends up to n parked members back to the barrier. */
static void unpark(struct cpu *cpu, unsigned n)
{
	unsigned sleeping = cpu->parked - cpu->wakes;

	if (n > sleeping)
		n = sleeping;
	cpu->wakes += n;
	for (; n; n--)
		pthread_cond_signal(&cpu->unpark);
}

/* A task without an image: what the members begin with. */
static void park_task(struct cpu *cpu)
{
	pthread_mutex_lock(&cpu->lock);
	if (!cpu->waiting && !cpu->closing && omp_get_thread_num() != 0)
		park(cpu);
	pthread_mutex_unlock(&cpu->lock);
}

/* Splitting */

/* Member 0 feeds the others, and works only where it is alone. */
static uint32_t worker_of(int member)
{
	return member ? (uint32_t)member - 1 : 0;
}

/* A part of an image, by the member that has it in hand or by another that helps. */
static void split_part(
	struct cpu *cpu, int maker, void (*fn)(void *arg, unsigned i), void *arg, unsigned i)
{
	int member = omp_get_thread_num();
	uint64_t begun_ns = clock_ns();

	fn(arg, i);
	if (member != maker)
		atomic_fetch_add_explicit(&cpu->helped_ns[worker_of(member)], clock_ns() - begun_ns,
			memory_order_relaxed);
}

static void split(void *ctx, unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	struct cpu *cpu = ctx;
	int maker = omp_get_thread_num();

	pthread_mutex_lock(&cpu->lock);
	unpark(cpu, n - 1);
	pthread_mutex_unlock(&cpu->lock);
	/* taskloop ends with a taskgroup: it waits for these tasks and for no others. */
	unsigned tasks = n < SPLIT_TASKS * cpu->size ? n : SPLIT_TASKS * cpu->size;
#pragma omp taskloop num_tasks(tasks) firstprivate(cpu, maker, fn, arg) default(none)              \
	shared(n, tasks)
	for (unsigned i = 0; i < n; i++)
		split_part(cpu, maker, fn, arg, i);
}

/* Images */

static void image_task(struct cpu *cpu, struct job *job)
{
	int member = omp_get_thread_num();
	bool backlog;

	pthread_mutex_lock(&cpu->lock);
	cpu->waiting--;
	backlog = cpu->waiting > 0;
	pthread_mutex_unlock(&cpu->lock);
	cpu_run_local(&cpu->settings, cpu->workers[member], worker_of(member), job,
		backlog || cpu->parallel.width < 2 ? NULL : &cpu->parallel);
	queue_push(cpu->settings.done, job);
	park_task(cpu);
}

static void *pass_gate(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

static void *member_open(struct cpu *cpu)
{
	struct fault fault = {0};
	void *worker = cpu->settings.task->open(
		cpu->settings.config, cpu->settings.config_size, &fault);

	if (worker)
		return worker;
	pthread_mutex_lock(&cpu->lock);
	if (!cpu->fault.code)
		cpu->fault = fault;
	cpu->fault.code = IMGBATCH_E_ENGINE;
	pthread_mutex_unlock(&cpu->lock);
	return NULL;
}

/* How many threads the system grants now, at most `wanted`: libgomp ends the whole program when it is refused one. */
static unsigned threads_granted(unsigned wanted)
{
	pthread_t *threads = calloc(wanted, sizeof *threads);
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	unsigned count = 0;

	pthread_mutex_lock(&gate);
	while (threads && count < wanted && !thread_start(&threads[count], pass_gate, &gate))
		count++;
	pthread_mutex_unlock(&gate);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return count;
}

static void team_opened(struct cpu *cpu)
{
	pthread_mutex_lock(&cpu->lock);
	cpu->size = (unsigned)omp_get_num_threads();
	/* The one that splits, and the other members. */
	cpu->parallel = (struct parallel){cpu, cpu->size > 1 ? cpu->size - 1 : 1, split};
	cpu->entered = 1;
	if (cpu->fault.code)
		cpu->closing = true;
	pthread_cond_broadcast(&cpu->opened);
	pthread_mutex_unlock(&cpu->lock);
}

/* The dispatcher */

/* What has been submitted since the last call, waiting for it; NULL at the end. */
static struct job *inbox_take(struct cpu *cpu)
{
	struct job *first;

	pthread_mutex_lock(&cpu->lock);
	while (!cpu->inbox && !cpu->closing)
		pthread_cond_wait(&cpu->fed, &cpu->lock);
	first = cpu->inbox;
	cpu->inbox = NULL;
	cpu->inbox_last = &cpu->inbox;
	for (struct job *job = first; job; job = job->next)
		cpu->waiting++;
	pthread_mutex_unlock(&cpu->lock);
	return first;
}

static void dispatch(struct cpu *cpu)
{
	struct job *next;
	unsigned count;

	for (unsigned i = 1; i < cpu->size; i++) {
#pragma omp task firstprivate(cpu)
		park_task(cpu);
	}
	for (struct job *job = inbox_take(cpu); job; job = inbox_take(cpu)) {
		for (count = 0; job; job = next, count++) {
			next = job->next;
#pragma omp task firstprivate(cpu, job)
			image_task(cpu, job);
		}
		pthread_mutex_lock(&cpu->lock);
		unpark(cpu, count);
		pthread_mutex_unlock(&cpu->lock);
	}
	pthread_mutex_lock(&cpu->lock);
	pthread_cond_broadcast(&cpu->unpark);
	pthread_mutex_unlock(&cpu->lock);
}

static void *openmp_main(void *arg)
{
	struct cpu *cpu = arg;

	/* The host's settings of nesting and adjusting are per thread: this thread has its own. */
	omp_set_dynamic(0);
#pragma omp parallel num_threads(threads_granted(cpu->settings.workers) + 1)
	{
		/* Each on its own thread; the dispatcher too, since libgomp may run a task where it is made. */
		cpu->workers[omp_get_thread_num()] = member_open(cpu);
#pragma omp barrier
		/* The master construct is deprecated since OpenMP 5.1, and its successor unknown to older compilers. */
		if (omp_get_thread_num() == 0) {
			team_opened(cpu);
			dispatch(cpu);
		}
#pragma omp barrier
		if (cpu->workers[omp_get_thread_num()])
			cpu->settings.task->close(cpu->workers[omp_get_thread_num()]);
	}
	return NULL;
}

/* The engine's verbs */

static void openmp_free(struct cpu *cpu)
{
	pthread_cond_destroy(&cpu->opened);
	pthread_cond_destroy(&cpu->unpark);
	pthread_cond_destroy(&cpu->fed);
	pthread_mutex_destroy(&cpu->lock);
	free(cpu->workers);
	free(cpu->helped_ns);
	free(cpu);
}

static void openmp_close(struct cpu *cpu)
{
	if (!cpu)
		return;
	pthread_mutex_lock(&cpu->lock);
	cpu->closing = true;
	pthread_cond_signal(&cpu->fed);
	pthread_mutex_unlock(&cpu->lock);
	pthread_join(cpu->dispatcher, NULL);
	openmp_free(cpu);
}

static struct cpu *openmp_new(const struct cpu_settings *settings)
{
	struct cpu *cpu = calloc(1, sizeof *cpu);

	if (!cpu)
		return NULL;
	cpu->settings = *settings;
	cpu->workers = calloc(settings->workers + 1, sizeof *cpu->workers);
	cpu->helped_ns = calloc(settings->workers + 1, sizeof *cpu->helped_ns);
	if (!cpu->workers || !cpu->helped_ns) {
		free(cpu->workers);
		free(cpu->helped_ns);
		free(cpu);
		return NULL;
	}
	cpu->inbox_last = &cpu->inbox;
	pthread_mutex_init(&cpu->lock, NULL);
	pthread_cond_init(&cpu->fed, NULL);
	pthread_cond_init(&cpu->unpark, NULL);
	pthread_cond_init(&cpu->opened, NULL);
	return cpu;
}

static int openmp_open(struct cpu **out, const struct cpu_settings *settings, struct fault *fault)
{
	struct cpu *cpu = openmp_new(settings);
	int error;

	*out = NULL;
	if (!cpu)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a CPU engine");
	error = thread_start(&cpu->dispatcher, openmp_main, cpu);
	if (error) {
		openmp_free(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot start a thread: %s",
			strerrordesc_np(error));
	}
	pthread_mutex_lock(&cpu->lock);
	while (!cpu->entered)
		pthread_cond_wait(&cpu->opened, &cpu->lock);
	struct fault failed = cpu->fault;
	pthread_mutex_unlock(&cpu->lock);
	if (failed.code) {
		openmp_close(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "%s", failed.detail);
	}
	*out = cpu;
	return 0;
}

static unsigned openmp_capacity(const struct cpu *cpu)
{
	return cpu->parallel.width * CPU_JOBS_EACH;
}

static void openmp_submit(struct cpu *cpu, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&cpu->lock);
	*cpu->inbox_last = job;
	cpu->inbox_last = &job->next;
	pthread_mutex_unlock(&cpu->lock);
}

static void openmp_flush(struct cpu *cpu)
{
	bool fed;

	pthread_mutex_lock(&cpu->lock);
	fed = cpu->inbox != NULL;
	pthread_mutex_unlock(&cpu->lock);
	if (fed)
		pthread_cond_signal(&cpu->fed);
}

/* Tasks that are made already run to their end: there are few, and OpenMP cannot take them back. */
static void openmp_cancel(struct cpu *cpu)
{
	struct job *first;

	pthread_mutex_lock(&cpu->lock);
	first = cpu->inbox;
	cpu->inbox = NULL;
	cpu->inbox_last = &cpu->inbox;
	pthread_mutex_unlock(&cpu->lock);
	cpu_return_all(cpu->settings.done, first, IMGBATCH_E_CANCELED);
}

static uint64_t openmp_helped(struct cpu *cpu, uint32_t worker)
{
	return atomic_load_explicit(&cpu->helped_ns[worker], memory_order_relaxed);
}

const struct cpu_engine cpu_openmp = {
	.name = "openmp",
	.summary = "OpenMP tasks; the last few large images are split inside",
	.open = openmp_open,
	.capacity = openmp_capacity,
	.submit = openmp_submit,
	.flush = openmp_flush,
	.cancel = openmp_cancel,
	.helped = openmp_helped,
	.close = openmp_close,
};
