/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: a PNG comes back bit for bit; a cut or damaged one is refused, a wrong Adler checksum included;
 * chunks that do no harm are warnings; bombs stop at the limits; metadata survive wherever they stand.
 */
#include "codec_kit.h"

static const struct codec *const png = &codec_png;

enum { SIGNATURE = 8, IHDR_END = 8 + 25 };

static struct file small_file(uint8_t channels, uint8_t sample)
{
	struct image picture = kit_picture(31, 23, channels, sample);
	struct file file = kit_encode(png, &picture, NULL, NULL);

	free(picture.data);
	return file;
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Where the length of the first chunk of this type stands. */
static size_t find_chunk(const struct file *file, const char *type)
{
	size_t at = SIGNATURE;

	while (at < file->size && memcmp(file->data + at + 4, type, 4))
		at += get32(file->data + at) + 12;
	assert_true(at < file->size);
	return at;
}

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < size * 8; i++) {
		uint32_t bit = (crc ^ (uint32_t)bytes[i / 8] >> i % 8) & 1;

		crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void fix_crc(struct file *file, size_t at)
{
	uint32_t length = get32(file->data + at);

	put32(file->data + at + 8 + length, crc32_of(file->data + at + 4, length + 4));
}

static struct file with_chunk(
	const struct file *file, size_t at, const char *type, const void *body, size_t size)
{
	uint8_t *chunk = malloc(size + 12);
	struct file out;

	put32(chunk, (uint32_t)size);
	memcpy(chunk + 4, type, 4);
	memcpy(chunk + 8, body, size);
	put32(chunk + 8 + size, crc32_of(chunk + 4, size + 4));
	out = kit_insert(file, at, chunk, size + 12);
	free(chunk);
	return out;
}

static void test_round_trip_is_exact(void **state)
{
	(void)state;
	for (int i = 0; i < 4 * 2 * 4; i++) {
		static const uint8_t levels[] = {0, 1, 6, 9};
		struct encode_settings settings = {.png_level = levels[i & 3]};
		struct image picture = kit_picture(
			31, 23, (uint8_t)(i / 4 % 4 + 1), i >= 16 ? SAMPLE_U16 : SAMPLE_U8);
		struct file file = kit_encode(png, &picture, &settings, NULL);
		struct decoded got = kit_decode(png, &file, NULL, NULL);

		assert_int_equal(got.code, 0);
		assert_int_equal(got.warnings, 0);
		assert_true(kit_same(&got.image, &picture));
		free(got.image.data);
		free(file.data);
		free(picture.data);
	}
}

static void test_cut_at_any_byte_is_truncated(void **state)
{
	struct decoder *decoder = png->decoder_new();
	struct file file = small_file(3, SAMPLE_U8);

	(void)state;
	for (size_t size = SIGNATURE; size < file.size; size++) {
		struct codec_request request = {.scale = 8, .rect = {3, 0, 4, 5}};
		struct file part = kit_cut(&file, size);
		struct decoded got = kit_decode_on(png, decoder, &part, NULL, NULL);

		if (got.code != IMGBATCH_E_TRUNCATED)
			fail_msg("cut at %zu of %zu: %s: %s", size, file.size, code_name(got.code),
				got.fault.detail);
		assert_true(got.fault.detail[0]);
		got = kit_decode_on(png, decoder, &part, &request, NULL);
		assert_int_equal(got.code, IMGBATCH_E_TRUNCATED);
		free(part.data);
	}
	png->decoder_free(decoder);
	free(file.data);
}

static void test_kept_damage_has_zero_rows(void **state)
{
	struct codec_request keep = {.scale = 8, .keep_damaged = true};
	struct file file = small_file(3, SAMPLE_U8), part = kit_cut(&file, file.size / 2);
	struct decoded whole = kit_decode(png, &file, NULL, NULL);
	struct decoded got = kit_decode(png, &part, &keep, NULL);
	size_t row = got.image.stride;

	(void)state;
	assert_int_equal(got.code, 0);
	assert_int_equal(got.warnings, IMGBATCH_W_DAMAGED);
	assert_memory_equal(image_row(&got.image, 2), image_row(&whole.image, 2), row);
	for (size_t i = 0; i < row; i++)
		assert_int_equal(((uint8_t *)image_row(&got.image, 22))[i], 0);
	free(got.image.data);
	free(whole.image.data);
	free(part.data);
	free(file.data);
}

static void test_damage_is_corrupt(void **state)
{
	struct file file = small_file(3, SAMPLE_U8);
	size_t idat = find_chunk(&file, "IDAT"), length = get32(file.data + idat);
	uint8_t *adler = file.data + idat + 8 + length - 4;

	(void)state;
	file.data[idat + 8 + length] ^= 1; /* the chunk's checksum */
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	file.data[idat + 8 + length] ^= 1;
	adler[0] ^= 1; /* the stream's, with a right one around it */
	fix_crc(&file, idat);
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	adler[0] ^= 1;
	file.data[idat + 8 + length / 2] ^= 0xff;
	fix_crc(&file, idat);
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	file.data[idat + 8 + length / 2] ^= 0xff;
	fix_crc(&file, idat);
	kit_expect(png, &file, NULL, NULL, 0, 0);
	file.data[SIGNATURE + 8 + 3]++; /* IHDR's width */
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	fix_crc(&file, SIGNATURE);
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	free(file.data);
}

static void test_harmless_oddities_are_warnings(void **state)
{
	struct file file = small_file(1, SAMPLE_U8), odd;

	(void)state;
	odd = with_chunk(&file, IHDR_END, "tEXt", "Comment\0hello", 13);
	kit_expect(png, &odd, NULL, NULL, 0, 0);
	odd.data[IHDR_END + 8 + 13] ^= 1;
	kit_expect(png, &odd, NULL, NULL, 0, IMGBATCH_W_CRC);
	free(odd.data);
	odd = with_chunk(&file, IHDR_END, "acTL", "\0\0\0\1\0\0\0\0", 8);
	kit_expect(png, &odd, NULL, NULL, 0, IMGBATCH_W_APNG);
	free(odd.data);
	odd = with_chunk(&file, IHDR_END, "eXIf", "nonsense", 8);
	kit_expect(png, &odd, NULL, NULL, 0, IMGBATCH_W_EXIF);
	free(odd.data);
	odd = kit_insert(&file, file.size, "more", 4);
	kit_expect(png, &odd, NULL, NULL, 0, IMGBATCH_W_TRAILING);
	free(odd.data);
	odd = with_chunk(&file, IHDR_END, "ABCD", "", 0);
	kit_expect(
		png, &odd, NULL, NULL, IMGBATCH_E_CORRUPT, 0); /* critical, and nobody knows it */
	free(odd.data);
	free(file.data);
}

/* Each chunk by itself is harmless; whoever writes that many means harm. */
static void test_many_warnings_are_corrupt(void **state)
{
	struct codec_limits limits = codec_default_limits;
	struct file file = small_file(1, SAMPLE_U8);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct file more = with_chunk(&file, IHDR_END, "tEXt", "a\0b", 3);

		more.data[IHDR_END + 8 + 3] ^= 1;
		free(file.data);
		file = more;
	}
	limits.max_warnings = 4;
	kit_expect(png, &file, NULL, &limits, 0, IMGBATCH_W_CRC);
	limits.max_warnings = 3;
	kit_expect(png, &file, NULL, &limits, IMGBATCH_E_CORRUPT, 0);
	free(file.data);
}

