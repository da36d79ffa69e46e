/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: a JPEG is decoded whole or refused with a reason, whatever it was cut at; limits hold before any
 * work; harmless oddities are told from damage; metadata survive; a crop is part of the whole.
 */
#include "codec_kit.h"

#include "codec/exif.h"
#include "codec/jpeg_verify.h"

static const struct codec *const jpeg = &codec_jpeg;

static struct file small_file(bool progressive)
{
	struct encode_settings settings = encode_default_settings;
	struct image picture = kit_picture(40, 27, 3, SAMPLE_U8);
	struct file file;

	settings.progressive = progressive;
	file = kit_encode(jpeg, &picture, &settings, NULL);
	free(picture.data);
	return file;
}

/* Where the first marker of this kind stands. */
static size_t find_marker(const struct file *file, uint8_t marker)
{
	for (size_t at = 2; at + 1 < file->size; at++) {
		if (file->data[at] == 0xff && file->data[at + 1] == marker)
			return at;
	}
	fail_msg("no marker %02x", marker);
	return 0;
}

static void test_round_trip_is_close(void **state)
{
	struct encode_settings best = {.quality = 100, .subsampling = 444};

	(void)state;
	for (uint8_t channels = 1; channels <= 3; channels += 2) {
		struct image picture = kit_picture(61, 43, channels, SAMPLE_U8);
		struct file file = kit_encode(jpeg, &picture, &best, NULL);
		struct decoded got = kit_decode(jpeg, &file, NULL, NULL);

		assert_int_equal(got.code, 0);
		assert_int_equal(got.warnings, 0);
		assert_true(shape_same(&got.image.shape, &picture.shape));
		assert_string_equal(got.facts.color, channels == 1 ? "grey" : "ycbcr");
		assert_string_equal(got.facts.subsampling, channels == 1 ? "" : "4:4:4");
		for (size_t i = 0; i < picture.stride * 43; i++) {
			int d = ((uint8_t *)got.image.data)[i] - ((uint8_t *)picture.data)[i];

			assert_true(d >= -8 && d <= 8);
		}
		free(got.image.data);
		free(file.data);
		free(picture.data);
	}
}

static void cut_everywhere(bool progressive, bool check_full)
{
	struct file file = small_file(progressive);
	struct codec_request request = {.scale = 8, .check_full = check_full};
	struct decoder *decoder = jpeg->decoder_new();

	for (size_t size = 4; size < file.size; size++) {
		struct file part = kit_cut(&file, size);
		struct decoded got = kit_decode_on(jpeg, decoder, &part, &request, NULL);

		if (got.code != IMGBATCH_E_TRUNCATED)
			fail_msg("cut at %zu of %zu: %s: %s", size, file.size, code_name(got.code),
				got.fault.detail);
		assert_true(got.fault.detail[0]);
		free(part.data);
	}
	jpeg->decoder_free(decoder);
	free(file.data);
}

static void test_cut_at_any_byte_is_truncated(void **state)
{
	(void)state;
	cut_everywhere(false, false);
	cut_everywhere(false, true);
	cut_everywhere(true, false);
}

/* Of a file whose lower part is missing, the upper part alone was asked for. */
static void test_cut_below_the_wanted_rows_is_told(void **state)
{
	struct codec_request request = {.scale = 8, .rect = {8, 0, 8, 8}};
	struct file file = small_file(false), part = kit_cut(&file, file.size - 20);

	(void)state;
	kit_expect(jpeg, &file, &request, NULL, 0, 0);
	kit_expect(jpeg, &part, &request, NULL, IMGBATCH_E_TRUNCATED, 0);
	request.keep_damaged = true;
	kit_expect(jpeg, &part, &request, NULL, 0, IMGBATCH_W_DAMAGED);
	free(part.data);
	free(file.data);
}

static void test_detail_says_where_it_ends(void **state)
{
	struct image picture = kit_picture(64, 375, 3, SAMPLE_U8);
	struct file file = kit_encode(jpeg, &picture, NULL, NULL),
		    part = kit_cut(&file, file.size / 2);
	struct decoded got = kit_decode(jpeg, &part, NULL, NULL);

	(void)state;
	assert_int_equal(got.code, IMGBATCH_E_TRUNCATED);
	assert_non_null(strstr(got.fault.detail, "ends in scan 1 of 1, row "));
	assert_non_null(strstr(got.fault.detail, " of 375"));
	free(part.data);
	free(file.data);
	free(picture.data);
}

