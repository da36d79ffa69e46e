/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads take items of a batch by number; the last one to end an item tells who waits. Files come before folders,
 * so that a file's bytes are on their way before its name.
 *
 * Files are opened anew: kept open, a batch would need more descriptors than many systems give. An error of writing that
 * nobody has been told of is told to the next one who opens the file and syncs (Linux 4.16 and later).
 */
#include "io/durable.h"

#include "base/list.h"
#include "base/str.h"
#include "slots/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4 };
enum { PATIENCE_MS = 10, PATIENCE_TRIES = 50 }; /* for a descriptor, when there is none */

/* A file or folder of the batch: its name is text[at .. at + length). */
struct item {
	size_t at, length;
	bool folder;
};

struct durable {
	struct durable_settings settings;
	struct str added,
		text; /* names, each with its NUL: of the next batch, of the one in hand */
	struct item *item; /* owned; not changed while a batch is in hand */
	size_t count, room;
	bool busy;
	pthread_t thread[THREADS];
	unsigned threads;

	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t news;
	size_t next, left; /* the item to begin next; items that have not ended */
	bool closing;
	int error; /* the first one's errno, and its item */
	size_t failed;
};

/* --- one item --- */

static void wait_a_little(void)
{
	nanosleep(&(struct timespec){.tv_nsec = PATIENCE_MS * 1000000L}, NULL);
}

static bool may_pass(int error)
{
	return error == EINTR || error == EMFILE || error == ENFILE || error == ENOMEM;
}

static int open_item(int dir, const char *path, bool folder)
{
	int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (folder ? O_DIRECTORY : 0);
	int fd = -1;

	for (int i = 0; i < PATIENCE_TRIES; i++) {
		fd = openat(dir, path, O_RDONLY | flags);
		if (fd < 0 && errno == EACCES && !folder)
			fd = openat(dir, path, O_WRONLY | flags);
		if (fd >= 0 || !may_pass(errno))
			break;
		wait_a_little();
	}
	return fd;
}

/*
 * Returns an errno. What is gone or has become something else is no longer ours; what its own umask forbids to open, and a
 * folder on a file system that cannot sync one, are as durable as they can be made.
 */
static int sync_path(int dir, const char *path, bool folder)
{
	int fd = open_item(dir, path, folder), error;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES
			? 0
			: errno;
	do
		error = fsync(fd) ? errno : 0;
	while (error == EINTR);
	close(fd);
	return error == EINVAL || error == EROFS ? 0 : error;
}

static int sync_item(const struct durable *durable, const struct item *item)
{
	char path[PATH_MAX];

	if (item->length >= sizeof path)
		return ENAMETOOLONG;
	memcpy(path, durable->text.text + item->at, item->length);
	path[item->length] = 0;
	return sync_path(durable->settings.dir, item->length ? path : ".", item->folder);
}

/* --- the threads --- */

/* Does one item, if there is one to begin. The lock is held, but for the time of the item. */
static bool step(struct durable *durable)
{
	size_t mine = durable->next;
	int error;

	if (!durable->left || mine >= durable->count)
		return false;
	durable->next++;
	pthread_mutex_unlock(&durable->lock);
	error = sync_item(durable, &durable->item[mine]);
	pthread_mutex_lock(&durable->lock);
	if (error && !durable->error) { /* the rest is not even tried: the run ends */
		durable->error = error;
		durable->failed = mine;
		durable->left -= durable->count - durable->next;
		durable->next = durable->count;
	}
	if (--durable->left == 0)
		pthread_cond_broadcast(&durable->news);
	return true;
}

static void *durable_main(void *arg)
{
	struct durable *durable = arg;

	pthread_mutex_lock(&durable->lock);
	while (!durable->closing)
		if (!step(durable))
			pthread_cond_wait(&durable->news, &durable->lock);
	pthread_mutex_unlock(&durable->lock);
	return NULL;
}

int durable_open(struct durable **out, const struct durable_settings *settings, struct fault *fault)
{
	struct durable *durable = calloc(1, sizeof *durable);

	*out = durable;
	if (!durable)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for making files durable");
	durable->settings = *settings;
	pthread_mutex_init(&durable->lock, NULL);
	pthread_cond_init(&durable->news, NULL);
	while (durable->threads < THREADS &&
		!thread_start(&durable->thread[durable->threads], durable_main, durable))
		durable->threads++;
	return 0;
}

void durable_close(struct durable *durable)
{
	if (!durable)
		return;
	pthread_mutex_lock(&durable->lock);
	durable->closing = true;
	pthread_cond_broadcast(&durable->news);
	pthread_mutex_unlock(&durable->lock);
	for (unsigned i = 0; i < durable->threads; i++)
		pthread_join(durable->thread[i], NULL);
	pthread_cond_destroy(&durable->news);
	pthread_mutex_destroy(&durable->lock);
	str_release(&durable->added);
	str_release(&durable->text);
	free(durable->item);
	free(durable);
}

/* --- a batch --- */

int durable_add(struct durable *durable, const char *path)
{
	str_add_bytes(&durable->added, path, strlen(path) + 1);
	return durable->added.failed ? IMGBATCH_E_NOMEM : 0;
}

