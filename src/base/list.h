/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that grow: an array, how many items are in it, and for how many there is room. They lie in whatever struct holds
 * them, which frees the array.
 *
 *	struct name *name = list_room(names->name, sizeof *name, names->count + 1, &names->room, 16);
 *
 *	if (!name)
 *		return IMGBATCH_E_NOMEM;
 *	names->name = name;
 *	names->name[names->count++] = ...
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

/*
 * The array with room for `wanted` items of `size` bytes: as it is where *room is enough, else enlarged by doubling, from
 * `first` items on. NULL when out of memory: the array and *room are as they were.
 */
void *list_room(void *items, size_t size, size_t wanted, size_t *room, size_t first);

#endif
