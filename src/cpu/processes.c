/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forked workers that see only the mapping: a crash, a hang or a bomb costs one image.
 *
 *	scheduler's thread ── submit: writes to a worker's socket when one has room ──► worker
 *	supervisor thread  ◄─ epoll: STARTED, replies; control: who came, who died ──── workers, server
 *	        └─ done queue ─► scheduler
 *
 * The supervisor starts the fork server (so that the server's PDEATHSIG follows a thread that lives as long as the engine),
 * takes replies, enforces the timeout, and replaces whoever dies. Sending straight from submit saves a thread switch
 * an image; the lock is held for one system call.
 */
#include "cpu/posts.h"

#include "base/clock.h"
#include "base/version.h"
#include "cpu/local.h"
#include "slots/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	EVENTS = 32, /* taken from epoll at once */
	START_US = 10000000, /* for the helper to answer */
	FORK_RETRY_US = 100000, /* the system may have a process to spare a little later */
	SERVER_DEATHS_MAX = 3, /* in a row, without an answer in between */
	ORPHAN_WAIT_MS = 2000, /* for PDEATHSIG to reach the workers of a dead server */
};

/* Starting a server */

static int config_memfd(const struct cpu *cpu)
{
	const char *bytes = cpu->settings.config;
	size_t left = cpu->settings.config_size;
	int fd = memfd_create("imgbatch-settings", MFD_CLOEXEC);

	while (fd >= 0 && left) {
		ssize_t n = write(fd, bytes, left);

		if (n <= 0) {
			close(fd);
			return -1;
		}
		bytes += n;
		left -= (size_t)n;
	}
	return fd;
}

static int server_greet(struct cpu *cpu, struct fault *fault)
{
	struct wire_hello hello = {
		.version = WIRE_VERSION,
		.request_size = sizeof(struct task_request),
		.reply_size = sizeof(struct wire_reply),
		.build = VERSION_TEXT,
		.slot_size = cpu->settings.slots->size,
		.slot_count = cpu->settings.slots->count,
		.config_size = cpu->settings.config_size,
		.workers = cpu->settings.workers,
		.generation = cpu->generation,
		.inner = cpu->settings.inner,
		.sandbox = cpu->settings.sandbox,
		.memory = cpu->settings.memory,
	};
	int fds[] = {cpu->settings.slots->fd, config_memfd(cpu)};
	int code = 0;

	if (fds[1] < 0 || wire_send(cpu->helper.control, &hello, sizeof hello, fds, 2, 0) < 0)
		code = fault_set(fault, IMGBATCH_E_ENGINE, "cannot greet the worker helper: %s",
			strerrordesc_np(errno));
	if (fds[1] >= 0)
		close(fds[1]);
	return code;
}

static void server_start(struct cpu *cpu)
{
	struct epoll_event watch = {.events = EPOLLIN, .data.u32 = (uint32_t)WATCH_CONTROL};
	struct fault fault;

	cpu->ready = false;
	cpu->generation += 1 << 16; /* above whatever its posts have counted to */
	if (helper_spawn(&cpu->helper, cpu->path, &fault) || server_greet(cpu, &fault)) {
		helper_end(&cpu->helper);
		cpu_lost(cpu, fault.detail);
		return;
	}
	for (unsigned i = 0; i < cpu->settings.workers; i++)
		cpu->posts[i].generation = cpu->generation;
	cpu->forks_open = cpu->settings.workers;
	cpu->start_by_us = clock_us() + START_US;
	epoll_ctl(cpu->epoll, EPOLL_CTL_ADD, cpu->helper.control, &watch);
}

/* The server is gone, and with it its workers: what they had begun is charged, the rest is sent again. */
static void server_gone(struct cpu *cpu, const char *why)
{
	if (cpu->helper.control >= 0)
		epoll_ctl(cpu->epoll, EPOLL_CTL_DEL, cpu->helper.control, NULL);
	helper_end(&cpu->helper);
	cpu->ready = false;
	cpu->start_by_us = 0;
	for (unsigned i = cpu->settings.workers; i > 0; i--) {
		post_drain(cpu, &cpu->posts[i - 1], ORPHAN_WAIT_MS);
		post_settle(cpu, &cpu->posts[i - 1], SIGKILL, false);
	}
	if (cpu->state == CPU_LOST || cpu->closing || cpu->canceled)
		return;
	if (cpu->state == CPU_STARTING || ++cpu->server_deaths > SERVER_DEATHS_MAX)
		cpu_lost(cpu, why);
	else
		server_start(cpu);
}

