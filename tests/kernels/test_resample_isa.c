/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends that every set of kernels, portable C too, makes the same bytes: for any plan, channel count and position
 * of rows, with the largest weights that there can be; and that none reads or writes outside of what
 * resample_kernels.h grants: rows, lines, scratch and outputs lie between unreadable pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "image/image.h"
#include "kernels/dispatch.h"
#include "kernels/pdep.h"
#include "kernels/resample.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../seed.h"

enum { SIDE = 600, TRIALS = 12000, WHOLE_TRIALS = 2000 };

static void fill_random(void *data, size_t size)
{
	unsigned kind = below(3);

	for (size_t i = 0; i < size; i++)
		((unsigned char *)data)[i] = (unsigned char)(kind ? below(256) : below(2) * 255);
}

/* Memory between two unreadable pages. */
struct arena {
	unsigned char *begin, *end;
};

static struct arena arena_new(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (size + page - 1) / page * page;
	unsigned char *map = mmap(
		NULL, body + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map, page, PROT_NONE), 0);
	assert_int_equal(mprotect(map + page + body, page, PROT_NONE), 0);
	return (struct arena){map + page, map + page + body};
}

static void arena_free(struct arena *a)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(a->begin - page, (size_t)(a->end - a->begin) + 2 * page);
}

/* So many bytes at one of its ends. */
static void *arena_take(const struct arena *a, size_t size)
{
	assert_true(size <= (size_t)(a->end - a->begin));
	return below(3) ? a->end - size : a->begin;
}

/* Sizes of all magnitudes. */
static uint32_t random_side(void)
{
	static const unsigned tops[] = {4, 20, 100, SIDE};

	return 1 + below(tops[below(4)]);
}

static struct axis_key random_key(void)
{
	struct axis_key key = {.in = random_side(), .out = random_side()};

	key.filter = (uint8_t)(FILTER_BOX + below(FILTER_COUNT - FILTER_BOX));
	key.to = (float)key.in;
	if (!below(3)) {
		key.from = (float)key.in * (float)below(1000) / 1001;
		key.to = key.from + ((float)key.in - key.from) * (float)(1 + below(1000)) / 1000;
	}
	if (!below(3) || !(key.from < key.to) || key.to > (float)key.in) {
		key.from = (float)below(key.in);
		key.to = (float)(key.from + 1 + below(key.in - (uint32_t)key.from));
	}
	key.count = key.out;
	if (!below(3)) {
		key.first = below(key.out);
		key.count = 1 + below(key.out - key.first);
	}
	return key;
}

static struct axis *random_axis(void)
{
	struct axis_key key = random_key();
	struct axis *axis = axis_new(&key);

	assert_non_null(axis);
	return axis;
}

/*
 * Weights as large as the kernels may count on, and at the borders of their digits: at most 8355711, and all of an
 * output's together below 2^23 without their signs.
 */
static void extreme_weights(struct axis *axis)
{
	static const int32_t extreme[] = {
		8355711, 8355710, 32767, 32768, 127, 128, 129, 65535, 65536, 1024, 1};

	for (uint32_t o = 0; o < axis->key.count; o++) {
		int32_t *weight = axis->weight + (size_t)o * axis->stride;
		int32_t left = (1 << 23) - 1;

		memset(weight, 0, axis->stride * sizeof *weight);
		for (int tries = 0; tries < 8; tries++) {
			int32_t *one = weight + below(axis->span[o].count);
			int32_t k = below(2) ? extreme[below(sizeof extreme / sizeof *extreme)]
					     : (int32_t)below(8355711);

			if (k > left || *one)
				continue;
			left -= k;
			*one = below(2) ? k : -k;
		}
	}
}

static bool runs(const struct kernels *set)
{
	return !set->runs || set->runs();
}

enum { ROWS = 32 }; /* source rows that differ; then they repeat */

/* What a trial works on: one output row, made from all the source rows that it needs. */
struct trial {
	struct axis *x, *y;
	unsigned channels;
	size_t samples; /* of a row across */
	uint32_t output; /* of y */
	struct arena row[ROWS], lines, scratch, out;
	const uint8_t *rows[ROWS];
	uint8_t *across, *want; /* by the book: ROWS rows, and the output */
};

static void trial_open(struct trial *t)
{
	for (int i = 0; i < ROWS; i++)
		t->row[i] = arena_new(SIDE * 4);
	t->scratch = arena_new(256 * 1024);
	t->out = arena_new(SIDE * 4);
	t->lines = arena_new((SIDE + 64) * (SIDE * 4 + 64) * sizeof(float));
	t->across = malloc((size_t)ROWS * SIDE * 4);
	t->want = malloc((size_t)SIDE * 4);
	assert_true(t->across && t->want);
}

