/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coded data between two markers, handed to a bit reader without its stuffing (FF 00 stands for FF), piece by piece:
 *
 *	file     ..data FF 00 data.. │ data FF 00 ..        FF D0
 *	                             └ from: here the next piece begins
 *	bytes    ..data FF data..    ┊ margin ┊
 *	               └ next        └ end
 *
 * A piece is fetched before less than one MCU's most is left of the last one. So decoding an MCU tests neither for FF nor
 * for the piece's end: whether it read too far is seen afterwards, and what it read there lies in the margin.
 */
#ifndef CODEC_JPEG_SEGMENT_H
#define CODEC_JPEG_SEGMENT_H

#include "kernels/huffman_kernels.h"

enum { JPEG_SEGMENT_PIECE = 16 << 10 };

struct jpeg_segment {
	const struct huffman_kernels *kernels;
	const uint8_t *from, *source_end; /* of the file: what was not fetched */
	const uint8_t *low; /* with the reader's next byte behind this one, a piece is due */
	bool more; /* of this segment, behind the piece at hand */
	uint8_t bytes[JPEG_SEGMENT_PIECE + HUFFMAN_MARGIN];
};

/* Begins the segment at segment->from: its first piece, and a reader at its first bit. */
void jpeg_segment_begin(struct jpeg_segment *segment, struct huffman_reader *reader);
void jpeg_segment_fetch(struct jpeg_segment *segment, struct huffman_reader *reader);
/* Whether all that was left is less than a byte, and a marker's FF stands at segment->from. */
bool jpeg_segment_ended(struct jpeg_segment *segment, struct huffman_reader *reader);

/* Has enough ready for one MCU, as far as the segment goes. */
static inline void jpeg_segment_prepare(struct jpeg_segment *segment, struct huffman_reader *reader)
{
	if (reader->next > segment->low)
		jpeg_segment_fetch(segment, reader);
}

#endif
