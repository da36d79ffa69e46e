/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything lies in a COCO file: made by coco.c, read again by coco_write.c. */
#ifndef BOXES_COCO_H
#define BOXES_COCO_H

#include "boxes/internal.h"

#include <sys/stat.h>

enum coco_part_kind { COCO_TEXT, COCO_IMAGES, COCO_ANNOTATIONS };

/* A member of the outermost object, in the file's order. */
struct coco_part {
	enum coco_part_kind kind;
	size_t key, key_size; /* in names */
	uint64_t from, to; /* from behind its key, colon and all, to its value's end */
};

struct coco_image {
	int64_t id;
	uint64_t at; /* of its object */
	uint32_t size;
	uint32_t width, height; /* 0: not said */
	size_t name; /* in names */
	uint32_t name_size;
	uint32_t first, count; /* its annotations */
	bool asked; /* it is an input */
};

struct coco_annotation {
	int64_t image;
	uint64_t at;
	uint32_t size;
};

struct coco {
	int file;
	struct stat st; /* as it was read */
	struct coco_part *part;
	size_t part_count, part_room;
	struct coco_image *image; /* by id */
	size_t image_count, image_room;
	struct coco_annotation *annotation; /* by image, then as in the file */
	size_t annotation_count, annotation_room;
	uint32_t *named; /* images by their names */
	struct str names;
};

/* NULL: unknown. */
struct coco_image *coco_find(const struct coco *coco, const char *name, size_t size);
/* Appends a piece of the file; E_BOXES when that is not as it was. */
int coco_text(
	const struct coco *coco, uint64_t at, size_t size, struct str *out, struct fault *fault);

#endif
