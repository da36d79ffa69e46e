/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_segment.h"

#include <assert.h>
#include <string.h>

/* A piece behind the `kept` bytes that lie at the beginning. */
static void take_piece(struct jpeg_segment *segment, struct huffman_reader *reader, size_t kept)
{
	reader->end = segment->kernels->unstuff(&segment->from, segment->source_end,
		segment->bytes + kept, segment->bytes + JPEG_SEGMENT_PIECE, &segment->more);
	segment->low = segment->more ? reader->end - HUFFMAN_MARGIN
				     : segment->bytes + sizeof segment->bytes;
}

void jpeg_segment_begin(struct jpeg_segment *segment, struct huffman_reader *reader)
{
	take_piece(segment, reader, 0);
	reader->next = segment->bytes;
	reader->window = reader->held = 0;
}

void jpeg_segment_fetch(struct jpeg_segment *segment, struct huffman_reader *reader)
{
	size_t kept = (size_t)(reader->end - reader->next);

	/* Neither did the reader load what lies behind: it began the last MCU a margin away. */
	assert(segment->more && reader->next <= reader->end);
	memmove(segment->bytes, reader->next, kept);
	reader->next = segment->bytes;
	take_piece(segment, reader, kept);
}

bool jpeg_segment_ended(struct jpeg_segment *segment, struct huffman_reader *reader)
{
	ptrdiff_t bits;

	if (segment->more && reader->end - reader->next <= 8)
		jpeg_segment_fetch(segment, reader);
	bits = (reader->end - reader->next) * 8 + (ptrdiff_t)reader->held;
	return !segment->more && bits >= 0 && bits < 8 && segment->source_end - segment->from >= 2;
}
