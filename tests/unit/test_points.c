/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends that points, masks and pixels move together. Every operation that moves pixels moves a mask in which
 * each pixel has a value of its own; then the pixel found at a place must be the one whose outline, mapped by
 * points(), lies around that place, and what lies outside of the mapped image must be the mask's fill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "recipe/recipe.h"

#include <math.h>
#include <string.h>

#include "../seed.h"

enum { SIDE_MAX = 60, FILL = 65000 };

/* Pixels by which a rounded position may miss: 16.16 fixed point over these sides, float32 windows. */
static const double slack = 0.01;

static const char *const texts[] = {
	"resize 7x5!",
	"resize 40x30 filter=bilinear",
	"resize 9x9^ filter=box",
	"resize 250%",
	"resize 60x60 fit=pad gravity=southeast fill=red",
	"resize 8x8! window=0.5,0.25,1,1",
	"resize 90x100! window=0.5,0.25,1,1 filter=lanczos",
	"resize 1x1! window=0,0,1,1",
	"short-edge 12",
	"short-edge 50 max-size=80 filter=bicubic",
	"long-edge 33",
	"crop 5x5",
	"crop 4x4+1-2 fill=white",
	"crop 90x3-20+0",
	"pad 1,2,3,4 fill=#12345678",
	"pad 50x50 mode=reflect gravity=north",
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
	"rotate 30 filter=bicubic fill=blue",
	"rotate -200.5 expand",
	"rotate 77 centre=3,50 filter=bilinear",
	"rotate 90 expand",
	"rotate 180 centre=10,10",
	"affine 10,3,-2,1.3,12,0 filter=bilinear",
	"affine 0,5,-3.5,0.7",
	"affine 200,0,0,0.5,30,-20 centre=0,0",
	"shear 25,10 filter=bicubic",
	"perspective 0.9,0.2,1,-0.1,1.1,2,0.004,-0.003",
	"perspective 1.1,-0.2,3,0.1,0.8,-2,-0.002,0.005 filter=nearest fill=white",
};

/*
 * Whether place lies in the mapped outline of a rectangle: how far inside of the nearest edge, negative outside.
 * Outlines are convex; mirrored ones run the other way round.
 */
static double depth_in(const double corner[4][2], double x, double y)
{
	double area = 0, depth = INFINITY;

	for (int i = 0; i < 4; i++) {
		const double *a = corner[i], *b = corner[(i + 1) % 4];

		area += a[0] * b[1] - a[1] * b[0];
	}
	for (int i = 0; i < 4; i++) {
		const double *a = corner[i], *b = corner[(i + 1) % 4];
		double dx = b[0] - a[0], dy = b[1] - a[1];
		double side = (dx * (y - a[1]) - dy * (x - a[0])) / hypot(dx, dy);

		depth = fmin(depth, area < 0 ? -side : side);
	}
	return depth;
}

static void outline(const struct step *step, const struct shape *in, double x, double y, double w,
	double h, double corner[4][2])
{
	for (int i = 0; i < 4; i++) {
		corner[i][0] = x + (i == 1 || i == 2 ? w : 0);
		corner[i][1] = y + (i >= 2 ? h : 0);
	}
	step->op->points(step->params, in, corner, 4);
}

/* What lies around the image is filled, unless it is padded with the image's own pixels. */
static bool is_filled(const char *text)
{
	const char *mode = strstr(text, "mode=");

	return !mode || strncmp(mode, "mode=constant", 13) == 0;
}

static void check_place(const struct step *step, const struct image *in, const struct image *out,
	uint32_t x, uint32_t y, const char *text)
{
	uint16_t value = ((const uint16_t *)image_row(out, y))[x];
	uint32_t width = in->shape.width, height = in->shape.height;
	double corner[4][2], depth;

	outline(step, &in->shape, 0, 0, width, height, corner);
	depth = depth_in(corner, x + 0.5, y + 0.5);
	if (value == FILL) {
		if (depth > slack)
			fail_msg("%s: (%u, %u) is filled", text, x, y);
		return;
	}
	assert_true(value < width * height);
	if (depth < -slack) {
		if (is_filled(text))
			fail_msg("%s: (%u, %u) is not filled", text, x, y);
		return;
	}
	outline(step, &in->shape, value % width, value / width, 1, 1, corner);
	if (depth_in(corner, x + 0.5, y + 0.5) < -slack)
		fail_msg("%s of %ux%u: (%u, %u) shows (%u, %u)", text, width, height, x, y,
			value % width, value / width);
}

/* One channel of 16 bits, every pixel's value its number. */
static struct image numbered(uint16_t *values, uint32_t width, uint32_t height)
{
	for (uint32_t i = 0; i < width * height; i++)
		values[i] = (uint16_t)i;
	return (struct image){.shape = {width, height, 1, SAMPLE_U16, false},
		.stride = 2 * width,
		.data = values};
}

static void test_points_follow_pixels(void **unused)
{
	struct pool *pool = pool_new();
	struct recipe recipe;
	struct fault fault = {0};
	struct op_mask mask = {.fill = FILL};
	struct op_env env = {.pool = pool, .mask = &mask, .fault = &fault};
	uint16_t values[SIDE_MAX * SIDE_MAX];

	(void)unused;
	recipe_init(&recipe);
	for (size_t i = 0; i < 20 * sizeof texts / sizeof *texts; i++) {
		const char *text = texts[i % (sizeof texts / sizeof *texts)];
		struct image in = numbered(values, 1 + below(SIDE_MAX), 1 + below(SIDE_MAX)), out;
		const struct step *step;

		assert_int_equal(recipe_parse(&recipe, text, strlen(text), &fault), 0);
		step = recipe.steps.step;
		assert_int_equal(step->op->apply(step->params, &in, &out, &env), 0);
		for (uint32_t y = 0; y < out.shape.height; y++)
			for (uint32_t x = 0; x < out.shape.width; x++)
				check_place(step, &in, &out, x, y, text);
		pool_reset(pool);
	}
	recipe_release(&recipe);
	pool_free(pool);
}

/* The image itself, not called a mask, is filtered: what the test above asks is the mask's doing. */
static void test_images_are_filtered(void **unused)
{
	struct pool *pool = pool_new();
	struct recipe recipe;
	struct fault fault = {0};
	struct op_env env = {.pool = pool, .fault = &fault};
	uint16_t values[SIDE_MAX * SIDE_MAX];
	struct image in = numbered(values, 40, 30), out;

	(void)unused;
	recipe_init(&recipe);
	assert_int_equal(recipe_parse(&recipe, "resize 20x15! filter=bilinear", 29, &fault), 0);
	assert_int_equal(
		recipe.steps.step->op->apply(recipe.steps.step->params, &in, &out, &env), 0);
	assert_int_not_equal(((uint16_t *)image_row(&out, 7))[10], 15 * 40 + 21);
	recipe_release(&recipe);
	pool_free(pool);
}

/* Whatever moves pixels says where points go, and nothing else does. */
static void test_what_moves_has_points(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < op_count; i++)
		if (ops[i]->kind == OP_FIXED && ops[i]->moves != !!ops[i]->points)
			fail_msg("%s: moves %d, points %d", ops[i]->name, ops[i]->moves,
				!!ops[i]->points);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points_follow_pixels),
		cmocka_unit_test(test_images_are_filtered),
		cmocka_unit_test(test_what_moves_has_points),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
