/* SPDX-License-Identifier: Apache-2.0 */
#include "run/profile.h"

#include "base/clock.h"
#include "base/machine.h"
#include "measure/diagnosis.h"
#include "report/report.h"
#include "report/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static bool switched_off(void)
{
	const char *wish = getenv("IMGBATCH_MEASURE");

	return wish && !strcmp(wish, "off");
}

void profile_free(struct imgbatch_profile *profile)
{
	if (profile)
		free(profile->worker);
	free(profile);
}

/* Bytes that this process has caused to be read from devices, and written to them; the kernel counts for it. */
static void device_bytes(uint64_t *read, uint64_t *written)
{
	FILE *file = fopen("/proc/self/io", "re");
	char line[80];

	*read = *written = 0;
	while (file && fgets(line, sizeof line, file)) {
		if (!strncmp(line, "read_bytes: ", 12))
			*read = strtoull(line + 12, NULL, 10);
		else if (!strncmp(line, "write_bytes: ", 13))
			*written = strtoull(line + 13, NULL, 10);
	}
	if (file)
		fclose(file);
}

static double cpu_of(int who, uint64_t *peak_rss)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	*peak_rss = (uint64_t)usage.ru_maxrss * 1024;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Kept negative until the end: what was spent before the run. */
static void ask_system(struct imgbatch_profile *profile, int sign)
{
	uint64_t read, written;

	device_bytes(&read, &written);
	profile->process_cpu_s += sign * cpu_of(RUSAGE_SELF, &profile->peak_rss);
	profile->workers_cpu_s += sign * cpu_of(RUSAGE_CHILDREN, &profile->worker_peak_rss);
	profile->reading.device_bytes += (uint64_t)sign * read;
	profile->writing.device_bytes += (uint64_t)sign * written;
}

int profile_begin(struct run *run)
{
	struct imgbatch_profile *profile;

	profile_free(run->batch->profile);
	run->batch->profile = NULL;
	run->part_ns = run->started_ns;
	if (switched_off())
		return 0;
	profile = calloc(1, sizeof *profile);
	if (!profile)
		return fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for profile");
	run->batch->profile = run->profile = profile;
	profile->cpus = machine_cpus();
	for (uint32_t i = 0; i < op_count && i < IMGBATCH_OPERATIONS_MAX; i++)
		profile->operation[i].name = ops[i]->name;
	ask_system(profile, -1);
	return 0;
}

void profile_part(struct run *run, enum profile_part part)
{
	struct imgbatch_profile *profile = run->profile;
	uint64_t now = clock_ns();
	double seconds = (double)(now - run->part_ns) / 1e9;

	run->part_ns = now;
	if (!profile)
		return;
	if (part == PART_PLAN)
		profile->plan_s = seconds;
	else if (part == PART_OPEN)
		profile->open_s = seconds;
	else if (part == PART_END)
		profile->end_s = seconds;
}

/* Only operations that ran, in the order of the table. */
static void pack_operations(struct imgbatch_profile *profile)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < profile->operation_count; i++)
		if (profile->operation[i].count || profile->operation[i].wall_ns)
			profile->operation[kept++] = profile->operation[i];
	profile->operation_count = kept;
}

/* The verdict's text, as far as it fits. */
static void judge(struct imgbatch_profile *profile)
{
	struct diagnosis diagnosis;
	struct str text = STR_INIT;

	diagnose(profile, &diagnosis);
	profile->bound = diagnosis.bound;
	report_verdict(&text, profile, &diagnosis);
	snprintf(profile->verdict, sizeof profile->verdict, "%s", str_text(&text));
	str_make_plain(profile->verdict);
	str_release(&text);
}

static void profile_close(struct run *run)
{
	struct imgbatch_profile *profile = run->profile;

	if (!profile || profile->verdict[0])
		return;
	profile_part(run, PART_END);
	ask_system(profile, 1);
	pack_operations(profile);
	judge(profile);
	run->summary->profile = profile;
}

int profile_record(struct run *run)
{
	struct str json = STR_INIT;
	int code = 0;

	profile_close(run);
	if (!run->profile)
		return 0;
	report_profile_json(&json, run->profile);
	code = json.failed ? fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for the profile")
			   : ledger_put_profile(run->ledger, run->profile->verdict, str_text(&json),
				     &run->fault);
	str_release(&json);
	return code;
}

void profile_end(struct run *run)
{
	double end_s;

	profile_close(run);
	if (!run->profile)
		return;
	end_s = run->profile->end_s;
	profile_part(run, PART_END);
	run->profile->end_s += end_s;
}

/* Into its place among the slowest, if it has one. */
static void keep_slow(
	struct imgbatch_profile *profile, const struct imgbatch_image *image, uint64_t ns)
{
	struct imgbatch_slow *slow = profile->slowest;
	unsigned at = profile->slowest_count;

	if (at == IMGBATCH_SLOWEST && slow[at - 1].work_ns >= ns)
		return;
	if (at < IMGBATCH_SLOWEST)
		profile->slowest_count++;
	else
		at--;
	for (; at && slow[at - 1].work_ns < ns; at--)
		slow[at] = slow[at - 1];
	slow[at] = (struct imgbatch_slow){.work_ns = ns,
		.bytes = image->bytes_in,
		.width = image->width,
		.height = image->height,
		.read_ns = (uint64_t)(image->read_ms * 1e6),
		.write_ns = (uint64_t)(image->write_ms * 1e6)};
	snprintf(slow[at].name, sizeof slow[at].name, "%s", image->name);
}

static void fill_operations(const struct spent_work *work, struct profile_image *to)
{
	for (unsigned i = 0; i < work->operation_count; i++) {
		const struct spent_operation *one = &work->operation[i];

		to->operation[i] = (struct imgbatch_operation_profile){
			.name = one->op < op_count ? ops[one->op]->name : "",
			.count = one->count,
			.wall_ns = one->spent.wall_ns,
			.cpu_ns = one->spent.cpu_ns};
		to->image.stage_ns[IMGBATCH_STAGE_OPERATIONS] += one->spent.wall_ns;
	}
	to->image.operation = to->operation;
	to->image.operation_count = work->operation_count;
}

const struct imgbatch_image_profile *profile_image(struct run *run, const struct job *job,
	const struct imgbatch_image *image, struct profile_image *to)
{
	const struct spent_job *spent = &job->spent;
	const struct spent_work *work = &spent->work;

	if (!run->profile || !spent->taken_ns)
		return NULL;
	to->image = (struct imgbatch_image_profile){
		.stage_ns = {[IMGBATCH_STAGE_QUEUE] = spent->queue_ns,
			[IMGBATCH_STAGE_READ] = spent->read.wall_ns,
			[IMGBATCH_STAGE_PLAN] = work->stage[SPENT_PLAN].wall_ns,
			[IMGBATCH_STAGE_DECODE] = work->stage[SPENT_DECODE].wall_ns,
			[IMGBATCH_STAGE_ENCODE] = work->stage[SPENT_ENCODE].wall_ns,
			[IMGBATCH_STAGE_WRITE] = spent->write.wall_ns},
		.cpu_ns = work->cpu_ns,
		.io_cpu_ns = spent->read.cpu_ns + spent->write.cpu_ns,
		.minor_faults = work->minor_faults,
		.major_faults = work->major_faults,
		.worker = spent->worker,
	};
	fill_operations(work, to);
	if (work->begun_ns)
		keep_slow(run->profile, image, spent_work_wall(work));
	return &to->image;
}