/* News from the server */

/* All of the first workers are answered for: the engine is open if there is one at all. */
static void fork_answered(struct cpu *cpu, int error)
{
	if (cpu->forks_open && --cpu->forks_open == 0)
		cpu->start_by_us = 0;
	if (cpu->forks_open || cpu->state != CPU_STARTING)
		return;
	if (!cpu->alive) {
		char text[FAULT_DETAIL_MAX];

		snprintf(text, sizeof text, "cannot fork a worker: %s", strerrordesc_np(error));
		cpu_lost(cpu, text);
		return;
	}
	cpu->state = CPU_UP;
	pthread_cond_broadcast(&cpu->settled);
}

static void news_forked(struct cpu *cpu, struct post *post, int socket)
{
	if (socket < 0)
		return;
	post_fill(cpu, post, socket);
	fork_answered(cpu, 0);
}

static void news_no_fork(struct cpu *cpu, struct post *post, int error)
{
	post->retry_us = clock_us() + FORK_RETRY_US;
	if (!cpu->alive && cpu->state == CPU_UP)
		post_barren(cpu, "no worker process can be forked any more");
	fork_answered(cpu, error);
}

static void news_ready(struct cpu *cpu, const struct wire_news *news)
{
	cpu->ready = true;
	cpu->locks.held = news->locks;
	memcpy(cpu->locks.missing, news->detail, sizeof cpu->locks.missing);
}

static void news_handle(struct cpu *cpu, struct wire_news *news, int fds[2])
{
	struct post *post = news->index < cpu->settings.workers ? &cpu->posts[news->index] : NULL;

	news->detail[sizeof news->detail - 1] = 0;
	if (news->kind == NEWS_READY)
		news_ready(cpu, news);
	else if (news->kind == NEWS_REFUSED)
		cpu_lost(cpu, news->detail);
	else if (!post || post->generation != news->generation)
		return;
	else if (news->kind == NEWS_FORKED && post->socket < 0) {
		news_forked(cpu, post, fds[0]);
		fds[0] = -1;
	} else if (news->kind == NEWS_NO_FORK)
		news_no_fork(cpu, post, news->status);
	else if (news->kind == NEWS_DIED) {
		post_drain(cpu, post, 0);
		post_settle(cpu, post, news->status, news->oom);
	}
}

