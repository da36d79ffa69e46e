/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_scans.h"

#include "codec/jpeg_decoder.h"
#include "codec/jpeg_inside.h"
#include "codec/jpeg_intervals.h"
#include "kernels/dispatch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BITS = 15 }; /* of a coefficient, without its sign */

struct jpeg_scans {
	struct jpeg_inside_entropy pub; /* first: libjpeg hands back a pointer to it */
	struct jpeg_inside_entropy *stock; /* the image's own; borrowed */
	struct jpeg_progress_mgr progress;
	struct jpeg_tables *tables; /* borrowed */
	bool asked, taken, fell_back;

	/* Of the image, in its memory. */
	uint64_t *nonzero[MAX_COMPONENTS]; /* a word for each block, row by row */
	JBLOCKROW *rows; /* where rows of blocks lie, as far as the scan has come */

	/* Of the scan at hand. */
	bool first; /* its values are new; else they refine what is there */
	unsigned shift; /* the bit that they end with */
	uint64_t done, total; /* MCUs */
	uint32_t column, columns; /* the next MCU's, and how many there are */
	uint32_t row, row_count;
	uint64_t *nonzero_row; /* of a band: the next row's */
	struct huffman_unit unit; /* of DC */
	struct huffman_band band; /* of AC */
	struct huffman_codes codes;
	struct jpeg_intervals intervals;
};

struct jpeg_scans *jpeg_scans_new(void)
{
	return calloc(1, sizeof(struct jpeg_scans));
}

void jpeg_scans_free(struct jpeg_scans *scans)
{
	free(scans);
}

bool jpeg_scans_fell_back(const struct jpeg_scans *scans)
{
	return scans->fell_back;
}

static struct jpeg_scans *scans_of(j_decompress_ptr jpeg)
{
	return (struct jpeg_scans *)jpeg->entropy;
}

static void put_stock_back(j_decompress_ptr jpeg, struct jpeg_scans *s)
{
	s->fell_back = true;
	jpeg_inside_set_entropy(jpeg, s->stock);
}

/* -- DC: MCU by MCU, of all components or of one -- */

/* What decoding leaves here does not depend on what was there: stock goes past what was done. */
static boolean fall_back_dc(j_decompress_ptr jpeg, struct jpeg_scans *s)
{
	JBLOCK nowhere[D_MAX_BLOCKS_IN_MCU] = {{0}};
	JBLOCKROW blocks[D_MAX_BLOCKS_IN_MCU];
	boolean going = TRUE;

	for (int i = 0; i < D_MAX_BLOCKS_IN_MCU; i++)
		blocks[i] = &nowhere[i];
	put_stock_back(jpeg, s);
	for (uint64_t i = 0; i < s->done && going; i++)
		going = s->stock->decode_mcu(jpeg, blocks);
	return going;
}

static boolean dc_by_stock(j_decompress_ptr jpeg, struct jpeg_scans *s, JBLOCKROW *blocks)
{
	for (int i = 0; i < jpeg->blocks_in_MCU; i++)
		blocks[i][0][0] = s->first ? 0 : (JCOEF)(blocks[i][0][0] & ~(1 << s->shift));
	return fall_back_dc(jpeg, s) && s->stock->decode_mcu(jpeg, blocks);
}

static bool decode_dc(struct jpeg_scans *s, JBLOCKROW *blocks)
{
	struct jpeg_intervals *data = &s->intervals;
	const struct huffman_kernels *k = data->segment.kernels;
	/* A JBLOCKROW points at its first block's first coefficient. */
	int16_t *const *coefs = (int16_t *const *)blocks;

	if (jpeg_intervals_due(data) && !jpeg_intervals_pass(data))
		return false;
	jpeg_segment_prepare(&data->segment, &data->reader);
	data->left--;
	return s->first ? k->dc_first(&data->reader, &s->unit, s->shift, coefs, data->predictors)
			: k->dc_refine(&data->reader, s->unit.count, s->shift, coefs);
}

static boolean decode_mcu_dc(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct jpeg_scans *s = scans_of(jpeg);

	if (!decode_dc(s, blocks))
		return dc_by_stock(jpeg, s, blocks);
	if (++s->done == s->total && !jpeg_intervals_end(&s->intervals, jpeg->src))
		return fall_back_dc(jpeg, s);
	return TRUE;
}

/* -- AC: of one component, a row of blocks at a time -- */

/* Of a row of blocks, whether the scan has come through it or not. */
static void undo_row(const struct jpeg_scans *s, JBLOCKROW row)
{
	int bit = 1 << s->shift;

	for (uint32_t i = 0; i < s->columns; i++)
		for (unsigned place = s->band.first; place <= s->band.last; place++) {
			JCOEF *c = &row[i][huffman_natural[place]];

			if (s->first)
				*c = 0;
			else if (abs(*c) & bit)
				*c = (JCOEF)(*c < 0 ? *c + bit : *c - bit);
		}
}

