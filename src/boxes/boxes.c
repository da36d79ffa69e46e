/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, telling the forms apart by what is there, and what all forms do alike. */
#include "boxes/internal.h"

#include "base/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files of a YOLO folder that belong to no image. */
static const char *const rest[] = {"classes.txt", "data.yaml", "data.yml", "notes.json"};
enum { REST_COUNT = sizeof rest / sizeof *rest };

/* --- lists of labels --- */

void labels_release(struct labels *labels)
{
	free(labels->label);
	str_release(&labels->text);
	*labels = (struct labels){0};
}

static void labels_clear(struct labels *labels)
{
	str_clear(&labels->text);
	labels->count = 0;
	labels->width = labels->height = 0;
	labels->shares = false;
	labels->file_size = 0;
	labels->file_mtime_ns = 0;
	labels->id = 0;
	labels->image_size = 0;
}

struct label *labels_add(struct labels *labels, const double box[4])
{
	struct label *label = list_room(
		labels->label, sizeof *label, labels->count + 1, &labels->room, 16);

	if (!label)
		return NULL;
	labels->label = label;
	label = &labels->label[labels->count++];
	*label = (struct label){0};
	memcpy(label->box, box, sizeof label->box);
	return label;
}

bool box_is_sane(const double box[4])
{
	for (int i = 0; i < 4; i++)
		if (!(fabs(box[i]) <= COORDINATE_MAX))
			return false;
	return box[0] <= box[2] && box[1] <= box[3];
}

/* --- opening --- */

/* What a folder's files say that it is; looks one folder deep. */
struct signs {
	bool xml, txt;
};

static void look_at_name(const char *name, struct signs *signs)
{
	const char *dot = strrchr(name, '.');

	for (int i = 0; i < REST_COUNT; i++)
		if (!strcmp(name, rest[i]))
			return;
	signs->xml |= dot && !strcmp(dot, ".xml");
	signs->txt |= dot && !strcmp(dot, ".txt");
}

/* Takes fd. */
static void look_at_folder(int fd, unsigned depth, struct signs *signs)
{
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (!signs->xml && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR && depth)
			look_at_folder(openat(fd, entry->d_name,
					       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				depth - 1, signs);
		else if (entry->d_type != DT_DIR)
			look_at_name(entry->d_name, signs);
	}
	closedir(folder);
}

static int open_folder(struct boxes *boxes, int dir, const char *path, struct fault *fault)
{
	struct signs signs = {0};

	look_at_folder(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 3, &signs);
	boxes->dir = dir;
	boxes->form = signs.xml ? BOXES_VOC : BOXES_YOLO;
	if (signs.xml || signs.txt)
		return 0;
	return fault_set(fault, IMGBATCH_E_USAGE,
		"--boxes %.100s: neither .txt (YOLO) nor .xml (VOC) files in it", path);
}

static int open_path(struct boxes *boxes, const char *path, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		fault_set(fault, IMGBATCH_E_USAGE, "--boxes %.100s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return IMGBATCH_E_USAGE;
	}
	if (S_ISDIR(st.st_mode))
		return open_folder(boxes, fd, path, fault);
	boxes->form = BOXES_COCO;
	return coco_open(boxes, fd, fault);
}

int boxes_open(struct boxes **out, const char *path, const struct boxes_settings *settings,
	struct fault *fault)
{
	struct boxes *boxes = calloc(1, sizeof *boxes);
	int code;

	*out = NULL;
	if (!boxes)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	boxes->dir = -1;
	boxes->settings = *settings;
	recipe_init(&boxes->drawn);
	code = open_path(boxes, path, fault);
	if (code)
		boxes_close(boxes);
	else
		*out = boxes;
	return code;
}

void boxes_close(struct boxes *boxes)
{
	if (!boxes)
		return;
	if (boxes->dir >= 0)
		close(boxes->dir);
	coco_close(boxes->coco);
	str_release(&boxes->path);
	recipe_release(&boxes->drawn);
	outline_release(&boxes->outline);
	free(boxes);
}

enum boxes_form boxes_form(const struct boxes *boxes)
{
	return boxes->form;
}

const char *boxes_suffix(const struct boxes *boxes)
{
	return boxes->form == BOXES_YOLO ? ".txt" : boxes->form == BOXES_VOC ? ".xml" : NULL;
}

int boxes_dir(const struct boxes *boxes)
{
	return boxes->dir;
}

void boxes_count(const struct boxes *boxes, struct boxes_counts *counts)
{
	*counts = boxes->counts;
}

/* --- reading --- */

static int read_all(int fd, const struct stat *st, struct str *text)
{
	char part[16384];
	ssize_t got;

	while (text->length < (size_t)st->st_size) {
		got = read(fd, part, sizeof part);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? errno : 0;
		str_add_bytes(text, part, (size_t)got);
		if (text->failed)
			return ENOMEM;
	}
	return 0;
}

/* A file that was lost would look like an image without objects, so that those are said. */
static int fault_missing(const struct boxes *boxes, int error, struct fault *fault)
{
	const char *path = str_text(&boxes->path);

	if (error != ENOENT)
		return fault_set(
			fault, IMGBATCH_E_BOXES, "no boxes: \"%.100s\": %s", path, strerror(error));
	return fault_set(fault, IMGBATCH_E_BOXES,
		"no boxes: \"%.100s\" is not there; of an image without objects it is %s", path,
		boxes->form == BOXES_YOLO ? "an empty file" : "a file without <object>");
}