static void test_damage_is_kept_on_request_only(void **state)
{
	struct codec_request keep = {.scale = 8, .keep_damaged = true};

	(void)state;
	for (int progressive = 0; progressive <= 1; progressive++) {
		struct file file = small_file(progressive);
		struct file part = kit_cut(&file, file.size * 3 / 4);

		kit_expect(jpeg, &part, NULL, NULL, IMGBATCH_E_TRUNCATED, 0);
		kit_expect(jpeg, &part, &keep, NULL, 0, IMGBATCH_W_DAMAGED);
		free(part.data);
		free(file.data);
	}
}

static void test_harmless_oddities_are_warnings(void **state)
{
	struct file file = small_file(false), odd;
	size_t at = find_marker(&file, 0xdb), sos;

	(void)state;
	odd = kit_insert(&file, at, "junk", 4);
	kit_expect(jpeg, &odd, NULL, NULL, 0, IMGBATCH_W_JUNK);
	free(odd.data);
	odd = kit_insert(&file, file.size, "more", 4);
	kit_expect(jpeg, &odd, NULL, NULL, 0, IMGBATCH_W_TRAILING);
	free(odd.data);
	file.data[11] = 7; /* JFIF's major version */
	kit_expect(jpeg, &file, NULL, NULL, 0, IMGBATCH_W_MARKER);
	file.data[11] = 1;
	sos = find_marker(&file, 0xda);
	file.data[sos + 12] = 0; /* Se: Samsung writes 0 where 63 belongs */
	kit_expect(jpeg, &file, NULL, NULL, 0, IMGBATCH_W_MARKER);
	free(file.data);
}

static void test_many_warnings_are_too_many(void **state)
{
	struct codec_limits limits = codec_default_limits;
	struct file file = small_file(false), odd = {0};
	size_t at = find_marker(&file, 0xdb);

	(void)state;
	limits.max_warnings = 3;
	odd = kit_cut(&file, file.size);
	for (int i = 0; i < 3; i++) {
		struct file more = kit_insert(&odd, at, "junk\xff\xfe\0\2", 8);

		kit_expect(jpeg, &odd, NULL, &limits, 0, i ? IMGBATCH_W_JUNK : 0);
		free(odd.data);
		odd = more;
	}
	kit_expect(jpeg, &odd, NULL, &limits, IMGBATCH_E_CORRUPT, 0);
	free(odd.data);
	free(file.data);
}

static void test_limits(void **state)
{
	struct codec_limits limits = codec_default_limits;
	struct file file = small_file(true);
	uint8_t comment[] = {0xff, 0xfe, 0, 3, 'x'};
	struct file more = kit_insert(&file, 2, comment, sizeof comment);

	(void)state;
	limits.max_pixels = 40 * 27;
	kit_expect(jpeg, &file, NULL, &limits, 0, 0);
	limits.max_pixels--;
	kit_expect(jpeg, &file, NULL, &limits, IMGBATCH_E_LIMIT_PIXELS, 0);
	limits.max_pixels = 0;
	limits.max_scans = 9; /* ten are what libjpeg writes */
	kit_expect(jpeg, &file, NULL, &limits, IMGBATCH_E_LIMIT_SCANS, 0);
	limits.max_scans = 10;
	kit_expect(jpeg, &file, NULL, &limits, 0, 0);
	limits.max_chunks = 1;
	kit_expect(jpeg, &more, NULL, &limits, IMGBATCH_E_LIMIT_CHUNKS, 0);
	limits.max_chunks = 2;
	kit_expect(jpeg, &more, NULL, &limits, 0, 0);
	free(more.data);
	free(file.data);
}

static void expect_unsupported(struct file *file, const char *name)
{
	struct decoded got = kit_decode(jpeg, file, NULL, NULL);

	assert_int_equal(got.code, IMGBATCH_E_UNSUPPORTED);
	assert_non_null(strstr(got.fault.detail, name));
}

