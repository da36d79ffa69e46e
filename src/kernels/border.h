/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image laid on a larger or shifted canvas: what lies outside is one colour, or comes from inside.
 *
 * The modes are numpy.pad's and torchvision's:
 *
 *	constant   k k k | a b c d | k k k        reflect    d c b | a b c d | c b a
 *	edge       a a a | a b c d | d d d        symmetric  c b a | a b c d | d c b
 *
 * Reflect and symmetric go on reflecting when the border is wider than the image.
 */
#ifndef KERNELS_BORDER_H
#define KERNELS_BORDER_H

#include "image/image.h"

#include <stdint.h>

enum border_mode { BORDER_CONSTANT, BORDER_EDGE, BORDER_REFLECT, BORDER_SYMMETRIC, BORDER_MODES };

/*
 * out(x, y) = in(x + left, y + top), and outside of in as the mode says. pixel is one pixel of in's format, for
 * constant. The images do not overlap.
 */
void border_lay(const struct image *out, const struct image *in, int64_t left, int64_t top,
	enum border_mode mode, const void *pixel);
/* Every pixel of image becomes `pixel`. */
void border_fill(const struct image *image, const void *pixel);
/* The input index that position `at` shows, for `in` inputs; not for constant. */
uint32_t border_index(int64_t at, uint32_t in, enum border_mode mode);

#endif
