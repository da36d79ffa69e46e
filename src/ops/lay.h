/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What crop and pad share, and what random operations expand into: a canvas of some size, laid at an offset
 * over the image.
 */
#ifndef OPS_LAY_H
#define OPS_LAY_H

#include "kernels/border.h"
#include "ops/op.h"

#include <stdint.h>

/* Mode names in the order of enum border_mode. */
extern const char *const lay_mode_names[BORDER_MODES];

/*
 * The apply() of both: out(x, y) = in(x + left, y + top). A canvas within the image is a view; any other is filled
 * outside as mode and fill say (a mask: with its own fill).
 */
int lay_apply(const struct image *in, uint32_t width, uint32_t height, int64_t left, int64_t top,
	uint8_t mode, const uint8_t fill[4], struct image *out, struct op_env *env);

/* The points() of both. */
void lay_points(int64_t left, int64_t top, double (*xy)[2], size_t count);

/* Fresh `crop` and `pad` steps with what they need. */
void op_crop_set(struct step *step, uint32_t width, uint32_t height, int32_t x, int32_t y,
	const uint8_t fill[4]);
void op_pad_set(struct step *step, const uint32_t ltrb[4], uint8_t mode, const uint8_t fill[4]);

/*
 * The crop's rectangle when it lies wholly inside such an image: what a planner may leave undecoded around.
 * False when params are not crop's or it reaches outside.
 */
bool op_crop_rect(const struct step *step, const struct shape *in, struct rect *rect);

#endif
