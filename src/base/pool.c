/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers hang in one short list, each behind a header of a cache line. A request takes the smallest free
 * buffer that fits without wasting more than half of it; a worker's images are alike, so the same few
 * buffers go round. The list is searched linearly: a pool holds ten buffers, not thousands.
 */
#include "base/pool.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	POOL_ALIGN = 64, /* a cache line, and an AVX-512 register */
	POOL_SLACK = 64, /* readable and writable behind each buffer */
	POOL_GRAIN = 4096, /* sizes are rounded up to pages, so that near sizes share buffers */
};

struct buffer {
	alignas(POOL_ALIGN) struct buffer *next;
	size_t size; /* without header and slack */
	size_t asked; /* what it was taken for, rounded up to POOL_GRAIN */
	bool taken;
};

struct pool {
	struct buffer *first;
	uint64_t limit, out, held;
};

_Static_assert(sizeof(struct buffer) % POOL_ALIGN == 0, "contents must stay aligned");

static void *buffer_contents(struct buffer *buffer)
{
	return buffer + 1;
}

struct pool *pool_new(void)
{
	return calloc(1, sizeof(struct pool));
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (struct buffer *buffer = pool->first, *next; buffer; buffer = next) {
		next = buffer->next;
		free(buffer);
	}
	free(pool);
}

static struct buffer *best_fit(struct pool *pool, size_t size)
{
	struct buffer *best = NULL;

	for (struct buffer *buffer = pool->first; buffer; buffer = buffer->next)
		if (!buffer->taken && buffer->size >= size && buffer->size / 2 <= size &&
			(!best || buffer->size < best->size))
			best = buffer;
	return best;
}

static struct buffer *make(struct pool *pool, size_t size)
{
	size_t whole = sizeof(struct buffer) + size + POOL_SLACK;
	struct buffer *buffer = aligned_alloc(POOL_ALIGN, whole);

	if (!buffer)
		return NULL;
	buffer->size = size;
	buffer->taken = false;
	buffer->next = pool->first;
	pool->first = buffer;
	pool->held += size;
	return buffer;
}

void *pool_take(struct pool *pool, size_t size)
{
	struct buffer *buffer;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + POOL_GRAIN - 1) / POOL_GRAIN * POOL_GRAIN;
	if (size == 0)
		size = POOL_GRAIN;
	if (pool->limit && pool->out + size > pool->limit)
		return NULL;
	buffer = best_fit(pool, size);
	if (!buffer) {
		/* What is cached and does not fit would count twice against a worker's share. */
		if (pool->limit && pool->held + size > pool->limit)
			pool_trim(pool, pool->limit - size);
		buffer = make(pool, size);
	}
	if (!buffer)
		return NULL;
	buffer->taken = true;
	buffer->asked = size;
	pool->out += size;
	return buffer_contents(buffer);
}

void pool_put(struct pool *pool, void *contents)
{
	struct buffer *buffer;

	if (!contents)
		return;
	buffer = (struct buffer *)contents - 1;
	buffer->taken = false;
	pool->out -= buffer->asked;
}

void pool_reset(struct pool *pool)
{
	for (struct buffer *buffer = pool->first; buffer; buffer = buffer->next)
		buffer->taken = false;
	pool->out = 0;
}

void pool_trim(struct pool *pool, size_t keep)
{
	for (struct buffer **link = &pool->first; *link && pool->held > keep;) {
		struct buffer *buffer = *link;

		if (buffer->taken) {
			link = &buffer->next;
			continue;
		}
		*link = buffer->next;
		pool->held -= buffer->size;
		free(buffer);
	}
}

void pool_set_limit(struct pool *pool, uint64_t limit)
{
	pool->limit = limit;
	if (limit && pool->held > limit)
		pool_trim(pool, limit);
}

uint64_t pool_out(const struct pool *pool)
{
	return pool->out;
}

uint64_t pool_held(const struct pool *pool)
{
	return pool->held;
}
