/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing rows: every instruction set gives what portable C gives, bit by bit, on odd widths, right before a page
 * that must not be read; and portable C gives what a plain loop gives.
 */
#include "kernels/dispatch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../seed.h"

enum { PIXELS_MOST = 300, CHANNELS = 4, STEP = 3 };

/* A row that ends where nothing may be read. */
struct guarded {
	uint8_t *map, *end;
	size_t size;
};

static struct guarded guarded_new(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 4 * page;
	struct guarded g = {.size = size + page};

	g.map = mmap(NULL, g.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect(g.map + size, page, PROT_NONE), 0);
	g.end = g.map + size;
	return g;
}

/* b is a with some bytes changed, many or few. */
static void fill(uint8_t *a, uint8_t *b, size_t size, unsigned every)
{
	for (size_t i = 0; i < size; i++) {
		a[i] = (uint8_t)below(256);
		b[i] = below(every) ? a[i] : (uint8_t)below(256);
	}
}

static const struct compare_kernels *of(const struct kernels *set, bool deep)
{
	return deep ? set->compare_u16 : set->compare_u8;
}

static uint32_t level(const uint8_t *row, size_t i, bool deep)
{
	uint16_t wide;

	memcpy(&wide, row + 2 * i * deep, sizeof wide * deep);
	return deep ? wide : row[i];
}

static void check_past(const struct kernels *set, const uint8_t *a, const uint8_t *b, size_t pixels,
	unsigned channels, uint32_t limit, bool deep)
{
	size_t count = 0;

	for (size_t i = 0; i < pixels; i++) {
		bool past = false;

		for (unsigned c = 0; c < channels; c++) {
			int32_t d = (int32_t)level(a, i * channels + c, deep) -
				(int32_t)level(b, i * channels + c, deep);

			past = past || (uint32_t)abs(d) > limit;
		}
		count += past;
	}
	assert_int_equal(of(set, deep)->past(a, b, pixels, channels, limit), count);
}

static void check_sums(
	const struct kernels *set, const uint8_t *a, const uint8_t *b, size_t samples, bool deep)
{
	struct compare_sums sums = {3, 4, 5}, wanted = sums;

	for (size_t i = 0; i < samples; i++) {
		uint64_t d = (uint64_t)llabs(
			(int64_t)level(a, i, deep) - (int64_t)level(b, i, deep));

		wanted.absolute += d;
		wanted.squares += d * d;
		wanted.largest = d > wanted.largest ? (uint32_t)d : wanted.largest;
	}
	of(set, deep)->sums(a, b, samples, &sums);
	assert_memory_equal(&sums, &wanted, sizeof sums);
}

static void check_widths(const struct kernels *set, bool deep)
{
	struct guarded a = guarded_new(), b = guarded_new();
	static const unsigned every[] = {1, 7, 200};

	for (size_t pixels = 1; pixels <= PIXELS_MOST; pixels += 1 + pixels / 40)
		for (unsigned channels = 1; channels <= CHANNELS; channels++) {
			size_t size = pixels * channels << deep;
			uint8_t *x = a.end - size, *y = b.end - size;

			fill(x, y, size, every[pixels % 3]);
			check_past(set, x, y, pixels, channels, 0, deep);
			check_past(set, x, y, pixels, channels, deep ? 9000 : 37, deep);
			check_past(set, x, y, pixels, channels, deep ? 65535 : 255, deep);
			check_sums(set, x, y, pixels * channels, deep);
		}
	munmap(a.map, a.size);
	munmap(b.map, b.size);
}

static void counts_and_sums(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < kernel_set_count; i++) {
		if (kernel_sets[i]->runs && !kernel_sets[i]->runs())
			continue;
		check_widths(kernel_sets[i], false);
		check_widths(kernel_sets[i], true);
	}
}

/* A row of windows through both SSIM kernels. */
static void windows(const struct kernels *set, const uint8_t *a, const uint8_t *b, size_t samples,
	const struct ssim_window *window, bool deep, double *result)
{
	static double maps[SSIM_TAPS][SSIM_MAPS][PIXELS_MOST],
		line[SSIM_MAPS * (PIXELS_MOST + 10 * STEP)];
	const double *rows[SSIM_TAPS][SSIM_MAPS];

	for (uint32_t k = 0; k <= 2 * window->reach; k++) {
		double *to[SSIM_MAPS];

		for (int map = 0; map < SSIM_MAPS; map++) {
			to[map] = maps[k][map];
			rows[k][map] = to[map];
		}
		of(set, deep)->ssim_across(to, a, b, samples, STEP, window, line);
	}
	set->ssim_down(result, (const double *const(*)[SSIM_MAPS])rows, samples, window, 6.5, 58.5);
}

static void check_windows(const struct kernels *set, uint32_t reach, bool deep)
{
	struct ssim_window window = {.reach = reach};
	struct guarded a = guarded_new(), b = guarded_new();

	for (uint32_t k = 0; k <= reach; k++)
		window.weight[k] = 1.0 / (2 * reach + 1);
	for (size_t samples = 1; samples <= PIXELS_MOST; samples += 1 + samples / 9) {
		size_t size = (samples + 2 * reach * STEP) << deep;
		double wanted[PIXELS_MOST], found[PIXELS_MOST];

		fill(a.end - size, b.end - size, size, 2);
		windows(&kernels_c, a.end - size, b.end - size, samples, &window, deep, wanted);
		windows(set, a.end - size, b.end - size, samples, &window, deep, found);
		assert_memory_equal(found, wanted, samples * sizeof *found);
	}
	munmap(a.map, a.size);
	munmap(b.map, b.size);
}

static void ssim_is_the_same_everywhere(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < kernel_set_count; i++) {
		if (kernel_sets[i]->runs && !kernel_sets[i]->runs())
			continue;
		for (uint32_t reach = 0; reach <= SSIM_REACH; reach++) {
			check_windows(kernel_sets[i], reach, false);
			check_windows(kernel_sets[i], reach, true);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_sums),
		cmocka_unit_test(ssim_is_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
