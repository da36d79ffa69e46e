/* SPDX-License-Identifier: Apache-2.0 */
/* Posts: who works on what, what they said, and what a death means. See posts.h. */
#include "cpu/posts.h"

#include "base/clock.h"
#include "cpu/local.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	/* Workers that die one after the other before they begin, or cannot be forked while none is left: no accident. */
	BARREN_MAX = 8,
	GONE_US = 5000000, /* for the server to tell of the end of a worker that it was to kill */
	PATROL_MS = 1000, /* between two looks at the clock */
	PATROLS = 8, /* in the time that an image has */
};

void pending_add(struct cpu *cpu, struct job *job)
{
	job->next = NULL;
	*cpu->pending_last = job;
	cpu->pending_last = &job->next;
}

static void pending_first(struct cpu *cpu, struct job *job)
{
	job->next = cpu->pending;
	if (!cpu->pending)
		cpu->pending_last = &job->next;
	cpu->pending = job;
}

static void pending_pop(struct cpu *cpu)
{
	cpu->pending = cpu->pending->next;
	if (!cpu->pending)
		cpu->pending_last = &cpu->pending;
}

static void hand_back(struct cpu *cpu, struct job *job, int code, int error)
{
	job->code = code;
	job->error = error;
	queue_push(cpu->settings.done, job);
}

void cpu_lost(struct cpu *cpu, const char *detail)
{
	struct job *next;

	if (cpu->state == CPU_LOST)
		return;
	cpu->state = CPU_LOST;
	fault_set(&cpu->fault, IMGBATCH_E_ENGINE, "%s", detail);
	for (struct job *job = cpu->pending; job; job = next) {
		next = job->next;
		memcpy(job->reply.detail, cpu->fault.detail, sizeof job->reply.detail);
		hand_back(cpu, job, IMGBATCH_E_ENGINE, 0);
	}
	cpu->pending = NULL;
	cpu->pending_last = &cpu->pending;
	pthread_cond_broadcast(&cpu->settled);
	order_send(cpu, ORDER_KILL_ALL, NULL);
}

/* Its end shows as that of control. */
static void server_kill(struct cpu *cpu)
{
	if (cpu->helper.pidfd >= 0)
		pidfd_send_signal(cpu->helper.pidfd, SIGKILL, NULL, 0);
}

void order_send(struct cpu *cpu, uint32_t what, const struct post *post)
{
	struct wire_order order = {.what = what};

	if (post) {
		order.index = (uint32_t)(post - cpu->posts);
		order.generation = post->generation;
	}
	if (cpu->helper.control < 0)
		return;
	if (wire_send(cpu->helper.control, &order, sizeof order, NULL, 0, MSG_DONTWAIT) < 0)
		server_kill(cpu);
}

/* Sending */

/* The worker with the fewest jobs; none may wait with, or behind, a job that is to be alone. */
static struct post *post_choose(struct cpu *cpu, const struct job *job)
{
	struct post *best = NULL;

	for (unsigned i = 0; i < cpu->settings.workers; i++) {
		struct post *post = &cpu->posts[i];

		if (post->socket < 0 || post->gone || post->count == CPU_JOBS_EACH)
			continue;
		if (post->count == 0)
			return post;
		if (!job->alone && !post->jobs[0]->alone && (!best || post->count < best->count))
			best = post;
	}
	return best;
}

void posts_feed(struct cpu *cpu)
{
	while (cpu->pending && cpu->state == CPU_UP) {
		struct job *job = cpu->pending;
		struct post *post = post_choose(cpu, job);

		if (!post)
			return;
		if (wire_send(post->socket, &job->request, sizeof job->request, NULL, 0,
			    MSG_DONTWAIT) < 0) {
			post_give_up(cpu, post); /* its death is on the way */
			continue;
		}
		pending_pop(cpu);
		if (post->count == 0)
			post->began_us = clock_us();
		job->worker = (uint32_t)(post - cpu->posts);
		post->jobs[post->count++] = job;
	}
}

static void post_mark(struct post *post)
{
	if (!post->gone)
		post->gone_us = clock_us();
	post->gone = true;
}

