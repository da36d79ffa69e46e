/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libjpeg reads straight from the caller's bytes. When it wants more than there are it gets an end marker,
 * without which it would never return; but the source remembers, and a file that ends so is told as cut.
 * (The usual memory source does the same and only warns: cut files then pass with grey in their lower part.)
 */
#include "codec/jpeg_decoder.h"

static void nothing(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static boolean fill(j_decompress_ptr jpeg)
{
	static const JOCTET end_marker[] = {0xff, JPEG_EOI};
	struct jpeg_source *source = (struct jpeg_source *)jpeg->src;

	source->exhausted = true;
	source->manager.next_input_byte = end_marker;
	source->manager.bytes_in_buffer = sizeof end_marker;
	return TRUE;
}

static void skip(j_decompress_ptr jpeg, long count)
{
	struct jpeg_source *source = (struct jpeg_source *)jpeg->src;

	if (count <= 0)
		return;
	if ((size_t)count > source->manager.bytes_in_buffer) {
		fill(jpeg);
		return;
	}
	source->manager.next_input_byte += count;
	source->manager.bytes_in_buffer -= (size_t)count;
}

bool jpeg_source_is_ours(const struct jpeg_source_mgr *manager)
{
	return manager->fill_input_buffer == fill && manager->skip_input_data == skip;
}

void jpeg_source_init(struct jpeg_source *source, struct bytes input)
{
	source->manager = (struct jpeg_source_mgr){
		.next_input_byte = input.data,
		.bytes_in_buffer = input.size,
		.init_source = nothing,
		.fill_input_buffer = fill,
		.skip_input_data = skip,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = nothing,
	};
	source->exhausted = false;
	source->blocks = NULL;
}
