/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: two pictures decoded together come out as each does by itself, whatever is the same in their files. Rows
 * of any filters, changed as pixels (what follows is equal again) or as they are stored (what follows is not, though its
 * bytes are).
 */
#include "compare/twins.h"
#include "kernels/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>

#include "../seed.h"

enum { PAIRS = 1500, BYTES_MOST = 8 << 20 };

/* Rows as a PNG has them, behind the byte that names their filter. */
struct rows {
	uint32_t width, height;
	uint8_t channels;
	size_t row; /* bytes, that one too */
	uint8_t *pixels,
		*stored; /* BYTES_MOST each; of pixels the first byte of a row is its filter */
};

struct file {
	uint8_t *bytes; /* owned */
	size_t size;
};

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_chunk(struct file *file, const char *type, const uint8_t *body, size_t size)
{
	uint8_t *chunk = file->bytes + file->size;

	put32(chunk, (uint32_t)size);
	memcpy(chunk + 4, type, 4);
	memcpy(chunk + 8, body, size);
	put32(chunk + 8 + size, (uint32_t)crc32(0, chunk + 4, (uInt)size + 4));
	file->size += size + 12;
}

/* The text makes files of the same rows differ. */
static struct file write_png(const struct rows *rows, const char *text)
{
	static const uint8_t signature[] = {137, 'P', 'N', 'G', 13, 10, 26, 10};
	static const uint8_t color_types[] = {0, 0, 4, 2, 6};
	uint8_t header[13] = {0};
	uLongf size = compressBound(rows->row * rows->height);
	uint8_t *packed = malloc(size);
	struct file file = {malloc(size + 200), 0};

	assert_int_equal(compress2(packed, &size, rows->stored, rows->row * rows->height, 1), Z_OK);
	put32(header, rows->width);
	put32(header + 4, rows->height);
	header[8] = 8;
	header[9] = color_types[rows->channels];
	memcpy(file.bytes, signature, sizeof signature);
	file.size = sizeof signature;
	add_chunk(&file, "IHDR", header, sizeof header);
	add_chunk(&file, "tEXt", (const uint8_t *)text, strlen(text));
	add_chunk(&file, "IDAT", packed, size);
	add_chunk(&file, "IEND", packed, 0);
	free(packed);
	return file;
}

/* Pixels to what is stored, each row by the filter that it names. */
static void store(const struct rows *rows)
{
	static uint8_t zeros[1 << 16];
	const uint8_t *above = zeros;

	for (uint32_t y = 0; y < rows->height; y++) {
		uint8_t *row = rows->pixels + rows->row * y;

		rows->stored[rows->row * y] = row[0];
		png_kernels_c.filter(row[0], row + 1, above, rows->row - 1, rows->channels,
			rows->stored + rows->row * y + 1);
		above = row + 1;
	}
}

/* Noise of few levels, or slopes: what deflate would have to store is left to libpng, row by row. */
static void fill(struct rows *rows, uint32_t width, uint32_t height, uint8_t channels)
{
	uint32_t kind = below(3), filter = below(PNG_FILTERS);

	rows->width = width;
	rows->height = height;
	rows->channels = channels;
	rows->row = (size_t)width * channels + 1;
	for (uint32_t y = 0; y < height; y++) {
		uint8_t *row = rows->pixels + rows->row * y;

		for (size_t i = 1; i < rows->row; i++)
			row[i] = (uint8_t)(kind ? i * y / 7 + below(4) : below(64) * 5);
		row[0] = (uint8_t)(kind == 2 ? filter : below(PNG_FILTERS));
	}
	store(rows);
}

/* A few rectangles of b's pixels, and now and then a filter. */
static void change_pixels(struct rows *b)
{
	for (uint32_t n = below(4); n; n--) {
		uint32_t x = below(b->width), y = below(b->height);
		uint32_t width = 1 + below(b->width - x), height = 1 + below(b->height - y);

		for (uint32_t k = y; k < y + height; k++)
			memset(b->pixels + b->row * k + 1 + (size_t)x * b->channels,
				(int)below(256), (size_t)width * b->channels);
	}
	if (below(3) == 0)
		b->pixels[b->row * below(b->height)] = (uint8_t)below(PNG_FILTERS);
	store(b);
}

/* Single bytes of what is stored: all that leans on them follows. */
static void change_stored(struct rows *b)
{
	for (uint32_t n = 1 + below(3); n; n--)
		b->stored[b->row * below(b->height) + 1 + below((uint32_t)b->row - 1)] ^=
			(uint8_t)(1 + below(255));
}

static void copy_rows(struct rows *to, const struct rows *from)
{
	struct rows copy = *from;

	copy.pixels = to->pixels;
	copy.stored = to->stored;
	memcpy(copy.pixels, from->pixels, from->row * from->height);
	memcpy(copy.stored, from->stored, from->row * from->height);
	*to = copy;
}

struct desk {
	struct rows rows[2];
	struct reader alone[2], together[2];
	uint8_t *same;
};

