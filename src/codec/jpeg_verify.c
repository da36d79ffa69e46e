/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_verify.h"

#include <stdlib.h>
#include <string.h>

struct jpeg_verify {
	struct decoder *decoder; /* owned */
	struct codec_delivery delivery;
	uint32_t row, warnings;
	uint32_t known; /* warnings that either had before its pixels began */
	uint8_t *rows; /* owned: a strip of its own */
	size_t room;
};

struct jpeg_verify *jpeg_verify_new(void)
{
	struct jpeg_verify *verify = calloc(1, sizeof *verify);

	if (verify)
		verify->decoder = codec_jpeg.decoder_new();
	if (verify && !verify->decoder) {
		free(verify);
		return NULL;
	}
	return verify;
}

void jpeg_verify_free(struct jpeg_verify *verify)
{
	if (!verify)
		return;
	codec_jpeg.decoder_free(verify->decoder);
	free(verify->rows);
	free(verify);
}

/* Both failed alike, or neither did. The code that goes on, or E_VERIFY. */
static int agree(int code, int other, struct fault *fault)
{
	if (code == other)
		return code;
	return fault_set(fault, IMGBATCH_E_VERIFY, "%s, and by libjpeg-turbo alone: %s",
		code ? code_name(code) : "decoded", other ? code_name(other) : "decoded");
}

int jpeg_verify_start(struct jpeg_verify *verify, struct bytes input,
	const struct codec_limits *limits, const struct codec_request *request, uint32_t warnings,
	int code, const struct codec_delivery *delivery, struct fault *fault)
{
	struct codec_request by_stock = *request;
	struct codec_facts facts;
	int other;

	by_stock.entropy = ENTROPY_STOCK;
	by_stock.verify = false;
	verify->row = verify->warnings = 0;
	other = codec_jpeg.header(
		verify->decoder, input.data, input.size, limits, &facts, &verify->warnings, NULL);
	verify->known = warnings | verify->warnings;
	if (!other)
		other = codec_jpeg.start(verify->decoder, &by_stock, &verify->delivery, NULL);
	code = agree(code, other, fault);
	if (!code &&
		(!shape_same(&delivery->shape, &verify->delivery.shape) ||
			memcmp(&delivery->rect, &verify->delivery.rect, sizeof delivery->rect) !=
				0))
		code = fault_set(
			fault, IMGBATCH_E_VERIFY, "another part came than by libjpeg-turbo alone");
	return code;
}

/* As many rows by stock, into verify->rows. */
static int read_rows(struct jpeg_verify *verify, uint32_t wanted, struct fault *fault)
{
	struct image strip = {.shape = verify->delivery.shape};
	uint32_t got = 0;

	strip.shape.height = wanted;
	strip.stride = shape_row_size(&strip.shape);
	if (strip.stride * wanted > verify->room) {
		uint8_t *larger = realloc(verify->rows, strip.stride * wanted);

		if (!larger)
			return fault_set(fault, IMGBATCH_E_NOMEM, "no memory to verify rows in");
		verify->rows = larger;
		verify->room = strip.stride * wanted;
	}
	strip.data = verify->rows;
	return codec_jpeg.rows(verify->decoder, &strip, &got, NULL);
}

int jpeg_verify_rows(struct jpeg_verify *verify, const struct image *strip, uint32_t got, int code,
	struct fault *fault)
{
	size_t size = shape_row_size(&verify->delivery.shape);
	int other = read_rows(verify, strip->shape.height, fault);

	if (other == IMGBATCH_E_NOMEM)
		return other;
	code = agree(code, other, fault);
	for (uint32_t y = 0; y < got && !code; y++, verify->row++)
		if (memcmp(image_row(strip, y), verify->rows + y * size, size) != 0)
			code = fault_set(fault, IMGBATCH_E_VERIFY,
				"row %u is not as by libjpeg-turbo alone: please report it, and "
				"use "
				"--entropy stock",
				verify->row);
	return code;
}

int jpeg_verify_finish(struct jpeg_verify *verify, uint32_t warnings, int code, struct fault *fault)
{
	code = agree(code, codec_jpeg.finish(verify->decoder, NULL), fault);
	if (!code && (warnings | verify->known) != (verify->warnings | verify->known))
		code = fault_set(fault, IMGBATCH_E_VERIFY,
			"warnings %#x, and %#x by libjpeg-turbo alone", warnings, verify->warnings);
	return code;
}
