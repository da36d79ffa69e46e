/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decodes the Huffman coding of JPEG files: libjpeg-turbo's own code (stock), or ours in its place (jpeg_entropy.h). The
 * bytes are the same. Ours runs only where all of this holds, found out once, at the first question:
 *
 *	- this build has it (-DIMGBATCH_FAST_ENTROPY), compiled against libjpeg-turbo 2.1 or newer
 *	- the library that runs says that it is libjpeg-turbo, and knows the messages that we were compiled with
 *	- two small images, sequential and progressive, decoded both ways, come out the same, whole, cut, and at 1/8
 *
 * Where it runs, so does our inverse DCT (jpeg_blocks.h), if this CPU has kernels for it and a third small image, whose
 * coefficients go beyond all bounds, comes out the same: the library's is not the same on every CPU.
 *
 * IMGBATCH_ENTROPY in the environment (auto, stock, fast) decides where a choice is ENTROPY_AUTO. Any thread.
 */
#ifndef CODEC_ENTROPY_H
#define CODEC_ENTROPY_H

#include "base/fault.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum entropy {
	ENTROPY_AUTO, /* ours where it runs and tables for the image are worth making, else stock */
	ENTROPY_STOCK,
	ENTROPY_FAST, /* ours for every image that it can take */
};

/* 0, or E_USAGE when ours was asked for and cannot run, or IMGBATCH_ENTROPY names no choice. */
int entropy_check(enum entropy choice, struct fault *fault);
/* What a choice comes to here: ENTROPY_AUTO only where ours runs. */
enum entropy entropy_resolve(enum entropy choice);
/* Whether the inverse DCT of images that are ours is ours, too. */
bool entropy_transforms(void);
/* "entropy decoding ours, with avx512 kernels: ..." or "... libjpeg-turbo's: ..." and why; one line. */
void entropy_describe(struct str *text);

#endif
