/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends what operations promise their callers: the shape they said, no write to their input, nothing read
 * or written outside of it (guard pages), scratch given back, refusals of memory that leave nothing behind; and
 * that a resampler fed with strips of any height makes the bytes of the whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "kernels/dispatch.h"
#include "kernels/move.h"
#include "kernels/resample.h"
#include "ops/lay.h"
#include "ops/resize.h"
#include "recipe/recipe.h"
#include "work/recoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../seed.h"

/* Memory that ends where an unreadable page begins. */
struct guarded {
	void *map, *data;
	size_t length;
};

static struct guarded guarded_new(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (size + page - 1) / page * page;
	struct guarded g = {.length = body + page};

	g.map = mmap(NULL, g.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect((char *)g.map + body, page, PROT_NONE), 0);
	g.data = (char *)g.map + body - size;
	return g;
}

static void guarded_free(struct guarded *g)
{
	munmap(g->map, g->length);
}

static void fill_random(void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)data)[i] = (unsigned char)below(256);
}

/* Rows further apart than they are long; the last one ends at the guard. */
static struct image random_image(struct guarded *g, uint32_t width, uint32_t height,
	uint8_t channels, uint8_t sample, bool indexed)
{
	struct image image = {.shape = {width, height, channels, sample, indexed}};
	size_t row = shape_row_size(&image.shape), gap = below(3) * 6, size;

	image.stride = row + gap;
	size = image.stride * (height - 1) + row;
	*g = guarded_new(size);
	fill_random(g->data, size);
	image.data = g->data;
	return image;
}

static const char *const texts[] = {
	"resize 7x5!",
	"resize 40x30 filter=bilinear",
	"resize 9x9^ filter=box",
	"resize 200%",
	"resize 11x fit=inside filter=nearest",
	"resize 60x60 fit=pad",
	"resize 8x8! window=0.5,0.25,1,1",
	"resize 50x50> filter=hamming",
	"short-edge 12",
	"short-edge 12 max-size=20",
	"long-edge 33",
	"crop 5x5",
	"crop 4x4+1-2",
	"crop 90x3",
	"pad 1,2,3,4",
	"pad 50x50 mode=reflect",
	"pad multiple=8",
	"pad square mode=edge",
	"pad 3 mode=symmetric",
	"flip h",
	"flip v",
	"rotate90 cw",
	"rotate90 ccw",
	"rotate180",
	"transpose",
	"transverse",
	"rotate 33",
	"rotate 270",
	"rotate 12 expand filter=bilinear",
	"rotate 100 centre=3,4 expand filter=bicubic fill=red",
	"affine 15,4,-3,1.4,10,5 filter=bicubic",
	"affine 0,4,-3,1.4",
	"affine 0,0,0,0.002",
	"shear -20 filter=bilinear",
	"shear 40,10 centre=0,0",
	"perspective 0.9,0.1,2,0,1.1,1,0.01,0.002",
	"perspective 0.9,0.1,2,0,1.1,1,0.01,-0.02 filter=bicubic",
	"perspective 0.9,0.1,2,0,1.1,1,0.01,0.002 filter=nearest",
	"grayscale",
	"grayscale 3",
	"grayscale keep",
	"blur 1.5",
	"blur 30",
	"blur 0.01",
	"blur 2 kernel=99",
	"blur box 2.5",
	"blur box 100",
	"blur pillow 3",
	"unsharp",
	"median",
	"median 5",
	"median 9",
	"median 101",
	"motion 9,30",
	"motion 255,-80",
	"clahe",
	"clahe 0,64",
	"noise 20,seed=3",
	"erase 9x9-3+5",
	"erase 80x7+10+1,noise",
	"erase 5x5+500+500",
	"jpeg 30",
	"jpeg 100,444",
	"downscale 0.3",
	"downscale 0.5,down=box,up=lanczos",
	"downscale 1",
};

static struct recoder recoder;

static struct op_env env_with(struct pool *pool, struct fault *fault)
{
	if (!recoder.lent.pass)
		recoder_init(&recoder, ENTROPY_AUTO);
	return (struct op_env){.pool = pool, .jpeg = &recoder.lent, .fault = fault};
}

