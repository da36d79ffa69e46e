/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our entropy decoding of progressive images, scan by scan (jpeg_entropy.h says what is meant to be the same).
 *
 * The library reads all scans within jpeg_start_decompress(), into arrays of coefficients that it keeps in memory:
 *
 *	jpeg_start_decompress ─► progress_monitor ─► (at its first call: ours goes in)
 *	         │
 *	         ├─► start_pass: stock's, which checks the scan; then whether it is one for us
 *	         ├─► decode_mcu ... of all MCUs, row by row: ours ─► blocks of those arrays
 *	         └─► markers, the next start_pass ...
 *
 * A scan changes what earlier ones left, and what is read depends on it, so falling back in the middle of one undoes it
 * first. That needs no copy. As long as each scan was ours and took up a place's bits where the last one had left them, a
 * coefficient is a multiple of that last bit; so the bit that this scan sets is 0 in all of them when it begins, and clearing it
 * again (of the magnitude, for AC, whose corrections move away from zero) is what was there before. Where nothing was before,
 * that is zero. Stock then decodes the scan's MCUs again, into the same blocks, comes to the odd one in the state that it
 * would have had, and keeps this image. A scan out of order, which is legal to meet, is stock's from its start.
 */
#ifndef CODEC_JPEG_SCANS_H
#define CODEC_JPEG_SCANS_H

#include "codec/jpeg_tables.h"

/* One thread's, kept from image to image. */
struct jpeg_scans;

struct jpeg_scans *jpeg_scans_new(void); /* NULL when out of memory */
void jpeg_scans_free(struct jpeg_scans *scans); /* NULL is fine */
/*
 * jpeg_start_decompress(), of an image of several scans; whether ours took over. Borrows scans and tables until the image is
 * finished or aborted. Of the image's own memory 8 bytes more are taken for each of its blocks.
 */
bool jpeg_scans_start(struct jpeg_scans *scans, j_decompress_ptr jpeg, struct jpeg_tables *tables);
/* Whether stock got the image back. */
bool jpeg_scans_fell_back(const struct jpeg_scans *scans);

#endif
