/* SPDX-License-Identifier: Apache-2.0 */
/* A task without images: see synthetic.h. Outputs depend on nothing but the input bytes and request.key. */
#include "synthetic.h"

#include "attempts.h"
#include "base/clock.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { ROUNDS = 5, A_ROUND = 2, PARTS = 16 };

struct synthetic {
	struct synthetic_config config;
	uint64_t runs;
};

static int at_birth; /* of the fork server, which has one thread */

static void be_stillborn(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* one that stops must not outlive the test */
	raise(at_birth);
}

static void *synthetic_open(const void *config, size_t size, struct fault *fault)
{
	struct synthetic *s = calloc(1, sizeof *s);

	if (!s || size != sizeof s->config) {
		free(s);
		fault_set(fault, IMGBATCH_E_USAGE, "config of %zu bytes", size);
		return NULL;
	}
	memcpy(&s->config, config, size);
	if (s->config.refuse) {
		free(s);
		fault_set(fault, IMGBATCH_E_USAGE, "refused as asked");
		return NULL;
	}
	if (s->config.stillborn) {
		at_birth = s->config.stillborn;
		pthread_atfork(NULL, NULL, be_stillborn);
	}
	return s;
}

static void synthetic_close(void *worker)
{
	free(worker);
}

static void fail(struct task_reply *reply, int code, const char *why)
{
	struct fault fault;

	fault_set(&fault, code, "%s", why);
	reply->status = TASK_FAIL;
	reply->code = code;
	reply->stage = STAGE_DECODE;
	memcpy(reply->detail, fault.detail, sizeof reply->detail);
}

/* Appends an output of `size` bytes behind those there are; returns where to write it. */
static uint8_t *output_add(
	struct task_reply *reply, const struct task_request *request, uint8_t *slot, uint64_t size)
{
	uint64_t at = request->room.offset;
	struct task_output *out = &reply->output[reply->output_count];

	if (reply->output_count)
		at = out[-1].bytes.offset + out[-1].bytes.length;
	out->bytes = (struct extent){at, size};
	out->width = reply->output_count;
	reply->output_count++;
	return slot + at;
}

static void copy(
	struct task_reply *reply, const struct task_request *request, uint8_t *slot, bool back)
{
	for (uint32_t input = 0; input < request->input_count; input++) {
		struct extent in = request->input[input];
		const uint8_t *from = slot + in.offset;
		uint8_t *to = output_add(reply, request, slot, in.length + 8);

		for (uint64_t i = 0; i < in.length; i++)
			to[i] = back ? from[in.length - 1 - i] : from[i];
		memcpy(to + in.length, request->key, sizeof request->key);
	}
}

static void copy_more(struct task_reply *reply, const struct task_request *request, uint8_t *slot)
{
	struct extent in = request->input[0];
	uint32_t i = request->from;

	for (; i < ROUNDS && i < request->from + A_ROUND; i++) {
		uint8_t *to = output_add(reply, request, slot, in.length);

		memcpy(to, slot + in.offset, in.length);
		if (in.length)
			to[0] = (uint8_t)('0' + i);
	}
	if (i < ROUNDS) {
		reply->status = TASK_MORE;
		reply->next = i;
	}
}

struct sum {
	const uint8_t *bytes;
	uint64_t size;
	uint32_t part[PARTS];
};

static void sum_part(void *arg, unsigned i)
{
	struct sum *sum = arg;
	uint32_t hash = 2166136261u;

	for (uint64_t at = i; at < sum->size; at += PARTS)
		hash = (hash ^ sum->bytes[at]) * 16777619u;
	sum->part[i] = hash;
}

static void sum_all(struct task_reply *reply, const struct task_request *request, uint8_t *slot,
	const struct parallel *parallel)
{
	struct sum sum = {slot + request->input[0].offset, request->input[0].length, {0}};

	for (int round = 0; round < 8; round++)
		parallel_for(parallel, PARTS, sum_part, &sum);
	memcpy(output_add(reply, request, slot, sizeof sum.part), sum.part, sizeof sum.part);
}

static void die(int how)
{
	if (how == 's') {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer would make a report and an exit of it */
		raise(SIGSEGV);
	}
	if (how == 'k')
		raise(SIGKILL);
	if (how == 'x')
		_exit(3);
	for (;;)
		sleep(1);
}

static void spin(unsigned us)
{
	uint64_t end = clock_us() + us;

	while (clock_us() < end)
		;
}

