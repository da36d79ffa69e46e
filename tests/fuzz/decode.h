/* SPDX-License-Identifier: Apache-2.0 */
/* One decode from header to finish, with all that must hold on the way, for the fuzzers of the codecs. */
#ifndef TESTS_FUZZ_DECODE_H
#define TESTS_FUZZ_DECODE_H

#include "codec/codec.h"

#include "fuzz.h"

/* Small ones, so that small inputs meet them. */
extern const struct codec_limits fuzz_limits;

/* What is asked of a decoder. */
struct fuzz_wish {
	uint64_t where; /* 0: the whole image; else a rectangle drawn from these bits */
	uint8_t scale; /* eighths; 0 is 8 */
	bool raw, check_full, keep_damaged, verify;
	uint8_t entropy; /* enum entropy */
	uint8_t before; /* what the pixels' room is filled with before, so that nobody counts on it */
};

struct fuzz_decoded {
	int code;
	struct fault fault;
	uint32_t warnings;
	struct codec_facts facts; /* its metadata borrowed from the decoder */
	struct rect rect; /* the wanted one */
	struct codec_delivery delivery;
	struct image image; /* data is owned; NULL unless the code is 0 */
};

/*
 * The decoder may have done others before. Checks that limits were kept, that codes and facts are in range, that the
 * delivery holds what was wanted, and that no more memory was taken than the codec's estimate says, and `more`.
 */
void fuzz_decode(const struct codec *codec, struct decoder *decoder, struct bytes input,
	const struct fuzz_wish *wish, uint64_t more, struct fuzz_decoded *decoded);
void fuzz_decoded_release(struct fuzz_decoded *decoded);

/* Checks that both came to the same: code, warnings and pixels. */
void fuzz_check_same(const struct fuzz_decoded *a, const struct fuzz_decoded *b, const char *what);
/* Checks that the pixels that part wanted are those of whole. */
void fuzz_check_part(const struct fuzz_decoded *whole, const struct fuzz_decoded *part);

/*
 * All that must hold of any input of this codec's: the same each time and whatever the decoder did before, of a part as of
 * the whole, and with damage kept where there is none.
 */
void fuzz_codec(const struct codec *codec, struct bytes input, uint64_t more);

#endif
