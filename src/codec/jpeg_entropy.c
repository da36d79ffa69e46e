/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_entropy.h"

#include "codec/jpeg_blocks.h"
#include "codec/jpeg_decoder.h"
#include "codec/jpeg_inside.h"
#include "codec/jpeg_intervals.h"
#include "codec/jpeg_scans.h"
#include "codec/jpeg_tables.h"
#include "kernels/dispatch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct jpeg_entropy {
	struct jpeg_inside_entropy pub; /* first: libjpeg hands back a pointer to it */
	struct jpeg_inside_entropy *stock; /* the image's own, untouched; borrowed */
	bool fell_back;
	bool transforms; /* the inverse DCT is ours, too */

	struct huffman_unit unit;
	uint64_t done, total; /* MCUs of the scan */

	uint32_t column, columns; /* the next MCU's, and how many there are */
	uint32_t first, last; /* those that are looked at */

	struct huffman_ac
		*ac[HUFFMAN_COMPONENTS]; /* of each component: the unit's, to be completed */
	struct jpeg_tables tables;
	struct jpeg_scans *scans; /* owned, made when first needed */
	bool multiple; /* the image at hand is theirs */
	struct jpeg_intervals intervals;
	struct jpeg_blocks blocks;
};

static struct jpeg_entropy *entropy_of(j_decompress_ptr jpeg)
{
	return (struct jpeg_entropy *)jpeg->entropy;
}

#if LIBJPEG_TURBO_VERSION_NUMBER < 2001000
#error "libjpeg-turbo 2.1 or newer, or -DIMGBATCH_FAST_ENTROPY=OFF"
#endif
_Static_assert(HUFFMAN_BLOCKS == D_MAX_BLOCKS_IN_MCU && HUFFMAN_COMPONENTS == MAX_COMPS_IN_SCAN &&
		sizeof(JCOEF) == sizeof(int16_t),
	"not the blocks of this libjpeg");

const char *jpeg_entropy_missing(void)
{
	return NULL;
}

struct jpeg_entropy *jpeg_entropy_new(bool transforms)
{
	struct jpeg_entropy *entropy = aligned_alloc(
		_Alignof(struct jpeg_entropy), sizeof *entropy);

	if (!entropy)
		return NULL;
	memset(entropy, 0, sizeof *entropy);
	entropy->transforms = transforms;
	return entropy;
}

void jpeg_entropy_free(struct jpeg_entropy *entropy)
{
	if (!entropy)
		return;
	jpeg_tables_release(&entropy->tables);
	jpeg_scans_free(entropy->scans);
	free(entropy);
}

/* One MCU; blocks NULL: past it. */
static bool decode(struct jpeg_entropy *e, JBLOCKROW *blocks)
{
	struct jpeg_intervals *data = &e->intervals;

	if (jpeg_intervals_due(data) && !jpeg_intervals_pass(data))
		return false;
	jpeg_segment_prepare(&data->segment, &data->reader);
	/* A JBLOCKROW points at its first block's first coefficient. */
	if (!data->segment.kernels->unit(
		    &data->reader, &e->unit, (int16_t *const *)blocks, data->predictors))
		return false;
	data->left--;
	return true;
}

/* Puts stock back, and sends it past the MCUs that were delivered. It cannot suspend: all bytes are there. */
static boolean fall_back(j_decompress_ptr jpeg, struct jpeg_entropy *e)
{
	boolean going = TRUE;

	e->fell_back = true;
	jpeg_inside_set_entropy(jpeg, e->stock);
	for (uint64_t i = 0; i < e->done && going; i++)
		going = e->stock->decode_mcu(jpeg, NULL);
	return going;
}

/* The MCU at hand, by stock. What was already written of it goes. */
static boolean decode_by_stock(j_decompress_ptr jpeg, struct jpeg_entropy *e, JBLOCKROW *blocks)
{
	if (!fall_back(jpeg, e))
		return FALSE;
	for (unsigned i = 0; blocks && i < e->unit.count; i++)
		memset(blocks[i][0], 0, sizeof blocks[i][0]);
	return e->stock->decode_mcu(jpeg, blocks);
}

static void add_skips(struct jpeg_entropy *e)
{
	for (int i = 0; i < HUFFMAN_COMPONENTS; i++)
		if (e->ac[i])
			huffman_ac_add_skips(e->ac[i]);
}

static boolean decode_mcu(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct jpeg_entropy *e = entropy_of(jpeg);
	bool wanted = blocks && e->column >= e->first && e->column <= e->last;

	if (!blocks)
		add_skips(e);
	if (!decode(e, wanted ? blocks : NULL))
		return decode_by_stock(jpeg, e, blocks);
	if (++e->column == e->columns)
		e->column = 0;
	if (++e->done == e->total && !jpeg_intervals_end(&e->intervals, jpeg->src))
		return fall_back(jpeg, e);
	return TRUE;
}

/* Another scan begins, in a file that has no use for one: it is stock's. */
static void start_pass(j_decompress_ptr jpeg)
{
	struct jpeg_inside_entropy *stock = entropy_of(jpeg)->stock;

	jpeg_inside_set_entropy(jpeg, stock);
	stock->start_pass(jpeg);
}

/*
 * Whether the image is of the kind that is taken, and stands at the beginning of its scan. A lossless one, which libjpeg-turbo
 * decodes since 3.0, can be told by its first place only: there its predictor stands, 1 or more.
 */
