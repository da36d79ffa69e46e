/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page about a run remembers of its images while they end, a million of them in the room of some hundred: counts are
 * exact, examples a sample. Nothing depends on the order in which images end.
 */
#ifndef REPORT_GATHER_H
#define REPORT_GATHER_H

#include "report/few.h"

enum {
	GATHER_KINDS = 128, /* by -code; 0: damaged ones */
	GATHER_WARNINGS = 32, /* by bit */
};

/* Images of a kind. */
struct gather_kind {
	uint64_t count;
	struct few few;
};

struct gather {
	struct gather_kind outputs; /* files written, images only */
	struct gather_kind
		there; /* images whose outputs were there already; one output of each that is kept */
	struct gather_kind failed[GATHER_KINDS];
	struct gather_kind warned[GATHER_WARNINGS];
	struct gather_kind ignored;
	/* Of images that were worked on, and of their outputs. Zeros are left out. */
	struct imgbatch_histogram bytes_in, pixels, work_us, bytes_out;
	bool out_of_memory; /* and what is kept is not what it should be */
};

void gather_init(struct gather *gather);
void gather_release(struct gather *gather);
/*
 * An image as it ends. input: where its file is, or NULL; out_dir: what the paths of its outputs are relative to, or -1. One
 * thread at a time.
 */
void gather_image(struct gather *gather, const struct imgbatch_image *image,
	const struct kept_place *input, int out_dir);
/*
 * For one that was skipped, before that: true, with a number that says which of its outputs is to be looked up, where one shall be
 * kept; then gather_there() keeps it.
 */
bool gather_wants_there(const struct gather *gather, const char *name, uint64_t *which);
void gather_there(struct gather *gather, const struct imgbatch_image *image,
	const struct imgbatch_output *output, int out_dir);

#endif
