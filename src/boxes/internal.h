/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of boxes/ share.
 *
 *	boxes.c   opening, telling forms apart, what all forms do alike
 *	coco.c    one JSON file: where everything lies in it; coco_write.c writes it again
 *	yolo.c    lines of numbers
 *	voc.c     XML, patched
 *	json.c    pieces of JSON
 */
#ifndef BOXES_INTERNAL_H
#define BOXES_INTERNAL_H

#include "boxes/boxes.h"

enum { LABEL_FILE_MAX = 64 << 20 /* of one image */, COORDINATE_MAX = 1000000000 };

struct coco;

struct boxes {
	enum boxes_form form;
	struct boxes_settings settings;
	int dir; /* of a folder; -1 */
	struct coco *coco; /* owned; NULL: a folder */
	struct str path; /* scratch: an image's own file */
	struct recipe drawn; /* scratch: an output's */
	struct outline outline; /* scratch */
	struct boxes_counts counts;
};

/*
 * A finished file gets its name. Takes the descriptor. durable: its bytes are synced first, and the name behind. Returns an
 * errno; temp may still be there then.
 */
int publish(int file, const char *temp, const char *path, bool durable);

/* Appends a label with this box; NULL when out of memory. */
struct label *labels_add(struct labels *labels, const double box[4]);
/* left <= right and top <= bottom, finite, and not far beyond any image. */
bool box_is_sane(const double box[4]);

/* An image's way through its drawn recipe, ready to be asked for each box. */
struct journey {
	struct boxes *boxes;
	const struct boxes_output *output;
	struct annotated on;
};
/* Parses the drawn recipe. E_BOXES when the labels are of another size than the image. */
int journey_begin(struct journey *journey, struct boxes *boxes, const struct labels *labels,
	const struct boxes_output *output, struct fault *fault);
/*
 * Moves the polygon in boxes->outline, as annotated, to where it lies in the output. 1: there is some of it left; 0: not
 * enough, by the settings, for a thing that is to be kept (whole: a box; parts of a shape are not judged).
 */
int journey_follow(struct journey *journey, bool whole, struct fault *fault);

int coco_open(struct boxes *boxes, int file, struct fault *fault);
void coco_close(struct coco *coco);
int coco_read(struct boxes *boxes, const char *name, size_t size, struct labels *labels,
	struct fault *fault);

int yolo_parse(struct labels *labels, struct fault *fault);
int yolo_print(
	struct journey *journey, const struct labels *labels, struct str *out, struct fault *fault);

int voc_parse(struct labels *labels, struct fault *fault);
int voc_print(
	struct journey *journey, const struct labels *labels, struct str *out, struct fault *fault);

#endif
