/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run did over time, in a fixed number of equal spans. When they are used up, each two become one that is
 * twice as long, so that an hour takes as much room as a second.
 */
#ifndef MEASURE_TIMELINE_H
#define MEASURE_TIMELINE_H

#include <imgbatch/profile.h>

void timeline_init(struct imgbatch_timeline *timeline);
/* Moments are nanoseconds since the run's beginning, in any order. The span that holds `at`. */
struct imgbatch_span *timeline_at(struct imgbatch_timeline *timeline, uint64_t at);
/* A worker had an image in hand from begin to end. */
void timeline_busy(struct imgbatch_timeline *timeline, uint64_t begin, uint64_t end);

#endif
