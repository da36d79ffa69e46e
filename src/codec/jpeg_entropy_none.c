/* SPDX-License-Identifier: Apache-2.0 */
/* What is compiled in the place of our entropy decoding where a build is to have none. */
#include "codec/jpeg_entropy.h"

#include <stddef.h>

const char *jpeg_entropy_missing(void)
{
	return "this build was made without ours (IMGBATCH_FAST_ENTROPY)";
}

struct jpeg_entropy *jpeg_entropy_new(bool transforms)
{
	(void)transforms;
	return NULL;
}

void jpeg_entropy_free(struct jpeg_entropy *entropy)
{
	(void)entropy;
}

bool jpeg_entropy_start(struct jpeg_entropy *entropy, j_decompress_ptr jpeg, bool eager)
{
	(void)entropy;
	(void)eager;
	jpeg_start_decompress(jpeg);
	return false;
}

void jpeg_entropy_crop(
	struct jpeg_entropy *entropy, j_decompress_ptr jpeg, uint32_t left, uint32_t width)
{
	(void)entropy;
	(void)jpeg;
	(void)left;
	(void)width;
}

bool jpeg_entropy_fell_back(const struct jpeg_entropy *entropy)
{
	(void)entropy;
	return false;
}
