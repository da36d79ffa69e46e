/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes in all three forms: files that are broken in any way are refused with a word, and what is written of others can be
 * read again. The first byte of an input says which form and which drawn recipe; the rest is the file.
 */
#include "boxes/boxes.h"

#include "fuzz.h"
#include "json.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Of a file of 64 MiB at most; COCO's is read a piece at a time, and remembered by where things lie in it. The rest is
 * yajl's and expat's.
 */
enum { MEMORY = 16 << 20 };

static const char name[] = "a.jpg";

static const char *const drawn[] = {
	"", "crop 20x10+3+4\n", "flip h\nresize 33x7!\n", "rotate 33 expand\npad 900x900\n"};

struct form {
	char path[240]; /* what --boxes names */
	char file[260]; /* what is written into it */
	char out[240];
};

static void make_form(struct form *form, const char *folder, const char *file)
{
	if (!folder) {
		snprintf(form->path, sizeof form->path, "%s/%s", fuzz_folder(), file);
		snprintf(form->file, sizeof form->file, "%s", form->path);
	} else {
		snprintf(form->path, sizeof form->path, "%s/%s", fuzz_folder(), folder);
		snprintf(form->file, sizeof form->file, "%s/%s", form->path, file);
		fuzz_check(!mkdir(form->path, 0700), "%m");
	}
	snprintf(form->out, sizeof form->out, "%s/out.json", fuzz_folder());
}

static const struct form *form_of(uint8_t choice)
{
	static struct form forms[3];

	if (!forms[0].path[0]) {
		make_form(&forms[BOXES_COCO], NULL, "coco.json");
		make_form(&forms[BOXES_YOLO], "yolo", "a.txt");
		make_form(&forms[BOXES_VOC], "voc", "a.xml");
	}
	return &forms[choice % 3];
}

static struct boxes_output output_of(uint8_t choice, const struct labels *labels)
{
	const char *recipe = drawn[choice >> 2 & 3];

	return (struct boxes_output){.path = "x/a-0.jpg",
		.count = 1,
		.width = 33,
		.height = 7,
		.input = {labels && labels->width ? labels->width : 60,
			labels && labels->height ? labels->height : 40, 3, SAMPLE_U8, false},
		.orientation = 1 + (choice >> 4 & 7),
		.recipe = recipe,
		.recipe_size = strlen(recipe)};
}

/* What was printed for an output is what can be read of it. */
static void check_printed(const struct form *form, const struct boxes_settings *settings,
	const struct str *text, size_t count)
{
	struct labels labels = {0};
	struct fault fault = {0};
	struct boxes *boxes;

	fuzz_write(form->file, str_text(text), text->length);
	fuzz_check(!boxes_open(&boxes, form->path, settings, &fault), "%s", fault.detail);
	fuzz_check(!boxes_read(boxes, name, strlen(name), &labels, &fault), "%s: %s", fault.detail,
		str_text(text));
	fuzz_check(labels.count <= count, "%zu of %zu boxes", labels.count, count);
	labels_release(&labels);
	boxes_close(boxes);
}

static int walk_outputs(void *ctx,
	int (*each)(void *arg, const char *name, size_t size, const struct boxes_output *output,
		struct fault *fault),
	void *arg, struct fault *fault)
{
	struct boxes_output output = output_of(*(uint8_t *)ctx, NULL);

	return each(arg, name, strlen(name), &output, fault);
}

/* Is the file that was read JSON to the letter? yajl takes a little more. */
static bool is_strict(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	bool strict = strlen(text) == size && json_valid(text);

	free(text);
	return strict;
}

static void check_written(struct boxes *boxes, const struct form *form, uint8_t choice, bool strict)
{
	struct boxes_walk walk = {&choice, walk_outputs};
	struct fault fault = {0};
	int code = boxes_write(boxes, form->out, &walk, &fault);
	struct stat st;
	char *text;
	int file;

	fuzz_check_fault(&fault, code);
	if (code)
		return;
	file = open(form->out, O_RDONLY | O_CLOEXEC);
	fuzz_check(file >= 0 && !fstat(file, &st), "%m");
	text = calloc(1, (size_t)st.st_size + 1);
	fuzz_check(read(file, text, (size_t)st.st_size) == st.st_size, "%m");
	close(file);
	fuzz_check(!strict || json_valid(text), "%s", text);
	free(text);
}

static void use(struct boxes *boxes, const struct form *form, uint8_t choice, bool strict,
	const struct boxes_settings *settings)
{
	struct labels labels = {0};
	struct fault fault = {0};
	struct str text = STR_INIT;
	int code = boxes_read(boxes, name, strlen(name), &labels, &fault);

	fuzz_check_fault(&fault, code);
	if (!code) {
		struct boxes_output output = output_of(choice, &labels);

		if (boxes_suffix(boxes)) {
			code = boxes_print(boxes, &labels, &output, &text, &fault);
			fuzz_check_fault(&fault, code);
			if (!code)
				check_printed(form, settings, &text, labels.count);
		}
	}
	if (!boxes_suffix(boxes))
		check_written(boxes, form, choice, strict);
	str_release(&text);
	labels_release(&labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = size ? data[0] : 0;
	const struct form *form = form_of(choice & 3);
	struct boxes_settings settings = {
		.min_area = choice >> 7, .min_visibility = (choice >> 7) * 0.5};
	struct fault fault = {0};
	struct boxes *boxes;
	int code;

	if (!size)
		return 0;
	fuzz_write(form->file, data + 1, size - 1);
	fuzz_memory_begin();
	code = boxes_open(&boxes, form->path, &settings, &fault);
	fuzz_check(
		fuzz_memory_peak() <= MEMORY, "%llu bytes", (unsigned long long)fuzz_memory_peak());
	fuzz_check_fault(&fault, code);
	if (code)
		return 0;
	use(boxes, form, choice, is_strict(data + 1, size - 1), &settings);
	boxes_close(boxes);
	return 0;
}
