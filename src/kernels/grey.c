/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/grey.h"

#include "kernels/dispatch.h"

#include <assert.h>

void grey_image(const struct image *out, const struct image *in)
{
	const struct value_kernels *k = in->shape.sample == SAMPLE_U16 ? kernels()->values_u16
								       : kernels()->values_u8;

	assert(shape_has_alpha(&out->shape) == shape_has_alpha(&in->shape));
	for (uint32_t y = 0; y < in->shape.height; y++)
		k->grey(image_row(out, y), out->shape.channels, image_row(in, y), in->shape.width,
			in->shape.channels);
}
