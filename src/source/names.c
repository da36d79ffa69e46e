/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --files-from: names from a file or a pipe, read as they come. Each is looked at once (lstat), so that a directory,
 * a FIFO or a missing file is told apart before anything would open it.
 */
#include "source/glob.h"
#include "source/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIST_BLOCK = 64 << 10, LIST_NAME_MAX = 64 << 10 };

static bool is_dotdot(const char *at, size_t size)
{
	return size == 2 && at[0] == '.' && at[1] == '.';
}

void list_mirror(struct str *name, const char *path)
{
	size_t start = name->length;

	while (*path) {
		size_t size = strcspn(path, "/");

		if (is_dotdot(path, size)) {
			name->length = start;
			if (name->text)
				name->text[start] = 0;
		} else if (size && !(size == 1 && *path == '.')) {
			if (name->length > start)
				str_add_char(name, '/');
			str_add_bytes(name, path, size);
		}
		path += size;
		path += strspn(path, "/");
	}
}

static int open_root(struct source *source, struct fault *fault)
{
	const char *path = source->settings->root;

	if (!path) {
		if (!root_of_files(source, ".", &source->list_root))
			return 0;
		path = ".";
	} else {
		source->list_root = source->root_count;
		if (root_add(source, path, false))
			return 0;
	}
	return source_fault(fault, IMGBATCH_E_USAGE, path, "not a folder that names can lie under");
}

int list_open(struct source *source, struct fault *fault)
{
	const char *path = source->settings->files_from;
	int code = open_root(source, fault);

	if (code)
		return code;
	source->list_is_stdin = !strcmp(path, "-");
	source->list = source->list_is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (source->list < 0)
		return source_fault(fault, IMGBATCH_E_USAGE, path, strerrordesc_np(errno));
	source->block = malloc(LIST_BLOCK);
	return source->block ? 0 : fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
}

static int list_fill(struct source *source, struct fault *fault)
{
	ssize_t got;

	do
		got = read(source->list, source->block, LIST_BLOCK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return source_fault(fault, IMGBATCH_E_READ, source->settings->files_from,
			strerrordesc_np(errno));
	source->from = 0;
	source->to = (size_t)got;
	source->list_ended = !got;
	return 0;
}

/* The next name of the list, without its end. 1: source->listed has it; 0: there is none. */
static int list_name(struct source *source, struct fault *fault)
{
	char end = source->settings->nul ? 0 : '\n';

	str_clear(&source->listed);
	for (;;) {
		const char *at, *found;
		size_t left;

		if (source->from == source->to) {
			int code = list_fill(source, fault);

			if (code)
				return code;
			if (source->list_ended)
				return source->listed.length > 0;
		}
		at = source->block + source->from;
		left = source->to - source->from;
		found = memchr(at, end, left);
		str_add_bytes(&source->listed, at, found ? (size_t)(found - at) : left);
		source->from += found ? (size_t)(found - at) + 1 : left;
		if (source->listed.failed)
			return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
		if (source->listed.length > LIST_NAME_MAX)
			return source_fault(fault, IMGBATCH_E_READ, source->settings->files_from,
				"holds a name too long for any file system");
		if (found && source->listed.length)
			return 1;
	}
}

/* Looks at the name in hand. */
static void fill_listed(struct source *source, struct source_entry *entry)
{
	const char *path = source->listed.text;
	int dir = source->root[source->list_root].fd;
	bool link = false;
	struct stat st;
	int error = fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) ? errno : 0;

	if (!error && S_ISLNK(st.st_mode) && source->settings->follow) {
		link = true;
		error = fstatat(dir, path, &st, 0) ? errno : 0;
	}
	if (error)
		source_fill(source, entry, SOURCE_FAILED,
			error == ENOENT ? IMGBATCH_E_VANISHED : IMGBATCH_E_OPEN,
			error == ENOENT ? "named in the list and not there"
					: strerrordesc_np(error));
	else
		source_fill_by_mode(source, entry, st.st_mode);
	entry->follow = link;
	entry->path = path;
	entry->path_size = source->listed.length;
	if (!source->name.length) { /* "." or "/": a directory, so it has failed already */
		entry->name = entry->path;
		entry->name_size = entry->path_size;
	}
}

/* An absolute name below the root mirrors as the relative one would. */
static const char *below_root(const struct source *source, const char *path)
{
	const char *real = source->root[source->list_root].real;
	size_t size = strlen(real);

	if (size > 1 && !strncmp(path, real, size) && path[size] == '/')
		return path + size;
	return path;
}

int list_next(struct source *source, struct source_entry *entry, struct fault *fault)
{
	while (source->list >= 0 && !source->list_ended) {
		int got = list_name(source, fault);

		if (got <= 0)
			return got;
		if (memchr(source->listed.text, 0, source->listed.length))
			return source_fault(fault, IMGBATCH_E_READ, source->settings->files_from,
				"holds NUL bytes; is it NUL-separated?");
		source->walk_root = source->list_root;
		source->prefix_size = 0;
		str_clear(&source->name);
		list_mirror(&source->name, below_root(source, source->listed.text));
		if (source->name.failed)
			return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
		if (!glob_takes_file(source->settings, str_text(&source->name)))
			continue;
		fill_listed(source, entry);
		return 1;
	}
	return 0;
}

void list_release(struct source *source)
{
	if (source->list >= 0 && !source->list_is_stdin)
		close(source->list);
	free(source->block);
	str_release(&source->listed);
}
