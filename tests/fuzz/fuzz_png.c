/* SPDX-License-Identifier: Apache-2.0 */
/* PNG: the walk over the chunks, libpng behind its guard, and the way around libpng, which must come to the same. */
#include "codec/png_decoder.h"

#include "decode.h"
#include "png_mutate.h"

#include <string.h>

/* Beside the estimate: what png_guard.c lets libpng take for profiles and text, and the decoder itself. */
enum { BESIDE = (4 * 64 << 10) + (2 << 20) };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return png_mutate(data, size, max_size, seed);
}

/*
 * Of codes that no deflater writes, libdeflate takes some that zlib does not (png_inflate.c says which). Where a checksum
 * agrees with what it makes of them, they are trusted.
 */
static bool is_stricter(const struct fuzz_decoded *ours, const struct fuzz_decoded *libpngs)
{
	return !ours->code && libpngs->code == IMGBATCH_E_CORRUPT &&
		!strncmp(libpngs->fault.detail, "IDAT: invalid ", 14);
}

/* libdeflate's rows against libpng's. False: only libpng refuses them, and rightly. */
static bool check_ways(struct bytes input, bool keep_damaged)
{
	struct decoder *decoder = codec_png.decoder_new();
	struct fuzz_wish wish = {.check_full = true, .keep_damaged = keep_damaged};
	struct fuzz_decoded ours, libpngs;
	bool stricter;

	fuzz_decode(&codec_png, decoder, input, &wish, BESIDE, &ours);
	png_decoder_of(decoder)->libpng_only = true;
	fuzz_decode(&codec_png, decoder, input, &wish, BESIDE, &libpngs);
	stricter = is_stricter(&ours, &libpngs);
	if (!stricter)
		fuzz_check_same(&ours, &libpngs, "with and without libdeflate");
	fuzz_decoded_release(&ours);
	fuzz_decoded_release(&libpngs);
	codec_png.decoder_free(decoder);
	return !stricter;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = {data, size};

	if (!codec_png.probe(data, size))
		return 0;
	fuzz_codec(&codec_png, input, BESIDE);
	if (check_ways(input, false))
		check_ways(input, true);
	return 0;
}
