/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said about requests and replies without knowing the work: the stages' names, and whether
 * a reply from a process that decodes hostile bytes may be believed.
 */
#include "slots/task.h"

#include "base/str.h"

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

/* Sides that an image can have, of a format that there is. Tasks that make no images say nothing of either. */
static bool is_image(uint32_t format, uint32_t width, uint32_t height, uint32_t formats)
{
	return !formats ||
		(format < formats && width && width <= INT32_MAX && height && height <= INT32_MAX);
}

/* Where the outputs lie. There are no more than TASK_OUTPUTS_MAX. */
static int extents_check(const struct task_reply *reply, struct extent room)
{
	struct extent all[3 * TASK_OUTPUTS_MAX];
	unsigned count = 0;

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

static int outputs_check(const struct task_reply *reply, const struct task_request *request)
{
	uint32_t formats = request->formats;

	if (reply->output_count > TASK_OUTPUTS_MAX ||
		!is_image(reply->format, reply->width, reply->height, formats))
		return -1;
	for (unsigned i = 0; i < reply->output_count; i++) {
		const struct task_output *output = &reply->output[i];

		if (!is_image(output->format, output->width, output->height, formats) ||
			output->recipe.length > TASK_RECIPE_MAX)
			return -1;
	}
	return extents_check(reply, request->room);
}

/* Outputs come one by one and none is left out; more only where there are more. */
static bool counts_agree(const struct task_reply *reply, const struct task_request *request)
{
	uint64_t end = (uint64_t)request->from + reply->output_count;

	if (reply->status == TASK_DONE)
		return !request->until || end == request->until;
	return reply->output_count && reply->next == end &&
		(!request->until || end < request->until);
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

/* As fault_set() makes it: people read it in terminals. */
static bool detail_is_plain(const struct task_reply *reply)
{
	char plain[sizeof reply->detail];

	if (!memchr(reply->detail, 0, sizeof reply->detail))
		return false;
	memcpy(plain, reply->detail, sizeof plain);
	str_make_plain(plain);
	return !strcmp(plain, reply->detail);
}

int task_reply_check(const struct task_reply *reply, const struct task_request *request)
{
	if (reply->seq != request->seq || reply->slot != request->slot)
		return -1;
	if (reply->warnings & ~warnings_known())
		return -1;
	if (reply->orientation > 8)
		return -1;
	if (!detail_is_plain(reply) || spent_work_check(&reply->spent, request->operations))
		return -1;
	if (request->formats && reply->format != 255 && reply->format >= request->formats)
		return -1;
	switch (reply->status) {
	case TASK_DONE:
	case TASK_MORE:
		return counts_agree(reply, request) ? outputs_check(reply, request) : -1;
	case TASK_FAIL:
		return !reply->output_count && code_is_image(reply->code) &&
				reply->stage <= STAGE_WRITE
			? 0
			: -1;
	case TASK_NEED:
		return !reply->output_count && reply->need > request->granted ? 0 : -1;
	default:
		return -1;
	}
}
