/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes for names, settings and pixels: XXH3 (xxhash), not for secrets. Same values on every machine. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *bytes, size_t size, uint64_t seed);

/* XXH3-128 of bytes that come in pieces. */
struct hash128 {
	uint64_t high, low;
};

struct hasher;

/* NULL when out of memory. One thread at a time. */
struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher); /* NULL is fine */
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *bytes, size_t size);
struct hash128 hasher_end(const struct hasher *hasher);

#endif