/* An image of indices: the encoder's grey one with another colour type and a palette. */
static struct file palette_file(unsigned colors, unsigned top, const void *trns, size_t trns_size)
{
	static const uint8_t table[768] = {10, 20, 30, 40, 50, 60, 70, 80, 90};
	struct image picture = kit_image(9, 4, 1, SAMPLE_U8);
	struct file plain, with_colors, out;

	for (unsigned i = 0; i < 36; i++)
		((uint8_t *)picture.data)[i] = (uint8_t)(i % (top + 1));
	plain = kit_encode(png, &picture, NULL, NULL);
	plain.data[SIGNATURE + 8 + 9] = 3;
	fix_crc(&plain, SIGNATURE);
	with_colors = with_chunk(&plain, IHDR_END, "PLTE", table, colors * 3);
	out = trns_size
		? with_chunk(&with_colors, IHDR_END + colors * 3 + 12, "tRNS", trns, trns_size)
		: kit_cut(&with_colors, with_colors.size);
	free(with_colors.data);
	free(plain.data);
	free(picture.data);
	return out;
}

static void test_palettes_become_colours(void **state)
{
	static const uint8_t opaque[] = {10, 20, 30, 40, 50, 60, 70, 80, 90};
	static const uint8_t alpha[] = {10, 20, 30, 7, 40, 50, 60, 255, 70, 80, 90, 255};
	struct file file = palette_file(3, 2, NULL, 0);
	struct decoded got = kit_decode(png, &file, NULL, NULL);

	(void)state;
	assert_int_equal(got.code, 0);
	assert_int_equal(got.image.shape.channels, 3);
	assert_string_equal(got.facts.color, "palette");
	assert_memory_equal(got.image.data, opaque, sizeof opaque);
	free(got.image.data);
	free(file.data);
	file = palette_file(3, 2, "\7", 1);
	got = kit_decode(png, &file, NULL, NULL);
	assert_int_equal(got.image.shape.channels, 4);
	assert_memory_equal(got.image.data, alpha, sizeof alpha);
	free(got.image.data);
	free(file.data);
}

