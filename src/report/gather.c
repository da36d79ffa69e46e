/* SPDX-License-Identifier: Apache-2.0 */
#include "report/gather.h"

#include "base/hash.h"
#include "measure/histogram.h"

#include <string.h>

enum {
	OUTPUTS_MOST = 48,
	THERE_MOST = 24,
	FAILED_MOST = 12, /* of a kind */
	WARNED_MOST = 3,
	IGNORED_MOST = 8,
};

void gather_init(struct gather *gather)
{
	*gather = (struct gather){0};
	gather->outputs.few.most = OUTPUTS_MOST;
	gather->there.few.most = THERE_MOST;
	gather->ignored.few.most = IGNORED_MOST;
	for (size_t i = 0; i < GATHER_KINDS; i++)
		gather->failed[i].few.most = FAILED_MOST;
	for (size_t i = 0; i < GATHER_WARNINGS; i++)
		gather->warned[i].few.most = WARNED_MOST;
}

void gather_release(struct gather *gather)
{
	few_release(&gather->outputs.few);
	few_release(&gather->there.few);
	few_release(&gather->ignored.few);
	for (size_t i = 0; i < GATHER_KINDS; i++)
		few_release(&gather->failed[i].few);
	for (size_t i = 0; i < GATHER_WARNINGS; i++)
		few_release(&gather->warned[i].few);
}

static uint64_t rank_of(const char *name)
{
	return hash64(name, strlen(name), 0);
}

static void keep(struct gather *gather, struct few *few, uint64_t rank,
	const struct imgbatch_image *image, const struct imgbatch_output *output,
	const struct kept_place *place)
{
	if (few_wants(few, rank) && !few_keep(few, rank, image, output, place))
		gather->out_of_memory = true;
}

static void count(struct gather *gather, struct gather_kind *kind, uint64_t rank,
	const struct imgbatch_image *image, const struct kept_place *place)
{
	kind->count++;
	keep(gather, &kind->few, rank, image, NULL, place);
}

static void add_size(struct imgbatch_histogram *histogram, uint64_t size)
{
	if (size)
		histogram_add(histogram, size);
}

/* What was skipped or ignored is no image of this run. */
static void gather_sizes(struct gather *gather, const struct imgbatch_image *image)
{
	if (image->status != IMGBATCH_IMAGE_OK && image->status != IMGBATCH_IMAGE_DAMAGED &&
		image->status != IMGBATCH_IMAGE_FAILED)
		return;
	add_size(&gather->bytes_in, image->bytes_in);
	add_size(&gather->pixels, (uint64_t)image->width * image->height);
	add_size(&gather->work_us, (uint64_t)(image->work_ms * 1000));
}

static void gather_outputs(struct gather *gather, const struct imgbatch_image *image, int out_dir)
{
	for (size_t i = 0; i < image->output_count; i++) {
		const struct imgbatch_output *output = &image->outputs[i];
		struct kept_place place = {out_dir, output->path, false};

		gather->outputs.count++;
		add_size(&gather->bytes_out, output->bytes);
		keep(gather, &gather->outputs.few, rank_of(output->path), image, output, &place);
	}
}

/* Stands for its kind; a code that no table has is counted with the last. */
static struct gather_kind *kind_of(struct gather *gather, const struct imgbatch_image *image)
{
	int kind = image->status == IMGBATCH_IMAGE_DAMAGED ? 0 : -image->code;

	return &gather->failed[kind >= 0 && kind < GATHER_KINDS ? kind : GATHER_KINDS - 1];
}

void gather_image(struct gather *gather, const struct imgbatch_image *image,
	const struct kept_place *input, int out_dir)
{
	uint64_t rank = rank_of(image->name);

	gather_outputs(gather, image, out_dir);
	gather_sizes(gather, image);
	if (image->status == IMGBATCH_IMAGE_FAILED || image->status == IMGBATCH_IMAGE_DAMAGED)
		count(gather, kind_of(gather, image), rank, image, input);
	if (image->status == IMGBATCH_IMAGE_IGNORED)
		count(gather, &gather->ignored, rank, image, NULL);
	for (unsigned bit = 0; bit < GATHER_WARNINGS; bit++)
		if (image->warnings >> bit & 1)
			count(gather, &gather->warned[bit], rank, image, NULL);
	if (image->status == IMGBATCH_IMAGE_SKIPPED)
		gather->there.count++;
}

bool gather_wants_there(const struct gather *gather, const char *name, uint64_t *which)
{
	*which = rank_of(name);
	return few_wants(&gather->there.few, *which);
}

void gather_there(struct gather *gather, const struct imgbatch_image *image,
	const struct imgbatch_output *output, int out_dir)
{
	struct kept_place place = {out_dir, output->path, false};

	keep(gather, &gather->there.few, rank_of(image->name), image, output, &place);
}