static int add_item(struct durable *durable, struct item item)
{
	struct item *items = list_room(
		durable->item, sizeof *items, durable->count + 1, &durable->room, 1024);

	if (!items)
		return IMGBATCH_E_NOMEM;
	durable->item = items;
	durable->item[durable->count++] = item;
	return 0;
}

/* The folders on the way to a file: "a/b", "a", "". Those that this run made need their names synced, too. */
static int add_folders(struct durable *durable, size_t at)
{
	const char *path = durable->text.text + at;
	int code = 0;

	for (size_t i = strlen(path); !code && i-- > 0;)
		if (path[i] == '/')
			code = add_item(durable, (struct item){at, i, true});
	return code ? code : add_item(durable, (struct item){at, 0, true});
}

static int compare_items(const void *a, const void *b, void *text)
{
	const struct item *x = a, *y = b;
	size_t least = x->length < y->length ? x->length : y->length;
	int order = memcmp((char *)text + x->at, (char *)text + y->at, least);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Each folder once, from item `from` on. */
static void unite_folders(struct durable *durable, size_t from)
{
	struct item *item = durable->item;
	size_t kept = from;

	if (durable->count - from < 2)
		return;

	qsort_r(item + from, durable->count - from, sizeof *item, compare_items,
		durable->text.text);
	for (size_t i = from; i < durable->count; i++)
		if (i == from || compare_items(&item[i], &item[kept - 1], durable->text.text) != 0)
			item[kept++] = item[i];
	durable->count = kept;
}

static int add_files(struct durable *durable, size_t from)
{
	const char *text = durable->text.text;
	int code = 0;

	for (size_t at = from; !code && at < durable->text.length; at += strlen(text + at) + 1)
		code = add_item(durable, (struct item){at, strlen(text + at), false});
	return code;
}

/* Makes the list of what to do from the names in durable->text, the first of which is the journal's, if there is one. */
static int list_batch(struct durable *durable)
{
	const char *text = str_text(&durable->text);
	size_t names = durable->settings.journal ? strlen(text) + 1 : 0, folders;
	int code = 0;

	durable->count = 0;
	if (names)
		code = add_item(durable, (struct item){0, names - 1, false});
	if (!code && durable->settings.files)
		code = add_files(durable, names);
	folders = durable->count;
	for (size_t at = names; !code && at < durable->text.length; at += strlen(text + at) + 1)
		code = add_folders(durable, at);
	if (!code)
		unite_folders(durable, folders);
	return code;
}

static int begin(struct durable *durable, const struct str *names)
{
	const char *journal = durable->settings.journal;
	int code;

	str_clear(&durable->text);
	if (journal)
		str_add_bytes(&durable->text, journal, strlen(journal) + 1);
	if (names)
		str_add_bytes(&durable->text, str_text(names), names->length);
	code = durable->text.failed ? IMGBATCH_E_NOMEM : list_batch(durable);
	if (code)
		return code;
	durable->busy = true;
	pthread_mutex_lock(&durable->lock);
	durable->next = 0;
	durable->left = durable->count;
	durable->error = 0;
	pthread_cond_broadcast(&durable->news);
	pthread_mutex_unlock(&durable->lock);
	return 0;
}

int durable_begin(struct durable *durable)
{
	int code = begin(durable, &durable->added);

	if (!code)
		str_clear(&durable->added);
	return code;
}

int durable_begin_journal(struct durable *durable)
{
	return begin(durable, NULL);
}

bool durable_busy(const struct durable *durable)
{
	return durable->busy;
}

static int tell(const char *path, int error, struct fault *fault)
{
	struct str name = STR_INIT;
	const char *text;

	str_add_escaped(&name, path, strlen(path));
	text = str_text(&name);
	/* A long name is cut at its front, so that the reason is always seen. */
	if (name.length > FAULT_DETAIL_MAX - 80)
		text += name.length - (FAULT_DETAIL_MAX - 80);
	fault_set(fault, IMGBATCH_E_WRITE, "%s: cannot be made durable: %s", text,
		strerrordesc_np(error));
	str_release(&name);
	return IMGBATCH_E_WRITE;
}

int durable_poll(struct durable *durable, bool wait, struct fault *fault)
{
	bool over;

	if (!durable->busy)
		return 0;
	pthread_mutex_lock(&durable->lock);
	if (wait || !durable->threads)
		while (step(durable))
			;
	while (wait && durable->left)
		pthread_cond_wait(&durable->news, &durable->lock);
	over = !durable->left;
	pthread_mutex_unlock(&durable->lock);
	if (!over)
		return 0;
	durable->busy = false;
	if (durable->error)
		return tell(durable->text.text + durable->item[durable->failed].at, durable->error,
			fault);
	return 1;
}

int durable_journal(const struct durable *durable, struct fault *fault)
{
	const char *journal = durable->settings.journal;
	int error = journal ? sync_path(durable->settings.dir, journal, false) : 0;

	return error ? tell(journal, error, fault) : 0;
}
