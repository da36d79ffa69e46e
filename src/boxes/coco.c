/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COCO's one file of JSON, read once from end to end by yajl, which is fed by pieces and keeps nothing. What is kept is
 * where each image and each annotation lies in the file; their texts are read again when an image needs them.
 *
 *	{"info": ..,  "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480, ..}, ..],
 *	 "annotations": [{"id": 7, "image_id": 1, "bbox": [x, y, width, height], ..}, ..],  "categories": ..}
 *
 * Annotations are sorted by their images, those of one image in the file's order. Ids are whole numbers.
 */
#include "boxes/coco.h"

#include "base/list.h"
#include "boxes/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yajl/yajl_parse.h>

enum { CHUNK = 64 << 10, DEPTH_MAX = 100, OBJECT_MAX = 64 << 20, ROOM_FIRST = 1024 };

/* What is being read: which list, and which of the members that matter. */
enum list { LIST_NONE, LIST_IMAGES, LIST_ANNOTATIONS };
enum member { MEMBER_OTHER, MEMBER_ID, MEMBER_NAME, MEMBER_WIDTH, MEMBER_HEIGHT, MEMBER_IMAGE };

struct reader {
	struct coco *coco;
	struct fault *fault;
	int code;
	yajl_handle yajl;
	uint64_t chunk_at, line; /* where the chunk in hand begins; newlines before it */
	const uint8_t *chunk;
	unsigned depth; /* of brackets */
	enum list list;
	enum member member;
	bool listed[3]; /* which lists were met */
	size_t key, key_size; /* of the outermost member in hand: in coco->names */
	uint64_t value; /* where it begins: behind its key */
	uint64_t object; /* where the image or annotation in hand begins */
	struct coco_image image;
	struct coco_annotation annotation;
	bool has_id, has_name, has_image;
};

/* --- where we are --- */

/* Behind the token in hand. */
static uint64_t offset(const struct reader *r)
{
	return r->chunk_at + yajl_get_bytes_consumed(r->yajl);
}

static uint64_t line_of(const struct reader *r, size_t consumed)
{
	uint64_t line = r->line + 1;

	for (size_t i = 0; i < consumed; i++)
		line += r->chunk[i] == '\n';
	return line;
}

static int stop(struct reader *r, int code, const char *why)
{
	r->code = fault_set(r->fault, code, "--boxes, line %llu: %s",
		(unsigned long long)line_of(r, yajl_get_bytes_consumed(r->yajl)), why);
	return 0;
}

