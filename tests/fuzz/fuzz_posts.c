/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of worker processes, with workers that say anything at any moment, die, hang and come back: every job
 * comes back exactly once, with a reply that was checked or a code that says what became of it.
 *
 * The input is a play: a byte for what happens next, then what it needs.
 */
#include "cpu/posts.h"

#include "fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS = 2, JOBS = 12, ACTS_MAX = 200, ROOM = 4096 };

struct stage {
	struct cpu cpu;
	struct post post[WORKERS];
	int worker[WORKERS]; /* the other ends of their sockets; -1: nobody is there */
	struct job job[JOBS];
	unsigned submitted, back;
	bool ended[JOBS];
};

static void hire(struct stage *s, unsigned i)
{
	int ends[2];

	if (s->cpu.posts[i].socket >= 0)
		return;
	fuzz_check(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "%m");
	post_fill(&s->cpu, &s->cpu.posts[i], ends[0]);
	s->worker[i] = ends[1];
}

static void bury(struct stage *s, unsigned i, int status, bool oom)
{
	if (s->worker[i] >= 0)
		close(s->worker[i]);
	s->worker[i] = -1;
	post_drain(&s->cpu, &s->post[i], 0);
	post_settle(&s->cpu, &s->post[i], status, oom);
}

static void submit(struct stage *s, struct fuzz_bytes *in)
{
	struct job *job = &s->job[s->submitted];

	if (s->submitted == JOBS || s->cpu.state != CPU_UP)
		return;
	*job = (struct job){.seq = s->submitted, .alone = fuzz_u8(in) & 1};
	job->request = (struct task_request){
		.seq = s->submitted, .slot = s->submitted, .room = {ROOM, ROOM}, .granted = 1000};
	s->submitted++;
	pending_add(&s->cpu, job);
}

/* The job whose turn it is, as an honest worker would know it. */
static const struct task_request *in_hand(const struct stage *s, unsigned i)
{
	static const struct task_request none;

	return s->post[i].count ? &s->post[i].jobs[0]->request : &none;
}

