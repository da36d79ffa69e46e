/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng: the table row. png_decoder.h is the map of the files behind it. */
#include "codec/png_decoder.h"
#include "codec/png_encode.h"

static bool probe(const uint8_t *bytes, size_t size)
{
	return size >= 8 && !png_sig_cmp(bytes, 0, 8);
}

static const char *const extensions[] = {"png", "apng", NULL};

const struct codec codec_png = {
	.name = "png",
	.extension = "png",
	.extensions = extensions,
	.alpha = true,
	.deep = true,
	.probe = probe,
	.decoder_new = png_decoder_new,
	.decoder_free = png_decoder_free,
	.header = png_decoder_header,
	.decode_estimate = png_decoder_estimate,
	.start = png_decoder_start,
	.rows = png_decoder_rows,
	.finish = png_decoder_finish,
	.in_place = &png_in_place,
	.encoder_new = png_encoder_new,
	.encoder_free = png_encoder_free,
	.encode_bound = png_encoder_bound,
	.encode_estimate = png_encoder_estimate,
	.encode = png_encoder_encode,
};
