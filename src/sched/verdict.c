/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes in words: what an engine's code and errno come to in one line. */
#include "sched/inner.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

static const char *errno_text(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "unknown error";
}

void verdict_read(const struct job *job, struct fault *fault)
{
	if (job->error)
		fault_set(fault, job->code, "%s", errno_text(job->error));
	else
		fault_set(fault, job->code, "%s", code_text(job->code));
}

void verdict_death(const struct sched *sched, const struct job *job, struct fault *fault)
{
	const char *text;

	switch (job->code) {
	case IMGBATCH_E_TIMEOUT:
		fault_set(fault, job->code, "no answer within %u ms, twice",
			sched->settings.timeout_ms);
		return;
	case IMGBATCH_E_MEMORY:
		fault_set(fault, job->code, "its worker was killed for want of memory, twice");
		return;
	}
	text = job->error ? sigdescr_np(job->error) : NULL;
	if (job->error)
		fault_set(fault, job->code, "sig=%d (%s)", job->error, text ? text : "unknown");
	else
		fault_set(fault, job->code, "its worker exited or gave no usable answer");
}

void verdict_write(const struct job *job, struct fault *fault)
{
	const char *path = job->write[job->written].path;
	struct str name = STR_INIT;

	str_add_escaped(&name, path, strlen(path));
	/* A long name is cut at its front, so that the reason is always seen. */
	const char *text = str_text(&name);
	size_t most = FAULT_DETAIL_MAX - 64;
	if (name.length > most)
		text += name.length - most;
	fault_set(fault, job->code, "%s: %s", text,
		job->error ? errno_text(job->error) : code_text(job->code));
	str_release(&name);
}