static void test_an_index_without_a_colour_is_corrupt(void **state)
{
	struct codec_request keep = {.scale = 8, .keep_damaged = true};
	struct file file = palette_file(3, 3, NULL, 0);

	(void)state;
	kit_expect(png, &file, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	kit_expect(png, &file, &keep, NULL, 0, IMGBATCH_W_DAMAGED);
	free(file.data);
}

/* A column of two pixels, interlaced: as its rows are stored, so are its passes. */
static struct file interlaced_column(uint8_t upper)
{
	struct encode_settings stored = {.png_level = 0};
	struct image picture = kit_image(1, 2, 1, SAMPLE_U8);
	struct file plain, out;

	((uint8_t *)picture.data)[0] = upper;
	plain = kit_encode(png, &picture, &stored, NULL);
	plain.data[SIGNATURE + 8 + 9] = 3;
	plain.data[SIGNATURE + 8 + 12] = 1;
	fix_crc(&plain, SIGNATURE);
	out = with_chunk(&plain, IHDR_END, "PLTE", "abcdef", 6);
	free(plain.data);
	free(picture.data);
	return out;
}

/* Rows above those that are wanted count as they do in any other file. */
static void test_an_index_without_a_colour_is_found_above(void **state)
{
	struct codec_request lower = {.rect = {0, 1, 1, 1}, .scale = 8};
	struct file good = interlaced_column(1), bad = interlaced_column(2);

	(void)state;
	kit_expect(png, &good, &lower, NULL, 0, 0);
	kit_expect(png, &bad, NULL, NULL, IMGBATCH_E_CORRUPT, 0);
	kit_expect(png, &bad, &lower, NULL, IMGBATCH_E_CORRUPT, 0);
	lower.keep_damaged = true;
	kit_expect(png, &bad, &lower, NULL, 0, IMGBATCH_W_DAMAGED);
	free(good.data);
	free(bad.data);
}

static void test_16_bits_come_down_by_scaling(void **state)
{
	struct image picture = kit_image(256, 256, 1, SAMPLE_U16);
	struct codec_request request = {.scale = 8, .sample = SAMPLE_U8};
	struct file file;
	struct decoded got;

	(void)state;
	for (unsigned i = 0; i < 65536; i++)
		((uint16_t *)picture.data)[i] = (uint16_t)i;
	file = kit_encode(png, &picture, NULL, NULL);
	got = kit_decode(png, &file, &request, NULL);
	assert_int_equal(got.facts.shape.sample, SAMPLE_U16);
	assert_int_equal(got.image.shape.sample, SAMPLE_U8);
	for (unsigned i = 0; i < 65536; i++)
		assert_int_equal(
			((uint8_t *)got.image.data)[i], (i * 255 * 2 + 65535) / (2 * 65535));
	free(got.image.data);
	free(file.data);
	free(picture.data);
}

static void test_crops_are_parts_of_the_whole(void **state)
{
	struct file file = small_file(4, SAMPLE_U8);
	struct decoded whole = kit_decode(png, &file, NULL, NULL);

	(void)state;
	for (uint32_t y = 0; y < 23; y++) {
		struct codec_request request = {.scale = 8,
			.rect = {5, y, 7, 23 - y > 4 ? 4 : 23 - y},
			.check_full = y & 1};
		struct decoded got = kit_decode(png, &file, &request, NULL);
		struct image want = image_view(&whole.image, &got.delivery.rect);

		assert_int_equal(got.code, 0);
		assert_true(kit_same(&got.image, &want));
		free(got.image.data);
	}
	free(whole.image.data);
	free(file.data);
}

/* Damage below the wanted rows is found, asked for or not: the checksums cover the whole file. */
static void test_damage_below_is_found(void **state)
{
	struct codec_request request = {.scale = 8, .rect = {0, 0, 31, 1}};
	struct file file = small_file(3, SAMPLE_U8);
	size_t idat = find_chunk(&file, "IDAT");

	(void)state;
	file.data[idat + 8 + get32(file.data + idat)] ^= 1;
	kit_expect(png, &file, &request, NULL, IMGBATCH_E_CORRUPT, 0);
	request.check_full = true;
	kit_expect(png, &file, &request, NULL, IMGBATCH_E_CORRUPT, 0);
	free(file.data);
}

static void test_limits(void **state)
{
	struct codec_limits limits = codec_default_limits;
	struct file file = small_file(3, SAMPLE_U8), more;

	(void)state;
	limits.max_pixels = 31 * 23 - 1;
	kit_expect(png, &file, NULL, &limits, IMGBATCH_E_LIMIT_PIXELS, 0);
	limits.max_pixels = 31 * 23;
	kit_expect(png, &file, NULL, &limits, 0, 0);
	limits.max_chunks = 2; /* IHDR, IEND */
	kit_expect(png, &file, NULL, &limits, 0, 0);
	more = with_chunk(&file, IHDR_END, "tEXt", "a\0b", 3);
	kit_expect(png, &more, NULL, &limits, IMGBATCH_E_LIMIT_CHUNKS, 0);
	free(more.data);
	free(file.data);
}

/* Whatever libpng makes of them: chunks in front of the image data, of any kind, whole or cut. */
static void test_long_chunks(void **state)
{
	static const char *const types[] = {"tEXt", "iTXt", "zTXt", "iCCP", "sPLT", "eXIf", "abCd"};
	struct codec_limits limits = codec_default_limits;
	struct file file = small_file(3, SAMPLE_U8);

	(void)state;
	assert_true(get32(file.data + find_chunk(&file, "IDAT")) > 20);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct file more = with_chunk(
			&file, IHDR_END, types[i], "a\0\0\0\0\0is a bit longer", 21);

		limits.max_profile = 20;
		kit_expect(png, &more, NULL, &limits, IMGBATCH_E_LIMIT_CHUNKS, 0);
		more.size = IHDR_END + 8 + 3;
		kit_expect(png, &more, NULL, &limits, IMGBATCH_E_LIMIT_CHUNKS, 0);
		free(more.data);
	}
	kit_expect(png, &file, NULL, &limits, 0, 0); /* image data may be longer */
	free(file.data);
}