static void test_unsupported_variants_are_named(void **state)
{
	static const struct {
		uint8_t frame;
		const char *name;
	} frames[] = {{0xc3, "lossless"}, {0xc5, "hierarchical"}, {0xcb, "lossless"},
		{0xcd, "hierarchical"}, {0xf7, "JPEG-LS"}};
	struct file file = small_file(false);
	size_t at = find_marker(&file, 0xc0);

	(void)state;
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		file.data[at + 1] = frames[i].frame;
		expect_unsupported(&file, frames[i].name);
	}
	file.data[at + 1] = 0xc0;
	file.data[at + 4] = 12;
	expect_unsupported(&file, "12-bit");
	file.data[at + 4] = 8;
	file.data[at + 5] = file.data[at + 6] = 0;
	expect_unsupported(&file, "DNL");
	free(file.data);
}

/* A good file decodes the same after any other on the same decoder: nothing is carried over. */
static void test_a_decoder_forgets_its_last_image(void **state)
{
	struct file good = small_file(false), bare = {0};
	struct decoder *decoder = jpeg->decoder_new();
	struct encode_settings coarse = {.quality = 10, .subsampling = 420};
	struct image picture = kit_picture(50, 50, 3, SAMPLE_U8);
	struct file other = kit_encode(jpeg, &picture, &coarse, NULL);
	struct decoded first = kit_decode_on(jpeg, decoder, &good, NULL, NULL), again;
	size_t at = find_marker(&good, 0xdb), length = good.data[at + 3] + 2u;

	(void)state;
	kit_expect(jpeg, &other, NULL, NULL, 0, 0);
	again = kit_decode_on(jpeg, decoder, &other, NULL, NULL);
	free(again.image.data);
	again = kit_decode_on(jpeg, decoder, &good, NULL, NULL);
	assert_true(kit_same(&first.image, &again.image));
	free(again.image.data);
	/* Without its own quantisation table it must fail, not borrow the one before. */
	bare = kit_cut(&good, good.size - length);
	memcpy(bare.data + at, good.data + at + length, good.size - at - length);
	again = kit_decode_on(jpeg, decoder, &bare, NULL, NULL);
	assert_int_equal(again.code, IMGBATCH_E_CORRUPT);
	jpeg->decoder_free(decoder);
	free(first.image.data);
	free(bare.data);
	free(other.data);
	free(good.data);
	free(picture.data);
}

static void check_crop(
	const struct file *file, const struct image *whole, struct rect rect, uint8_t scale)
{
	struct codec_request request = {.rect = rect, .scale = scale};
	struct decoded got = kit_decode(jpeg, file, &request, NULL);
	uint32_t unit = 8u / scale;
	struct rect inner = {rect.x / unit, rect.y / unit, 0, 0}, outer = inner;
	struct image want, have;

	assert_int_equal(got.code, 0);
	assert_true(got.delivery.rect.x <= rect.x && got.delivery.rect.y <= rect.y);
	inner.width = (rect.x + rect.width + unit - 1) / unit - inner.x;
	inner.height = (rect.y + rect.height + unit - 1) / unit - inner.y;
	outer.width = inner.width;
	outer.height = inner.height;
	inner.x -= got.delivery.rect.x / unit;
	inner.y -= got.delivery.rect.y / unit;
	assert_true(inner.x + inner.width <= got.image.shape.width);
	assert_true(inner.y + inner.height <= got.image.shape.height);
	have = image_view(&got.image, &inner);
	want = image_view(whole, &outer);
	if (!kit_same(&have, &want))
		fail_msg("%ux%u+%u+%u at %u of 8 differs", rect.width, rect.height, rect.x, rect.y,
			scale);
	free(got.image.data);
}

static void test_crops_are_parts_of_the_whole(void **state)
{
	static const uint16_t subsamplings[] = {444, 422, 420};
	struct image picture = kit_picture(123, 87, 3, SAMPLE_U8);

	(void)state;
	srand(7);
	for (int i = 0; i < 6 * 4; i++) {
		struct encode_settings settings = {.quality = 90,
			.subsampling = subsamplings[i % 3],
			.progressive = i % 6 >= 3};
		struct file file = kit_encode(jpeg, &picture, &settings, NULL);
		struct codec_request request = {.scale = (uint8_t)(8 >> i / 6)};
		struct decoded whole = kit_decode(jpeg, &file, &request, NULL);

		for (int n = 0; n < 40; n++) {
			uint32_t w = (uint32_t)rand() % 123 + 1, h = (uint32_t)rand() % 87 + 1;
			struct rect rect = {
				(uint32_t)rand() % (124 - w), (uint32_t)rand() % (88 - h), w, h};

			check_crop(&file, &whole.image, rect, request.scale);
		}
		free(whole.image.data);
		free(file.data);
	}
	free(picture.data);
}