static void trial_close(struct trial *t)
{
	for (int i = 0; i < ROWS; i++)
		arena_free(&t->row[i]);
	arena_free(&t->scratch);
	arena_free(&t->out);
	arena_free(&t->lines);
	free(t->across);
	free(t->want);
}

/* The definition, for one sample: `step` bytes between taps. */
static uint8_t by_the_book(const struct axis *axis, uint32_t output, const uint8_t *p, size_t step)
{
	const struct span *span = &axis->span[output];
	const int32_t *weight = axis->weight + (size_t)output * axis->stride;
	int64_t sum = 1 << (AXIS_BITS - 1);

	for (uint32_t i = 0; i < span->count; i++)
		sum += (int64_t)p[i * step] * weight[i];
	sum >>= AXIS_BITS;
	return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

static void trial_expect(struct trial *t)
{
	uint32_t count = t->y->span[t->output].count, distinct = count < ROWS ? count : ROWS;
	uint8_t *column = malloc(count);

	assert_non_null(column);
	for (uint32_t r = 0; r < distinct; r++)
		for (size_t s = 0; s < t->samples; s++) {
			uint32_t o = (uint32_t)(s / t->channels);
			size_t first = (size_t)t->x->span[o].first * t->channels + s % t->channels;

			t->across[r * t->samples + s] = by_the_book(
				t->x, o, t->rows[r] + first, t->channels);
		}
	for (size_t s = 0; s < t->samples; s++) {
		for (uint32_t i = 0; i < count; i++)
			column[i] = t->across[i % ROWS * t->samples + s];
		t->want[s] = by_the_book(t->y, t->output, column, 1);
	}
	free(column);
}

static void trial_draw(struct trial *t, bool extreme)
{
	t->x = random_axis();
	t->y = random_axis();
	t->output = below(t->y->key.count);
	t->channels = 1 + below(4);
	t->samples = (size_t)t->x->key.count * t->channels;
	if (extreme) {
		extreme_weights(t->x);
		extreme_weights(t->y);
	}
	for (int i = 0; i < ROWS; i++) {
		size_t size = (size_t)(t->x->high - t->x->low) * t->channels;
		void *row = arena_take(&t->row[i], size);

		fill_random(row, size);
		t->rows[i] = row;
	}
	trial_expect(t);
}

static void trial_release(struct trial *t)
{
	axis_free(t->x);
	axis_free(t->y);
}

static void table_for(struct axis *x, unsigned channels, const struct resample_kernels *k)
{
	free(x->table[channels]);
	x->table[channels] = NULL;
	if (k->table) {
		x->table[channels] = k->table(x, channels);
		assert_non_null(x->table[channels]);
		/* Pages of a large block's end are no concern. */
		assert_true(
			malloc_usable_size(x->table[channels]) <= axis_estimate(&x->key) + 8192);
	}
}

/* Row `skip` of the first line is the window's first row; what lies around the window is any row. */
static void make_lines(const struct trial *t, const struct resample_kernels *k, unsigned skip,
	unsigned char *lines, size_t size)
{
	uint32_t end = skip + t->y->span[t->output].count;

	for (uint32_t at = 0; at < end; at += k->rows) {
		const void *rows[RESAMPLE_BLOCK_MAX];
		void *line[RESAMPLE_BLOCK_MAX];

		for (uint32_t i = 0; i < k->rows; i++)
			rows[i] = t->rows[at + i < skip || at + i >= end ? below(ROWS)
									 : (at + i - skip) % ROWS];
		for (uint32_t i = 0; i < k->rows / k->weave; i++, lines += size)
			line[i] = lines;
		k->h(t->x, t->channels, rows, line,
			arena_take(&t->scratch, k->scratch(t->x, t->y, t->channels)));
	}
}

static void check(const struct trial *t, const struct kernels *set)
{
	const struct resample_kernels *k = set->resample_u8;
	unsigned skip = below(k->weave);
	uint32_t rows = (skip + t->y->span[t->output].count + k->rows - 1) / k->rows * k->rows;
	size_t size = k->line_size(t->samples), n = rows / k->weave;
	unsigned char *lines = arena_take(&t->lines, n * size);
	const void *line[SIDE + 64];
	uint8_t *out = arena_take(&t->out, t->samples);

	table_for(t->x, t->channels, k);
	make_lines(t, k, skip, lines, size);
	for (size_t i = 0; i < n; i++)
		line[i] = lines + i * size;
	k->v(t->y, t->output, skip, line, t->samples, out,
		arena_take(&t->scratch, k->scratch(t->x, t->y, t->channels)));
	for (size_t s = 0; s < t->samples; s++)
		if (out[s] != t->want[s])
			fail_msg("%s: sample %zu of %zu: %u, not %u; %u channels, %s, %u to %u, %u "
				 "taps down",
				set->name, s, t->samples, out[s], t->want[s], t->channels,
				filter_name(t->x->key.filter), t->x->key.in, t->x->key.out,
				t->y->span[t->output].count);
}

static void check_kernels(bool extreme, int trials)
{
	struct trial t;

	trial_open(&t);
	for (int i = 0; i < trials; i++) {
		trial_draw(&t, extreme);
		for (size_t k = 0; k < kernel_set_count; k++)
			if (runs(kernel_sets[k]))
				check(&t, kernel_sets[k]);
		trial_release(&t);
	}
	trial_close(&t);
}

static void test_kernels_follow_the_book(void **unused)
{
	(void)unused;
	check_kernels(false, TRIALS);
}

static void test_extreme_weights(void **unused)
{
	(void)unused;
	check_kernels(true, TRIALS / 2);
}

/* A whole image through the driver, in strips of any height. */
static void resample(const struct axis *x, const struct axis *y, const struct image *in,
	const struct image *out, unsigned strip)
{
	size_t size = (resampler_memory(x, y, in->shape.channels) + 63) & ~(size_t)63;
	struct arena memory = arena_new(size);
	struct resampler r;

	resampler_init(&r, x, y, out, 0, memory.end - size);
	for (uint32_t at = 0; at < in->shape.height && r.row < r.last;) {
		struct image part = *in;

		part.data = image_row(in, at);
		part.shape.height = 1 + below(strip);
		if (part.shape.height > in->shape.height - at)
			part.shape.height = in->shape.height - at;
		resampler_rows(&r, &part, at);
		at += part.shape.height;
	}
	assert_int_equal(r.row, r.last);
	arena_free(&memory);
}

static void check_whole(const struct arena *from, const struct arena *to)
{
	struct axis *x = random_axis(), *y = random_axis();
	uint8_t channels = (uint8_t)(1 + below(4));
	struct image in = {.shape = {x->key.in, y->key.in, channels, SAMPLE_U8, false}};
	struct image out = {.shape = {x->key.count, y->key.count, channels, SAMPLE_U8, false}};
	size_t size, made;
	unsigned strip = 1 + below(below(2) ? 3 : 200);
	void *want;

	in.stride = shape_row_size(&in.shape);
	out.stride = shape_row_size(&out.shape);
	size = in.stride * in.shape.height;
	made = out.stride * out.shape.height;
	in.data = arena_take(from, size);
	out.data = arena_take(to, made);
	want = malloc(made);
	assert_non_null(want);
	fill_random(in.data, size);
	for (size_t i = 0; i < kernel_set_count; i++) {
		if (!runs(kernel_sets[i]))
			continue;
		kernels_force(kernel_sets[i]);
		table_for(x, channels, kernel_sets[i]->resample_u8);
		resample(x, y, &in, &out, strip);
		if (!i)
			memcpy(want, out.data, made);
		else if (memcmp(want, out.data, made) != 0)
			fail_msg("%s: %ux%u to %ux%u, %u channels", kernel_sets[i]->name, x->key.in,
				y->key.in, x->key.out, y->key.out, channels);
	}
	free(want);
	axis_free(x);
	axis_free(y);
}

static void test_driver_makes_the_same(void **unused)
{
	const struct kernels *before = kernels();
	struct arena from = arena_new(SIDE * SIDE * 4), to = arena_new(SIDE * SIDE * 4);

	(void)unused;
	for (int i = 0; i < WHOLE_TRIALS; i++)
		check_whole(&from, &to);
	arena_free(&from);
	arena_free(&to);
	kernels_force(before);
}

/* Every colour with every alpha, in rows of all lengths up to some, at the end of readable memory. */
static void check_alpha(
	const struct alpha_kernels *k, const struct arena *from, const struct arena *to)
{
	const size_t row = 256 * 256 * 4;
	uint8_t *in = from->end - row, *out = to->end - row;

	for (unsigned i = 0; i < 65536; i++) {
		uint8_t pixel[4] = {
			(uint8_t)i, (uint8_t)(255 - i), (uint8_t)(i * 7), (uint8_t)(i >> 8)};

		memcpy(in + (size_t)i * 4, pixel, 4);
	}
	for (size_t pixels = 65536, step = 0; step < 40; pixels = ++step) {
		for (int divide = 0; divide < 2; divide++) {
			(divide ? k->divide : k->multiply)(
				to->end - pixels * 4, from->end - pixels * 4, pixels);
			for (size_t i = row - pixels * 4; i < row; i++) {
				unsigned a = in[i | 3], c = in[i], t = c * a + 128,
					 want = (t + (t >> 8)) >> 8;

				if (divide)
					want = a == 0 || a == 255 ? c : 255 * c / a;
				if (i % 4 == 3)
					want = a;
				assert_int_equal(out[i], want > 255 ? 255 : want);
			}
		}
	}
}

static void test_alpha(void **unused)
{
	struct arena from = arena_new(256 * 256 * 4), to = arena_new(256 * 256 * 4);

	(void)unused;
	for (size_t i = 0; i < kernel_set_count; i++)
		if (runs(kernel_sets[i]))
			check_alpha(kernel_sets[i]->alpha_u8, &from, &to);
	arena_free(&from);
	arena_free(&to);
}

/* A set has all that there is to have: no member was forgotten. Portable C alone leaves the inverse DCT to libjpeg-turbo. */
static bool is_complete(const struct kernels *set)
{
	const size_t runs_at = offsetof(struct kernels, runs) / sizeof(void *),
		     idct_at = offsetof(struct kernels, idct) / sizeof(void *);
	const void *members[sizeof *set / sizeof(void *)];

	memcpy(members, set, sizeof members);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!members[i] && i != runs_at && !(i == idct_at && set == &kernels_c))
			return false;
	return true;
}