static int open_file(const struct boxes *boxes, struct labels *labels, struct fault *fault)
{
	struct stat st;
	int error,
		fd = openat(boxes->dir, str_text(&boxes->path), O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fault_missing(boxes, errno, fault);
	error = fstat(fd, &st)                ? errno
		: !S_ISREG(st.st_mode)        ? EINVAL
		: st.st_size > LABEL_FILE_MAX ? EFBIG
					      : read_all(fd, &st, &labels->text);
	close(fd);
	if (error == ENOMEM)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	if (error)
		return fault_set(fault, IMGBATCH_E_BOXES, "its boxes: \"%.100s\": %s",
			str_text(&boxes->path), strerror(error));
	labels->file_size = (uint64_t)st.st_size;
	labels->file_mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return 0;
}

/* IMAGE.txt or IMAGE.xml beside the image's name. */
static int read_file(struct boxes *boxes, const char *name, size_t size, struct labels *labels,
	struct fault *fault)
{
	const char *slash = memrchr(name, '/', size);
	size_t base = slash ? (size_t)(slash - name) + 1 : 0;
	const char *dot = memrchr(name + base, '.', size - base);
	struct fault why;
	int code;

	str_clear(&boxes->path);
	str_add_bytes(&boxes->path, name, dot && dot > name + base ? (size_t)(dot - name) : size);
	str_add(&boxes->path, boxes_suffix(boxes));
	if (boxes->path.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a path");
	code = open_file(boxes, labels, fault);
	if (code)
		return code;
	code = boxes->form == BOXES_YOLO ? yolo_parse(labels, &why) : voc_parse(labels, &why);
	return code ? fault_set(fault, code, "its boxes: \"%.80s\": %.90s", str_text(&boxes->path),
			      why.detail)
		    : 0;
}

int boxes_read(struct boxes *boxes, const char *name, size_t size, struct labels *labels,
	struct fault *fault)
{
	labels_clear(labels);
	return boxes->form == BOXES_COCO ? coco_read(boxes, name, size, labels, fault)
					 : read_file(boxes, name, size, labels, fault);
}

/* --- following --- */

static struct annotated annotated_on(const struct labels *labels, const struct boxes_output *output)
{
	struct annotated on = {.width = labels->width,
		.height = labels->height,
		.shares = labels->shares,
		.stored = output->input,
		.orientation = output->orientation};

	if (!on.stored.width) {
		on.stored.width = labels->width;
		on.stored.height = labels->height;
		on.orientation = 1;
	}
	return on;
}

int boxes_check(const struct labels *labels, const struct boxes_output *output, struct fault *fault)
{
	struct annotated on = annotated_on(labels, output);

	if (annotated_place(&on, NULL, 0))
		return 0;
	return fault_set(fault, IMGBATCH_E_BOXES,
		"its boxes are on %ux%u pixels, the image has %ux%u", labels->width, labels->height,
		output->input.width, output->input.height);
}

int journey_begin(struct journey *journey, struct boxes *boxes, const struct labels *labels,
	const struct boxes_output *output, struct fault *fault)
{
	int code = boxes_check(labels, output, fault);

	*journey = (struct journey){
		.boxes = boxes, .output = output, .on = annotated_on(labels, output)};
	return code ? code
		    : recipe_parse(&boxes->drawn, output->recipe, output->recipe_size, fault);
}

int journey_follow(struct journey *journey, bool whole, struct fault *fault)
{
	const struct boxes_settings *settings = &journey->boxes->settings;
	struct outline *outline = &journey->boxes->outline;
	struct shape upright = annotated_upright(&journey->on);
	double box[4];
	int code;

	annotated_place(&journey->on, outline->xy, outline->count);
	code = outlines_follow(outline, 1, &journey->boxes->drawn, &upright, fault);
	if (code || !outline->count)
		return code;
	if (!whole)
		return 1;
	outline_bounds(outline, box);
	return (box[2] - box[0]) * (box[3] - box[1]) >= settings->min_area &&
		outline->share >= settings->min_visibility;
}

int boxes_print(struct boxes *boxes, const struct labels *labels, const struct boxes_output *output,
	struct str *out, struct fault *fault)
{
	struct journey journey;
	int code = journey_begin(&journey, boxes, labels, output, fault);

	if (!code)
		code = boxes->form == BOXES_YOLO ? yolo_print(&journey, labels, out, fault)
						 : voc_print(&journey, labels, out, fault);
	if (!code && out->failed)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	return code;
}

/* --- what belongs to no image --- */

static int copy_one(
	int from, const char *folder, const char *name, bool durable, struct fault *fault)
{
	struct str path = STR_INIT, temp = STR_INIT;
	char part[16384];
	int error = 0, to;
	ssize_t got = 0;

	str_addf(&path, "%s/%s", folder, name);
	str_addf(&temp, "%s/.%s.imgbatch", folder, name);
	to = temp.failed ? -1
			 : open(str_text(&temp), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (to < 0)
		error = errno;
	while (!error && (got = read(from, part, sizeof part)) > 0)
		if (write(to, part, (size_t)got) != got)
			error = errno ? errno : EIO;
	if (!error && got < 0)
		error = errno;
	if (path.failed && !error)
		error = ENOMEM;
	if (!error)
		error = publish(to, str_text(&temp), str_text(&path), durable);
	else if (to >= 0)
		close(to);
	if (error && to >= 0)
		unlink(str_text(&temp));
	str_release(&path);
	str_release(&temp);
	return error ? fault_set(fault, IMGBATCH_E_WRITE, "%s: %s", name, strerror(error)) : 0;
}

int boxes_copy_rest(struct boxes *boxes, const char *folder, struct fault *fault)
{
	int code = 0;

	for (int i = 0; !code && boxes->form == BOXES_YOLO && i < REST_COUNT; i++) {
		int from = openat(boxes->dir, rest[i], O_RDONLY | O_CLOEXEC);

		if (from < 0)
			continue;
		code = copy_one(from, folder, rest[i], boxes->settings.durable, fault);
		close(from);
	}
	return code;
}
