/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads around one list of jobs, and around the splits of a job.
 *
 *	crew_add ─► urgent ─┐
 *	crew_add ─► jobs  ──┼─► thread: run(job) ─── parallel_for ──► splits ─┐
 *	                    └─► thread with no job: helps ◄───────────────────┘
 *
 * A split lives on the stack of the thread that makes it. That thread takes parts until none is left, takes the split
 * off the list and waits for its helpers, so nobody reads the split after its frame is gone.
 */
#include "slots/crew.h"

#include "base/clock.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct split {
	struct split *next;
	void (*fn)(void *arg, unsigned i);
	void *arg;
	unsigned n;
	atomic_uint taken; /* parts given out; may pass n */
	unsigned helpers; /* threads inside, but for the maker; guarded by the crew's lock */
};

struct job_list {
	struct job *first, **last;
};

struct crew {
	struct crew_settings settings;
	struct parallel parallel;
	pthread_t *threads;
	unsigned size;
	atomic_uint patience;

	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t work; /* a job, a split, or closing */
	pthread_cond_t news; /* a thread entered, or a split's last helper left */
	struct job_list urgent, jobs;
	unsigned waiting; /* jobs in both lists */
	struct split *splits;
	unsigned idle, entered;
	unsigned called; /* idle threads that were woken for a job and are still on their way */
	bool closing;
	struct fault failed; /* the first thread that could not enter */
};

