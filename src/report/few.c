/* SPDX-License-Identifier: Apache-2.0 */
#include "report/few.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_MOST = 4096, /* PATH_MAX: what is longer cannot have been opened */
	RECIPE_MOST = 1024,
	DETAIL_MOST = 256,
};

static void kept_release(struct kept *kept)
{
	free(kept->name);
	free(kept->detail);
	free(kept->output);
	free(kept->recipe);
	free(kept->path);
	free(kept->picture);
	*kept = (struct kept){0};
}

void few_release(struct few *few)
{
	for (size_t i = 0; i < few->count; i++)
		kept_release(&few->kept[i]);
	free(few->kept);
	few->kept = NULL;
	few->count = 0;
}

bool few_wants(const struct few *few, uint64_t rank)
{
	return few->count < few->most || (few->most && rank < few->kept[few->most - 1].rank);
}

/* An empty place for one of this rank; the last one goes when all are taken. NULL when out of memory. */
static struct kept *make_place(struct few *few, uint64_t rank)
{
	size_t at;

	if (!few->kept)
		few->kept = calloc(few->most, sizeof *few->kept);
	if (!few->kept)
		return NULL;
	if (few->count == few->most)
		kept_release(&few->kept[--few->count]);
	for (at = few->count; at && few->kept[at - 1].rank > rank; at--)
		few->kept[at] = few->kept[at - 1];
	few->count++;
	few->kept[at] = (struct kept){.rank = rank, .dir = -1};
	return &few->kept[at];
}

/* A copy; true as well where there is nothing to copy. */
static bool copy(char **to, const char *from, size_t most)
{
	if (!from)
		return true;
	*to = strndup(from, most);
	return *to != NULL;
}

static bool fill(struct kept *kept, const struct imgbatch_image *image,
	const struct imgbatch_output *output, const struct kept_place *place)
{
	kept->code = image->code;
	kept->stage = image->stage;
	kept->warnings = image->warnings;
	kept->width = image->width;
	kept->height = image->height;
	kept->bytes = image->bytes_in;
	if (output) {
		kept->out_width = output->width;
		kept->out_height = output->height;
		kept->out_bytes = output->bytes;
	}
	if (place) {
		kept->dir = place->dir;
		kept->follow = place->follow;
	}
	return copy(&kept->name, image->name, NAME_MOST) &&
		copy(&kept->detail, image->detail, DETAIL_MOST) &&
		copy(&kept->output, output ? output->path : NULL, NAME_MOST) &&
		copy(&kept->recipe, output ? output->recipe : NULL, RECIPE_MOST) &&
		copy(&kept->path, place ? place->path : NULL, NAME_MOST);
}

bool few_keep(struct few *few, uint64_t rank, const struct imgbatch_image *image,
	const struct imgbatch_output *output, const struct kept_place *place)
{
	struct kept *kept = make_place(few, rank);

	return kept && fill(kept, image, output, place);
}

static const char *shown_name(const struct kept *kept)
{
	const char *name = kept->output ? kept->output : kept->name;

	return name ? name : "";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(shown_name(a), shown_name(b));
}

void few_sort_by_name(struct few *few, size_t count)
{
	if (count)
		qsort(few->kept, count, sizeof *few->kept, by_name);
}
