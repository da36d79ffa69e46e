/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process locked in. It decodes hostile bytes, so it is given what that takes and no more: its socket, the
 * shared slots, memory of its own.
 *
 *	limits      no descriptor but the socket and none to come; no file, no process, no core; a bound on private memory
 *	Landlock    a rule set without a rule: no file system, and as the kernel knows them no TCP port, no signal to others
 *	seccomp     a short list of system calls; what libraries may try in vain gets EACCES; all else kills the process
 *
 * The limits hold on every Linux. The two locks depend on the kernel, and on the container around it: probing finds out
 * by trying both, in a child.
 */
#ifndef HELPER_SANDBOX_H
#define HELPER_SANDBOX_H

#include "base/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox {
	uint32_t locks; /* enum cpu_lock: those that workers enter; 0 until probed */
	bool limits; /* whether the limits are set: not where no sandbox is wanted */
	uint64_t
		memory; /* bytes of private memory beside `base` that no worker ever passes; 0: no bound */
	uint64_t base; /* private bytes that a worker is born with */
	uint64_t granted; /* what the last request was granted */
};

/*
 * Finds out what can be had here, in a child that enters it. missing: why the rest cannot ("" when nothing is amiss).
 * 0, or an error when no child could be made.
 */
int sandbox_probe(struct sandbox *sandbox, char missing[FAULT_DETAIL_MAX]);
/*
 * Locks the calling process in, for good. What the probe found and now fails ends the process: a worker that should be
 * locked in and is not must not see a byte.
 */
void sandbox_enter(const struct sandbox *sandbox, int socket);
/*
 * Locks a further thread in, as far as that is each thread's own. On that thread, before sandbox_enter, whose filter then
 * holds for all threads of the process.
 */
void sandbox_enter_thread(const struct sandbox *sandbox);
/* Before sandbox_enter: what this process has taken by now counts as what it was born with. */
void sandbox_measure(struct sandbox *sandbox);
/* Before a run: the bound on private memory follows what the request was granted. */
void sandbox_grant(struct sandbox *sandbox, uint64_t granted);

#endif
