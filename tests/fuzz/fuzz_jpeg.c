/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG: the walk over the markers, libjpeg behind its trap, CMYK through Little CMS, and what all of them must agree on. */
#include "decode.h"

/* Beside the estimate: the decoder itself, a profile put together, Little CMS's context. */
enum { BESIDE = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (codec_jpeg.probe(data, size))
		fuzz_codec(&codec_jpeg, (struct bytes){data, size}, BESIDE);
	return 0;
}