void post_give_up(struct cpu *cpu, struct post *post)
{
	post_mark(post);
	order_send(cpu, ORDER_KILL, post);
}

void posts_give_up(struct cpu *cpu)
{
	for (unsigned i = 0; i < cpu->settings.workers; i++)
		if (cpu->posts[i].socket >= 0)
			post_mark(&cpu->posts[i]);
	order_send(cpu, ORDER_KILL_ALL, NULL);
}

void post_kill(struct cpu *cpu, struct post *post, int verdict)
{
	if (!post->gone)
		post->verdict = verdict;
	post_give_up(cpu, post);
}

/* Receiving */

/* What cannot come from a worker in order: its running job pays for it. */
static void post_nonsense(struct cpu *cpu, struct post *post)
{
	post->started = post->count > 0;
	post_kill(cpu, post, IMGBATCH_E_CRASH);
}

/* 0, or -1: not the job whose turn it is. */
static int job_started(struct cpu *cpu, struct post *post, const struct wire_started *started)
{
	const struct job *job = post->jobs[0];

	if (post->count == 0 || post->started || started->seq != job->request.seq ||
		started->slot != job->request.slot)
		return -1;
	post->started = true;
	post->barren = false;
	cpu->barren_deaths = 0;
	post->began_us = clock_us();
	return 0;
}

static int job_answered(struct cpu *cpu, struct post *post, const struct wire_reply *reply)
{
	struct job *job = post->jobs[0];

	if (post->count == 0 || !post->started || task_reply_check(&reply->reply, &job->request))
		return -1;
	job->reply = reply->reply;
	if (post->verdict)
		post->verdict =
			IMGBATCH_E_CANCELED; /* we killed it for being late, and it was not */
	post->count--;
	memmove(post->jobs, post->jobs + 1, post->count * sizeof *post->jobs);
	post->started = false;
	cpu->server_deaths = 0;
	hand_back(cpu, job, 0, 0);
	if (post->count)
		post->began_us = clock_us();
	return reply->started ? job_started(cpu, post, &reply->next) : 0;
}

/* One message. 1: there may be more, 0: none now, -1: the socket's end, or not to be believed. */
static int post_message(struct cpu *cpu, struct post *post)
{
	union {
		struct wire_started started;
		struct wire_reply reply;
	} message;
	ssize_t got = wire_receive(post->socket, &message, sizeof message, NULL, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return -1;
	if (got == (ssize_t)sizeof message.started && !job_started(cpu, post, &message.started))
		return 1;
	if (got == (ssize_t)sizeof message.reply && !job_answered(cpu, post, &message.reply))
		return 1;
	post_nonsense(cpu, post);
	return -1;
}

void post_receive(struct cpu *cpu, struct post *post)
{
	int more;

	if (post->socket < 0)
		return;
	do
		more = post_message(cpu, post);
	while (more > 0);
	if (more == 0)
		return;
	/* The end of a file says a worker is gone; the server will say how. One that only hung up must go too. */
	epoll_ctl(cpu->epoll, EPOLL_CTL_DEL, post->socket, NULL);
	if (!post->gone)
		post_give_up(cpu, post);
}

void post_drain(struct cpu *cpu, struct post *post, int wait_ms)
{
	struct pollfd ready = {.fd = post->socket, .events = POLLIN};
	int more;

	if (post->socket < 0 || post->verdict == IMGBATCH_E_CRASH)
		return;
	do {
		more = post_message(cpu, post);
		if (more == 0 && wait_ms && poll(&ready, 1, wait_ms) > 0)
			more = 1;
	} while (more > 0);
}

/* Deaths */

static void charge(struct cpu *cpu, struct post *post, struct job *job, int status, bool oom)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (cpu->canceled)
		hand_back(cpu, job, IMGBATCH_E_CANCELED, 0);
	else if (post->verdict == IMGBATCH_E_TIMEOUT)
		hand_back(cpu, job, IMGBATCH_E_TIMEOUT, 0);
	else if (post->verdict)
		hand_back(cpu, job, post->verdict, 0); /* nonsense: no signal but ours */
	else
		hand_back(cpu, job, oom ? IMGBATCH_E_MEMORY : IMGBATCH_E_CRASH, signal);
}

