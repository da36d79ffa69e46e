/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks and boxes, as a run knows them. Masks are pictures: a second input, worked on with its image. Boxes are texts,
 * and few: the parent moves them by the drawn recipe. A folder's label files are written beside each output as sidecars
 * are; what is in one file is written when all images are done, from what the ledger knows of all outputs, those of
 * earlier runs among them.
 */
#include "base/hash.h"
#include "base/number.h"
#include "run/item.h"
#include "work/boxes.h"
#include "work/work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- opening --- */

static int open_masks(struct run *run)
{
	const struct options *options = run->options;

	if (!options->masks && !options->masks_out)
		return 0;
	if (!options->masks || !options->masks_out)
		return fault_set(
			&run->fault, IMGBATCH_E_USAGE, "--masks and --masks-out go together");
	run->masks = (struct beside){.what = "masks", .suffix = ".png"};
	run->masks.dir = open(options->masks, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->masks.dir < 0)
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "--masks %.100s: %s",
			options->masks, strerror(errno));
	return beside_check_out(run, &run->masks, options->masks_out);
}

/* A file may not be written over what is read. */
static int check_file(struct run *run)
{
	struct stat from, to;

	if (stat(run->options->boxes_out, &to))
		return 0;
	if (!S_ISREG(to.st_mode))
		return fault_set(&run->fault, IMGBATCH_E_USAGE,
			"--boxes is a file, and --boxes-out is none");
	if (!stat(run->options->boxes, &from) && from.st_dev == to.st_dev &&
		from.st_ino == to.st_ino)
		return fault_set(&run->fault, IMGBATCH_E_INSIDE, "--boxes-out is --boxes");
	if (run->options->if_exists == EXISTS_ERROR)
		return fault_set(&run->fault, IMGBATCH_E_USAGE, "--boxes-out is there already");
	return 0;
}

static int open_boxes(struct run *run)
{
	const struct options *options = run->options;
	struct boxes_settings settings = {.min_area = options->min_area,
		.min_visibility = options->min_visibility,
		.durable = options->durability != DURABILITY_NONE};
	int code;

	if (!options->boxes && !options->boxes_out)
		return 0;
	if (!options->boxes || !options->boxes_out)
		return fault_set(
			&run->fault, IMGBATCH_E_USAGE, "--boxes and --boxes-out go together");
	code = boxes_open(&run->boxes, options->boxes, &settings, &run->fault);
	if (code)
		return code;
	run->labels = (struct beside){
		.what = "boxes", .suffix = boxes_suffix(run->boxes), .dir = boxes_dir(run->boxes)};
	return run->labels.suffix ? beside_check_out(run, &run->labels, options->boxes_out)
				  : check_file(run);
}

int run_open_labels(struct run *run)
{
	int code = open_masks(run);

	if (!code)
		code = open_boxes(run);
	run->draws_by_boxes = recipe_draws_by_boxes(&run->batch->recipe);
	if (!code && run->draws_by_boxes && !run->boxes)
		code = fault_set(&run->fault, IMGBATCH_E_RECIPE,
			"an operation draws by the boxes of an image, and there is no --boxes");
	run->mask_at = run->outputs;
	run->labels_at = run->mask_at + (run->masks.suffix ? run->outputs : 0);
	run->sidecar_at = run->labels_at + (run->labels.suffix ? run->outputs : 0);
	return code;
}

int run_open_labels_out(struct run *run)
{
	int code = 0;

	if (run->masks.suffix)
		code = beside_open_out(run, &run->masks, run->options->masks_out);
	if (!code && run->labels.suffix)
		code = beside_open_out(run, &run->labels, run->options->boxes_out);
	return code;
}

void run_close_labels(struct run *run)
{
	if (run->masks.suffix && run->masks.dir >= 0)
		close(run->masks.dir);
	beside_release(&run->masks);
	beside_release(&run->labels);
	boxes_close(run->boxes);
	labels_release(&run->read);
}

/* --- what outputs depend on --- */

