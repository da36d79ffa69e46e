/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever it is, it is in one part of the image only. */
#include "compare/signs.h"
#include "report/numbers.h"

#include <string.h>

static const double largest_part = 0.25;

static struct rect bounds(const struct comparison *c)
{
	size_t size = shape_pixel_size(&c->a.shape);
	uint32_t x0 = UINT32_MAX, x1 = 0, y0 = UINT32_MAX, y1 = 0;

	for (uint32_t y = 0; y < c->a.shape.height; y++) {
		const uint8_t *a = image_row(&c->a, y), *b = image_row(&c->b, y);

		if (memcmp(a, b, shape_row_size(&c->a.shape)) == 0)
			continue;
		y0 = y < y0 ? y : y0;
		y1 = y;
		for (uint32_t x = 0; x < c->a.shape.width; x++) {
			if (memcmp(a + x * size, b + x * size, size) == 0)
				continue;
			x0 = x < x0 ? x : x0;
			x1 = x > x1 ? x : x1;
		}
	}
	return (struct rect){x0, y0, x1 - x0 + 1, y1 - y0 + 1};
}

bool sign_region(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out)
{
	struct rect r = bounds(c);
	double part = (double)r.width * r.height / ((double)c->a.shape.width * c->a.shape.height);

	if (part > largest_part)
		return false;
	str_add(out, measures->unequal == 1 ? "the pixel lies in " : "all ");
	if (measures->unequal > 1) {
		number_add_grouped(out, measures->unequal);
		str_add(out, " unequal pixels lie in ");
	}
	str_addf(out, "%ux%u+%u+%u, ", r.width, r.height, r.x, r.y);
	number_add_short(out, 100 * part);
	str_add(out, "% of the image");
	return true;
}
