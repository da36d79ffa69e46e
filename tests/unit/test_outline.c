/* SPDX-License-Identifier: Apache-2.0 */
/* Defends: polygons are cut to the picture with their area right, and follow steps to where pixels go. */
#include "recipe/outline.h"

#include "kernels/move.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../seed.h"

#include <math.h>
#include <string.h>

static double between(double low, double high)
{
	return low + (high - low) * (below(1u << 30) / (double)(1u << 30));
}

static void polygon(struct outline *outline, const double (*xy)[2], size_t count)
{
	assert_true(outline_make(outline, count));
	memcpy(outline->xy, xy, count * sizeof *xy);
}

static void assert_near(double a, double b)
{
	if (fabs(a - b) > 1e-6)
		fail_msg("%.9g, not %.9g", a, b);
}

static void boxes_are_cut(void **unused)
{
	const struct shape shape = {100, 50, 3, SAMPLE_U8, false};
	struct outline outline = {0};

	(void)unused;
	for (int i = 0; i < 2000; i++) {
		double a[2] = {between(-60, 150), between(-60, 90)}, box[4], left, top, right,
		       bottom;
		double want[4] = {a[0], a[1], a[0] + between(0.1, 150), a[1] + between(0.1, 90)};
		double whole = (want[2] - want[0]) * (want[3] - want[1]), area;

		assert_true(outline_set_box(&outline, want));
		assert_near(outline_area(&outline), whole);
		assert_true(outline_cut(&outline, &shape));
		left = fmax(0, want[0]);
		top = fmax(0, want[1]);
		right = fmin(100, want[2]);
		bottom = fmin(50, want[3]);
		area = fmax(0, right - left) * fmax(0, bottom - top);
		assert_near(outline_area(&outline), area);
		assert_near(outline.share, area / whole);
		outline_bounds(&outline, box);
		assert_true((outline.count > 0) == (area > 0));
		if (!outline.count)
			continue;
		assert_near(box[0], left);
		assert_near(box[1], top);
		assert_near(box[2], right);
		assert_near(box[3], bottom);
	}
	outline_release(&outline);
}

/* The area of any polygon that does not cross itself, by its centre lines: a comb whose teeth leave the picture. */
static void concave_ones_keep_their_area(void **unused)
{
	const double comb[][2] = {{-5, 10}, {40, 10}, {40, 20}, {10, 20}, {10, 30}, {60, 30},
		{60, 40}, {10, 40}, {10, 45}, {30, 45}, {30, 70}, {-5, 70}};
	const struct shape shape = {50, 60, 3, SAMPLE_U8, false};
	struct outline outline = {0};

	(void)unused;
	polygon(&outline, comb, sizeof comb / sizeof *comb);
	assert_true(outline_cut(&outline, &shape));
	/* Spine 10 x 50, teeth 30 x 10 and 40 x 10, foot 20 x 15. */
	assert_near(outline_area(&outline), 500 + 300 + 400 + 300);
	outline_release(&outline);
}

/* A turned square loses exactly its corners. */
static void shares_multiply_over_steps(void **unused)
{
	const struct shape in = {100, 100, 3, SAMPLE_U8, false};
	const double whole[4] = {0, 0, 100, 100}, outside[4] = {-100, 0, 50, 100};
	static const char text[] = "crop 50x100+0+0; resize 200x40!; crop 100x40+0+0";
	struct outline outlines[2] = {0};
	struct recipe recipe;
	struct fault fault;
	double box[4];

	(void)unused;
	recipe_init(&recipe);
	assert_int_equal(recipe_parse(&recipe, text, strlen(text), &fault), 0);
	assert_true(outline_set_box(&outlines[0], whole) && outline_set_box(&outlines[1], outside));
	assert_int_equal(outlines_follow(outlines, 2, &recipe, &in, &fault), 0);
	assert_near(outlines[0].share, 0.25);
	/* What was never in the picture counts for nothing: of the half that was, half is left. */
	assert_near(outlines[1].share, 0.5);
	outline_bounds(&outlines[0], box);
	assert_near(box[2], 100);
	assert_near(box[3], 40);
	outline_release(&outlines[0]);
	outline_release(&outlines[1]);
	recipe_release(&recipe);
}

static void maps_to_infinity_leave_nothing(void **unused)
{
	const struct shape in = {100, 100, 3, SAMPLE_U8, false};
	const double box[4] = {0, 0, 100, 100};
	/* Its inverse divides x by 1 - x / 100. */
	static const char text[] = "perspective 1,0,0,0,1,0,0.01,0";
	struct outline outline = {0};
	struct recipe recipe;
	struct fault fault;

	(void)unused;
	recipe_init(&recipe);
	assert_true(outline_set_box(&outline, box));
	assert_int_equal(recipe_parse(&recipe, text, strlen(text), &fault), 0);
	assert_int_equal(outlines_follow(&outline, 1, &recipe, &in, &fault), 0);
	assert_int_equal(outline.count, 0);
	assert_near(outline.share, 0);
	outline_release(&outline);
	recipe_release(&recipe);
}

static void annotations_are_placed(void **unused)
{
	struct annotated on = {
		.stored = {40, 30, 3, SAMPLE_U8, false}, .orientation = MOVE_ROTATE_CW};
	double xy[1][2] = {{10, 5}};

	(void)unused;
	/* Of the stored size, or of one that is not said: turned with the image. */
	assert_true(annotated_place(&on, xy, 1));
	assert_near(xy[0][0], 25);
	assert_near(xy[0][1], 10);
	on.width = 30;
	on.height = 40;
	assert_true(annotated_place(&on, xy, 1));
	assert_near(xy[0][0], 25);
	on.height = 41;
	assert_false(annotated_place(&on, xy, 1));
	on.shares = true;
	xy[0][0] = xy[0][1] = 0.5;
	assert_true(annotated_place(&on, xy, 1));
	assert_near(xy[0][0], 15);
	assert_near(xy[0][1], 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes_are_cut),
		cmocka_unit_test(concave_ones_keep_their_area),
		cmocka_unit_test(shares_multiply_over_steps),
		cmocka_unit_test(maps_to_infinity_leave_nothing),
		cmocka_unit_test(annotations_are_placed),
	};

	return cmocka_run_group_tests(tests, seed_setup, NULL);
}
