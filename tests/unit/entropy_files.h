/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small JPEGs of every kind that our entropy decoding takes, and one random change of such a file. For the unit test.
 */
#ifndef TESTS_UNIT_ENTROPY_FILES_H
#define TESTS_UNIT_ENTROPY_FILES_H

#include "codec_kit.h"

#include "codec/jpeg_markers.h"

#include "../seed.h"

#include <stdio.h>

#include <jpeglib.h>

/* How progressive files are cut into scans; grey and four components have the usual ones only. */
enum script { SEQUENTIAL, USUAL, BANDS, PARTS };

/* Bands that are not refined, and end at any place. */
static const jpeg_scan_info bands[] = {{3, {0, 1, 2}, 0, 0, 0, 0}, {1, {0}, 1, 1, 0, 0},
	{1, {0}, 2, 8, 0, 0}, {1, {0}, 9, 63, 0, 0}, {1, {2}, 1, 63, 0, 0}, {1, {1}, 1, 62, 0, 0},
	{1, {1}, 63, 63, 0, 0}};
/* DC of each component by itself; three bits one after another, and not all of them in the end. */
static const jpeg_scan_info parts[] = {{1, {0}, 0, 0, 0, 2}, {2, {1, 2}, 0, 0, 0, 1},
	{1, {0}, 0, 0, 2, 1}, {1, {0}, 1, 20, 0, 3}, {1, {0}, 1, 20, 3, 2}, {1, {1}, 1, 63, 0, 1},
	{1, {0}, 1, 20, 2, 1}, {3, {0, 1, 2}, 0, 0, 1, 0}, {1, {0}, 21, 63, 0, 1},
	{1, {0}, 1, 63, 1, 0}, {1, {2}, 5, 63, 0, 1}};

struct kind {
	uint32_t width, height;
	int channels, h, v, quality;
	unsigned restart; /* MCUs between markers; 0: none */
	boolean optimize;
	enum script script;
};

static const struct kind kinds[] = {{97, 61, 3, 2, 2, 90, 0, FALSE, SEQUENTIAL},
	{83, 75, 3, 1, 1, 95, 3, TRUE, SEQUENTIAL}, {130, 40, 3, 2, 1, 75, 7, FALSE, SEQUENTIAL},
	{64, 64, 1, 1, 1, 85, 0, TRUE, SEQUENTIAL}, {71, 90, 4, 1, 1, 98, 5, FALSE, SEQUENTIAL},
	{50, 57, 3, 1, 2, 100, 1, TRUE, SEQUENTIAL}, {57, 49, 1, 2, 2, 60, 2, FALSE, SEQUENTIAL},
	{210, 90, 3, 2, 2, 30, 4, TRUE, SEQUENTIAL}, {97, 61, 3, 2, 2, 90, 0, TRUE, USUAL},
	{83, 75, 3, 1, 1, 40, 5, TRUE, USUAL}, {90, 70, 3, 2, 1, 95, 0, TRUE, BANDS},
	{64, 50, 1, 1, 1, 85, 9, TRUE, USUAL}, {71, 90, 3, 2, 2, 75, 0, TRUE, PARTS},
	{60, 41, 4, 1, 1, 80, 0, TRUE, USUAL}, {121, 33, 3, 1, 2, 98, 17, TRUE, PARTS},
	{210, 90, 3, 2, 2, 30, 0, TRUE, USUAL}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void set_scans(struct jpeg_compress_struct *c, enum script script)
{
	if (script == USUAL)
		jpeg_simple_progression(c);
	if (script == BANDS || script == PARTS) {
		c->scan_info = script == BANDS ? bands : parts;
		c->num_scans = script == BANDS ? sizeof bands / sizeof *bands
					       : sizeof parts / sizeof *parts;
	}
}

static struct file make_file(unsigned number)
{
	const struct kind *kind = &kinds[number % KINDS];
	struct image picture = kit_picture(
		kind->width, kind->height, (uint8_t)kind->channels, SAMPLE_U8);
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *bytes = NULL;
	unsigned long size = 0;
	struct file file;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &size);
	c.image_width = picture.shape.width;
	c.image_height = picture.shape.height;
	c.input_components = kind->channels;
	c.in_color_space = c.input_components == 1 ? JCS_GRAYSCALE
		: c.input_components == 3          ? JCS_RGB
						   : JCS_CMYK;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, kind->quality, TRUE);
	c.comp_info[0].h_samp_factor = kind->h;
	c.comp_info[0].v_samp_factor = kind->v;
	c.restart_interval = kind->restart;
	c.optimize_coding = kind->optimize;
	set_scans(&c, kind->script);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = image_row(&picture, c.next_scanline);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(picture.data);
	file.data = malloc(size);
	file.size = size;
	memcpy(file.data, bytes, size);
	free(bytes);
	return file;
}

