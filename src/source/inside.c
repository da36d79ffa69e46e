/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the output would land among the inputs. OUT's real folder, or the nearest one that exists, is compared with
 * every input directory, and so is each folder above it: device and inode see through links and mounts.
 */
#include "source/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last component off. "a" becomes ".", "/a" becomes "/". */
static void cut_component(char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	while (size && path[size - 1] != '/')
		size--;
	while (size > 1 && path[size - 1] == '/')
		size--;
	if (!size)
		path[size++] = '.';
	path[size] = 0;
}

static bool has_dotdot(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += strspn(path, "/"))
		if (!strncmp(path, "..", 2) && (path[2] == '/' || !path[2]))
			return true;
	return false;
}

/* Opens out or the nearest folder above it that exists. */
static int open_nearest(const char *out, bool *exists, struct fault *fault)
{
	char *path = strdup(*out ? out : ".");
	int fd;

	*exists = true;
	if (!path)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	while ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0 && errno == ENOENT) {
		*exists = false;
		cut_component(path);
	}
	if (fd < 0)
		fd = source_fault(fault, IMGBATCH_E_USAGE, out, strerrordesc_np(errno));
	free(path);
	if (fd >= 0 && !*exists && has_dotdot(out)) {
		close(fd);
		return source_fault(fault, IMGBATCH_E_USAGE, out,
			"an output folder that does not exist yet cannot have .. in its path");
	}
	return fd;
}

static bool same(const struct stat *st, dev_t dev, ino_t ino)
{
	return st->st_dev == dev && st->st_ino == ino;
}

static int inside_fault(struct fault *fault, const char *out, const char *input, bool equal)
{
	struct str text = STR_INIT;

	str_add_escaped(&text, out, strlen(out));
	str_add(&text, equal ? "\" is the input folder \"" : "\" lies in the input folder \"");
	str_add_escaped(&text, input, strlen(input));
	fault_set(fault, IMGBATCH_E_INSIDE, "the output \"%s\"", str_text(&text));
	str_release(&text);
	return IMGBATCH_E_INSIDE;
}

/* From *dir, whose facts *st are, to the folder above. false: there is none to look at, and both are as they were. */
static bool climb(int *dir, struct stat *st)
{
	int up = openat(*dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat above;

	if (up < 0)
		return false;
	if (fstat(up, &above) ||
		same(&above, st->st_dev, st->st_ino)) { /* the root of all is its own parent */
		close(up);
		return false;
	}
	close(*dir);
	*dir = up;
	*st = above;
	return true;
}

/* Walks up from dir (and closes it); equal: dir is OUT itself. */
static int check_upwards(
	const struct source *source, int dir, bool equal, const char *out, struct fault *fault)
{
	struct stat st;
	bool more = !fstat(dir, &st);
	int code = 0;

	while (more && !code) {
		for (uint32_t i = 0; !code && i < source->root_count; i++) {
			const struct root *root = &source->root[i];

			if (root->whole && same(&st, root->dev, root->ino))
				code = inside_fault(fault, out, root->real, equal);
		}
		more = climb(&dir, &st);
		equal = false;
	}
	close(dir);
	return code;
}

int source_path_inside(const char *path, int folder, struct fault *fault)
{
	bool exists, inside = false;
	struct stat wanted, st;
	int dir = open_nearest(path, &exists, fault);

	if (dir < 0)
		return dir;
	if (fstat(folder, &wanted)) {
		close(dir);
		return source_fault(fault, IMGBATCH_E_USAGE, path, strerrordesc_np(errno));
	}
	for (bool more = !fstat(dir, &st); more && !inside; more = climb(&dir, &st))
		inside = same(&st, wanted.st_dev, wanted.st_ino);
	close(dir);
	return inside;
}

/* Named files are written beside themselves when OUT is their own folder. */
static int check_named(
	const struct source *source, const struct stat *st, const char *out, struct fault *fault)
{
	const char *folder = NULL;
	size_t folder_size = 0;

	if (source->list >= 0 &&
		same(st, source->root[source->list_root].dev, source->root[source->list_root].ino))
		return inside_fault(fault, out, source->root[source->list_root].real, true);
	for (size_t i = 0; i < source->argument_count; i++) {
		const char *text = source->argument[i].text, *slash = strrchr(text, '/');
		size_t size = slash ? (size_t)(slash - text) + 1 : 0;
		struct stat at;
		char *path;
		int missing;

		if (source->argument[i].directory ||
			(folder && size == folder_size && !memcmp(folder, text, size)))
			continue;
		folder = text;
		folder_size = size;
		path = size ? strndup(text, size) : strdup(".");
		missing = path ? stat(path, &at) : -1;
		free(path);
		if (!missing && same(&at, st->st_dev, st->st_ino))
			return inside_fault(fault, out, text, true);
	}
	return 0;
}

int source_check_output(const struct source *source, const char *out, struct fault *fault)
{
	bool exists;
	struct stat st;
	int dir = open_nearest(out, &exists, fault);

	if (dir < 0)
		return dir;
	if (exists && !fstat(dir, &st)) {
		int code = check_named(source, &st, out, fault);

		if (code) {
			close(dir);
			return code;
		}
	}
	return check_upwards(source, dir, exists, out, fault);
}
