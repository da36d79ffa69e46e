/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: the short way through a plain PNG ends where libpng's does. Files that are right, odd, cut and broken are
 * decoded both ways: the same verdict in the same words, the same warnings, the same pixels. Made files are odd in
 * every place that the short way looks at; those of the test data and of IMGBATCH_CORPUS come as they are, and
 * with bits flipped.
 */
#include "codec_kit.h"

#include "codec/png_decoder.h"
#include "kernels/dispatch.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include <zlib.h>

enum { MADE = 6000, MUTATIONS = 2000, MUTATED_MAX = 64 << 10 };

static const struct codec *const png = &codec_png;
static struct decoder *short_way, *long_way;
static uint32_t state;

static uint32_t below(uint32_t n)
{
	state = state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(state >> 8) * n >> 24);
}

static int setup(void **unused)
{
	const char *seed = getenv("IMGBATCH_TEST_SEED");

	(void)unused;
	state = seed ? (uint32_t)strtoul(seed, NULL, 10) : 20240501;
	print_message("IMGBATCH_TEST_SEED=%u\n", state);
	short_way = png->decoder_new();
	long_way = png->decoder_new();
	png_decoder_of(long_way)->libpng_only = true;
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	png->decoder_free(short_way);
	png->decoder_free(long_way);
	return 0;
}

static void compare_as(
	const struct file *file, const struct codec_request *request, const char *name)
{
	struct codec_limits limits = codec_default_limits;
	struct decoded want, got;

	limits.max_pixels = 4 << 20;
	want = kit_decode_on(png, long_way, file, request, &limits);
	got = kit_decode_on(png, short_way, file, request, &limits);
	if (got.code != want.code || strcmp(got.fault.detail, want.fault.detail))
		fail_msg("%s: %d %s, not %d %s", name, got.code, got.fault.detail, want.code,
			want.fault.detail);
	if (got.warnings != want.warnings)
		fail_msg("%s: warnings %x, not %x", name, got.warnings, want.warnings);
	if (!want.code && !kit_same(&got.image, &want.image))
		fail_msg("%s: other pixels", name);
	free(want.image.data);
	free(got.image.data);
}

/* A part of it, and every way to look at the rest. The file may not even have a header. */
static void compare(const struct file *file, const char *name)
{
	struct codec_limits limits = codec_default_limits;
	struct codec_facts facts;
	uint32_t warnings = 0;
	bool header = !png->header(
		long_way, file->data, file->size, &limits, &facts, &warnings, NULL);
	uint32_t width = header ? facts.shape.width : 1, height = header ? facts.shape.height : 1;

	compare_as(file, NULL, name);
	for (unsigned i = 0; i < 4; i++) {
		struct codec_request request = {.scale = 8,
			.sample = SAMPLE_U8,
			.check_full = i & 1,
			.keep_damaged = i & 2};
		struct rect *rect = &request.rect;

		rect->x = below(width);
		rect->y = below(height);
		rect->width = 1 + below(width - rect->x);
		rect->height = 1 + below(height - rect->y);
		if (i == 2)
			*rect = (struct rect){0, 0, width, height};
		compare_as(file, &request, name);
	}
}

static bool goes_the_short_way(const struct file *file)
{
	struct codec_request request = {.scale = 8};
	struct codec_delivery delivery;
	struct codec_facts facts;
	uint32_t warnings = 0;

	if (png->header(short_way, file->data, file->size, &codec_default_limits, &facts, &warnings,
		    NULL))
		return false;
	request.rect = (struct rect){0, 0, facts.shape.width, facts.shape.height};
	request.sample = facts.shape.sample;
	return !png->start(short_way, &request, &delivery, NULL) &&
		png_decoder_of(short_way)->inflated.rows;
}

/* A file in the making. */
struct text {
	uint8_t bytes[1 << 17];
	size_t size;
};

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_chunk(struct text *to, const char *type, const void *body, size_t size)
{
	uint8_t *chunk = to->bytes + to->size;

	assert_true(to->size + size + 12 <= sizeof to->bytes);
	put32(chunk, (uint32_t)size);
	memcpy(chunk + 4, type, 4);
	memcpy(chunk + 8, body, size);
	put32(chunk + 8 + size, (uint32_t)crc32(0, chunk + 4, (uInt)size + 4));
	to->size += size + 12;
}

/* What may be wrong with a made file. */
enum oddity {
	NOTHING,
	FILTER, /* one that there is not */
	SHORT, /* data end before the last row */
	LONG, /* or go on behind it */
	SURPLUS, /* bytes behind the stream */
	ADLER,
	WINDOW, /* a stated window that is smaller than what is made use of */
	EMPTY_PIECE,
	DIVIDED, /* another chunk between pieces */
	DATA_CRC,
	LATE_CRC, /* of a chunk behind the data */
	LATE_HEADER,
	LATE_NAME, /* which is no name */
	LATE_CRITICAL,
	END_LENGTH,
	NO_END,
	TRAILING,
	ODDITIES
};