/* A job that had not begun: to be sent again, unless there is nobody to send it to. */
static void uncharge(struct cpu *cpu, struct job *job)
{
	if (cpu->canceled) {
		hand_back(cpu, job, IMGBATCH_E_CANCELED, 0);
	} else if (cpu->state == CPU_LOST) {
		memcpy(job->reply.detail, cpu->fault.detail, sizeof job->reply.detail);
		hand_back(cpu, job, IMGBATCH_E_ENGINE, 0);
	} else {
		pending_first(cpu, job);
	}
}

static void post_empty(struct cpu *cpu, struct post *post)
{
	if (post->socket >= 0) {
		close(post->socket); /* leaves the epoll set by itself */
		cpu->alive--;
	}
	*post = (struct post){.socket = -1, .generation = post->generation + 1};
}

void post_barren(struct cpu *cpu, const char *detail)
{
	if (++cpu->barren_deaths > BARREN_MAX + 2 * cpu->settings.workers)
		cpu_lost(cpu, detail);
}

void post_settle(struct cpu *cpu, struct post *post, int status, bool oom)
{
	bool innocent = !post->started || post->verdict == IMGBATCH_E_CANCELED;
	unsigned first = post->count && !innocent ? 1 : 0;

	if (first)
		charge(cpu, post, post->jobs[0], status, oom);
	for (unsigned i = post->count; i > first; i--)
		uncharge(cpu, post->jobs[i - 1]);
	if (post->barren)
		post_barren(cpu, "worker processes die before they begin");
	post_empty(cpu, post);
	if (cpu->state != CPU_LOST && !cpu->canceled && !cpu->closing && cpu->ready)
		order_send(cpu, ORDER_FORK, post);
}

void post_fill(struct cpu *cpu, struct post *post, int socket)
{
	struct epoll_event watch = {.events = EPOLLIN, .data.u32 = (uint32_t)(post - cpu->posts)};

	assert(post->socket < 0);
	post->socket = socket;
	post->barren = true;
	post->retry_us = 0;
	cpu->alive++;
	epoll_ctl(cpu->epoll, EPOLL_CTL_ADD, socket, &watch);
}

/* Time */

static uint64_t post_due(const struct cpu *cpu, const struct post *post)
{
	if (post->retry_us)
		return post->retry_us;
	if (post->gone)
		return post->gone_us + GONE_US;
	if (!cpu->settings.timeout_ms || post->count == 0)
		return UINT64_MAX;
	return post->began_us + (uint64_t)cpu->settings.timeout_ms * 1000;
}

void posts_check(struct cpu *cpu, uint64_t now_us)
{
	for (unsigned i = 0; i < cpu->settings.workers; i++) {
		struct post *post = &cpu->posts[i];

		if (post_due(cpu, post) > now_us)
			continue;
		if (post->retry_us) {
			post->retry_us = 0;
			order_send(cpu, ORDER_FORK, post);
			continue;
		}
		if (post->gone) {
			server_kill(cpu); /* it hangs or was stopped; its workers die with it */
			post->gone_us = now_us;
			continue;
		}
		/* Its answer may lie in the socket while we were kept from running. */
		post_receive(cpu, post);
		if (!post->gone && post_due(cpu, post) <= now_us)
			post_kill(cpu, post, IMGBATCH_E_TIMEOUT);
	}
}

int posts_timeout(const struct cpu *cpu, uint64_t now_us)
{
	unsigned patrol = cpu->settings.timeout_ms / PATROLS;
	uint64_t due = cpu->start_by_us ? cpu->start_by_us : UINT64_MAX, next;

	patrol = patrol && patrol < PATROL_MS ? patrol : PATROL_MS;
	next = now_us + (uint64_t)patrol * 1000;

	for (unsigned i = 0; i < cpu->settings.workers; i++) {
		uint64_t one = post_due(cpu, &cpu->posts[i]);

		if (one < due)
			due = one;
	}
	if (due > next)
		return (int)patrol;
	return due <= now_us ? 0 : (int)((due - now_us + 999) / 1000);
}
