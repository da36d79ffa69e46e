/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, in the order of --help. Adding one: its file, its declaration, its row. */
#include "ops/op.h"

extern const struct op op_resize, op_short_edge, op_long_edge, op_crop, op_pad, op_flip,
	op_rotate90, op_rotate180, op_transpose, op_transverse, op_grayscale, op_random_crop,
	op_random_resized_crop, op_hflip, op_vflip;

const struct op *const ops[] = {
	&op_resize,
	&op_short_edge,
	&op_long_edge,
	&op_crop,
	&op_pad,
	&op_flip,
	&op_rotate90,
	&op_rotate180,
	&op_transpose,
	&op_transverse,
	&op_grayscale,
	&op_random_crop,
	&op_random_resized_crop,
	&op_hflip,
	&op_vflip,
};

const size_t op_count = sizeof ops / sizeof *ops;
