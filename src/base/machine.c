/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup files are read for this process's own group and every group above it, since any of them may set the
 * bound: version 2's cpu.max and memory.max, and version 1's in their usual mount points.
 */
#include "base/machine.h"

#include <stdbool.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Longer group names than this are taken for none. */
enum { GROUP_MAX = 1024, PATH_ROOM = GROUP_MAX + 64 };

/* The first line of a small file without its newline; false when there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return false;
	got = fgets(line, (int)size, file) != NULL;
	fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

/* This process's group in version 2's tree: "/user.slice/..", or "/" where there is none. */
static void own_group(char group[GROUP_MAX])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[GROUP_MAX];

	memcpy(group, "/", 2);
	if (!file)
		return;
	while (fgets(line, sizeof line, file))
		if (!strncmp(line, "0::", 3)) {
			line[strcspn(line, "\n")] = '\0';
			memmove(group, line + 3, strlen(line + 3) + 1);
		}
	fclose(file);
}

/* Calls each(line, folder, least) for a file of the own group and of every one above it. */
static void walk_groups(const char *name,
	void (*each)(const char *line, const char *folder, uint64_t *least), uint64_t *least)
{
	char group[GROUP_MAX], folder[PATH_ROOM], path[PATH_ROOM + 32], line[64];
	char *slash;

	own_group(group);
	for (;;) {
		snprintf(folder, sizeof folder, "/sys/fs/cgroup%s", group);
		snprintf(path, sizeof path, "%s/%s", folder, name);
		if (read_line(path, line, sizeof line))
			each(line, folder, least);
		slash = strrchr(group, '/');
		if (!slash || !group[1])
			return;
		slash[slash == group] = '\0';
	}
}

/* "QUOTA PERIOD" or "max PERIOD", microseconds. */
static void take_cpu_max(const char *line, const char *folder, uint64_t *least)
{
	unsigned long long quota, period;

	(void)folder;
	if (sscanf(line, "%llu %llu", &quota, &period) == 2 && period) { // NOLINT(cert-err34-c)
		uint64_t cpus = (quota + period - 1) / period;

		if (cpus && cpus < *least)
			*least = cpus;
	}
}

static void take_cpu_quota_v1(uint64_t *least)
{
	char quota[64], period[64], both[130];

	if (!read_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota, sizeof quota) ||
		!read_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, sizeof period) ||
		quota[0] == '-')
		return;
	snprintf(both, sizeof both, "%s %s", quota, period);
	take_cpu_max(both, NULL, least);
}

unsigned machine_cpus(void)
{
	uint64_t least = 1;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof set, &set))
		least = (uint64_t)CPU_COUNT(&set);
	walk_groups("cpu.max", take_cpu_max, &least);
	take_cpu_quota_v1(&least);
	return least ? (unsigned)least : 1;
}

/* Bytes between a limit and what is used already.. */
static uint64_t left_of(const char *limit_line, const char *used_line)
{
	uint64_t limit = strtoull(limit_line, NULL, 10), used = strtoull(used_line, NULL, 10);

	return used < limit ? limit - used : limit / 8;
}

static void take_memory_max(const char *line, const char *folder, uint64_t *least)
{
	char path[PATH_ROOM + 32], used[64];
	uint64_t left;

	if (line[0] < '0' || line[0] > '9')
		return;
	snprintf(path, sizeof path, "%s/memory.current", folder);
	if (!read_line(path, used, sizeof used))
		return;
	left = left_of(line, used);
	if (left < *least)
		*least = left;
}

static void take_memory_v1(uint64_t *least)
{
	char limit[64], used[64];
	uint64_t left;

	if (!read_line("/sys/fs/cgroup/memory/memory.limit_in_bytes", limit, sizeof limit) ||
		!read_line("/sys/fs/cgroup/memory/memory.usage_in_bytes", used, sizeof used))
		return;
	left = left_of(limit, used);
	if (left < *least)
		*least = left;
}

uint64_t machine_memory(void)
{
	uint64_t least = (uint64_t)1 << 30;
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];

	if (file) {
		while (fgets(line, sizeof line, file))
			if (!strncmp(line, "MemAvailable:", 13))
				least = strtoull(line + 13, NULL, 10) << 10;
		fclose(file);
	}
	walk_groups("memory.max", take_memory_max, &least);
	take_memory_v1(&least);
	return least;
}

/* As /proc/cpuinfo has it on x86; "" where it does not say. */
static void processor_name(char *name, size_t size)
{
	static const char key[] = "model name";
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	name[0] = '\0';
	if (!file)
		return;
	while (!name[0] && fgets(line, sizeof line, file)) {
		const char *colon = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (colon && !strncmp(line, key, sizeof key - 1))
			snprintf(name, size, "%s", colon + 1 + (colon[1] == ' '));
	}
	fclose(file);
}

void machine_describe(char *text, size_t size)
{
	struct utsname system;
	char name[200];

	if (uname(&system))
		memset(&system, 0, sizeof system);
	processor_name(name, sizeof name);
	snprintf(text, size, "%s %s %s\n%s, %u of %ld CPUs to use, %.1f GiB of memory available",
		system.sysname, system.release, system.machine,
		name[0] ? name : "unknown processor", machine_cpus(), sysconf(_SC_NPROCESSORS_ONLN),
		(double)machine_memory() / (1 << 30));
}
