/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/explain.h"

#include "base/number.h"
#include "compare/signs.h"
#include "report/numbers.h"

#include <math.h>

/* How strong neighbours differ, on the average. */
static double sharpness(const struct plane *plane)
{
	uint64_t sum = 0;

	if (plane->width < 2)
		return 0;
	for (uint32_t y = 0; y < plane->height; y++) {
		const uint8_t *row = plane_row(plane, y);

		for (uint32_t x = 1; x < plane->width; x++) {
			int d = row[x] - row[x - 1];

			sum += (uint64_t)(d * d);
		}
	}
	return sqrt((double)sum / ((double)(plane->width - 1) * plane->height));
}

/* No pattern: what can be said of it all the same. */
static void say_unknown(const struct plane *a, const struct plane *b,
	const struct imgbatch_measures *measures, struct str *out)
{
	double before = sharpness(a), after = sharpness(b);

	number_add_fine(out, 100.0 * (double)measures->unequal / (double)measures->pixels);
	str_add(out, "% of the pixels are not equal");
	if (before > 0 && after < 0.9 * before) {
		str_add(out, "; it is softer: neighbours differ ");
		number_add_fine(out, after / before);
		str_add(out, " times as much");
	} else if (after > 1.1 * before) {
		str_add(out, "; it is sharper or noisier: neighbours differ ");
		number_add_fine(out, before > 0 ? after / before : after);
		str_add(out, before > 0 ? " times as much" : " levels");
	}
}

static bool off_by_one(const struct imgbatch_measures *measures, struct str *out)
{
	if (measures->largest != 1)
		return false;
	str_add(out, "off by one level in ");
	number_add_grouped(out, measures->unequal);
	str_add(out, measures->unequal == 1 ? " pixel" : " pixels");
	return true;
}

enum imgbatch_cause explain_pixels(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out)
{
	struct plane plane[2], *a = &plane[0], *b = &plane[1];
	double direct;

	if (off_by_one(measures, out))
		return IMGBATCH_CAUSE_OFF_BY_ONE;
	if (sign_premultiplied(c, out))
		return IMGBATCH_CAUSE_PREMULTIPLIED;
	if (!plane_make_both(plane, c))
		return IMGBATCH_CAUSE_UNKNOWN;
	direct = plane_difference(a, b);
	if (sign_moved(a, b, direct, out))
		return IMGBATCH_CAUSE_MOVED;
	if (sign_levels(c, measures, out))
		return IMGBATCH_CAUSE_LEVELS;
	if (sign_shifted(c, a, b, direct, out))
		return IMGBATCH_CAUSE_SHIFTED;
	if (sign_region(c, measures, out))
		return IMGBATCH_CAUSE_REGION;
	if (sign_blocks(a, b, out))
		return IMGBATCH_CAUSE_REENCODED;
	say_unknown(a, b, measures, out);
	return IMGBATCH_CAUSE_UNKNOWN;
}

enum imgbatch_cause explain_size(const struct image *a, const struct image *b, struct str *out)
{
	struct pool *pool = pool_new();
	struct plane x, y;

	if (pool && plane_make(&x, a, pool) && plane_make(&y, b, pool) &&
		!sign_moved(&x, &y, 255, out))
		sign_resized(&x, &y, out);
	pool_free(pool);
	return IMGBATCH_CAUSE_SIZE;
}
