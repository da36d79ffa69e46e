/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/system.h"

#include "base/machine.h"
#include "base/str.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The first "model name" of /proc/cpuinfo, which not every architecture has. */
static void add_model(struct str *out)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (file && fgets(line, sizeof line, file)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		value += strspn(value, ": \t");
		value[strcspn(value, "\n")] = '\0';
		str_addf(out, "%s, ", value);
		break;
	}
	if (file)
		fclose(file);
}

/* As mount(8) would call it; in digits where it is none of the usual ones. */
static void add_file_system(struct str *out, const char *path)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} known[] = {{TMPFS_MAGIC, "tmpfs"}, {EXT4_SUPER_MAGIC, "ext4"}, {XFS_SUPER_MAGIC, "xfs"},
		{BTRFS_SUPER_MAGIC, "btrfs"}, {OVERLAYFS_SUPER_MAGIC, "overlay"},
		{NFS_SUPER_MAGIC, "nfs"}, {FUSE_SUPER_MAGIC, "fuse"}, {F2FS_SUPER_MAGIC, "f2fs"},
		{SMB2_SUPER_MAGIC, "smb"}, {0x2FC12FC1, "zfs"}, {0x01021997, "9p"}};
	struct statfs fs;

	if (statfs(path, &fs))
		return;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if ((uint32_t)fs.f_type == known[i].magic) {
			str_addf(out, " (%s)", known[i].name);
			return;
		}
	str_addf(out, " (file system %x)", (unsigned)fs.f_type);
}

char *system_text(const char *scratch)
{
	const char *end = strrchr(scratch, '/');
	unsigned cpus = machine_cpus();
	struct str out = STR_INIT;
	struct utsname name;

	add_model(&out);
	str_addf(&out, "%u CPU%s, ", cpus, cpus == 1 ? "" : "s");
	if (uname(&name) == 0)
		str_addf(&out, "%s %s, ", name.sysname, name.release);
	str_addf(&out, "outputs in ");
	str_add_escaped(&out, scratch, end > scratch ? (size_t)(end - scratch) : 1);
	add_file_system(&out, scratch);
	if (!out.failed)
		return out.text;
	str_release(&out);
	return NULL;
}

/* The first line of /proc/stat, in ticks: user, nice, system, idle, iowait, irq, softirq, steal. */
static double machine_seconds(void)
{
	static const bool is_busy[8] = {true, true, true, false, false, true, true, true};
	FILE *file = fopen("/proc/stat", "re");
	unsigned long long ticks = 0;
	char line[256] = "", *at = line + 3; /* behind "cpu" */

	if (!file)
		return 0;
	if (fgets(line, sizeof line, file) && !strncmp(line, "cpu", 3))
		for (size_t i = 0; i < 8; i++) {
			unsigned long long value = strtoull(at, &at, 10);

			ticks += is_busy[i] ? value : 0;
		}
	fclose(file);
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double used(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct system_load system_load(void)
{
	return (struct system_load){machine_seconds(), used(RUSAGE_SELF) + used(RUSAGE_CHILDREN)};
}

double system_others(const struct system_load *before, double seconds)
{
	struct system_load now = system_load();
	double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
	double others = (now.all - before->all) - (now.own - before->own);

	if (before->all <= 0 || !(others > 0) || !(seconds > 0) || !(cpus > 0))
		return 0;
	others /= seconds * cpus;
	return others < 1 ? others : 1;
}
