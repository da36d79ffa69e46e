/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/grey.h"

#include <assert.h>

/* channels of in and out are constants where this is inlined. */
#define GREY_ROW(name, type)                                                                       \
	static inline __attribute__((always_inline)) void name(                                    \
		type *to, const type *from, uint32_t pixels, const int out, const int in)          \
	{                                                                                          \
		for (uint32_t i = 0; i < pixels; i++, to += out, from += in) {                     \
			type alpha = from[in - 1];                                                 \
			type v = in < 3 ? from[0] : (type)grey_of(from[0], from[1], from[2]);      \
			for (int c = 0; c < (out < 3 ? 1 : 3); c++)                                \
				to[c] = v;                                                         \
			if (out % 2 == 0)                                                          \
				to[out - 1] = alpha;                                               \
		}                                                                                  \
	}                                                                                          \
	static void name##_any(type *to, const type *from, uint32_t pixels, int out, int in)       \
	{                                                                                          \
		if (in == 3 && out == 1)                                                           \
			name(to, from, pixels, 1, 3);                                              \
		else if (in == 3 && out == 3)                                                      \
			name(to, from, pixels, 3, 3);                                              \
		else if (in == 4 && out == 2)                                                      \
			name(to, from, pixels, 2, 4);                                              \
		else                                                                               \
			name(to, from, pixels, out, in);                                           \
	}

GREY_ROW(grey8, uint8_t)
GREY_ROW(grey16, uint16_t)

void grey_image(const struct image *out, const struct image *in)
{
	int to = out->shape.channels, from = in->shape.channels;

	assert(shape_has_alpha(&out->shape) == shape_has_alpha(&in->shape));
	for (uint32_t y = 0; y < in->shape.height; y++) {
		if (in->shape.sample == SAMPLE_U16)
			grey16_any(image_row(out, y), image_row(in, y), in->shape.width, to, from);
		else
			grey8_any(image_row(out, y), image_row(in, y), in->shape.width, to, from);
	}
}
