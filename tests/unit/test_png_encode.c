/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: what the PNG encoder writes is what libpng reads, warning-free, for every shape and level; the same bytes
 * from every instruction set; estimates hold; long data come as several chunks.
 */
#include "codec_kit.h"

#include "kernels/dispatch.h"

#include <malloc.h>
#include <stdio.h>

#include <png.h>

static const struct codec *const png = &codec_png;

struct reading {
	const struct file *file;
	size_t at;
};

_Noreturn static void on_message(png_structp reader, png_const_charp text)
{
	(void)reader;
	fail_msg("libpng: %s", text);
	abort();
}

static void on_read(png_structp reader, png_bytep to, size_t size)
{
	struct reading *r = png_get_io_ptr(reader);

	assert_true(size <= r->file->size - r->at);
	memcpy(to, r->file->data + r->at, size);
	r->at += size;
}

/* libpng without any of our own code around it. */
static void expect_from_libpng(const struct file *file, const struct image *want)
{
	png_structp reader = png_create_read_struct(
		PNG_LIBPNG_VER_STRING, NULL, on_message, on_message);
	png_infop info = png_create_info_struct(reader);
	struct reading r = {.file = file};
	png_bytepp rows;

	png_set_read_fn(reader, &r, on_read);
	png_read_png(reader, info, PNG_TRANSFORM_SWAP_ENDIAN, NULL);
	assert_int_equal(png_get_image_width(reader, info), want->shape.width);
	assert_int_equal(png_get_image_height(reader, info), want->shape.height);
	assert_int_equal(png_get_channels(reader, info), want->shape.channels);
	assert_int_equal(
		png_get_bit_depth(reader, info), want->shape.sample == SAMPLE_U16 ? 16 : 8);
	rows = png_get_rows(reader, info);
	for (uint32_t y = 0; y < want->shape.height; y++)
		assert_memory_equal(rows[y], image_row(want, y), shape_row_size(&want->shape));
	assert_int_equal(r.at, file->size);
	png_destroy_read_struct(&reader, &info, NULL);
}

/* What filters differ on: ramps, noise, flat parts. */
static struct image picture_of(uint32_t width, uint32_t height, uint8_t channels, uint8_t sample)
{
	struct image image = kit_picture(width, height, channels, sample);

	for (uint32_t y = height / 2; y < height * 3 / 4; y++)
		memset(image_row(&image, y), (int)y, image.stride);
	return image;
}

static void test_libpng_reads_every_shape_and_level(void **state)
{
	static const uint32_t sizes[][2] = {{1, 1}, {1, 9}, {2, 3}, {7, 1}, {33, 20}, {131, 64}};

	(void)state;
	for (unsigned i = 0; i < 10 * 8 * 6; i++) {
		struct encode_settings settings = {.png_level = (uint8_t)(i % 10)};
		const uint32_t *size = sizes[i / 80];
		struct image picture = picture_of(size[0], size[1], (uint8_t)(i / 10 % 4 + 1),
			i / 40 % 2 ? SAMPLE_U16 : SAMPLE_U8);
		struct file file = kit_encode(png, &picture, &settings, NULL);

		expect_from_libpng(&file, &picture);
		free(file.data);
		free(picture.data);
	}
}

static void test_a_view_of_a_larger_image(void **state)
{
	struct image whole = picture_of(60, 50, 3, SAMPLE_U8);
	struct rect rect = {5, 20, 41, 17};
	struct image part = image_view(&whole, &rect);
	struct file file = kit_encode(png, &part, NULL, NULL);

	(void)state;
	expect_from_libpng(&file, &part);
	free(file.data);
	free(whole.data);
}

static void check_one_picture(const struct image *picture, uint8_t level)
{
	struct encode_settings settings = {.png_level = level};
	struct file want;

	kernels_force(&kernels_c);
	want = kit_encode(png, picture, &settings, NULL);
	for (size_t k = 1; k < kernel_set_count; k++) {
		struct file got;

		if (!kernel_sets[k]->runs || !kernel_sets[k]->runs())
			continue;
		kernels_force(kernel_sets[k]);
		got = kit_encode(png, picture, &settings, NULL);
		assert_int_equal(got.size, want.size);
		assert_memory_equal(got.data, want.data, want.size);
		free(got.data);
	}
	free(want.data);
}