/* Where the coded data begins. */
static size_t data_at(const struct file *file)
{
	struct jpeg_markers markers;
	struct fault fault = {0};

	assert_int_equal(jpeg_markers_head(&markers, (struct bytes){file->data, file->size},
				 &codec_default_limits, &fault),
		0);
	return markers.data;
}

/* A random place, mostly in the coded data, which begins at `data` unless the file is shorter by now. */
static size_t place(const struct file *file, size_t data)
{
	return below(16) && data < file->size ? data + below((unsigned)(file->size - data))
					      : 2 + below((unsigned)file->size - 2);
}

/* The restart marker at or behind `at`; at itself where there is none. */
static size_t marker_at(const struct file *file, size_t at)
{
	for (size_t i = at; i + 1 < file->size; i++)
		if (file->data[i] == 0xff && file->data[i + 1] != 0)
			return i;
	return at;
}

/* The SOS marker at or behind `at`; the file's size where there is none. */
static size_t sos_at(const struct file *file, size_t at)
{
	for (size_t i = at; i + 1 < file->size; i++)
		if (file->data[i] == 0xff && file->data[i + 1] == 0xda)
			return i;
	return file->size;
}

/* A scan says that it codes other places or bits: a number of its last three bytes changes. */
static void change_scan(struct file *file, size_t at)
{
	static const uint8_t numbers[] = {0, 1, 5, 6, 63, 0x01, 0x02, 0x10, 0x21, 0x0d, 0x32};
	size_t sos = sos_at(file, at), last = sos + 4 + 1;

	if (last < file->size)
		last += (size_t)file->data[sos + 4] * 2 + below(3);
	if (last < file->size)
		file->data[last] = numbers[below(sizeof numbers)];
}

/* A scan goes, up to the next one's header. */
static void drop_scan(struct file *file, size_t at)
{
	size_t sos = sos_at(file, at), next = sos_at(file, sos + 2);

	if (next < file->size)
		memmove(file->data + sos, file->data + next, file->size - next);
}

/* One change; the file's block stays exactly as long as the file. */
static struct file mutate(const struct file *file, size_t data)
{
	static const uint8_t ends[] = {0xff, 0xd9}, rst[] = {0xff, 0xd3}, ffs[] = {0xff, 0xff, 0};
	size_t at = place(file, data), marker = marker_at(file, at);
	struct file out = kit_cut(file, file->size);
	uint8_t byte = (uint8_t)below(256);

	switch (below(12)) {
	case 0:
		out.data[at] ^= (uint8_t)(1 << below(8));
		return out;
	case 1:
		out.data[at] = byte;
		return out;
	case 2:
		free(out.data);
		return kit_cut(file, at);
	case 3: /* other numbers, other markers */
		if (marker + 1 < out.size)
			out.data[marker + 1] = (uint8_t)(0xd0 + below(10));
		return out;
	case 4: /* bytes go */
		memmove(out.data + at, out.data + at + 1, out.size - at - 1);
		break;
	case 5:
		if (marker + 2 < out.size)
			memmove(out.data + marker, out.data + marker + 2, out.size - marker - 2);
		break;
	case 6: {
		const uint8_t *what = below(2) ? ends : rst;

		free(out.data);
		return kit_insert(file, below(2) ? at : marker, what, 2);
	}
	case 7:
		free(out.data);
		return kit_insert(file, below(2) ? at : marker, ffs, 1 + below(3));
	case 8:
	case 9:
		change_scan(&out, at);
		break;
	case 10:
		drop_scan(&out, at);
		break;
	default:
		free(out.data);
		return kit_insert(file, at, &byte, 1);
	}
	return out;
}

#endif
