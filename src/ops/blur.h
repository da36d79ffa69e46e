/* SPDX-License-Identifier: Apache-2.0 */
/* What blur and unsharp share. */
#ifndef OPS_BLUR_H
#define OPS_BLUR_H

#include "ops/op.h"

/*
 * out, of in's shape, is in after so many boxes of this radius across and then down (kernels/box.h); alpha, too. name is
 * the operation's, for the fault where there is no memory. Takes box_memory() bytes of scratch.
 */
int blur_boxes(const char *name, float radius, unsigned passes, const struct image *out,
	const struct image *in, struct op_env *env);

#endif