static bool no_memory(struct reader *r)
{
	r->code = fault_set(r->fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	return false;
}

/* --- keeping --- */

static bool keep_part(struct reader *r, enum coco_part_kind kind)
{
	struct coco *coco = r->coco;
	struct coco_part *part = list_room(
		coco->part, sizeof *part, coco->part_count + 1, &coco->part_room, ROOM_FIRST);

	if (!part)
		return no_memory(r);
	coco->part = part;
	coco->part[coco->part_count++] = (struct coco_part){
		kind, r->key, r->key_size, r->value, offset(r)};
	return true;
}

static bool keep_image(struct reader *r)
{
	struct coco *coco = r->coco;
	struct coco_image *image;

	if (!r->has_id || !r->has_name)
		return stop(r, IMGBATCH_E_USAGE, "an image without a whole id or a file_name");
	image = list_room(
		coco->image, sizeof *image, coco->image_count + 1, &coco->image_room, ROOM_FIRST);
	if (!image)
		return no_memory(r);
	coco->image = image;
	if (coco->names.failed)
		return no_memory(r);
	coco->image[coco->image_count++] = r->image;
	return true;
}

static bool keep_annotation(struct reader *r)
{
	struct coco *coco = r->coco;
	struct coco_annotation *annotation;

	if (!r->has_image)
		return stop(r, IMGBATCH_E_USAGE, "an annotation without a whole image_id");
	annotation = list_room(coco->annotation, sizeof *annotation, coco->annotation_count + 1,
		&coco->annotation_room, ROOM_FIRST);
	if (!annotation)
		return no_memory(r);
	coco->annotation = annotation;
	coco->annotation[coco->annotation_count++] = r->annotation;
	return true;
}

static int begin_object(struct reader *r)
{
	r->object = offset(r) - 1;
	r->has_id = r->has_name = r->has_image = false;
	r->image = (struct coco_image){.at = r->object};
	r->annotation = (struct coco_annotation){.at = r->object};
	r->member = MEMBER_OTHER;
	return 1;
}

static int end_object(struct reader *r)
{
	uint64_t size = offset(r) - r->object;

	if (size > OBJECT_MAX)
		return stop(r, IMGBATCH_E_USAGE, "an object of more than 64 MiB");
	r->image.size = r->annotation.size = (uint32_t)size;
	return r->list == LIST_IMAGES ? keep_image(r) : keep_annotation(r);
}

/* --- what yajl tells --- */

/* A value that begins; false: it may not be here. */
static bool enter(struct reader *r, bool object, bool bracket)
{
	if (r->depth == 0 && !object)
		return stop(r, IMGBATCH_E_USAGE, "no COCO file: it does not hold an object");
	if (r->depth == 1 && r->list && object)
		return stop(r, IMGBATCH_E_USAGE, "images and annotations are lists");
	if (r->depth == 2 && r->list && !object)
		return stop(r, IMGBATCH_E_USAGE, "images and annotations are lists of objects");
	if (bracket && r->depth == DEPTH_MAX)
		return stop(r, IMGBATCH_E_USAGE, "brackets are nested too deep");
	return true;
}

/* A value of the outermost object has ended. */
static int end_member(struct reader *r)
{
	static const enum coco_part_kind kinds[] = {
		[LIST_NONE] = COCO_TEXT,
		[LIST_IMAGES] = COCO_IMAGES,
		[LIST_ANNOTATIONS] = COCO_ANNOTATIONS,
	};
	enum list list = r->list;

	r->list = LIST_NONE;
	return keep_part(r, kinds[list]);
}

static int on_scalar(struct reader *r)
{
	if (!enter(r, false, false))
		return 0;
	if (r->depth == 1 && r->list)
		return stop(r, IMGBATCH_E_USAGE, "images and annotations are lists");
	return r->depth == 1 ? end_member(r) : 1;
}

static int on_null(void *ctx)
{
	return on_scalar(ctx);
}

static int on_boolean(void *ctx, int value)
{
	(void)value;
	return on_scalar(ctx);
}

static int on_number(void *ctx, const char *text, size_t size)
{
	struct reader *r = ctx;
	int64_t value;

	if (r->depth == 3 && r->list && r->member != MEMBER_OTHER &&
		json_integer((struct piece){text, size}, &value)) {
		bool side = value > 0 && value <= UINT32_MAX;

		if (r->member == MEMBER_ID) {
			r->image.id = value;
			r->has_id = true;
		} else if (r->member == MEMBER_IMAGE) {
			r->annotation.image = value;
			r->has_image = true;
		} else if (r->member == MEMBER_WIDTH) {
			r->image.width = side ? (uint32_t)value : 0;
		} else if (r->member == MEMBER_HEIGHT) {
			r->image.height = side ? (uint32_t)value : 0;
		}
	}
	return on_scalar(r);
}

static int on_string(void *ctx, const unsigned char *text, size_t size)
{
	struct reader *r = ctx;
	struct str *names = &r->coco->names;

	if (r->depth == 3 && r->list == LIST_IMAGES && r->member == MEMBER_NAME) {
		/* "./a.jpg" is "a.jpg". */
		while (size >= 2 && text[0] == '.' && text[1] == '/') {
			text += 2;
			size -= 2;
		}
		r->image.name = names->length;
		r->image.name_size = (uint32_t)size;
		str_add_bytes(names, text, size);
		r->has_name = true;
	}
	return on_scalar(r);
}

static bool key_is(const unsigned char *key, size_t size, const char *name)
{
	return size == strlen(name) && !memcmp(key, name, size);
}

static int on_key(void *ctx, const unsigned char *key, size_t size)
{
	struct reader *r = ctx;

	if (r->depth == 1) {
		r->list = key_is(key, size, "images")      ? LIST_IMAGES
			: key_is(key, size, "annotations") ? LIST_ANNOTATIONS
							   : LIST_NONE;
		if (r->list && r->listed[r->list])
			return stop(r, IMGBATCH_E_USAGE, "images or annotations are there twice");
		r->listed[r->list] = true;
		r->key = r->coco->names.length;
		r->key_size = size;
		r->value = offset(r);
		str_add_bytes(&r->coco->names, key, size);
	} else if (r->depth == 3 && r->list) {
		r->member = key_is(key, size, "id")      ? MEMBER_ID
			: key_is(key, size, "file_name") ? MEMBER_NAME
			: key_is(key, size, "width")     ? MEMBER_WIDTH
			: key_is(key, size, "height")    ? MEMBER_HEIGHT
			: key_is(key, size, "image_id")  ? MEMBER_IMAGE
							 : MEMBER_OTHER;
	}
	return 1;
}

static int on_start_map(void *ctx)
{
	struct reader *r = ctx;

	if (!enter(r, true, true))
		return 0;
	return r->depth++ == 2 && r->list ? begin_object(r) : 1;
}

static int on_end_map(void *ctx)
{
	struct reader *r = ctx;

	r->depth--;
	if (r->depth == 2 && r->list)
		return end_object(r);
	return r->depth == 1 ? end_member(r) : 1;
}

static int on_start_array(void *ctx)
{
	struct reader *r = ctx;

	if (!enter(r, false, true))
		return 0;
	r->depth++;
	return 1;
}

static int on_end_array(void *ctx)
{
	struct reader *r = ctx;

	return --r->depth == 1 ? end_member(r) : 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_map,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* --- feeding it --- */

/* What yajl found wrong, in one line. */
static int syntax(struct reader *r)
{
	unsigned char *said = yajl_get_error(r->yajl, 0, NULL, 0);
	char why[120];

	if (r->code) { /* found by us */
		yajl_free_error(r->yajl, said);
		return r->code;
	}
	snprintf(why, sizeof why, "%.100s", said ? (const char *)said : "no JSON");
	why[strcspn(why, "\n")] = '\0';
	yajl_free_error(r->yajl, said);
	stop(r, IMGBATCH_E_USAGE, why);
	return r->code;
}

static int feed(struct reader *r, const uint8_t *chunk, size_t size)
{
	r->chunk = chunk;
	if (yajl_parse(r->yajl, chunk, size) != yajl_status_ok)
		return syntax(r);
	r->chunk_at += size;
	r->line = line_of(r, size) - 1;
	return 0;
}

static int feed_all(struct reader *r, int file)
{
	uint8_t *chunk = malloc(CHUNK);
	ssize_t got = 1;
	int code = 0;

	if (!chunk)
		return fault_set(r->fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	while (!code && got > 0) {
		got = read(file, chunk, CHUNK);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			code = fault_set(
				r->fault, IMGBATCH_E_USAGE, "--boxes: %s", strerror(errno));
		else
			code = feed(r, chunk, (size_t)got);
	}
	r->chunk = chunk;
	if (!code && yajl_complete_parse(r->yajl) != yajl_status_ok)
		code = syntax(r);
	free(chunk);
	if (!code && (!r->listed[LIST_IMAGES] || !r->listed[LIST_ANNOTATIONS]))
		code = fault_set(r->fault, IMGBATCH_E_USAGE,
			"--boxes: no COCO file: it lacks images or annotations");
	return code;
}

/* --- finding --- */

static int by_id(const void *a, const void *b)
{
	const struct coco_image *p = a, *q = b;

	return (p->id > q->id) - (p->id < q->id);
}

static int by_image(const void *a, const void *b)
{
	const struct coco_annotation *p = a, *q = b;

	if (p->image != q->image)
		return p->image < q->image ? -1 : 1;
	return (p->at > q->at) - (p->at < q->at);
}

static int compare_names(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct coco *coco = ctx;
	const struct coco_image *p = &coco->image[*(const uint32_t *)a];
	const struct coco_image *q = &coco->image[*(const uint32_t *)b];
	const char *names = str_text(&coco->names);

	return compare_names(names + p->name, p->name_size, names + q->name, q->name_size);
}

static int sort_names(struct coco *coco, struct fault *fault)
{
	coco->named = malloc((coco->image_count + 1) * sizeof *coco->named);
	if (!coco->named)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	for (uint32_t i = 0; i < coco->image_count; i++)
		coco->named[i] = i;
	qsort_r(coco->named, coco->image_count, sizeof *coco->named, by_name, coco);
	for (size_t i = 1; i < coco->image_count; i++) {
		const struct coco_image *image = &coco->image[coco->named[i]];

		if (!by_name(&coco->named[i - 1], &coco->named[i], coco))
			return fault_set(fault, IMGBATCH_E_USAGE,
				"--boxes: two images have the file_name \"%.*s\"",
				image->name_size > 100 ? 100 : (int)image->name_size,
				str_text(&coco->names) + image->name);
	}
	return 0;
}

/* Gives each image its annotations; those of no image are counted. */
static int join(struct boxes *boxes, struct fault *fault)
{
	struct coco *coco = boxes->coco;
	size_t at = 0;

	if (coco->image_count >= UINT32_MAX || coco->annotation_count >= UINT32_MAX)
		return fault_set(fault, IMGBATCH_E_USAGE, "--boxes: too many images");
	if (coco->image_count)
		qsort(coco->image, coco->image_count, sizeof *coco->image, by_id);
	if (coco->annotation_count)
		qsort(coco->annotation, coco->annotation_count, sizeof *coco->annotation, by_image);
	for (size_t i = 0; i < coco->image_count; i++) {
		struct coco_image *image = &coco->image[i];

		if (i && image[-1].id == image->id)
			return fault_set(fault, IMGBATCH_E_USAGE,
				"--boxes: two images have the id %lld", (long long)image->id);
		while (at < coco->annotation_count && coco->annotation[at].image < image->id) {
			boxes->counts.orphans++;
			at++;
		}
		image->first = (uint32_t)at;
		while (at < coco->annotation_count && coco->annotation[at].image == image->id)
			at++;
		image->count = (uint32_t)(at - image->first);
	}
	boxes->counts.orphans += coco->annotation_count - at;
	return sort_names(coco, fault);
}

int coco_open(struct boxes *boxes, int file, struct fault *fault)
{
	struct coco *coco = calloc(1, sizeof *coco);
	struct reader reader = {.coco = coco, .fault = fault};
	int code = 0;

	boxes->coco = coco;
	if (!coco) {
		close(file);
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	}
	coco->file = file;
	if (fstat(file, &coco->st) || !S_ISREG(coco->st.st_mode))
		return fault_set(fault, IMGBATCH_E_USAGE, "--boxes is neither a file nor a folder");
	reader.yajl = yajl_alloc(&callbacks, NULL, &reader);
	if (!reader.yajl)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	code = feed_all(&reader, file);
	yajl_free(reader.yajl);
	if (!code && coco->names.failed)
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
	return code ? code : join(boxes, fault);
}

void coco_close(struct coco *coco)
{
	if (!coco)
		return;
	close(coco->file);
	free(coco->part);
	free(coco->image);
	free(coco->annotation);
	free(coco->named);
	str_release(&coco->names);
	free(coco);
}

struct coco_image *coco_find(const struct coco *coco, const char *name, size_t size)
{
	size_t low = 0, high = coco->image_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct coco_image *image = &coco->image[coco->named[middle]];
		int order = compare_names(
			name, size, str_text(&coco->names) + image->name, image->name_size);

		if (!order)
			return image;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int coco_text(
	const struct coco *coco, uint64_t at, size_t size, struct str *out, struct fault *fault)
{
	char part[8192];
	struct stat st;

	if (fstat(coco->file, &st) || st.st_size != coco->st.st_size ||
		st.st_mtim.tv_sec != coco->st.st_mtim.tv_sec ||
		st.st_mtim.tv_nsec != coco->st.st_mtim.tv_nsec)
		return fault_set(
			fault, IMGBATCH_E_BOXES, "--boxes has changed since the run began");
	while (size) {
		ssize_t got = pread(
			coco->file, part, size < sizeof part ? size : sizeof part, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fault_set(fault, IMGBATCH_E_BOXES, "--boxes cannot be read again");
		str_add_bytes(out, part, (size_t)got);
		at += (uint64_t)got;
		size -= (size_t)got;
	}
	return out->failed ? fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes") : 0;
}

/* --- reading one image's --- */

static int bad_box(const struct piece *text, const char *why, struct fault *fault)
{
	return fault_set(fault, IMGBATCH_E_BOXES, "its boxes: %s: %.*s", why,
		text->size > 60 ? 60 : (int)text->size, text->text);
}

/* bbox: [x, y, width, height]. */
static int take_box(struct piece annotation, double box[4], struct fault *fault)
{
	struct json_member member;
	double v[4];
	size_t count;

	for (size_t at = 0; json_next(annotation, &at, &member);) {
		if (!json_key_is(&member, "bbox"))
			continue;
		if (!json_numbers(member.value, v, 4, &count) || count != 4)
			return bad_box(&member.value, "a bbox that is not four numbers", fault);
		box[0] = v[0];
		box[1] = v[1];
		box[2] = v[0] + v[2];
		box[3] = v[1] + v[3];
		if (!box_is_sane(box))
			return bad_box(&member.value, "a bbox that is none", fault);
		return 0;
	}
	return bad_box(&annotation, "an annotation without a bbox", fault);
}

int coco_read(struct boxes *boxes, const char *name, size_t size, struct labels *labels,
	struct fault *fault)
{
	const struct coco *coco = boxes->coco;
	struct coco_image *image = coco_find(coco, name, size);
	int code;

	if (!image)
		return fault_set(fault, IMGBATCH_E_BOXES,
			"--boxes does not know this image; one without objects is listed, too");
	image->asked = true;
	labels->id = image->id;
	labels->image_size = image->size;
	/* Both or none: half a size says nothing. */
	labels->width = image->height ? image->width : 0;
	labels->height = image->width ? image->height : 0;
	code = coco_text(coco, image->at, image->size, &labels->text, fault);
	for (uint32_t i = 0; !code && i < image->count; i++) {
		const struct coco_annotation *annotation = &coco->annotation[image->first + i];
		size_t at = labels->text.length;
		struct label *label;
		double box[4];

		code = coco_text(coco, annotation->at, annotation->size, &labels->text, fault);
		if (!code)
			code = take_box((struct piece){labels->text.text + at, annotation->size},
				box, fault);
		label = code ? NULL : labels_add(labels, box);
		if (!code && !label)
			code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for boxes");
		if (label)
			*label = (struct label){
				{box[0], box[1], box[2], box[3]}, at, annotation->size};
	}
	return code;
}
