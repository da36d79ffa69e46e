/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending the helper program. posix_spawn, because forking a threaded host would give the
 * child locks that nobody will ever release.
 */
#include "cpu/wire.h"

#include "base/version.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER "imgbatch-worker"

enum {
	CONTROL_FD = 3, /* in the helper */
	CONTROL_ABOVE = 16, /* here: clear of the descriptors that are set up in the helper */
	END_PATIENCE_MS = 1000,
};

static bool usable(const char *path)
{
	return access(path, X_OK) == 0;
}

/* The helper in `folder` as seen from the folder that file lies in. */
static bool seen_from(const char *file, const char *folder, char *path, size_t size)
{
	const char *slash = strrchr(file, '/');
	int length = slash ? (int)(slash - file) : 0;

	return slash &&
		(size_t)snprintf(path, size, "%.*s/%s/" HELPER, length, file, folder) < size &&
		usable(path);
}

static bool near_program(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return false;
	self[n] = 0;
	return seen_from(self, ".", path, size) ||
		seen_from(self, VERSION_LIBEXEC_FROM_BIN, path, size);
}

/* When the library is loaded into another program, it is the library that the helper was installed with. */
static bool near_library(char *path, size_t size)
{
	Dl_info info;

	if (!dladdr((void *)helper_find, &info) || !info.dli_fname)
		return false;
	return seen_from(info.dli_fname, ".", path, size) ||
		seen_from(info.dli_fname, VERSION_LIBEXEC_FROM_LIB, path, size);
}

int helper_find(char *path, size_t size, const char *wanted)
{
	if (!wanted)
		wanted = secure_getenv("IMGBATCH_WORKER");
	if (wanted)
		return (size_t)snprintf(path, size, "%s", wanted) < size ? 0 : -1;
	if (near_program(path, size) || near_library(path, size))
		return 0;
	return (size_t)snprintf(path, size, "%s/" HELPER, VERSION_LIBEXEC) < size ? 0 : -1;
}

/*
 * What of the environment concerns the helper: its libraries, its kernels, the tools it may run under. Nothing else is any
 * business of a process that decodes hostile bytes: environments hold tokens and paths.
 */
static const char *const passed_on[] = {"IMGBATCH_", "LD_", "JSIMD_", "GLIBC_TUNABLES=", "MALLOC_",
	"ASAN_", "UBSAN_", "TSAN_", "LSAN_", "LLVM_PROFILE_FILE=", "PATH="};

static bool is_passed_on(const char *variable)
{
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		if (!strncmp(variable, passed_on[i], strlen(passed_on[i])))
			return true;
	return false;
}

/* The caller frees the list, not its strings. NULL: out of memory. */
static char **environment(void)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ && environ[count])
		count++;
	list = calloc(count + 1, sizeof *list);
	for (size_t i = 0; list && i < count; i++)
		if (is_passed_on(environ[i]))
			list[kept++] = environ[i];
	return list;
}

/*
 * Nothing of the host's terminal or pipelines may stay open in a worker, but for stderr. 0 or an errno.
 *
 * The helper leads a process group of its own. When it dies, that group is orphaned, and the kernel sends on whoever was
 * stopped in it: so a worker that was stopped just after fork, before it asked to die with its parent, does not stay.
 */
static int spawn_with(pid_t *pid, const char *path, int control)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	char number[] = {'0' + CONTROL_FD, 0};
	char *argv[] = {(char *)path, number, NULL};
	char **variables = environment();
	sigset_t none, all;
	int error;

	if (!variables)
		return ENOMEM;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, control, CONTROL_FD);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(
		&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	error = posix_spawn(pid, path, &files, &how, argv, variables);
	free(variables);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* A socket pair whose far end lies above the helper's fixed descriptors. */
static int control_pair(int pair[2])
{
	int high;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	high = fcntl(pair[1], F_DUPFD_CLOEXEC, CONTROL_ABOVE);
	close(pair[1]);
	if (high < 0) {
		close(pair[0]);
		return -1;
	}
	pair[1] = high;
	return 0;
}

int helper_spawn(struct helper *helper, const char *path, struct fault *fault)
{
	int pair[2], error;

	if (control_pair(pair) < 0)
		return fault_set(fault, IMGBATCH_E_ENGINE, "no socket for the worker helper: %s",
			strerrordesc_np(errno));
	error = spawn_with(&helper->pid, path, pair[1]);
	close(pair[1]);
	if (error) {
		close(pair[0]);
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot start %.100s: %s", path,
			strerrordesc_np(error));
	}
	helper->pidfd = pidfd_open(helper->pid, 0);
	helper->control = pair[0];
	return 0;
}

void helper_end(struct helper *helper)
{
	struct pollfd ended = {.fd = helper->pidfd, .events = POLLIN};

	if (helper->control >= 0)
		close(helper->control);
	helper->control = -1;
	if (helper->pid <= 0)
		return;
	if (helper->pidfd >= 0) {
		if (poll(&ended, 1, END_PATIENCE_MS) == 0)
			pidfd_send_signal(helper->pidfd, SIGKILL, NULL, 0);
		close(helper->pidfd);
	}
	/* ECHILD: the host reaps every child, or ignores SIGCHLD. */
	while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	helper->pid = 0;
	helper->pidfd = -1;
}