static void test_metadata_survive(void **state)
{
	static const uint8_t exif[] = "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\6\0\0\0\0\0\0";
	static const uint8_t xmp[] = "<x:xmpmeta/>";
	struct file icc = kit_profile("RGB ", 150000);
	struct metadata metadata = {.icc = {icc.data, icc.size},
		.exif = {exif, sizeof exif - 1},
		.xmp = {xmp, sizeof xmp - 1},
		.density_x = 11811,
		.density_y = 5906};
	struct image picture = kit_picture(20, 20, 3, SAMPLE_U8);
	struct file file = kit_encode(jpeg, &picture, NULL, &metadata);
	struct decoder *decoder = jpeg->decoder_new();
	struct decoded got = kit_decode_on(jpeg, decoder, &file, NULL, NULL);
	const struct metadata *m = &got.facts.metadata;

	(void)state;
	assert_int_equal(got.code, 0);
	assert_int_equal(got.warnings, 0);
	assert_int_equal(got.facts.orientation, 6);
	assert_int_equal(m->icc.size, icc.size);
	assert_memory_equal(m->icc.data, icc.data, icc.size);
	assert_int_equal(m->exif.size, sizeof exif - 1);
	assert_memory_equal(m->exif.data, exif, sizeof exif - 1);
	assert_int_equal(m->xmp.size, sizeof xmp - 1);
	assert_memory_equal(m->xmp.data, xmp, sizeof xmp - 1);
	assert_int_equal(m->density_x, 11811);
	assert_int_equal(m->density_y, 5906);
	free(got.image.data);
	jpeg->decoder_free(decoder);
	free(file.data);
	free(icc.data);
	free(picture.data);
}

static void test_encoder_refuses_what_jpeg_cannot_hold(void **state)
{
	struct encoder *encoder = jpeg->encoder_new();
	static const struct shape shapes[] = {{4, 4, 2, SAMPLE_U8, false},
		{4, 4, 4, SAMPLE_U8, false}, {4, 4, 3, SAMPLE_U16, false},
		{65501, 1, 1, SAMPLE_U8, false}, {1, 65501, 1, SAMPLE_U8, false}};
	static uint8_t pixels[65501 * 4], out[1000];

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct image image = {.shape = shapes[i], .data = pixels};
		struct fault fault;
		size_t size;

		image.stride = shape_row_size(&image.shape);
		assert_int_equal(jpeg->encode(encoder, &image, &encode_default_settings, NULL, out,
					 sizeof out, &size, &fault),
			IMGBATCH_E_ENCODE);
	}
	jpeg->encoder_free(encoder);
}

static void test_too_small_a_buffer_is_told(void **state)
{
	struct encoder *encoder = jpeg->encoder_new();
	struct image picture = kit_picture(40, 27, 3, SAMPLE_U8);
	struct file whole = kit_encode(jpeg, &picture, NULL, NULL);
	struct fault fault;
	size_t size;

	(void)state;
	for (size_t room = 0; room <= whole.size; room++) {
		uint8_t *out = malloc(room ? room : 1);

		assert_int_equal(jpeg->encode(encoder, &picture, &encode_default_settings, NULL,
					 out, room, &size, &fault),
			room < whole.size ? IMGBATCH_E_ENCODE : 0);
		free(out);
	}
	jpeg->encoder_free(encoder);
	free(whole.data);
	free(picture.data);
}

/* The worst that 8 bits can do: noise of extremes at quality 100. */
static void test_bound_holds_for_noise(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct encode_settings settings = {.quality = 100,
			.subsampling = i & 1 ? 420 : 444,
			.progressive = i & 2,
			.optimize = i & 4};
		struct image noise = kit_image(97, 65, 3, SAMPLE_U8);
		struct file file;

		srand(3);
		for (size_t k = 0; k < noise.stride * 65; k++)
			((uint8_t *)noise.data)[k] = rand() & 64 ? 255 : 0;
		file = kit_encode(
			jpeg, &noise, &settings, NULL); /* fails the test where it does not fit */
		free(file.data);
		free(noise.data);
	}
}

