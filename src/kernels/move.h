/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight ways to lay an image: flips, quarter turns and the two transposes. Used by the operations and for
 * EXIF orientation, whose numbers these are:
 *
 *	1 as it is   2 flipped left-right   3 half a turn            4 flipped top-bottom
 *	5 transposed (main diagonal)        6 a quarter turn clockwise
 *	7 transposed (other diagonal)       8 a quarter turn counter-clockwise
 *
 * so that the image, moved by its orientation's number, stands upright. Any sample type and channel count.
 */
#ifndef KERNELS_MOVE_H
#define KERNELS_MOVE_H

#include "image/image.h"

enum move {
	MOVE_NONE = 1,
	MOVE_FLIP_H,
	MOVE_ROTATE_180,
	MOVE_FLIP_V,
	MOVE_TRANSPOSE,
	MOVE_ROTATE_CW,
	MOVE_TRANSVERSE,
	MOVE_ROTATE_CCW,
};

/* Whether width and height change places: 5 to 8. */
static inline bool move_turns(enum move move)
{
	return move >= MOVE_TRANSPOSE;
}

/* The shape after a move. */
struct shape move_shape(enum move move, const struct shape *in);
/* Moves in to out, which has move_shape()'s shape and does not overlap in. */
void move_image(enum move move, const struct image *out, const struct image *in);
/*
 * Rows y .. y + rows of out only, for callers that split an image; out is the whole image.
 */
void move_rows(
	enum move move, const struct image *out, const struct image *in, uint32_t y, uint32_t rows);
/* Where the point (x, y) of an image of shape `in`, in pixels from its top left corner, lies in the moved one. */
void move_point(enum move move, const struct shape *in, double xy[2]);
/* Where the part `rect` of the moved image lies in the one it came from, of shape `in`. */
struct rect move_source(enum move move, const struct shape *in, const struct rect *rect);

#endif