void run_labels_settings(const struct run *run, struct str *out)
{
	char area[NUMBER_TEXT_MAX], visibility[NUMBER_TEXT_MAX];

	if (!run->labels.suffix)
		return;
	number_print(area, run->options->min_area);
	number_print(visibility, run->options->min_visibility);
	str_addf(out, " min-area=%s min-visibility=%s", area, visibility);
}

/* A number of an image's boxes: of the file they are in, or of where they lie. */
static uint64_t labels_side(const struct run *run)
{
	const struct labels *read = &run->read;

	uint64_t sum = (uint64_t)read->width << 32 | read->height;

	if (run->labels.suffix)
		return ledger_side(read->file_size, read->file_mtime_ns);
	for (size_t i = 0; i < read->count; i++)
		sum = hash64(read->label[i].box, sizeof read->label[i].box, sum);
	return sum | 1;
}

/*
 * Of boxes that are all in one file, pixels depend only where they were drawn by. What has none there, or broken ones, is
 * never up to date: it has to fail.
 */
static uint64_t shared_side(struct run *run, const char *name, size_t size)
{
	struct fault ignored;

	if (boxes_read(run->boxes, name, size, &run->read, &ignored))
		return 1;
	return run->draws_by_boxes ? labels_side(run) : 0;
}

void run_beside(struct run *run, const char *name, size_t size, struct ledger_input *input)
{
	if (run->masks.suffix)
		input->beside[0] = (struct ledger_beside){
			run->masks.dir, beside_path(&run->masks, name, size)};
	if (run->labels.suffix)
		input->beside[1] = (struct ledger_beside){
			run->labels.dir, beside_path(&run->labels, name, size)};
	else if (run->boxes)
		input->also = shared_side(run, name, size);
}

/* --- while an image is worked on --- */

static int read_labels(struct run *run, struct item *item)
{
	uint64_t before = item->labels_side;
	int code = boxes_read(
		run->boxes, str_text(&item->name), item->name.length, &run->read, &run->fault);

	if (code)
		return code;
	if (run->labels.suffix || run->draws_by_boxes)
		item->labels_side = labels_side(run);
	if (before && before != item->labels_side)
		return fault_set(&run->fault, IMGBATCH_E_BOXES, "its boxes changed meanwhile");
	return 0;
}

int run_check_labels(struct run *run, struct job *job)
{
	const struct task_reply *reply = &job->reply;
	struct boxes_output input = {.input = {.width = reply->width, .height = reply->height},
		.orientation = reply->orientation};
	int code = read_labels(run, job->user);

	return code ? code : boxes_check(&run->read, &input, &run->fault);
}

int run_add_boxes(struct run *run, struct job *job, struct extent room)
{
	struct work_boxes *block = (void *)(job->bytes + room.offset);
	const struct labels *read = &run->read;
	uint64_t size;
	int code = read_labels(run, job->user);

	/* What has no boxes may be no image, which is told first. */
	if (code && code != IMGBATCH_E_BOXES)
		return code;
	size = sizeof *block + (code ? 0 : read->count * sizeof block->box[0]);
	if (size > room.length)
		return fault_set(&run->fault, IMGBATCH_E_BOXES, "it has too many boxes to draw by");
	*block = (struct work_boxes){.count = code ? 0 : (uint32_t)read->count,
		.width = read->width,
		.height = read->height,
		.shares = read->shares};
	for (uint32_t i = 0; i < block->count; i++)
		memcpy(block->box[i], read->label[i].box, sizeof block->box[i]);
	job->request.input[WORK_BOXES] = (struct extent){room.offset, size};
	job->request.input_count = WORK_BOXES + 1;
	return 0;
}

int run_print_labels(
	struct run *run, const struct job *job, uint32_t i, const char *path, struct str *text)
{
	const struct task_reply *reply = &job->reply;
	const struct task_output *made = &reply->output[i];
	struct str recipe =
		STR_INIT; /* a copy: a worker gone wild could rewrite what is being parsed */
	struct boxes_output output = {
		.path = path,
		.number = job->request.from + i,
		.count = run->outputs,
		.width = made->width,
		.height = made->height,
		.input = {.width = reply->width, .height = reply->height, .channels = 3},
		.orientation = reply->orientation,
	};
	int code;

