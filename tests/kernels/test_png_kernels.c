/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: every variant of PNG's filters agrees with the specification's words, for every pixel size, odd widths
 * and any alignment, in place too; and touches nothing outside its rows, which end and begin at guard pages.
 */
#include "kernels/dispatch.h"
#include "kernels/png_predict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE_MAX_TESTED = 400, ROOM = 4096, PAGES = 6 };

/* The specification's pseudocode, section 9.4, word by word. */
static unsigned paeth_as_specified(unsigned a, unsigned b, unsigned c)
{
	int p = (int)a + (int)b - (int)c;
	int pa = abs(p - (int)a), pb = abs(p - (int)b), pc = abs(p - (int)c);

	if (pa <= pb && pa <= pc)
		return a;
	return pb <= pc ? b : c;
}

static unsigned predict_as_specified(int type, unsigned a, unsigned b, unsigned c)
{
	const unsigned predictions[PNG_FILTERS] = {
		0, a, b, (a + b) / 2, paeth_as_specified(a, b, c)};

	return predictions[type];
}

/* One page between two that nobody may touch. */
static uint8_t *guarded(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_READ | PROT_WRITE), 0);
	return pages + page;
}

static void unguard(uint8_t *at)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(at - page, 3 * page);
}

struct rows {
	uint8_t *page[PAGES]; /* row, prior, filtered, back; of four: prior, filtered, back */
};

/* A row at the page's beginning, or at its end. */
static uint8_t *place(uint8_t *page, size_t size, int end)
{
	return end ? page + ROOM - size : page;
}

/* Noise, or values that are near each other as a photo's are, or few values that make Paeth's ties. */
static void fill(uint8_t *row, size_t size, int kind)
{
	static uint8_t last;

	for (size_t i = 0; i < size; i++) {
		unsigned r = (unsigned)rand() >> 8;

		last = (uint8_t)(kind == 0 ? r : kind == 1 ? last + r % 7 - 3 : (r & 3) * 85);
		row[i] = last;
	}
}

static void check_size(const struct png_kernels *png, const struct rows *rows, size_t size,
	unsigned bpp, int round)
{
	uint8_t *row = place(rows->page[0], size, round & 1),
		*prior = place(rows->page[1], size, round & 1);
	uint8_t *filtered = place(rows->page[2], size, round & 1),
		*back = place(rows->page[3], size, round & 1);
	uint64_t sums[PNG_FILTERS];

	fill(row, size, round / 2 % 3);
	fill(prior, size, round / 2 % 3);
	png->score(row, prior, size, bpp, sums);
	for (int type = PNG_NONE; type < PNG_FILTERS; type++) {
		uint64_t sum = 0;

		png->filter(type, row, prior, size, bpp, filtered);
		for (size_t i = 0; i < size; i++) {
			unsigned a = i < bpp ? 0 : row[i - bpp], c = i < bpp ? 0 : prior[i - bpp];
			uint8_t want = (uint8_t)(row[i] -
				predict_as_specified(type, a, prior[i], c));

			if (filtered[i] != want)
				fail_msg("%s: filter %d, %zu bytes by %u, at %zu: %u, not %u",
					png->name, type, size, bpp, i, filtered[i], want);
			sum += (uint64_t)abs((int8_t)want);
		}
		assert_int_equal(sums[type], sum);
		png->unfilter(type, filtered, prior, size, bpp, back);
		assert_memory_equal(back, row, size);
		png->unfilter(type, filtered, prior, size, bpp, filtered);
		assert_memory_equal(filtered, row, size);
	}
}