struct made {
	enum oddity oddity;
	uint32_t width, height;
	uint8_t color_type, bpp;
	unsigned colors; /* of a palette */
};

/* Filtered rows: any bytes will do, and those that repeat make deflate reach far back. */
static size_t make_rows(const struct made *m, uint8_t *rows)
{
	size_t row = (size_t)m->width * m->bpp + 1, size = row * m->height;
	uint32_t kind = below(3);

	for (size_t i = 0; i < size; i++) {
		uint8_t noise = (uint8_t)below(256);

		rows[i] = kind == 0 ? noise
			: kind == 1 ? (uint8_t)(noise & 3)
			: i < 997   ? noise
				    : rows[i - 997];
		if (m->color_type == PNG_COLOR_TYPE_PALETTE)
			rows[i] = (uint8_t)(noise % (m->colors + (below(2000) == 0)));
		if (i % row == 0)
			rows[i] = m->color_type == PNG_COLOR_TYPE_PALETTE ? 0 : (uint8_t)below(5);
	}
	if (m->oddity == FILTER)
		rows[row * below(m->height)] = (uint8_t)(5 + below(251));
	if (m->oddity == SHORT)
		size -= 1 + below((uint32_t)row);
	if (m->oddity == LONG)
		size += 1 + below(2 * (uint32_t)row);
	return size;
}

static size_t make_stream(const struct made *m, uint8_t *out, size_t room)
{
	static uint8_t rows[1 << 16];
	static const int levels[] = {0, 1, 6, 9};
	int window = below(3) ? 15 : 9 + (int)below(7);
	z_stream z = {.next_in = rows, .next_out = out, .avail_out = (uInt)room};
	size_t size;

	z.avail_in = (uInt)make_rows(m, rows);
	assert_int_equal(
		deflateInit2(&z, levels[below(4)], Z_DEFLATED, window, 8, (int)below(4)), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size = z.total_out;
	deflateEnd(&z);
	if (m->oddity == ADLER)
		out[size - 1 - below(4)] ^= (uint8_t)(1 << below(8));
	if (m->oddity == WINDOW) { /* 256 bytes, and header bits that agree */
		out[0] = 0x08;
		out[1] = 0x1d;
	}
	for (uint32_t i = m->oddity == SURPLUS ? 1 + below(20) : 0; i; i--)
		out[size++] = (uint8_t)below(256);
	return size;
}

static void add_data(struct text *to, const struct made *m)
{
	static uint8_t stream[1 << 16];
	size_t size = make_stream(m, stream, sizeof stream), at = 0;
	uint32_t pieces = below(2) ? 1 : 1 + below(6);

	for (uint32_t i = 0; i < pieces; i++) {
		size_t length = i + 1 == pieces ? size - at : below((uint32_t)(size - at));

		if (!length && m->oddity != EMPTY_PIECE)
			continue;
		if (i && m->oddity == DIVIDED)
			add_chunk(to, "teXt", "a", 1);
		add_chunk(to, "IDAT", stream + at, length);
		if (m->oddity == DATA_CRC && below(2))
			to->bytes[to->size - 1] ^= 1;
		at += length;
	}
	if (m->oddity == EMPTY_PIECE)
		add_chunk(to, "IDAT", "", 0);
}

static void add_rest(struct text *to, const struct made *m)
{
	static const uint8_t header[13] = {0, 0, 0, 1, 0, 0, 0, 1, 8};

	if (below(2))
		add_chunk(to, "tEXt", "Comment\0late", 12);
	if (m->oddity == LATE_CRC) {
		add_chunk(to, below(2) ? "tEXt" : "eXIf", "Comment\0late", 12);
		to->bytes[to->size - 1] ^= 1;
	}
	if (m->oddity == LATE_HEADER)
		add_chunk(to, "IHDR", header, 13);
	if (m->oddity == LATE_NAME)
		add_chunk(to, "a b1", "", 0);
	if (m->oddity == LATE_CRITICAL)
		add_chunk(to, below(2) ? "PLTE" : "ABCD", "abc", 3);
	if (m->oddity != NO_END)
		add_chunk(to, "IEND", "x", m->oddity == END_LENGTH);
	if (m->oddity == TRAILING)
		add_chunk(to, "more", "", 0);
}

static void make_file(struct text *to, struct made *m)
{
	static const uint8_t color_types[] = {0, 4, 2, 6, 3}, pixel_sizes[] = {1, 2, 3, 4, 1};
	static const uint8_t signature[] = {137, 'P', 'N', 'G', 13, 10, 26, 10};
	uint8_t header[13] = {0}, palette[768], alpha[256];
	uint32_t type = below(5);

	m->color_type = color_types[type];
	m->bpp = pixel_sizes[type];
	m->width = 1 + below(below(4) ? 40 : 200);
	m->height = 1 + below(50);
	m->colors = 1 + below(255);
	put32(header, m->width);
	put32(header + 4, m->height);
	header[8] = 8;
	header[9] = m->color_type;
	memcpy(to->bytes, signature, sizeof signature);
	to->size = sizeof signature;
	add_chunk(to, "IHDR", header, sizeof header);
	for (unsigned i = 0; i < sizeof palette; i++)
		palette[i] = alpha[i & 255] = (uint8_t)below(256);
	if (m->color_type == PNG_COLOR_TYPE_PALETTE)
		add_chunk(to, "PLTE", palette, m->colors * 3);
	if (m->color_type == PNG_COLOR_TYPE_PALETTE && below(2))
		add_chunk(to, "tRNS", alpha, 1 + below(m->colors));
	else if (!(m->color_type & 5) && below(4) == 0) /* a transparent grey or colour */
		add_chunk(to, "tRNS", "\0\3\0\1\0\2", m->color_type ? 6 : 2);
	add_data(to, m);
	add_rest(to, m);
}

static void test_made_files(void **unused)
{
	static struct text text;
	unsigned shorter[ODDITIES] = {0}, all[ODDITIES] = {0};

	(void)unused;
	for (unsigned i = 0; i < MADE; i++) {
		struct made made = {.oddity = i & 1 ? (enum oddity)below(ODDITIES) : NOTHING};
		struct file view = {text.bytes, 0}, file;
		char name[80];

		make_file(&text, &made);
		view.size = text.size;
		file = kit_cut(&view, text.size);
		snprintf(name, sizeof name, "file %u, oddity %d, %u x %u, type %u", i,
			(int)made.oddity, made.width, made.height, made.color_type);
		all[made.oddity]++;
		shorter[made.oddity] += goes_the_short_way(&file);
		compare(&file, name);
		free(file.data);
	}
	/* Most of the good ones must, or nothing was tested; the rest has a colour that is transparent. */
	assert_true(shorter[NOTHING] > all[NOTHING] * 3 / 4);
	assert_true(shorter[FILTER] + shorter[SHORT] + shorter[LONG] + shorter[SURPLUS] +
			shorter[ADLER] ==
		0);
	assert_true(shorter[DATA_CRC] < all[DATA_CRC] && shorter[END_LENGTH] == 0);
}

static struct file read_whole_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct file file = {0};
	struct stat st;

	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	file.size = (size_t)st.st_size;
	file.data = malloc(file.size + 1);
	assert_int_equal(fread(file.data, 1, file.size, in), file.size);
	fclose(in);
	return file;
}