/* The MCU at hand, the first of its row, by stock. */
static boolean band_by_stock(j_decompress_ptr jpeg, struct jpeg_scans *s, JBLOCKROW *blocks)
{
	boolean going = TRUE;

	put_stock_back(jpeg, s);
	for (uint32_t row = 0; row <= s->row; row++)
		undo_row(s, s->rows[row]);
	for (uint32_t row = 0; row < s->row; row++)
		for (uint32_t i = 0; i < s->columns && going; i++) {
			JBLOCKROW block = s->rows[row] + i;

			going = s->stock->decode_mcu(jpeg, &block);
		}
	return going && s->stock->decode_mcu(jpeg, blocks);
}

/* Some blocks of a row: up to a restart marker, or until the next piece of data is due. How many; -1: something is odd. */
static int decode_some(struct jpeg_scans *s, JBLOCKROW blocks, uint64_t *nonzero, uint32_t count)
{
	struct jpeg_intervals *data = &s->intervals;
	const struct huffman_kernels *k = data->segment.kernels;
	const uint8_t *stop;
	int came;

	if (jpeg_intervals_due(data)) {
		if (!jpeg_intervals_pass(data))
			return -1;
		s->band.run = 0;
	}
	if (data->length && data->left < count)
		count = (uint32_t)data->left;
	jpeg_segment_prepare(&data->segment, &data->reader);
	/* Behind the data a load may have reached ahead, but not by more than a word. */
	stop = data->segment.more ? data->segment.low : data->reader.end + 8;
	came = s->first ? k->band_first(&data->reader, &s->band, stop, blocks, nonzero, count)
			: k->band_refine(&data->reader, &s->band, stop, blocks, nonzero, count);
	data->left -= came > 0 ? (unsigned)came : 0;
	return came;
}

static bool decode_row(j_decompress_ptr jpeg, struct jpeg_scans *s, JBLOCKROW blocks)
{
	s->rows[s->row] = blocks;
	for (uint32_t i = 0; i < s->columns;) {
		int came = decode_some(s, blocks + i, s->nonzero_row + i, s->columns - i);

		if (came <= 0)
			return false;
		i += (uint32_t)came;
	}
	s->nonzero_row += s->columns;
	return s->row + 1 < s->row_count || jpeg_intervals_end(&s->intervals, jpeg->src);
}

/* The library asks for one block at a time; they follow one another in a row of its array. */
static boolean decode_mcu_band(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct jpeg_scans *s = scans_of(jpeg);

	if (!s->column && !decode_row(jpeg, s, blocks[0]))
		return band_by_stock(jpeg, s, blocks);
	if (++s->column == s->columns) {
		s->column = 0;
		s->row++;
	}
	return TRUE;
}

/* -- scans -- */

static JHUFF_TBL *table_of(JHUFF_TBL *const *tables, int number)
{
	return number >= 0 && number < NUM_HUFF_TBLS ? tables[number] : NULL;
}

static bool begin_dc(struct jpeg_scans *s, j_decompress_ptr jpeg)
{
	struct huffman_part parts[MAX_COMPS_IN_SCAN] = {{.dc = NULL}};

	for (int i = 0; s->first && i < jpeg->comps_in_scan; i++) {
		const JHUFF_TBL *dc = table_of(
			jpeg->dc_huff_tbl_ptrs, jpeg->cur_comp_info[i]->dc_tbl_no);

		parts[i].component = (uint8_t)i;
		parts[i].dc = dc ? jpeg_tables_dc(s->tables, dc, 0, true) : NULL;
		if (!parts[i].dc)
			return false;
	}
	s->unit.count = (unsigned)jpeg->blocks_in_MCU;
	for (int i = 0; i < jpeg->blocks_in_MCU; i++)
		s->unit.part[i] = parts[jpeg->MCU_membership[i]];
	s->pub.decode_mcu = decode_mcu_dc;
	return true;
}

/* Whether all values of a first scan fit their 16 bits where they stand, and what refines them does too. */
static bool values_fit(const struct huffman_codes *codes, const JHUFF_TBL *table, unsigned shift)
{
	unsigned count = 0;

	for (int n = 1; n <= 16; n++)
		count += table->bits[n];
	for (unsigned i = 0; i < count; i++)
		if ((codes->symbol[i] & 15u) + shift > VALUE_BITS)
			return false;
	return true;
}

static bool begin_band(struct jpeg_scans *s, j_decompress_ptr jpeg)
{
	const jpeg_component_info *component = jpeg->cur_comp_info[0];
	const JHUFF_TBL *ac = table_of(jpeg->ac_huff_tbl_ptrs, component->ac_tbl_no);

	if (!ac || !huffman_codes_init(&s->codes, ac->bits, ac->huffval, 255) ||
		(s->first && !values_fit(&s->codes, ac, s->shift)))
		return false;
	s->band = (struct huffman_band){.codes = &s->codes,
		.first = (unsigned)jpeg->Ss,
		.last = (unsigned)jpeg->Se,
		.shift = s->shift};
	s->nonzero_row = s->nonzero[component->component_index];
	s->pub.decode_mcu = decode_mcu_band;
	return true;
}

