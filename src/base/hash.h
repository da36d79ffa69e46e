/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes for names, settings and pixels: XXH3 (xxhash), not for secrets. Same values on every machine. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *bytes, size_t size, uint64_t seed);

#endif
