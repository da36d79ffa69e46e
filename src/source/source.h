/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where bytes come from: files, directories and lists of names, as one repeatable stream of entries.
 *
 * Order: arguments as given; within a directory depth first, each folder's names sorted bytewise, which is
 * the order of whole relative paths compared component by component. One folder at a time is held sorted
 * (its ancestors' lists wait): about 6 bytes an entry besides the name, freed when the folder is done.
 *
 * Nothing is opened but directories, so a FIFO never blocks; the kind of an entry comes from the directory
 * itself where the file system says it. Folders called ".imgbatch" are skipped. One thread at a time.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

struct source_settings {
	const char *const
		*in; /* --in: files and directories; a symbolic link named here is followed */
	size_t in_count;
	/*
	 * --files-from: a list of names, "-" for standard input, NULL for none; it comes after `in`. Names end in
	 * newline, or in NUL with `nul`; relative ones lie under `root` (NULL: the working directory).
	 */
	const char *files_from;
	bool nul;
	const char *root;
	/*
	 * Globs as fnmatch(3) without flags, so `*` crosses `/` as in find -path. Each is tried on the path
	 * relative to its argument and on the last component. A file is taken when no exclude and, where there are
	 * includes, at least one include matches. A directory that an exclude matches is not entered; a
	 * pattern that ends in `/` is for directories only. What is not taken is not listed at all.
	 */
	const char *const *include, *const *exclude;
	size_t include_count, exclude_count;
	bool follow; /* symbolic links met are followed; else each is an entry of kind SOURCE_IGNORED */
	bool keep_roots; /* names begin with the own name of the directory argument that they come from */
};

enum source_kind {
	SOURCE_FILE, /* a regular file, when it was listed */
	SOURCE_IGNORED, /* a symbolic link, or (with follow) one that leads back to a folder above it */
	SOURCE_FAILED, /* code and detail say why */
};

/* Pointers are borrowed until the next source_next(). Paths end in NUL and may hold any other byte. */
struct source_entry {
	enum source_kind kind;
	uint32_t root; /* index for source_root_*() */
	const char *path; /* what to open, relative to source_root_dir(root), unless absolute */
	size_t path_size; /* without the NUL */
	const char *name; /* the mirrored name under OUT: no empty, "." or ".." component */
	size_t name_size;
	bool follow; /* path ends in a symbolic link that is to be followed */
	bool directory; /* SOURCE_FAILED: a whole directory could not be listed, so the listing is not complete */
	int code; /* SOURCE_FAILED: E_OPEN, E_NOT_REGULAR, E_VANISHED; else 0 */
	const char *detail; /* for a person; "" where the code says it all */
};

/*
 * Opens every argument; settings are borrowed until source_close(). E_USAGE names an argument that is
 * missing or unreadable; E_USAGE, too, when there is no argument at all.
 */
int source_open(
	struct source **source, const struct source_settings *settings, struct fault *fault);
/* 1: entry is filled; 0: that was all; negative: E_NOMEM, or E_READ for a list of names that cannot be read. */
int source_next(struct source *source, struct source_entry *entry, struct fault *fault);
/*
 * E_INSIDE when out (which need not exist) is a directory argument, lies in one, or is the folder of
 * a named file or the root of a list of names. Compares device and inode, so links and mounts do not fool it.
 */
int source_check_output(const struct source *source, const char *out, struct fault *fault);
/* Whether a path (which need not exist) is the folder or lies in it: 1 or 0; E_USAGE where it cannot be told. */
int source_path_inside(const char *path, int folder, struct fault *fault);
void source_close(struct source *source); /* NULL is fine */

/* Roots: directories that paths are relative to. Their number is fixed by source_open(). */
uint32_t source_root_count(const struct source *source);
int source_root_dir(const struct source *source, uint32_t root); /* borrowed until source_close() */
/* Its real, absolute path: with an entry's path it names one input for good, whatever the working directory. */
const char *source_root_path(const struct source *source, uint32_t root);

#endif
