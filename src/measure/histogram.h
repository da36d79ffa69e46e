/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distributions of fixed size: each power of two in four equal buckets, so that a quantile is off by at most a quarter,
 * and by an eighth as a rule. The struct is the public one.
 */
#ifndef MEASURE_HISTOGRAM_H
#define MEASURE_HISTOGRAM_H

#include <imgbatch/profile.h>

/* The bucket that holds a value. */
unsigned histogram_bucket(uint64_t value);
/* The least value in a bucket. */
uint64_t histogram_low(unsigned bucket);
void histogram_add(struct imgbatch_histogram *histogram, uint64_t value);
/* The value that this share (0 .. 1) of all are not above: the middle of its bucket, never above `most`. 0: there is none. */
uint64_t histogram_quantile(const struct imgbatch_histogram *histogram, double share);

#endif
