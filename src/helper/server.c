/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fork server: a small single-threaded process that the workers are forked from.
 *
 *	parent ─ posix_spawn ─► server ─ fork ─► worker 0
 *	   │                      │    └─ fork ─► worker 1 ...
 *	   │◄─ control ──────────►│
 *	   │◄─ each worker's socket, its far end sent over control ─►
 *
 * It opens the task once, so that what workers only read is made once and shared by copy-on-write. It closes every
 * descriptor that it has handed on: the end of a file is how either side learns of a death.
 *
 * When the parent goes, control ends; the server kills its workers and leaves. When the server goes, PDEATHSIG kills the
 * workers.
 */
#include "helper/helper.h"

#include "base/version.h"
#include "cpu/cpu.h"
#include "cpu/wire.h"
#include "slots/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
	pid_t pid; /* 0: empty */
	uint32_t generation;
};

struct server {
	const struct task *task;
	int control, children; /* children: signalfd of SIGCHLD */
	struct wire_hello hello;
	uint8_t *slots;
	void *state; /* the task's, opened before any worker is forked */
	struct sandbox sandbox; /* what workers enter */
	struct place *places;
	uint64_t oom_kills; /* the machine's, as last seen */
};

/* The terminal's ^C goes to the whole group, but what follows from it is the parent's to say. */
static void signals_calm(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
}

static void descriptors_close(int control)
{
	if (control > 3)
		close_range(3, (unsigned)control - 1, 0);
	close_range((unsigned)control + 1, ~0U, 0);
	fcntl(control, F_SETFD, FD_CLOEXEC);
}

/* How many processes the kernel has killed for memory since it started; 0 where it does not say. */
static uint64_t oom_kills(void)
{
	static const char key[] = "\noom_kill ";
	char text[16384];
	int fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *at;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	at = strstr(text, key);
	return at ? strtoull(at + sizeof key - 1, NULL, 10) : 0;
}

static void news_send(struct server *server, const struct wire_news *news, int fd)
{
	/* A parent that is gone shows as the end of control. */
	wire_send(server->control, news, sizeof *news, &fd, fd >= 0, 0);
}

static int refuse(struct server *server, const struct fault *fault)
{
	struct wire_news news = {.kind = NEWS_REFUSED};

	memcpy(news.detail, fault->detail, sizeof news.detail);
	news_send(server, &news, -1);
	return 1;
}

/* Opens the task with the settings in fd. */
static int task_open(struct server *server, int fd, struct fault *fault)
{
	size_t size = server->hello.config_size;
	void *config = NULL;

	if (size) {
		config = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (config == MAP_FAILED)
			return fault_set(fault, IMGBATCH_E_ENGINE, "cannot map the settings");
	}
	server->state = server->task->open(config, size, fault);
	if (config)
		munmap(config, size);
	return server->state ? 0 : IMGBATCH_E_ENGINE;
}

static int slots_map(struct server *server, int fd, struct fault *fault)
{
	size_t size = server->hello.slot_size * server->hello.slot_count;

	void *slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (slots == MAP_FAILED)
		return fault_set(fault, IMGBATCH_E_ENGINE,
			"the worker helper cannot map the slots: %s", strerrordesc_np(errno));
	server->slots = slots;
	return 0;
}

static bool same_build(const struct wire_hello *hello)
{
	return hello->version == WIRE_VERSION &&
		hello->request_size == sizeof(struct task_request) &&
		hello->reply_size == sizeof(struct wire_reply) &&
		strncmp(hello->build, VERSION_TEXT, sizeof hello->build) == 0;
}

/* What workers will be locked in with, told in news. An error where that is less than what is required. */
static int locks_find(struct server *server, struct wire_news *news, struct fault *fault)
{
	if (server->hello.sandbox == CPU_SANDBOX_OFF)
		return 0;
	server->sandbox.memory = server->hello.memory;
	if (sandbox_probe(&server->sandbox, news->detail))
		return fault_set(fault, IMGBATCH_E_ENGINE, "cannot fork to try the sandbox: %s",
			strerrordesc_np(errno));
	news->locks = server->sandbox.locks;
	if (server->hello.sandbox == CPU_SANDBOX_REQUIRE && news->detail[0])
		return fault_set(fault, IMGBATCH_E_ENGINE,
			"--sandbox require, and workers cannot be locked in here: %.120s",
			news->detail);
	return 0;
}

static int greet(struct server *server, struct fault *fault)
{
	int fds[2], code;
	ssize_t got = wire_receive(server->control, &server->hello, sizeof server->hello, fds, 0);

	if (got != (ssize_t)sizeof server->hello || !same_build(&server->hello) || fds[1] < 0)
		return fault_set(fault, IMGBATCH_E_ENGINE,
			"the worker helper is of another build: %s", VERSION_TEXT);
	code = slots_map(server, fds[0], fault);
	if (!code)
		code = task_open(server, fds[1], fault);
	close(fds[0]);
	close(fds[1]);
	server->places = calloc(server->hello.workers, sizeof *server->places);
	if (!code && !server->places)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory in the worker helper");
	return code;
}

/* In the new process. */
static void worker_settle(pid_t server)
{
	static const char first_to_go[] = "1000";
	sigset_t none;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t ignored = write(fd, first_to_go, sizeof first_to_go - 1);
		(void)ignored;
		close(fd);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(0);
}

