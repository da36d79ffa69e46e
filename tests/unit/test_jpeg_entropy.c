/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: our entropy decoding cannot be told from libjpeg-turbo's. Pixels, warnings, errors, rows and where the source
 * stands are compared, at every scale, with grey output, with rows skipped and columns cut, by every instruction set: on the
 * test pictures and the corpus, where there is one, and on mutations of files, also in several threads at once.
 *
 * IMGBATCH_ENTROPY_MUTATIONS says how many (default 4000; 400 under TSan), IMGBATCH_TEST_SEED which. Sanitizers look at a
 * part of the corpus: it takes them minutes, and what they can find in well-formed files they find in few of them.
 */
#include "codec_kit.h"
#include "entropy_files.h"
#include "entropy_hand.h"
#include "entropy_kit.h"

#include "kernels/dispatch.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>

#if defined(__SANITIZE_THREAD__)
enum { MUTATIONS = 400, CORPUS_STEP = 64 };
#elif defined(__SANITIZE_ADDRESS__)
enum { MUTATIONS = 4000, CORPUS_STEP = 8 };
#else
enum { MUTATIONS = 4000, CORPUS_STEP = 1 };
#endif

static const struct codec *const jpeg = &codec_jpeg;
static struct entropy_kit stock, ours;
static unsigned compared, taken, fell_back, decoded;
static unsigned seen, step; /* files of a tree; every how many of them is looked at */

static int setup(void **unused)
{
	ours.entropy = jpeg_entropy_new(entropy_transforms());
	return ours.entropy ? seed_setup(unused) : -1;
}

static int teardown(void **unused)
{
	(void)unused;
	entropy_kit_free(&ours);
	entropy_kit_free(&stock);
	return 0;
}

static void compare(const char *name, const struct file *file, const struct entropy_way *way)
{
	struct entropy_result want, got;
	const char *what;

	entropy_kit_decode(&stock, file->data, file->size, way, &want);
	entropy_kit_decode(&ours, file->data, file->size, way, &got);
	compared++;
	taken += got.ours;
	decoded += !want.error;
	fell_back += got.ours && jpeg_entropy_fell_back(ours.entropy);
	what = entropy_kit_difference(&want, &got);
	if (what)
		fail_msg("%s: other %s (%s) at %u of 8, grey %d, skip %u, columns %u+%u, %u rows: "
			 "error %d/%d rows %u/%u left %zu/%zu",
			name, what, kernels()->name, way->eighths, way->grey, way->skip, way->left,
			way->width, way->rows, want.error, got.error, want.done, got.done,
			want.left, got.left);
}

/* All ways that take different code. */
static void compare_all(const char *name, const struct file *file)
{
	static const struct entropy_way ways[] = {{.eighths = 8}, {.eighths = 4}, {.eighths = 2},
		{.eighths = 1}, {.eighths = 3}, {.eighths = 8, .grey = true},
		{.eighths = 8, .skip = 40}, {.eighths = 8, .left = 40, .width = 30},
		{.eighths = 4, .left = 70, .width = 50, .skip = 17},
		{.eighths = 8, .skip = 9, .rows = 20}};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		compare(name, file, &ways[i]);
}

static struct file read_file(const char *path)
{
	FILE *stream = fopen(path, "rb");
	struct file file = {.data = NULL};
	long size;

	if (!stream)
		return file;
	fseek(stream, 0, SEEK_END);
	size = ftell(stream);
	rewind(stream);
	file.data = malloc(size > 0 ? (size_t)size : 1);
	file.size = fread(file.data, 1, (size_t)size, stream);
	fclose(stream);
	return file;
}

static int visit(const char *path, const struct stat *status, int kind)
{
	struct file file;

	if (kind != FTW_F || !S_ISREG(status->st_mode) || seen++ % step)
		return 0;
	file = read_file(path);
	if (file.data && jpeg->probe(file.data, file.size))
		compare_all(path, &file);
	free(file.data);
	return 0;
}

static void compare_tree(const char *path, unsigned every)
{
	compared = taken = fell_back = seen = 0;
	step = every;
	assert_int_equal(ftw(path, visit, 16), 0);
	print_message("%s, %s: %u decodes alike, %u of them ours, %u fell back\n", kernels()->name,
		path, compared, taken, fell_back);
	assert_true(taken > 0);
}

static void test_pictures(void **unused)
{
	const struct kernels *usual = kernels();
	const struct kernels *last = NULL;

	(void)unused;
	for (size_t i = 0; i < kernel_set_count; i++) {
		const struct kernels *set = kernel_sets[i];

		if ((last && set->huffman == last->huffman && set->idct == last->idct) ||
			(set->runs && !set->runs()))
			continue;
		last = set;
		kernels_force(set);
		compare_tree(TEST_TESTDATA, 1);
	}
	kernels_force(usual);
}

