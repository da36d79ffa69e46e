/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg-turbo: the table row. jpeg_decoder.h is the map of the files behind it. */
#include "codec/jpeg_decoder.h"
#include "codec/jpeg_encode.h"

static bool probe(const uint8_t *bytes, size_t size)
{
	return size >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

static const char *const extensions[] = {"jpg", "jpeg", "jpe", "jfif", NULL};

const struct codec codec_jpeg = {
	.name = "jpeg",
	.extension = "jpg",
	.extensions = extensions,
	.scales = true,
	.probe = probe,
	.decoder_new = jpeg_decoder_new,
	.decoder_free = jpeg_decoder_free,
	.header = jpeg_decoder_header,
	.decode_estimate = jpeg_decoder_estimate,
	.start = jpeg_decoder_start,
	.rows = jpeg_decoder_rows,
	.finish = jpeg_decoder_finish,
	.encoder_new = jpeg_encoder_new,
	.encoder_free = jpeg_encoder_free,
	.encode_bound = jpeg_encoder_bound,
	.encode_estimate = jpeg_encoder_estimate,
	.encode = jpeg_encoder_encode,
};