struct bits {
	uint8_t *bytes; /* zeroed */
	size_t at; /* in bits */
};

/* Huffman codes go in with their high bit first. */
static void put_code(struct bits *bits, unsigned code, int length)
{
	for (int i = length - 1; i >= 0; i--, bits->at++)
		bits->bytes[bits->at / 8] |= (uint8_t)((code >> i & 1) << bits->at % 8);
}

/*
 * 258 x matches + 1 zeros as a zlib stream (RFC 1950, 1951), written by hand: one block of fixed codes, a
 * literal 0, then as often as wanted "258 bytes from one back". Returns its size; room: 16 + 2 x matches.
 */
static size_t deflate_zeros(uint8_t *out, size_t matches)
{
	struct bits bits = {.bytes = out, .at = 16};

	memcpy(out, "\x78\x9c", 2);
	put_code(&bits, 6, 3); /* the last block; fixed codes: bits 1, 1, 0 */
	put_code(&bits, 0x30, 8);
	for (size_t i = 0; i < matches; i++) {
		put_code(&bits, 0xc5, 8);
		put_code(&bits, 0, 5);
	}
	put_code(&bits, 0, 7);
	bits.at = (bits.at + 7) / 8;
	put32(out + bits.at, (uint32_t)((258 * matches + 1) % 65521) << 16 | 1); /* Adler-32 */
	return bits.at + 4;
}

