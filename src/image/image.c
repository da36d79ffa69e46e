/* SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include <assert.h>
#include <string.h>

void image_copy(const struct image *to, const struct image *from)
{
	size_t row = shape_row_size(&from->shape);

	assert(shape_same(&to->shape, &from->shape));
	for (uint32_t y = 0; y < from->shape.height; y++)
		memcpy(image_row(to, y), image_row(from, y), row);
}