static void test_the_same_bytes_from_every_instruction_set(void **state)
{
	const struct kernels *chosen = kernels();

	(void)state;
	for (unsigned i = 0; i < 8 * 3; i++) {
		struct image picture = picture_of(
			97, 83, (uint8_t)(i % 4 + 1), i & 4 ? SAMPLE_U16 : SAMPLE_U8);

		check_one_picture(&picture, (uint8_t)(i / 8 * 4 + 1));
		free(picture.data);
	}
	kernels_force(chosen);
}

/* An encoder that did other images before writes the same: levels and sizes may change at any time. */
static void test_an_encoder_remembers_nothing(void **state)
{
	struct encoder *encoder = png->encoder_new();
	uint8_t *out = malloc(1 << 20);

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct encode_settings settings = {.png_level = (uint8_t)(i * 7 % 10)};
		struct image picture = picture_of(10 + i * 37 % 90, 10 + i * 53 % 70,
			(uint8_t)(i % 4 + 1), i % 3 ? SAMPLE_U8 : SAMPLE_U16);
		struct file fresh = kit_encode(png, &picture, &settings, NULL);
		size_t size;

		assert_int_equal(
			png->encode(encoder, &picture, &settings, NULL, out, 1 << 20, &size, NULL),
			0);
		assert_int_equal(size, fresh.size);
		assert_memory_equal(out, fresh.data, size);
		free(fresh.data);
		free(picture.data);
	}
	free(out);
	png->encoder_free(encoder);
}

static unsigned data_chunks(const struct file *file)
{
	unsigned count = 0;

	for (size_t at = 8; at < file->size;) {
		const uint8_t *c = file->data + at;

		count += !memcmp(c + 4, "IDAT", 4);
		at += ((size_t)c[0] << 24 | (size_t)c[1] << 16 | (size_t)c[2] << 8 | c[3]) + 12;
	}
	return count;
}

static void test_long_data_come_as_several_chunks(void **state)
{
	struct encode_settings settings = {.png_level = 0};
	struct image picture = picture_of(3600, 3200, 3, SAMPLE_U8);
	struct file file = kit_encode(png, &picture, &settings, NULL);

	(void)state;
	assert_int_equal(data_chunks(&file), 3);
	expect_from_libpng(&file, &picture);
	free(file.data);
	free(picture.data);
}

/* Bytes that malloc has given out. */
static uint64_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Beside the filtered rows, which come and go, an encoder holds a compressor. */
static void test_estimates_hold(void **state)
{
	(void)state;
	for (uint8_t level = 0; level <= 9; level++) {
		struct encode_settings settings = {.png_level = level};
		struct image picture = picture_of(1000, 700, 3, SAMPLE_U8);
		size_t size, room = png->encode_bound(&picture.shape, NULL);
		uint8_t *out = malloc(room);
		uint64_t before = in_use(), held;
		struct encoder *encoder = png->encoder_new();

		assert_int_equal(
			png->encode(encoder, &picture, &settings, NULL, out, room, &size, NULL), 0);
		held = in_use() - before; /* 0 where a sanitizer's malloc does not tell */
		assert_true(png->encode_estimate(&picture.shape, &settings) >=
			held + shape_bytes(&picture.shape) + picture.shape.height);
		png->encoder_free(encoder);
		free(out);
		free(picture.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libpng_reads_every_shape_and_level),
		cmocka_unit_test(test_a_view_of_a_larger_image),
		cmocka_unit_test(test_the_same_bytes_from_every_instruction_set),
		cmocka_unit_test(test_an_encoder_remembers_nothing),
		cmocka_unit_test(test_long_data_come_as_several_chunks),
		cmocka_unit_test(test_estimates_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