static bool takes(const struct jpeg_decompress_struct *jpeg)
{
	return !jpeg->progressive_mode && !jpeg->arith_code && !jpeg->buffered_image &&
		jpeg->data_precision == 8 && jpeg->Ss == 0 &&
		jpeg->comps_in_scan == jpeg->num_components && jpeg->blocks_in_MCU >= 1 &&
		jpeg->blocks_in_MCU <= HUFFMAN_BLOCKS && jpeg->input_scan_number == 1 &&
		jpeg->input_iMCU_row == 0 && jpeg->output_scanline == 0 &&
		jpeg->unread_marker == 0 && jpeg->MCUs_per_row > 0 && jpeg->MCU_rows_in_scan > 0 &&
		jpeg_source_is_ours(jpeg->src);
}

static JHUFF_TBL *table_of(JHUFF_TBL *const *tables, int number)
{
	return number >= 0 && number < NUM_HUFF_TBLS ? tables[number] : NULL;
}

/* One component's tables, and what is wanted of it: as the library decides it. */
static bool describe(struct jpeg_entropy *e, j_decompress_ptr jpeg, int index, bool eager,
	struct huffman_part *part)
{
	const jpeg_component_info *component = jpeg->cur_comp_info[index];
	const JHUFF_TBL *dc = table_of(jpeg->dc_huff_tbl_ptrs, component->dc_tbl_no);
	const JHUFF_TBL *ac = table_of(jpeg->ac_huff_tbl_ptrs, component->ac_tbl_no);
	size_t bytes = jpeg->src->bytes_in_buffer;

	if (!dc || !ac)
		return false;
	part->component = (uint8_t)index;
	part->dc_wanted = component->component_needed;
	part->ac_wanted = component->component_needed && jpeg_inside_block_size(component) > 1;
	part->dc = jpeg_tables_dc(&e->tables, dc, bytes, eager);
	part->ac = e->ac[index] = jpeg_tables_ac(&e->tables, ac, bytes, eager);
	if (!part->dc || !part->ac)
		return false;
	if (part->ac_wanted)
		huffman_ac_add_pairs(e->ac[index]);
	else
		huffman_ac_add_skips(e->ac[index]);
	return true;
}

static bool describe_unit(struct jpeg_entropy *e, j_decompress_ptr jpeg, bool eager)
{
	struct huffman_part parts[HUFFMAN_COMPONENTS];
	bool all = true;

	memset(e->ac, 0, sizeof e->ac);
	/* Each is asked for, also behind one that there is not: so all of them become worth it together. */
	for (int i = 0; i < jpeg->comps_in_scan; i++)
		all &= describe(e, jpeg, i, eager, &parts[i]);
	e->unit.count = (unsigned)jpeg->blocks_in_MCU;
	for (int i = 0; i < jpeg->blocks_in_MCU && all; i++)
		e->unit.part[i] = parts[jpeg->MCU_membership[i]];
	return all;
}

/* Takes over, behind jpeg_start_decompress() and before the first row. */
static bool install(struct jpeg_entropy *e, j_decompress_ptr jpeg, bool eager)
{
	if (!takes(jpeg) || !describe_unit(e, jpeg, eager))
		return false;
	jpeg_intervals_begin(&e->intervals, kernels()->huffman, jpeg);
	e->done = 0;
	e->total = (uint64_t)jpeg->MCUs_per_row * jpeg->MCU_rows_in_scan;
	e->column = e->first = 0;
	e->columns = jpeg->MCUs_per_row;
	e->last = e->columns - 1;

	e->stock = jpeg_inside_entropy(jpeg);
	e->pub.start_pass = start_pass;
	e->pub.decode_mcu = decode_mcu;
	jpeg_inside_set_entropy(jpeg, &e->pub);
	if (e->transforms)
		jpeg_blocks_start(&e->blocks, jpeg);
	return true;
}

bool jpeg_entropy_start(struct jpeg_entropy *e, j_decompress_ptr jpeg, bool eager)
{
	e->fell_back = false;
	e->multiple = jpeg_has_multiple_scans(jpeg);
	if (!e->multiple) {
		jpeg_start_decompress(jpeg);
		return install(e, jpeg, eager);
	}
	if (!e->scans)
		e->scans = jpeg_scans_new();
	if (e->scans)
		return jpeg_scans_start(e->scans, jpeg, &e->tables);
	jpeg_start_decompress(jpeg);
	return false;
}

/* Columns of MCUs, which are blocks where there is one component, whatever its factors. */
void jpeg_entropy_crop(struct jpeg_entropy *e, j_decompress_ptr jpeg, uint32_t left, uint32_t width)
{
	uint32_t factor = jpeg->comps_in_scan == 1 ? 1 : (uint32_t)jpeg->max_h_samp_factor;
	uint32_t unit = factor * (uint32_t)jpeg->min_DCT_scaled_size;

	if (e->multiple)
		return;
	e->first = left / unit;
	e->last = (left + width - 1) / unit;
	jpeg_blocks_crop(&e->blocks, e->first, e->last);
	if (e->first > 0 || e->last < e->columns - 1)
		add_skips(e);
}

bool jpeg_entropy_fell_back(const struct jpeg_entropy *e)
{
	return e->multiple ? e->scans && jpeg_scans_fell_back(e->scans) : e->fell_back;
}
