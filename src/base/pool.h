/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of large buffers, kept from image to image, with a limit on what may be out at once.
 *
 * A worker makes one pool and lives with it: in the steady state no image allocates, and no page is
 * touched for the first time. One thread at a time; a pool has no lock.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool;

/* Returns NULL when out of memory. Buffers start at a multiple of 64 bytes. */
struct pool *pool_new(void);
/* Frees the pool and everything in it, taken or not. NULL is fine. */
void pool_free(struct pool *pool);

/*
 * A buffer of at least size bytes (64 more are readable and writable behind it, for vector kernels),
 * contents undefined. NULL when the limit would be passed.
 * Give it back with pool_put, or all at once with pool_reset.
 */
void *pool_take(struct pool *pool, size_t size);
/* NULL is fine. buffer must be what pool_take returned. */
void pool_put(struct pool *pool, void *buffer);
/* Everything taken is given back: what each image begins with, so that a failed one leaks nothing. */
void pool_reset(struct pool *pool);
/* Frees cached buffers until at most keep bytes are held (taken ones are never freed). */
void pool_trim(struct pool *pool, size_t keep);

/* Bytes that may be out at once; 0 (the default) is no limit. What is cached beyond a lower one is freed. */
void pool_set_limit(struct pool *pool, uint64_t limit);
/* Bytes now out, and bytes held (out and cached). */
uint64_t pool_out(const struct pool *pool);
uint64_t pool_held(const struct pool *pool);

#endif