/* Rows below each other, of any filters: the first apart or in place, the others in place. */
static void check_four(const struct png_kernels *png, const struct rows *rows, size_t size,
	unsigned bpp, int round)
{
	static uint8_t want[PNG_TOGETHER][ROOM];
	const uint8_t *prior = place(rows->page[0], size, round & 1), *above = prior;
	uint8_t *filtered[PNG_TOGETHER], *back[PNG_TOGETHER], types[PNG_TOGETHER];

	fill(place(rows->page[0], size, round & 1), size, round / 2 % 3);
	for (int i = 0; i < PNG_TOGETHER; i++) {
		filtered[i] = place(rows->page[1 + i], size, round & 1);
		back[i] = i || round & 1 ? filtered[i] : place(rows->page[5], size, round & 1);
		types[i] = (uint8_t)((rand() >> 8) % 3 ? PNG_PAETH : (rand() >> 8) % PNG_FILTERS);
		fill(want[i], size, round / 2 % 3);
		png_kernels_c.filter(types[i], want[i], above, size, bpp, filtered[i]);
		above = want[i];
	}
	png->unfilter_four(types, (const uint8_t *const *)filtered, prior, size, bpp, back);
	for (int i = 0; i < PNG_TOGETHER; i++)
		if (memcmp(back[i], want[i], size) != 0)
			fail_msg("%s: row %d of filters %d %d %d %d, %zu bytes by %u", png->name, i,
				types[0], types[1], types[2], types[3], size, bpp);
}

static void test_every_variant_agrees(void **state)
{
	struct rows rows;

	(void)state;
	srand(11);
	for (int i = 0; i < PAGES; i++)
		rows.page[i] = guarded();
	for (size_t k = 0; k < kernel_set_count; k++) {
		if (kernel_sets[k]->runs && !kernel_sets[k]->runs())
			continue;
		for (unsigned bpp = 1; bpp <= 8; bpp++)
			for (size_t size = bpp; size <= SIZE_MAX_TESTED; size += bpp)
				for (int round = 0; round < 6; round++) {
					check_size(kernel_sets[k]->png, &rows, size, bpp, round);
					check_four(kernel_sets[k]->png, &rows, size, bpp, round);
				}
	}
	for (int i = 0; i < PAGES; i++)
		unguard(rows.page[i]);
}

static void test_paeth_of_any_three(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1u << 24; i++) {
		unsigned a = i & 255, b = i >> 8 & 255, c = i >> 16;

		if (png_paeth(a, b, c) != paeth_as_specified(a, b, c))
			fail_msg("Paeth of %u, %u, %u", a, b, c);
	}
}

enum { PAIR = 8, PAIRS = 65536 * PAIR }; /* two pixels of four bytes for each a and b */

/* Of each pair the second pixel is what is asked: a before it, b above it, c above a. */
static void fill_pairs(uint8_t *row, uint8_t *prior, unsigned c)
{
	for (unsigned i = 0; i < 65536; i++) {
		memset(row + PAIR * i, (int)(i & 255), 4);
		memset(row + PAIR * i + 4, (int)(i * 7 & 255), 4);
		memset(prior + PAIR * i, (int)c, 4);
		memset(prior + PAIR * i + 4, (int)(i >> 8), 4);
	}
}

static void test_paeth_of_any_three_in_every_variant(void **state)
{
	static uint8_t row[PAIRS], prior[PAIRS], want[PAIRS], got[PAIRS];

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		fill_pairs(row, prior, c);
		png_kernels_c.filter(PNG_PAETH, row, prior, PAIRS, 4, want);
		for (size_t k = 1; k < kernel_set_count; k++) {
			const struct png_kernels *png = kernel_sets[k]->png;

			if (png == kernel_sets[k - 1]->png ||
				(kernel_sets[k]->runs && !kernel_sets[k]->runs()))
				continue;
			png->filter(PNG_PAETH, row, prior, PAIRS, 4, got);
			assert_memory_equal(got, want, PAIRS);
			png->unfilter(PNG_PAETH, want, prior, PAIRS, 4, got);
			assert_memory_equal(got, row, PAIRS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_variant_agrees),
		cmocka_unit_test(test_paeth_of_any_three),
		cmocka_unit_test(test_paeth_of_any_three_in_every_variant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
