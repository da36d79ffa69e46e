/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few plans, the least recently used one given up first. Sixteen entries are searched one by one: cheaper
 * than hashing a key, and a recipe rarely has more than four resizes.
 */
#include "kernels/axis.h"

#include <assert.h>
#include <stdlib.h>

enum { CACHE_PLANS = 16, CACHE_BYTES = 4 << 20 };

struct entry {
	struct axis *axis; /* owned; NULL: free */
	uint64_t used; /* when last taken */
	unsigned users;
};

struct axis_cache {
	struct entry entry[CACHE_PLANS];
	uint64_t clock;
};

static bool key_same(const struct axis_key *a, const struct axis_key *b)
{
	return a->in == b->in && a->out == b->out && a->from == b->from && a->to == b->to &&
		a->first == b->first && a->count == b->count && a->filter == b->filter &&
		a->deep == b->deep && a->reversed == b->reversed;
}

struct axis_cache *axis_cache_new(void)
{
	return calloc(1, sizeof(struct axis_cache));
}

void axis_cache_free(struct axis_cache *cache)
{
	if (!cache)
		return;
	for (int i = 0; i < CACHE_PLANS; i++) {
		assert(!cache->entry[i].users);
		axis_free(cache->entry[i].axis);
	}
	free(cache);
}

/* A free place, or the one unused for longest; NULL when all are out. */
static struct entry *place(struct axis_cache *cache)
{
	struct entry *best = NULL;

	for (int i = 0; i < CACHE_PLANS; i++) {
		struct entry *entry = &cache->entry[i];

		if (!entry->axis)
			return entry;
		if (!entry->users && (!best || entry->used < best->used))
			best = entry;
	}
	return best;
}

static void keep(struct axis_cache *cache, struct axis *axis)
{
	struct entry *entry;

	if (axis->bytes > CACHE_BYTES / 4) /* rare and large: not worth the room */
		return;
	entry = place(cache);
	if (!entry)
		return;
	axis_free(entry->axis);
	*entry = (struct entry){.axis = axis, .used = ++cache->clock, .users = 1};
}

struct axis *axis_cache_take(struct axis_cache *cache, const struct axis_key *key)
{
	struct axis *axis;

	for (int i = 0; cache && i < CACHE_PLANS; i++) {
		struct entry *entry = &cache->entry[i];

		if (entry->axis && key_same(&entry->axis->key, key)) {
			entry->used = ++cache->clock;
			entry->users++;
			return entry->axis;
		}
	}
	axis = axis_new(key);
	if (axis && cache)
		keep(cache, axis);
	return axis;
}

void axis_cache_put(struct axis_cache *cache, struct axis *axis)
{
	if (!axis)
		return;
	for (int i = 0; cache && i < CACHE_PLANS; i++) {
		if (cache->entry[i].axis == axis) {
			assert(cache->entry[i].users);
			cache->entry[i].users--;
			return;
		}
	}
	axis_free(axis);
}
