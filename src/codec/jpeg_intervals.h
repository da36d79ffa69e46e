/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coded data of one scan, restart interval by restart interval, with what begins anew in each of them. For the two that
 * decode it: jpeg_entropy.c and jpeg_scans.c.
 */
#ifndef CODEC_JPEG_INTERVALS_H
#define CODEC_JPEG_INTERVALS_H

#include "codec/jpeg_segment.h"

#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

struct jpeg_intervals {
	uint64_t length,
		left; /* MCUs of an interval, and up to the next marker; length 0: there is none */
	uint8_t restart; /* the number of that marker, 0 .. 7 */
	struct huffman_reader reader;
	int32_t predictors[HUFFMAN_COMPONENTS];
	struct jpeg_segment segment;
};

/* Begins the scan whose data the image's source stands at. The source stays there. */
void jpeg_intervals_begin(struct jpeg_intervals *intervals, const struct huffman_kernels *kernels,
	const struct jpeg_decompress_struct *jpeg);
/* Passes the restart marker that must be here. False: it is not, or not here. */
bool jpeg_intervals_pass(struct jpeg_intervals *intervals);
/*
 * Puts the source where the scan ends: onto a marker. Fill bytes may stand before it, but FF .. FF 00 would be data. False,
 * and the source has not moved: data is left, or there is no marker.
 */
bool jpeg_intervals_end(struct jpeg_intervals *intervals, struct jpeg_source_mgr *source);

/* Whether a marker must come before the next MCU. */
static inline bool jpeg_intervals_due(const struct jpeg_intervals *intervals)
{
	return intervals->length && !intervals->left;
}

#endif