static bool lies_in(const struct image *part, const struct image *whole)
{
	const char *from = whole->data, *to = from + whole->stride * whole->shape.height;

	return (const char *)part->data >= from && (const char *)part->data < to;
}

static void check_one(struct pool *pool, const struct step *step, const struct image *in)
{
	struct fault fault = {0};
	struct op_env env = env_with(pool, &fault);
	size_t size = in->stride * (in->shape.height - 1) + shape_row_size(&in->shape);
	uint64_t before = hash64(in->data, size, 0), peak;
	struct shape said;
	struct image out;

	if (step->op->shape(step->params, &in->shape, &said, &fault)) {
		assert_true(in->shape.indexed && !step->op->moves);
		return;
	}
	assert_int_equal(step->op->apply(step->params, in, &out, &env), 0);
	assert_true(shape_same(&said, &out.shape));
	assert_true(hash64(in->data, size, 0) == before);
	for (uint32_t y = 0; y < out.shape.height; y++) /* every byte is there */
		hash64(image_row(&out, y), shape_row_size(&out.shape), 0);
	peak = lies_in(&out, in) ? 0 : shape_bytes(&out.shape);
	assert_true(pool_out(pool) >= peak);
	if (peak)
		pool_put(pool, out.data);
	assert_int_equal(pool_out(pool), 0);
}

/* Either depth, as far as the operation takes it. */
static uint8_t any_sample(const struct recipe *recipe)
{
	return recipe->steps.step->op->deep && below(2) ? SAMPLE_U16 : SAMPLE_U8;
}

static void test_operations_keep_their_promises(void **unused)
{
	struct pool *pool = pool_new();
	struct recipe recipe;
	struct fault fault;

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < 60 * sizeof texts / sizeof *texts; i++) {
		const char *text = texts[i % (sizeof texts / sizeof *texts)];
		bool indexed = !below(5);
		struct guarded g;
		struct image in;

		assert_int_equal(recipe_parse(&recipe, text, strlen(text), &fault), 0);
		in = random_image(&g, 1 + below(70), 1 + below(70),
			indexed ? 1 : (uint8_t)(1 + below(4)), any_sample(&recipe), indexed);
		check_one(pool, recipe.steps.step, &in);
		guarded_free(&g);
	}
	recipe_release(&recipe);
	pool_free(pool);
}

static void test_memory_refused(void **unused)
{
	struct pool *pool = pool_new();
	struct recipe recipe;

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct fault fault = {0};
		struct op_env env = env_with(pool, &fault);
		struct guarded g;
		struct image in = random_image(&g, 60, 45, 4, SAMPLE_U8, false), out;
		int code = recipe_parse(&recipe, texts[i], strlen(texts[i]), &fault);
		const struct step *step = recipe.steps.step;

		assert_int_equal(code, 0);
		for (uint64_t limit = 1; limit < 1 << 20; limit = limit * 3 / 2 + 1) {
			pool_set_limit(pool, limit);
			code = step->op->apply(step->params, &in, &out, &env);
			assert_true(code == 0 || code == IMGBATCH_E_NOMEM);
			if (code) {
				assert_true(*fault.detail);
				assert_int_equal(pool_out(pool), 0);
			}
			pool_reset(pool);
		}
		pool_set_limit(pool, 0);
		guarded_free(&g);
	}
	recipe_release(&recipe);
	pool_free(pool);
}

