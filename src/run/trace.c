/* SPDX-License-Identifier: Apache-2.0 */
#include "run/trace.h"

#include "base/clock.h"
#include "report/trace.h"
#include "run/item.h"

static const char *operation_name(uint32_t op)
{
	return op < op_count ? ops[op]->name : "?";
}

int run_trace_open(struct run *run)
{
	struct trace_settings settings = {.path = run->options->trace,
		.begun_ns = run->started_ns,
		.operation = operation_name};

	return settings.path ? trace_open(&run->trace, &settings, &run->fault) : 0;
}

static uint64_t written_bytes(const struct job *job)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < job->written; i++)
		bytes += job->write[i].bytes.length;
	return bytes;
}

static const char *code_of(const struct job *job)
{
	int code = job->code;

	if (!code && job->phase == JOB_WORK && job->reply.status == TASK_FAIL)
		code = job->reply.code;
	return code ? code_name(code) : NULL;
}

void run_trace_passed(void *ctx, const struct job *job)
{
	static const struct spent_work nothing;
	struct run *run = ctx;
	const struct item *item = job->user;
	struct trace_image image = {.name = str_text(&item->name),
		.name_size = item->name.length,
		.bytes = job->phase == JOB_WRITE ? written_bytes(job) : job->read[0].got.length,
		.code = code_of(job)};

	if (!run->trace)
		return;
	if (job->phase == JOB_WORK)
		trace_work(run->trace, job->worker, job->worked_from_ns, job->worked_to_ns,
			job->code ? &nothing : &job->reply.spent, &image);
	else
		trace_io(run->trace, job->phase == JOB_READ ? TRACE_READ : TRACE_WRITE, &job->io,
			&image);
	if (run->profile)
		trace_levels(run->trace, &run->profile->levels, clock_ns());
}

static uint64_t part(struct run *run, const char *name, uint64_t begun_ns, double seconds)
{
	uint64_t ended_ns = begun_ns + (uint64_t)(seconds * 1e9);

	trace_part(run->trace, name, begun_ns, ended_ns);
	return ended_ns;
}

int run_trace_close(struct run *run, struct fault *fault)
{
	const struct imgbatch_profile *profile = run->profile;
	struct trace *trace = run->trace;
	uint64_t at = run->started_ns;

	if (!trace)
		return 0;
	if (profile) {
		at = part(run, "plan", at, profile->plan_s);
		at = part(run, "open", at, profile->open_s);
		at = part(run, "work", at, profile->run_s);
		part(run, "end", at, profile->end_s);
	}
	run->trace = NULL;
	return trace_close(trace, clock_ns(), fault);
}
