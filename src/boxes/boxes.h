/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes of objects on images, in three forms that are told apart by what is there:
 *
 *	COCO   one file of JSON: images and annotations of all
 *	YOLO   a folder of text files, IMAGE.txt for each image: class cx cy w h, in shares of the image; or class x y x y ..
 *	VOC    a folder of XML files, IMAGE.xml for each image
 *
 * What is written has the form that was read, and all of the text that need not change: categories, attributes, other
 * elements. Of a COCO file only where things lie is kept in memory (some 50 bytes an image, 24 an annotation), the
 * texts are read again when they are wanted; of folders nothing.
 *
 * Boxes follow their image through its drawn recipe (recipe/outline.h): moved, cut to the picture, and dropped when
 * too little is left. One thread at a time.
 */
#ifndef BOXES_BOXES_H
#define BOXES_BOXES_H

#include "base/fault.h"
#include "base/str.h"
#include "recipe/outline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum boxes_form { BOXES_COCO, BOXES_YOLO, BOXES_VOC };

struct boxes;

struct boxes_settings {
	double min_area; /* square pixels of the output; smaller boxes are dropped */
	double min_visibility; /* 0 .. 1: the share of a box that must still be in the picture */
	bool durable; /* what boxes_write and boxes_copy_rest write stands after a power cut */
};

/* E_USAGE: it is none of the three, or broken; a fault in JSON names the line. Settings are copied. */
int boxes_open(struct boxes **boxes, const char *path, const struct boxes_settings *settings,
	struct fault *fault);
void boxes_close(struct boxes *boxes); /* NULL is fine */

enum boxes_form boxes_form(const struct boxes *boxes);
/* What an image's own file ends in: ".txt", ".xml"; NULL where all are in one. */
const char *boxes_suffix(const struct boxes *boxes);
/* The folder; -1 where there is none. Borrowed. */
int boxes_dir(const struct boxes *boxes);

/* One object as annotated. */
struct label {
	double box[4]; /* left, top, right, bottom */
	size_t at, size; /* its text in labels.text */
};

/* Those of one image. */
struct labels {
	struct label *label; /* owned */
	size_t count, room;
	uint32_t width, height; /* of the image as annotated; 0: not said */
	bool shares; /* boxes are shares of it, not pixels */
	struct str text;
	uint64_t file_size; /* of the image's own file, with its time; 0 where all are in one */
	int64_t file_mtime_ns;
	/* COCO: */
	int64_t id; /* the image's */
	size_t image_size; /* text begins with the image's object, so long */
};
void labels_release(struct labels *labels);

/*
 * Those of the image of this (mirrored) name. 0; E_BOXES: there are none, or they are broken, and the fault says
 * where.
 */
int boxes_read(struct boxes *boxes, const char *name, size_t size, struct labels *labels,
	struct fault *fault);

struct boxes_output;
/* Whether an image's labels can lie on it, by its size: 0 or E_BOXES. Of output, only the input is asked. */
int boxes_check(
	const struct labels *labels, const struct boxes_output *output, struct fault *fault);

/* An output whose labels are wanted. */
struct boxes_output {
	const char *path; /* under OUT; ends in NUL */
	uint32_t number, count; /* which of its image's so many outputs */
	uint32_t width, height; /* pixels */
	struct shape
		input; /* the image as stored; width 0: was not recorded, and the labels are believed */
	uint8_t orientation; /* and the move (kernels/move.h) that laid it upright */
	const char *recipe; /* drawn */
	size_t recipe_size;
};

/* YOLO, VOC: the text of the output's own file, appended. E_BOXES when the labels do not fit the image. */
int boxes_print(struct boxes *boxes, const struct labels *labels, const struct boxes_output *output,
	struct str *out, struct fault *fault);

/* COCO: everything at the end. */
struct boxes_walk {
	void *ctx;
	/* Calls each(arg, name, size, output) for every output in a stable order, until it returns non-zero. */
	int (*outputs)(void *ctx,
		int (*each)(void *arg, const char *name, size_t size,
			const struct boxes_output *output, struct fault *fault),
		void *arg, struct fault *fault);
};
/* Writes the file, complete under its name or not at all. E_WRITE, or what walking says. */
int boxes_write(
	struct boxes *boxes, const char *path, const struct boxes_walk *walk, struct fault *fault);

/* YOLO, VOC: copies what belongs to no image (classes.txt, data.yaml) to a folder. E_WRITE. */
int boxes_copy_rest(struct boxes *boxes, const char *folder, struct fault *fault);

/* What was said of images that are no input, as far as it is known; and what was dropped by boxes_write(). */
struct boxes_counts {
	uint64_t images, annotations; /* COCO: of images that are no input */
	uint64_t orphans; /* COCO: annotations whose image_id no image has */
	uint64_t dropped; /* by boxes_write(): too little was left of them */
	uint64_t refused; /* outputs left out by it, whose boxes are broken now or do not fit */
	uint64_t lost; /* by it: annotations whose run-length mask or key points could not follow */
};
void boxes_count(const struct boxes *boxes, struct boxes_counts *counts);

#endif
