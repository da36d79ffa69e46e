/* SPDX-License-Identifier: Apache-2.0 */
/* What comes beside images from a folder of its own and goes to another: masks, and label files. */
#ifndef RUN_BESIDE_H
#define RUN_BESIDE_H

#include "base/str.h"

#include <stddef.h>

struct run;

struct beside {
	const char *what; /* "masks": the option, and with "-out" the one where they go */
	const char *suffix; /* what these files end in; NULL: there are none */
	int dir; /* where they come from; borrowed */
	struct str prefix; /* leads from OUT to where they go: "", "masks/", "../masks/" */
	struct str path, name; /* scratch: that of an image's, below dir; that of an output's */
};

void beside_release(struct beside *beside);
/* Whether `out` is apart from all inputs and from where these files come from. Nothing is written. */
int beside_check_out(struct run *run, const struct beside *beside, const char *out);
/* Makes it, once OUT is open, and finds the way to it. */
int beside_open_out(struct run *run, struct beside *beside, const char *out);
/* Where the file that goes with the image of this name lies below dir; borrowed until the next call. NULL: no memory. */
const char *beside_path(struct beside *beside, const char *name, size_t size);
/* Appends the name (in the ledger) of the file that goes with an output of this name. */
void beside_name(const struct beside *beside, const char *output, size_t size, struct str *out);

#endif
