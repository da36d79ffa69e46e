/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What randaugment, trivial-augment-wide and autoaugment choose from: a transformation and a magnitude in bins, and
 * the fixed step that they come to. Magnitudes are those of torchvision v2's _auto_augment.py, in its arithmetic: float32,
 * from both ends to the middle.
 */
#ifndef OPS_POLICY_H
#define OPS_POLICY_H

#include "ops/op.h"
#include "ops/warp.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which the references list them. */
enum policy_op {
	POLICY_IDENTITY,
	POLICY_SHEAR_X,
	POLICY_SHEAR_Y,
	POLICY_TRANSLATE_X,
	POLICY_TRANSLATE_Y,
	POLICY_ROTATE,
	POLICY_BRIGHTNESS,
	POLICY_COLOR,
	POLICY_CONTRAST,
	POLICY_SHARPNESS,
	POLICY_POSTERIZE,
	POLICY_SOLARIZE,
	POLICY_AUTOCONTRAST,
	POLICY_EQUALIZE,
	POLICY_OPS, /* how many randaugment and trivial-augment-wide choose from */
	POLICY_INVERT = POLICY_OPS,
};

/* How far each goes at its last bin; all but posterize and solarize begin at 0. */
struct policy_space {
	unsigned bins; /* at least 2 */
	double shear; /* pixels a pixel */
	double translate; /* of the side where that is below 1, else pixels */
	double rotate; /* degrees */
	double factor; /* from 1, of brightness, color, contrast and sharpness */
	unsigned posterize; /* bits less than 8 */
};

/*
 * Appends what op comes to at a bin, 0 .. bins - 1, for an image of shape in; nothing for the identity. negative: the other
 * way, for those that have two.
 */
int policy_add(const struct policy_space *space, const struct warp_look *look, enum policy_op op,
	unsigned bin, bool negative, const struct shape *in, const struct draws *draws,
	struct steps *out, struct fault *fault);

#endif
