/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process: requests in, replies out, bytes in the shared slots.
 *
 * Requests may be queued on its socket. It says STARTED before it touches a slot, so that the parent knows which
 * of them a death belongs to; when the next request is there by the end of a run, the reply says it in passing.
 */
#include "helper/helper.h"

#include "cpu/wire.h"

#include <string.h>
#include <sys/socket.h>

/* Waits for a request unless MSG_DONTWAIT is given. False: none, or the parent is gone. */
static bool request_take(int socket, struct task_request *request, int flags)
{
	return wire_receive(socket, request, sizeof *request, NULL, flags) ==
		(ssize_t)sizeof *request;
}

static struct wire_started started(const struct task_request *request)
{
	return (struct wire_started){request->seq, request->slot, 0};
}

static void run(const struct worker_post *post, const struct task_request *request,
	struct wire_reply *reply)
{
	memset(reply, 0, sizeof *reply);
	sandbox_grant(post->sandbox, request->granted);
	post->task->run(post->state, request, post->slots + post->slot_size * request->slot,
		post->slot_size, post->parallel, &reply->reply);
}

void worker_main(const struct worker_post *post)
{
	struct task_request request, next = {0};
	bool queued = false;

	for (;;) {
		struct wire_reply reply;

		if (!queued) {
			if (!request_take(post->socket, &request, 0))
				return;
			struct wire_started now = started(&request);
			if (wire_send(post->socket, &now, sizeof now, NULL, 0, 0) < 0)
				return;
		}
		run(post, &request, &reply);
		queued = request_take(post->socket, &next, MSG_DONTWAIT);
		if (queued) {
			reply.started = 1;
			reply.next = started(&next);
		}
		if (wire_send(post->socket, &reply, sizeof reply, NULL, 0, 0) < 0)
			return;
		request = next;
	}
}