/* All PNGs below a folder, each given to visit(). */
static unsigned walk(const char *folder, void (*visit)(const struct file *file, const char *path))
{
	struct dirent **names;
	int count = scandir(folder, &names, NULL, alphasort);
	unsigned seen = 0;

	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat st;
		bool folder_inside;

		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && !stat(path, &st)) {
			folder_inside = S_ISDIR(st.st_mode);
			if (folder_inside) {
				seen += walk(path, visit);
			} else {
				struct file file = read_whole_file(path);

				if (png->probe(file.data, file.size)) {
					visit(&file, path);
					seen++;
				}
				free(file.data);
			}
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return seen;
}

static const char *corpus(const char *inside)
{
	static char path[4096];
	const char *root = getenv("IMGBATCH_CORPUS");

	if (!root || !*root) {
		print_message("IMGBATCH_CORPUS is not set\n");
		return NULL;
	}
	snprintf(path, sizeof path, "%s/%s", root, inside);
	return path;
}

static void test_files_as_they_are(void **unused)
{
	(void)unused;
	if (!walk(TEST_TESTDATA, compare))
		print_message("no test data: tools/make-testdata makes them\n");
	if (corpus("pngsuite")) {
		assert_true(walk(corpus("pngsuite"), compare) > 0);
		assert_true(walk(corpus("photos-png"), compare) > 0);
	}
}

static unsigned mutations_left;

/* Bits flipped, bytes moved, the end cut off; now and then a right checksum around the damage. */
static void mutate(struct file *file)
{
	for (uint32_t n = 1 + below(3); n; n--) {
		size_t at = 8 + below((uint32_t)file->size - 8), chunk = 8, next;

		file->data[at] = below(2) ? file->data[at] ^ (uint8_t)(1 << below(8))
					  : (uint8_t)below(256);
		if (below(2))
			continue;
		for (; chunk + 12 <= file->size; chunk = next) {
			const uint8_t *c = file->data + chunk;
			uint64_t length = (uint64_t)c[0] << 24 | c[1] << 16 | c[2] << 8 | c[3];

			if (length > file->size - chunk - 12)
				break;
			next = chunk + 12 + length;
			if (at >= chunk + 4 && at < next)
				put32(file->data + next - 4,
					(uint32_t)crc32(0, c + 4, (uInt)length + 4));
		}
	}
	if (below(8) == 0)
		file->size = 8 + below((uint32_t)file->size - 8);
}

