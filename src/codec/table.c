/* SPDX-License-Identifier: Apache-2.0 */
/* Every codec, in probing order, and the questions that are asked of the table as a whole. */
#include "codec/codec.h"

#include <string.h>

const struct codec *const codecs[CODEC_COUNT] = {&codec_jpeg, &codec_png};

const struct codec_limits codec_default_limits = {
	.max_pixels = 100 * 1000 * 1000,
	.max_scans = 100,
	.max_warnings = 100,
	.max_chunks = 1000,
	.max_profile = 8 << 20,
};

const struct encode_settings encode_default_settings = {
	.quality = 90,
	.subsampling = 420,
	.png_level = 6,
};

const struct codec *codec_probe(const uint8_t *bytes, size_t size)
{
	for (int i = 0; i < CODEC_COUNT; i++) {
		if (codecs[i]->probe(bytes, size))
			return codecs[i];
	}
	return NULL;
}

const struct codec *codec_by_name(const char *name)
{
	for (int i = 0; i < CODEC_COUNT; i++) {
		if (!strcmp(codecs[i]->name, name))
			return codecs[i];
	}
	return NULL;
}
