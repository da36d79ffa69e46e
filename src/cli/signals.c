/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first SIGINT, SIGTERM or SIGHUP asks the batch to stop, which is async-signal-safe; the next one finds the
 * default action and kills. A signal that was ignored when the command started (nohup, a shell's background job)
 * stays ignored.
 */
#include "cli/cli.h"

#include <signal.h>
#include <stdatomic.h>

static _Atomic(struct imgbatch *) watched;
static atomic_int seen;

static const int stoppers[] = {SIGINT, SIGTERM, SIGHUP};

enum { STOPPERS = sizeof stoppers / sizeof *stoppers };

static void on_signal(int number)
{
	struct imgbatch *batch = atomic_load(&watched);

	for (size_t i = 0; i < STOPPERS; i++)
		signal(stoppers[i], SIG_DFL);
	atomic_store(&seen, number);
	if (batch)
		imgbatch_stop(batch);
}

static void install(int number)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < STOPPERS; i++)
		sigaddset(&action.sa_mask, stoppers[i]);
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void signals_watch(struct imgbatch *batch)
{
	atomic_store(&watched, batch);
	if (!batch)
		return;
	for (size_t i = 0; i < STOPPERS; i++)
		install(stoppers[i]);
}

int signals_seen(void)
{
	return atomic_load(&seen);
}
