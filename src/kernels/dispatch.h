/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variant of each kernel this machine runs: chosen once, at the first call, and never changed.
 *
 * IMGBATCH_ISA in the environment forces one ("c" is always there). Every variant gives the same
 * bytes; the portable C ones are the oracle of the others.
 */
#ifndef KERNELS_DISPATCH_H
#define KERNELS_DISPATCH_H

#include "base/fault.h"
#include "kernels/alpha_kernels.h"
#include "kernels/compare_kernels.h"
#include "kernels/huffman_kernels.h"
#include "kernels/idct_kernels.h"
#include "kernels/lut_kernels.h"
#include "kernels/move_kernels.h"
#include "kernels/neighbour_kernels.h"
#include "kernels/png_kernels.h"
#include "kernels/resample_kernels.h"
#include "kernels/values_kernels.h"
#include "kernels/warp_kernels.h"

#include <stdbool.h>
#include <stddef.h>

/* A complete set of kernels: what an instruction set lacks it takes from a lesser one. */
struct kernels {
	const char *name; /* what IMGBATCH_ISA says */
	bool (*runs)(void); /* whether this CPU can, and is quick at it; NULL: always */
	const struct resample_kernels *resample_u8, *resample_u16;
	const struct alpha_kernels *alpha_u8;
	const struct png_kernels *png;
	const struct huffman_kernels *huffman;
	const struct idct_kernels *idct; /* NULL: libjpeg-turbo's own */
	const struct lut_kernels *lut;
	const struct move_kernels *move;
	const struct value_kernels *values_u8, *values_u16;
	const struct warp_kernels *warp_u8, *warp_u16;
	const struct neighbour_kernels *neighbour;
	const struct compare_kernels *compare_u8, *compare_u16;
	ssim_down_fn *ssim_down;
};

/* The set in use. Any thread. */
const struct kernels *kernels(void);
/* 0, or IMGBATCH_E_USAGE when IMGBATCH_ISA names what there is not or what this CPU lacks (then C runs). */
int kernels_check(struct fault *fault);

extern const struct kernels kernels_c; /* runs everywhere */
/* All sets of this build, portable C first, the best last; for tests and `imgbatch engines`. */
extern const struct kernels *const kernel_sets[];
extern const size_t kernel_set_count;
/* Makes `set` the one in use: tests and benchmarks only, while nothing else runs and no prepared plan is kept. */
void kernels_force(const struct kernels *set);

#endif
