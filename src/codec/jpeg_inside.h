/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we use of libjpeg-turbo's inside, declared by ourselves.
 *
 * A decoder's modules are structs that begin with functions, and hang on pointers in the public struct: whoever puts another
 * struct there is called instead. The library's own declarations, <jpegint.h>, are no part of its interface; newer packages
 * do not install them, and a program meets another version of the library than it was compiled with. So these say only what
 * has held since libjpeg 6b (1998) and does up to libjpeg-turbo 3.1, under names of ours. jpeg_inside.c holds them against
 * <jpegint.h> where there is one; what runs is tested at start (jpeg_entropy_test.c).
 */
#ifndef CODEC_JPEG_INSIDE_H
#define CODEC_JPEG_INSIDE_H

#include <stdio.h> /* jpeglib.h needs it */

#include <jpeglib.h>

/*
 * Entropy decoding. Behind its two functions stands one flag, which the library asks for when data has run out; since 3.0 two
 * functions for lossless JPEG stand before the flag. Ours delivers data always and no lossless image, so what is behind is
 * zero throughout, which is right for either. Of the library's own struct it is not to be touched.
 */
struct jpeg_inside_entropy {
	void (*start_pass)(j_decompress_ptr jpeg);
	boolean (*decode_mcu)(j_decompress_ptr jpeg, JBLOCKROW *blocks);
	void *zero[3];
};

/* Coefficients: from the entropy decoder, and on as samples. More follows, which differs. */
struct jpeg_inside_coef {
	void (*start_input_pass)(j_decompress_ptr jpeg);
	int (*consume_data)(j_decompress_ptr jpeg);
	void (*start_output_pass)(j_decompress_ptr jpeg);
	int (*decompress_data)(j_decompress_ptr jpeg, JSAMPIMAGE output);
};

/* Input: markers and scans. More follows. */
struct jpeg_inside_input {
	int (*consume_input)(j_decompress_ptr jpeg);
	void (*reset_input_controller)(j_decompress_ptr jpeg);
	void (*start_input_pass)(j_decompress_ptr jpeg);
	void (*finish_input_pass)(j_decompress_ptr jpeg);
};

/* Samples along a side of a component's blocks, as they are decoded. The library names it after its ABI. */
static inline int jpeg_inside_block_size(const jpeg_component_info *component)
{
#if JPEG_LIB_VERSION >= 70
	return component->DCT_h_scaled_size;
#else
	return component->DCT_scaled_size;
#endif
}

static inline struct jpeg_inside_entropy *jpeg_inside_entropy(
	const struct jpeg_decompress_struct *jpeg)
{
	return (struct jpeg_inside_entropy *)jpeg->entropy;
}

static inline void jpeg_inside_set_entropy(
	j_decompress_ptr jpeg, struct jpeg_inside_entropy *entropy)
{
	jpeg->entropy = (struct jpeg_entropy_decoder *)entropy;
}

static inline struct jpeg_inside_coef *jpeg_inside_coef(const struct jpeg_decompress_struct *jpeg)
{
	return (struct jpeg_inside_coef *)jpeg->coef;
}

static inline struct jpeg_inside_input *jpeg_inside_input(const struct jpeg_decompress_struct *jpeg)
{
	return (struct jpeg_inside_input *)jpeg->inputctl;
}

#endif