/* One of a worker's further threads, which is to be locked in before it does anything. */
static void *thread_enter(void *ctx, struct fault *fault)
{
	const struct server *server = ctx;

	(void)fault;
	sandbox_enter_thread(&server->sandbox);
	return ctx;
}

static void thread_run(void *ctx, void *state, struct job *job, const struct parallel *parallel)
{
	(void)ctx;
	(void)state;
	(void)job; /* there is none: the threads only help */
	(void)parallel;
}

/*
 * Threads that share one image's work, where there are fewer images than workers were asked for. They are started before
 * the process is locked in, since afterwards none can be. False: there are none, and images only take longer.
 */
static bool threads_start(struct server *server, struct parallel *parallel)
{
	struct crew_settings settings = {
		.threads = server->hello.inner - 1,
		.ctx = server,
		.enter = thread_enter,
		.run = thread_run,
	};
	struct crew *crew;
	struct fault fault;

	if (server->hello.inner < 2 || crew_open(&crew, &settings, &fault))
		return false;
	sandbox_measure(&server->sandbox);
	*parallel = crew_lend(crew);
	return true;
}

static void worker_begin(struct server *server, int socket, pid_t parent)
{
	struct parallel parallel;
	struct worker_post post = {
		.socket = socket,
		.task = server->task,
		.state = server->state,
		.slots = server->slots,
		.slot_size = server->hello.slot_size,
		.sandbox = &server->sandbox,
	};

	close(server->control);
	close(server->children);
	worker_settle(parent);
	if (threads_start(server, &parallel))
		post.parallel = &parallel;
	sandbox_enter(&server->sandbox, socket);
	worker_main(&post);
	_exit(0);
}

static void worker_fork(struct server *server, uint32_t index, uint32_t generation)
{
	struct wire_news news = {.kind = NEWS_NO_FORK, .index = index, .generation = generation};
	pid_t self = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		news.status = errno;
		news_send(server, &news, -1);
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		worker_begin(server, pair[1], self);
	}
	news.status = errno;
	close(pair[1]);
	if (pid > 0) {
		server->places[index] = (struct place){pid, generation};
		news.kind = NEWS_FORKED;
	}
	news_send(server, &news, pid > 0 ? pair[0] : -1);
	close(pair[0]);
}

static void kill_all(struct server *server)
{
	for (uint32_t i = 0; i < server->hello.workers; i++)
		if (server->places[i].pid)
			kill(server->places[i].pid, SIGKILL);
}

/* A child that has not been waited for keeps its number, so no stranger can be hit. */
static void order_obey(struct server *server, const struct wire_order *order)
{
	struct place *place;

	if (order->what == ORDER_KILL_ALL) {
		kill_all(server);
		return;
	}
	if (order->index >= server->hello.workers)
		return;
	place = &server->places[order->index];
	if (order->what == ORDER_FORK && !place->pid)
		worker_fork(server, order->index, order->generation);
	if (order->what == ORDER_KILL && place->pid && place->generation == order->generation)
		kill(place->pid, SIGKILL);
}

static bool killed_for_memory(struct server *server, int status)
{
	uint64_t now, before = server->oom_kills;

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return false;
	now = oom_kills();
	server->oom_kills = now;
	return now > before;
}

static void child_ended(struct server *server, pid_t pid, int status)
{
	for (uint32_t i = 0; i < server->hello.workers; i++) {
		struct place *place = &server->places[i];

		if (place->pid != pid)
			continue;
		struct wire_news news = {
			.kind = NEWS_DIED,
			.index = i,
			.generation = place->generation,
			.status = status,
			.oom = killed_for_memory(server, status),
		};
		place->pid = 0;
		news_send(server, &news, -1);
		return;
	}
}

static void children_reap(struct server *server)
{
	struct signalfd_siginfo ignored[4];
	int status;
	pid_t pid;

	while (read(server->children, ignored, sizeof ignored) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(server, pid, status);
}

static int children_watch(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Until control ends. */
static void serve(struct server *server)
{
	struct pollfd ready[] = {{.fd = server->control, .events = POLLIN},
		{.fd = server->children, .events = POLLIN}};
	struct wire_order order;

	for (;;) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return;
		if (ready[1].revents)
			children_reap(server);
		if (!ready[0].revents)
			continue;
		if (wire_receive(server->control, &order, sizeof order, NULL, 0) !=
			(ssize_t)sizeof order)
			return;
		order_obey(server, &order);
	}
}

static void limits_set(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none); /* a bad image would write a core file each time */
	prctl(PR_SET_PDEATHSIG,
		SIGKILL); /* follows the thread that started us: the engine's supervisor */
}

static void server_release(struct server *server)
{
	if (server->state)
		server->task->close(server->state);
	if (server->slots)
		munmap(server->slots, server->hello.slot_size * server->hello.slot_count);
	free(server->places);
}

int fork_server(int control, const struct task *task)
{
	struct server server = {.task = task, .control = control};
	struct wire_news ready = {.kind = NEWS_READY};
	struct fault fault = {0};
	int status = 0;

	signals_calm();
	descriptors_close(control);
	limits_set();
	if (greet(&server, &fault) || locks_find(&server, &ready, &fault)) {
		status = refuse(&server, &fault);
	} else {
		server.children = children_watch();
		server.oom_kills = oom_kills();
		news_send(&server, &ready, -1);
		for (uint32_t i = 0; i < server.hello.workers; i++)
			worker_fork(&server, i, server.hello.generation);
		serve(&server);
		kill_all(&server);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	server_release(&server);
	return status;
}
