/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One directory's names, sorted bytewise.
 *
 *	arena:  type name NUL type name NUL ..        order:  4-byte offsets of names in the arena, sorted
 *
 * So an entry costs its name and 6 bytes; a million names of 30 bytes take 36 MB. Sorting takes no further memory.
 */
#ifndef SOURCE_LISTING_H
#define SOURCE_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct listing {
	char *arena; /* owned */
	size_t used, room;
	uint32_t *order; /* owned */
	uint32_t count;
};

/*
 * Reads all of an open directory ("." and ".." left out) and sorts it. Returns 0, or an errno: what was read until then
 * is listed all the same. The listing must be zeroed or released.
 */
int listing_read(struct listing *listing, int dir);
void listing_release(struct listing *listing);

static inline const char *listing_name(const struct listing *listing, uint32_t i)
{
	return listing->arena + listing->order[i];
}

/* d_type of dirent(3); DT_UNKNOWN where the file system does not say. */
static inline unsigned char listing_type(const struct listing *listing, uint32_t i)
{
	return (unsigned char)listing->arena[listing->order[i] - 1];
}

#endif
