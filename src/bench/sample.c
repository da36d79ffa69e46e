/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample: files picked evenly over the listing, and symbolic links to them below their own names in a scratch folder, so that
 * a run finds any number of them by a list, whatever folders they come from, and names its outputs as ever.
 *
 * Cells run through more or fewer of them. So that each of these beginnings is like the whole, files are sorted by size and
 * taken in the order of van der Corput: the middle one, then the quarters, then the eighths ..
 *
 * A fast machine is through all of them too soon. Then a run goes through them several times, as again-2/NAME and so on,
 * again-2 being a link to the folder that it lies in.
 */
#include "bench/bench.h"

#include "run/pick.h"
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PICKED_LEAST = 1024, PASSES = 256 };

/* -- picking --- */

static int add_file(
	struct bench_sample *sample, const struct source *source, const struct picked *picked)
{
	struct sample_file *file = &sample->files[sample->count];
	struct str path = STR_INIT;
	struct stat st;

	if (picked->path[0] != '/')
		str_addf(&path, "%s/", source_root_path(source, picked->root));
	str_add(&path, picked->path);
	if (path.failed) {
		str_release(&path);
		return IMGBATCH_E_NOMEM;
	}
	/* What has gone since it was listed is left out. */
	if (stat(str_text(&path), &st) || !S_ISREG(st.st_mode)) {
		str_release(&path);
		return 0;
	}
	*file = (struct sample_file){path.text, strdup(picked->name), (uint64_t)st.st_size};
	sample->count++;
	sample->bytes += file->bytes;
	return file->name ? 0 : IMGBATCH_E_NOMEM;
}

static int take_picked(
	struct bench_sample *sample, const struct source *source, const struct pick *pick)
{
	sample->files = calloc(pick->count ? pick->count : 1, sizeof *sample->files);
	sample->listed = pick->seen;
	if (!sample->files)
		return IMGBATCH_E_NOMEM;
	for (size_t i = 0; i < pick->count; i++)
		if (add_file(sample, source, &pick->picked[i]))
			return IMGBATCH_E_NOMEM;
	return 0;
}

static int pick_files(
	struct bench_sample *sample, const struct imgbatch *batch, struct fault *fault)
{
	struct source_settings inputs;
	struct source *source = NULL;
	struct pick pick = {0};
	int code;

	batch_inputs(batch, &inputs);
	code = source_open(&source, &inputs, fault);
	if (!code)
		code = pick_inputs(&pick, source, PICKED_LEAST, fault);
	if (!code && take_picked(sample, source, &pick))
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a sample");
	if (!code && !sample->count)
		code = fault_set(fault, IMGBATCH_E_NOTHING, "no file among the inputs");
	pick_release(&pick);
	source_close(source);
	return code;
}

/* -- the order --- */

static int by_size(const void *a, const void *b)
{
	const struct sample_file *one = a, *other = b;

	if (one->bytes != other->bytes)
		return one->bytes < other->bytes ? -1 : 1;
	return strcmp(one->name, other->name);
}

static size_t reversed(size_t value, unsigned bits)
{
	size_t result = 0;

	for (unsigned i = 0; i < bits; i++)
		result |= (value >> i & 1) << (bits - 1 - i);
	return result;
}

/* Bits of 1, 2, 3, .. read backwards: halves, quarters, eighths. 0, the smallest file, comes last. */
static int spread(struct bench_sample *sample)
{
	struct sample_file *sorted = sample->files;
	unsigned bits = 0;
	size_t kept = 0;

	sample->files = calloc(sample->count, sizeof *sample->files);
	if (!sample->files) {
		sample->files = sorted;
		return IMGBATCH_E_NOMEM;
	}
	qsort(sorted, sample->count, sizeof *sorted, by_size);
	while ((size_t)1 << bits < sample->count)
		bits++;
	for (size_t i = 1; i <= (size_t)1 << bits; i++) {
		size_t at = reversed(i & (((size_t)1 << bits) - 1), bits);

		if (at < sample->count)
			sample->files[kept++] = sorted[at];
	}
	free(sorted);
	return 0;
}

/* -- links --- */

static char *below(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Makes the folders above path, which lies below the length `from`. */
static int make_parents(char *path, size_t from)
{
	for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		int made;

		*slash = '\0';
		made = mkdir(path, 0700);
		*slash = '/';
		if (made && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* 1: linked; 0: another file has the name; negative: errno. */
static int link_file(const struct bench_sample *sample, const struct sample_file *file)
{
	char *path = below(sample->root, file->name);
	int result = 1;

	if (!path)
		return -ENOMEM;
	if (make_parents(path, strlen(sample->root) + 1) || symlink(file->path, path))
		result = errno == EEXIST || errno == ENOTDIR ? 0 : -errno;
	free(path);
	return result;
}

static void file_release(struct bench_sample *sample, struct sample_file *file)
{
	sample->bytes -= file->bytes;
	free(file->path);
	free(file->name);
}

static int link_all(struct bench_sample *sample, struct fault *fault)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < sample->count; i++) {
		int linked = error ? error : link_file(sample, &sample->files[i]);

		if (linked > 0)
			sample->files[kept++] = sample->files[i];
		else
			file_release(sample, &sample->files[i]);
		error = linked < 0 ? linked : error;
	}
	sample->count = kept;
	if (error)
		return fault_set(
			fault, IMGBATCH_E_USAGE, "scratch folder: %s", strerrordesc_np(-error));
	return 0;
}

int sample_open(struct bench_sample *sample, const struct imgbatch *batch, const char *scratch,
	struct fault *fault)
{
	const struct options *options = &batch->options;
	int code;

	*sample = (struct bench_sample){.linked = 1};
	/* What belongs to images is found by their names. */
	sample->passes = options->masks || options->boxes ? 1 : PASSES;
	code = pick_files(sample, batch, fault);
	if (!code && spread(sample))
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a sample");
	if (!code)
		code = scratch_make(sample, scratch, fault);
	return code ? code : link_all(sample, fault);
}

void sample_release(struct bench_sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		file_release(sample, &sample->files[i]);
	free(sample->files);
	scratch_remove(sample);
	*sample = (struct bench_sample){0};
}

/* -- lists --- */

size_t sample_most(const struct bench_sample *sample)
{
	return sample->count * sample->passes;
}

static int link_passes(struct bench_sample *sample, size_t passes)
{
	for (; sample->linked < passes; sample->linked++) {
		char name[32], *path;
		int failed;

		snprintf(name, sizeof name, "again-%zu", sample->linked + 1);
		path = below(sample->root, name);
		failed = !path || symlink(".", path);
		free(path);
		if (failed)
			return -1;
	}
	return 0;
}

static int write_list(const struct bench_sample *sample, size_t count)
{
	FILE *file = fopen(sample->list, "we");
	int failed;

	if (!file)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *name = sample->files[i % sample->count].name;

		if (i >= sample->count)
			fprintf(file, "again-%zu/", i / sample->count + 1);
		fwrite(name, 1, strlen(name) + 1, file);
	}
	failed = ferror(file);
	return fclose(file) || failed ? -1 : 0;
}

int sample_list(struct bench_sample *sample, size_t count, struct fault *fault)
{
	scratch_empty(sample->out);
	scratch_empty(sample->masks);
	scratch_empty(sample->labels);
	if (link_passes(sample, (count + sample->count - 1) / sample->count) ||
		write_list(sample, count))
		return fault_set(
			fault, IMGBATCH_E_WRITE, "scratch folder: %s", strerrordesc_np(errno));
	return 0;
}
