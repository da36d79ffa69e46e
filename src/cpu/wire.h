/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What crosses the sockets of the processes engine. All are SOCK_SEQPACKET: a message arrives whole or not at all,
 * and tells its kind by its size where two kinds share a direction.
 *
 *	parent ══ control ══ server       hello (with two memfds), then orders; news (FORKED with a socket)
 *	   ╚═════ socket ═════ worker     task_request; wire_started, wire_reply
 *
 * Server and worker are another program: helper/.
 *
 * The far ends are the same build on the same machine (the hello checks), so structs cross as they are.
 */
#ifndef CPU_WIRE_H
#define CPU_WIRE_H

#include "slots/task.h"

#include <stdbool.h>
#include <sys/types.h>

enum { WIRE_VERSION = 4 };

/* Parent to server, first, with the slots' memfd and the memfd of the task's settings. */
struct wire_hello {
	uint32_t version, request_size, reply_size;
	char build[32]; /* VERSION_TEXT */
	uint64_t slot_size, config_size;
	uint32_t slot_count;
	uint32_t workers; /* to fork at once, with generation 0 */
	uint32_t generation; /* theirs */
	uint32_t inner; /* threads in each of them; 0: one */
	uint32_t sandbox; /* enum cpu_sandbox */
	uint64_t memory; /* bytes of private memory that no worker may pass; 0: no bound */
};

enum { ORDER_FORK, ORDER_KILL, ORDER_KILL_ALL };

/* Parent to server. A worker is known by its index and by how often that place was filled before. */
struct wire_order {
	uint32_t what, index, generation;
};

enum {
	NEWS_READY, /* the settings are taken, workers follow: locks, and in detail what they lack */
	NEWS_REFUSED, /* detail says why; the server ends */
	NEWS_FORKED, /* with the worker's socket */
	NEWS_NO_FORK, /* status: errno */
	NEWS_DIED, /* status: as from waitpid */
};

/* Server to parent. */
struct wire_news {
	uint32_t kind, index, generation;
	int32_t status;
	uint32_t oom; /* DIED: the kernel killed for memory meanwhile */
	uint32_t locks; /* READY: enum cpu_lock bits */
	char detail[FAULT_DETAIL_MAX];
};

/* Worker to parent, when a request finds it idle. */
struct wire_started {
	uint64_t seq;
	uint32_t slot, zero;
};

/* Worker to parent. When the next request has come by then, this says also that it begins. */
struct wire_reply {
	struct task_reply reply;
	struct wire_started next;
	uint32_t started; /* 1: next holds */
};

/* Sends size bytes and count descriptors (at most 2). 0, or -1 with errno. Never raises SIGPIPE. */
int wire_send(
	int socket, const void *bytes, size_t size, const int *fds, unsigned count, int flags);
/*
 * Receives one message of at most size bytes, and up to 2 descriptors into fds (-1: none came; close-on-exec). Its
 * size, 0 at the end of the file, -1 with errno. A message that is longer counts as EMSGSIZE.
 */
ssize_t wire_receive(int socket, void *bytes, size_t size, int fds[2], int flags);

/* spawn.c: starts the helper with one end of a control socket as its descriptor 3. */
struct helper {
	pid_t pid;
	int pidfd; /* -1: the system has none */
	int control;
};
int helper_spawn(struct helper *helper, const char *path, struct fault *fault);
/* Ends it, politely first: closes control, waits up to a second, kills. Reaps it, whoever else may have. */
void helper_end(struct helper *helper);
/*
 * The helper's path: wanted; the environment's IMGBATCH_WORKER; beside this program or this library, or where it was
 * installed with them; the configured libexec. 0, or -1 when the path is too long.
 */
int helper_find(char *path, size_t size, const char *wanted);

#endif