/* Behind stock's start_pass(), which has checked the scan; false: it stays stock's. */
static bool begin_scan(struct jpeg_scans *s, j_decompress_ptr jpeg)
{
	if (jpeg->unread_marker || jpeg->blocks_in_MCU < 1 ||
		jpeg->blocks_in_MCU > HUFFMAN_BLOCKS || jpeg->comps_in_scan > HUFFMAN_COMPONENTS)
		return false;
	s->first = jpeg->Ah == 0;
	s->shift = (unsigned)jpeg->Al;
	s->done = 0;
	s->column = s->row = 0;
	s->columns = jpeg->MCUs_per_row;
	s->row_count = jpeg->MCU_rows_in_scan;
	s->total = (uint64_t)s->columns * s->row_count;
	if (!(jpeg->Ss ? begin_band(s, jpeg) : begin_dc(s, jpeg)))
		return false;
	jpeg_intervals_begin(&s->intervals, kernels()->huffman, jpeg);
	return true;
}

/* Whether the scan takes up each of its places where the last one left it; asked before it changes what is known of them. */
static bool in_order(const struct jpeg_decompress_struct *jpeg)
{
	int before = jpeg->Ah ? jpeg->Ah : -1;

	if (jpeg->Ss > jpeg->Se || jpeg->Se >= DCTSIZE2 || (jpeg->Ah && jpeg->Al != jpeg->Ah - 1))
		return false;
	for (int i = 0; i < jpeg->comps_in_scan; i++) {
		const int *bits = jpeg->coef_bits[jpeg->cur_comp_info[i]->component_index];

		for (int place = jpeg->Ss; place <= jpeg->Se; place++)
			if (bits[place] != before)
				return false;
	}
	return true;
}

static void start_pass(j_decompress_ptr jpeg)
{
	struct jpeg_scans *s = scans_of(jpeg);
	bool orderly = in_order(jpeg);

	put_stock_back(jpeg, s);
	s->stock->start_pass(jpeg);
	if (!orderly || !begin_scan(s, jpeg))
		return;
	s->fell_back = false;
	jpeg_inside_set_entropy(jpeg, &s->pub);
}

/* -- the image -- */

/* Whether the image is of the kind that is taken, and stands at the beginning of its first scan. */
static bool takes(const struct jpeg_decompress_struct *jpeg)
{
	return jpeg->progressive_mode && jpeg->coef_bits && !jpeg->arith_code &&
		!jpeg->buffered_image && jpeg->data_precision == 8 &&
		jpeg->input_scan_number == 1 && jpeg->input_iMCU_row == 0 && jpeg->Ah == 0 &&
		jpeg_source_is_ours(jpeg->src);
}

static bool take_memory(struct jpeg_scans *s, j_decompress_ptr jpeg)
{
	uint64_t words = 0, rows = 0;
	uint64_t *memory;

	for (int i = 0; i < jpeg->num_components; i++) {
		const jpeg_component_info *c = &jpeg->comp_info[i];

		words += (uint64_t)c->width_in_blocks * c->height_in_blocks;
		rows = c->height_in_blocks > rows ? c->height_in_blocks : rows;
	}
	if (words * sizeof *memory > (size_t)jpeg->mem->max_alloc_chunk / 2)
		return false;
	memory = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, words * sizeof *memory);
	memset(memory, 0, words * sizeof *memory);
	for (int i = 0; i < jpeg->num_components; i++) {
		s->nonzero[i] = memory;
		memory += (size_t)jpeg->comp_info[i].width_in_blocks *
			jpeg->comp_info[i].height_in_blocks;
	}
	s->rows = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, rows * sizeof *s->rows);
	return true;
}

/* The library calls it before it reads each row; at the first call the first scan has been started. */
static void take_over(j_common_ptr common)
{
	j_decompress_ptr jpeg = (j_decompress_ptr)common;
	struct jpeg_scans *s = (struct jpeg_scans *)((char *)jpeg->progress -
		offsetof(struct jpeg_scans, progress));

	if (s->asked)
		return;
	s->asked = true;
	if (!takes(jpeg) || !take_memory(s, jpeg) || !begin_scan(s, jpeg))
		return;
	s->stock = jpeg_inside_entropy(jpeg);
	s->pub.start_pass = start_pass;
	jpeg_inside_set_entropy(jpeg, &s->pub);
	s->taken = true;
}

bool jpeg_scans_start(struct jpeg_scans *s, j_decompress_ptr jpeg, struct jpeg_tables *tables)
{
	s->asked = jpeg->progress; /* whose it is already: it stays so */
	s->taken = s->fell_back = false;
	s->tables = tables;
	if (!s->asked) {
		s->progress.progress_monitor = take_over;
		jpeg->progress = &s->progress;
	}
	jpeg_start_decompress(jpeg);
	if (jpeg->progress == &s->progress)
		jpeg->progress = NULL;
	return s->taken;
}
