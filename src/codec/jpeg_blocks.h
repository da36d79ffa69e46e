/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own inverse DCT inside libjpeg-turbo: the same samples, sooner.
 *
 * The library transforms one block at a time, through a pointer, as soon as its MCU is decoded. Here some MCUs are decoded
 * first, into blocks that lie as their samples will, and each row of those is transformed at once:
 *
 *	decode_mcu x 4 ─►  Y   □□□□□□□□  ─► idct ─►  8 rows of 64 samples, where the library wants them
 *	                       □□□□□□□□  ─► idct ─►  8 rows of 64
 *	                   Cb  □□□□      ─► idct ─►  8 rows of 32
 *	                   Cr  □□□□      ─► idct ─►  8 rows of 32
 *
 * What stands in the library's place is one function, decompress_data of struct jpeg_d_coef_controller, for an image of a
 * single scan at its full size; who decodes the MCUs, and whether that changes midway, is all the same to it. Nothing that
 * the library keeps for its own function is touched but the counts of rows in struct jpeg_decompress_struct.
 */
#ifndef CODEC_JPEG_BLOCKS_H
#define CODEC_JPEG_BLOCKS_H

#include "kernels/huffman_kernels.h"
#include "kernels/idct_kernels.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

enum {
	JPEG_BLOCKS_MCUS = 4, /* so many at a time: their coefficients stay in the nearest cache */
};

struct jpeg_blocks {
	const struct idct_kernels *kernels;
	uint32_t first, last; /* columns of MCUs that are transformed */
	JBLOCKROW place[HUFFMAN_BLOCKS]; /* where the blocks of the first MCU go, */
	int step[HUFFMAN_BLOCKS]; /* and of the next one, so much further */
	/* Of the scan's components, one behind the other: rows of blocks, JPEG_BLOCKS_MCUS MCUs wide. */
	_Alignas(64) int16_t blocks[JPEG_BLOCKS_MCUS * HUFFMAN_BLOCKS][64];
};

/*
 * Takes over, behind jpeg_start_decompress() and before the first row, from an image of a single scan whose source is ours, and
 * for as long as it is decoded. False: the library's stays, for the image is none of the kind, or this CPU has no kernels.
 */
bool jpeg_blocks_start(struct jpeg_blocks *blocks, j_decompress_ptr jpeg);
/* No columns of MCUs but these will be looked at. */
static inline void jpeg_blocks_crop(struct jpeg_blocks *blocks, uint32_t first, uint32_t last)
{
	blocks->first = first;
	blocks->last = last;
}

#endif
