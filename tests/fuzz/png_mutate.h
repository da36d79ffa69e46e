/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes a PNG so that the change is seen: bytes changed blindly mostly end at a checksum. Sometimes checksums are made
 * right again, sometimes it is the inflated rows that are changed.
 */
#ifndef TESTS_FUZZ_PNG_MUTATE_H
#define TESTS_FUZZ_PNG_MUTATE_H

#include "fuzz.h"

/* As LLVMFuzzerCustomMutator. */
size_t png_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
