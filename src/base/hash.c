/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <xxhash.h>

uint64_t hash64(const void *bytes, size_t size, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, size, seed);
}

/* The state wants an alignment that malloc does not give, so xxhash makes it. */
struct hasher *hasher_new(void)
{
	return (struct hasher *)XXH3_createState();
}

void hasher_free(struct hasher *hasher)
{
	XXH3_freeState((XXH3_state_t *)hasher);
}

void hasher_begin(struct hasher *hasher)
{
	XXH3_128bits_reset((XXH3_state_t *)hasher);
}

void hasher_add(struct hasher *hasher, const void *bytes, size_t size)
{
	XXH3_128bits_update((XXH3_state_t *)hasher, bytes, size);
}

struct hash128 hasher_end(const struct hasher *hasher)
{
	XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)hasher);

	return (struct hash128){hash.high64, hash.low64};
}
