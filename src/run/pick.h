/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few of very many inputs, spread evenly over the listing: the same for the same listing, in one pass, and in memory
 * that does not grow with it.
 */
#ifndef RUN_PICK_H
#define RUN_PICK_H

#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picked {
	uint32_t root;
	bool follow;
	char *path, *name; /* owned; as in struct source_entry */
};

struct pick {
	struct picked *picked; /* owned, in listing order */
	size_t count, room;
	uint64_t seen, stride; /* every stride-th of those seen is kept */
};

/*
 * Lists the whole source and keeps between `least` and 2 x `least` of its files (all where there are fewer). Names that
 * look like pictures are taken where there are any: labels often lie beside them.
 */
int pick_inputs(struct pick *pick, struct source *source, size_t least, struct fault *fault);
void pick_release(struct pick *pick);

#endif