int thread_start(pthread_t *thread, void *(*main)(void *arg), void *arg)
{
	/* A fault that a thread raises itself must find the host's handler: those stay open. */
	static const int own[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
	sigset_t block, before;

	sigfillset(&block);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigdelset(&block, own[i]);
	pthread_sigmask(SIG_SETMASK, &block, &before);
	int error = pthread_create(thread, NULL, main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void list_clear(struct job_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

static struct job *list_pop(struct job_list *list)
{
	struct job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = &list->first;
	return job;
}

static void split_work(struct split *split)
{
	unsigned i;

	while ((i = atomic_fetch_add_explicit(&split->taken, 1, memory_order_relaxed)) < split->n)
		split->fn(split->arg, i);
}

/* Called with the lock held; a split that has parts left, or NULL. */
static struct split *split_open(struct crew *crew)
{
	for (struct split *split = crew->splits; split; split = split->next)
		if (atomic_load_explicit(&split->taken, memory_order_relaxed) < split->n)
			return split;
	return NULL;
}

/* Called with the lock held, which it lets go while it works. */
static void split_help(struct crew *crew, struct split *split, void *state)
{
	uint64_t begun_ns = clock_ns();

	split->helpers++;
	pthread_mutex_unlock(&crew->lock);
	split_work(split);
	if (crew->settings.helped)
		crew->settings.helped(state, clock_ns() - begun_ns);
	pthread_mutex_lock(&crew->lock);
	if (--split->helpers == 0)
		pthread_cond_broadcast(&crew->news);
}

static void crew_split(void *ctx, unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	struct crew *crew = ctx;
	struct split split = {.fn = fn, .arg = arg, .n = n};
	struct split **link;

	pthread_mutex_lock(&crew->lock);
	split.next = crew->splits;
	crew->splits = &split;
	if (crew->idle)
		pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);

	split_work(&split);

	pthread_mutex_lock(&crew->lock);
	for (link = &crew->splits; *link != &split; link = &(*link)->next)
		;
	*link = split.next;
	while (split.helpers)
		pthread_cond_wait(&crew->news, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

/* Called with the lock held: the next job, having helped with splits until one came; NULL at the end. */
static struct job *crew_next(struct crew *crew, void *state)
{
	for (;;) {
		struct job *job = list_pop(&crew->urgent);
		struct split *split;

		if (!job)
			job = list_pop(&crew->jobs);
		if (job)
			crew->waiting--;
		if (job || crew->closing)
			return job;
		split = split_open(crew);
		if (split) {
			split_help(crew, split, state);
			continue;
		}
		crew->idle++;
		pthread_cond_wait(&crew->work, &crew->lock);
		crew->idle--;
		if (crew->called)
			crew->called--;
	}
}

static void crew_work(struct crew *crew, void *state)
{
	struct job *job;

	pthread_mutex_lock(&crew->lock);
	while ((job = crew_next(crew, state))) {
		/* With a backlog every thread has an image of its own, and splitting one only costs. */
		bool backlog = crew->urgent.first || crew->jobs.first;

		pthread_mutex_unlock(&crew->lock);
		crew->settings.run(crew->settings.ctx, state, job,
			backlog || crew->parallel.width < 2 ? NULL : &crew->parallel);
		pthread_mutex_lock(&crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
}

static void *crew_main(void *arg)
{
	struct crew *crew = arg;
	struct fault fault = {0};
	void *state = crew->settings.ctx;

	if (crew->settings.enter)
		state = crew->settings.enter(crew->settings.ctx, &fault);
	pthread_mutex_lock(&crew->lock);
	if (!state && crew->settings.enter && !crew->failed.code) {
		crew->failed = fault;
		crew->failed.code = IMGBATCH_E_ENGINE;
	}
	crew->entered++;
	pthread_cond_broadcast(&crew->news);
	/* Nobody works before all are in: parallel.width is written only until then. */
	while (crew->entered < crew->size + 1)
		pthread_cond_wait(&crew->news, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	if (!state && crew->settings.enter)
		return NULL;
	crew_work(crew, state);
	if (crew->settings.leave)
		crew->settings.leave(state);
	return NULL;
}

static struct crew *crew_new(const struct crew_settings *settings)
{
	struct crew *crew = calloc(1, sizeof *crew);

	if (!crew)
		return NULL;
	crew->settings = *settings;
	if (crew->settings.most < settings->threads)
		crew->settings.most = settings->threads;
	crew->threads = calloc(crew->settings.most, sizeof *crew->threads);
	if (!crew->threads) {
		free(crew);
		return NULL;
	}
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	pthread_cond_init(&crew->news, NULL);
	list_clear(&crew->urgent);
	list_clear(&crew->jobs);
	return crew;
}

/* Starts what can be started, and waits until all of that has entered. */
static int crew_start(struct crew *crew)
{
	unsigned started = 0;
	int error = 0;

	pthread_mutex_lock(&crew->lock);
	crew->size = crew->settings.threads;
	while (started < crew->settings.threads && !error) {
		error = thread_start(&crew->threads[started], crew_main, crew);
		if (!error)
			started++;
	}
	crew->size = started;
	while (crew->entered < started)
		pthread_cond_wait(&crew->news, &crew->lock);
	crew->parallel = (struct parallel){crew, started, crew_split};
	crew->entered++; /* the opener: now they may begin */
	pthread_cond_broadcast(&crew->news);
	pthread_mutex_unlock(&crew->lock);
	return started ? 0 : error;
}

int crew_open(struct crew **out, const struct crew_settings *settings, struct fault *fault)
{
	struct crew *crew = crew_new(settings);
	int error;

	*out = NULL;
	if (!crew)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for threads");
	error = crew_start(crew);
	if (error) {
		crew_close(crew);
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot start a thread: %s",
			strerrordesc_np(error));
	}
	if (crew->failed.code) {
		struct fault failed = crew->failed;

		crew_close(crew);
		return fault_set(fault, IMGBATCH_E_ENGINE, "%s", failed.detail);
	}
	*out = crew;
	return 0;
}

void crew_grow(struct crew *crew, unsigned threads)
{
	unsigned wanted = threads < crew->settings.most ? threads : crew->settings.most;

	pthread_mutex_lock(&crew->lock);
	/* A new thread waits for the lock, and finds all of the crew entered. */
	while (crew->size < wanted && !thread_start(&crew->threads[crew->size], crew_main, crew))
		crew->size++;
	pthread_mutex_unlock(&crew->lock);
}

struct parallel crew_lend(struct crew *crew)
{
	return (struct parallel){crew, crew->size + 1, crew_split};
}

unsigned crew_size(const struct crew *crew)
{
	return crew->size;
}

void crew_patience(struct crew *crew, unsigned jobs)
{
	atomic_store_explicit(&crew->patience, jobs, memory_order_relaxed);
}

/* Called with the lock held: whether one more thread is worth waking for the jobs that wait. */
static bool crew_calls(const struct crew *crew)
{
	unsigned patience = atomic_load_explicit(&crew->patience, memory_order_relaxed);
	unsigned asleep = crew->idle - crew->called;

	return asleep && crew->waiting > patience * (crew->size - asleep);
}

void crew_add(struct crew *crew, struct job *job, bool urgent)
{
	bool wake;

	pthread_mutex_lock(&crew->lock);
	list_add(urgent ? &crew->urgent : &crew->jobs, job);
	crew->waiting++;
	wake = crew_calls(crew);
	crew->called += wake;
	pthread_mutex_unlock(&crew->lock);
	if (wake)
		pthread_cond_signal(&crew->work);
}

struct job *crew_withdraw(struct crew *crew)
{
	struct job *first;

	pthread_mutex_lock(&crew->lock);
	*crew->urgent.last = crew->jobs.first;
	first = crew->urgent.first;
	list_clear(&crew->urgent);
	list_clear(&crew->jobs);
	crew->waiting = 0;
	pthread_mutex_unlock(&crew->lock);
	return first;
}

void crew_close(struct crew *crew)
{
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->closing = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->size; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_cond_destroy(&crew->news);
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->lock);
	free(crew->threads);
	free(crew);
}
