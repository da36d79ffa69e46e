/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of a worker that may be anybody's by now: whatever is believed of one must be true. The request is the parent's
 * own, and in order; the input is what the reply differs by from an answer to it.
 */
#include "slots/task.h"

#include "fuzz.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

enum { ROOM = 4096 };

static void make_request(struct fuzz_bytes *in, struct task_request *request)
{
	*request = (struct task_request){.seq = fuzz_u8(in), .slot = fuzz_u8(in), .input_count = 1};
	request->input[0] = (struct extent){0, fuzz_u16(in)};
	request->room = (struct extent){request->input[0].length, fuzz_u16(in) % (ROOM + 1)};
	request->granted = fuzz_u16(in);
	request->from = fuzz_u8(in) & 15;
	request->until = fuzz_u8(in) & 31;
	if (request->until <= request->from)
		request->until = 0;
	request->formats = fuzz_u8(in) & 3;
}

/* Marks bytes as somebody's; false where they are another's or lie outside. */
static bool mark(uint8_t *taken, struct extent room, struct extent e)
{
	if (!e.length)
		return true;
	if (e.offset < room.offset || e.offset - room.offset >= room.length ||
		e.length > room.length - (e.offset - room.offset))
		return false;
	for (uint64_t i = e.offset - room.offset; e.length; e.length--, i++)
		if (taken[i]++)
			return false;
	return true;
}

static void check_outputs(const struct task_reply *reply, const struct task_request *request)
{
	struct extent room = request->room;
	uint8_t taken[ROOM] = {0};

	fuzz_check(!request->until || request->from + reply->output_count <= request->until,
		"%u outputs from %u on, of %u", reply->output_count, request->from, request->until);
	fuzz_check(reply->output_count <= TASK_OUTPUTS_MAX, "%u outputs", reply->output_count);
	for (uint32_t i = 0; i < reply->output_count; i++) {
		const struct task_output *o = &reply->output[i];

		fuzz_check(mark(taken, room, o->bytes) && mark(taken, room, o->recipe) &&
				mark(taken, room, o->mask),
			"output %u", i);
		fuzz_check(!request->formats ||
				(o->format < request->formats && o->width && o->height),
			"output %u: format %u, %u x %u", i, o->format, o->width, o->height);
	}
}

/* What the parent goes by without asking again. */
static void check_believed(const struct task_reply *reply, const struct task_request *request)
{
	fuzz_check(reply->seq == request->seq && reply->slot == request->slot, "another's");
	fuzz_check(memchr(reply->detail, 0, sizeof reply->detail), "no end");
	fuzz_check_text(reply->detail);
	for (unsigned bit = 0; bit < 32; bit++)
		fuzz_check(!(reply->warnings >> bit & 1) || warning_name(1u << bit), "%x",
			reply->warnings);
	switch (reply->status) {
	case TASK_MORE:
		fuzz_check(reply->next > request->from &&
				reply->next == request->from + reply->output_count,
			"%u", reply->next);
		/* fallthrough */
	case TASK_DONE:
		check_outputs(reply, request);
		return;
	case TASK_FAIL:
		fuzz_check(!reply->output_count, "%u outputs", reply->output_count);
		fuzz_check(reply->code < 0 && reply->code > IMGBATCH_E_USAGE, "%d", reply->code);
		fuzz_check(strcmp(stage_name(reply->stage), "unknown") != 0, "%u", reply->stage);
		return;
	case TASK_NEED:
		fuzz_check(!reply->output_count, "%u outputs", reply->output_count);
		fuzz_check(reply->need > request->granted, "%llu", (unsigned long long)reply->need);
		return;
	default:
		fuzz_fail(__FILE__, __LINE__, "status", "%u", reply->status);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes in = {data, size};
	struct task_request request;
	struct task_reply reply = {0};
	uint8_t *raw = (uint8_t *)&reply;
	uint64_t offset;

	make_request(&in, &request);
	for (size_t i = 0; i < sizeof reply && in.left; i++)
		raw[i] = fuzz_u8(&in);
	reply.seq += request.seq;
	reply.slot += request.slot;
	offset = request.room.offset;
	for (int i = 0; i < TASK_OUTPUTS_MAX; i++) {
		reply.output[i].bytes.offset += offset;
		reply.output[i].recipe.offset += offset;
		reply.output[i].mask.offset += offset;
	}
	if (!task_reply_check(&reply, &request))
		check_believed(&reply, &request);
	return 0;
}
