/* SPDX-License-Identifier: Apache-2.0 */
/* What a run profile of itself, from the scheduler's numbers and the system's; and one image's share of it. */
#ifndef RUN_PROFILE_H
#define RUN_PROFILE_H

#include "run/run.h"

/* RUN: the scheduler has measured it. */
enum profile_part { PART_PLAN, PART_OPEN, PART_RUN, PART_END };

/* One image, for the caller: points into itself. */
struct profile_image {
	struct imgbatch_image_profile image;
	struct imgbatch_operation_profile operation[SPENT_OPERATIONS];
};

/*
 * The batch's profile, emptied; the run begins now. They stay NULL where the environment says IMGBATCH_MEASURE=off, which is
 * for finding out what measuring costs. E_NOMEM.
 */
int profile_begin(struct run *run);
/* A part of the run has ended, and the next one begins. */
void profile_part(struct run *run, enum profile_part part);
/*
 * All is worked on and written: what remains to be asked, and the verdict, go into the ledger. Only end_s may still grow.
 * The summary points to the profile from now on.
 */
int profile_record(struct run *run);
/* All is closed; for a run that did not come so far, what remains to be asked, too. */
void profile_end(struct run *run);
/* Fills and returns it; NULL where nothing was measured. Keeps what was slowest. */
const struct imgbatch_image_profile *profile_image(struct run *run, const struct job *job,
	const struct imgbatch_image *image, struct profile_image *to);
void profile_free(struct imgbatch_profile *profile);

#endif