/* What scratch() says is enough beside the output. */
static void test_scratch_is_enough(void **unused)
{
	struct pool *pool = pool_new();
	struct recipe recipe;
	struct fault fault;

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < 400; i++) {
		const char *text = texts[below(sizeof texts / sizeof *texts)];
		struct op_env env = env_with(pool, &fault);
		struct guarded g;
		struct image in, out;
		const struct step *step;
		struct shape shape;
		uint64_t limit;

		assert_int_equal(recipe_parse(&recipe, text, strlen(text), &fault), 0);
		in = random_image(&g, 1 + below(300), 1 + below(300), (uint8_t)(1 + below(4)),
			any_sample(&recipe), false);
		step = recipe.steps.step;
		if (!step->op->shape(step->params, &in.shape, &shape, &fault)) {
			limit = shape_bytes(&shape);
			if (step->op->scratch)
				limit += step->op->scratch(step->params, &in.shape);
			pool_set_limit(
				pool, limit + 4 * 4096); /* buffers are rounded up to pages */
			assert_int_equal(step->op->apply(step->params, &in, &out, &env), 0);
		}
		pool_reset(pool);
		guarded_free(&g);
	}
	recipe_release(&recipe);
	pool_free(pool);
}

/* An operation that needs what nobody lent says so. */
static void test_jpeg_that_is_not_there(void **unused)
{
	struct pool *pool = pool_new();
	struct fault fault;
	struct op_env env = {.pool = pool, .fault = &fault};
	uint8_t pixels[12] = {0};
	struct image in = {.shape = {2, 2, 3, SAMPLE_U8, false}, .stride = 6, .data = pixels}, out;
	struct recipe recipe;

	(void)unused;
	recipe_init(&recipe);
	assert_int_equal(recipe_parse(&recipe, "jpeg 50", 7, &fault), 0);
	assert_int_equal(recipe.steps.step->op->apply(recipe.steps.step->params, &in, &out, &env),
		IMGBATCH_E_OPERATION);
	assert_string_equal(fault.detail, "jpeg: there is no encoder here");
	assert_int_equal(pool_out(pool), 0);
	recipe_release(&recipe);
	pool_free(pool);
}

static void test_crop_inside_is_a_view(void **unused)
{
	struct pool *pool = pool_new();
	struct fault fault;
	struct op_env env = env_with(pool, &fault);
	struct guarded g;
	struct image in = random_image(&g, 20, 10, 3, SAMPLE_U8, false), out;
	struct recipe recipe;
	struct rect rect;

	(void)unused;
	recipe_init(&recipe);
	assert_int_equal(recipe_parse(&recipe, "crop 5x4+3+2", 12, &fault), 0);
	assert_int_equal(
		recipe.steps.step->op->apply(recipe.steps.step->params, &in, &out, &env), 0);
	assert_ptr_equal(out.data, (char *)image_row(&in, 2) + 9);
	assert_int_equal(pool_out(pool), 0);
	assert_true(op_crop_rect(recipe.steps.step, &in.shape, &rect));
	assert_int_equal(rect.x, 3);
	assert_int_equal(rect.height, 4);
	in.shape.height = 5;
	assert_false(op_crop_rect(recipe.steps.step, &in.shape, &rect));
	recipe_release(&recipe);
	pool_free(pool);
	guarded_free(&g);
}

/* A random resize of a random part of its output, with plans made. */
struct trial {
	struct guarded g, out_g;
	struct image in, whole, out;
	struct axis *x, *y;
	uint8_t channels;
};

static void trial_init(struct trial *s)
{
	uint8_t depth = below(3) ? SAMPLE_U8 : SAMPLE_U16;
	struct axis_key kx = {
		.in = 1 + below(200), .out = 1 + below(200), .deep = depth == SAMPLE_U16};
	struct axis_key ky = {.in = 1 + below(200), .out = 1 + below(200), .deep = kx.deep};

	kx.filter = ky.filter = (uint8_t)(FILTER_BOX + below(FILTER_COUNT - FILTER_BOX));
	kx.to = (float)kx.in;
	ky.to = (float)ky.in;
	kx.first = below(kx.out);
	kx.count = 1 + below(kx.out - kx.first);
	ky.first = below(ky.out);
	ky.count = 1 + below(ky.out - ky.first);
	s->channels = (uint8_t)(1 + below(4));
	s->in = random_image(&s->g, kx.in, ky.in, s->channels, depth, false);
	s->out = random_image(&s->out_g, kx.count, ky.count, s->channels, depth, false);
	s->x = axis_new(&kx);
	s->y = axis_new(&ky);
	assert_true(s->x && s->y && resample_prepare(s->x, s->channels));
}

