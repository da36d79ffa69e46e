/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/lay.h"

#include "ops/color.h"

const char *const lay_mode_names[BORDER_MODES] = {"constant", "edge", "reflect", "symmetric"};

static bool inside(
	const struct image *in, uint32_t width, uint32_t height, int64_t left, int64_t top)
{
	return left >= 0 && top >= 0 && left + width <= in->shape.width &&
		top + height <= in->shape.height;
}

void lay_points(int64_t left, int64_t top, double (*xy)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		xy[i][0] -= (double)left;
		xy[i][1] -= (double)top;
	}
}

int lay_apply(const struct image *in, uint32_t width, uint32_t height, int64_t left, int64_t top,
	uint8_t mode, const uint8_t fill[4], struct image *out, struct op_env *env)
{
	struct shape shape = in->shape;
	unsigned char pixel[COLOR_PIXEL_MAX];
	int code;

	if (inside(in, width, height, left, top)) {
		struct rect rect = {(uint32_t)left, (uint32_t)top, width, height};

		*out = image_view(in, &rect);
		return 0;
	}
	shape.width = width;
	shape.height = height;
	code = op_env_image(env, &shape, out);
	if (code)
		return code;
	op_env_fill(env, fill, &shape, pixel);
	border_lay(out, in, left, top, mode, pixel);
	return 0;
}
