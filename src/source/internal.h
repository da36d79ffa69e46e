/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of source/ share: arguments, roots, the walk's stack and the list of names. */
#ifndef SOURCE_INTERNAL_H
#define SOURCE_INTERNAL_H

#include "base/str.h"
#include "source/listing.h"
#include "source/source.h"

#include <sys/stat.h>
#include <sys/types.h>

/* A directory that paths are relative to. */
struct root {
	int fd; /* owned */
	char *real; /* absolute path; owned */
	dev_t dev;
	ino_t ino;
	bool whole; /* all of it is input: a directory argument, not the folder of named files */
};

/* An argument of --in, in order. */
struct argument {
	const char *text; /* borrowed from the settings */
	uint32_t root; /* a directory's own, or the working directory's */
	bool directory;
};

/* A folder that is being walked; its path is the first path_size bytes of source->name. */
struct frame {
	struct listing listing;
	uint32_t next;
	size_t path_size;
	dev_t dev; /* known only with `follow` */
	ino_t ino;
};

struct source {
	const struct source_settings *settings; /* borrowed */
	struct root *root;
	uint32_t root_count;
	size_t root_room;
	struct argument *argument;
	size_t argument_count, next_argument;

	/* The walk. `name` is the mirrored name; the path within the root begins prefix_size bytes in. */
	uint32_t walk_root;
	struct frame *frame;
	size_t depth, frame_room;
	struct str name;
	size_t prefix_size;

	/* The list of names: -1 once it is done. */
	int list;
	bool list_is_stdin, list_ended;
	uint32_t list_root;
	char *block; /* bytes of the list, owned: block[from .. to) is unread */
	size_t block_room, from, to;
	struct str listed; /* the name in hand, as it stands in the list */
};

/* Fills a fault about a name that may hold any byte: "what: name". */
int source_fault(struct fault *fault, int code, const char *name, const char *what);
/* An entry of this kind with the name in source->name. Text for `what` may be NULL. */
void source_fill(struct source *source, struct source_entry *entry, enum source_kind kind, int code,
	const char *what);
/* The same for what a file's mode says, which is no folder to be entered: a regular file is taken. */
void source_fill_by_mode(struct source *source, struct source_entry *entry, mode_t mode);

/* source.c. NULL, with errno, when path cannot be opened as a directory. */
struct root *root_add(struct source *source, const char *path, bool whole);
/* The root of files named on their own, one for all of them. -1: path cannot be opened. */
int root_of_files(struct source *source, const char *path, uint32_t *index);

/* walk.c. 1: entry filled; 0: the walk is over; negative. */
int walk_begin(struct source *source, const struct argument *argument, struct source_entry *entry);
int walk_next(struct source *source, struct source_entry *entry);
void walk_release(struct source *source);

/* names.c */
int list_open(struct source *source, struct fault *fault);
int list_next(struct source *source, struct source_entry *entry, struct fault *fault);
void list_release(struct source *source);
/* The mirrored name of a path: no "/" in front, no empty or "." component, nothing up to the last "..". */
void list_mirror(struct str *name, const char *path);

#endif