/* Names are what IMGBATCH_ISA says; the first set is the oracle and runs everywhere. */
static void test_sets(void **unused)
{
	(void)unused;
	assert_string_equal(kernel_sets[0]->name, "c");
	assert_null(kernel_sets[0]->runs);
	for (size_t i = 0; i < kernel_set_count; i++) {
		const struct resample_kernels *k = kernel_sets[i]->resample_u8;

		print_message("%s: %s\n", kernel_sets[i]->name,
			runs(kernel_sets[i]) ? "compared" : "left out, not of this CPU");
		assert_true(is_complete(kernel_sets[i]));
		assert_int_equal(k->rows % k->weave, 0);
		assert_true(k->rows <= RESAMPLE_BLOCK_MAX && RESAMPLE_BLOCK_MAX % k->rows == 0);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(kernel_sets[i]->name, kernel_sets[j]->name);
	}
}

/* Signatures are those that CPUID tells of such CPUs. */
static void test_where_pdep_is_quick(void **unused)
{
	static const struct {
		const char *vendor;
		unsigned signature, family;
		bool quick;
	} cpus[] = {
		{"GenuineIntel", 0x306c3, 6, true}, /* Haswell */
		{"GenuineIntel", 0xa0671, 6, true}, /* Rocket Lake */
		{"AuthenticAMD", 0x660f01, 0x15, false}, /* Excavator */
		{"AuthenticAMD", 0x800f11, 0x17, false}, /* Zen */
		{"AuthenticAMD", 0x870f10, 0x17, false}, /* Zen 2 */
		{"HygonGenuine", 0x900f02, 0x18, false}, /* Dhyana */
		{"AuthenticAMD", 0xa20f10, 0x19, true}, /* Zen 3 */
		{"AuthenticAMD", 0xb40f40, 0x1a, true}, /* Zen 5 */
		{"AuthenticAMD", 0x306c3, 6, false}, /* a virtual Haswell on one of AMD's */
		{"CentaurHauls", 0x107b1, 7, false}, /* nobody knows */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++) {
		assert_int_equal(family_of(cpus[i].signature), cpus[i].family);
		assert_int_equal(pdep_is_quick(cpus[i].vendor, cpus[i].family), cpus[i].quick);
	}
}

/* What CPUID is taken to say agrees with what the kernel says of this CPU. */
static void test_avx2pdep_runs_where_it_is_quick(void **unused)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char *line = NULL, vendor[16] = "";
	unsigned family = 0;
	size_t room = 0;

	(void)unused;
	while (file && getline(&line, &room, file) > 0) {
		sscanf(line, "vendor_id : %15s", vendor);
		sscanf(line, "cpu family : %u", &family);
	}
	free(line);
	if (file)
		fclose(file);
	if (strlen(vendor) != 12)
		skip();
	for (size_t i = 1; i < kernel_set_count; i++)
		if (!strcmp(kernel_sets[i]->name, "avx2pdep"))
			assert_int_equal(runs(kernel_sets[i]),
				runs(kernel_sets[i - 1]) && pdep_is_quick(vendor, family));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_where_pdep_is_quick),
		cmocka_unit_test(test_avx2pdep_runs_where_it_is_quick),
		cmocka_unit_test(test_kernels_follow_the_book),
		cmocka_unit_test(test_extreme_weights),
		cmocka_unit_test(test_driver_makes_the_same),
		cmocka_unit_test(test_alpha),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