/* Any single byte changed: an answer, and no read or write out of bounds (sanitizers see to that). */
static void test_any_byte_may_be_wrong(void **state)
{
	struct decoder *decoder = jpeg->decoder_new();
	struct codec_request keep = {.scale = 8, .keep_damaged = true, .check_full = true};

	(void)state;
	for (int progressive = 0; progressive <= 1; progressive++) {
		struct file file = small_file(progressive);

		for (size_t at = 2; at < file.size; at++) {
			uint8_t saved = file.data[at];
			struct codec_limits limits = codec_default_limits;
			struct decoded got;

			limits.max_pixels = 1 << 20;
			file.data[at] ^= (uint8_t)(1 << at % 8);
			got = kit_decode_on(jpeg, decoder, &file, NULL, &limits);
			free(got.image.data);
			got = kit_decode_on(jpeg, decoder, &file, &keep, &limits);
			free(got.image.data);
			file.data[at] = saved;
		}
		free(file.data);
	}
	jpeg->decoder_free(decoder);
}

static void test_verified_images_are_what_they_were(void **state)
{
	struct codec_request request = {
		.scale = 8, .verify = true, .entropy = ENTROPY_FAST, .rect = {3, 9, 20, 11}};
	struct file file = small_file(false), cut = kit_cut(&file, file.size - 40);
	struct file progressive = small_file(true);

	(void)state;
	kit_expect(jpeg, &file, &request, NULL, 0, 0);
	kit_expect(jpeg, &progressive, &request, NULL, 0, 0);
	request.rect = (struct rect){0, 0, 40, 27};
	kit_expect(jpeg, &cut, &request, NULL, IMGBATCH_E_TRUNCATED, 0);
	request.keep_damaged = true;
	kit_expect(jpeg, &cut, &request, NULL, 0, IMGBATCH_W_DAMAGED);
	free(progressive.data);
	free(cut.data);
	free(file.data);
}

/* What libjpeg-turbo alone makes of an image, told that something else came: one sample, a code, a warning. */
static void test_a_difference_is_told(void **state)
{
	struct codec_request request = {.scale = 8, .rect = {0, 0, 40, 27}};
	struct file file = small_file(false);
	struct decoded got = kit_decode(jpeg, &file, &request, NULL);
	struct jpeg_verify *verify = jpeg_verify_new();
	struct bytes input = {file.data, file.size};
	struct fault fault = {0};

	(void)state;
	assert_non_null(verify);
	for (int wrong = 0; wrong < 4; wrong++) {
		uint8_t *sample = image_row(&got.image, 26);
		int code = jpeg_verify_start(verify, input, &codec_default_limits, &request, 0,
			wrong == 1 ? IMGBATCH_E_CORRUPT : 0, &got.delivery, &fault);

		assert_int_equal(code, wrong == 1 ? IMGBATCH_E_VERIFY : 0);
		if (wrong == 1)
			continue;
		sample[119] ^= wrong == 2;
		code = jpeg_verify_rows(verify, &got.image, 27, 0, &fault);
		sample[119] ^= wrong == 2;
		assert_int_equal(code, wrong == 2 ? IMGBATCH_E_VERIFY : 0);
		assert_true(wrong != 2 || strstr(fault.detail, "row 26 "));
		if (wrong == 2)
			continue;
		code = jpeg_verify_finish(verify, wrong == 3 ? IMGBATCH_W_JUNK : 0, 0, &fault);
		assert_int_equal(code, wrong == 3 ? IMGBATCH_E_VERIFY : 0);
	}
	jpeg_verify_free(verify);
	free(got.image.data);
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_is_close),
		cmocka_unit_test(test_cut_at_any_byte_is_truncated),
		cmocka_unit_test(test_cut_below_the_wanted_rows_is_told),
		cmocka_unit_test(test_detail_says_where_it_ends),
		cmocka_unit_test(test_damage_is_kept_on_request_only),
		cmocka_unit_test(test_harmless_oddities_are_warnings),
		cmocka_unit_test(test_many_warnings_are_too_many),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_unsupported_variants_are_named),
		cmocka_unit_test(test_a_decoder_forgets_its_last_image),
		cmocka_unit_test(test_crops_are_parts_of_the_whole),
		cmocka_unit_test(test_metadata_survive),
		cmocka_unit_test(test_encoder_refuses_what_jpeg_cannot_hold),
		cmocka_unit_test(test_too_small_a_buffer_is_told),
		cmocka_unit_test(test_bound_holds_for_noise),
		cmocka_unit_test(test_any_byte_may_be_wrong),
		cmocka_unit_test(test_verified_images_are_what_they_were),
		cmocka_unit_test(test_a_difference_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
