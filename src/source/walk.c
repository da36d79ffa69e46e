/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking a directory depth first, names sorted, without holding more than one descriptor: a folder is
 * opened, listed and closed again, and only lists wait on the stack.
 */
#include "base/list.h"
#include "source/glob.h"
#include "source/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *walk_path(const struct source *source)
{
	return str_text(&source->name) + source->prefix_size;
}

static int walk_dir(const struct source *source)
{
	return source->root[source->walk_root].fd;
}

static void cut_name(struct source *source, size_t size)
{
	source->name.length = size;
	if (source->name.text)
		source->name.text[size] = 0;
}

static struct frame *frame_push(struct source *source)
{
	struct frame *frame = list_room(
		source->frame, sizeof *frame, source->depth + 1, &source->frame_room, 16);

	if (!frame)
		return NULL;
	source->frame = frame;
	return &source->frame[source->depth];
}

/* Whether a directory is one of those that lead to it: only a followed link can make that so. */
static bool is_loop(const struct source *source, const struct stat *st)
{
	for (size_t i = 0; i < source->depth; i++)
		if (source->frame[i].dev == st->st_dev && source->frame[i].ino == st->st_ino)
			return true;
	return false;
}

static int fail_directory(struct source *source, struct source_entry *entry, int error)
{
	source_fill(source, entry, SOURCE_FAILED, IMGBATCH_E_OPEN, strerrordesc_np(error));
	entry->directory = true;
	return 1;
}

/* Lists the open directory dir (and closes it) as the new top of the stack. */
static int enter_open(struct source *source, int dir, struct source_entry *entry)
{
	struct frame *frame = frame_push(source);
	struct stat st = {0};
	int error;

	if (!frame || (source->settings->follow && fstat(dir, &st))) {
		close(dir);
		return frame ? fail_directory(source, entry, errno) : IMGBATCH_E_NOMEM;
	}
	if (source->settings->follow && is_loop(source, &st)) {
		close(dir);
		source_fill(source, entry, SOURCE_IGNORED, 0, "leads back to a folder above it");
		return 1;
	}
	*frame = (struct frame){
		.path_size = source->name.length, .dev = st.st_dev, .ino = st.st_ino};
	error = listing_read(&frame->listing, dir);
	close(dir);
	source->depth++;
	if (error == ENOMEM)
		return IMGBATCH_E_NOMEM;
	return error ? fail_directory(source, entry, error) : 0;
}

/* 0: entered; 1: an entry says why not; negative. */
static int enter(struct source *source, bool through_link, struct source_entry *entry)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
	const char *path = walk_path(source);
	int dir;

	if (!through_link)
		flags |= O_NOFOLLOW;
	dir = openat(walk_dir(source), *path ? path : ".", flags);
	if (dir < 0)
		return fail_directory(source, entry, errno);
	return enter_open(source, dir, entry);
}

static mode_t mode_of_type(unsigned char type)
{
	return DTTOIF(type);
}

/* A symbolic link that is to be followed: what it leads to decides. 0: nothing to report. */
static int take_link(struct source *source, struct source_entry *entry)
{
	const char *path = walk_path(source);
	struct stat st;

	if (fstatat(walk_dir(source), path, &st, 0)) {
		if (!glob_takes_file(source->settings, path))
			return 0;
		source_fill(source, entry, SOURCE_FAILED, IMGBATCH_E_OPEN,
			errno == ENOENT ? "a symbolic link that leads nowhere"
					: strerrordesc_np(errno));
		return 1;
	}
	if (S_ISDIR(st.st_mode))
		return glob_enters_directory(source->settings, path) ? enter(source, true, entry)
								     : 0;
	if (!glob_takes_file(source->settings, path))
		return 0;
	source_fill_by_mode(source, entry, st.st_mode);
	entry->follow = true;
	return 1;
}

static int take_plain(struct source *source, mode_t mode, struct source_entry *entry)
{
	if (!glob_takes_file(source->settings, walk_path(source)))
		return 0;
	source_fill_by_mode(source, entry, mode);
	return 1;
}

/* The entry whose name was just appended. 1: filled; 0: nothing to report. */
static int take(
	struct source *source, unsigned char type, const char *last, struct source_entry *entry)
{
	mode_t mode = mode_of_type(type);
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(walk_dir(source), walk_path(source), &st, AT_SYMLINK_NOFOLLOW)) {
			source_fill(source, entry, SOURCE_FAILED,
				errno == ENOENT ? IMGBATCH_E_VANISHED : IMGBATCH_E_OPEN, NULL);
			return 1;
		}
		mode = st.st_mode;
	}
	if (S_ISLNK(mode) && source->settings->follow)
		return take_link(source, entry);
	if (!S_ISDIR(mode))
		return take_plain(source, mode, entry);
	if (!strcmp(last, ".imgbatch") ||
		!glob_enters_directory(source->settings, walk_path(source)))
		return 0;
	return enter(source, false, entry);
}

/* With --keep-roots, names begin with the directory's own name: the argument's, or the real one for "." or "..". */
static bool begin_name(struct source *source, const struct argument *argument)
{
	struct str own = STR_INIT;
	const char *slash;
	bool failed;

	list_mirror(&own, argument->text);
	if (!own.length)
		list_mirror(&own, source->root[argument->root].real);
	slash = strrchr(str_text(&own), '/');
	str_add(&source->name, slash ? slash + 1 : str_text(&own));
	if (source->name.length)
		str_add_char(&source->name, '/');
	failed = own.failed || source->name.failed;
	str_release(&own);
	return !failed;
}

int walk_begin(struct source *source, const struct argument *argument, struct source_entry *entry)
{
	source->walk_root = argument->root;
	cut_name(source, 0);
	if (source->settings->keep_roots && !begin_name(source, argument))
		return IMGBATCH_E_NOMEM;
	source->prefix_size = source->name.length;
	return enter(source, true, entry);
}

int walk_next(struct source *source, struct source_entry *entry)
{
	while (source->depth) {
		struct frame *frame = &source->frame[source->depth - 1];
		const char *last;
		uint32_t i = frame->next++;
		int taken;

		if (i >= frame->listing.count) {
			listing_release(&frame->listing);
			source->depth--;
			continue;
		}
		last = listing_name(&frame->listing, i);
		cut_name(source, frame->path_size);
		if (frame->path_size > source->prefix_size)
			str_add_char(&source->name, '/');
		str_add(&source->name, last);
		if (source->name.failed)
			return IMGBATCH_E_NOMEM;
		taken = take(source, listing_type(&frame->listing, i), last, entry);
		if (taken)
			return taken;
	}
	return 0;
}

void walk_release(struct source *source)
{
	while (source->depth)
		listing_release(&source->frame[--source->depth].listing);
	free(source->frame);
	str_release(&source->name);
}
