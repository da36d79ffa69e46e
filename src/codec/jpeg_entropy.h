/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own entropy decoding inside libjpeg-turbo: the same coefficients, sooner.
 *
 * Three quarters of decoding a photo is Huffman decoding. libjpeg-turbo calls it through one pointer, MCU by MCU, so another
 * decoder can stand there for the two kinds of image that matter: Huffman-coded, 8 bits, all bytes in memory, and either
 * sequential in a single scan or progressive (of which jpeg_scans.h tells what is different). The rest of the library stays as
 * it is, and does not know:
 *
 *	jpeg_read_scanlines ─► decode_mcu ─► jpeg_entropy ── nothing odd ──► coefficients ─► inverse DCT ...
 *	                                          │                              ▲
 *	                                          └── anything odd: fall back    │
 *	                                               stock's decode_mcu ───────┘  for good
 *
 * Falling back is exact, because until then nothing of the library's was touched: its own entropy decoder, its source and
 * what it knows of markers stand where they stood at the scan's beginning. So it is put back and sent past the MCUs that
 * were delivered, and then its state, down to the bit, is the one it would have had; the odd thing is met, warned of and
 * repaired by the library itself. (Repairing it here, the same way, was tried: hundreds of damaged files differed in their
 * count of warnings.) Odd is: a code that there is not, data that ends too early or too late, a restart marker that is
 * missing, wrong or padded, no marker at the end.
 *
 * jpeg_inside.h declares what is used of the library's inside; jpeg_entropy_guard.c says what is checked before that is
 * relied upon.
 */
#ifndef CODEC_JPEG_ENTROPY_H
#define CODEC_JPEG_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

/* One thread's, kept from image to image. */
struct jpeg_entropy;

/*
 * NULL when out of memory, or where this build has none. transforms: with an inverse DCT of ours, too, for images that
 * jpeg_blocks.h takes.
 */
struct jpeg_entropy *jpeg_entropy_new(bool transforms);
void jpeg_entropy_free(struct jpeg_entropy *entropy); /* NULL is fine */

/*
 * jpeg_start_decompress(), which never suspends here, and whether ours takes over the image's entropy decoding until the image
 * is finished or aborted. False: stock stays in its place, because the image is none of the kind, or, unless eager,
 * because tables for so little data would cost more than they save.
 */
bool jpeg_entropy_start(struct jpeg_entropy *entropy, j_decompress_ptr jpeg, bool eager);
/* jpeg_crop_scanline() came to these columns of the output: no others will be looked at. Where ours took over. */
void jpeg_entropy_crop(
	struct jpeg_entropy *entropy, j_decompress_ptr jpeg, uint32_t left, uint32_t width);

/* Whether it was put aside for the image at hand. */
bool jpeg_entropy_fell_back(const struct jpeg_entropy *entropy);

/*
 * For the guard: why this build has none, or NULL; and what its self-test finds wrong, or NULL: of coefficients, or of the samples
 * that come of them.
 */
const char *jpeg_entropy_missing(void);
const char *jpeg_entropy_test(bool transforms);

#endif
