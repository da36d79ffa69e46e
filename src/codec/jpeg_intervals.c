/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_intervals.h"

#include <string.h>

static void begin(struct jpeg_intervals *intervals)
{
	jpeg_segment_begin(&intervals->segment, &intervals->reader);
	memset(intervals->predictors, 0, sizeof intervals->predictors);
	intervals->left = intervals->length;
}

void jpeg_intervals_begin(struct jpeg_intervals *intervals, const struct huffman_kernels *kernels,
	const struct jpeg_decompress_struct *jpeg)
{
	intervals->segment.kernels = kernels;
	intervals->segment.from = jpeg->src->next_input_byte;
	intervals->segment.source_end = intervals->segment.from + jpeg->src->bytes_in_buffer;
	intervals->length = jpeg->restart_interval;
	intervals->restart = 0;
	begin(intervals);
}

bool jpeg_intervals_pass(struct jpeg_intervals *intervals)
{
	struct jpeg_segment *segment = &intervals->segment;

	if (!jpeg_segment_ended(segment, &intervals->reader) ||
		segment->from[1] != JPEG_RST0 + intervals->restart)
		return false;
	segment->from += 2;
	intervals->restart = (intervals->restart + 1) & 7;
	begin(intervals);
	return true;
}

bool jpeg_intervals_end(struct jpeg_intervals *intervals, struct jpeg_source_mgr *source)
{
	const struct jpeg_segment *segment = &intervals->segment;
	const uint8_t *at, *end = segment->source_end;

	if (!jpeg_segment_ended(&intervals->segment, &intervals->reader))
		return false;
	for (at = segment->from; at < end && *at == 0xff; at++)
		;
	if (at == end || *at == 0)
		return false;
	source->next_input_byte = segment->from;
	source->bytes_in_buffer = (size_t)(end - segment->from);
	return true;
}
