/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch folder: one of ours in the place that was asked for, removed at the end. A bench that was killed could not do
 * that; the next one in the same place does.
 *
 * Whether somebody still uses a folder says flock(2) on the file `lock` in it, which falls with its process:
 *
 *	maker:    mkdtemp ─► create lock ─► flock ─► is it still there?            no, anywhere: anew
 *	sweeper:  open lock ─► flock, not waiting ─► remove all else, then lock, then the folder
 *
 * A folder without that file is either being made or was left in that very moment: rmdir takes it only while it is empty, and
 * its maker begins anew. So none that somebody uses is ever taken, and nothing stays but what holds no lock and something else.
 */
#include "bench/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "imgbatch-bench-"
#define LOCK "lock"

enum { WALK_DEPTH = 32, TRIES = 100 };

/* -- removing --- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* The lock goes last: what is left where this is cut short, too, is known for what it is. */
static int remove_others(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	bool lock = ftw->level == 1 && !strcmp(path + ftw->base, LOCK);

	return lock ? 0 : remove_entry(path, st, type, ftw);
}

void scratch_empty(const char *path)
{
	if (path)
		nftw(path, remove_entry, WALK_DEPTH, FTW_DEPTH | FTW_PHYS);
}

/* By who holds its lock. */
static void remove_folder(const char *folder)
{
	char *lock;

	nftw(folder, remove_others, WALK_DEPTH, FTW_DEPTH | FTW_PHYS);
	if (asprintf(&lock, "%s/" LOCK, folder) < 0)
		return;
	unlink(lock);
	free(lock);
	rmdir(folder);
}

/* -- the lock --- */

static int open_lock(const char *folder, int flags)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/" LOCK, folder) < 0) {
		errno = ENOMEM;
		return -1;
	}
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
	free(path);
	return fd;
}

/* Whether it is held now, and still the folder's. */
static bool hold(int fd, int how)
{
	struct stat st;
	int failed;

	do
		failed = flock(fd, how);
	while (failed && errno == EINTR);
	return !failed && !fstat(fd, &st) && st.st_nlink;
}

/* That of a new folder, held; -1 with errno. May wait for a sweeper, and is too late then. */
static int lock_new(const char *folder)
{
	int fd = open_lock(folder, O_CREAT | O_EXCL);
	struct stat st;

	if (fd < 0)
		return -1;
	/* Where there are no locks nobody else can have it either. */
	if (hold(fd, LOCK_EX) || (!fstat(fd, &st) && st.st_nlink))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

/* -- sweeping --- */

/* One entry of our own, as mkdtemp names them. */
static bool is_scratch(int place, const char *name)
{
	struct stat st;

	return !strncmp(name, PREFIX, strlen(PREFIX)) && strlen(name) == strlen(PREFIX) + 6 &&
		!fstatat(place, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode) &&
		st.st_uid == geteuid();
}

static void sweep_one(const char *folder)
{
	int fd = open_lock(folder, 0);

	if (fd < 0) {
		if (errno == ENOENT)
			rmdir(folder);
		return;
	}
	if (hold(fd, LOCK_EX | LOCK_NB))
		remove_folder(folder);
	close(fd);
}

static void sweep(const char *place)
{
	DIR *list = opendir(place);
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		char *folder;

		if (!is_scratch(dirfd(list), entry->d_name) ||
			asprintf(&folder, "%s/%s", place, entry->d_name) < 0)
			continue;
		sweep_one(folder);
		free(folder);
	}
	if (list)
		closedir(list);
}

/* -- making --- */

/* 0, or errno: ENOENT where a sweeper took it for one that was left. */
static int try_make(struct bench_sample *sample, const char *place)
{
	int error;

	if (asprintf(&sample->scratch, "%s/" PREFIX "XXXXXX", place) < 0) {
		sample->scratch = NULL;
		return ENOMEM;
	}
	if (mkdtemp(sample->scratch)) {
		sample->lock = lock_new(sample->scratch);
		if (sample->lock >= 0)
			return 0;
	}
	error = errno;
	rmdir(sample->scratch); /* where it was made */
	free(sample->scratch);
	sample->scratch = NULL;
	return error;
}

static int make_folder(struct bench_sample *sample, const char *wanted)
{
	char *place = realpath(wanted, NULL);
	int error = place ? ENOENT : errno;

	if (place)
		sweep(place);
	for (int tries = 0; place && error == ENOENT && tries < TRIES; tries++)
		error = try_make(sample, place);
	free(place);
	return error;
}

static char *below(const struct bench_sample *sample, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", sample->scratch, name) < 0 ? NULL : path;
}

int scratch_make(struct bench_sample *sample, const char *wanted, struct fault *fault)
{
	const char *tmp = getenv("TMPDIR");
	int error;

	if (!wanted)
		wanted = tmp && *tmp ? tmp : "/tmp";
	error = make_folder(sample, wanted);
	if (error)
		return fault_set(fault, IMGBATCH_E_USAGE, "scratch folder %.80s: %s", wanted,
			strerrordesc_np(error));
	sample->root = below(sample, "in");
	sample->list = below(sample, "list");
	sample->out = below(sample, "out");
	sample->masks = below(sample, "masks");
	sample->labels = below(sample, "labels");
	if (!sample->root || !sample->list || !sample->out || !sample->masks || !sample->labels)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path");
	if (mkdir(sample->root, 0700))
		return fault_set(
			fault, IMGBATCH_E_USAGE, "scratch folder: %s", strerrordesc_np(errno));
	return 0;
}

void scratch_remove(struct bench_sample *sample)
{
	if (!sample->scratch)
		return;
	remove_folder(sample->scratch);
	close(sample->lock);
	free(sample->scratch);
	free(sample->root);
	free(sample->list);
	free(sample->out);
	free(sample->masks);
	free(sample->labels);
}
