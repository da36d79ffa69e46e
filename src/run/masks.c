/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where masks come from and go to. An image "a/b.jpg" has the mask MASKS/a/b.png, and an output "a/b-0.jpg" the mask
 * MASKS-OUT/a/b-0.png.
 *
 * The ledger knows all files by names that begin at OUT, so those of masks begin with the way from there. They are
 * written by way of OUT's own temporary folder, which a rename can leave only within one file system.
 */
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
static int find_way(struct run *run, const char *from, const char *to)
{
	char real_from[PATH_MAX], real_to[PATH_MAX];
	struct stat out, masks;

	if (!realpath(from, real_from) || !realpath(to, real_to) || stat(real_from, &out) ||
		stat(real_to, &masks))
		return fault_set(&run->fault, IMGBATCH_E_WRITE, "--masks-out: %s", strerror(errno));
	if (!S_ISDIR(masks.st_mode))
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "--masks-out is not a folder");
	if (out.st_dev != masks.st_dev)
		return fault_set(&run->fault, IMGBATCH_E_USAGE,
			"--masks-out lies in another file system than --out");
	add_way(&run->masks.prefix, real_from, real_to);
	return 0;
}

static int open_out(struct run *run)
{
	const char *out = run->options->masks_out;
	int error;

	if (run->options->dry_run) { /* nothing is made: names only have to differ from those in OUT */
		str_addf(&run->masks.prefix, "%s/", out);
		return 0;
	}
	error = make_folder(out);
	if (error)
		return fault_set(
			&run->fault, IMGBATCH_E_WRITE, "--masks-out %s: %s", out, strerror(error));
	return find_way(run, sink_path(run->sink), out);
}

/* Masks may not land on masks. */
static int check_apart(struct run *run)
{
	int inside = source_path_inside(run->options->masks_out, run->masks.dir, &run->fault);

	if (inside > 0)
		return fault_set(&run->fault, IMGBATCH_E_INSIDE, "--masks-out lies in --masks");
	return inside;
}

int run_open_masks(struct run *run)
{
	const struct options *options = run->options;
	int code;

	if (!options->masks && !options->masks_out)
		return 0;
	if (!options->masks || !options->masks_out)
		return fault_set(
			&run->fault, IMGBATCH_E_USAGE, "--masks and --masks-out go together");
	run->masks.dir = open(options->masks, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->masks.dir < 0)
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "--masks %s: %s", options->masks,
			strerror(errno));
	code = source_check_output(run->source, options->masks_out, &run->fault);
	return code ? code : check_apart(run);
}

int run_open_masks_out(struct run *run)
{
	int code = run->masks.dir < 0 ? 0 : open_out(run);

	if (!code && run->masks.prefix.failed)
		code = fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a path");
	return code;
}

void run_close_masks(struct run *run)
{
	if (run->masks.dir >= 0)
		close(run->masks.dir);
	str_release(&run->masks.prefix);
	str_release(&run->masks.path);
	str_release(&run->masks.name);
}

/* A name with .png in place of its extension. */
static void add_png(struct str *out, const char *name, size_t size)
{
	struct name_pieces pieces;

	name_split(&pieces, name, size);
	str_add_bytes(out, name, (size_t)(pieces.stem + pieces.stem_size - name));
	str_add(out, ".png");
}

const char *run_mask_path(struct run *run, const char *name, size_t name_size)
{
	str_clear(&run->masks.path);
	add_png(&run->masks.path, name, name_size);
	return run->masks.path.failed ? NULL : str_text(&run->masks.path);
}

void run_mask_name(const struct run *run, const char *output, size_t output_size, struct str *out)
{
	str_add(out, str_text(&run->masks.prefix));
	add_png(out, output, output_size);
}