static void visit_mutated(const struct file *file, const char *path)
{
	if (file->size > MUTATED_MAX || file->size < 64)
		return;
	for (int i = 0; i < 12 && mutations_left; i++, mutations_left--) {
		struct file odd = kit_cut(file, file->size), exact;
		char name[4200];

		mutate(&odd);
		exact = kit_cut(&odd, odd.size);
		snprintf(name, sizeof name, "%s, mutation %u", path, mutations_left);
		compare(&exact, name);
		free(odd.data);
		free(exact.data);
	}
}

static void test_mutated_files(void **unused)
{
	static struct text text;

	(void)unused;
	mutations_left = MUTATIONS;
	walk(TEST_TESTDATA, visit_mutated);
	if (mutations_left && corpus("pngsuite"))
		walk(corpus("pngsuite"), visit_mutated);
	while (mutations_left) {
		struct made made = {.oddity = NOTHING};

		make_file(&text, &made);
		visit_mutated(&(struct file){text.bytes, text.size}, "a made file");
	}
}

/* What a caller does with a strip that it has got is its own business. */
static void test_strips_may_be_reused(void **unused)
{
	struct image picture = kit_picture(61, 47, 3, SAMPLE_U8);
	struct file file = kit_encode(png, &picture, NULL, NULL);
	struct image strip = kit_image(61, 5, 3, SAMPLE_U8);
	struct codec_request request = {.rect = {7, 3, 20, 44}, .scale = 8};
	struct codec_delivery delivery;
	struct codec_facts facts;
	uint32_t warnings = 0, got, y = 3;

	(void)unused;
	assert_int_equal(png->header(short_way, file.data, file.size, &codec_default_limits, &facts,
				 &warnings, NULL),
		0);
	assert_int_equal(png->start(short_way, &request, &delivery, NULL), 0);
	assert_non_null(png_decoder_of(short_way)->inflated.rows);
	for (; y < 47; y += got) {
		memset(strip.data, 0xa5, strip.stride * 5);
		assert_int_equal(png->rows(short_way, &strip, &got, NULL), 0);
		assert_true(got > 0);
		assert_memory_equal(strip.data, image_row(&picture, y), got * strip.stride);
	}
	assert_int_equal(png->finish(short_way, NULL), 0);
	free(strip.data);
	free(file.data);
	free(picture.data);
}

static void test_every_instruction_set_decodes_alike(void **unused)
{
	const struct kernels *chosen = kernels();

	(void)unused;
	for (size_t k = 0; k < kernel_set_count; k++) {
		if (kernel_sets[k]->runs && !kernel_sets[k]->runs())
			continue;
		kernels_force(kernel_sets[k]);
		for (uint8_t channels = 1; channels <= 4; channels++) {
			struct image picture = kit_picture(83, 40, channels, SAMPLE_U8);
			struct file file = kit_encode(png, &picture, NULL, NULL);
			struct decoded back = kit_decode_on(png, short_way, &file, NULL, NULL);

			assert_int_equal(back.code, 0);
			assert_true(kit_same(&back.image, &picture));
			free(back.image.data);
			free(file.data);
			free(picture.data);
		}
	}
	kernels_force(chosen);
}

/* The estimate counts what inflating takes, and only where it is done. */
static void test_estimates_count_the_inflated_image(void **unused)
{
	struct image picture = kit_picture(500, 400, 3, SAMPLE_U8);
	struct file file = kit_encode(png, &picture, NULL, NULL);
	struct codec_request request = {.rect = {0, 0, 500, 400}, .scale = 8};
	struct codec_facts facts;
	uint32_t warnings = 0;

	(void)unused;
	assert_int_equal(png->header(short_way, file.data, file.size, &codec_default_limits, &facts,
				 &warnings, NULL),
		0);
	assert_in_range(facts.packed, 1000, file.size);
	assert_true(png->decode_estimate(&facts, &request) >=
		shape_bytes(&picture.shape) + 400 + facts.packed);
	facts.shape.width = facts.shape.height = 9000; /* this much libpng reads row by row */
	assert_true(png->decode_estimate(&facts, &request) < 1 << 20);
	free(file.data);
	free(picture.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_files),
		cmocka_unit_test(test_files_as_they_are),
		cmocka_unit_test(test_mutated_files),
		cmocka_unit_test(test_strips_may_be_reused),
		cmocka_unit_test(test_every_instruction_set_decodes_alike),
		cmocka_unit_test(test_estimates_count_the_inflated_image),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
