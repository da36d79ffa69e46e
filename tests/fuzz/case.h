/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs that are an image with what is to be done to it:
 *
 *	4 bytes of settings | recipe text | NUL | the image file
 */
#ifndef TESTS_FUZZ_CASE_H
#define TESTS_FUZZ_CASE_H

#include "codec/codec.h"

#include "fuzz.h"

#include <stdbool.h>

struct fuzz_case {
	uint8_t setting[4];
	char *recipe; /* owned */
	size_t recipe_size;
	struct bytes image; /* in a block of its own; data is owned */
};

/* False where it is no such input. */
bool fuzz_case_read(struct fuzz_case *c, const uint8_t *data, size_t size);
void fuzz_case_release(struct fuzz_case *c);
/* As LLVMFuzzerCustomMutator: changes one part and leaves the others. */
size_t fuzz_case_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
