/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: every set of kernels for values, tables and moves makes portable C's bytes, for every channel count and odd widths,
 * apart and in place, and touches nothing outside its rows, which end and begin at guard pages.
 */
#include "kernels/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { WIDTH_MAX = 140, ROOM = 4096 };

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

/* One case: rows at their pages' beginnings or ends. */
struct work {
	const struct kernels *set;
	uint8_t *rows[3], *to;
	size_t pixels;
	int channels;
	float factor;
	uint8_t shift;
	uint8_t table[3][256];
};

typedef void kernel_fn(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to);

static void one(const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->lut->one(to, from, w->pixels, w->channels, w->table[0]);
}

static void each(const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->lut->each(to, from, w->pixels, w->channels, (const uint8_t(*)[256])w->table);
}

static void saturate(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->values_u8->saturate(to, from, w->pixels, w->channels, w->factor);
}

static void mix(const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	static const int16_t coefficient[3][3] = {
		{12878, 25199, 6193}, {32767, 32767, 32767}, {0, 1, 16384}};

	set->values_u8->mix(to, from, w->pixels, w->channels, coefficient);
}

static void reorder(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	const uint8_t order[3] = {w->shift % 3, w->shift / 3 % 3, w->shift / 9 % 3};

	set->values_u8->reorder(to, from, w->pixels, w->channels, order);
}

static void turn_hue(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->values_u8->turn_hue(to, from, w->pixels, w->channels, w->shift);
}

static void sharpen(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	const void *rows[3] = {w->rows[1], from, w->rows[2]};

	set->values_u8->sharpen(to, rows, w->pixels, w->channels, w->factor);
}

static void grey(const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->values_u8->grey(to, w->channels, from, w->pixels, w->channels);
}

static void grey_alone(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	size_t fewer = w->pixels *
		2; /* bytes less than in the row: at the page's end all the same */

	set->values_u8->grey(to + fewer, w->channels - 2, from, w->pixels, w->channels);
	memset(to, 0, fewer);
}

static void mirror(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	set->move->mirror(to, from, w->pixels, (size_t)w->channels);
}

/* The row as an image of some rows, turned upside down on the way. */
static void transpose(
	const struct kernels *set, const struct work *w, const uint8_t *from, uint8_t *to)
{
	size_t size = (size_t)w->channels, bytes = w->pixels * size;
	uint32_t rows = 1 + w->shift % 21, pixels = (uint32_t)w->pixels / rows;
	size_t used = (size_t)rows * pixels * size;
	ptrdiff_t stride = (ptrdiff_t)(pixels * size), other = (ptrdiff_t)(rows * size);

	memset(to, 0, bytes);
	if (pixels)
		set->move->transpose(to + bytes - used + other * (ptrdiff_t)(pixels - 1), -other,
			from + bytes - used, stride, rows, pixels, size);
}

static const struct kernel {
	const char *name;
	kernel_fn *run;
	int channels; /* at least */
	bool in_place;
} list[] = {
	{"one", one, 1, true},
	{"each", each, 3, true},
	{"mirror", mirror, 1, false},
	{"transpose", transpose, 1, false},
	{"grey", grey, 1, true},
	{"grey alone", grey_alone, 3, false},
	{"saturate", saturate, 3, true},
	{"mix", mix, 3, true},
	{"reorder", reorder, 3, true},
	{"turn_hue", turn_hue, 3, true},
	{"sharpen", sharpen, 1, false},
};

static void check(const struct kernel *kernel, const struct work *w)
{
	static uint8_t want[ROOM], kept[ROOM];
	size_t size = w->pixels * (size_t)w->channels;

	kernel->run(&kernels_c, w, w->rows[0], want);
	memset(w->to, 0xa5, size);
	kernel->run(w->set, w, w->rows[0], w->to);
	if (memcmp(w->to, want, size) != 0)
		fail_msg("%s of %s: %zu pixels of %d channels", kernel->name, w->set->name,
			w->pixels, w->channels);
	if (!kernel->in_place)
		return;
	memcpy(kept, w->rows[0], size);
	kernel->run(w->set, w, w->rows[0], w->rows[0]);
	if (memcmp(w->rows[0], want, size) != 0)
		fail_msg("%s of %s in place: %zu pixels of %d channels", kernel->name, w->set->name,
			w->pixels, w->channels);
	memcpy(w->rows[0], kept, size);
}

/* Noise, or few values: greys, ties between colours, extremes. */
static void fill(uint8_t *at, size_t size, int kind)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(kind ? (rand() >> 8) % 3 * 127 : rand() >> 8);
}

static void check_width(struct work *w, uint8_t *const page[4], int round)
{
	size_t size = w->pixels * (size_t)w->channels;
	size_t at = round & 1 ? ROOM - size : 0;

	for (int i = 0; i < 3; i++) {
		w->rows[i] = page[i] + at;
		fill(w->rows[i], size, round & 2);
	}
	w->to = page[3] + at;
	fill(&w->table[0][0], sizeof w->table, 0);
	w->factor = (float)(rand() % 400) / 100 - 1;
	w->shift = (uint8_t)rand();
	assert_int_equal(w->set->values_u8->grey_sum(w->rows[0], w->pixels, w->channels),
		values_u8_c.grey_sum(w->rows[0], w->pixels, w->channels));
	for (size_t k = 0; k < sizeof list / sizeof *list; k++)
		if (w->channels >= list[k].channels && (list[k].run != sharpen || w->pixels >= 3))
			check(&list[k], w);
}

static void test_every_set_agrees(void **state)
{
	uint8_t *page[4];
	struct work work;

	(void)state;
	for (int i = 0; i < 4; i++)
		page[i] = guarded();
	for (size_t s = 0; s < kernel_set_count; s++) {
		work.set = kernel_sets[s];
		if (work.set->runs && !work.set->runs())
			continue;
		for (work.channels = 1; work.channels <= 4; work.channels++)
			for (work.pixels = 1; work.pixels <= WIDTH_MAX; work.pixels++)
				for (int round = 0; round < 4; round++)
					check_width(&work, page, round);
	}
	for (int i = 0; i < 4; i++)
		unguard(page[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_set_agrees)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
