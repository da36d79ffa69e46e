/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: the orientation is read and reset in either byte order, in place, and nothing in an EXIF block can
 * make either read or write outside it.
 */
#include "codec_kit.h"

#include "codec/exif.h"

/* IFD0 with a maker's name, an orientation (SHORT or LONG), and another orientation behind it. */
static struct file block(bool big_endian, int orientation, bool as_long)
{
	static const uint8_t little[] = "II*\0\10\0\0\0\3\0"
					"\17\1\2\0\4\0\0\0abc\0"
					"\22\1\3\0\1\0\0\0\0\0\0\0"
					"\22\1\3\0\1\0\0\0\10\0\0\0"
					"\0\0\0\0";
	static const uint8_t big[] = "MM\0*\0\0\0\10\0\3"
				     "\1\17\0\2\0\0\0\4abc\0"
				     "\1\22\0\3\0\0\0\1\0\0\0\0"
				     "\1\22\0\3\0\0\0\1\0\10\0\0"
				     "\0\0\0\0";
	struct file source = {(uint8_t *)(uintptr_t)(big_endian ? big : little), sizeof little - 1};
	struct file file = kit_cut(&source, source.size);

	if (as_long)
		file.data[big_endian ? 25 : 24] = 4;
	file.data[big_endian ? (as_long ? 33 : 31) : 30] = (uint8_t)orientation;
	return file;
}

static int orientation_of(const struct file *file)
{
	return exif_orientation((struct bytes){file->data, file->size});
}

static void test_every_orientation_is_read_and_reset(void **state)
{
	(void)state;
	for (int i = 0; i < 8 * 4; i++) {
		struct file file = block(i & 8, i % 8 + 1, i & 16);

		assert_true(exif_valid((struct bytes){file.data, file.size}));
		assert_int_equal(orientation_of(&file), i % 8 + 1);
		exif_set_orientation(file.data, file.size, 3);
		assert_int_equal(orientation_of(&file), 3);
		assert_memory_equal(file.data + 18, "abc", 4);
		/* The second entry too: readers differ in which one they believe. */
		assert_int_equal(file.data[42] | file.data[43], 3);
		free(file.data);
	}
}

static void test_nonsense_is_1(void **state)
{
	struct file file = block(false, 0, false);

	(void)state;
	assert_int_equal(orientation_of(&file), 1);
	file.data[30] = 9;
	assert_int_equal(orientation_of(&file), 1);
	file.data[0] = 'X';
	assert_int_equal(orientation_of(&file), 1);
	assert_false(exif_valid((struct bytes){file.data, file.size}));
	assert_int_equal(exif_orientation((struct bytes){NULL, 0}), 1);
	free(file.data);
}

/* Each block has exactly its bytes on the heap: sanitizers and valgrind see any step outside. */
static void test_no_block_leads_outside(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct file whole = block(i & 1, 6, i & 2), part;

		for (int n = 0; n < 3; n++) {
			random = random * 1664525 + 1013904223;
			whole.data[2 + (random >> 16) % (whole.size - 2)] = (uint8_t)(random >> 8);
		}
		part = kit_cut(&whole, (random >> 4) % (whole.size + 1));
		assert_in_range(orientation_of(&part), 1, 8);
		exif_set_orientation(part.data, part.size, 1);
		free(part.data);
		free(whole.data);
	}
}

static void test_minimal_block(void **state)
{
	uint8_t block[EXIF_MINIMAL];

	(void)state;
	for (int orientation = 1; orientation <= 8; orientation++) {
		exif_minimal(block, orientation);
		assert_true(exif_valid((struct bytes){block, sizeof block}));
		assert_int_equal(
			exif_orientation((struct bytes){block, sizeof block}), orientation);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal_block),
		cmocka_unit_test(test_every_orientation_is_read_and_reset),
		cmocka_unit_test(test_nonsense_is_1),
		cmocka_unit_test(test_no_block_leads_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