/* None of these may be believed. */
static void lie(struct task_reply *reply, const struct task_request *request, unsigned kind)
{
	reply->output[0].bytes = (struct extent){request->room.offset, 8};
	switch (kind % 6) {
	case 0:
		reply->output_count = TASK_OUTPUTS_MAX + 1;
		return;
	case 1:
		fail(reply, IMGBATCH_E_CORRUPT, "with outputs");
		reply->output_count = UINT32_MAX;
		return;
	case 2:
		reply->status = TASK_MORE; /* without one */
		reply->next = request->from + 1;
		return;
	case 3:
		fail(reply, IMGBATCH_E_WRITE, "ends the run");
		return;
	case 4:
		reply->output_count = 1;
		reply->output[0].bytes.length = request->room.length + 1;
		return;
	default:
		reply->seq++;
	}
}

static void hijacked(struct task_reply *reply, const struct task_request *request, uint8_t *slot)
{
	struct attempted said = attempt(slot[request->input[0].offset + 1]);

	memcpy(output_add(reply, request, slot, sizeof said), &said, sizeof said);
}

/* Two parts, of which neither ends before both have begun: so one is another thread's. */
struct elsewhere {
	pthread_t here;
	unsigned number;
	atomic_uint begun;
	struct attempted said;
};

static void attempt_elsewhere(void *arg, unsigned i)
{
	struct elsewhere *e = arg;

	(void)i;
	atomic_fetch_add(&e->begun, 1);
	while (atomic_load(&e->begun) < 2)
		sched_yield();
	if (!pthread_equal(pthread_self(), e->here))
		e->said = attempt(e->number);
}

static void hijacked_thread(struct task_reply *reply, const struct task_request *request,
	uint8_t *slot, const struct parallel *parallel)
{
	struct elsewhere e = {.here = pthread_self(), .number = slot[request->input[0].offset + 1]};

	if (!parallel) {
		fail(reply, IMGBATCH_E_CORRUPT, "no thread is lent");
		return;
	}
	parallel->run(parallel->ctx, 2, attempt_elsewhere, &e);
	memcpy(output_add(reply, request, slot, sizeof e.said), &e.said, sizeof e.said);
}

static void work(struct synthetic *s, const struct task_request *request, uint8_t *slot,
	const struct parallel *parallel, struct task_reply *reply)
{
	struct extent in = request->input[0];
	int verb = in.length ? slot[in.offset] : 'e';

	if (strchr("skxt", verb) && s->config.host != getpid())
		die(verb);
	if (verb == 'h' && in.length == 2)
		hijacked(reply, request, slot);
	else if (verb == 'H' && in.length == 2)
		hijacked_thread(reply, request, slot, parallel);
	else if (request->flags & TASK_OVERSIZE)
		fail(reply, IMGBATCH_E_LIMIT_FILE, "oversize");
	else if (verb == 'e')
		fail(reply, IMGBATCH_E_EMPTY, "empty");
	else if (verb == 'f')
		fail(reply, IMGBATCH_E_CORRUPT, "corrupt as asked");
	else if (verb == 'b')
		lie(reply, request, in.length > 1 ? slot[in.offset + 1] : 0);
	else if (verb == 'm')
		copy_more(reply, request, slot);
	else if (verb == 'p')
		sum_all(reply, request, slot, parallel);
	else
		copy(reply, request, slot, verb == 'r');
}

/* The number behind 'n' is how many MiB it wants; 'g' always wants more than it has. */
static uint64_t wanted(const struct task_request *request, const uint8_t *slot)
{
	struct extent in = request->input[0];

	if (in.length && slot[in.offset] == 'g')
		return request->granted + 1;
	if (in.length < 2 || slot[in.offset] != 'n')
		return 0;
	return (uint64_t)slot[in.offset + 1] << 20;
}

static void synthetic_run(void *worker, const struct task_request *request, uint8_t *slot,
	size_t size, const struct parallel *parallel, struct task_reply *reply)
{
	struct synthetic *s = worker;

	(void)size;
	memset(reply, 0, sizeof *reply);
	reply->seq = request->seq;
	reply->slot = request->slot;
	reply->format = 255;
	s->runs++;
	if (s->config.null)
		return;
	if (s->config.spin_us)
		spin(s->config.spin_us);
	if (wanted(request, slot) > request->granted) {
		reply->status = TASK_NEED;
		reply->need = wanted(request, slot);
		return;
	}
	work(s, request, slot, parallel, reply);
}

const struct task synthetic_task = {synthetic_open, synthetic_close, synthetic_run};