/* `type` with a head and so many MiB of zeros behind it, deflated. */
static struct file bomb(
	const struct file *file, const char *type, const char *head, size_t head_size, size_t mib)
{
	size_t matches = (mib << 20) / 258;
	uint8_t *body = calloc(1, head_size + 16 + matches * 2);
	struct file out;

	memcpy(body, head, head_size);
	out = with_chunk(
		file, IHDR_END, type, body, head_size + deflate_zeros(body + head_size, matches));
	free(body);
	return out;
}

/* Image data that go on behind the last row: a little is odd, much is a bomb, whatever of it is asked for. */
static void test_surplus_is_not_inflated_for_ever(void **state)
{
	struct codec_request keep = {.scale = 8, .rect = {0, 0, 3, 1}, .keep_damaged = true};
	struct file file = small_file(3, SAMPLE_U8), odd, end;

	(void)state;
	end = kit_cut(&file, find_chunk(&file, "IDAT"));
	odd = bomb(&end, "IDAT", "", 0, 1);
	free(end.data);
	end = with_chunk(&odd, odd.size, "IEND", "", 0);
	kit_expect(png, &end, NULL, NULL, 0, IMGBATCH_W_CHUNK);
	free(odd.data);
	free(end.data);
	end = kit_cut(&file, find_chunk(&file, "IDAT"));
	odd = bomb(&end, "IDAT", "", 0, 64);
	free(end.data);
	end = with_chunk(&odd, odd.size, "IEND", "", 0);
	kit_expect(png, &end, NULL, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	kit_expect(png, &end, &keep, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	odd.size -= odd.size / 3; /* cut short: a bomb still */
	kit_expect(png, &odd, &keep, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	free(odd.data);
	free(end.data);
	free(file.data);
}

static void test_bombs_stop_at_the_limit(void **state)
{
	struct file file = small_file(3, SAMPLE_U8), odd;

	(void)state;
	odd = bomb(&file, "zTXt", "a\0", 3, 9);
	kit_expect(png, &odd, NULL, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	free(odd.data);
	odd = bomb(&file, "iTXt", "a\0\1\0\0", 6, 9);
	kit_expect(png, &odd, NULL, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	free(odd.data);
	odd = bomb(&file, "zTXt", "a\0", 3, 1);
	kit_expect(png, &odd, NULL, NULL, 0, 0);
	free(odd.data);
	odd = kit_cut(&file, file.size);
	for (int i = 0; i < 6; i++) { /* each is within the limit, together they are not */
		struct file more = bomb(&odd, "zTXt", "a\0", 3, 7);

		free(odd.data);
		odd = more;
	}
	kit_expect(png, &odd, NULL, NULL, IMGBATCH_E_LIMIT_CHUNKS, 0);
	free(odd.data);
	free(file.data);
}

static void check_metadata(const struct file *file, const struct metadata *want)
{
	struct decoder *decoder = png->decoder_new();
	struct decoded got = kit_decode_on(png, decoder, file, NULL, NULL);
	const struct metadata *m = &got.facts.metadata;

	assert_int_equal(got.code, 0);
	assert_int_equal(got.warnings, 0);
	assert_int_equal(m->icc.size, want->icc.size);
	assert_memory_equal(m->icc.data, want->icc.data, want->icc.size);
	assert_int_equal(m->exif.size, want->exif.size);
	assert_memory_equal(m->exif.data, want->exif.data, want->exif.size);
	assert_int_equal(m->xmp.size, want->xmp.size);
	assert_memory_equal(m->xmp.data, want->xmp.data, want->xmp.size);
	assert_int_equal(m->density_x, want->density_x);
	assert_int_equal(got.facts.orientation, 6);
	free(got.image.data);
	png->decoder_free(decoder);
}

static void test_metadata_survive(void **state)
{
	static const uint8_t exif[] = "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\6\0\0\0\0\0\0";
	static const uint8_t xmp[] = "<x:xmpmeta/>";
	struct file icc = kit_profile("RGB ", 3000);
	struct metadata metadata = {.icc = {icc.data, icc.size},
		.exif = {exif, sizeof exif - 1},
		.xmp = {xmp, sizeof xmp - 1},
		.density_x = 11811,
		.density_y = 11811};
	struct image picture = kit_picture(20, 20, 3, SAMPLE_U8);
	struct file file, late;

	(void)state;
	file = kit_encode(png, &picture, NULL, &metadata);
	check_metadata(&file, &metadata);
	free(file.data);
	metadata.exif.size = 0; /* EXIF may also stand behind the image data */
	file = kit_encode(png, &picture, NULL, &metadata);
	metadata.exif.size = sizeof exif - 1;
	late = with_chunk(&file, file.size - 12, "eXIf", exif, sizeof exif - 1);
	check_metadata(&late, &metadata);
	free(late.data);
	free(file.data);
	free(icc.data);
	free(picture.data);
}

/* A profile of another colour model would be a lie: it is left out. */
static void test_unfit_profiles_are_left_out(void **state)
{
	struct file icc = kit_profile("GRAY", 300);
	struct metadata metadata = {.icc = {icc.data, icc.size}};
	struct image picture = kit_picture(20, 20, 3, SAMPLE_U8);
	struct file file = kit_encode(png, &picture, NULL, &metadata), odd;

	(void)state;
	kit_expect(png, &file, NULL, NULL, 0, 0);
	odd = with_chunk(&file, IHDR_END, "iCCP", "x\0\0nonsense", 11);
	kit_expect(png, &odd, NULL, NULL, 0, IMGBATCH_W_ICC | IMGBATCH_W_CHUNK);
	free(odd.data);
	free(file.data);
	free(icc.data);
	free(picture.data);
}

static void test_too_small_a_buffer_is_told(void **state)
{
	struct encoder *encoder = png->encoder_new();
	struct image picture = kit_picture(31, 23, 3, SAMPLE_U8);
	struct file whole = small_file(3, SAMPLE_U8);
	struct fault fault;
	size_t size;

	(void)state;
	for (size_t room = 0; room <= whole.size; room++) {
		uint8_t *out = malloc(room ? room : 1);

		assert_int_equal(png->encode(encoder, &picture, &encode_default_settings, NULL, out,
					 room, &size, &fault),
			room < whole.size ? IMGBATCH_E_ENCODE : 0);
		free(out);
	}
	png->encoder_free(encoder);
	free(whole.data);
	free(picture.data);
}

static void test_bound_holds_for_noise(void **state)
{
	(void)state;
	srand(5);
	for (uint8_t level = 0; level <= 9; level++) {
		struct encode_settings settings = {.png_level = level};
		struct image noise = kit_image(300, 200, 3, SAMPLE_U16);
		struct file file;

		for (size_t k = 0; k < noise.stride * 200; k++)
			((uint8_t *)noise.data)[k] = (uint8_t)rand();
		file = kit_encode(
			png, &noise, &settings, NULL); /* fails the test where it does not fit */
		free(file.data);
		free(noise.data);
	}
}

/* The chunk that the byte at `at` belongs to. */
static size_t chunk_around(const struct file *file, size_t at)
{
	size_t start = SIGNATURE, next;

	while ((next = start + get32(file->data + start) + 12) <= at)
		start = next;
	return start;
}

static void decode_wrong(struct decoder *decoder, const struct file *file)
{
	struct codec_request keep = {.scale = 8, .keep_damaged = true, .check_full = true};
	struct codec_limits limits = codec_default_limits;
	struct decoded got;

	limits.max_pixels = 1 << 20;
	got = kit_decode_on(png, decoder, file, NULL, &limits);
	free(got.image.data);
	got = kit_decode_on(png, decoder, file, &keep, &limits);
	free(got.image.data);
}

/*
 * Any single byte changed, once as it is and once with a right checksum around it: an answer, and no read or
 * write out of bounds (sanitizers see to that).
 */
static void test_any_byte_may_be_wrong(void **state)
{
	struct decoder *decoder = png->decoder_new();
	struct file file = palette_file(3, 2, "\7", 1);

	(void)state;
	for (unsigned i = 0; i < 8 * (file.size - SIGNATURE); i++) {
		size_t at = SIGNATURE + i / 8, chunk = chunk_around(&file, at);
		bool in_length = at < chunk + 4;

		file.data[at] ^= (uint8_t)(1 << i % 8);
		decode_wrong(decoder, &file);
		if (!in_length)
			fix_crc(&file, chunk);
		decode_wrong(decoder, &file);
		file.data[at] ^= (uint8_t)(1 << i % 8);
		if (!in_length)
			fix_crc(&file, chunk);
	}
	png->decoder_free(decoder);
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_is_exact),
		cmocka_unit_test(test_cut_at_any_byte_is_truncated),
		cmocka_unit_test(test_kept_damage_has_zero_rows),
		cmocka_unit_test(test_damage_is_corrupt),
		cmocka_unit_test(test_harmless_oddities_are_warnings),
		cmocka_unit_test(test_many_warnings_are_corrupt),
		cmocka_unit_test(test_palettes_become_colours),
		cmocka_unit_test(test_an_index_without_a_colour_is_corrupt),
		cmocka_unit_test(test_an_index_without_a_colour_is_found_above),
		cmocka_unit_test(test_16_bits_come_down_by_scaling),
		cmocka_unit_test(test_crops_are_parts_of_the_whole),
		cmocka_unit_test(test_damage_below_is_found),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long_chunks),
		cmocka_unit_test(test_surplus_is_not_inflated_for_ever),
		cmocka_unit_test(test_bombs_stop_at_the_limit),
		cmocka_unit_test(test_metadata_survive),
		cmocka_unit_test(test_unfit_profiles_are_left_out),
		cmocka_unit_test(test_too_small_a_buffer_is_told),
		cmocka_unit_test(test_bound_holds_for_noise),
		cmocka_unit_test(test_any_byte_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