static void begin_to(struct stage *s, unsigned i, const void *message, size_t size)
{
	if (s->worker[i] >= 0)
		send(s->worker[i], message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void say_started(struct stage *s, unsigned i)
{
	struct wire_started started = {.seq = in_hand(s, i)->seq, .slot = in_hand(s, i)->slot};

	begin_to(s, i, &started, sizeof started);
}

/* An answer in order, but for some bytes of it. */
static void say_reply(struct stage *s, unsigned i, struct fuzz_bytes *in)
{
	struct wire_reply message = {.reply = {.seq = in_hand(s, i)->seq,
					     .slot = in_hand(s, i)->slot,
					     .status = fuzz_u8(in) & 3,
					     .code = IMGBATCH_E_CORRUPT,
					     .need = 2000,
					     .next = 1,
					     .output_count = 1}};
	uint8_t *raw = (uint8_t *)&message;

	if (message.reply.status == TASK_FAIL || message.reply.status == TASK_NEED)
		message.reply.output_count = 0;
	message.reply.output[0].bytes = (struct extent){ROOM, 100};
	if (s->post[i].count > 1 && fuzz_u8(in) & 1) {
		message.started = 1;
		message.next.seq = s->post[i].jobs[1]->request.seq;
		message.next.slot = s->post[i].jobs[1]->request.slot;
	}
	for (unsigned spoiled = fuzz_u8(in) & 7; spoiled > 4; spoiled--)
		raw[fuzz_u16(in) % sizeof message] ^= fuzz_u8(in);
	begin_to(s, i, &message, sizeof message);
}

static void say_anything(struct stage *s, unsigned i, struct fuzz_bytes *in)
{
	uint8_t message[sizeof(struct wire_reply) + 8] = {0};
	size_t size = fuzz_u16(in) % sizeof message;

	for (size_t at = 0; at < size && in->left; at++)
		message[at] = fuzz_u8(in);
	begin_to(s, i, message, size);
}

static void check_back(struct stage *s, const struct job *job)
{
	size_t i = (size_t)(job - s->job);

	fuzz_check(i < s->submitted && !s->ended[i], "job %zu came back again", i);
	s->ended[i] = true;
	s->back++;
	switch (job->code) {
	case 0:
		fuzz_check(!task_reply_check(&job->reply, &job->request), "job %zu", i);
		return;
	case IMGBATCH_E_CRASH:
	case IMGBATCH_E_MEMORY:
	case IMGBATCH_E_TIMEOUT:
	case IMGBATCH_E_CANCELED:
	case IMGBATCH_E_ENGINE:
		return;
	default:
		fuzz_fail(__FILE__, __LINE__, "code", "%s of job %zu", code_name(job->code), i);
	}
}

static void take_back(struct stage *s)
{
	for (struct job *job = queue_take(s->cpu.settings.done, 1, 0), *next; job; job = next) {
		next = job->next;
		check_back(s, job);
	}
}

static void check_posts(const struct stage *s)
{
	unsigned there = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		const struct post *post = &s->post[i];

		there += post->socket >= 0;
		fuzz_check(post->count <= CPU_JOBS_EACH, "%u jobs", post->count);
		fuzz_check(!post->started || post->count, "nothing has begun");
		for (unsigned k = 0; k < post->count; k++)
			fuzz_check(!s->ended[post->jobs[k] - s->job], "a job that has ended");
	}
	fuzz_check(s->cpu.alive == there, "%u alive, %u there", s->cpu.alive, there);
}

static void act(struct stage *s, struct fuzz_bytes *in)
{
	uint8_t what = fuzz_u8(in);
	unsigned i = what >> 7;

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
		submit(s, in);
		break;
	case 3:
	case 4:
		say_started(s, i);
		break;
	case 5:
	case 6:
		say_reply(s, i, in);
		break;
	case 7:
		say_anything(s, i, in);
		break;
	case 8:
		bury(s, i, fuzz_u8(in), fuzz_u8(in) & 1);
		break;
	case 9:
		hire(s, i);
		break;
	case 10:
		posts_check(&s->cpu, UINT64_MAX - 1);
		break;
	case 11:
		if (s->worker[i] >= 0)
			shutdown(s->worker[i], SHUT_WR);
		break;
	case 12:
		post_kill(&s->cpu, &s->post[i], IMGBATCH_E_TIMEOUT);
		break;
	default:
		post_receive(&s->cpu, &s->post[i]);
	}
	posts_feed(&s->cpu);
	take_back(s);
	check_posts(s);
}

static void open_stage(struct stage *s)
{
	*s = (struct stage){.worker = {-1, -1}};
	s->cpu = (struct cpu){
		.settings = {.workers = WORKERS, .done = queue_new(), .timeout_ms = 1},
		.epoll = -1,
		.event = -1,
		.state = CPU_UP,
		.helper = {.pidfd = -1, .control = -1},
		.posts = s->post};
	s->cpu.pending_last = &s->cpu.pending;
	fuzz_check(s->cpu.settings.done, "no queue");
	for (unsigned i = 0; i < WORKERS; i++) {
		s->post[i].socket = -1;
		hire(s, i);
	}
}

/* What is left comes back when the run is stopped and everybody dies. */
static void close_stage(struct stage *s)
{
	s->cpu.canceled = true;
	for (unsigned i = 0; i < WORKERS; i++)
		bury(s, i, 9, false);
	cpu_lost(&s->cpu, "the play is over");
	take_back(s);
	check_posts(s);
	fuzz_check(s->back == s->submitted, "%u of %u jobs came back", s->back, s->submitted);
	queue_free(s->cpu.settings.done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage stage;
	struct fuzz_bytes in = {data, size};

	open_stage(&stage);
	for (unsigned acts = 0; in.left && acts < ACTS_MAX; acts++)
		act(&stage, &in);
	close_stage(&stage);
	return 0;
}
