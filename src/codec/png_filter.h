/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an image made ready for deflate: each with the filter that suits it in front. Which one is a matter of
 * exact sums, so that it is the same on every machine.
 */
#ifndef CODEC_PNG_FILTER_H
#define CODEC_PNG_FILTER_H

#include "image/image.h"

enum png_strategy {
	PNG_STRATEGY_PLAIN, /* rows as they are: for data that are only stored */
	PNG_STRATEGY_PAETH, /* one filter for all */
	PNG_STRATEGY_LEAST, /* for each row that with the least sum of absolute differences */
};

/*
 * bits: a sample in the file; fewer than 8 are packed, several to a byte (of one channel only); 0: as the shape has them.
 *
 * Bytes of the filtered image, and of the scratch that filtering needs beside.
 */
uint64_t png_filtered_size(const struct shape *shape, uint8_t bits);
uint64_t png_filter_scratch(const struct shape *shape);
/* Samples of 16 bits are put high byte first. Any thread. */
void png_filter_image(const struct image *image, uint8_t bits, enum png_strategy strategy,
	uint8_t *out, uint8_t *scratch);

#endif
