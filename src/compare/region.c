/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever it is, it is in one part of the image only. */
#include "compare/signs.h"
#include "report/numbers.h"

static const double largest_part = 0.25;

static struct rect bounds(const struct comparison *c)
{
	uint32_t x0 = UINT32_MAX, x1 = 0, y0 = UINT32_MAX, y1 = 0;

	for (uint32_t y = 0; y < c->a.shape.height; y++) {
		uint32_t from, to;

		if (!measure_span(c, y, &from, &to))
			continue;
		y0 = y < y0 ? y : y0;
		y1 = y + 1;
		x0 = from < x0 ? from : x0;
		x1 = to > x1 ? to : x1;
	}
	return (struct rect){x0, y0, x1 - x0, y1 - y0};
}

/* "the pixel is at 50,40, "; "all 12 unequal pixels lie in 40x10+8+16, ". */
static void say_place(struct str *out, const struct rect *r, uint64_t pixels)
{
	if (pixels == 1) {
		str_addf(out, "the pixel is at %u,%u, ", r->x, r->y);
		return;
	}
	str_add(out, "all ");
	number_add_grouped(out, pixels);
	str_addf(out, " unequal pixels lie in %ux%u+%u+%u, ", r->width, r->height, r->x, r->y);
}

bool sign_region(
	const struct comparison *c, const struct imgbatch_measures *measures, struct str *out)
{
	struct rect r = bounds(c);
	double part = (double)r.width * r.height / ((double)c->a.shape.width * c->a.shape.height);

	if (part > largest_part)
		return false;
	say_place(out, &r, measures->unequal);
	number_add_fine(out, 100 * part);
	str_add(out, "% of the image");
	return true;
}