static void test_corpus(void **unused)
{
	const char *path = getenv("IMGBATCH_CORPUS");

	(void)unused;
	if (!path) {
		print_message("IMGBATCH_CORPUS is not set: skipped\n");
		skip();
	}
	compare_tree(path, CORPUS_STEP);
}

/* -- mutations -- */

static void random_way(struct entropy_way *way)
{
	static const unsigned scales[] = {8, 8, 8, 4, 2, 1, 5, 7};

	*way = (struct entropy_way){.eighths = scales[below(8)], .grey = !below(6)};
	if (!below(4))
		way->skip = 1 + below(40);
	if (!below(4))
		way->rows = 1 + below(30);
	if (!below(4)) {
		way->left = below(40);
		way->width = 1 + below(40);
	}
}

static void test_mutations(void **unused)
{
	const char *text = getenv("IMGBATCH_ENTROPY_MUTATIONS");
	unsigned count = text ? (unsigned)strtoul(text, NULL, 10) : MUTATIONS;
	const struct kernels *usual = kernels();
	struct file files[KINDS];
	size_t data[KINDS];

	(void)unused;
	for (unsigned i = 0; i < KINDS; i++) {
		files[i] = make_file(i);
		data[i] = data_at(&files[i]);
	}
	compared = taken = fell_back = 0;
	for (unsigned i = 0; i < count; i++) {
		struct file file = mutate(&files[i % KINDS], data[i % KINDS]);
		struct entropy_way way;
		char name[40];

		while (!below(3) && file.size > 300) {
			struct file more = mutate(&file, data[i % KINDS]);

			free(file.data);
			file = more;
		}
		random_way(&way);
		snprintf(name, sizeof name, "mutation %u", i);
		kernels_force(i & KINDS ? usual : &kernels_c);
		compare(name, &file, &way);
		free(file.data);
	}
	kernels_force(usual);
	for (unsigned i = 0; i < KINDS; i++) {
		compare_all("unchanged", &files[i]);
		free(files[i].data);
	}
	print_message(
		"%u mutations alike, %u of them ours, %u fell back\n", compared, taken, fell_back);
	assert_true(taken > count / 2 && fell_back > count / 8);
}

/* -- by hand -- */

/* All sets, and each decode begins as ours; whether it ends so, too. */
static void compare_hand(const char *name, struct hand *hand, bool falls_back)
{
	const struct kernels *usual = kernels();
	struct file file = hand_end(hand);

	for (size_t i = 0; i < kernel_set_count; i++) {
		if (kernel_sets[i]->runs && !kernel_sets[i]->runs())
			continue;
		kernels_force(kernel_sets[i]);
		compared = taken = fell_back = 0;
		compare_all(name, &file);
		assert_int_equal(taken, compared);
		assert_int_equal(fell_back, falls_back ? compared : 0);
	}
	kernels_force(usual);
	free(file.data);
}

static void test_hand_written_files_are_taken(void **unused)
{
	struct hand hand = hand_begin(2, 1);

	(void)unused;
	hand_scan(&hand, "00 00 00");
	hand_bits(&hand, "0");
	hand_hex(&hand, "ffd0");
	hand_bits(&hand, "0");
	hand_codes(&hand, "03 00");
	hand_scan(&hand, "01 3f 02");
	hand_bits(&hand, "0 110 10"); /* 6, and no more */
	hand_hex(&hand, "ffd0");
	hand_bits(&hand, "0 101 0 001 10");
	hand_codes(&hand, "01 00");
	hand_scan(&hand, "01 3f 21");
	hand_bits(&hand, "0 1 1 10"); /* a new one behind that, which gets its bit before */
	hand_hex(&hand, "ffd0");
	hand_bits(&hand, "10 1 0");
	compare_hand("by hand", &hand, false);
}

/* A value whose 16 bits are all zero where it stands: what refines it takes it for none. */
static void test_values_of_more_than_16_bits(void **unused)
{
	struct hand hand = hand_begin(1, 0);

	(void)unused;
	hand_scan(&hand, "00 00 00");
	hand_bits(&hand, "0");
	hand_codes(&hand, "0f 00");
	hand_scan(&hand, "01 3f 02");
	hand_bits(&hand, "0 100000000000000 10"); /* 1 << 14, two bits up */
	hand_codes(&hand, "01 00");
	hand_scan(&hand, "01 3f 21");
	hand_bits(&hand, "10"); /* nothing new, and no bit for that one */
	compare_hand("a value of 17 bits", &hand, true);
}

/* Blocks in which nothing comes, more of them than the interval has: the next one begins anew, and has no data here. */
static void test_runs_end_with_their_interval(void **unused)
{
	struct hand hand = hand_begin(2, 1);

	(void)unused;
	hand_scan(&hand, "00 00 00");
	hand_bits(&hand, "0");
	hand_hex(&hand, "ffd0");
	hand_bits(&hand, "0");
	hand_codes(&hand, "01 10");
	hand_scan(&hand, "01 3f 00");
	hand_bits(&hand, "10 1"); /* three of them */
	hand_hex(&hand, "ffd0");
	compare_hand("a run over a marker", &hand, true);
}

