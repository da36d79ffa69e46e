/* SPDX-License-Identifier: Apache-2.0 */
/* Running a job's work in this process. */
#include "cpu/local.h"

void cpu_run_local(const struct cpu_settings *settings, void *worker, uint32_t number,
	struct job *job, const struct parallel *parallel)
{
	job->error = 0;
	job->worker = number;
	settings->task->run(
		worker, &job->request, job->bytes, settings->slots->size, parallel, &job->reply);
	job->code = task_reply_check(&job->reply, &job->request) ? IMGBATCH_E_CRASH : 0;
}

void cpu_return_all(struct queue *done, struct job *first, int code)
{
	struct job *next;

	for (struct job *job = first; job; job = next) {
		next = job->next;
		job->code = code;
		job->error = 0;
		queue_push(done, job);
	}
}
