/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/median.h"

#include "kernels/dispatch.h"
#include "kernels/lines.h"

#include <string.h>

/* Counts of levels, and of groups of them: what 16 bits are searched by. */
enum { GROUP_BITS = 8, GROUP = 1 << GROUP_BITS };

struct counts {
	uint32_t median, below; /* the median, and how many samples are below it */
	uint32_t half; /* this many are below or equal to no more than half */
	uint32_t *group;
	uint32_t *level;
};

static size_t counts_size(const struct shape *shape)
{
	size_t levels = shape->sample == SAMPLE_U16 ? 1 << 16 : 1 << 8;

	return (GROUP + levels) * sizeof(uint32_t);
}

size_t median_memory(const struct shape *shape, uint32_t size)
{
	return lines_memory(shape, size / 2, size / 2) + counts_size(shape);
}

/*
 * Moves the median to where `half` samples at most are below it, and more than that with its own level. Groups that lie
 * wholly on the way are passed in one step; 8 bits are one group.
 */
static inline void settle(struct counts *c, const bool deep)
{
	while (c->below > c->half) {
		if (deep && c->median % GROUP == 0 &&
			c->below - c->group[c->median / GROUP - 1] > c->half) {
			c->below -= c->group[c->median / GROUP - 1];
			c->median -= GROUP;
		} else {
			c->below -= c->level[--c->median];
		}
	}
	while (c->below + c->level[c->median] <= c->half) {
		if (deep && c->median % GROUP == 0 &&
			c->below + c->group[c->median / GROUP] <= c->half) {
			c->below += c->group[c->median / GROUP];
			c->median += GROUP;
		} else {
			c->below += c->level[c->median++];
		}
	}
}

/* One channel of one row: `size` rows of samples `step` apart. */
#define MEDIAN_ROW(name, type, deep)                                                               \
	static inline void name##_add(struct counts *c, uint32_t v, uint32_t by)                   \
	{                                                                                          \
		c->level[v] += by;                                                                 \
		if (deep)                                                                          \
			c->group[v / GROUP] += by;                                                 \
		c->below += v < c->median ? by : 0;                                                \
	}                                                                                          \
	static void name(type *to, const void **rows, uint32_t width, size_t step, uint32_t size,  \
		struct counts *c)                                                                  \
	{                                                                                          \
		for (uint32_t i = 0; i < size; i++)                                                \
			for (uint32_t x = 0; x < size; x++)                                        \
				name##_add(c, ((const type *)rows[i])[x * step], 1);               \
		settle(c, deep);                                                                   \
		to[0] = (type)c->median;                                                           \
		for (uint32_t x = 1; x < width; x++) {                                             \
			size_t gone = (x - 1) * step, come = (x - 1 + size) * step;                \
			for (uint32_t i = 0; i < size; i++) {                                      \
				const type *row = rows[i];                                         \
				name##_add(c, row[gone], UINT32_MAX);                              \
				name##_add(c, row[come], 1);                                       \
			}                                                                          \
			settle(c, deep);                                                           \
			to[x * step] = (type)c->median;                                            \
		}                                                                                  \
	}

MEDIAN_ROW(median8, uint8_t, false)
MEDIAN_ROW(median16, uint16_t, true)

static void slide_row(
	const struct image *out, uint32_t y, struct lines *lines, uint32_t size, uint32_t *memory)
{
	const struct shape *shape = &out->shape;
	size_t step = shape->channels, sample = sample_size(shape->sample);
	size_t colors = step - shape_has_alpha(shape); /* alpha is the caller's */
	const void *rows[MEDIAN_MAX];

	for (size_t channel = 0; channel < colors; channel++) {
		struct counts counts = {
			.half = size * size / 2, .group = memory, .level = memory + GROUP};
		unsigned char *to = (unsigned char *)image_row(out, y) + channel * sample;

		memset(memory, 0, counts_size(shape));
		for (uint32_t i = 0; i < size; i++)
			rows[i] = (const unsigned char *)lines->row[i] + channel * sample;
		if (shape->sample == SAMPLE_U16)
			median16((void *)to, rows, shape->width, step, size, &counts);
		else
			median8(to, rows, shape->width, step, size, &counts);
	}
}

void median_rows(const struct image *out, const struct image *in, uint32_t size, uint32_t from,
	uint32_t to, void *memory)
{
	const struct neighbour_kernels *kernel = kernels()->neighbour;
	bool network = in->shape.sample == SAMPLE_U8 && (size == 3 || size == 5);
	size_t step = in->shape.channels, samples = in->shape.width * step;
	unsigned char *counts = (unsigned char *)memory +
		lines_memory(&in->shape, size / 2, size / 2);
	struct lines lines;

	lines_init(&lines, in, size / 2, size / 2, BORDER_EDGE, memory);
	for (uint32_t y = from; y < to; y++) {
		lines_move(&lines, y);
		if (network)
			(size == 3 ? kernel->median3 : kernel->median5)(image_row(out, y),
				(const uint8_t *const *)lines.row, samples, step);
		else
			slide_row(out, y, &lines, size, (uint32_t *)counts);
	}
}
