/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments in order: each directory is walked (walk.c), each named file is an entry, and the list of
 * names comes last (names.c).
 */
#include "base/list.h"
#include "source/glob.h"
#include "source/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int source_fault(struct fault *fault, int code, const char *name, const char *what)
{
	struct str text = STR_INIT;

	str_add_escaped(&text, name, strlen(name));
	fault_set(fault, code, "%s: \"%s\"", what, str_text(&text));
	str_release(&text);
	return code;
}

/* What is not regular. */
static const char *kind_text(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return "a device";
	return "neither file nor directory";
}

void source_fill(struct source *source, struct source_entry *entry, enum source_kind kind, int code,
	const char *what)
{
	const char *name = str_text(&source->name);
	size_t size = source->name.length;

	*entry = (struct source_entry){
		.kind = kind,
		.root = source->walk_root,
		.path = name + source->prefix_size,
		.path_size = size - source->prefix_size,
		.name = name,
		.name_size = size,
		.code = code,
		.detail = what ? what : "",
	};
	if (!entry->path_size) { /* an argument itself */
		entry->path = ".";
		entry->path_size = 1;
	}
	if (!size) {
		entry->name = entry->path;
		entry->name_size = entry->path_size;
	}
}

void source_fill_by_mode(struct source *source, struct source_entry *entry, mode_t mode)
{
	if (S_ISREG(mode))
		source_fill(source, entry, SOURCE_FILE, 0, NULL);
	else if (S_ISLNK(mode))
		source_fill(source, entry, SOURCE_IGNORED, 0, "a symbolic link");
	else
		source_fill(source, entry, SOURCE_FAILED, IMGBATCH_E_NOT_REGULAR, kind_text(mode));
}

/* --- roots --- */

struct root *root_add(struct source *source, const char *path, bool whole)
{
	struct root *root = list_room(
		source->root, sizeof *root, (size_t)source->root_count + 1, &source->root_room, 4);
	struct stat st;
	int fd;

	if (!root)
		return NULL;
	source->root = root;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	root = &source->root[source->root_count++];
	*root = (struct root){.fd = fd, .dev = st.st_dev, .ino = st.st_ino, .whole = whole};
	root->real = realpath(path, NULL);
	if (!root->real)
		root->real = strdup(path);
	return root->real ? root : NULL;
}

int root_of_files(struct source *source, const char *path, uint32_t *index)
{
	for (uint32_t i = 0; i < source->root_count; i++) {
		if (!source->root[i].whole) {
			*index = i;
			return 0;
		}
	}
	*index = source->root_count;
	return root_add(source, path, false) ? 0 : -1;
}

uint32_t source_root_count(const struct source *source)
{
	return source->root_count;
}

int source_root_dir(const struct source *source, uint32_t root)
{
	return source->root[root].fd;
}

const char *source_root_path(const struct source *source, uint32_t root)
{
	return source->root[root].real;
}

/* --- opening --- */

static int add_argument(struct source *source, const char *text, struct fault *fault)
{
	struct argument *argument = &source->argument[source->argument_count];
	struct stat st;

	if (stat(text, &st))
		return source_fault(fault, IMGBATCH_E_USAGE, text, strerrordesc_np(errno));
	*argument = (struct argument){.text = text, .directory = S_ISDIR(st.st_mode)};
	errno = 0;
	if (argument->directory) {
		argument->root = source->root_count;
		if (!root_add(source, text, true))
			return source_fault(fault, IMGBATCH_E_USAGE, text,
				errno ? strerrordesc_np(errno) : "cannot be opened");
	} else if (root_of_files(source, ".", &argument->root)) {
		return fault_set(fault, IMGBATCH_E_SYSTEM,
			"the working directory cannot be opened: %s", strerrordesc_np(errno));
	}
	source->argument_count++;
	return 0;
}

static int add_arguments(struct source *source, struct fault *fault)
{
	const struct source_settings *settings = source->settings;
	int code = 0;

	if (!settings->in_count && !settings->files_from)
		return fault_set(
			fault, IMGBATCH_E_USAGE, "no input: --in or --files-from is needed");
	source->argument = calloc(settings->in_count + 1, sizeof *source->argument);
	if (!source->argument)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	for (size_t i = 0; !code && i < settings->in_count; i++)
		code = add_argument(source, settings->in[i], fault);
	return code;
}

int source_open(struct source **source, const struct source_settings *settings, struct fault *fault)
{
	struct source *s = calloc(1, sizeof *s);
	int code;

	*source = NULL;
	if (!s)
		return fault_set(fault, IMGBATCH_E_NOMEM, "out of memory");
	s->settings = settings;
	s->list = -1;
	code = add_arguments(s, fault);
	if (!code && settings->files_from)
		code = list_open(s, fault);
	if (code) {
		source_close(s);
		return code;
	}
	*source = s;
	return 0;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	walk_release(source);
	list_release(source);
	for (uint32_t i = 0; i < source->root_count; i++) {
		close(source->root[i].fd);
		free(source->root[i].real);
	}
	free(source->root);
	free(source->argument);
	free(source);
}

/* --- the stream --- */

/* A file named by --in: its mirrored name is its last component. */
static int named_file(
	struct source *source, const struct argument *argument, struct source_entry *entry)
{
	const char *slash = strrchr(argument->text, '/');
	const char *last = slash ? slash + 1 : argument->text;
	struct stat st;
	int missing;

	if (!glob_takes_file(source->settings, last))
		return 0;
	source->walk_root = argument->root;
	source->prefix_size = 0;
	str_clear(&source->name);
	str_add(&source->name, last);
	if (source->name.failed)
		return IMGBATCH_E_NOMEM;
	missing = fstatat(source->root[argument->root].fd, argument->text, &st, 0) ? errno : 0;
	if (missing)
		source_fill(source, entry, SOURCE_FAILED,
			missing == ENOENT ? IMGBATCH_E_VANISHED : IMGBATCH_E_OPEN,
			strerrordesc_np(missing));
	else
		source_fill_by_mode(source, entry, st.st_mode);
	entry->path = argument->text;
	entry->path_size = strlen(argument->text);
	entry->follow = true;
	return 1;
}

static int next_argument(struct source *source, struct source_entry *entry)
{
	const struct argument *argument = &source->argument[source->next_argument++];

	return argument->directory ? walk_begin(source, argument, entry)
				   : named_file(source, argument, entry);
}

int source_next(struct source *source, struct source_entry *entry, struct fault *fault)
{
	for (;;) {
		int got = walk_next(source, entry);

		if (!got && source->next_argument < source->argument_count) {
			got = next_argument(source, entry);
			if (!got)
				continue;
		}
		if (!got && !source->depth)
			return list_next(source, entry, fault);
		if (got < 0)
			fault_set(fault, got, "out of memory while listing");
		return got;
	}
}
