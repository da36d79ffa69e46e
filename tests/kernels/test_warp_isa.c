/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends that every instruction set's warping gives portable C's bytes and reads nothing outside of the image. Places
 * are chosen to be hard: on edges, on fractions that make values whole numbers, and a last bit beside those; images are
 * noise, nearly flat, or extremes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../seed.h"

enum { SIDE_MAX = 40, ROUNDS = 6000 };

/* An image whose last byte is followed by an unreadable page, and whose first one by none before. */
struct source {
	unsigned char *map;
	size_t length;
	struct image image;
};

static void source_init(struct source *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
	struct shape *shape = &s->image.shape;

	*shape = (struct shape){1 + below(SIDE_MAX), 1 + below(SIDE_MAX), (uint8_t)(1 + below(4)),
		SAMPLE_U8, false};
	s->image.stride = shape_row_size(shape) + below(3) * 5;
	size = s->image.stride * (shape->height - 1) + shape_row_size(shape);
	s->length = (size + page - 1) / page * page + page;
	s->map = mmap(NULL, s->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(s->map != MAP_FAILED);
	assert_int_equal(mprotect(s->map + s->length - page, page, PROT_NONE), 0);
	s->image.data = s->map + s->length - page - size;
	for (size_t i = 0, kind = below(4), base = below(250); i < size; i++)
		((uint8_t *)s->image.data)[i] = (uint8_t)(kind == 0 ? below(256)
				: kind == 1                         ? base + below(4)
				: kind == 2                         ? 255 * below(2)
								    : base + below(9) / 8);
}

static double uniform(void)
{
	return (below(1u << 30) + below(1u << 22) * 0x1p-22) * 0x1p-30;
}

/* Within 0 .. size, the end not included. */
static double any_place(uint32_t size, unsigned kind)
{
	static const unsigned parts[] = {1, 2, 4, 5, 8, 10, 64, 128};
	unsigned n = parts[below(sizeof parts / sizeof *parts)];
	double at = uniform() * size;

	if (kind == 0)
		return at;
	at = floor(at) + below(n) / (double)n;
	if (kind == 2)
		at = nextafter(at, below(2) ? 0 : INFINITY);
	if (kind == 3)
		at += (uniform() - 0.5) * 1e-6;
	return at < 0 ? 0 : at < size ? at : nextafter(size, 0);
}

static void check_sample(const struct kernels *set, const struct source *s, int which)
{
	const struct warp_kernels *a = kernels_c.warp_u8, *b = set->warp_u8;
	warp_sample_fn *want = which == 0 ? a->nearest : which == 1 ? a->bilinear : a->bicubic;
	warp_sample_fn *have = which == 0 ? b->nearest : which == 1 ? b->bilinear : b->bicubic;
	unsigned count = 1 + below(WARP_BLOCK), kind_u = below(4), kind_v = below(4);
	size_t size = (size_t)count * s->image.shape.channels;
	uint8_t first[WARP_BLOCK * 4 + 1], second[WARP_BLOCK * 4 + 1];
	struct warp_places places;

	for (unsigned i = 0; i < count; i++) {
		places.u[i] = any_place(s->image.shape.width, kind_u);
		places.v[i] = any_place(s->image.shape.height, kind_v);
	}
	memset(first, 7, sizeof first);
	memset(second, 7, sizeof second);
	want(first, &s->image, places.u, places.v, count);
	have(second, &s->image, places.u, places.v, count);
	for (size_t i = 0; i < size; i++)
		if (first[i] != second[i])
			fail_msg("%s, %d: sample %zu of %u pixels: %u, not %u", set->name, which, i,
				count, second[i], first[i]);
	assert_int_equal(second[size], 7);
}

/* Steps that stay inside: from one place to another. */
static void check_fixed(const struct kernels *set, const struct source *s)
{
	uint32_t width = s->image.shape.width << 16, height = s->image.shape.height << 16;
	uint32_t count = 1 + below(100), n = s->image.shape.channels;
	int64_t u = below(width), v = below(height);
	int64_t du = ((int64_t)below(width) - u) / count, dv = ((int64_t)below(height) - v) / count;
	uint8_t first[100 * 4 + 1], second[100 * 4 + 1];

	memset(second, 7, sizeof second);
	kernels_c.warp_u8->fixed(
		first, &s->image, (uint32_t)u, (uint32_t)v, (uint32_t)du, (uint32_t)dv, count);
	set->warp_u8->fixed(
		second, &s->image, (uint32_t)u, (uint32_t)v, (uint32_t)du, (uint32_t)dv, count);
	assert_memory_equal(first, second, (size_t)count * n);
	assert_int_equal(second[(size_t)count * n], 7);
}

static void check_places(const struct kernels *set, const struct source *s)
{
	struct warp_map map = {.flat = below(2)};
	struct warp_places first, second;
	unsigned count = 1 + below(WARP_BLOCK);
	uint32_t x = below(1000), y = below(1000);
	uint64_t inside;

	for (int i = 0; i < 8; i++)
		map.m[i] = (uniform() - 0.5) * (i % 3 == 2 ? 100 : i < 6 ? 2 : 0.02);
	inside = kernels_c.warp_u8->places(&map, &s->image.shape, x, y, count, &first);
	assert_true(inside == set->warp_u8->places(&map, &s->image.shape, x, y, count, &second));
	assert_memory_equal(first.u, second.u, count * sizeof *first.u);
	assert_memory_equal(first.v, second.v, count * sizeof *first.v);
}

static void test_every_variant_is_portable_c(void **unused)
{
	(void)unused;
	for (size_t k = 1; k < kernel_set_count; k++) {
		if (kernel_sets[k]->runs && !kernel_sets[k]->runs())
			continue;
		for (int i = 0; i < ROUNDS; i++) {
			struct source source;

			source_init(&source);
			for (int which = 0; which < 3; which++)
				check_sample(kernel_sets[k], &source, which);
			check_fixed(kernel_sets[k], &source);
			check_places(kernel_sets[k], &source);
			munmap(source.map, source.length);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_variant_is_portable_c)};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
