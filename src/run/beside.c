/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes beside images from a folder of its own and goes to another: masks, and label files. An image "a/b.jpg" has
 * the mask MASKS/a/b.png, and its output "a/b-0.jpg" the mask MASKS-OUT/a/b-0.png.
 *
 * The ledger knows all files by names that begin at OUT, so these begin with the way from there. They are
 * written by way of OUT's own temporary folder, which a rename can leave only within one file system.
 */
#include "run/beside.h"

#include "run/run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof part)
		return ENAMETOOLONG;
	memcpy(part, path, length + 1);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0777) && errno != EEXIST)
			return errno;
		*slash = '/';
	}
	return mkdir(part, 0777) && errno != EEXIST ? errno : 0;
}

/* The way from folder `from` to folder `to`, both real and absolute; "" or ending in a slash. */
static void add_way(struct str *out, const char *from, const char *to)
{
	size_t same = 0;

	for (size_t i = 0; from[i] == to[i] || !from[i] || !to[i]; i++) {
		bool ends = (!from[i] || from[i] == '/') && (!to[i] || to[i] == '/');

		if (ends)
			same = i;
		if (!from[i] || !to[i])
			break;
	}
	for (const char *rest = from + same; *rest; rest++)
		if (rest[0] == '/' && rest[1])
			str_add(out, "../");
	to += same;
	to += *to == '/';
	str_add(out, to);
	if (*to)
		str_add_char(out, '/');
}

/* Both folders are there: the way between them, if a rename can go it. */
static int find_way(struct run *run, struct beside *beside, const char *from, const char *to)
{
	char real_from[PATH_MAX], real_to[PATH_MAX];
	struct stat out, there;

	if (!realpath(from, real_from) || !realpath(to, real_to) || stat(real_from, &out) ||
		stat(real_to, &there))
		return fault_set(&run->fault, IMGBATCH_E_WRITE, "--%s-out: %s", beside->what,
			strerror(errno));
	if (!S_ISDIR(there.st_mode))
		return fault_set(
			&run->fault, IMGBATCH_E_USAGE, "--%s-out is not a folder", beside->what);
	if (out.st_dev != there.st_dev)
		return fault_set(&run->fault, IMGBATCH_E_USAGE,
			"--%s-out lies in another file system than --out", beside->what);
	add_way(&beside->prefix, real_from, real_to);
	return 0;
}

int beside_check_out(struct run *run, const struct beside *beside, const char *out)
{
	int code = source_check_output(run->source, out, &run->fault);
	int inside = code ? 0 : source_path_inside(out, beside->dir, &run->fault);

	if (inside > 0)
		return fault_set(&run->fault, IMGBATCH_E_INSIDE, "--%s-out lies in --%s",
			beside->what, beside->what);
	return code ? code : inside;
}

int beside_open_out(struct run *run, struct beside *beside, const char *out)
{
	int error, code = 0;

	if (run->options->dry_run) { /* nothing is made: names only have to differ from those in OUT */
		str_addf(&beside->prefix, "%s/", out);
	} else {
		error = make_folder(out);
		if (error)
			return fault_set(&run->fault, IMGBATCH_E_WRITE, "--%s-out %.100s: %s",
				beside->what, out, strerror(error));
		code = find_way(run, beside, sink_path(run->sink), out);
	}
	if (!code && beside->prefix.failed)
		code = fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a path");
	return code;
}

void beside_release(struct beside *beside)
{
	str_release(&beside->prefix);
	str_release(&beside->path);
	str_release(&beside->name);
}

/* A name with the suffix in place of its extension. */
static void add_renamed(struct str *out, const char *name, size_t size, const char *suffix)
{
	struct name_pieces pieces;

	name_split(&pieces, name, size);
	str_add_bytes(out, name, (size_t)(pieces.stem + pieces.stem_size - name));
	str_add(out, suffix);
}

const char *beside_path(struct beside *beside, const char *name, size_t size)
{
	str_clear(&beside->path);
	add_renamed(&beside->path, name, size, beside->suffix);
	return beside->path.failed ? NULL : str_text(&beside->path);
}

void beside_name(const struct beside *beside, const char *output, size_t size, struct str *out)
{
	str_add(out, str_text(&beside->prefix));
	add_renamed(out, output, size, beside->suffix);
}
