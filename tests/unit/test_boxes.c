/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: whatever bytes a boxes file holds, reading, moving and writing it ends in boxes or in a fault, under the
 * sanitizers too. Good texts with bytes changed, cut and doubled at random; tests/cli/test_boxes.py says what good ones become.
 */
#include "boxes/boxes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char coco[] =
	"{\"info\": {\"a\": [1, \"\\u00e9\\\"]\"]}, \"images\": [\n"
	"{\"id\": 1, \"file_name\": \"a.png\", \"width\": 64, \"height\": 48, \"x\": null},\n"
	"{\"id\": -2, \"file_name\": \"./b.png\", \"width\": 64, \"height\": 48}],\n"
	"\"annotations\": [{\"id\": 7, \"image_id\": 1, \"category_id\": 3, \"bbox\": [1, 2.5, 30, "
	"1e1],\n"
	" \"area\": 300, \"segmentation\": [[1, 2, 31, 2, 31, 12, 1, 12], []], \"keypoints\": [1, "
	"2, 2]},\n"
	"{\"id\": 8, \"image_id\": -2, \"bbox\": [0, 0, 64, 48], \"segmentation\": {\"counts\": "
	"\"a\"}},\n"
	"{\"id\": 9, \"image_id\": 5, \"bbox\": [0, 0, 1, 1]}], \"categories\": [{\"id\": 3}]}\n";
static const char yolo[] =
	"0 0.5 0.5 0.25 0.5\n\n12 0.1 0.1 0.9 0.1 0.5 0.9 \r\nx 0.3 0.3 0.2 0.2 0.875";
static const char voc[] =
	"<?xml version=\"1.0\"?>\n<annotation><filename>a.png</filename><path/>\n"
	"<size><width>64</width><height>48</height><depth>3</depth></size>\n"
	"<object><part><name>head</name><bndbox><xmin>3</xmin><ymin>3</ymin><xmax>9</xmax><ymax>9</"
	"ymax>"
	"</bndbox></part><bndbox><ymax>20</ymax><xmin>2</xmin><ymin>2</ymin><xmax>20</xmax></"
	"bndbox>"
	"</object><!-- a & b -->\n<object><bndbox><xmin>40</xmin><ymin>1</ymin><xmax>64</xmax>"
	"<ymax>48</ymax></bndbox></object></annotation>\n";

static char folder[] = "/tmp/imgbatch-boxes-XXXXXX";

static void path_of(char path[64], const char *name)
{
	snprintf(path, 64, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *bytes, size_t size)
{
	char path[64];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

/* A text with some of its bytes changed, or a piece of it cut out or there twice. */
static size_t spoil(const char *text, size_t size, char *out)
{
	static const char odd[] = "\"\\{}[]<>&/0-.e9 \n:,\xff\x80\x01";
	unsigned changes = below(4);
	size_t from = below((unsigned)size), piece = below((unsigned)(size - from));

	memcpy(out, text, size);
	for (unsigned i = 0; i < changes; i++)
		out[below((unsigned)size)] = odd[below(sizeof odd)];
	switch (below(4)) {
	case 0:
		return from;
	case 1:
		memmove(out + from, out + from + piece, size - from - piece);
		return size - piece;
	case 2:
		memmove(out + from + piece, out + from, size - from);
		return size + piece;
	default:
		return size;
	}
}

static const struct boxes_output output = {.path = "x/a & \xff.png",
	.number = 1,
	.count = 3,
	.width = 30,
	.height = 30,
	.input = {64, 48, 3, SAMPLE_U8, false},
	.orientation = 6,
	.recipe = "rotate 20 filter=nearest\ncrop 30x30+5-2\n",
	.recipe_size = 40};

static int walk(void *ctx,
	int (*each)(void *arg, const char *name, size_t size, const struct boxes_output *output,
		struct fault *fault),
	void *arg, struct fault *fault)
{
	int code = each(arg, "a.png", 5, &output, fault);

	(void)ctx;
	return code ? code : each(arg, "b.png", 5, &output, fault);
}

/* What a text comes to: 1 it was taken, 0 it was refused. */
static int use(const char *path)
{
	const struct boxes_settings settings = {.min_area = 1, .min_visibility = 0.1};
	const struct boxes_walk walking = {NULL, walk};
	struct labels labels = {0};
	struct str text = STR_INIT;
	struct boxes *boxes;
	struct fault fault = {0};
	char to[64];
	int code = boxes_open(&boxes, path, &settings, &fault);

	if (code) {
		assert_true(fault.code == code && fault.detail[0]);
		return 0;
	}
	path_of(to, "out");
	code = boxes_read(boxes, "a.png", 5, &labels, &fault);
	if (!code && boxes_form(boxes) != BOXES_COCO)
		code = boxes_print(boxes, &labels, &output, &text, &fault);
	else if (!code)
		code = boxes_write(boxes, to, &walking, &fault);
	if (code)
		assert_int_equal(code, IMGBATCH_E_BOXES);
	labels_release(&labels);
	str_release(&text);
	boxes_close(boxes);
	return !code;
}

static void try_many(const char *file, const char *opened, const char *text, size_t size)
{
	char *spoilt = malloc(2 * size), path[64];
	unsigned taken = 0, trials = 600;

	assert_non_null(spoilt);
	path_of(path, opened);
	write_file(file, text, size);
	assert_int_equal(use(path), 1);
	for (unsigned i = 0; i < trials; i++) {
		write_file(file, spoilt, spoil(text, size, spoilt));
		taken += (unsigned)use(path);
	}
	/* Neither all nor none of them: else they were spoilt too little or too much. */
	assert_in_range(taken, trials / 100, trials * 9 / 10);
	free(spoilt);
}

static void any_json(void **unused)
{
	(void)unused;
	try_many("coco.json", "coco.json", coco, sizeof coco - 1);
}

static void any_lines(void **unused)
{
	(void)unused;
	try_many("yolo/a.txt", "yolo", yolo, sizeof yolo - 1);
}

static void any_xml(void **unused)
{
	(void)unused;
	try_many("voc/a.xml", "voc", voc, sizeof voc - 1);
}

static int setup(void **unused)
{
	char path[64];

	seed_setup(unused);
	if (!mkdtemp(folder))
		return -1;
	path_of(path, "yolo");
	mkdir(path, 0777);
	path_of(path, "voc");
	return mkdir(path, 0777);
}

static int teardown(void **unused)
{
	static const char *const names[] = {
		"coco.json", "out", "yolo/a.txt", "voc/a.xml", "yolo", "voc"};
	char path[64];

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		path_of(path, names[i]);
		remove(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_json),
		cmocka_unit_test(any_lines),
		cmocka_unit_test(any_xml),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
