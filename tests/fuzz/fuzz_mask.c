/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks: a PNG's samples as they are stored, written again as they were stored. What was read once must be read again from
 * what was written.
 */
#include "decode.h"
#include "png_mutate.h"

#include <stdlib.h>
#include <string.h>

enum { BESIDE = (4 * 64 << 10) + (2 << 20) }; /* as in fuzz_png.c */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return png_mutate(data, size, max_size, seed);
}

static void check_form(const struct codec_form *a, const struct codec_form *b)
{
	fuzz_check(a->bits == b->bits, "%u and %u bits", a->bits, b->bits);
	fuzz_check(a->palette.size == b->palette.size &&
			(!a->palette.size ||
				!memcmp(a->palette.data, b->palette.data, a->palette.size)),
		"palettes of %zu and %zu bytes", a->palette.size, b->palette.size);
	fuzz_check(a->transparency.size == b->transparency.size &&
			(!a->transparency.size ||
				!memcmp(a->transparency.data, b->transparency.data,
					a->transparency.size)),
		"tRNS of %zu and %zu bytes", a->transparency.size, b->transparency.size);
}

/* Into a block of just the size that the codec says is enough. */
static struct bytes encode(const struct fuzz_decoded *mask, uint8_t **memory)
{
	struct metadata metadata = {.form = &mask->facts.form};
	struct encode_settings settings = encode_default_settings;
	size_t room = codec_png.encode_bound(&mask->image.shape, &metadata), size = 0;
	struct encoder *encoder = codec_png.encoder_new();
	struct fault fault = {0};
	int code;

	settings.png_level = mask->image.shape.width % 10;
	*memory = malloc(room);
	code = codec_png.encode(
		encoder, &mask->image, &settings, &metadata, *memory, room, &size, &fault);
	fuzz_check(!code, "%s", fault.detail);
	codec_png.encoder_free(encoder);
	return (struct bytes){*memory, size};
}

static void check_again(const struct fuzz_decoded *mask)
{
	struct decoder *decoder = codec_png.decoder_new();
	struct fuzz_wish wish = {.raw = true, .before = 255};
	struct fuzz_decoded again;
	uint8_t *memory;
	struct bytes written = encode(mask, &memory);

	fuzz_decode(&codec_png, decoder, written, &wish, BESIDE, &again);
	again.warnings = mask->warnings;
	fuzz_check_same(mask, &again, "a mask written and read again");
	check_form(&mask->facts.form, &again.facts.form);
	fuzz_decoded_release(&again);
	codec_png.decoder_free(decoder);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoder *decoder;
	struct fuzz_wish wish = {.raw = true};
	struct fuzz_decoded mask;

	if (!codec_png.probe(data, size))
		return 0;
	decoder = codec_png.decoder_new();
	fuzz_decode(&codec_png, decoder, (struct bytes){data, size}, &wish, BESIDE, &mask);
	if (!mask.code)
		check_again(&mask);
	fuzz_decoded_release(&mask);
	codec_png.decoder_free(decoder);
	return 0;
}
