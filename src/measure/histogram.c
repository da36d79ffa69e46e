/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/histogram.h"

enum { PART_BITS = 2, PARTS = 1 << PART_BITS };

/* Below PARTS each value has a bucket; above, the bits behind the leading one say which part of its power of two. */
unsigned histogram_bucket(uint64_t value)
{
	unsigned power, bucket;

	if (value < PARTS)
		return (unsigned)value;
	power = 63 - (unsigned)__builtin_clzll(value);
	bucket = (power - PART_BITS + 1) * PARTS + ((value >> (power - PART_BITS)) & (PARTS - 1));
	return bucket < IMGBATCH_BUCKETS ? bucket : IMGBATCH_BUCKETS - 1;
}

uint64_t histogram_low(unsigned bucket)
{
	unsigned power = bucket / PARTS + PART_BITS - 1;

	if (bucket < PARTS)
		return bucket;
	return ((uint64_t)1 << power) + ((uint64_t)(bucket % PARTS) << (power - PART_BITS));
}

void histogram_add(struct imgbatch_histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (histogram->most < value)
		histogram->most = value;
	histogram->bucket[histogram_bucket(value)]++;
}

uint64_t histogram_quantile(const struct imgbatch_histogram *histogram, double share)
{
	double wanted = share * (double)histogram->count;
	uint64_t below = 0, middle;

	for (unsigned i = 0; i < IMGBATCH_BUCKETS - 1; i++) {
		below += histogram->bucket[i];
		if (!below || (double)below < wanted)
			continue;
		middle = histogram_low(i) + (histogram_low(i + 1) - histogram_low(i)) / 2;
		return middle < histogram->most ? middle : histogram->most;
	}
	return histogram->most;
}
