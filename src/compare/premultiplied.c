/* SPDX-License-Identifier: Apache-2.0 */
/* Colours times alpha, or divided by it: alpha itself is as it was, and every colour follows from it. */
#include "compare/picture.h"
#include "compare/signs.h"
#include "report/numbers.h"

#include <stdlib.h>

/* What was found among the colours of pixels that are neither opaque nor all the same either way. */
struct evidence {
	uint64_t colours, times, divided;
	bool alpha_differs;
};

/* Within a step of rounding, and as much as dividing by a small alpha makes of one. */
static bool is_product(uint32_t small, uint32_t large, uint32_t alpha, uint32_t peak)
{
	int64_t product = ((int64_t)large * alpha + peak / 2) / peak;
	int64_t d = product - small;

	return d >= -1 && d <= 1;
}

static void look_at(const struct comparison *c, uint32_t x, uint32_t y, struct evidence *e)
{
	unsigned colours = c->a.shape.channels - 1u;
	uint32_t peak = picture_peak(&c->a.shape);
	uint32_t alpha = expected_level(c, x, y, colours);

	if (alpha != actual_level(c, x, y, colours)) {
		e->alpha_differs = true;
		return;
	}
	if (alpha == peak)
		return;
	for (unsigned k = 0; k < colours; k++) {
		uint32_t a = expected_level(c, x, y, k), b = actual_level(c, x, y, k);

		if (a == b && (!a || !alpha))
			continue;
		e->colours++;
		e->times += is_product(b, a, alpha, peak);
		e->divided += is_product(a, b, alpha, peak);
	}
}

/* What alpha cannot explain: a difference where all is opaque. */
static bool opaque_differs(const struct comparison *c, uint32_t x, uint32_t y)
{
	unsigned colours = c->a.shape.channels - 1u;

	if (expected_level(c, x, y, colours) != picture_peak(&c->a.shape))
		return false;
	for (unsigned k = 0; k < colours; k++)
		if (abs((int32_t)expected_level(c, x, y, k) - (int32_t)actual_level(c, x, y, k)) >
			1)
			return true;
	return false;
}

bool sign_premultiplied(const struct comparison *c, struct str *out)
{
	const struct shape *shape = &c->a.shape;
	struct evidence e = {0};
	uint32_t step = sign_step(shape->width, shape->height);
	uint64_t strange = 0, most;

	if (!shape_has_alpha(shape))
		return false;
	for (uint32_t y = 0; y < shape->height && !e.alpha_differs; y += step)
		for (uint32_t x = 0; x < shape->width && !e.alpha_differs; x += step) {
			look_at(c, x, y, &e);
			strange += opaque_differs(c, x, y);
		}
	most = e.times > e.divided ? e.times : e.divided;
	if (e.alpha_differs || !e.colours || strange * 100 > e.colours ||
		(double)most < 0.98 * (double)e.colours)
		return false;
	str_add(out,
		e.times >= e.divided ? "premultiplied: alpha is the same, and "
				     : "divided by alpha: alpha is the same, and ");
	number_add_fine(out, 100.0 * (double)most / (double)e.colours);
	str_add(out,
		e.times >= e.divided ? "% of the colours below it are the expected ones times alpha"
				     : "% of the expected colours below it are these times alpha");
	return true;
}
