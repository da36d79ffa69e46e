/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sidecars: beside an output "a/b.jpg" a file "a/b.jpg.recipe" with its drawn recipe. Comment lines in front say what
 * it was made from, so that the file is a recipe as it stands, and enough for replaying where there is no ledger:
 *
 *	# imgbatch 0.1.0: how "a/b.jpg" was made; imgbatch replay makes it again
 *	# input: a/b.jpg
 *	# input bytes: 48213, xxh3 2d06800538d394c2
 *	# seed: 7, output 0 of 4
 *	# settings: format=same quality=90 ...
 *	crop 311x287+40+12
 */
#ifndef RUN_SIDECAR_H
#define RUN_SIDECAR_H

#include "base/fault.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define SIDECAR_SUFFIX ".recipe"

/* What a sidecar tells. Borrowed by both functions. */
struct sidecar {
	const char *output, *input; /* names, mirrored; end in NUL */
	uint64_t input_size, input_hash; /* bytes and their XXH3 */
	uint64_t seed;
	uint32_t index, outputs; /* which of the outputs of its input */
	const char *settings; /* settings_print() */
	const char *recipe; /* drawn; ends in a newline or is empty */
	size_t recipe_size;
};

void sidecar_print(const struct sidecar *sidecar, struct str *out);

/* What replaying wants of a sidecar's text: where the values stand in it. */
struct sidecar_facts {
	const char *version; /* of the program */
	size_t version_size;
	const char *settings; /* up to its line's end */
	uint64_t input_size, input_hash;
	uint32_t outputs;
};
/* E_RECIPE when these lines are not there, or not as sidecar_print() writes them. */
int sidecar_read(struct sidecar_facts *facts, const char *text, struct fault *fault);

#endif
