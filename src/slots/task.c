/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said about requests and replies without knowing the work: the stages' names, and whether
 * a reply from a process that decodes hostile bytes may be believed.
 */
#include "slots/task.h"

#include <stdbool.h>
#include <string.h>

const char *stage_name(enum task_stage stage)
{
	switch (stage) {
	case STAGE_READ:
		return "read";
	case STAGE_DECODE:
		return "decode";
	case STAGE_DRAW:
		return "draw";
	case STAGE_OP:
		return "op";
	case STAGE_ENCODE:
		return "encode";
	case STAGE_WRITE:
		return "write";
	}
	return "unknown";
}

static bool extent_inside(struct extent e, struct extent room)
{
	return e.offset >= room.offset && e.length <= room.length &&
		e.offset - room.offset <= room.length - e.length;
}

/* Both lie inside one room, so the sums cannot overflow. Empty extents overlap nothing. */
static bool extent_overlap(struct extent a, struct extent b)
{
	return a.length && b.length && a.offset < b.offset + b.length &&
		b.offset < a.offset + a.length;
}

static int outputs_check(const struct task_reply *reply, struct extent room)
{
	struct extent all[3 * TASK_OUTPUTS_MAX];
	unsigned count = 0;

	if (reply->output_count > TASK_OUTPUTS_MAX)
		return -1;
	for (unsigned i = 0; i < reply->output_count; i++) {
		all[count++] = reply->output[i].bytes;
		if (reply->output[i].recipe.length)
			all[count++] = reply->output[i].recipe;
		if (reply->output[i].mask.length)
			all[count++] = reply->output[i].mask;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!extent_inside(all[i], room))
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (extent_overlap(all[i], all[j]))
				return -1;
	}
	return 0;
}

/* One image's codes only: a worker that says E_WRITE must not be able to end the run. */
static bool code_is_image(int code)
{
	return code < 0 && code > IMGBATCH_E_USAGE && strcmp(code_name(code), "E_UNKNOWN") != 0;
}

static unsigned warnings_known(void)
{
	unsigned known = 0;

#define X(name, shift, text) known |= 1u << (shift);
	IMGBATCH_WARNING_LIST(X)
#undef X
	return known;
}

int task_reply_check(const struct task_reply *reply, const struct task_request *request)
{
	if (reply->seq != request->seq || reply->slot != request->slot)
		return -1;
	if (reply->warnings & ~warnings_known())
		return -1;
	if (reply->orientation > 8)
		return -1;
	if (!memchr(reply->detail, 0, sizeof reply->detail))
		return -1;
	switch (reply->status) {
	case TASK_DONE:
		return outputs_check(reply, request->room);
	case TASK_MORE:
		/* `next` must move, or a hostile worker could keep the scheduler turning for ever. */
		return reply->next > request->from ? outputs_check(reply, request->room) : -1;
	case TASK_FAIL:
		return code_is_image(reply->code) && reply->stage <= STAGE_WRITE ? 0 : -1;
	case TASK_NEED:
		return reply->need > request->granted ? 0 : -1;
	default:
		return -1;
	}
}
