/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The COCO file of a run's outputs: the text that was read, but for its images and annotations, which are those of
 * the outputs. Of each of these the text stays, too, but for what has changed: ids (where an image has several outputs:
 * id x outputs + number), image_id, file_name, width, height, bbox, area, and polygons. An area is multiplied by what
 * became of that of the polygons, or of the box. Run-length masks and key points are left out: the first would need the
 * pixels, the second which of them change sides in a mirror.
 */
#include "boxes/coco.h"

#include "base/list.h"
#include "base/number.h"
#include "boxes/json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH = 1 << 20, CORNERS_MAX = 1 << 20 };

struct writer {
	struct boxes *boxes;
	int file;
	struct str text; /* not yet written */
	struct labels labels; /* of the image in hand */
	struct str name; /* its name: several outputs share one reading */
	double *corners; /* scratch, owned */
	size_t corner_room;
	int refused; /* its labels cannot be had: this code */
	bool annotations; /* else images */
	bool first; /* of its list */
};

/* --- the file --- */

static int flush(struct writer *w, size_t least, struct fault *fault)
{
	size_t done = 0;

	if (w->text.failed)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	if (w->text.length < least)
		return 0;
	while (done < w->text.length) {
		ssize_t put = write(w->file, w->text.text + done, w->text.length - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fault_set(
				fault, IMGBATCH_E_WRITE, "--boxes-out: %s", strerror(errno));
		done += (size_t)put;
	}
	str_clear(&w->text);
	return 0;
}

/* --- values --- */

/* Ten-thousandths of a pixel are more than any annotation means. */
static void add_number(struct str *out, double value)
{
	char text[NUMBER_TEXT_MAX];
	double rounded = floor(value * 10000 + 0.5) / 10000;

	number_print(text, rounded == 0 ? 0 : rounded);
	str_add(out, text);
}

static void add_id(struct str *out, int64_t id, const struct boxes_output *output)
{
	int64_t made = id;

	if (__builtin_mul_overflow(id, (int64_t)output->count, &made) ||
		__builtin_add_overflow(made, (int64_t)output->number, &made))
		made = id;
	str_addf(out, "%lld", (long long)made);
}

/* Appends an object's members, some of them changed: change() appends a value, or says that the member stays (1) or goes (-1). */
struct changes {
	struct writer *writer;
	const struct boxes_output *output;
	/* Of an annotation: */
	struct journey *journey;
	double box[4]; /* moved */
	double grown; /* its area, by what it was */
	struct str shape; /* its polygons, moved; "" where there are none */
	double shape_was, shape_is; /* their area */
};

static void copy_members(struct piece object, struct changes *changes,
	int (*change)(struct changes *changes, const struct json_member *member, struct str *out),
	struct str *out)
{
	struct json_member member;
	struct str value = STR_INIT;
	bool first = true;

	str_add_char(out, '{');
	for (size_t at = 0; json_next(object, &at, &member);) {
		int what;

		str_clear(&value);
		what = change(changes, &member, &value);
		if (what < 0)
			continue;
		str_add(out, first ? "" : ", ");
		first = false;
		str_add_char(out, '"');
		str_add_bytes(out, member.key.text, member.key.size);
		str_add(out, "\": ");
		if (what > 0)
			str_add_bytes(out, member.value.text, member.value.size);
		else
			str_add_bytes(out, str_text(&value), value.length);
		out->failed |= value.failed;
	}
	str_add_char(out, '}');
	str_release(&value);
}

/* --- images --- */

static int change_image(struct changes *c, const struct json_member *member, struct str *out)
{
	const struct boxes_output *output = c->output;

	if (json_key_is(member, "id"))
		add_id(out, c->writer->labels.id, output);
	else if (json_key_is(member, "file_name"))
		str_add_json(out, output->path, strlen(output->path));
	else if (json_key_is(member, "width"))
		str_addf(out, "%u", output->width);
	else if (json_key_is(member, "height"))
		str_addf(out, "%u", output->height);
	else
		return 1;
	return 0;
}

/* --- annotations --- */

static int change_annotation(struct changes *c, const struct json_member *member, struct str *out)
{
	const double *box = c->box;
	double area;
	int64_t id;

	if (json_key_is(member, "id")) {
		if (!json_integer(member->value, &id))
			return 1;
		add_id(out, id, c->output);
	} else if (json_key_is(member, "image_id")) {
		add_id(out, c->writer->labels.id, c->output);
	} else if (json_key_is(member, "bbox")) {
		str_add_char(out, '[');
		for (int i = 0; i < 4; i++) {
			str_add(out, i ? ", " : "");
			add_number(out, i < 2 ? box[i] : box[i] - box[i - 2]);
		}
		str_add_char(out, ']');
	} else if (json_key_is(member, "area")) {
		if (!json_number(member->value, &area))
			return 1;
		add_number(out, area * (c->shape_was > 0 ? c->shape_is / c->shape_was : c->grown));
	} else if (json_key_is(member, "segmentation")) {
		if (member->value.text[0] != '[')
			return -1;
		str_add(out, c->shape.length ? c->shape.text : "[]");
	} else if (json_key_is(member, "keypoints") || json_key_is(member, "num_keypoints")) {
		return -1;
	} else {
		return 1;
	}
	return 0;
}

/* The numbers of one polygon into the outline. false: it is none. */
static bool take_polygon(struct writer *w, struct piece value)
{
	struct outline *outline = &w->boxes->outline;
	size_t count, room = value.size / 2 + 1; /* a number and its comma */

	double *corners = list_room(w->corners, sizeof *corners, room, &w->corner_room, 64);

	if (!corners)
		return false;
	w->corners = corners;
	if (!json_numbers(value, w->corners, room, &count) || count < 6 || count % 2 ||
		count > CORNERS_MAX || !outline_make(outline, count / 2))
		return false;
	memcpy(outline->xy, w->corners, count * sizeof *w->corners);
	return true;
}

static void add_polygon(struct changes *c, const struct outline *outline)
{
	str_add(&c->shape, c->shape.length ? ", [" : "[[");
	for (size_t i = 0; i < outline->count; i++)
		for (int axis = 0; axis < 2; axis++) {
			str_add(&c->shape, i || axis ? ", " : "");
			add_number(&c->shape, outline->xy[i][axis]);
		}
	str_add_char(&c->shape, ']');
	c->shape_is += outline_area(outline);
}

/* A list of polygons, those that are left of it. */
static int follow_shape(struct changes *c, struct piece shape, struct fault *fault)
{
	struct json_member polygon;
	int kept;

	str_clear(&c->shape);
	if (!shape.size || shape.text[0] != '[')
		return 0;
	for (size_t at = 0; json_next(shape, &at, &polygon);) {
		if (!take_polygon(c->writer, polygon.value))
			continue;
		c->shape_was += outline_area(&c->writer->boxes->outline);
		kept = journey_follow(c->journey, false, fault);
		if (kept < 0)
			return kept;
		if (kept)
			add_polygon(c, &c->writer->boxes->outline);
	}
	if (c->shape.length)
		str_add_char(&c->shape, ']');
	return 0;
}

/* Whether something of it is left out; and its polygons. */
static int look_at_shape(struct changes *c, struct piece annotation, struct fault *fault)
{
	struct json_member member;
	bool lost = false;
	int code = 0;

	c->shape_was = c->shape_is = 0;
	str_clear(&c->shape);
	for (size_t at = 0; !code && json_next(annotation, &at, &member);) {
		lost |= json_key_is(&member, "keypoints");
		if (!json_key_is(&member, "segmentation"))
			continue;
		lost |= member.value.text[0] == '{';
		code = follow_shape(c, member.value, fault);
	}
	c->writer->boxes->counts.lost += lost;
	return code;
}

/* 1: moved; 0: too little is left. */
static int follow_box(struct changes *c, const struct label *label, struct fault *fault)
{
	struct outline *outline = &c->writer->boxes->outline;
	const double *was = label->box;
	double area = (was[2] - was[0]) * (was[3] - was[1]);
	int kept;

	if (!outline_set_box(outline, was))
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	kept = journey_follow(c->journey, true, fault);
	if (kept <= 0)
		return kept;
	outline_bounds(outline, c->box);
	c->grown = area > 0 ? outline_area(outline) / area : 0;
	return 1;
}

static int write_annotations(
	struct writer *w, const struct boxes_output *output, struct fault *fault)
{
	struct journey journey;
	struct changes changes = {.writer = w, .output = output, .journey = &journey};
	int code = journey_begin(&journey, w->boxes, &w->labels, output, fault);

	for (size_t i = 0; !code && i < w->labels.count; i++) {
		const struct label *label = &w->labels.label[i];
		struct piece text = {w->labels.text.text + label->at, label->size};
		int kept = follow_box(&changes, label, fault);

		w->boxes->counts.dropped += kept == 0;
		code = kept > 0 ? look_at_shape(&changes, text, fault) : kept;
		if (code || !kept)
			continue;
		str_add(&w->text, w->first ? "\n" : ",\n");
		w->first = false;
		copy_members(text, &changes, change_annotation, &w->text);
		code = flush(w, FLUSH, fault);
	}
	str_release(&changes.shape);
	return code;
}

/* --- the whole --- */

static int write_output(void *arg, const char *name, size_t size, const struct boxes_output *output,
	struct fault *fault)
{
	struct writer *w = arg;
	struct changes changes = {.writer = w, .output = output};
	struct fault why;
	int code = 0;

	if (w->name.length != size || memcmp(str_text(&w->name), name, size) != 0) {
		str_clear(&w->name);
		str_add_bytes(&w->name, name, size);
		w->refused = boxes_read(w->boxes, name, size, &w->labels, &why);
	}
	code = w->refused ? w->refused : boxes_check(&w->labels, output, &why);
	if (code == IMGBATCH_E_BOXES) { /* the image has failed for it, or is of an earlier run */
		w->boxes->counts.refused += w->annotations;
		return 0;
	}
	if (code)
		return fault_set(fault, code, "%s", why.detail);
	if (w->annotations)
		return write_annotations(w, output, fault);
	str_add(&w->text, w->first ? "\n" : ",\n");
	w->first = false;
	copy_members((struct piece){w->labels.text.text, w->labels.image_size}, &changes,
		change_image, &w->text);
	return flush(w, FLUSH, fault);
}

/* A value as it stands, without the colon before it. */
static int write_part(struct writer *w, const struct coco_part *part, struct fault *fault)
{
	bool begun = false;
	int code = 0;

	for (uint64_t at = part->from; !code && at < part->to;) {
		uint64_t left = part->to - at;
		size_t size = left < FLUSH ? (size_t)left : FLUSH, before = w->text.length;

		code = coco_text(w->boxes->coco, at, size, &w->text, fault);
		if (!code && !begun) {
			size_t skip = strspn(w->text.text + before, " \t\r\n:");

			memmove(w->text.text + before, w->text.text + before + skip,
				w->text.length - before - skip + 1);
			w->text.length -= skip;
		}
		begun = true;
		at += size;
		if (!code)
			code = flush(w, FLUSH, fault);
	}
	return code;
}

static int write_list(
	struct writer *w, bool annotations, const struct boxes_walk *walk, struct fault *fault)
{
	int code;

	w->annotations = annotations;
	w->first = true;
	str_clear(&w->name);
	str_add_char(&w->text, '[');
	code = walk->outputs(walk->ctx, write_output, w, fault);
	str_add(&w->text, w->first ? "]" : "\n]");
	return code;
}

static int write_all(struct writer *w, const struct boxes_walk *walk, struct fault *fault)
{
	const struct coco *coco = w->boxes->coco;
	int code = 0;

	str_add_char(&w->text, '{');
	for (size_t i = 0; !code && i < coco->part_count; i++) {
		const struct coco_part *part = &coco->part[i];

		str_add(&w->text, i ? ",\n" : "\n");
		str_add_json(&w->text, str_text(&coco->names) + part->key, part->key_size);
		str_add(&w->text, ": ");
		code = part->kind == COCO_TEXT
			? write_part(w, part, fault)
			: write_list(w, part->kind == COCO_ANNOTATIONS, walk, fault);
	}
	str_add(&w->text, "\n}\n");
	return code ? code : flush(w, 0, fault);
}

/* What the file held of images that nobody asked for. */
static void count_rest(struct boxes *boxes)
{
	const struct coco *coco = boxes->coco;

	boxes->counts.images = boxes->counts.annotations = 0;
	for (size_t i = 0; i < coco->image_count; i++) {
		boxes->counts.images += !coco->image[i].asked;
		boxes->counts.annotations += coco->image[i].asked ? 0 : coco->image[i].count;
	}
}

int boxes_write(
	struct boxes *boxes, const char *path, const struct boxes_walk *walk, struct fault *fault)
{
	struct writer w = {.boxes = boxes};
	struct str temp = STR_INIT;
	int code, error;

	boxes->counts.dropped = boxes->counts.lost = boxes->counts.refused = 0;
	str_addf(&temp, "%s.imgbatch", path);
	w.file = open(str_text(&temp), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w.file < 0) {
		code = fault_set(
			fault, IMGBATCH_E_WRITE, "--boxes-out %.100s: %s", path, strerror(errno));
		str_release(&temp);
		return code;
	}
	code = write_all(&w, walk, fault);
	error = code ? close(w.file)
		     : publish(w.file, str_text(&temp), path, boxes->settings.durable);
	if (!code && error)
		code = fault_set(fault, IMGBATCH_E_WRITE, "--boxes-out: %s", strerror(error));
	if (code)
		unlink(str_text(&temp));
	count_rest(boxes);
	labels_release(&w.labels);
	str_release(&w.text);
	str_release(&w.name);
	free(w.corners);
	str_release(&temp);
	return code;
}