static void trial_release(struct trial *s)
{
	axis_free(s->x);
	axis_free(s->y);
	guarded_free(&s->g);
	guarded_free(&s->out_g);
}

static uint64_t image_hash(const struct image *image)
{
	uint64_t hash = 0;

	for (uint32_t y = 0; y < image->shape.height; y++)
		hash = hash64(image_row(image, y), shape_row_size(&image->shape), hash);
	return hash;
}

/*
 * Rows in strips, each in memory of its own that ends at a guard page right behind the last column needed and is
 * gone afterwards: nothing is read too far, and nothing is kept.
 */
static void feed(struct trial *s, struct resampler *r, uint32_t y, uint32_t rows)
{
	uint32_t column = r->column;
	struct rect rect = {column, y, s->x->high - column, rows};
	struct image from = image_view(&s->in, &rect), strip = from;
	struct guarded g;

	strip.stride = shape_row_size(&strip.shape);
	g = guarded_new(strip.stride * rows);
	strip.data = g.data;
	image_copy(&strip, &from);
	resampler_rows(r, &strip, y);
	guarded_free(&g);
}

static void test_strips_make_the_whole(void **unused)
{
	(void)unused;
	for (int i = 0; i < 400; i++) {
		struct trial s;
		struct resampler r;
		struct guarded memory;
		uint32_t from, to, y;
		uint64_t whole;

		trial_init(&s);
		memory = guarded_new((resampler_memory(s.x, s.y, s.channels) + 63) & ~(size_t)63);
		resampler_init(&r, s.x, s.y, &s.out, 0, memory.data);
		assert_int_equal(resampler_rows(&r, &s.in, 0), s.out.shape.height);
		whole = image_hash(&s.out);
		fill_random(s.out_g.data, s.out.stride * (s.out.shape.height - 1) + 1);
		resampler_init(&r, s.x, s.y, &s.out, below(s.x->low + 1), memory.data);
		resampler_needs(&r, &from, &to);
		for (y = below(2) ? from : 0; y < to;) {
			uint32_t rows = 1 + below(below(4) ? 3 : 70);

			if (rows > s.in.shape.height - y)
				rows = s.in.shape.height - y;
			feed(&s, &r, y, rows);
			y += rows;
		}
		assert_int_equal(r.row, s.out.shape.height);
		assert_true(image_hash(&s.out) == whole);
		guarded_free(&memory);
		trial_release(&s);
	}
}

/* Every set of kernels against portable C; with one set there is nothing to compare. */
static void test_every_variant_is_portable_c(void **unused)
{
	const struct kernels *before = kernels();

	(void)unused;
	for (size_t k = 0; k < kernel_set_count; k++) {
		if (kernel_sets[k]->runs && !kernel_sets[k]->runs())
			continue;
		for (int i = 0; i < 300; i++) {
			struct trial s;
			struct resampler r;
			uint64_t hash[2];

			trial_init(&s);
			for (int v = 0; v < 2; v++) {
				struct guarded memory;

				kernels_force(kernel_sets[v ? k : 0]);
				free(s.x->table[s.channels]); /* the other set's */
				s.x->table[s.channels] = NULL;
				assert_true(resample_prepare(s.x, s.channels));
				memory = guarded_new((resampler_memory(s.x, s.y, s.channels) + 63) &
					~(size_t)63);
				resampler_init(&r, s.x, s.y, &s.out, 0, memory.data);
				resampler_rows(&r, &s.in, 0);
				hash[v] = image_hash(&s.out);
				guarded_free(&memory);
			}
			assert_true(hash[0] == hash[1]);
			trial_release(&s);
		}
	}
	kernels_force(before);
}