static void open_desk(struct desk *desk)
{
	desk->same = malloc(BYTES_MOST);
	for (int i = 0; i < 2; i++) {
		desk->rows[i].pixels = malloc(BYTES_MOST);
		desk->rows[i].stored = malloc(BYTES_MOST);
		assert_int_equal(reader_init(&desk->alone[i], 0, NULL), 0);
		assert_int_equal(reader_init(&desk->together[i], 0, NULL), 0);
	}
}

static void close_desk(struct desk *desk)
{
	free(desk->same);
	for (int i = 0; i < 2; i++) {
		free(desk->rows[i].pixels);
		free(desk->rows[i].stored);
		reader_release(&desk->alone[i]);
		reader_release(&desk->together[i]);
	}
}

/* Parts in the other order: which of them is first must not matter. */
static void run_backwards(void *ctx, unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	(void)ctx;
	while (n--)
		fn(arg, n);
}

static void check_rows(
	const struct desk *desk, const struct picture alone[2], const struct picture together[2])
{
	const struct image *a = &alone[0].image, *b = &alone[1].image;
	size_t size = shape_row_size(&a->shape);

	for (uint32_t y = 0; y < a->shape.height; y++) {
		bool same = memcmp(image_row(a, y), image_row(b, y), size) == 0;

		assert_int_equal(desk->same[y], same);
		assert_memory_equal(image_row(&together[0].image, y), image_row(a, y), size);
		if (!same)
			assert_memory_equal(
				image_row(&together[1].image, y), image_row(b, y), size);
	}
}

static void check_pair(struct desk *desk, unsigned *undecoded)
{
	const struct parallel parallel = {NULL, 2, run_backwards};
	struct picture alone[2], together[2];
	struct file file[2];

	for (int i = 0; i < 2; i++) {
		struct bytes bytes;

		file[i] = write_png(&desk->rows[i], i ? "Comment" : "Software");
		bytes = (struct bytes){file[i].bytes, file[i].size};
		assert_int_equal(
			picture_read(&desk->alone[i], bytes, READING_PIXELS, &alone[i], NULL), 0);
		assert_int_equal(
			picture_read(&desk->together[i], bytes, READING_STORED, &together[i], NULL),
			0);
	}
	memset(desk->same, 0xa5, desk->rows[0].height);
	assert_true(twins_possible(&together[0], &together[1]));
	assert_int_equal(twins_decode(&together[0], &together[1], desk->same,
				 below(2) ? &parallel : NULL, NULL),
		0);
	*undecoded += together[0].undecoded != NULL;
	assert_int_equal(picture_decode(&together[0], NULL), 0);
	check_rows(desk, alone, together);
	for (int i = 0; i < 2; i++)
		free(file[i].bytes);
}

static void decodes_as_each_alone(void **unused)
{
	struct desk desk;
	unsigned undecoded = 0;

	(void)unused;
	open_desk(&desk);
	for (unsigned i = 0; i < PAIRS; i++) {
		fill(&desk.rows[0], 1 + below(60), 1 + below(i % 8 ? 40 : 400),
			(uint8_t)(1 + below(4)));
		copy_rows(&desk.rows[1], &desk.rows[0]);
		if (i % 5 == 1)
			change_stored(&desk.rows[1]);
		else if (i % 5)
			change_pixels(&desk.rows[1]);
		check_pair(&desk, &undecoded);
	}
	/* Every fifth is stored alike from top to bottom. */
	assert_in_range(undecoded, PAIRS / 5, PAIRS / 2);
	close_desk(&desk);
}

/* So large that their memory is asked for in huge pages, and kept: the second pair is smaller, the third larger. */
static void decodes_large_ones(void **unused)
{
	static const uint32_t heights[] = {1500, 1400, 1700};
	struct desk desk;
	unsigned undecoded = 0;

	(void)unused;
	open_desk(&desk);
	for (int i = 0; i < 3; i++) {
		fill(&desk.rows[0], 1100, heights[i], 3);
		copy_rows(&desk.rows[1], &desk.rows[0]);
		change_stored(&desk.rows[1]);
		check_pair(&desk, &undecoded);
	}
	assert_int_equal(undecoded, 0);
	close_desk(&desk);
}

/* Another shape, or a file that is already decoded: each has to go alone. */
static void refuses_what_is_no_twin(void **unused)
{
	struct picture picture[2];
	struct desk desk;
	struct file file[2];

	(void)unused;
	open_desk(&desk);
	for (int i = 0; i < 2; i++) {
		fill(&desk.rows[0], 20, 10 + (uint32_t)i, 3);
		file[i] = write_png(&desk.rows[0], "Comment");
		assert_int_equal(
			picture_read(&desk.together[i], (struct bytes){file[i].bytes, file[i].size},
				READING_STORED, &picture[i], NULL),
			0);
		assert_non_null(picture[i].undecoded);
	}
	assert_false(twins_possible(&picture[0], &picture[1]));
	assert_true(twins_possible(&picture[0], &picture[0]));
	assert_int_equal(picture_decode(&picture[1], NULL), 0);
	assert_false(twins_possible(&picture[1], &picture[1]));
	for (int i = 0; i < 2; i++)
		free(file[i].bytes);
	close_desk(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_as_each_alone),
		cmocka_unit_test(decodes_large_ones),
		cmocka_unit_test(refuses_what_is_no_twin),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
