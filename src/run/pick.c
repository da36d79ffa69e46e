/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every stride-th file is kept. When the room is full, every second of them goes and the stride doubles, so what is left
 * is still spread evenly.
 */
#include "run/pick.h"

#include "codec/codec.h"
#include "sink/names.h"

#include <stdlib.h>
#include <string.h>

static void picked_release(struct picked *picked)
{
	free(picked->path);
	free(picked->name);
}

void pick_release(struct pick *pick)
{
	for (size_t i = 0; i < pick->count; i++)
		picked_release(&pick->picked[i]);
	free(pick->picked);
	*pick = (struct pick){0};
}

static void thin_out(struct pick *pick)
{
	size_t kept = 0;

	for (size_t i = 0; i < pick->count; i++) {
		if (i % 2)
			picked_release(&pick->picked[i]);
		else
			pick->picked[kept++] = pick->picked[i];
	}
	pick->count = kept;
	pick->stride *= 2;
}

/* False when out of memory. */
static bool see(struct pick *pick, const struct source_entry *entry)
{
	struct picked *picked;

	if (pick->seen++ % pick->stride)
		return true;
	if (pick->count == pick->room) {
		thin_out(pick);
		if ((pick->seen - 1) % pick->stride)
			return true;
	}
	picked = &pick->picked[pick->count++];
	*picked = (struct picked){
		.root = entry->root,
		.follow = entry->follow,
		.path = strdup(entry->path),
		.name = strdup(entry->name),
	};
	return picked->path && picked->name;
}

static bool looks_like_picture(const struct source_entry *entry)
{
	struct name_pieces pieces;

	name_split(&pieces, entry->name, entry->name_size);
	for (int i = 0; i < CODEC_COUNT; i++)
		if (name_ext_in(pieces.ext, pieces.ext_size, codecs[i]->extensions))
			return true;
	return false;
}

static bool pick_init(struct pick *pick, size_t least)
{
	*pick = (struct pick){.room = 2 * least, .stride = 1};
	pick->picked = calloc(pick->room, sizeof *pick->picked);
	return pick->picked;
}

static int pick_both(
	struct pick *pictures, struct pick *others, struct source *source, struct fault *fault)
{
	struct source_entry entry;
	int got;

	while ((got = source_next(source, &entry, fault)) > 0)
		if (entry.kind == SOURCE_FILE &&
			!see(looks_like_picture(&entry) ? pictures : others, &entry))
			return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a listing");
	return got;
}

int pick_inputs(struct pick *pick, struct source *source, size_t least, struct fault *fault)
{
	struct pick others = {0};
	int code;

	if (!pick_init(pick, least) || !pick_init(&others, least))
		code = fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a listing");
	else
		code = pick_both(pick, &others, source, fault);
	if (!code && !pick->count) {
		struct pick none = *pick;

		*pick = others;
		others = none;
	}
	pick_release(&others);
	return code;
}
