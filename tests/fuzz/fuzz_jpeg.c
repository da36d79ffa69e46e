/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG: the walk over the markers, libjpeg behind its trap, entropy decoding in its place, CMYK through Little CMS, and what
 * all of them must agree on.
 */
#include "decode.h"

#include "base/hash.h"

/* Beside the estimate: the decoder itself, a profile put together, Little CMS's context. */
enum { BESIDE = 1 << 20, VERIFIED = 16 << 20 /* a second decoder, whatever it takes */ };

/* The library's entropy decoding against ours; fuzz_entropy.c asks more of it, below our decoder. */
static void check_entropy(struct decoder *decoder, struct bytes input, struct fuzz_wish wish)
{
	struct fuzz_decoded stock, fast;

	wish.entropy = ENTROPY_STOCK;
	fuzz_decode(&codec_jpeg, decoder, input, &wish, BESIDE, &stock);
	wish.entropy = ENTROPY_FAST;
	wish.before = 255;
	fuzz_decode(&codec_jpeg, decoder, input, &wish, BESIDE, &fast);
	fuzz_check_same(&stock, &fast, "by libjpeg-turbo's entropy decoding, and by ours");
	fuzz_decoded_release(&stock);
	fuzz_decoded_release(&fast);
}

static void check_entropies(struct bytes input)
{
	struct decoder *decoder = codec_jpeg.decoder_new();
	uint64_t bits = hash64(input.data, input.size, 4);
	uint8_t scale = (uint8_t)(1 << (bits >> 8 & 3));
	struct fuzz_wish verified = {
		.where = bits | 1, .scale = scale, .entropy = ENTROPY_FAST, .verify = true};
	struct fuzz_decoded decoded;

	check_entropy(
		decoder, input, (struct fuzz_wish){.check_full = true, .keep_damaged = bits & 2});
	fuzz_decode(&codec_jpeg, decoder, input, &verified, VERIFIED, &decoded);
	fuzz_decoded_release(&decoded);
	codec_jpeg.decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = {data, size};

	if (!codec_jpeg.probe(data, size))
		return 0;
	fuzz_codec(&codec_jpeg, input, BESIDE);
	check_entropies(input);
	return 0;
}
