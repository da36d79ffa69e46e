/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_blocks.h"

#include "codec/jpeg_decoder.h"
#include "codec/jpeg_inside.h"
#include "kernels/dispatch.h"

#include <string.h>

static struct jpeg_blocks *blocks_of(j_decompress_ptr jpeg)
{
	return ((struct jpeg_source *)jpeg->src)->blocks;
}

/* -- some MCUs that follow one another -- */

static void lay_out(struct jpeg_blocks *b, const struct jpeg_decompress_struct *jpeg)
{
	JBLOCKROW row = b->blocks;
	int i = 0;

	for (int c = 0; c < jpeg->comps_in_scan; c++) {
		const jpeg_component_info *component = jpeg->cur_comp_info[c];

		for (int y = 0; y < component->MCU_height;
			y++, row += JPEG_BLOCKS_MCUS * component->MCU_width)
			for (int x = 0; x < component->MCU_width; x++, i++) {
				b->place[i] = row + x;
				b->step[i] = component->MCU_width;
			}
	}
}

static bool decode(j_decompress_ptr jpeg, struct jpeg_blocks *b, unsigned count)
{
	JBLOCKROW at[HUFFMAN_BLOCKS];

	memcpy(at, b->place, sizeof at);
	memset(b->blocks, 0, (size_t)jpeg->blocks_in_MCU * JPEG_BLOCKS_MCUS * sizeof *b->blocks);
	while (count--) {
		if (!jpeg_inside_entropy(jpeg)->decode_mcu(jpeg, at))
			return false;
		for (int i = 0; i < jpeg->blocks_in_MCU; i++)
			at[i] += b->step[i];
	}
	return true;
}

/* One row of blocks to rows[0 .. 7], from sample `left` on. */
static void transform_row(const struct jpeg_blocks *b, const jpeg_component_info *component,
	const int16_t (*row)[64], unsigned count, JSAMPARRAY rows, size_t left)
{
	uint8_t *to[IDCT_ROWS];

	for (int i = 0; i < IDCT_ROWS; i++)
		to[i] = rows[i] + left;
	b->kernels->islow(row, count, component->quant_table->quantval, to);
}

/*
 * The MCUs [column, column + count) to samples. Past the image's right edge and bottom there are blocks that only fill up an
 * MCU: there is no room for them.
 */
static void transform(const struct jpeg_decompress_struct *jpeg, const struct jpeg_blocks *b,
	uint32_t column, unsigned count, JSAMPIMAGE output)
{
	const int16_t(*row)[64] = b->blocks;
	bool bottom = jpeg->input_iMCU_row + 1 == jpeg->total_iMCU_rows;

	for (int c = 0; c < jpeg->comps_in_scan; c++) {
		const jpeg_component_info *component = jpeg->cur_comp_info[c];
		uint32_t width = (uint32_t)component->MCU_width;
		uint32_t useful = component->width_in_blocks - column * width;
		int height = bottom ? component->last_row_height : component->MCU_height;

		if (useful > count * width)
			useful = count * width;
		for (int y = 0; y < component->MCU_height; y++, row += JPEG_BLOCKS_MCUS * width)
			if (component->component_needed && y < height)
				transform_row(b, component, row, useful,
					output[component->component_index] + y * IDCT_ROWS,
					(size_t)(column - b->first) * width * IDCT_ROWS);
	}
}

/* -- a row of MCUs -- */

static bool pass(j_decompress_ptr jpeg, uint32_t count)
{
	while (count--)
		if (!jpeg_inside_entropy(jpeg)->decode_mcu(jpeg, NULL))
			return false;
	return true;
}

/* What the library's own decompress_data does with an image of one scan. No decode_mcu suspends: all bytes are there. */
static int decompress(j_decompress_ptr jpeg, JSAMPIMAGE output)
{
	struct jpeg_blocks *b = blocks_of(jpeg);
	unsigned count;

	if (!pass(jpeg, b->first))
		return JPEG_SUSPENDED;
	for (uint32_t column = b->first; column <= b->last; column += count) {
		count = b->last - column + 1;
		if (count > JPEG_BLOCKS_MCUS)
			count = JPEG_BLOCKS_MCUS;
		if (!decode(jpeg, b, count))
			return JPEG_SUSPENDED;
		transform(jpeg, b, column, count, output);
	}
	if (!pass(jpeg, jpeg->MCUs_per_row - b->last - 1))
		return JPEG_SUSPENDED;
	jpeg->output_iMCU_row++;
	if (++jpeg->input_iMCU_row < jpeg->total_iMCU_rows)
		return JPEG_ROW_COMPLETED;
	jpeg_inside_input(jpeg)->finish_input_pass(jpeg);
	return JPEG_SCAN_COMPLETED;
}

/* -- the image -- */

/* A single component with a factor above 1 has several rows of MCUs in what the library calls one. */
static bool takes(const struct jpeg_decompress_struct *jpeg)
{
	if (jpeg->dct_method != JDCT_ISLOW || jpeg->raw_data_out || jpeg->MCUs_per_row < 1 ||
		jpeg->MCU_rows_in_scan != jpeg->total_iMCU_rows)
		return false;
	for (int c = 0; c < jpeg->comps_in_scan; c++) {
		const jpeg_component_info *component = jpeg->cur_comp_info[c];

		if (component->component_needed &&
			(jpeg_inside_block_size(component) != DCTSIZE || !component->quant_table))
			return false;
	}
	return true;
}

bool jpeg_blocks_start(struct jpeg_blocks *b, j_decompress_ptr jpeg)
{
	b->kernels = kernels()->idct;
	if (!b->kernels || !takes(jpeg))
		return false;
	b->first = 0;
	b->last = jpeg->MCUs_per_row - 1;
	lay_out(b, jpeg);
	((struct jpeg_source *)jpeg->src)->blocks = b;
	jpeg_inside_coef(jpeg)->decompress_data = decompress;
	return true;
}
