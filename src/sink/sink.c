/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding OUT for a run. The lock is flock(2) on a file that stays: it falls with its process, so nothing
 * stale is ever left, and its text only says who has it.
 */
#include "sink/sink.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SINK_TEMP SINK_PRIVATE "/tmp"
#define SINK_LOCK SINK_PRIVATE "/lock"

struct sink {
	int dir, lock;
	bool held; /* the lock */
	char *path; /* real, absolute */
	unsigned made; /* folders that this sink made on the way to OUT, OUT itself included */
	bool made_private; /* and OUT/.imgbatch */
	bool was_empty, folds;
};

static int fault_path(
	struct fault *fault, int code, const char *path, const char *what, const char *why)
{
	struct str shown = STR_INIT;

	str_add_escaped(&shown, path, strlen(path));
	fault_set(fault, code, "%s \"%s\": %s", what, str_text(&shown), why);
	str_release(&shown);
	return code;
}

/* --- OUT itself --- */

/*
 * mkdirat, but a folder that is there already is fine (even where one could not be made). Returns an errno; *made counts
 * what is new.
 */
static int make_folder(int dir, const char *path, unsigned *made)
{
	struct stat st;
	int error;

	if (!mkdirat(dir, path, 0777)) {
		++*made;
		return 0;
	}
	error = errno;
	if (fstatat(dir, path, &st, 0))
		return error;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

/* Makes each folder of path that is missing. */
static int make_folders(int dir, const char *path, unsigned *made)
{
	int error = make_folder(dir, path, made);
	char *whole;

	if (error != ENOENT)
		return error;
	whole = strdup(path);
	if (!whole)
		return ENOMEM;
	error = 0;
	for (char *at = whole; !error && *at;) {
		char kept;

		at += strspn(at, "/");
		at += strcspn(at, "/");
		kept = *at;
		*at = 0;
		error = make_folder(dir, whole, made);
		*at = kept;
		at += strspn(at, "/");
	}
	free(whole);
	return error;
}

static int open_out(struct sink *sink, const char *out, struct fault *fault)
{
	int error = make_folders(AT_FDCWD, out, &sink->made);

	if (!error) {
		sink->dir = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = sink->dir < 0 ? errno : 0;
	}
	if (error)
		return fault_path(fault, error == ENOTDIR ? IMGBATCH_E_USAGE : IMGBATCH_E_WRITE,
			out, "the output folder", strerrordesc_np(error));
	sink->path = realpath(out, NULL);
	return sink->path ? 0
			  : fault_path(fault, IMGBATCH_E_WRITE, out, "the output folder",
				    strerrordesc_np(errno));
}

static bool holds_nothing(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	bool nothing = list;
	struct dirent *entry;

	while (nothing && (entry = readdir(list)))
		nothing = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
			!strcmp(entry->d_name, SINK_PRIVATE);
	if (list)
		closedir(list);
	else if (copy >= 0)
		close(copy);
	return nothing;
}

/* --- the lock --- */

/* What the holder wrote: "pid host seconds". */
static int tell_holder(const struct sink *sink, struct fault *fault)
{
	char text[256] = "", host[128] = "";
	long pid = 0;
	long long started = 0;
	char when[40] = "";
	struct tm tm;
	time_t seconds;
	ssize_t got = pread(sink->lock, text, sizeof text - 1, 0);

	if (got <= 0 ||
		sscanf(text, "%ld %127s %lld", &pid, host, &started) != 3) // NOLINT(cert-err34-c)
		return fault_set(fault, IMGBATCH_E_LOCKED, "another run holds the output folder");
	seconds = (time_t)started;
	if (localtime_r(&seconds, &tm))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
	return fault_set(fault, IMGBATCH_E_LOCKED,
		"process %ld on %s holds the output folder since %s", pid, host, when);
}

static int write_holder(const struct sink *sink)
{
	char host[128] = "?", text[256];
	int size;

	gethostname(host, sizeof host - 1);
	size = snprintf(text, sizeof text, "%ld %s %lld\n", (long)getpid(), *host ? host : "?",
		(long long)time(NULL));
	if (ftruncate(sink->lock, 0))
		return -1;
	return pwrite(sink->lock, text, (size_t)size, 0) == size ? 0 : -1;
}

static int fault_lock(const struct sink *sink, struct fault *fault)
{
	return fault_path(
		fault, IMGBATCH_E_WRITE, sink->path, "the lock in", strerrordesc_np(errno));
}

/* 0: held; 1: what was locked is no longer the lock's file, since its run tidied up just now; negative. */
static int try_lock(struct sink *sink, struct fault *fault)
{
	struct stat st;

	sink->made_private = !mkdirat(sink->dir, SINK_PRIVATE, 0777);
	if (!sink->made_private && errno != EEXIST)
		return fault_path(fault, IMGBATCH_E_WRITE, sink->path, "the output folder",
			strerrordesc_np(errno));
	sink->lock = openat(sink->dir, SINK_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (sink->lock < 0)
		return errno == ENOENT ? 1 : fault_lock(sink, fault);
	if (flock(sink->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? tell_holder(sink, fault) : fault_lock(sink, fault);
	if (fstat(sink->lock, &st) || !st.st_nlink) {
		close(sink->lock);
		sink->lock = -1;
		return 1;
	}
	sink->held = true;
	return write_holder(sink) ? fault_lock(sink, fault) : 0;
}

static int take_lock(struct sink *sink, struct fault *fault)
{
	int code = 1;

	for (int tries = 0; code == 1 && tries < 100; tries++)
		code = try_lock(sink, fault);
	return code == 1
		? fault_set(fault, IMGBATCH_E_LOCKED, "other runs keep taking the output folder")
		: code;
}

/* --- temporary files --- */

/* tmp/ is flat and ours: everything in it was left by a run that has ended, since we hold the lock. */
static void empty_temp(const struct sink *sink)
{
	int dir = openat(sink->dir, SINK_TEMP, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			unlinkat(dir, entry->d_name, 0);
	if (list)
		closedir(list);
	else if (dir >= 0)
		close(dir);
}

static int make_temp(const struct sink *sink, struct fault *fault)
{
	empty_temp(sink);
	if (mkdirat(sink->dir, SINK_TEMP, 0777) && errno != EEXIST)
		return fault_path(fault, IMGBATCH_E_WRITE, sink->path, "the output folder",
			strerrordesc_np(errno));
	return 0;
}

void sink_temp_name(uint64_t seq, uint32_t output, char name[SINK_TEMP_MAX])
{
	snprintf(name, SINK_TEMP_MAX, SINK_TEMP "/%llx-%x", (unsigned long long)seq, output);
}

/* Makes "a" and looks for "A": casefolded folders, FAT, SMB and the like all answer by themselves. */
static int try_case(struct sink *sink, struct fault *fault)
{
	struct stat st;
	int fd = openat(
		sink->dir, SINK_TEMP "/case", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return fault_path(fault, IMGBATCH_E_WRITE, sink->path, "cannot write in",
			strerrordesc_np(errno));
	close(fd);
	sink->folds = !fstatat(sink->dir, SINK_TEMP "/CASE", &st, AT_SYMLINK_NOFOLLOW);
	unlinkat(sink->dir, SINK_TEMP "/case", 0);
	return 0;
}

/* --- the whole --- */

int sink_open(struct sink **sink, const char *out, struct fault *fault)
{
	struct sink *s = calloc(1, sizeof *s);
	int code;

	*sink = NULL;
	if (!s)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	s->dir = s->lock = -1;
	code = open_out(s, out, fault);
	if (!code)
		code = take_lock(s, fault);
	if (!code)
		code = make_temp(s, fault);
	if (!code)
		code = try_case(s, fault);
	if (code) {
		sink_close(s);
		return code;
	}
	s->was_empty = holds_nothing(s->dir);
	*sink = s;
	return 0;
}

/* A run that was refused leaves nothing behind in a folder that it made; one that wrote a ledger leaves all. */
static void remove_if_unused(const struct sink *sink)
{
	if (!sink->made_private || !faccessat(sink->dir, SINK_LEDGER, F_OK, AT_SYMLINK_NOFOLLOW))
		return;
	unlinkat(sink->dir, SINK_LOCK, 0);
	if (!unlinkat(sink->dir, SINK_PRIVATE, AT_REMOVEDIR) && sink->made && sink->path)
		rmdir(sink->path);
}

void sink_close(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->held) {
		empty_temp(sink);
		unlinkat(sink->dir, SINK_TEMP, AT_REMOVEDIR);
		remove_if_unused(sink);
	}
	if (sink->lock >= 0)
		close(sink->lock);
	if (sink->dir >= 0)
		close(sink->dir);
	free(sink->path);
	free(sink);
}

int sink_settle(const struct sink *sink, struct fault *fault)
{
	char *path = sink->made ? strdup(sink->path) : NULL;
	int error = sink->made && !path ? ENOMEM : 0;
	char *slash;

	/* What is new is the end of the path. */
	for (unsigned i = 0; path && !error && i < sink->made && (slash = strrchr(path, '/'));
		i++) {
		int dir;

		*slash = 0;
		dir = open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			break;
		error = fsync(dir) && errno == EIO ? EIO : 0;
		close(dir);
	}
	free(path);
	return error ? fault_path(fault, IMGBATCH_E_WRITE, sink->path, "cannot be made durable",
			       strerrordesc_np(error))
		     : 0;
}

int sink_dir(const struct sink *sink)
{
	return sink->dir;
}

const char *sink_path(const struct sink *sink)
{
	return sink->path;
}

bool sink_folds_case(const struct sink *sink)
{
	return sink->folds;
}

bool sink_was_empty(const struct sink *sink)
{
	return sink->was_empty;
}
