/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a directory by getdents64 with a large buffer, and sorting its names in place.
 *
 * The sort is multikey quicksort (Bentley, Sedgewick, "Fast algorithms for sorting and searching strings", SODA
 * 1997): names in one folder share long beginnings ("IMG_2019.."), which a comparing sort reads again and again.
 */
#include "source/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DIRENT_ROOM = 256 << 10, SMALL_SORT = 12 };

static bool arena_grow(struct listing *listing, size_t more)
{
	size_t room = listing->room ? listing->room : 4096;
	char *arena;

	while (room - listing->used < more)
		room += room / 2;
	if (room > UINT32_MAX)
		return false; /* offsets have 32 bits: some hundred million names */
	arena = realloc(listing->arena, room);
	if (!arena)
		return false;
	listing->arena = arena;
	listing->room = room;
	return true;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static bool arena_add(struct listing *listing, unsigned char type, const char *name)
{
	size_t size = strlen(name) + 1;

	if (listing->room - listing->used < size + 1 && !arena_grow(listing, size + 1))
		return false;
	listing->arena[listing->used++] = (char)type;
	memcpy(listing->arena + listing->used, name, size);
	listing->used += size;
	listing->count++;
	return true;
}

static int read_names(struct listing *listing, int dir, char *buffer)
{
	for (;;) {
		ssize_t got = getdents64(dir, buffer, DIRENT_ROOM);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? errno : 0;
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);

			at += entry->d_reclen;
			if (!is_dots(entry->d_name) &&
				!arena_add(listing, entry->d_type, entry->d_name))
				return ENOMEM;
		}
	}
}

/* --- sorting: byte `depth` of a name decides; a name's NUL sorts before everything --- */

struct names {
	const char *arena;
	uint32_t *at;
	size_t count;
	size_t depth;
};

static unsigned char key(const struct names *names, size_t i)
{
	return (unsigned char)names->arena[names->at[i] + names->depth];
}

static void swap(struct names *names, size_t a, size_t b)
{
	uint32_t kept = names->at[a];

	names->at[a] = names->at[b];
	names->at[b] = kept;
}

static void sort_small(struct names *names)
{
	const char *arena = names->arena + names->depth;

	for (size_t i = 1; i < names->count; i++) {
		uint32_t one = names->at[i];
		size_t j = i;

		for (; j && strcmp(arena + names->at[j - 1], arena + one) > 0; j--)
			names->at[j] = names->at[j - 1];
		names->at[j] = one;
	}
}

static unsigned char pivot(const struct names *names)
{
	unsigned char a = key(names, 0), b = key(names, names->count / 2);
	unsigned char c = key(names, names->count - 1);

	if (a < b)
		return b < c ? b : a < c ? c : a;
	return a < c ? a : b < c ? c : b;
}

/* Splits into less, equal and greater, the same bytes in front of each. */
static void split(const struct names *names, struct names part[3])
{
	struct names all = *names;
	size_t less = 0, i = 0, greater = all.count;
	unsigned char middle = pivot(&all);

	while (i < greater) {
		unsigned char k = key(&all, i);

		if (k < middle)
			swap(&all, less++, i++);
		else if (k > middle)
			swap(&all, i, --greater);
		else
			i++;
	}
	part[0] = (struct names){all.arena, all.at, less, all.depth};
	part[1] = (struct names){all.arena, all.at + less, greater - less, all.depth + 1};
	part[2] = (struct names){all.arena, all.at + greater, all.count - greater, all.depth};
	if (!middle)
		part[1].count = 0; /* names that have ended are equal */
}

/* Recurses into the two smaller parts, so that the stack stays within log2(count) calls. */
static void sort_names(struct names names) // NOLINT(misc-no-recursion)
{
	while (names.count > SMALL_SORT) {
		struct names part[3];
		int largest = 0;

		split(&names, part);
		for (int i = 1; i < 3; i++)
			if (part[i].count > part[largest].count)
				largest = i;
		for (int i = 0; i < 3; i++)
			if (i != largest)
				sort_names(part[i]);
		names = part[largest];
	}
	sort_small(&names);
}

static int sort_listing(struct listing *listing)
{
	size_t at = 0;

	listing->order = malloc(listing->count * sizeof *listing->order + 1);
	if (!listing->order)
		return ENOMEM;
	for (uint32_t i = 0; i < listing->count; i++) {
		listing->order[i] = (uint32_t)at + 1;
		at += 1 + strlen(listing->arena + at + 1) + 1;
	}
	sort_names((struct names){listing->arena, listing->order, listing->count, 0});
	return 0;
}

/* Growing left room unused, and while a listing waits for its subfolders it should take no more than it needs. */
static void arena_trim(struct listing *listing)
{
	char *arena = listing->used ? realloc(listing->arena, listing->used) : NULL;

	if (arena) {
		listing->arena = arena;
		listing->room = listing->used;
	}
}

int listing_read(struct listing *listing, int dir)
{
	char *buffer = malloc(DIRENT_ROOM);
	int error, sorted;

	*listing = (struct listing){0};
	if (!buffer)
		return ENOMEM;
	error = read_names(listing, dir, buffer);
	free(buffer);
	arena_trim(listing);
	sorted = sort_listing(listing);
	if (sorted)
		listing_release(listing);
	return error ? error : sorted;
}

void listing_release(struct listing *listing)
{
	free(listing->arena);
	free(listing->order);
	*listing = (struct listing){0};
}
