/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defends: our inverse DCT cannot be told from libjpeg-turbo's, by any instruction set, whatever coefficients and quantisation
 * tables a file has: such as a photo's, and such as no encoder would write, whose products and sums leave 16 bits. Sizes,
 * subsamplings, rows skipped, columns cut and grey output are drawn, too.
 *
 * IMGBATCH_TEST_SEED says which.
 */
#include "codec_kit.h"
#include "entropy_kit.h"
#include "codec/jpeg_blocks.h"
#include "kernels/dispatch.h"

#include "../seed.h"

#include <stdio.h>

enum { FILES = 500, LEAST = 1, MOST = 150 };

static struct entropy_kit stock, ours;

static int setup(void **unused)
{
	ours.entropy = jpeg_entropy_new(true);
	return ours.entropy ? seed_setup(unused) : -1;
}

static int teardown(void **unused)
{
	(void)unused;
	entropy_kit_free(&ours);
	entropy_kit_free(&stock);
	return 0;
}

/* -- files of coefficients -- */

/* How wild a file's coefficients are. */
enum wildness { TAME, STRONG, WILD, WILDNESSES };

static int draw(int least, int most)
{
	return least + (int)below((unsigned)(most - least + 1));
}

static void draw_block(JCOEF *block, enum wildness wildness)
{
	static const int limits[WILDNESSES] = {30, 400, 1023};
	/* Rows below the first have nothing; half of them; all may have. */
	int end = (int[]){8, 32, 64}[draw(0, 2)], count = draw(0, end);

	block[0] = (JCOEF)draw(-limits[wildness], limits[wildness]);
	while (count--)
		block[draw(1, end - 1)] = (JCOEF)draw(-limits[wildness], limits[wildness]);
}

static void draw_tables(struct jpeg_compress_struct *jpeg, enum wildness wildness)
{
	static const int limits[WILDNESSES] = {40, 255, 65535};

	for (int t = 0; t < 2; t++)
		for (int i = 0; i < DCTSIZE2; i++)
			jpeg->quant_tbl_ptrs[t]->quantval[i] = (UINT16)draw(1, limits[wildness]);
}

/* Grey, or YCbCr with these factors of the first component; all others have 1 x 1. */
static void draw_shape(struct jpeg_compress_struct *jpeg)
{
	static const int factors[][2] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}};
	int which = draw(-1, sizeof factors / sizeof *factors - 1);

	jpeg->image_width = (JDIMENSION)draw(LEAST, MOST);
	jpeg->image_height = (JDIMENSION)draw(LEAST, MOST);
	jpeg->input_components = which < 0 ? 1 : 3;
	jpeg->in_color_space = which < 0 ? JCS_GRAYSCALE : JCS_YCbCr;
	jpeg_set_defaults(jpeg);
	jpeg->comp_info[0].h_samp_factor = which < 0 ? 1 : factors[which][0];
	jpeg->comp_info[0].v_samp_factor = which < 0 ? 1 : factors[which][1];
	jpeg->restart_interval = draw(0, 3) ? 0 : (unsigned)draw(1, 9);
	jpeg->optimize_coding = TRUE;
}

static JDIMENSION blocks_along(JDIMENSION pixels, int factor, int most)
{
	JDIMENSION mcus = (pixels + (JDIMENSION)most * DCTSIZE - 1) / ((JDIMENSION)most * DCTSIZE);

	return mcus * (JDIMENSION)factor;
}

