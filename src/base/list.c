/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>

void *list_room(void *items, size_t size, size_t wanted, size_t *room, size_t first)
{
	size_t more = *room ? *room : first;

	if (*room && wanted <= *room)
		return items;
	while (more < wanted) {
		if (more > SIZE_MAX / 2)
			return NULL;
		more *= 2;
	}
	if (more > SIZE_MAX / size)
		return NULL;
	items = realloc(items, more * size);
	if (items)
		*room = more;
	return items;
}
