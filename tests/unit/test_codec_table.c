/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: the table of codecs keeps its promises whatever is in it: type is told by content, estimates and
 * bounds are there, every codec round-trips and refuses a cut file. A new row is tested by being there.
 */
#include "codec_kit.h"

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < CODEC_COUNT; i++) {
		const struct codec *c = codecs[i];

		assert_true(c->probe && c->decoder_new && c->decoder_free && c->header);
		assert_true(c->decode_estimate && c->start && c->rows && c->finish);
		assert_true(c->encoder_new && c->encoder_free && c->encode);
		assert_true(c->encode_bound && c->encode_estimate);
		assert_ptr_equal(codec_by_name(c->name), c);
		c->decoder_free(NULL);
		c->encoder_free(NULL);
	}
	assert_null(codec_by_name("gif"));
}

static void test_type_is_told_by_content(void **state)
{
	static const uint8_t text[] = "This is a text file with an image's name.\n";

	(void)state;
	for (size_t size = 0; size < sizeof text; size++)
		assert_null(codec_probe(text, size));
	for (int i = 0; i < CODEC_COUNT; i++) {
		struct image picture = kit_picture(5, 4, 3, SAMPLE_U8);
		struct file file = kit_encode(codecs[i], &picture, NULL, NULL);
		struct file begin = kit_cut(&file, 16);

		assert_ptr_equal(codec_probe(begin.data, 16), codecs[i]);
		assert_null(codec_probe(begin.data, 2));
		free(begin.data);
		free(file.data);
		free(picture.data);
	}
}

/* One decoder and one encoder for all sizes, as a worker has them. */
static void round_trips(const struct codec *codec, struct decoder *decoder)
{
	static const uint32_t sizes[][2] = {
		{1, 1}, {1, 300}, {300, 1}, {8, 8}, {17, 33}, {250, 99}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct image picture = kit_picture(sizes[i][0], sizes[i][1], 3, SAMPLE_U8);
		struct file file = kit_encode(codec, &picture, NULL, NULL);
		struct decoded got = kit_decode_on(codec, decoder, &file, NULL, NULL);
		struct codec_request whole = {.rect = {0, 0, sizes[i][0], sizes[i][1]}, .scale = 8};

		assert_int_equal(got.code, 0);
		assert_ptr_equal(got.facts.codec, codec);
		assert_true(shape_same(&got.image.shape, &picture.shape));
		assert_true(codec->decode_estimate(&got.facts, &whole) > 0);
		assert_true(codec->encode_estimate(&picture.shape, &encode_default_settings) > 0);
		free(got.image.data);
		free(file.data);
		free(picture.data);
	}
}

static void test_every_codec_round_trips(void **state)
{
	(void)state;
	for (int i = 0; i < CODEC_COUNT; i++) {
		struct decoder *decoder = codecs[i]->decoder_new();

		round_trips(codecs[i], decoder);
		codecs[i]->decoder_free(decoder);
	}
}

/* A caller may stop anywhere; the next header() begins anew and nothing leaks. */
static void test_stopping_early_is_fine(void **state)
{
	(void)state;
	for (int i = 0; i < CODEC_COUNT; i++) {
		struct decoder *decoder = codecs[i]->decoder_new();
		struct image picture = kit_picture(64, 64, 3, SAMPLE_U8), strip;
		struct file file = kit_encode(codecs[i], &picture, NULL, NULL);
		struct codec_request request = {.rect = {0, 0, 64, 64}, .scale = 8};
		struct codec_facts facts;
		struct codec_delivery delivery;
		uint32_t warnings = 0, got;

		for (int stop = 0; stop < 3; stop++) {
			assert_int_equal(codecs[i]->header(decoder, file.data, file.size,
						 &codec_default_limits, &facts, &warnings, NULL),
				0);
			if (stop > 0)
				assert_int_equal(
					codecs[i]->start(decoder, &request, &delivery, NULL), 0);
			strip = picture;
			strip.shape.height = 9;
			if (stop > 1)
				assert_int_equal(codecs[i]->rows(decoder, &strip, &got, NULL), 0);
		}
		round_trips(codecs[i], decoder);
		codecs[i]->decoder_free(decoder);
		free(file.data);
		free(picture.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_type_is_told_by_content),
		cmocka_unit_test(test_every_codec_round_trips),
		cmocka_unit_test(test_stopping_early_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