static void draw_coefficients(
	struct jpeg_compress_struct *jpeg, jvirt_barray_ptr *array, enum wildness wildness)
{
	for (int c = 0; c < jpeg->num_components; c++) {
		const jpeg_component_info *info = &jpeg->comp_info[c];
		JDIMENSION width = blocks_along(
			jpeg->image_width, info->h_samp_factor, jpeg->comp_info[0].h_samp_factor);
		JDIMENSION height = blocks_along(
			jpeg->image_height, info->v_samp_factor, jpeg->comp_info[0].v_samp_factor);

		for (JDIMENSION y = 0; y < height; y++) {
			JBLOCKARRAY row = jpeg->mem->access_virt_barray(
				(j_common_ptr)jpeg, array[c], y, 1, TRUE);

			memset(row[0], 0, width * sizeof *row[0]);
			for (JDIMENSION x = 0; x < width; x++)
				draw_block(row[0][x], wildness);
		}
	}
}

/* That such tables are too coarse for a baseline file. */
static void hush(j_common_ptr common, int level)
{
	(void)common;
	(void)level;
}

static struct file make_file(enum wildness wildness)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	jvirt_barray_ptr array[3];
	struct file file = {.data = NULL};
	unsigned long size = 0;

	jpeg.err = jpeg_std_error(&errors);
	errors.emit_message = hush;
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &file.data, &size);
	draw_shape(&jpeg);
	draw_tables(&jpeg, wildness);
	for (int c = 0; c < jpeg.num_components; c++) {
		const jpeg_component_info *first = &jpeg.comp_info[0], *info = &jpeg.comp_info[c];

		array[c] = jpeg.mem->request_virt_barray((j_common_ptr)&jpeg, JPOOL_IMAGE, TRUE,
			blocks_along(jpeg.image_width, info->h_samp_factor, first->h_samp_factor),
			blocks_along(jpeg.image_height, info->v_samp_factor, first->v_samp_factor),
			(JDIMENSION)info->v_samp_factor);
	}
	jpeg_write_coefficients(&jpeg, array);
	draw_coefficients(&jpeg, array, wildness);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	file.size = size;
	return file;
}

/* -- the comparison -- */

static void draw_way(struct entropy_way *way)
{
	*way = (struct entropy_way){.eighths = 8, .grey = draw(0, 5) == 0};
	if (draw(0, 2) == 0)
		way->skip = (unsigned)draw(1, 40);
	if (draw(0, 2) == 0) {
		way->left = (unsigned)draw(0, 100);
		way->width = (unsigned)draw(1, 60);
	}
	if (draw(0, 5) == 0)
		way->rows = (unsigned)draw(1, 20);
}

static unsigned compare(const struct file *file, const struct entropy_way *way)
{
	const struct kernels *usual = kernels();
	struct entropy_result want, got;
	unsigned transformed = 0;

	entropy_kit_decode(&stock, file->data, file->size, way, &want);
	for (size_t i = 0; i < kernel_set_count; i++) {
		const char *what;

		if (!kernel_sets[i]->idct || (kernel_sets[i]->runs && !kernel_sets[i]->runs()))
			continue;
		kernels_force(kernel_sets[i]);
		entropy_kit_decode(&ours, file->data, file->size, way, &got);
		kernels_force(usual);
		transformed += got.transformed;
		what = entropy_kit_difference(&want, &got);
		if (what)
			fail_msg("other %s (%s): %u x %u, grey %d, skip %u, columns %u+%u", what,
				kernel_sets[i]->name, want.width, want.height, way->grey, way->skip,
				way->left, way->width);
	}
	return transformed;
}

static void test_drawn_coefficients(void **unused)
{
	unsigned transformed = 0;

	(void)unused;
	for (unsigned i = 0; i < FILES; i++) {
		struct file file = make_file(i % WILDNESSES);
		struct entropy_way way;

		draw_way(&way);
		transformed += compare(&file, &way);
		free(file.data);
	}
	print_message("%u decodes alike, of %u files\n", transformed, FILES);
	assert_true(transformed >= FILES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawn_coefficients),
	};

	/* Without vectors libjpeg-turbo's samples of wild coefficients are others; then ours is not used. */
	if (jpeg_entropy_missing() || !kernels()->idct || getenv("JSIMD_FORCENONE")) {
		print_message("skipped: the inverse DCT is libjpeg-turbo's here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