static void news_receive(struct cpu *cpu)
{
	struct wire_news news;

	while (cpu->helper.control >= 0) {
		int fds[2];
		ssize_t got = wire_receive(
			cpu->helper.control, &news, sizeof news, fds, MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN)
			return;
		if (got != (ssize_t)sizeof news) {
			server_gone(cpu, "the worker helper ends again and again");
			return;
		}
		news_handle(cpu, &news, fds);
		for (int i = 0; i < 2; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
}

/* The supervisor */

static void watched(struct cpu *cpu, int what)
{
	uint64_t count;

	if (what == WATCH_EVENT) {
		ssize_t ignored = read(cpu->event, &count, sizeof count);
		(void)ignored;
	} else if (what == WATCH_CONTROL) {
		news_receive(cpu);
	} else {
		post_receive(cpu, &cpu->posts[what]);
	}
}

static void *supervise(void *arg)
{
	struct cpu *cpu = arg;
	struct epoll_event events[EVENTS];

	pthread_mutex_lock(&cpu->lock);
	server_start(cpu);
	while (!cpu->closing) {
		int timeout = posts_timeout(cpu, clock_us());

		pthread_mutex_unlock(&cpu->lock);
		int n = epoll_wait(cpu->epoll, events, EVENTS, timeout);
		pthread_mutex_lock(&cpu->lock);
		for (int i = 0; i < n; i++)
			watched(cpu, (int)events[i].data.u32);
		if (cpu->start_by_us && clock_us() >= cpu->start_by_us)
			server_gone(cpu, "the worker helper does not answer");
		posts_check(cpu, clock_us());
		posts_feed(cpu);
	}
	helper_end(&cpu->helper);
	pthread_mutex_unlock(&cpu->lock);
	return NULL;
}

/* The engine's verbs */

static void processes_free(struct cpu *cpu)
{
	for (unsigned i = 0; cpu->posts && i < cpu->settings.workers; i++)
		if (cpu->posts[i].socket >= 0)
			close(cpu->posts[i].socket);
	if (cpu->epoll >= 0)
		close(cpu->epoll);
	if (cpu->event >= 0)
		close(cpu->event);
	pthread_cond_destroy(&cpu->settled);
	pthread_mutex_destroy(&cpu->lock);
	free(cpu->posts);
	free(cpu);
}

static struct cpu *processes_new(const struct cpu_settings *settings)
{
	struct epoll_event watch = {.events = EPOLLIN, .data.u32 = (uint32_t)WATCH_EVENT};
	struct cpu *cpu = calloc(1, sizeof *cpu);

	if (!cpu)
		return NULL;
	cpu->settings = *settings;
	cpu->helper = (struct helper){.pidfd = -1, .control = -1};
	cpu->pending_last = &cpu->pending;
	pthread_mutex_init(&cpu->lock, NULL);
	pthread_cond_init(&cpu->settled, NULL);
	cpu->epoll = epoll_create1(EPOLL_CLOEXEC);
	cpu->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cpu->posts = calloc(settings->workers, sizeof *cpu->posts);
	if (!cpu->posts || cpu->epoll < 0 || cpu->event < 0 ||
		epoll_ctl(cpu->epoll, EPOLL_CTL_ADD, cpu->event, &watch) < 0) {
		processes_free(cpu);
		return NULL;
	}
	for (unsigned i = 0; i < settings->workers; i++)
		cpu->posts[i].socket = -1;
	return cpu;
}

static void processes_close(struct cpu *cpu)
{
	uint64_t one = 1;

	if (!cpu)
		return;
	pthread_mutex_lock(&cpu->lock);
	cpu->closing = true;
	pthread_mutex_unlock(&cpu->lock);
	ssize_t ignored = write(cpu->event, &one, sizeof one);
	(void)ignored;
	pthread_join(cpu->supervisor, NULL);
	processes_free(cpu);
}

static int processes_open(
	struct cpu **out, const struct cpu_settings *settings, struct fault *fault)
{
	struct cpu *cpu = processes_new(settings);
	int error;

	*out = NULL;
	if (!cpu)
		return fault_set(
			fault, IMGBATCH_E_ENGINE, "no memory or descriptors for worker processes");
	if (helper_find(cpu->path, sizeof cpu->path, settings->helper) < 0) {
		processes_free(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "the worker helper's path is too long");
	}
	error = thread_start(&cpu->supervisor, supervise, cpu);
	if (error) {
		processes_free(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot start a thread: %s",
			strerrordesc_np(error));
	}
	pthread_mutex_lock(&cpu->lock);
	while (cpu->state == CPU_STARTING)
		pthread_cond_wait(&cpu->settled, &cpu->lock);
	struct fault lost = cpu->fault;
	pthread_mutex_unlock(&cpu->lock);
	if (lost.code) {
		processes_close(cpu);
		return fault_set(fault, IMGBATCH_E_ENGINE, "%s", lost.detail);
	}
	*out = cpu;
	return 0;
}

static unsigned processes_capacity(const struct cpu *cpu)
{
	return cpu->settings.workers * CPU_JOBS_EACH;
}

static void processes_submit(struct cpu *cpu, struct job *job)
{
	pthread_mutex_lock(&cpu->lock);
	if (cpu->canceled || cpu->state == CPU_LOST) {
		memcpy(job->reply.detail, cpu->fault.detail, sizeof job->reply.detail);
		cpu_return_all(cpu->settings.done, (job->next = NULL, job),
			cpu->canceled ? IMGBATCH_E_CANCELED : IMGBATCH_E_ENGINE);
	} else {
		pending_add(cpu, job);
		posts_feed(cpu);
	}
	pthread_mutex_unlock(&cpu->lock);
}

static void processes_cancel(struct cpu *cpu)
{
	struct job *pending;

	pthread_mutex_lock(&cpu->lock);
	cpu->canceled = true;
	pending = cpu->pending;
	cpu->pending = NULL;
	cpu->pending_last = &cpu->pending;
	posts_give_up(cpu);
	pthread_mutex_unlock(&cpu->lock);
	cpu_return_all(cpu->settings.done, pending, IMGBATCH_E_CANCELED);
}

static void processes_locks(struct cpu *cpu, struct cpu_locks *locks)
{
	pthread_mutex_lock(&cpu->lock);
	*locks = cpu->locks;
	pthread_mutex_unlock(&cpu->lock);
}

const struct cpu_engine cpu_processes = {
	.name = "processes",
	.summary = "forked workers that see only the mapping: a crash costs one image",
	.open = processes_open,
	.capacity = processes_capacity,
	.submit = processes_submit,
	.cancel = processes_cancel,
	.locks = processes_locks,
	.close = processes_close,
};