static void test_axis_cache(void **unused)
{
	struct axis_cache *cache = axis_cache_new();
	struct axis_key key = {
		.in = 100, .out = 40, .to = 100, .count = 40, .filter = FILTER_LANCZOS};
	struct axis *first = axis_cache_take(cache, &key), *again = axis_cache_take(cache, &key);
	struct axis *other;

	(void)unused;
	assert_ptr_equal(first, again);
	for (uint32_t i = 0; i < 100; i++) { /* more than it holds: the one in use stays */
		key.out = key.count = 41 + i;
		other = axis_cache_take(cache, &key);
		assert_int_equal(other->key.out, 41 + i);
		assert_true(other->bytes <= axis_estimate(&key));
		axis_cache_put(cache, other);
	}
	key.out = key.count = 40;
	assert_ptr_equal(axis_cache_take(cache, &key), first);
	for (int i = 0; i < 3; i++)
		axis_cache_put(cache, first);
	axis_cache_free(cache);
}

/* A part of a moved image comes from the part that move_source says. */
static void test_move_source(void **unused)
{
	(void)unused;
	for (int i = 0; i < 800; i++) {
		enum move move = MOVE_NONE + i % 8;
		struct guarded g;
		struct image in = random_image(
			&g, 1 + below(60), 1 + below(60), 3, SAMPLE_U8, false);
		struct shape shape = move_shape(move, &in.shape), part_shape;
		unsigned char *moved = malloc(shape_bytes(&shape)),
			      *part = malloc(shape_bytes(&shape));
		struct image all = {shape, shape_row_size(&shape), moved}, view, small;
		struct rect rect = {below(shape.width), below(shape.height), 0, 0}, from;

		rect.width = 1 + below(shape.width - rect.x);
		rect.height = 1 + below(shape.height - rect.y);
		move_image(move, &all, &in);
		from = move_source(move, &in.shape, &rect);
		view = image_view(&in, &from);
		part_shape = move_shape(move, &view.shape);
		small = (struct image){part_shape, shape_row_size(&part_shape), part};
		move_image(move, &small, &view);
		view = image_view(&all, &rect);
		assert_true(shape_same(&view.shape, &small.shape));
		assert_true(image_hash(&view) == image_hash(&small));
		free(moved);
		free(part);
		guarded_free(&g);
	}
}

/* A list: a step is followed by what is inside it, and chance may choose among chances. */
static int take_last(const void *params, const struct step *list, size_t count,
	const struct shape *in, struct draws *draws, struct steps *out, struct fault *fault)
{
	(void)params;
	(void)in;
	(void)draws;
	(void)fault;
	return steps_append(out, &list[count - 1], 1) ? 0 : IMGBATCH_E_NOMEM;
}

static void test_lists_draw_what_is_inside(void **unused)
{
	static const struct op last = {
		.name = "last", .kind = OP_RANDOM, .list = true, .expand_list = take_last};
	struct shape in = {.width = 9, .height = 9, .channels = 1};
	struct recipe recipe, drawn;
	struct str text = STR_INIT;
	struct step *step;
	struct fault fault;
	const uint32_t key[2] = {0, 0};

	(void)unused;
	recipe_init(&recipe);
	recipe_init(&drawn);
	assert_int_equal(
		recipe_parse(&recipe, "rotate180; flip h; hflip 1; transpose", 37, &fault), 0);
	step = &recipe.steps.step[0];
	step->op = &last; /* rotate180 becomes: last [flip h | hflip 1] */
	step->inside = 2;
	assert_int_equal(recipe_draw(&recipe, key, 0, 0, &in, NULL, &drawn, &fault), 0);
	recipe_print(&drawn, &text);
	assert_string_equal(str_text(&text), "flip h\ntranspose\n");
	str_release(&text);
	recipe_release(&recipe);
	recipe_release(&drawn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations_keep_their_promises),
		cmocka_unit_test(test_memory_refused),
		cmocka_unit_test(test_scratch_is_enough),
		cmocka_unit_test(test_jpeg_that_is_not_there),
		cmocka_unit_test(test_crop_inside_is_a_view),
		cmocka_unit_test(test_strips_make_the_whole),
		cmocka_unit_test(test_every_variant_is_portable_c),
		cmocka_unit_test(test_axis_cache),
		cmocka_unit_test(test_move_source),
		cmocka_unit_test(test_lists_draw_what_is_inside),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
