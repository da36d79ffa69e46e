/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the worker helper share. None of them is part of the library: the program that hosts it holds the
 * other ends of the sockets (cpu/wire.h).
 */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include "helper/sandbox.h"
#include "slots/task.h"

/*
 * The helper's main function: reads its settings from the socket it inherited as descriptor `control` (its only
 * argument, a decimal number), forks workers that run task, replaces dead ones, and returns an exit status when the
 * parent is gone.
 */
int fork_server(int control, const struct task *task);

/* A worker's life: answers requests until the socket's other end is gone. */
struct worker_post {
	int socket;
	const struct task *task;
	void *state; /* the task's */
	uint8_t *slots; /* the shared mapping */
	size_t slot_size;
	struct sandbox *sandbox; /* entered */
	const struct parallel
		*parallel; /* further threads of this process, locked in likewise; NULL: none */
};
void worker_main(const struct worker_post *post);

#endif