/* -- threads -- */

enum { THREADS = 4, SHARED = 96 };

/* What all threads decode, and what one of them found: how it differs from stock, or NULL. */
struct decodes {
	const struct file *files;
	const struct entropy_way *ways;
	const char *wrong;
	unsigned fell_back;
};

static void *decode_all(void *argument)
{
	struct entropy_kit theirs = {.entropy = NULL},
			   mine = {.entropy = jpeg_entropy_new(entropy_transforms())};
	struct decodes *d = argument;

	for (unsigned i = 0; i < SHARED; i++) {
		struct entropy_result want, got;
		const char *what;

		entropy_kit_decode(&theirs, d->files[i].data, d->files[i].size, &d->ways[i], &want);
		entropy_kit_decode(&mine, d->files[i].data, d->files[i].size, &d->ways[i], &got);
		what = entropy_kit_difference(&want, &got);
		if (what)
			d->wrong = what;
		d->fell_back += got.ours && jpeg_entropy_fell_back(mine.entropy);
	}
	entropy_kit_free(&mine);
	entropy_kit_free(&theirs);
	return NULL;
}

/* Decoders of several threads over the same broken files: each falls back by itself, and none knows of the others. */
static void test_threads(void **unused)
{
	struct file files[SHARED];
	struct entropy_way ways[SHARED];
	struct decodes decodes[THREADS];
	pthread_t threads[THREADS];

	(void)unused;
	for (unsigned i = 0; i < SHARED; i++) {
		struct file file = make_file(i);

		files[i] = mutate(&file, data_at(&file));
		random_way(&ways[i]);
		free(file.data);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		decodes[i] = (struct decodes){.files = files, .ways = ways};
		assert_int_equal(pthread_create(&threads[i], NULL, decode_all, &decodes[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		if (decodes[i].wrong)
			fail_msg("other %s in a thread", decodes[i].wrong);
		assert_true(decodes[i].fell_back > SHARED / 8);
	}
	for (unsigned i = 0; i < SHARED; i++)
		free(files[i].data);
}

/* Whose data are too little to pay for tables gets none, until enough of it has come; other tables begin anew. */
static void test_tables_are_made_when_they_pay(void **unused)
{
	struct entropy_kit lazy = {.entropy = jpeg_entropy_new(entropy_transforms()), .lazy = true};
	struct file usual = make_file(0), own = make_file(3);
	struct entropy_way way = {.eighths = 8};
	struct entropy_result result;
	unsigned before = 0;

	(void)unused;
	assert_non_null(lazy.entropy);
	do {
		entropy_kit_decode(&lazy, usual.data, usual.size, &way, &result);
	} while (!result.ours && ++before < 100);
	assert_in_range(before, 1, 20);
	entropy_kit_decode(&lazy, own.data, own.size, &way, &result);
	assert_false(result.ours);
	entropy_kit_decode(&lazy, usual.data, usual.size, &way, &result);
	assert_true(result.ours);
	entropy_kit_free(&lazy);
	free(usual.data);
	free(own.data);
}

/*
 * A lossless image of 16 x 16, grey: its differences, +1 and -1 in turn, are coded by the one table; another one is there as if it
 * had coefficients. libjpeg-turbo decodes it since 3.0, through the same pointer to an entropy decoder.
 */
static void test_lossless_is_the_librarys(void **unused)
{
	enum { DATA = 96 };
	static const uint8_t head[] = {0xff, 0xd8, 0xff, 0xc4, 0, 22, 0x00, 0, 3, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xc3, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0, 0xff,
		0xda, 0, 8, 1, 1, 0x00, 1, 0, 0};
	static const uint8_t differences[] = {0x69, 0xa6, 0x9a}, end[] = {0xff, 0xd9};
	uint8_t bytes[sizeof head + DATA + sizeof end];
	struct file file = {.data = bytes, .size = sizeof bytes};

	(void)unused;
	memcpy(bytes, head, sizeof head);
	for (size_t i = 0; i < DATA; i++)
		bytes[sizeof head + i] = differences[i % sizeof differences];
	memcpy(bytes + sizeof head + DATA, end, sizeof end);
	compared = taken = decoded = 0;
	compare_all("lossless", &file);
	print_message("%u lossless alike, %u of them decoded\n", compared, decoded);
	assert_int_equal(taken, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_hand_written_files_are_taken),
		cmocka_unit_test(test_values_of_more_than_16_bits),
		cmocka_unit_test(test_runs_end_with_their_interval),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_tables_are_made_when_they_pay),
		cmocka_unit_test(test_lossless_is_the_librarys),
	};

	if (jpeg_entropy_missing()) {
		print_message("skipped: %s\n", jpeg_entropy_missing());
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
