/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/timeline.h"

#include <string.h>

enum { FIRST_SPAN_NS = 10000000 };

void timeline_init(struct imgbatch_timeline *timeline)
{
	memset(timeline, 0, sizeof *timeline);
	timeline->span_ns = FIRST_SPAN_NS;
}

static void merge(struct imgbatch_span *into, const struct imgbatch_span *from)
{
	into->images += from->images;
	into->read_bytes += from->read_bytes;
	into->written_bytes += from->written_bytes;
	into->busy_ns += from->busy_ns;
}

static void widen(struct imgbatch_timeline *timeline)
{
	struct imgbatch_span *span = timeline->span;

	for (unsigned i = 0; i < IMGBATCH_SPANS / 2; i++) {
		struct imgbatch_span both = span[2 * i];

		merge(&both, &span[2 * i + 1]);
		span[i] = both;
	}
	memset(span + IMGBATCH_SPANS / 2, 0, IMGBATCH_SPANS / 2 * sizeof *span);
	timeline->span_ns *= 2;
	timeline->count = (timeline->count + 1) / 2;
}

struct imgbatch_span *timeline_at(struct imgbatch_timeline *timeline, uint64_t at)
{
	unsigned index;

	while (at / timeline->span_ns >= IMGBATCH_SPANS)
		widen(timeline);
	index = (unsigned)(at / timeline->span_ns);
	if (timeline->count <= index)
		timeline->count = index + 1;
	return &timeline->span[index];
}

void timeline_busy(struct imgbatch_timeline *timeline, uint64_t begin, uint64_t end)
{
	timeline_at(timeline, end); /* widens as far as it must, before any part is added */
	while (begin < end) {
		uint64_t next = (begin / timeline->span_ns + 1) * timeline->span_ns;
		uint64_t part = (next < end ? next : end) - begin;

		timeline_at(timeline, begin)->busy_ns += part;
		begin += part;
	}
}