	str_add_bytes(&recipe, (const char *)job->bytes + made->recipe.offset, made->recipe.length);
	output.recipe = str_text(&recipe);
	output.recipe_size = recipe.length;
	code = recipe.failed
		? fault_set(&run->fault, IMGBATCH_E_NOMEM, "no memory for a drawn recipe")
		: boxes_print(run->boxes, &run->read, &output, text, &run->fault);
	str_release(&recipe);
	return code;
}

/* --- the end --- */

struct walking {
	struct run *run;
	int (*each)(void *arg, const char *name, size_t size, const struct boxes_output *output,
		struct fault *fault);
	void *arg;
};

/* One output that stands, of this run or an earlier one. Names are copied: the ledger's last for one call only. */
static int walk_output(struct walking *walking, const struct str *name, uint64_t seq,
	uint32_t number, struct fault *fault)
{
	struct run *run = walking->run;
	struct ledger_output row;
	struct boxes_output output = {.number = number, .count = run->outputs};
	int code = ledger_output_get(run->ledger, seq, number, &row, fault);

	if (code <= 0 || !row.made)
		return code < 0 ? code : 0;
	output.path = row.path;
	output.width = row.width;
	output.height = row.height;
	output.input.width = row.stored_width;
	output.input.height = row.stored_height;
	output.input.channels = 3;
	output.orientation = row.orientation;
	output.recipe = row.recipe;
	output.recipe_size = strlen(row.recipe);
	return walking->each(walking->arg, str_text(name), name->length, &output, fault);
}

/* Every output in listing order. */
static int walk(void *ctx,
	int (*each)(void *arg, const char *name, size_t size, const struct boxes_output *output,
		struct fault *fault),
	void *arg, struct fault *fault)
{
	struct run *run = ctx;
	struct walking walking = {run, each, arg};
	struct ledger_image image;
	struct str name = STR_INIT;
	int code = 0, got;

	ledger_rewind(run->ledger, 0);
	while (!code && (got = ledger_next(run->ledger, &image, fault)) > 0) {
		if (image.state != LEDGER_OK && image.state != LEDGER_DAMAGED &&
			image.state != LEDGER_SKIPPED)
			continue;
		str_clear(&name);
		str_add_bytes(&name, image.name, image.name_size);
		for (uint32_t i = 0; !code && i < run->outputs; i++)
			code = walk_output(&walking, &name, image.seq, i, fault);
	}
	str_release(&name);
	return code ? code : got;
}

static void tell_counts(struct run *run)
{
	struct boxes_counts counts;

	boxes_count(run->boxes, &counts);
	if (counts.images)
		run_message(run, 0, "--boxes: %llu images with %llu annotations are no input",
			(unsigned long long)counts.images, (unsigned long long)counts.annotations);
	if (counts.orphans)
		run_message(run, 0, "--boxes: %llu annotations are of no image in it",
			(unsigned long long)counts.orphans);
	if (counts.refused)
		run_message(run, 0,
			"--boxes-out: %llu outputs of earlier runs are left out: their "
			"boxes are broken or gone",
			(unsigned long long)counts.refused);
	if (counts.lost)
		run_message(run, 0,
			"--boxes-out: %llu annotations lost a run-length mask or key points, which "
			"cannot follow",
			(unsigned long long)counts.lost);
	if (counts.dropped)
		run_message(run, 1, "--boxes-out: %llu annotations have too little left of them",
			(unsigned long long)counts.dropped);
}

int run_finish_labels(struct run *run)
{
	struct boxes_walk walking = {run, walk};
	int code = 0;

	if (!run->boxes || run->options->dry_run)
		return 0;
	if (run->labels.suffix)
		return boxes_copy_rest(run->boxes, run->options->boxes_out, &run->fault);
	code = commit_rest(run);
	if (!code)
		code = boxes_write(run->boxes, run->options->boxes_out, &walking, &run->fault);
	tell_counts(run);
	return code;
}
